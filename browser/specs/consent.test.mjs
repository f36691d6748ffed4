// An application asks for its roles, and an administrator answers.
// Cases CON-01, CON-02, CON-04 to CON-08, CON-14 and CON-17 of the security reference.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { check, everyLook } from "../lib/look.mjs";
import { expectNoErrors } from "../lib/page.mjs";
import { setUp, signInHere } from "../lib/people.mjs";
import { startSite } from "../lib/site.mjs";
import { requestToken, unverifiedClaims } from "../lib/token.mjs";
import { startWorld } from "../lib/world.mjs";

const CONNECTOR = "a10e4b7d-9c25-4f3a-b6d8-71e0c5a2f001";
const HOSTILE = "a20e4b7d-9c25-4f3a-b6d8-71e0c5a2f002";
const HOSTILE_NAME = '"><script>alert(1)</script>{{7*7}}';
const STATE = `a=b&c#d%20+ü"><script>alert(1)</script>`;

const world = await startWorld();
const { baseUrl, browser, newPage } = world;
const contoso = world.tenant("contoso.example").id;
const fabrikam = world.tenant("fabrikam.example").id;
const administrator = world.dev.administrator.userPrincipalName;

// The application's own site, to which the answer is sent.
const site = await startSite({ "/connected": "<!doctype html><title>Connected</title>" });
after(() => site.stop());

/** Who is signed in, as Playwright keeps it. */
const sessions = {};
before(async () => {
  const links = {
    contoso: world.setupLink(),
    fabrikam: await world.invite("admin@fabrikam.example", "Global Administrator"),
  };
  for (const [name, link] of Object.entries(links)) {
    const page = await newPage();
    await setUp(page, link);
    sessions[name] = await page.context().storageState();
    await page.context().close();
  }
});

function consentUrl(parameters = {}, { tenant = "contoso.example", version = "" } = {}) {
  const query = new URLSearchParams({
    client_id: CONNECTOR,
    redirect_uri: `${site.origin}/connected`,
    state: STATE,
    ...parameters,
  });
  return `${baseUrl}/${tenant}${version}/adminconsent?${query}`;
}

/** Answers the consent page that is open; what the application is told. */
async function answer(page, button) {
  await page.getByRole("button", { name: button, exact: true }).click();
  await page.waitForURL(`${site.origin}/connected?*`);
  assert.equal(await page.title(), "Connected");
  expectNoErrors(page);
  return Object.fromEntries(new URL(page.url()).searchParams);
}

async function roles(tenant) {
  const { status, body } = await requestToken(world, {
    tenant,
    clientId: CONNECTOR,
    secret: "Kq8Q~test.only-connector_pZ4wV7nR2xT9cJ5",
    resource: "api://contoso.example/orders",
  });
  return status === 200 ? (unverifiedClaims(body.access_token).roles ?? []) : body.error_codes;
}

test("the consent page, as everyone sees it", async () => {
  await everyLook(browser, "consent", consentUrl(), { storageState: sessions.contoso });
});

test("cancel: the application is told, and nothing is granted", async () => {
  const page = await newPage({ storageState: sessions.contoso });
  await page.goto(consentUrl());
  const told = await answer(page, "Cancel");
  assert.equal(told.error, "permission_denied");
  assert.equal(told.admin_consent, undefined);
  assert.deepEqual(await roles(contoso), []);
});

test("signing in and accepting: the very next token carries the role", async () => {
  const page = await newPage();
  await page.goto(consentUrl());
  await signInHere(page, administrator);
  await page.getByText("Warehouse connector").first().waitFor();
  for (const said of [CONNECTOR, "Contoso", "Read all orders", "Orders API"]) {
    await page.getByText(said).first().waitFor();
  }
  assert.deepEqual(await answer(page, "Accept"), {
    tenant: contoso,
    state: STATE,
    admin_consent: "True",
  });
  assert.deepEqual(await roles(contoso), ["Orders.Read.All"]);
});

test("accepting again, and going back to the page, grants nothing twice", async () => {
  const page = await newPage({ storageState: sessions.contoso });
  await page.goto(consentUrl());
  await answer(page, "Accept");
  await page.goBack();
  await page.goto(consentUrl());
  await answer(page, "Accept");
  assert.deepEqual(await roles(contoso), ["Orders.Read.All"]);
});

test("an application of another tenant works where it was accepted", async () => {
  assert.deepEqual(await roles(fabrikam), [7000229]);
  const page = await newPage({ storageState: sessions.fabrikam });
  await page.goto(
    consentUrl(
      { scope: "api://contoso.example/orders/.default" },
      { tenant: "organizations", version: "/v2.0" },
    ),
  );
  await check(page, "consent-other-tenant");
  const told = await answer(page, "Accept");
  assert.equal(told.tenant, fabrikam);
  assert.equal(told.scope, "api://contoso.example/orders/.default");
  assert.deepEqual(await roles(fabrikam), ["Orders.Read.All"]);
});

test("an administrator of another tenant accepts nothing in this one", async () => {
  const page = await newPage({ storageState: sessions.fabrikam });
  await page.goto(consentUrl());
  assert.equal(await page.getByRole("button", { name: "Accept", exact: true }).count(), 0);
});

test("no site can frame the page", async () => {
  const framing = await startSite({
    "/": `<!doctype html><title>Framing</title><iframe src="${consentUrl().replaceAll("&", "&amp;")}"></iframe>`,
  });
  after(() => framing.stop());
  const page = await newPage({ storageState: sessions.contoso });
  await page.goto(framing.origin);
  await page.waitForLoadState("networkidle");
  const [, frame] = page.frames();
  assert.equal(frame.url(), "chrome-error://chromewebdata/");
  assert.ok(page.seen.errors.some((error) => error.includes("frame-ancestors 'none'")));
});

test("names and state are text, whatever they contain", async () => {
  const url = consentUrl({ client_id: HOSTILE });
  await everyLook(browser, "consent-hostile", url, { storageState: sessions.contoso });
  const page = await newPage({ storageState: sessions.contoso });
  await page.goto(url);
  await page.getByText(HOSTILE_NAME).first().waitFor();
  assert.equal(await page.locator("main img, main script").count(), 0);
  const told = await answer(page, "Cancel");
  // Without a state in the answer there is nothing to compare; with one it is exact.
  assert.ok([undefined, STATE].includes(told.state), told.state);
});

test("a request that cannot be trusted ends on a page and sends nobody anywhere", async () => {
  const visits = site.visits.length;
  const unregistered = [
    `${site.origin}/Connected`,
    `${site.origin}/connected/more`,
    `${site.origin}/connected?x=1`,
    `${site.origin}/x/../connected`,
    "https://evil.example/connected",
    "http://localhost@evil.example/connected",
    "//evil.example/connected",
  ];
  const requests = [
    ...unregistered.map((redirect_uri) => [{ redirect_uri }, "AADSTS50011"]),
    [{ client_id: "00000000-0000-0000-0000-000000000001" }, "AADSTS700016"],
    [{ client_id: "" }, "AADSTS900144"],
  ];
  for (const [parameters, error] of requests) {
    const page = await newPage({ storageState: sessions.contoso });
    const url = consentUrl(parameters);
    const response = await page.goto(url);
    assert.equal(page.url(), url);
    assert.ok(response.status() >= 400, `${response.status()} for ${JSON.stringify(parameters)}`);
    await page.getByText(error).first().waitFor();
    expectNoErrors(page, { status: response.status() });
    await page.context().close();
  }
  assert.equal(site.visits.length, visits);
});

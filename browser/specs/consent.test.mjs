// An application asks for its roles, and an administrator answers.
// Cases CON-01, CON-02, CON-04 to CON-08, CON-13, CON-14 and CON-17 of the security reference.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { check, checkLooks, everyLook } from "../lib/look.mjs";
import { expectNoErrors, forget } from "../lib/page.mjs";
import { sessionOf, signInHere } from "../lib/people.mjs";
import { startSite } from "../lib/site.mjs";
import { requestToken, unverifiedClaims } from "../lib/token.mjs";
import { startWorld } from "../lib/world.mjs";

const CONNECTOR = "a10e4b7d-9c25-4f3a-b6d8-71e0c5a2f001";
const HOSTILE = "a20e4b7d-9c25-4f3a-b6d8-71e0c5a2f002";
const HOSTILE_NAME = '"><script>alert(1)</script>{{7*7}}';
const DEVELOPER = "developer@contoso.example";
const SCOPE = "api://contoso.example/orders/.default";
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
  sessions.contoso = await sessionOf(world, world.setupLink());
  for (const [name, userName, role] of [
    ["fabrikam", "admin@fabrikam.example", "Global Administrator"],
    ["developer", DEVELOPER, "Application Developer"],
  ]) {
    sessions[name] = await sessionOf(world, await world.invite(userName, role));
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

/** The same request as each version of the endpoint takes it. */
const VERSIONS = [
  ["1.0", () => consentUrl()],
  ["2.0", () => consentUrl({ scope: SCOPE }, { version: "/v2.0" })],
];

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

for (const [version, url] of VERSIONS) {
  test(`cancel, version ${version}: the application is told, and nothing is granted`, async () => {
    const page = await newPage({ storageState: sessions.contoso });
    await page.goto(url());
    const { error_description: description, ...told } = await answer(page, "Cancel");
    if (version === "1.0") {
      assert.equal(description, "The admin canceled the request");
      assert.deepEqual(told, { error: "permission_denied", state: STATE });
    } else {
      assert.match(description, /^AADSTS65004: /);
      assert.deepEqual(told, { admin_consent: "True", error: "consent_required", state: STATE });
    }
    assert.deepEqual(await roles(contoso), []);
  });
}

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

test("version 2.0: the answer names the scope that was granted", async () => {
  const page = await newPage({ storageState: sessions.contoso });
  await page.goto(consentUrl({ scope: SCOPE }, { version: "/v2.0" }));
  await page.getByText("Everything is granted already").waitFor();
  const told = await answer(page, "Accept");
  assert.deepEqual(told, { admin_consent: "True", tenant: contoso, scope: SCOPE, state: STATE });
});

test("a state comes back as it was, and none does not become one", async () => {
  const printable = Array.from({ length: 4096 }, (_, n) => String.fromCharCode(32 + (n % 95)));
  for (const state of [undefined, printable.join("")]) {
    const page = await newPage({ storageState: sessions.contoso });
    const url = new URL(consentUrl());
    url.searchParams.delete("state");
    if (state !== undefined) {
      url.searchParams.set("state", state);
    }
    await page.goto(url.href);
    assert.equal((await answer(page, "Cancel")).state, state);
  }
});

test("accepting twice at once, and again from an earlier page, grants nothing twice", async () => {
  const page = await newPage({ storageState: sessions.contoso });
  const second = await page.context().newPage();
  second.seen = page.seen;
  await Promise.all([page.goto(consentUrl()), second.goto(consentUrl())]);
  const told = await Promise.all([answer(page, "Accept"), answer(second, "Accept")]);
  assert.deepEqual(told.map(({ tenant }) => tenant), [contoso, contoso]);

  await page.goBack();
  assert.equal((await answer(page, "Accept")).tenant, contoso);

  assert.deepEqual(await roles(contoso), ["Orders.Read.All"]);
  await page.goto(`${baseUrl}/portal/enterprise-applications?search=Orders`);
  await page.getByRole("link", { name: "Orders API" }).click();
  await page.getByRole("link", { name: "Assigned to it" }).click();
  assert.equal(await page.getByRole("row").filter({ hasText: "Warehouse connector" }).count(), 1);
});

test("who may not grant it is told whom to ask, and can go back", async () => {
  const url = consentUrl();
  const asDeveloper = { storageState: sessions.developer, status: 403 };
  await everyLook(browser, "consent-approval", url, asDeveloper);
  const page = await newPage({ storageState: sessions.developer });
  await page.goto(url);
  await page.getByRole("heading", { name: "Need admin approval" }).waitFor();
  for (const said of ["Global Administrator", "Read all orders"]) {
    await page.getByText(said).first().waitFor();
  }
  assert.equal(await page.getByRole("button", { name: "Accept", exact: true }).count(), 0);
  assert.equal(await page.getByLabel("Link to send them").inputValue(), url);
  // A form of their own making does not help them.
  const back = page.getByRole("button", { name: "Return without granting" });
  await back.evaluate((button) => (button.value = "accept"));
  const [response] = await Promise.all([
    page.waitForResponse((answered) => answered.request().method() === "POST"),
    back.click(),
  ]);
  assert.ok(response.status() >= 400, `${response.status()}`);
  await page.goto(url);
  forget(page);
  const told = await answer(page, "Return without granting");
  assert.equal(told.tenant, undefined);
  assert.ok(told.error, "the application is told that nothing was granted");
});

test("another account: the request is still there after signing in as somebody else", async () => {
  const page = await newPage({ storageState: sessions.developer });
  await page.goto(consentUrl());
  await page.getByRole("button", { name: "Use another account" }).click();
  forget(page);
  await signInHere(page, administrator);
  await page.waitForURL(consentUrl());
  const told = await answer(page, "Accept");
  assert.deepEqual(told, { tenant: contoso, state: STATE, admin_consent: "True" });
  // The developer's session has ended, at the server too.
  const late = await newPage({ storageState: sessions.developer });
  await late.goto(`${baseUrl}/portal`);
  assert.ok(late.url().includes("/portal/sign-in"), late.url());
});

test("an application of another tenant works where it was accepted", async () => {
  assert.deepEqual(await roles(fabrikam), [7000229]);
  const page = await newPage({ storageState: sessions.fabrikam });
  await page.goto(
    consentUrl(
      { scope: SCOPE },
      { tenant: "organizations", version: "/v2.0" },
    ),
  );
  await check(page, "consent-other-tenant");
  const told = await answer(page, "Accept");
  assert.equal(told.tenant, fabrikam);
  assert.equal(told.scope, SCOPE);
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
  assert.equal((await answer(page, "Cancel")).state, STATE);
});

test("a request that cannot be trusted ends on a page and sends nobody anywhere", async () => {
  const visits = site.visits.length;
  const unregistered = [
    `${site.origin}/Connected`,
    `${site.origin}/connected/more`,
    `${site.origin}/connected?x=1`,
    `${site.origin}/x/../connected`,
    `${site.origin}/x%2f..%2fconnected`,
    `${site.origin}/con\tnected`,
    `${site.origin}\\connected`,
    site.origin.replace("http:", "javascript:"),
    "https://evil.example/connected",
    "http://localhost@evil.example/connected",
    "//evil.example/connected",
  ];
  const requests = [
    ...unregistered.map((redirect_uri) => [{ redirect_uri }, "AADSTS50011"]),
    [{ client_id: "00000000-0000-0000-0000-000000000001" }, "AADSTS700016"],
    [{ client_id: "" }, "AADSTS900144"],
    [{}, "AADSTS90002", { tenant: "nowhere.example" }],
  ];
  const page = await newPage({ storageState: sessions.contoso });
  for (const [parameters, error, where] of requests) {
    forget(page);
    const url = consentUrl(parameters, where);
    const response = await page.goto(url);
    assert.equal(page.url(), url);
    assert.ok(response.status() >= 400, `${response.status()} for ${JSON.stringify(parameters)}`);
    await page.getByText(error).first().waitFor();
    expectNoErrors(page, { status: response.status() });
  }
  await checkLooks(page, "consent-refused", { status: 400 });
  assert.equal(site.visits.length, visits);
});

// What an administrator watches and decides: enterprise applications, colleagues, sign-ins, changes.

import assert from "node:assert/strict";
import { before, test } from "node:test";
import { setTimeout } from "node:timers/promises";

import { check, checkLooks } from "../lib/look.mjs";
import { expectNoErrors } from "../lib/page.mjs";
import { sessionOf, setUp, signIn } from "../lib/people.mjs";
import { card, open, openTab, register } from "../lib/portal.mjs";
import { requestToken, unverifiedClaims } from "../lib/token.mjs";
import { startWorld } from "../lib/world.mjs";

const ORDERS = {
  clientId: "a10e4b7d-9c25-4f3a-b6d8-71e0c5a2f001",
  secret: "Kq8Q~test.only-connector_pZ4wV7nR2xT9cJ5",
  resource: "api://contoso.example/orders",
};

const world = await startWorld();
const { baseUrl, newPage } = world;
const contoso = world.tenant("contoso.example").id;
const administrator = world.dev.administrator.userPrincipalName;

let storageState;
before(async () => {
  storageState = await sessionOf(world, world.setupLink());
});

const orders = (changes = {}) => requestToken(world, { tenant: contoso, ...ORDERS, ...changes });

test("where an assignment is required, a client without one gets no token", async () => {
  const page = await newPage({ storageState });
  await open(page, baseUrl, "enterprise-applications", "Orders API");
  await page.getByRole("button", { name: "Require an assignment" }).click();
  await page.getByRole("button", { name: "Do not require it" }).waitFor();
  assert.deepEqual((await orders()).body.error_codes, [501051]);

  await openTab(page, "Assigned to it");
  await page.getByText("No client has a role of this application.").waitFor();
  await page.getByLabel("Find a client by name").fill("Warehouse");
  await page.getByRole("button", { name: "Search", exact: true }).click();
  await page.getByRole("link", { name: "Warehouse connector" }).click();
  await page.getByLabel("Orders.Read.All").check();
  await checkLooks(page, "enterprise-application-assign");
  await page.getByRole("button", { name: "Assign", exact: true }).click();
  await page.getByRole("row").filter({ hasText: "Warehouse connector" }).waitFor();
  await checkLooks(page, "enterprise-application-assigned");
  const { body } = await orders();
  assert.deepEqual(unverifiedClaims(body.access_token).roles, ["Orders.Read.All"]);

  await page.getByRole("button", { name: "Revoke from Warehouse connector" }).click();
  await page.getByText("No client has a role of this application.").waitFor();
  assert.deepEqual((await orders()).body.error_codes, [501051]);
  expectNoErrors(page);
});

test("a disabled application gets no tokens, and an enabled one does again", async () => {
  const page = await newPage({ storageState });
  await open(page, baseUrl, "enterprise-applications", "Warehouse connector");
  await page.getByRole("button", { name: "Disable", exact: true }).click();
  await page.getByRole("button", { name: "Enable", exact: true }).waitFor();
  await check(page, "enterprise-application-disabled");
  assert.deepEqual((await orders({ resource: "https://graph.microsoft.com" })).body.error_codes, [7000112]);
  await page.getByRole("button", { name: "Enable", exact: true }).click();
  await page.getByRole("button", { name: "Disable", exact: true }).waitFor();
  assert.equal((await orders({ resource: "https://graph.microsoft.com" })).status, 200);
});

test("a refused request is found by what its error says", async () => {
  const { body } = await orders({ secret: "wrong" });
  assert.deepEqual(body.error_codes, [7000215]);
  const page = await newPage({ storageState });
  // The log is written in batches.
  await until(async () => {
    await page.goto(`${baseUrl}/portal/sign-ins?id=${body.trace_id}`);
    return page.url().endsWith(`/portal/sign-ins/${body.trace_id}`);
  });
  for (const id of [body.trace_id, body.correlation_id]) {
    await page.goto(`${baseUrl}/portal/sign-ins`);
    await page.getByLabel("Trace id or correlation id of an error").fill(id);
    await page.getByRole("button", { name: "Search", exact: true }).click();
    for (const said of ["AADSTS7000215", "Warehouse connector", body.trace_id, body.correlation_id]) {
      await page.getByText(said).first().waitFor();
    }
  }
  await checkLooks(page, "sign-in-entry-refused");
});

test("a change is in the audit log, with what was before and after, and by whom", async () => {
  const page = await newPage({ storageState });
  await register(page, baseUrl, "Name before");
  const name = page.getByLabel("Name", { exact: true });
  assert.equal(await name.inputValue(), "Name before");
  await name.fill("Name after");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByRole("heading", { name: "Name after", level: 1 }).waitFor();
  await page.goto(`${baseUrl}/portal/audit`);
  // It is called by the name that it had.
  const change = page.getByRole("row").filter({ hasText: /Update application.*Name before/s });
  await change.getByRole("link").click();
  const property = page.getByRole("row").filter({ hasText: "Name before" });
  await property.getByText("Name after").waitFor();
  await page.getByText(administrator).first().waitFor();
  await checkLooks(page, "audit-entry");
});

test("a token is explained, and not shown again", async () => {
  const { body } = await orders({ resource: "https://graph.microsoft.com" });
  const page = await newPage({ storageState });
  await page.goto(`${baseUrl}/portal/inspector`);
  await page.getByLabel("Access token or client assertion").fill(body.access_token);
  await page.getByRole("button", { name: "Explain" }).click();
  for (const said of ["appid", "Warehouse connector", "exp"]) {
    await page.getByText(said).first().waitFor();
  }
  assert.ok(!(await page.content()).includes(body.access_token), "the token is not shown again");
  await checkLooks(page, "inspector-token");
  const forged = `${body.access_token.slice(0, -8)}AAAAAAAA`;
  await page.getByLabel("Access token or client assertion").fill(forged);
  await page.getByRole("button", { name: "Explain" }).click();
  await page.locator("main .badge-error").first().waitFor();
  await page.getByLabel("Access token or client assertion").fill("not a token");
  await page.getByRole("button", { name: "Explain" }).click();
  await page.locator(".field-error").waitFor();
  await check(page, "inspector-refused", { status: 400 });
});

test("a colleague is invited with a role, and can do what it says and no more", async () => {
  const page = await newPage({ storageState });
  await page.goto(`${baseUrl}/portal/administrators`);
  await page.getByLabel("User name").fill("reader@contoso.example");
  await page.getByLabel("Name optional", { exact: true }).fill("Global Reader");
  await page.getByLabel("Global Reader", { exact: true }).check();
  await page.getByRole("button", { name: "Add", exact: true }).click();
  const link = await page.getByLabel("Setup link").inputValue();
  await checkLooks(page, "administrator-setup-link");

  const reader = await newPage();
  await setUp(reader, link);
  await reader.goto(`${baseUrl}/portal/administrators`);
  await reader.getByText("Only a Global Administrator or a Privileged Role Administrator").waitFor();
  assert.equal(await reader.getByRole("button", { name: "Add", exact: true }).count(), 0);
  await check(reader, "administrators-as-reader");
  await reader.goto(`${baseUrl}/portal/applications/new`);
  await reader.getByLabel("Name", { exact: true }).fill("Not theirs to register");
  await reader.getByRole("button", { name: "Register", exact: true }).click();
  await reader.getByText("Insufficient privileges to complete the operation.").waitFor();
  await checkLooks(reader, "not-allowed", { status: 403 });
  await page.goto(`${baseUrl}/portal/applications?search=Not+theirs`);
  await page.getByText("No application has such a name or id.").waitFor();

  await page.goto(`${baseUrl}/portal/administrators`);
  await page.getByRole("row").filter({ hasText: "reader@contoso.example" }).getByRole("link").click();
  await page.getByLabel("Role", { exact: true }).selectOption({ label: "Application Administrator" });
  await page.getByRole("button", { name: "Give the role" }).click();
  await page.getByRole("row").filter({ hasText: "Application Administrator" }).waitFor();
  const id = page.url().split("/").at(-1);
  await card(page, "How this person signs in").getByText(id, { exact: true }).waitFor();
  await checkLooks(page, "administrator");
  await register(reader, baseUrl, "Theirs to register now");

  await page.locator("summary", { hasText: "Disable this account" }).click();
  await page.getByRole("button", { name: "Disable", exact: true }).click();
  await page.getByRole("button", { name: "Enable this account" }).waitFor();
  await reader.goto(`${baseUrl}/portal`);
  assert.ok(reader.url().includes("/portal/sign-in"), "they are signed out at once");
});

test("a platform administrator adds a tenant, whose administrator sees only that", async () => {
  const page = await newPage();
  await setUp(page, await world.invite("platform@contoso.example", "Tenant Creator"));
  await page.getByRole("link", { name: "Tenants" }).first().click();
  await page.getByRole("heading", { name: "Tenants", level: 1 }).waitFor();
  await checkLooks(page, "tenants");
  await page.getByRole("link", { name: "Add a tenant" }).click();
  await checkLooks(page, "tenant-new");
  await page.getByLabel("Name", { exact: true }).fill("Tailspin");
  await page.getByLabel("Domain").fill("tailspin.example");
  await page.getByLabel("First administrator").fill("admin");
  await page.getByRole("button", { name: "Add the tenant" }).click();
  const link = await page.getByLabel("Setup link").inputValue();
  await checkLooks(page, "tenant-created");

  const theirs = await newPage();
  await setUp(theirs, link);
  await theirs.getByText("Tailspin").first().waitFor();
  await theirs.goto(`${baseUrl}/portal/applications`);
  assert.equal(await theirs.getByText("Warehouse connector").count(), 0);
  const response = await theirs.goto(`${baseUrl}/portal/tenants`);
  assert.equal(response.status(), 403);
  await check(theirs, "forbidden", { status: 403 });
});

test("an administrator of another tenant finds nothing of this one", async () => {
  const page = await newPage({ storageState });
  await open(page, baseUrl, "applications", "Orders API");
  const address = page.url();
  const stranger = await newPage();
  await setUp(stranger, await world.invite("admin@fabrikam.example", "Global Administrator"));
  for (const tab of ["", "/credentials", "/permissions"]) {
    const response = await stranger.goto(`${address}${tab}`);
    assert.equal(response.status(), 404);
    assert.equal(await stranger.getByText("Orders API").count(), 0);
  }
  const { body } = await orders({ secret: "wrong" });
  const entry = `${baseUrl}/portal/sign-ins/${body.trace_id}`;
  await until(async () => (await page.goto(entry)).status() === 200);
  assert.equal((await stranger.goto(entry)).status(), 404);
});

test("health: the keys that sign, the database, and nothing out of order", async () => {
  const page = await newPage();
  await signIn(page, baseUrl, administrator);
  await page.goto(`${baseUrl}/portal/health`);
  await card(page, "Database").getByText("Answers", { exact: true }).waitFor();
  await card(page, "Nodes").getByText("Answers this page", { exact: true }).waitFor();
  await card(page, "Signing keys").getByText("Signs", { exact: true }).first().waitFor();
});

async function until(isTrue) {
  for (let attempt = 0; attempt < 50; attempt += 1) {
    if (await isTrue()) {
      return;
    }
    await setTimeout(100);
  }
  assert.fail("it did not become true");
}

// An administrator's day: a service that calls, a service that is called, and every page between.

import assert from "node:assert/strict";
import { before, test } from "node:test";

import { check, everyLook } from "../lib/look.mjs";
import { setUp } from "../lib/people.mjs";
import { requestToken, unverifiedClaims } from "../lib/token.mjs";
import { startWorld } from "../lib/world.mjs";

const ORDERS = "1f0a7d3c-5e64-4b8e-8a0f-2f6c9b1d7e01";

const PAGES = [
  ["home", ""],
  ["applications", "/applications"],
  ["applications-none-found", "/applications?search=no+such+application"],
  ["application-new", "/applications/new"],
  ["enterprise-applications", "/enterprise-applications"],
  ["administrators", "/administrators"],
  ["sign-ins", "/sign-ins"],
  ["audit", "/audit"],
  ["inspector", "/inspector"],
  ["health", "/health"],
  ["account", "/account"],
];

/** Tabs of an application, by the words on them. */
const APPLICATION_TABS = [
  "Overview",
  "Certificates and secrets",
  "Federated credentials",
  "Expose an API",
  "API permissions",
  "Owners",
  "Quickstart",
];

const world = await startWorld();
const { baseUrl, browser, newPage } = world;
const contoso = world.tenant("contoso.example").id;

let storageState;
before(async () => {
  const page = await newPage();
  await setUp(page, world.setupLink());
  storageState = await page.context().storageState();
  await page.context().close();
});

async function register(page, name) {
  await page.goto(`${baseUrl}/portal/applications/new`);
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.getByRole("button", { name: "Register", exact: true }).click();
  await page.getByRole("heading", { name, level: 1 }).waitFor();
  return page.getByLabel("Application (client) id").inputValue();
}

/** Opens a tab of the application that is open. */
async function openTab(page, name) {
  await page.getByRole("main").getByRole("link", { name, exact: true }).click();
  await page.getByRole("link", { name, exact: true, current: "page" }).waitFor();
}

test("both services are registered, the role is granted, and a token carries it", async () => {
  const page = await newPage({ storageState });

  const api = await register(page, "Invoices API");
  await openTab(page, "Expose an API");
  await page.getByLabel("Application ID URI").fill(`api://${api}`);
  await page.getByRole("button", { name: "Save", exact: true }).first().click();
  await page.getByRole("status").waitFor();
  await page.getByLabel("Display name").fill("Read invoices");
  await page.getByLabel("Value", { exact: true }).fill("Invoices.Read.All");
  await page.getByLabel("Description").fill("Reads every invoice, without a signed-in user.");
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await page.getByRole("status").waitFor();
  await check(page, "application-exposes-api");

  const clientId = await register(page, "Invoices daemon");
  await openTab(page, "Certificates and secrets");
  await page.getByLabel("Description").fill("of the first machine");
  await page.getByRole("button", { name: "Add", exact: true }).click();
  const secret = await page.getByLabel("Secret", { exact: true }).inputValue();
  await check(page, "application-new-secret");
  await page.reload();
  assert.ok(!(await page.content()).includes(secret), "a secret is shown once");

  await openTab(page, "API permissions");
  await page.getByLabel("API", { exact: true }).fill("Invoices API");
  await page.getByRole("button", { name: "Search", exact: true }).click();
  await page.getByLabel("Read invoices").check();
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await page.getByRole("button", { name: "Grant", exact: true }).click();
  await page.getByRole("status").waitFor();
  await check(page, "application-granted");

  const request = { tenant: contoso, clientId, secret, resource: `api://${api}` };
  const { status, body } = await requestToken(world, request);
  assert.equal(status, 200, JSON.stringify(body));
  assert.deepEqual(unverifiedClaims(body.access_token).roles, ["Invoices.Read.All"]);

  await page.goto(`${baseUrl}/portal/sign-ins`);
  await page.getByText("Invoices daemon").first().waitFor();
  await page.goto(`${baseUrl}/portal/audit`);
  await page.getByText("Invoices daemon").first().waitFor();
});

for (const [name, path] of PAGES) {
  test(`${name}, as everyone sees it`, async () => {
    await everyLook(browser, name, `${baseUrl}/portal${path}`, { storageState });
  });
}

test("every tab of an application, as everyone sees it", async () => {
  const page = await newPage({ storageState });
  await page.goto(`${baseUrl}/portal/applications?search=${ORDERS}`);
  await page.getByRole("link", { name: "Orders API" }).click();
  for (const tab of APPLICATION_TABS) {
    await openTab(page, tab);
    const name = `application-${tab.toLowerCase().replaceAll(" ", "-")}`;
    await everyLook(browser, name, page.url(), { storageState });
  }
});

test("the API's page of an application that does not exist says so", async () => {
  const url = `${baseUrl}/portal/applications/00000000-0000-0000-0000-000000000001`;
  await everyLook(browser, "application-missing", url, { storageState, status: 404 });
});

test("names of applications are text in every list", async () => {
  const page = await newPage({ storageState });
  await page.goto(`${baseUrl}/portal/applications?search=${encodeURIComponent("<img")}`);
  await page.getByRole("link", { name: "<img src=x onerror=alert(1)>" }).click();
  await check(page, "application-hostile");
});

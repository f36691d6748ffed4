// Every page of the portal once, as everyone sees it. Pages that need more than an address are
// looked at where their flow is tested.

import assert from "node:assert/strict";
import { before, test } from "node:test";
import { setTimeout } from "node:timers/promises";

import { check, everyLook } from "../lib/look.mjs";
import { sessionOf } from "../lib/people.mjs";
import { open } from "../lib/portal.mjs";
import { requestToken } from "../lib/token.mjs";
import { startWorld } from "../lib/world.mjs";

const CONNECTOR = "a10e4b7d-9c25-4f3a-b6d8-71e0c5a2f001";
const SECRET = "Kq8Q~test.only-connector_pZ4wV7nR2xT9cJ5";
const ORDERS = "api://contoso.example/orders";

/** Name of the picture, address below `/portal`, status where it is not 200. */
const PAGES = [
  ["home", ""],
  ["applications", "/applications"],
  ["applications-none-found", "/applications?search=no+such+application"],
  ["application-new", "/applications/new"],
  ["application-missing", "/applications/00000000-0000-0000-0000-000000000001", 404],
  ["enterprise-applications", "/enterprise-applications"],
  ["enterprise-applications-none-found", "/enterprise-applications?search=no+such+application"],
  ["administrators", "/administrators"],
  ["sign-ins", "/sign-ins"],
  ["sign-ins-none-found", "/sign-ins?id=00000000-0000-0000-0000-000000000001"],
  ["audit", "/audit"],
  ["audit-none-found", "/audit?actor=nobody"],
  ["inspector", "/inspector"],
  ["health", "/health"],
  ["account", "/account"],
];

/** Addresses of tabs below those of an application, by the application whose tab shows the most. */
const APPLICATION_TABS = [
  ["overview", "Orders API", ""],
  ["credentials", "Warehouse connector", "/credentials"],
  ["federated", "Warehouse connector", "/federated"],
  ["expose", "Orders API", "/expose"],
  ["permissions", "Warehouse connector", "/permissions"],
  ["permissions-choose", "Warehouse connector", `/permissions?search=Orders`],
  ["owners", "Orders API", "/owners"],
  ["quickstart", "Warehouse connector", "/quickstart"],
];

const ENTERPRISE_TABS = [
  ["overview", "Orders API", ""],
  ["assigned", "Orders API", "/assigned"],
  ["permissions", "Warehouse connector", "/permissions"],
];

const world = await startWorld();
const { baseUrl, browser, newPage } = world;
const contoso = world.tenant("contoso.example").id;

let storageState;
before(async () => {
  storageState = await sessionOf(world, world.setupLink());
  // Something to show: what was granted, and what was refused, and why.
  for (const [secret, resource] of [
    [SECRET, ORDERS],
    [SECRET, ORDERS],
    ["wrong", ORDERS],
    [SECRET, "api://contoso.example/nothing"],
  ]) {
    await requestToken(world, { tenant: contoso, clientId: CONNECTOR, secret, resource });
  }
  // The log is written in batches.
  await setTimeout(500);
});

for (const [name, path, status] of PAGES) {
  test(`${name}, as everyone sees it`, async () => {
    await everyLook(browser, name, `${baseUrl}/portal${path}`, { storageState, status });
  });
}

for (const [list, tabs] of [
  ["applications", APPLICATION_TABS],
  ["enterprise-applications", ENTERPRISE_TABS],
]) {
  for (const [name, application, path] of tabs) {
    test(`${list}: ${name}, as everyone sees it`, async () => {
      const page = await newPage({ storageState });
      await open(page, baseUrl, list, application);
      await everyLook(browser, `${list}-${name}`, page.url() + path, { storageState });
      await page.context().close();
    });
  }
}

test("quickstart: the lines of every client", async () => {
  const page = await newPage({ storageState });
  await open(page, baseUrl, "applications", "Warehouse connector");
  await page.goto(`${page.url()}/quickstart`);
  const clients = page.getByRole("navigation", { name: "Client", exact: true }).getByRole("link");
  const addresses = await clients.evaluateAll((links) => links.map((link) => link.href));
  const names = await clients.allInnerTexts();
  for (const name of ["curl", "Python", "Node", "Go", "Java", "Rust", "az", "Terraform"]) {
    assert.ok(names.some((label) => label.toLowerCase().includes(name.toLowerCase())), name);
  }
  for (const [index, address] of addresses.entries()) {
    await page.goto(address);
    const lines = (await page.locator("main pre").allInnerTexts()).join("\n");
    assert.ok(lines.includes(CONNECTOR) || lines.includes("AZURE_CLIENT_ID"), address);
    assert.ok(!lines.includes(SECRET), address);
    await check(page, `quickstart-${names[index].toLowerCase().replace(/\W+/g, "-")}`);
  }
});

for (const [title, name] of [
  ["markup", "<img src=x onerror=alert(1)>"],
  ["no place to break", `Warehouse${"W".repeat(111)}`],
]) {
  test(`names are text and fit in every list and title: ${title}`, async () => {
    const slug = `name-${title.replaceAll(" ", "-")}`;
    for (const list of ["applications", "enterprise-applications"]) {
      const search = `${baseUrl}/portal/${list}?search=${encodeURIComponent(name)}`;
      await everyLook(browser, `${slug}-${list}`, search, { storageState });
      const page = await newPage({ storageState });
      await open(page, baseUrl, list, name);
      await everyLook(browser, `${slug}-${list}-overview`, page.url(), { storageState });
      if (list === "applications") {
        await everyLook(browser, `${slug}-expose`, `${page.url()}/expose`, { storageState });
      }
      await page.context().close();
    }
  });
}

test("the keyboard reaches the content first, and every focus is seen", async () => {
  const page = await newPage({ storageState });
  await page.goto(`${baseUrl}/portal/applications`);
  await page.keyboard.press("Tab");
  const skip = page.getByRole("link", { name: "Skip to the content" });
  assert.ok(await skip.evaluate((link) => link === document.activeElement));
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement.id), "main");
  for (let stop = 0; stop < 5; stop += 1) {
    await page.keyboard.press("Tab");
    const outline = await page.evaluate(() => {
      const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(document.activeElement);
      return { outlineStyle, outlineWidth, boxShadow };
    });
    const isSeen = outline.outlineStyle !== "none" || outline.boxShadow !== "none";
    assert.ok(isSeen, `stop ${stop}: ${JSON.stringify(outline)}`);
  }
});

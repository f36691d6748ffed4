// A service that calls and a service that is called, from nothing to a token.

import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { before, test } from "node:test";
import { fileURLToPath } from "node:url";

import { check, checkLooks } from "../lib/look.mjs";
import { expectNoErrors } from "../lib/page.mjs";
import { sessionOf } from "../lib/people.mjs";
import {
  addSecret,
  card,
  exposeRole,
  open,
  openTab,
  register,
  requestAndGrant,
  said,
} from "../lib/portal.mjs";
import { requestToken, unverifiedClaims } from "../lib/token.mjs";
import { startWorld } from "../lib/world.mjs";

const CERTIFICATE = fileURLToPath(new URL("../fixtures/certificate.pem", import.meta.url));
const CONNECTOR = "a10e4b7d-9c25-4f3a-b6d8-71e0c5a2f001";
const SECRET = "Kq8Q~test.only-connector_pZ4wV7nR2xT9cJ5";

const world = await startWorld();
const { baseUrl, newPage } = world;
// The development server's own issuer, and a token of it for the connector.
const { federated } = world.dev.clients.find(({ appId }) => appId === CONNECTOR);
const token = readFileSync(federated.tokenFile, "utf8").trim();
const contoso = world.tenant("contoso.example").id;
const administrator = world.dev.administrator.userPrincipalName;

let storageState;
before(async () => {
  storageState = await sessionOf(world, world.setupLink());
});

/** Registers both sides, and asks for the token that they are for. */
async function fromNothingToToken(page, { api, client, value, look }) {
  const apiId = await register(page, baseUrl, api);
  await openTab(page, "Expose an API");
  await exposeRole(page, `api://${apiId}`, value, "Read invoices");
  await look(page, "application-exposes-api");

  const clientId = await register(page, baseUrl, client);
  await openTab(page, "Certificates and secrets");
  const secret = await addSecret(page, "of the first machine");
  assert.ok(secret.length >= 32, "a secret is long");
  await look(page, "application-new-secret");
  await openTab(page, "API permissions");
  await requestAndGrant(page, api, value);
  await look(page, "application-granted");

  const request = { tenant: contoso, clientId, secret, resource: `api://${apiId}` };
  const { status, body } = await requestToken(world, request);
  assert.equal(status, 200, JSON.stringify(body));
  assert.deepEqual(unverifiedClaims(body.access_token).roles, [value]);
  expectNoErrors(page);
  return { secret, body };
}

test("both services are registered, the role is granted, and a token carries it", async () => {
  const page = await newPage({ storageState });
  const { secret } = await fromNothingToToken(page, {
    api: "Invoices API",
    client: "Invoices daemon",
    value: "Invoices.Read.All",
    look: checkLooks,
  });

  await openTab(page, "Certificates and secrets");
  await card(page, "Client secrets").getByText(secret.slice(0, 3)).waitFor();
  assert.ok(!(await page.content()).includes(secret), "a secret is shown once");
});

test("the same without scripts", async () => {
  const page = await newPage({ storageState, javaScriptEnabled: false });
  await fromNothingToToken(page, {
    api: "Payments API",
    client: "Payments daemon",
    value: "Payments.Read.All",
    // axe is itself a script; these pages were looked at above.
    look: async () => assert.equal(await page.getByRole("button", { name: /^Copy/ }).count(), 0),
  });
});

test("a role that is revoked is in no token any more", async () => {
  const page = await newPage({ storageState });
  await open(page, baseUrl, "applications", "Warehouse connector");
  await openTab(page, "API permissions");
  await page.getByRole("button", { name: "Grant all for this tenant" }).click();
  await page.getByText("Granted", { exact: true }).waitFor();
  const resource = "api://contoso.example/orders";
  const request = { tenant: contoso, clientId: CONNECTOR, secret: SECRET, resource };
  const granted = await requestToken(world, request);
  assert.deepEqual(unverifiedClaims(granted.body.access_token).roles, ["Orders.Read.All"]);
  await page.getByRole("button", { name: "Revoke Orders.Read.All" }).click();
  await page.getByText("Not granted", { exact: true }).waitFor();
  const revoked = await requestToken(world, request);
  assert.equal(unverifiedClaims(revoked.body.access_token).roles, undefined);
});

test("a secret is deleted after a question, and counts no more", async () => {
  const page = await newPage({ storageState });
  const clientId = await register(page, baseUrl, "Short-lived service");
  await openTab(page, "Certificates and secrets");
  const secret = await addSecret(page, "of yesterday");
  const request = { tenant: contoso, clientId, secret, resource: "api://contoso.example/orders" };
  assert.equal((await requestToken(world, request)).status, 200);
  await page.getByRole("link", { name: "I have copied it" }).click();
  const row = page.getByRole("row").filter({ hasText: "of yesterday" });
  await row.locator("summary").click();
  await check(page, "application-secret-deletion");
  await row.getByRole("button", { name: "Delete the secret" }).click();
  await page.getByText("This application has no secret.").waitFor();
  assert.deepEqual((await requestToken(world, request)).body.error_codes, [7000215]);
});

test("a certificate is uploaded as a file, and read back", async () => {
  const page = await newPage({ storageState });
  await register(page, baseUrl, "Service with a certificate");
  await openTab(page, "Certificates and secrets");
  const certificates = card(page, "Certificates");
  await certificates.getByLabel("File").setInputFiles(CERTIFICATE);
  await certificates.getByRole("button", { name: "Add the certificate" }).click();
  const { fingerprint } = new X509Certificate(readFileSync(CERTIFICATE));
  await certificates.getByText(fingerprint, { exact: true }).waitFor();
  await certificates.getByText("CN=Warehouse connector").first().waitFor();
  await checkLooks(page, "application-certificate");

  await certificates.getByLabel("Or as text").fill("-----BEGIN CERTIFICATE-----\nMIIB\n");
  await certificates.getByRole("button", { name: "Add the certificate" }).click();
  await certificates.getByRole("alert").waitFor();
  await check(page, "application-certificate-refused", { status: 400 });
});

test("a federated credential is added, and a token is tried on it", async () => {
  const page = await newPage({ storageState });
  await register(page, baseUrl, "Service in a cluster");
  await openTab(page, "Federated credentials");
  for (const template of ["Kubernetes", "GitHub", "SPIFFE", "Other"]) {
    const form = card(page, "Add a federated credential");
    await form.getByRole("link", { name: new RegExp(template) }).click();
    await form.getByRole("button", { name: "Add", exact: true }).waitFor();
    await checkLooks(page, `application-federated-${template.toLowerCase()}`);
  }
  const form = card(page, "Add a federated credential");
  await form.getByLabel("Name", { exact: true }).fill("orders-worker");
  await form.getByLabel("Issuer").fill(federated.issuer);
  await form.getByLabel("Subject").fill("somebody-else");
  await form.getByLabel("Audience").fill("api://AzureADTokenExchange");
  await form.getByRole("button", { name: "Add", exact: true }).click();
  await page.getByRole("row").filter({ hasText: "orders-worker" }).first().waitFor();

  await tryToken(page, token);
  await said(page, /This token is refused/);
  const subject = page.getByRole("row").filter({ hasText: unverifiedClaims(token).sub });
  await subject.getByText("somebody-else").waitFor();
  assert.ok(!(await page.content()).includes(token), "the token is not shown again");
  await checkLooks(page, "application-federated-refused");

  await open(page, baseUrl, "applications", "Warehouse connector");
  await openTab(page, "Federated credentials");
  await tryToken(page, token);
  await said(page, /This token is accepted/);
  await checkLooks(page, "application-federated-accepted");
});

async function tryToken(page, token) {
  await page.getByLabel("Token", { exact: true }).fill(token);
  await page.getByRole("button", { name: "Try it" }).click();
}

test("owners: a person is added and removed again, and nobody unknown", async () => {
  const page = await newPage({ storageState });
  await register(page, baseUrl, "Service with owners");
  await openTab(page, "Owners");
  const owner = page.getByLabel("User name or client id");
  await owner.fill("nobody@contoso.example");
  await page.getByRole("button", { name: "Add the owner" }).click();
  await page.locator(".field-error").waitFor();
  await check(page, "application-owner-unknown", { status: 400 });
  // Whoever registers an application owns it.
  const row = page.getByRole("row").filter({ hasText: administrator });
  await row.getByRole("button", { name: /^Remove/ }).click();
  await page.getByText("Nobody owns this application").waitFor();
  await owner.fill(CONNECTOR);
  await page.getByRole("button", { name: "Add the owner" }).click();
  await page.getByRole("row").filter({ hasText: "Warehouse connector" }).waitFor();
});

test("what is entered wrongly is said at its field, and kept", async () => {
  const page = await newPage({ storageState });
  await register(page, baseUrl, "Service with mistakes");
  await openTab(page, "Expose an API");
  await page.getByRole("textbox", { name: "App ID URIs" }).fill("not a URI");
  await page.getByRole("button", { name: "Save the URIs" }).click();
  await page.locator(".field-error").waitFor();
  assert.equal(await page.getByRole("textbox", { name: "App ID URIs" }).inputValue(), "not a URI");
  await checkLooks(page, "application-mistake", { status: 400 });
});

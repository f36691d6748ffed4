// The running server as `dev.json` describes it, and the shared table of scenarios.

import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";

const scenarios = JSON.parse(readFileSync(new URL("../scenarios.json", import.meta.url), "utf8"));
export const grants = scenarios.grants;
export const refusals = scenarios.refusals;
export const assertionGrants = scenarios.assertionGrants;
export const assertionRefusals = scenarios.assertionRefusals;
// One row of each token version, for runs that differ only in how the client is set up.
export const firstTokens = grants.slice(0, 2);

const dev = JSON.parse(readFileSync(devJsonPath(), "utf8"));
const contoso = dev.tenants.find((tenant) => tenant.displayName === "Contoso");

export const baseUrl = dev.baseUrl;
// MSAL compares host and port, so the port is part of a known authority.
export const authorityHost = new URL(dev.baseUrl).host;
export const tenantId = contoso.id;
/** The application that may change the directory. */
export const administrator = dev.administrator;

export function client(displayName) {
  return dev.clients.find((candidate) => candidate.displayName === displayName);
}

/** Tenant, client id and secret of a row, in the order every SDK takes them. */
export function credentials(row) {
  const { appId, clientSecret } = client(row.client);
  return [tenant(row), appId, row.secret ?? clientSecret];
}

/** Tenant and client id of a row that signs in without a secret. */
export function identity(row) {
  return [tenant(row), client(row.client).appId];
}

/** The client whose certificate and federated token the row signs in with. */
export function proof(row) {
  const owner = client(row.proofOf ?? row.client);
  if (row.tokenFile === undefined) {
    return owner;
  }
  // A token of an issuer beside the server, which lies beside `dev.json`.
  const tokenFile = join(dirname(devJsonPath()), row.tokenFile);
  return { ...owner, federated: { tokenFile } };
}

export function issuer(version) {
  return `${baseUrl}/${tenantId}/${version === "1.0" ? "" : "v2.0"}`;
}

export function defaultScope(row) {
  return `${row.resource}/.default`;
}

/** How the error description of a refusal must begin; SDKs quote it as it is. */
export function aadsts(refusal) {
  return `AADSTS${refusal.code}: `;
}

/** The tenant in the form that the row names it by. */
function tenant(row) {
  return row.tenant === "domain" ? contoso.domains[0] : contoso.id;
}

function devJsonPath() {
  const path = process.env.COUNTERSIGN_DEV_JSON;
  if (path === undefined) {
    throw new Error(
      "COUNTERSIGN_DEV_JSON is not set: start `countersign dev` and point it at dev.json",
    );
  }
  return path;
}

// Token checks with jose, through our discovery document.

import assert from "node:assert/strict";

import { createRemoteJWKSet, jwtVerify } from "jose";

import { client, issuer, tenantId } from "./deployment.js";

/** Verifies the token as a receiving service would, then compares every claim with the row. */
export async function checkToken(row, token) {
  const claims = await verify(issuer(row.version), row.audience, token);
  const { appId, servicePrincipalId } = client(row.client);
  const application = row.version === "1.0" ? "appid" : "azp";

  assert.equal(claims.ver, row.version);
  assert.equal(claims.tid, tenantId);
  assert.equal(claims.oid, servicePrincipalId);
  assert.equal(claims.sub, servicePrincipalId);
  assert.equal(claims[application], appId);
  assert.equal(claims[`${application}acr`], row.proof === undefined ? "1" : "2");
  assert.deepEqual(claims.roles ?? [], row.roles);
  assert.equal("roles" in claims, row.roles.length > 0);
  assert.equal("scp" in claims, false);
}

/** The claims, or the error that jose gives. */
export async function verify(expectedIssuer, audience, token) {
  const url = `${expectedIssuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
  const metadata = await (await fetch(url)).json();
  assert.equal(metadata.issuer, expectedIssuer);

  const keys = createRemoteJWKSet(new URL(metadata.jwks_uri));
  const { payload } = await jwtVerify(token, keys, {
    algorithms: metadata.id_token_signing_alg_values_supported,
    audience,
    issuer: metadata.issuer,
    requiredClaims: ["exp", "nbf", "iat", "sub"],
    typ: "JWT",
  });
  return payload;
}

// jose on the receiving side: what it accepts, and what it must refuse.

import assert from "node:assert/strict";

import { errors } from "jose";

import { baseUrl, credentials, firstTokens, issuer } from "./deployment.js";
import { scenariosOf } from "./scenario.js";
import { checkToken, verify } from "./tokens.js";

const scenario = scenariosOf("jose", "jose");
const [firstVersion, secondVersion] = firstTokens;

async function issue(row) {
  const [tenant, clientId, clientSecret] = credentials(row);
  const response = await fetch(`${baseUrl}/${tenant}/oauth2/v2.0/token`, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "client_credentials",
      client_id: clientId,
      client_secret: clientSecret,
      scope: `${row.resource}/.default`,
    }),
  });
  const body = await response.json();
  assert.equal(response.status, 200, JSON.stringify(body));
  return body.access_token;
}

for (const row of firstTokens) {
  scenario(`accepts a v${row.version} token`, async () => checkToken(row, await issue(row)));
}

scenario("refuses a token for another audience", async () => {
  const token = await issue(secondVersion);
  await assert.rejects(
    verify(issuer("2.0"), firstVersion.audience, token),
    errors.JWTClaimValidationFailed,
  );
});

scenario("refuses a v1.0 token under the v2.0 issuer", async () => {
  const token = await issue(firstVersion);
  await assert.rejects(
    verify(issuer("2.0"), firstVersion.audience, token),
    errors.JWTClaimValidationFailed,
  );
});

scenario("refuses a changed token", async () => {
  const token = await issue(secondVersion);
  const signature = (await issue(firstVersion)).split(".")[2];
  const changed = [...token.split(".").slice(0, 2), signature].join(".");
  await assert.rejects(
    verify(issuer("2.0"), secondVersion.audience, changed),
    errors.JWSSignatureVerificationFailed,
  );
});

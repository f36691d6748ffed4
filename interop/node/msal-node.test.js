// @azure/msal-node: `authority` plus `knownAuthorities`.

import assert from "node:assert/strict";

import { ConfidentialClientApplication, ServerError } from "@azure/msal-node";

import {
  aadsts,
  authorityHost,
  baseUrl,
  credentials,
  defaultScope,
  grants,
  refusals,
} from "./deployment.js";
import { scenariosOf } from "./scenario.js";
import { checkToken } from "./tokens.js";

const scenario = scenariosOf("@azure/msal-node", "@azure/msal-node");

function application(row) {
  const [tenant, clientId, clientSecret] = credentials(row);
  return new ConfidentialClientApplication({
    auth: {
      clientId,
      clientSecret,
      authority: `${baseUrl}/${tenant}`,
      knownAuthorities: [authorityHost],
    },
  });
}

for (const grant of grants) {
  scenario(grant.scenario, async () => {
    const app = application(grant);
    const first = await app.acquireTokenByClientCredential({ scopes: [defaultScope(grant)] });
    assert.equal(first.fromCache, false);
    assert.equal(first.tokenType, "Bearer");
    await checkToken(grant, first.accessToken);

    const second = await app.acquireTokenByClientCredential({ scopes: [defaultScope(grant)] });
    assert.equal(second.fromCache, true);
    assert.equal(second.accessToken, first.accessToken);
  });
}

for (const refusal of refusals) {
  scenario(refusal.scenario, async () => {
    const request = application(refusal).acquireTokenByClientCredential({
      scopes: [defaultScope(refusal)],
    });
    await assert.rejects(request, (error) => {
      assert.ok(error instanceof ServerError, `not a ServerError: ${error}`);
      assert.equal(error.errorCode, refusal.error);
      assert.match(error.errorMessage, new RegExp(aadsts(refusal)));
      return true;
    });
  });
}

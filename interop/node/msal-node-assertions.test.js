// @azure/msal-node without a shared secret: a certificate by its SHA-256 thumbprint, or an assertion.

import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";

import { ConfidentialClientApplication, ServerError } from "@azure/msal-node";

import {
  aadsts,
  assertionGrants,
  assertionRefusals,
  authorityHost,
  baseUrl,
  defaultScope,
  identity,
  proof,
} from "./deployment.js";
import { scenariosOf } from "./scenario.js";
import { checkToken } from "./tokens.js";

const scenario = scenariosOf("@azure/msal-node", "@azure/msal-node");

function clientCertificate({ certificateFile, privateKeyFile }, withChain) {
  const pem = readFileSync(certificateFile, "utf8");
  return {
    thumbprintSha256: new X509Certificate(pem).fingerprint256.replaceAll(":", ""),
    privateKey: readFileSync(privateKeyFile, "utf8"),
    ...(withChain ? { x5c: pem } : {}),
  };
}

const forms = {
  certificate: [
    (shown) => ({ clientCertificate: clientCertificate(shown, false) }),
    (shown) => ({ clientCertificate: clientCertificate(shown, true) }),
  ],
  federated: [
    ({ federated }) => ({ clientAssertion: readFileSync(federated.tokenFile, "utf8") }),
    ({ federated }) => ({
      clientAssertion: async () => readFileSync(federated.tokenFile, "utf8"),
    }),
  ],
};

/** One application for every form in which this client takes the proof of the row. */
function applications(row) {
  const [tenant, clientId] = identity(row);
  return forms[row.proof].map(
    (form) =>
      new ConfidentialClientApplication({
        auth: {
          clientId,
          ...form(proof(row)),
          authority: `${baseUrl}/${tenant}`,
          knownAuthorities: [authorityHost],
        },
      }),
  );
}

for (const grant of assertionGrants) {
  scenario(grant.scenario, async () => {
    for (const app of applications(grant)) {
      const first = await app.acquireTokenByClientCredential({ scopes: [defaultScope(grant)] });
      assert.equal(first.fromCache, false);
      await checkToken(grant, first.accessToken);

      const second = await app.acquireTokenByClientCredential({ scopes: [defaultScope(grant)] });
      assert.equal(second.fromCache, true);
      assert.equal(second.accessToken, first.accessToken);
    }
  });
}

for (const refusal of assertionRefusals) {
  scenario(refusal.scenario, async () => {
    for (const app of applications(refusal)) {
      const request = app.acquireTokenByClientCredential({ scopes: [defaultScope(refusal)] });
      await assert.rejects(request, (error) => {
        assert.ok(error instanceof ServerError, `not a ServerError: ${error}`);
        assert.equal(error.errorCode, refusal.error);
        assert.match(error.errorMessage, new RegExp(aadsts(refusal)));
        return true;
      });
    }
  });
}

// @azure/identity without a shared secret.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import {
  AuthenticationRequiredError,
  ClientAssertionCredential,
  ClientCertificateCredential,
  WorkloadIdentityCredential,
} from "@azure/identity";

import {
  aadsts,
  assertionGrants,
  assertionRefusals,
  baseUrl,
  defaultScope,
  identity,
  proof,
} from "./deployment.js";
import { scenariosOf } from "./scenario.js";
import { checkToken } from "./tokens.js";

const scenario = scenariosOf("@azure/identity", "@azure/identity");
const options = { authorityHost: baseUrl, disableInstanceDiscovery: true };

/** One credential of every kind that takes the proof of the row. */
function credentials(row) {
  const [tenantId, clientId] = identity(row);
  const { certificateWithKeyFile, federated } = proof(row);
  if (row.proof === "certificate") {
    return [
      new ClientCertificateCredential(tenantId, clientId, certificateWithKeyFile, options),
      new ClientCertificateCredential(tenantId, clientId, certificateWithKeyFile, {
        ...options,
        sendCertificateChain: true,
      }),
    ];
  }
  const tokenFilePath = federated.tokenFile;
  const readToken = async () => readFileSync(tokenFilePath, "utf8");
  return [
    new WorkloadIdentityCredential({ ...options, tenantId, clientId, tokenFilePath }),
    new ClientAssertionCredential(tenantId, clientId, readToken, options),
  ];
}

for (const grant of assertionGrants) {
  scenario(grant.scenario, async () => {
    for (const signedIn of credentials(grant)) {
      const first = await signedIn.getToken(defaultScope(grant));
      await checkToken(grant, first.token);
      const second = await signedIn.getToken(defaultScope(grant));
      assert.equal(second.token, first.token);
    }
  });
}

for (const refusal of assertionRefusals) {
  scenario(refusal.scenario, async () => {
    for (const refused of credentials(refusal)) {
      await assert.rejects(refused.getToken(defaultScope(refusal)), (error) => {
        assert.ok(error instanceof AuthenticationRequiredError, `of another type: ${error}`);
        assert.ok(error.message.includes(aadsts(refusal)), error.message);
        return true;
      });
    }
  });
}

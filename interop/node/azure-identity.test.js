// @azure/identity: `authorityHost` plus `disableInstanceDiscovery`, or environment only.

import assert from "node:assert/strict";

import {
  AuthenticationError,
  AuthenticationRequiredError,
  ClientSecretCredential,
  DefaultAzureCredential,
  EnvironmentCredential,
} from "@azure/identity";

import {
  aadsts,
  baseUrl,
  client,
  credentials,
  defaultScope,
  firstTokens,
  grants,
  refusals,
} from "./deployment.js";
import { scenariosOf } from "./scenario.js";
import { checkToken } from "./tokens.js";

const scenario = scenariosOf("@azure/identity", "@azure/identity");

function credential(row) {
  return new ClientSecretCredential(...credentials(row), {
    authorityHost: baseUrl,
    disableInstanceDiscovery: true,
  });
}

// The type depends on the credential: a chain such as EnvironmentCredential wraps what it catches.
function assertRefused(request, refusal, errorType) {
  return assert.rejects(request, (error) => {
    assert.ok(error instanceof errorType, `not the expected type of error: ${error}`);
    assert.ok(error.message.includes(aadsts(refusal)), error.message);
    return true;
  });
}

for (const grant of grants) {
  scenario(grant.scenario, async () => {
    const signedIn = credential(grant);
    const first = await signedIn.getToken(defaultScope(grant));
    await checkToken(grant, first.token);
    const second = await signedIn.getToken(defaultScope(grant));
    assert.equal(second.token, first.token);
  });
}

for (const refusal of refusals) {
  scenario(refusal.scenario, () =>
    assertRefused(
      credential(refusal).getToken(defaultScope(refusal)),
      refusal,
      AuthenticationRequiredError,
    ),
  );
}

// The variables of `countersign env --adfs`: no code knows that this is not the public cloud.
// Every test file is a process of its own, so they reach nothing else.
const daemon = client("Daemon");
process.env.AZURE_AUTHORITY_HOST = baseUrl;
process.env.AZURE_TENANT_ID = "adfs";
process.env.AZURE_CLIENT_ID = daemon.appId;
process.env.AZURE_CLIENT_SECRET = daemon.clientSecret;

scenario("environment only, through adfs", async () => {
  for (const grant of firstTokens) {
    const { token } = await new EnvironmentCredential().getToken(defaultScope(grant));
    await checkToken(grant, token);
  }
});

scenario("DefaultAzureCredential, environment only, through adfs", async () => {
  for (const grant of firstTokens) {
    const { token } = await new DefaultAzureCredential().getToken(defaultScope(grant));
    await checkToken(grant, token);
  }
});

scenario("environment only, wrong secret, through adfs", async () => {
  const [refusal] = refusals;
  process.env.AZURE_CLIENT_SECRET = refusal.secret;
  try {
    await assertRefused(
      new EnvironmentCredential().getToken(defaultScope(refusal)),
      refusal,
      AuthenticationError,
    );
  } finally {
    process.env.AZURE_CLIENT_SECRET = daemon.clientSecret;
  }
});

// The Graph SDK, set up for the server as its documentation says for another host.

import { ClientSecretCredential } from "@azure/identity";
import { Client } from "@microsoft/microsoft-graph-client";
import { TokenCredentialAuthenticationProvider } from "@microsoft/microsoft-graph-client/authProviders/azureTokenCredentials/index.js";

import { administrator, baseUrl } from "./deployment.js";

/** Microsoft Graph and its User.Read.All, as the real service numbers them. */
export const GRAPH_APP_ID = "00000003-0000-0000-c000-000000000000";
export const USER_READ_ALL = "df021288-bdef-4463-88db-98f22de89214";

/** Without `customHosts` the SDK sends its requests without a token. */
export function graphClient() {
  const { tenantId, appId, clientSecret } = administrator;
  const credential = new ClientSecretCredential(tenantId, appId, clientSecret, {
    authorityHost: baseUrl,
    disableInstanceDiscovery: true,
  });
  return Client.initWithMiddleware({
    authProvider: new TokenCredentialAuthenticationProvider(credential, {
      scopes: [`${baseUrl}/.default`],
    }),
    baseUrl: `${baseUrl}/`,
    customHosts: new Set([new URL(baseUrl).hostname]),
  });
}

/** An application with a service principal and a secret; the caller deletes it. */
export async function registerApplication(graph, displayName) {
  const application = await graph.api("/applications").post({ displayName });
  const servicePrincipal = await graph
    .api("/servicePrincipals")
    .post({ appId: application.appId });
  const { secretText } = await graph
    .api(`/applications/${application.id}/addPassword`)
    .post({ passwordCredential: { displayName: "interop" } });
  return { application, servicePrincipal, secretText };
}

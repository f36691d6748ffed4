// A daemon that shows the users of a tenant, with its own identity.
//
// It needs the app role User.Read.All of Microsoft Graph, and these variables:
//
//   AZURE_AUTHORITY_HOST   the server, as in https://localhost:8443
//   AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET
//   NODE_EXTRA_CA_CERTS    the certificate authority of the server, if it is a private one

import { EnvironmentCredential } from "@azure/identity";
import { Client, PageIterator } from "@microsoft/microsoft-graph-client";
import { TokenCredentialAuthenticationProvider } from "@microsoft/microsoft-graph-client/authProviders/azureTokenCredentials/index.js";

const server = new URL(process.env.AZURE_AUTHORITY_HOST);
const credential = new EnvironmentCredential({ disableInstanceDiscovery: true });
const graph = Client.initWithMiddleware({
  authProvider: new TokenCredentialAuthenticationProvider(credential, {
    scopes: [`${server.origin}/.default`],
  }),
  baseUrl: `${server.origin}/`,
  // The SDK sends a token to no other host than the ones it is told.
  customHosts: new Set([server.hostname]),
});

const firstPage = await graph.api("/users").get();
const pages = new PageIterator(graph, firstPage, (user) => {
  console.log(`${user.displayName} <${user.userPrincipalName}>`);
  return true;
});
await pages.iterate();

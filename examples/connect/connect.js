// A web page on which an administrator connects their organization: it sends them to the consent
// page and, when they come back, gets a token for their tenant with the application's own secret.
//
//   node connect.js [--port 5001] [--v2]
//
// It needs Node 20 or later, no packages, and these variables:
//
//   AZURE_AUTHORITY_HOST   the server, as in https://localhost:8443
//   AZURE_CLIENT_ID, AZURE_CLIENT_SECRET
//   AZURE_TENANT_ID        the tenant to connect; `organizations` lets any tenant's administrator in
//   CONNECT_RESOURCE       what to get a token for; https://graph.microsoft.com if not set
//   NODE_EXTRA_CA_CERTS    the certificate authority of the server, if it is a private one

import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import { parseArgs } from "node:util";

import { makeHandler } from "./app.js";

const { values: options } = parseArgs({
  options: {
    port: { type: "string", default: "5001" },
    v2: { type: "boolean", default: false },
  },
});

// The secret is sent there.
const authority = required("AZURE_AUTHORITY_HOST").replace(/\/+$/, "");
if (new URL(authority).protocol !== "https:") {
  throw new Error("AZURE_AUTHORITY_HOST has to begin with https://");
}

const handler = makeHandler({
  authority,
  tenant: process.env.AZURE_TENANT_ID || "organizations",
  clientId: required("AZURE_CLIENT_ID"),
  clientSecret: required("AZURE_CLIENT_SECRET"),
  resource: process.env.CONNECT_RESOURCE || "https://graph.microsoft.com",
  isV2: options.v2,
  // Signs the cookie. Several processes behind one address would have to share it.
  key: randomBytes(32),
});

const server = createServer(handler);
server.listen(Number(options.port), "127.0.0.1", () => {
  console.log(`ready http://localhost:${server.address().port}`);
});
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, () => {
    server.close();
    server.closeAllConnections();
  });
}

function required(name) {
  const value = process.env[name];
  if (!value) throw new Error(`set ${name}; \`countersign env\` prints what to set`);
  return value;
}

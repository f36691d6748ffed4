// @microsoft/microsoft-graph-client: users, an application, a grant; and the sample daemon.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { GraphError, PageIterator } from "@microsoft/microsoft-graph-client";

import { administrator, baseUrl } from "./deployment.js";
import { GRAPH_APP_ID, USER_READ_ALL, graphClient, registerApplication } from "./graph.js";
import { scenariosOf } from "./scenario.js";

const scenario = scenariosOf(
  "@microsoft/microsoft-graph-client",
  "@microsoft/microsoft-graph-client",
);
const graph = graphClient();
const daemon = fileURLToPath(new URL("../../examples/daemon/node/list-users.js", import.meta.url));

/** What `interop/directory.yaml` says, and the administrator of a development server. */
const userNames = [
  "adele@contoso.example",
  "admin@contoso.example",
  "alex@contoso.example",
  "diego@contoso.example",
  "grady@contoso.example",
  "isaiah@contoso.example",
];

scenario("lists users", async () => {
  const { value } = await graph.api("/users").select(["userPrincipalName"]).get();
  assert.deepEqual(value.map((user) => user.userPrincipalName).sort(), userNames);
});

scenario("follows @odata.nextLink", async () => {
  const firstPage = await graph.api("/users").top(2).get();
  assert.equal(firstPage.value.length, 2);
  assert.ok(firstPage["@odata.nextLink"].startsWith(`${baseUrl}/v1.0/users?`));
  const seen = [];
  const pages = new PageIterator(graph, firstPage, (user) => seen.push(user.userPrincipalName));
  await pages.iterate();
  assert.deepEqual(seen.sort(), userNames);
});

scenario("filters, counts and orders", async () => {
  const page = await graph
    .api("/users")
    .header("ConsistencyLevel", "eventual")
    .filter("startswith(displayName,'A')")
    .orderby("displayName desc")
    .count(true)
    .get();
  assert.equal(page["@odata.count"], 3);
  assert.deepEqual(
    page.value.map((user) => user.displayName),
    ["Alex Wilber", "Administrator", "Adele Vance"],
  );
});

scenario("creates, changes and deletes an application", async () => {
  const displayName = `node ${randomUUID()}`;
  const made = await graph.api("/applications").post({ displayName });
  const one = graph.api(`/applications/${made.id}`);
  await one.patch({ notes: "made by a test" });
  const read = await one.get();
  assert.deepEqual([read.displayName, read.notes], [displayName, "made by a test"]);
  await one.delete();
  await assert.rejects(one.get(), (error) => {
    assert.ok(error instanceof GraphError, `not a GraphError: ${error}`);
    assert.deepEqual([error.statusCode, error.code], [404, "Request_ResourceNotFound"]);
    return true;
  });
});

scenario("grants an app role; the sample daemon shows the users", async () => {
  const { application, servicePrincipal, secretText } = await registerApplication(
    graph,
    `node daemon ${randomUUID()}`,
  );
  try {
    const environment = {
      ...process.env,
      AZURE_AUTHORITY_HOST: baseUrl,
      AZURE_TENANT_ID: administrator.tenantId,
      AZURE_CLIENT_ID: application.appId,
      AZURE_CLIENT_SECRET: secretText,
    };
    const run = () => promisify(execFile)("node", [daemon], { env: environment });
    await assert.rejects(run(), /Authorization_RequestDenied/);

    const resource = await graph.api(`/servicePrincipals(appId='${GRAPH_APP_ID}')`).get();
    const assignment = {
      principalId: servicePrincipal.id,
      resourceId: resource.id,
      appRoleId: USER_READ_ALL,
    };
    const grants = graph.api(`/servicePrincipals/${servicePrincipal.id}/appRoleAssignments`);
    const granted = await grants.post(assignment);
    assert.equal(granted.principalDisplayName, application.displayName);

    const { stdout } = await run();
    assert.deepEqual(stdout.match(/(?<=<)[^>]+/g).sort(), userNames);
  } finally {
    await graph.api(`/applications/${application.id}`).delete();
  }
});

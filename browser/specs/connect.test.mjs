// The consent app of the examples, as an administrator of another company meets it.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

import { axe } from "../lib/axe.mjs";
import { screenshot } from "../lib/look.mjs";
import { expectNoErrors, expectNoOutsideRequests } from "../lib/page.mjs";
import { sessionOf } from "../lib/people.mjs";
import { startWorld } from "../lib/world.mjs";

const EXAMPLE = new URL("../../examples/connect/", import.meta.url);

const world = await startWorld(new URL("directory.yaml", EXAMPLE));
const { newPage } = world;

let storageState;
before(async () => {
  storageState = await sessionOf(world, world.setupLink());
});

/** Starts the app as its README says; the address of its page. */
async function startApp(...options) {
  const settings = await world.command("env", "--client", "Connect", "--format", "json");
  const app = spawn(
    process.execPath,
    [fileURLToPath(new URL("connect.js", EXAMPLE)), "--port", "0", ...options],
    {
      env: { ...process.env, ...JSON.parse(settings), AZURE_TENANT_ID: "organizations" },
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  after(async () => {
    app.kill("SIGTERM");
    await (app.exitCode ?? once(app, "exit"));
  });
  const [line] = await once(createInterface({ input: app.stdout }), "line");
  return line.replace(/^ready /, "");
}

async function connect(page, address, button) {
  await page.goto(address);
  await page.getByRole("button", { name: "Connect" }).click();
  await page.getByRole("heading", { name: "Permissions requested" }).waitFor();
  // Who asks, who vouches for them, for what, and where.
  for (const said of ["Connect", "Fabrikam", "User.Read.All", "Contoso"]) {
    await page.getByText(said).first().waitFor();
  }
  await page.getByRole("button", { name: button, exact: true }).click();
  await page.waitForURL(`${address}/myapp/permissions?*`);
  await axe(page);
  expectNoErrors(page);
  expectNoOutsideRequests(page);
}

for (const options of [[], ["--v2"]]) {
  const version = options.length === 0 ? "1.0" : "2.0";

  test(`version ${version}: cancelled, then connected`, async () => {
    const address = await startApp(...options);
    const page = await newPage({ storageState });
    await connect(page, address, "Cancel");
    await page.getByRole("heading", { name: "Not connected" }).waitFor();
    await page.getByText("The administrator pressed Cancel. Nothing was granted.").waitFor();
    await screenshot(page, `connect-cancelled-${version}`);

    await connect(page, address, "Accept");
    await page.getByRole("heading", { name: "Connected", exact: true }).waitFor();
    // Out of the token that the app got in the customer's tenant, with its own secret.
    assert.deepEqual(await page.getByRole("listitem").allInnerTexts(), ["User.Read.All"]);
    await page.getByText(world.tenant("contoso.example").id).waitFor();
    await screenshot(page, `connect-connected-${version}`);
  });
}

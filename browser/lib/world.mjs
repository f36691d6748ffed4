// What a spec file needs: one server and one browser, stopped when its tests have run.

import { after } from "node:test";

import { launchBrowser } from "./browser.mjs";
import { newPage } from "./page.mjs";
import { startServer } from "./server.mjs";

/** Starts both. To be called once, at the top of a spec file. */
export async function startWorld() {
  const server = await startServer();
  let browser;
  after(async () => {
    await browser?.close();
    await server.stop();
  });
  browser = await launchBrowser(server);
  return {
    ...server,
    browser,
    newPage: (options) => newPage(browser, options),
    tenant: (domain) => server.dev.tenants.find(({ domains }) => domains.includes(domain)),
  };
}

// What a spec file needs: one server and one browser, stopped when its tests have run.

import { after } from "node:test";

import { launchBrowser } from "./browser.mjs";
import { newPage } from "./page.mjs";
import { startServer } from "./server.mjs";

/** Starts both. To be called once, at the top of a spec file. */
export async function startWorld(directory) {
  const server = await startServer(directory);
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
    /** The link with which the first administrator, of Contoso, chooses a password. */
    setupLink: () => linkIn(server.log.join("\n"), server.baseUrl),
    /** Makes somebody an administrator; the link with which they choose a password. */
    async invite(userName, role) {
      const output = await server.command("admin", "invite", userName, "--role", role);
      return linkIn(output, server.baseUrl);
    },
    tenant: (domain) => server.dev.tenants.find(({ domains }) => domains.includes(domain)),
  };
}

function linkIn(text, baseUrl) {
  const link = text.split(/\s+/).find((word) => word.startsWith(`${baseUrl}/portal/setup`));
  if (link === undefined) {
    throw new Error(`no setup link in\n${text}`);
  }
  return link;
}

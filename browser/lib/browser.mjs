// Debian's Chromium, which trusts the one server under test and reaches no other host.

import { createHash, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { connect } from "node:tls";

import { chromium } from "playwright-core";

/** Starts a browser with a new profile. Without a server it trusts nobody. */
export async function launchBrowser(server) {
  const args = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    // Whatever a page asks for, nothing leaves the machine.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
  ];
  if (server !== undefined) {
    args.push(`--ignore-certificate-errors-spki-list=${await keyHash(server)}`);
  }
  return chromium.launch({
    executablePath: process.env.COUNTERSIGN_CHROMIUM ?? "/usr/bin/chromium",
    // Chromium's sandbox cannot be had by root, which tests in containers often are.
    chromiumSandbox: process.getuid() !== 0,
    args,
  });
}

/**
 * SHA-256 of the server's public key. Node has checked the certificate with the development CA, so
 * the browser trusts exactly this key and every other certificate stays an error: passkeys need that.
 */
async function keyHash(server) {
  const { hostname, port } = new URL(server.baseUrl);
  const ca = readFileSync(server.dev.caFile);
  const certificate = await new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port, servername: hostname, ca }, () => {
      resolve(new X509Certificate(socket.getPeerX509Certificate().raw));
      socket.end();
    });
    socket.once("error", reject);
  });
  const key = certificate.publicKey.export({ type: "spki", format: "der" });
  return createHash("sha256").update(key).digest("base64");
}

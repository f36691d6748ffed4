// The checks themselves: each must fail on a page that is broken in just its way.

import assert from "node:assert/strict";
import { after, test } from "node:test";

import { plugInAuthenticator } from "../lib/authenticator.mjs";
import { axe } from "../lib/axe.mjs";
import { launchBrowser } from "../lib/browser.mjs";
import {
  expectLight,
  expectNoErrors,
  expectNoOutsideRequests,
  expectNoSidewaysScroll,
  LOOKS,
} from "../lib/page.mjs";
import { startSite } from "../lib/site.mjs";
import { startWorld } from "../lib/world.mjs";

const { baseUrl, newPage } = await startWorld();

const document = (body) =>
  `<!doctype html><html lang="en"><meta charset="utf-8"><title>A page</title>
   <body><main><h1>A page</h1>${body}</main></body></html>`;

const site = await startSite({
  "/good": document("<p>Nothing is wrong here.</p>"),
  "/unlabelled": document('<input name="secret">'),
  "/outside": document('<img alt="" src="https://outside.example/pixel.png">'),
  "/throws": document("<script>throw new Error('on purpose')</script>"),
  "/dialog": document("<script>alert(1)</script>"),
  "/heavy": document(`<p hidden>${"x".repeat(150 * 1024)}</p>`),
  "/wide": document('<div style="width:2000px">wide</div>'),
});
const strict = await startSite(
  { "/inline": document("<script>document.title = 'ran'</script>") },
  { "content-security-policy": "default-src 'none'" },
);
after(() => Promise.all([site.stop(), strict.stop()]));

async function open(address, options) {
  const page = await newPage(options);
  await page.goto(address);
  await page.waitForLoadState("networkidle");
  return page;
}

test("a good page passes every check", async () => {
  const page = await open(`${site.origin}/good`);
  await axe(page);
  await expectLight(page);
  await expectNoSidewaysScroll(page);
  expectNoOutsideRequests(page);
  expectNoErrors(page);
});

test("a field without a label fails axe", async () => {
  const page = await open(`${site.origin}/unlabelled`);
  await assert.rejects(axe(page), /Form elements must have labels \(label\)\n {2}at input/);
});

test("a request to another host fails", async () => {
  const page = await open(`${site.origin}/outside`);
  assert.throws(() => expectNoOutsideRequests(page), /outside\.example/);
});

test("script errors and dialogs fail", async () => {
  const throws = await open(`${site.origin}/throws`);
  assert.throws(() => expectNoErrors(throws), /on purpose/);
  const dialog = await open(`${site.origin}/dialog`);
  assert.throws(() => expectNoErrors(dialog), /dialogs/);
});

test("what the content security policy blocks fails", async () => {
  const page = await open(`${strict.origin}/inline`);
  assert.equal(await page.title(), "A page");
  assert.deepEqual(page.seen.violations, ["script-src-elem: inline"]);
  assert.throws(() => expectNoErrors(page), /Content Security Policy/);
});

test("an error status fails unless it is the page's own and was named", async () => {
  const page = await open(`${site.origin}/missing`);
  assert.throws(() => expectNoErrors(page), /status of 404/);
  expectNoErrors(page, { status: 404 });
});

test("a heavy page fails", async () => {
  await assert.rejects(expectLight(await open(`${site.origin}/heavy`)), /the page weighs/);
});

test("a page wider than a phone fails", async () => {
  const phone = await open(`${site.origin}/wide`, { look: LOOKS[2] });
  await assert.rejects(expectNoSidewaysScroll(phone), /2\d{3} px wide in a window of 375 px/);
});

test("the browser trusts the server's key and no other", async () => {
  const stranger = await launchBrowser();
  const page = await stranger.newPage();
  await assert.rejects(page.goto(`${baseUrl}/error?code=90002`), /ERR_CERT_AUTHORITY_INVALID/);
  await stranger.close();
});

test("passkeys work on the server's pages", async () => {
  const page = await open(`${baseUrl}/error?code=90002`);
  const device = await plugInAuthenticator(page);
  const kind = await page.evaluate(async () => {
    const credential = await navigator.credentials.create({
      publicKey: {
        challenge: new Uint8Array(32),
        rp: { id: "localhost", name: "Countersign" },
        user: { id: new Uint8Array(16), name: "someone", displayName: "Someone" },
        pubKeyCredParams: [{ type: "public-key", alg: -7 }],
        authenticatorSelection: { residentKey: "required", userVerification: "required" },
      },
    });
    return credential.type;
  });
  assert.equal(kind, "public-key");
  assert.equal((await device.credentials()).length, 1);
});

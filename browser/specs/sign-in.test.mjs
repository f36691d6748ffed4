// People: setting up, signing in and out, and what a stranger can do about it.
// Cases CON-03, CON-09, CON-10, CON-12, CON-15 and CON-16 of the security reference.

import assert from "node:assert/strict";
import { after, test } from "node:test";

import { plugInAuthenticator } from "../lib/authenticator.mjs";
import { check, everyLook } from "../lib/look.mjs";
import { expectNoErrors } from "../lib/page.mjs";
import {
  choosePassword,
  isSignedIn,
  PASSWORD,
  sessionCookie,
  setUp,
  signIn,
  signInHere,
  signOut,
} from "../lib/people.mjs";
import { startSite } from "../lib/site.mjs";
import { startWorld } from "../lib/world.mjs";

const world = await startWorld();
const { baseUrl, browser, newPage } = world;
const administrator = world.dev.administrator.userPrincipalName;
const signInPage = `${baseUrl}/portal/sign-in`;

test("nobody opens the portal without signing in", async () => {
  const page = await newPage();
  await page.goto(`${baseUrl}/portal`);
  assert.equal(page.url(), signInPage);
  await page.goto(`${baseUrl}/portal/applications?search=x`);
  const next = new URL(page.url()).searchParams.get("next");
  assert.equal(next, "/portal/applications?search=x");
});

test("the sign-in page, as everyone sees it", async () => {
  await everyLook(browser, "sign-in", signInPage);
});

test("the setup link, as everyone sees it: opening it does not use it up", async () => {
  await everyLook(browser, "setup", world.setupLink());
});

test("a password of 14 characters is refused, and its page says why", async () => {
  const page = await newPage();
  await choosePassword(page, world.setupLink(), "x7!kQ2-vB9_mT4");
  await page.getByText(/at least 15 characters/).waitFor();
  await check(page, "setup-refused", { status: 400 });
});

test("the first administrator chooses a password and is shown recovery codes, once", async () => {
  const page = await newPage();
  await choosePassword(page, world.setupLink());
  await page.getByRole("heading", { name: /recovery codes/i }).waitFor();
  await check(page, "recovery-codes");
  await page.getByRole("link", { name: "Go to the portal" }).click();
  await page.waitForURL(`${baseUrl}/portal`);
  await check(page, "home");

  const late = await newPage();
  await late.goto(world.setupLink());
  assert.equal(await late.getByLabel("New password", { exact: true }).count(), 0);
  await check(late, "setup-used", { status: 404 });
});

test("signing in with the password, and out again", async () => {
  const page = await newPage();
  await signIn(page, baseUrl, administrator);
  const cookie = await sessionCookie(page);
  assert.ok(await isSignedIn(world, cookie));
  await signOut(page);
  expectNoErrors(page);
  // The server has ended it; forgetting the cookie would not be enough.
  assert.ok(!(await isSignedIn(world, cookie)));
});

test("after signing in, a person is where they wanted to go, and never elsewhere", async () => {
  const page = await newPage();
  await page.goto(`${baseUrl}/portal/applications?search=x`);
  await signInHere(page, administrator);
  await page.waitForURL(`${baseUrl}/portal/applications?search=x`);
  for (const next of ["//evil.example", "https://evil.example/portal", "/\\evil.example"]) {
    const stranger = await newPage();
    await stranger.goto(`${signInPage}?next=${encodeURIComponent(next)}`);
    await signInHere(stranger, administrator);
    await stranger.waitForURL(`${baseUrl}/portal`);
  }
});

test("a wrong password and an unknown user are told the same", async () => {
  const answers = [];
  for (const [userName, password] of [
    [administrator, `${PASSWORD}!`],
    ["nobody@contoso.example", PASSWORD],
    ["nobody@nowhere.example", PASSWORD],
  ]) {
    const page = await newPage();
    await page.goto(signInPage);
    const [response] = await Promise.all([
      page.waitForResponse((r) => r.request().method() === "POST"),
      signInHere(page, userName, password),
    ]);
    const alert = page.getByRole("alert");
    await alert.waitFor();
    answers.push([response.status(), await alert.innerText()]);
    if (answers.length === 1) {
      await check(page, "sign-in-refused", { status: response.status() });
    }
  }
  assert.deepEqual(answers[1], answers[0]);
  assert.deepEqual(answers[2], answers[0]);
});

test("the session cookie is for this host, over TLS, and for no script", async () => {
  const page = await newPage();
  await signIn(page, baseUrl, administrator);
  const cookie = await sessionCookie(page);
  assert.deepEqual(
    [cookie.secure, cookie.httpOnly, cookie.sameSite, cookie.path, cookie.domain],
    [true, true, "Lax", "/", "localhost"],
  );
  assert.equal(await page.evaluate(() => document.cookie), "");
  // 256 random bits and nothing that could be read.
  assert.match(cookie.value, /^[\w-]{43,}$/);
});

test("a cookie that was there before signing in is worth nothing after it", async () => {
  const page = await newPage();
  await page.goto(signInPage);
  const planted = await sessionCookie(page);
  await signInHere(page, administrator);
  await page.waitForURL(`${baseUrl}/portal`);
  const own = await sessionCookie(page);
  assert.notEqual(own.value, planted.value);
  assert.ok(await isSignedIn(world, own));
  assert.ok(!(await isSignedIn(world, planted)));
});

test("a page of another site cannot send our forms", async () => {
  const page = await newPage();
  await signIn(page, baseUrl, administrator);
  // Another port is another origin of the same site, so the browser does send the cookie.
  const evil = await startSite({
    "/": `<!doctype html><title>x</title><form method="post" action="${baseUrl}/portal/sign-out">
          <button>Win</button></form>`,
  });
  after(() => evil.stop());
  const visitor = await page.context().newPage();
  await visitor.goto(evil.origin);
  const [response] = await Promise.all([
    visitor.waitForResponse((r) => r.request().method() === "POST"),
    visitor.getByRole("button", { name: "Win" }).click(),
  ]);
  assert.equal(response.status(), 403);
  assert.ok(await isSignedIn(world, await sessionCookie(page)));
});

test("a form without its token, or with that of another browser, changes nothing", async () => {
  const page = await newPage();
  await signIn(page, baseUrl, administrator);
  const stranger = await newPage();
  await stranger.goto(signInPage);
  const foreign = await stranger.locator("input[name=form_token]").first().inputValue();
  for (const value of ["", foreign]) {
    await page.goto(`${baseUrl}/portal`);
    await page.locator("details.menu > summary").click();
    const token = page.locator("details.menu input[name=form_token]");
    await token.evaluate((input, given) => (input.value = given), value);
    const [response] = await Promise.all([
      page.waitForResponse((r) => r.request().method() === "POST"),
      page.getByRole("button", { name: "Sign out" }).click(),
    ]);
    assert.equal(response.status(), 403);
  }
  assert.ok(await isSignedIn(world, await sessionCookie(page)));
});

test("a passkey is added, and opens the portal without a password", async () => {
  const page = await newPage();
  const device = await plugInAuthenticator(page);
  await signIn(page, baseUrl, administrator);
  await page.goto(`${baseUrl}/portal/account`);
  await page.getByRole("button", { name: "Add a passkey" }).click();
  await page.getByText("The passkey was added.").waitFor();
  assert.equal((await device.credentials()).length, 1);
  await check(page, "account-with-passkey");

  await signOut(page);
  await page.getByRole("button", { name: "Use a passkey" }).click();
  await page.waitForURL(`${baseUrl}/portal`);
  expectNoErrors(page);

  await signOut(page);
  await device.setUserVerified(false);
  await page.getByRole("button", { name: "Use a passkey" }).click();
  await page.getByRole("alert").waitFor();
  await page.goto(`${baseUrl}/portal`);
  assert.equal(page.url(), signInPage, "a device that did not see its person opens nothing");
});

test("a person of another tenant is invited and signs in there", async () => {
  const page = await newPage();
  await setUp(page, await world.invite("admin@fabrikam.example", "Global Administrator"));
  await page.getByText("Fabrikam").first().waitFor();
});

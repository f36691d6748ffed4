// One's own account: the ways to sign in, and where one is signed in.

import assert from "node:assert/strict";
import { before, test } from "node:test";

import { plugInAuthenticator } from "../lib/authenticator.mjs";
import { check, checkLooks } from "../lib/look.mjs";
import { oneTimeCode } from "../lib/one-time-code.mjs";
import { expectNoErrors, forget } from "../lib/page.mjs";
import {
  isSignedIn,
  PASSWORD,
  sessionCookie,
  sessionOf,
  setUp,
  signIn,
  signInHere,
  signOut,
} from "../lib/people.mjs";
import { card, said } from "../lib/portal.mjs";
import { startWorld } from "../lib/world.mjs";

const world = await startWorld();
const { baseUrl, newPage } = world;
const administrator = world.dev.administrator.userPrincipalName;
const account = `${baseUrl}/portal/account`;

before(async () => {
  await sessionOf(world, world.setupLink());
});

/** Somebody new, signed in. */
async function colleague(userName) {
  const page = await newPage();
  await setUp(page, await world.invite(userName, "Global Reader"));
  return page;
}

test("an authenticator app: the password alone opens nothing any more", async () => {
  const userName = "codes@contoso.example";
  const page = await colleague(userName);
  await page.goto(account);
  await page.getByRole("button", { name: "Set up an authenticator app" }).click();
  const key = await page.getByLabel("Key", { exact: true }).inputValue();
  await checkLooks(page, "account-authenticator");
  await page.getByLabel("Code", { exact: true }).fill("000000");
  await page.getByRole("button", { name: "Confirm" }).click();
  await page.locator(".field-error").waitFor();
  await check(page, "account-authenticator-refused", { status: 400 });
  forget(page);
  const first = oneTimeCode(key);
  await page.getByLabel("Code", { exact: true }).fill(first);
  await page.getByRole("button", { name: "Confirm" }).click();
  await said(page, "authenticator app");

  await signOut(page);
  await signInHere(page, userName);
  await page.getByRole("heading", { name: "Enter the code" }).waitFor();
  await checkLooks(page, "sign-in-code");
  const half = await newPage({ storageState: await page.context().storageState() });
  await half.goto(`${baseUrl}/portal`);
  assert.ok(half.url().includes("/portal/sign-in"), "half a sign-in opens nothing");
  // A code counts once, also the one that set the app up.
  await page.getByLabel("Code", { exact: true }).fill(first);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.getByRole("alert").waitFor();
  await page.getByLabel("Code", { exact: true }).fill(oneTimeCode(key, 1));
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.waitForURL(`${baseUrl}/portal`);
});

test("a recovery code signs in once, where all else is lost", async () => {
  const userName = "forgetful@contoso.example";
  const page = await colleague(userName);
  await page.goto(account);
  const codes = card(page, "Recovery codes");
  await codes.locator("summary").click();
  await codes.getByRole("button", { name: "Make new codes" }).click();
  await page.getByRole("heading", { name: "Your recovery codes" }).waitFor();
  await check(page, "account-recovery-codes");
  const text = await page.locator("#recovery-codes").innerText();
  const [code, ...others] = text.trim().split(/\s+/);
  assert.ok(others.length >= 7, "several codes");
  await signOut(page);

  for (const expected of ["signed in", "refused"]) {
    const late = await newPage();
    await late.goto(`${baseUrl}/portal/sign-in`);
    await late.getByRole("link", { name: "Use a recovery code" }).click();
    await checkLooks(late, "sign-in-recovery");
    await late.getByLabel("User name").fill(userName);
    await late.getByLabel("Recovery code", { exact: true }).fill(code);
    await late.getByRole("button", { name: "Sign in", exact: true }).click();
    if (expected === "refused") {
      await late.getByRole("alert").waitFor();
    } else {
      await late.waitForURL(`${account}?*`);
      await late.getByText("You signed in with a recovery code.").waitFor();
      await check(late, "account-after-recovery");
    }
  }
});

test("sessions: all others are ended at once", async () => {
  const here = await newPage();
  await signIn(here, baseUrl, administrator);
  const elsewhere = await newPage();
  await signIn(elsewhere, baseUrl, administrator);
  const cookie = await sessionCookie(elsewhere);
  await here.goto(account);
  await card(here, "Sessions").getByText("This session").waitFor();
  await checkLooks(here, "account-sessions");
  await here.getByRole("button", { name: "End all other sessions" }).click();
  await said(here);
  assert.ok(!(await isSignedIn(world, cookie)));
  assert.ok(await isSignedIn(world, await sessionCookie(here)));
});

test("a new password ends the sessions elsewhere, and the old one", async () => {
  const userName = "changing@contoso.example";
  const page = await colleague(userName);
  const elsewhere = await newPage();
  await signIn(elsewhere, baseUrl, userName);
  const cookie = await sessionCookie(elsewhere);
  const next = "four brown otters under the bridge";
  await page.goto(account);
  const form = card(page, "Password");
  const current = form.getByLabel("Current password", { exact: true });
  if (await current.isVisible()) {
    await current.fill(PASSWORD);
  }
  await form.getByLabel("New password", { exact: true }).fill(next);
  await form.getByLabel("Repeat the password", { exact: true }).fill("something else entirely");
  await form.getByRole("button", { name: "Change the password" }).click();
  await form.locator(".field-error").waitFor();
  await check(page, "account-password-refused", { status: 400 });
  if (await current.isVisible()) {
    await current.fill(PASSWORD);
  }
  await form.getByLabel("New password", { exact: true }).fill(next);
  await form.getByLabel("Repeat the password", { exact: true }).fill(next);
  await form.getByRole("button", { name: "Change the password" }).click();
  await said(page);
  assert.ok(!(await isSignedIn(world, cookie)));

  const late = await newPage();
  await late.goto(`${baseUrl}/portal/sign-in`);
  await signInHere(late, userName);
  await late.getByRole("alert").waitFor();
  await signInHere(late, userName, next);
  await late.waitForURL(`${baseUrl}/portal`);
});

test("a passkey is removed, and opens nothing any more", async () => {
  const page = await colleague("passkey@contoso.example");
  await plugInAuthenticator(page);
  await page.goto(account);
  await page.getByLabel("Name of the new passkey").fill("Laptop");
  await page.getByRole("button", { name: "Add a passkey" }).click();
  await said(page, "The passkey was added.");
  const row = page.getByRole("row").filter({ hasText: "Laptop" });
  await row.locator("summary").click();
  await row.getByRole("button", { name: "Remove the passkey" }).click();
  await page.getByText("You have no passkey.").waitFor();
  expectNoErrors(page);
  await signOut(page);
  await page.getByRole("button", { name: "Use a passkey" }).click();
  await page.getByRole("alert").waitFor();
});

test("without scripts, a person signs in, is told about passkeys, and signs out", async () => {
  const page = await newPage({ javaScriptEnabled: false });
  await signIn(page, baseUrl, administrator);
  await page.goto(account);
  await page.locator("noscript .notice", { hasText: "Passkeys need scripts" }).waitFor();
  await signOut(page);
});

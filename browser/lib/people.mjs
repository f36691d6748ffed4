// What a person does to sign in and out.

import assert from "node:assert/strict";

/** Long, in no list, and of nobody: the test directory ends with the test. */
export const PASSWORD = "seven grey herons wait by the lock";

/** Chooses a password on the page of a setup link; ends on the page of recovery codes. */
export async function choosePassword(page, setupLink, password = PASSWORD) {
  await page.goto(setupLink);
  await page.getByLabel("New password", { exact: true }).fill(password);
  await page.getByLabel("Repeat the password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Set the password" }).click();
}

/** Sets a person up and goes on to the portal, signed in. */
export async function setUp(page, setupLink, password = PASSWORD) {
  await choosePassword(page, setupLink, password);
  await page.getByRole("heading", { name: /recovery codes/i }).waitFor();
  await page.getByRole("link", { name: "Go to the portal" }).click();
  await page.waitForURL("**/portal");
}

/** Sets a person up; their session, for pages that are to be theirs. */
export async function sessionOf({ newPage }, setupLink) {
  const page = await newPage();
  await setUp(page, setupLink);
  const storageState = await page.context().storageState();
  await page.context().close();
  return storageState;
}

/** Fills in the sign-in page that is open. */
export async function signInHere(page, userName, password = PASSWORD) {
  await page.getByLabel("User name", { exact: true }).fill(userName);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
}

/** Signs in at the portal's front door. */
export async function signIn(page, baseUrl, userName, password = PASSWORD) {
  await page.goto(`${baseUrl}/portal/sign-in`);
  await signInHere(page, userName, password);
  await page.waitForURL(`${baseUrl}/portal`);
}

/** Signs out by the account menu. */
export async function signOut(page) {
  await page.locator("details.menu > summary").click();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.waitForURL("**/portal/sign-in*");
}

/** The cookie that names the session. */
export async function sessionCookie(page) {
  const cookies = await page.context().cookies();
  const cookie = cookies.find(({ name }) => name === "__Host-countersign");
  assert.ok(cookie, "the browser has a session cookie");
  return cookie;
}

/** Whether this session cookie opens the portal in a browser that has nothing else. */
export async function isSignedIn({ baseUrl, newPage }, cookie) {
  const page = await newPage();
  await page.context().addCookies([cookie]);
  await page.goto(`${baseUrl}/portal`);
  const answer = new URL(page.url()).pathname === "/portal";
  await page.context().close();
  return answer;
}

// Pages that remember what went wrong in them.

import assert from "node:assert/strict";

const SIZES = {
  desktop: { width: 1280, height: 900 },
  phone: { width: 375, height: 812 },
};

/** For anything that a page is waited for. A machine that is busy with other tests takes its time. */
const SECONDS_MAX = 15;

const BYTES_MAX = 150 * 1024;

/** How every page is looked at. */
export const LOOKS = [
  { size: "desktop", colorScheme: "light" },
  { size: "desktop", colorScheme: "dark" },
  { size: "phone", colorScheme: "light" },
  { size: "phone", colorScheme: "dark" },
];

/**
 * A page in a context of its own, so without cookies or cache but those of `storageState`.
 * `seen` is what happened in it so far; `forget` starts anew.
 */
export async function newPage(browser, { look = LOOKS[0], storageState, javaScriptEnabled } = {}) {
  const context = await browser.newContext({
    viewport: SIZES[look.size],
    colorScheme: look.colorScheme,
    storageState,
    javaScriptEnabled,
  });
  context.setDefaultTimeout(SECONDS_MAX * 1000);
  const page = await context.newPage();
  page.look = look;
  forget(page);
  page.on("request", (request) => page.seen.requests.push(request));
  page.on("pageerror", (error) => page.seen.errors.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error") {
      page.seen.errors.push(`${message.text()} (${message.location().url})`);
    }
  });
  page.on("dialog", async (dialog) => {
    page.seen.dialogs.push(dialog.message());
    await dialog.dismiss();
  });
  await page.exposeBinding("countersignPolicyViolation", (_, violation) => {
    page.seen.violations.push(violation);
  });
  // Runs before the page's own scripts and is not subject to its policy.
  await page.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) => {
      window.countersignPolicyViolation(`${event.effectiveDirective}: ${event.blockedURI}`);
    });
  });
  return page;
}

/** Shows the page that is open in another look. */
export async function wear(page, look) {
  page.look = look;
  await page.setViewportSize(SIZES[look.size]);
  await page.emulateMedia({ colorScheme: look.colorScheme });
}

/** Empties what a page remembers. */
export function forget(page) {
  page.seen = { requests: [], errors: [], dialogs: [], violations: [] };
}

/** Fails on a request to any other host than `localhost`. */
export function expectNoOutsideRequests(page) {
  const outside = page.seen.requests
    .map((request) => request.url())
    .filter((url) => !["data:", "blob:"].includes(new URL(url).protocol))
    .filter((url) => new URL(url).hostname !== "localhost");
  assert.deepEqual(outside, [], "requests to other hosts");
}

/**
 * Fails on a script error, a console error, a dialog or a violation of the content security policy.
 * A page that is itself answered with an error names that status: browsers report it.
 */
export function expectNoErrors(page, { status = 200 } = {}) {
  const own = `the server responded with a status of ${status} `;
  const errors = page.seen.errors.filter(
    (error) => !(status >= 400 && error.includes(own) && error.includes(`(${page.url()})`)),
  );
  assert.deepEqual(errors, [], "errors of the page");
  assert.deepEqual(page.seen.dialogs, [], "dialogs");
  assert.deepEqual(page.seen.violations, [], "violations of the content security policy");
}

/** Fails when the page that is open, and all that it loaded, is together too heavy. */
export async function expectLight(page) {
  const { requests } = page.seen;
  const own = (request) => request.isNavigationRequest() && request.frame() === page.mainFrame();
  const sizes = await Promise.all(requests.slice(requests.findLastIndex(own)).map(transferred));
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  assert.ok(bytes <= BYTES_MAX, `the page weighs ${bytes} bytes; ${BYTES_MAX} are allowed`);
}

/** Fails when a person must scroll sideways. */
export async function expectNoSidewaysScroll(page) {
  const [content, window] = await page.evaluate(() => [
    document.documentElement.scrollWidth,
    document.documentElement.clientWidth,
  ]);
  assert.ok(content <= window, `the page is ${content} px wide in a window of ${window} px`);
}

async function transferred(request) {
  const response = await request.response();
  if (response === null) {
    return 0;
  }
  await response.finished();
  const { responseHeadersSize, responseBodySize } = await request.sizes();
  return responseHeadersSize + responseBodySize;
}

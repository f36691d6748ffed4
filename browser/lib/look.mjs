// Looks at a page as different people see it, and keeps a picture of each look.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { axe } from "./axe.mjs";
import {
  expectLight,
  expectNoErrors,
  expectNoOutsideRequests,
  expectNoSidewaysScroll,
  LOOKS,
  newPage,
  wear,
} from "./page.mjs";

const SCREENSHOTS = fileURLToPath(new URL("../results/screenshots/", import.meta.url));

/**
 * Opens `url` with the cookies of `storageState`, and checks all that every page must be, in every
 * look. `status` is what the page is answered with.
 */
export async function everyLook(browser, name, url, { storageState, status = 200 } = {}) {
  const page = await newPage(browser, { storageState });
  const response = await page.goto(url);
  assert.equal(response.status(), status, `status of ${url}`);
  // A page that needed a sign-in it did not get would pass as the sign-in page.
  assert.equal(page.url(), url, "the page that was asked for");
  await checkLooks(page, name, { status });
  await page.context().close();
}

/** Checks the page that is open at both sizes, in both colour schemes. */
export async function checkLooks(page, name, options) {
  for (const look of LOOKS) {
    await wear(page, look);
    await check(page, name, options);
  }
  await wear(page, LOOKS[0]);
}

/** All that every page must be, and its picture. */
export async function check(page, name, { status = 200 } = {}) {
  await page.bringToFront();
  await screenshot(page, name);
  await expectLight(page);
  await axe(page);
  await expectNoSidewaysScroll(page);
  expectNoOutsideRequests(page);
  expectNoErrors(page, { status });
}

/** Keeps `{name}-{desktop|phone}[-dark].png` among the results of the run. */
export async function screenshot(page, name) {
  mkdirSync(SCREENSHOTS, { recursive: true });
  const dark = page.look.colorScheme === "dark" ? "-dark" : "";
  const path = join(SCREENSHOTS, `${name}-${page.look.size}${dark}.png`);
  await page.screenshot({ path, fullPage: true, animations: "disabled" });
}

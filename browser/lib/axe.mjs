// axe-core in a page: what keeps people with disabilities from using it.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const SOURCE = readFileSync(fileURLToPath(import.meta.resolve("axe-core/axe.min.js")), "utf8");
/** Milliseconds; a page takes less than one second of them. */
const PATIENCE = 30_000;

const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** Fails with each violation in plain words. */
export async function axe(page) {
  // Evaluated by the debugger and not as a script of the page, whose policy would refuse it.
  if (await page.evaluate(() => window.axe === undefined)) {
    await page.evaluate(SOURCE);
  }
  const { violations, passes } = (await run(page)) ?? (await again(page));
  assert.ok(passes.length > 0, "axe found nothing to check");
  const words = violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ target, failureSummary }) => {
      const reasons = failureSummary.replaceAll("\n", "\n    ");
      return `${help} (${id})\n  at ${target.join(" ")}\n    ${reasons}`;
    }),
  );
  assert.equal(words.length, 0, `${page.url()} has ${words.length} violations\n${words.join("\n")}`);
}

/** What axe found; nothing if it did not come to an end, which a browser in the background may not. */
function run(page) {
  const found = page.evaluate(
    (values) => window.axe.run(document, { runOnly: { type: "tag", values } }),
    TAGS,
  );
  // An answer that comes after we stopped waiting, or the end of the page, is no error of the test.
  found.catch(() => {});
  return Promise.race([found, delay(PATIENCE, undefined, { ref: false })]);
}

/** Once more, with the page in front. */
async function again(page) {
  await page.bringToFront();
  await page.evaluate(() => (window.axe._running = false));
  const found = await run(page);
  assert.ok(found, `axe did not come to an end on ${page.url()}`);
  return found;
}

// One test per scenario, and the record of what passed.

import { appendFileSync, readFileSync } from "node:fs";
import { test } from "node:test";

/** Returns a `test` for one client, which also appends the outcome to the results file. */
export function scenariosOf(client, packageName) {
  const version = installedVersion(packageName);
  return (scenario, body) =>
    test(`${client}: ${scenario}`, async () => {
      const line = { client, version, language: "JavaScript", scenario };
      try {
        await body();
      } catch (error) {
        record({ ...line, result: "fail" });
        throw error;
      }
      record({ ...line, result: "pass" });
    });
}

function record(line) {
  const path = process.env.COUNTERSIGN_INTEROP_RESULTS;
  if (path !== undefined) {
    appendFileSync(path, `${JSON.stringify(line)}\n`);
  }
}

function installedVersion(packageName) {
  const manifest = new URL(`node_modules/${packageName}/package.json`, import.meta.url);
  return JSON.parse(readFileSync(manifest, "utf8")).version;
}

// The pages about errors, and addresses without a page.

import assert from "node:assert/strict";
import { test } from "node:test";

import { everyLook } from "../lib/look.mjs";
import { startWorld } from "../lib/world.mjs";

const { baseUrl, browser, newPage } = await startWorld();

test("the page about an error says what to do", async () => {
  const page = await newPage();
  await page.goto(`${baseUrl}/error?code=7000215`);
  assert.equal(await page.title(), "AADSTS7000215 - Countersign");
  await page.getByRole("heading", { name: "What to do" }).waitFor();
  await page.context().close();
});

test("the page about an error, as everyone sees it", async () => {
  await everyLook(browser, "error", `${baseUrl}/error?code=7000215`);
});

test("an unknown number has a page of its own", async () => {
  await everyLook(browser, "error-unknown", `${baseUrl}/error?code=1`, { status: 404 });
});

test("an address without a page is not found", async () => {
  const page = await newPage();
  const response = await page.goto(`${baseUrl}/no-such-page`);
  assert.equal(response.status(), 404);
  await page.context().close();
});

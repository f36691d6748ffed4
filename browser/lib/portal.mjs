// What an administrator does in the portal, by the words on its pages.

/** Registers an application and ends on its overview; its client id. */
export async function register(page, baseUrl, name) {
  await page.goto(`${baseUrl}/portal/applications/new`);
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.getByRole("button", { name: "Register", exact: true }).click();
  await page.getByRole("heading", { name, level: 1 }).waitFor();
  return page.getByLabel("Application (client) id").inputValue();
}

/** Finds something by its name in the list at `path`, and opens it. */
export async function open(page, baseUrl, path, name) {
  await page.goto(`${baseUrl}/portal/${path}?search=${encodeURIComponent(name)}`);
  await page.getByRole("link", { name, exact: true }).click();
  await page.getByRole("heading", { name, level: 1 }).waitFor();
}

/** Opens a tab of what is open. */
export async function openTab(page, name) {
  await page.getByRole("main").getByRole("link", { name, exact: true }).click();
  await page.locator("main .tabs [aria-current=page]").getByText(name, { exact: true }).waitFor();
}

/** The part of the page below this heading. */
export function card(page, name) {
  return page.getByRole("region", { name, exact: true });
}

/** Waits for the line at the top that says what was done; without words, for any. */
export async function said(page, words = /\S/) {
  await page.getByRole("status").filter({ hasText: words }).first().waitFor();
}

/** Exposes a role of the application whose tab "Expose an API" is open. */
export async function exposeRole(page, uri, value, name) {
  await page.getByRole("textbox", { name: "App ID URIs" }).fill(uri);
  await page.getByRole("button", { name: "Save the URIs" }).click();
  await page.waitForLoadState();
  await page.getByLabel("Role name").fill(name);
  await page.getByLabel("Value", { exact: true }).fill(value);
  await page.getByLabel("Description").fill(`${name}, without a signed-in user.`);
  await page.getByRole("button", { name: "Add the role" }).click();
  await card(page, "App roles").getByRole("row").filter({ hasText: value }).waitFor();
}

/** Adds a secret on the tab "Certificates and secrets"; its text, shown on the page that is open then. */
export async function addSecret(page, description) {
  const secrets = card(page, "Client secrets");
  await secrets.getByLabel("Description").fill(description);
  await secrets.getByRole("button", { name: "Add the secret" }).click();
  return page.getByLabel("Secret", { exact: true }).inputValue();
}

/** Requests a role on the tab "API permissions" and grants it. */
export async function requestAndGrant(page, api, value) {
  await page.getByLabel("Find an API by name").fill(api);
  await page.getByRole("button", { name: "Search", exact: true }).click();
  await page.getByRole("link", { name: api, exact: true }).click();
  await page.getByLabel(value, { exact: true }).check();
  await page.getByRole("button", { name: "Request", exact: true }).click();
  await page.getByRole("button", { name: `Grant ${value}` }).click();
  const row = page.getByRole("row").filter({ hasText: value });
  await row.getByText("Granted", { exact: true }).waitFor();
}

// The parts that decide, and the application as a browser sees it. With a real server:
// `cargo test -p countersign-examples`.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";

import { readAnswer } from "./answer.js";
import { consentUrl, makeHandler } from "./app.js";
import { connected, failed } from "./pages.js";
import { cookieFor, stateOf } from "./state.js";
import { rolesOf } from "./token.js";

const TENANT = "aaaabbbb-0000-cccc-1111-dddd2222eeee";
const KEY = Buffer.alloc(32, 1);
const DECLINED = "AADSTS65004: User declined to consent to access the app.";

const settings = {
  // Nothing listens there: an answer that must not lead to a request cannot get a token.
  authority: "https://localhost:1",
  tenant: "organizations",
  clientId: "00001111-aaaa-2222-bbbb-3333cccc4444",
  clientSecret: "not a secret",
  resource: "api://orders",
  isV2: false,
  key: KEY,
};

const server = createServer(makeHandler(settings));
let base;
before(async () => {
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  base = `http://127.0.0.1:${server.address().port}`;
});
after(() => {
  server.close();
  server.closeAllConnections();
});

test("the consent page is asked as each version wants it", () => {
  const back = "http://localhost:5001/myapp/permissions";
  const encoded = "http%3A%2F%2Flocalhost%3A5001%2Fmyapp%2Fpermissions";
  const rest = `redirect_uri=${encoded}&state=12345`;
  const clientId = `client_id=${settings.clientId}`;
  assert.equal(
    consentUrl(settings, back, "12345"),
    `https://localhost:1/organizations/adminconsent?${clientId}&${rest}`,
  );
  assert.equal(
    consentUrl({ ...settings, isV2: true }, back, "12345"),
    "https://localhost:1/organizations/v2.0/adminconsent" +
      `?${clientId}&scope=api%3A%2F%2Forders%2F.default&${rest}`,
  );
});

test("an answer is what it says, if its state is this browser's", () => {
  const check = (query, expected) => {
    const answer = readAnswer(new URLSearchParams(query), "12345");
    assert.equal(answer.kind, expected, query);
    return answer;
  };
  const success = `tenant=${TENANT}&admin_consent=True`;
  assert.equal(check(`${success}&state=12345`, "accepted").tenant, TENANT);
  for (const state of ["", "&state=", "&state=12346", "&state=1234", "&state=12345&state=12345"]) {
    check(`${success}${state}`, "forged");
  }
  const declined = `error_description=${DECLINED}%0d%0aTrace+ID%3a+1`;
  check("error=permission_denied&error_description=The+admin+canceled&state=12345", "cancelled");
  check(`error=access_denied&${declined}&admin_consent=True&state=12345`, "cancelled");
  check(`admin_consent=True&error=consent_required&${declined}&state=12345`, "cancelled");
  check(`error=access_denied&error_description=AADSTS50020&state=12345`, "failed");
  check(`error=access_denied&error=x&${success}&state=12345`, "failed");
  check("tenant=..%2f..%2fevil&admin_consent=True&state=12345", "failed");
  check(`tenant=${TENANT}&admin_consent=False&state=12345`, "failed");
  assert.equal(readAnswer(new URLSearchParams(`${success}&state=null`), null).kind, "forged");
});

test("a cookie counts for ten minutes, and only as it was signed", () => {
  const now = Date.UTC(2026, 10, 21);
  const cookie = cookieFor("abc", KEY, now);
  assert.match(cookie, /; HttpOnly; SameSite=Lax$/);
  const [pair] = cookie.split(";");
  assert.equal(stateOf(`other=1; ${pair}`, KEY, now + 599_999), "abc");
  assert.equal(stateOf(pair, KEY, now + 600_000), null);
  assert.equal(stateOf(pair.replace("abc", "abd"), KEY, now), null);
  assert.equal(stateOf(pair, Buffer.alloc(32, 2), now), null);
  for (const header of [undefined, "", "connect-state=", "connect-state=abc.1."]) {
    assert.equal(stateOf(header, KEY, now), null, header);
  }
});

test("what comes from elsewhere is escaped", () => {
  const nasty = `<script>alert("1")</script>'&`;
  const pages = [
    failed({ error: nasty, description: nasty }),
    connected({ tenant: nasty, resource: nasty, roles: [nasty] }),
  ];
  for (const page of pages) {
    assert.ok(!page.includes("<script"), page);
    assert.ok(page.includes("&#60;script&#62;alert(&#34;1&#34;)&#60;/script&#62;&#39;&#38;"), page);
  }
});

test("roles are read out of a token, whatever it is", () => {
  const token = (payload) => `e30.${Buffer.from(payload).toString("base64url")}.`;
  assert.deepEqual(rolesOf(token('{"roles":["Orders.Read.All"]}')), ["Orders.Read.All"]);
  for (const other of ["opaque", token("{}"), token("no JSON"), "a.b.c.d.e"]) {
    assert.deepEqual(rolesOf(other), []);
  }
});

test("the button leads away and remembers why", async () => {
  const { location, cookie, state } = await connect();
  assert.ok(location.startsWith("https://localhost:1/organizations/adminconsent?"));
  assert.match(state, /^[\w-]{43}$/);
  assert.ok(cookie.includes(state));
});

test("a stranger's answer is refused, and the true one still counts", async () => {
  const { cookie, state } = await connect();
  const success = `tenant=${TENANT}&admin_consent=True`;
  for (const headers of [{}, { cookie }]) {
    const response = await comeBack(`${success}&state=forged`, headers);
    assert.equal(response.status, 400);
    assert.equal(response.headers.get("set-cookie"), null);
    assert.match(await response.text(), /This answer was not asked for/);
  }
  const response = await comeBack(`error=permission_denied&state=${state}`, { cookie });
  assert.equal(response.status, 200);
  assert.match(response.headers.get("set-cookie"), /^connect-state=; .*Max-Age=0/);
  const page = await response.text();
  assert.match(page, /pressed <em>Cancel<\/em>\. Nothing was granted\./);
});

test("an accepted answer without a token is not success", async () => {
  const { cookie, state } = await connect();
  const response = await comeBack(`tenant=${TENANT}&admin_consent=True&state=${state}`, { cookie });
  assert.equal(response.status, 502);
  const page = await response.text();
  assert.match(page, /https:\/\/localhost:1 did not answer/);
  assert.ok(!page.includes(settings.clientSecret));
});

test("no page runs, frames or keeps anything", async () => {
  for (const path of ["/", "/myapp/permissions", "/nothing", "//", "/myapp/permissions?%ff&%"]) {
    const { headers, status } = await fetch(base + path);
    assert.ok(status < 500, path);
    const policy = headers.get("content-security-policy");
    assert.match(policy, /^default-src 'none'; style-src 'self'; form-action 'self' https:/);
    assert.match(policy, /frame-ancestors 'none'/);
    assert.equal(headers.get("cache-control"), "no-store");
    assert.equal(headers.get("referrer-policy"), "no-referrer");
  }
});

async function connect() {
  const response = await fetch(`${base}/connect`, { method: "POST", redirect: "manual" });
  assert.equal(response.status, 303);
  const location = response.headers.get("location");
  const [cookie] = response.headers.get("set-cookie").split(";");
  return { location, cookie, state: new URL(location).searchParams.get("state") };
}

function comeBack(query, headers) {
  return fetch(`${base}/myapp/permissions?${query}`, { headers });
}

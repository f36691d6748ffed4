// The pages. Whatever is put into one is escaped, unless it is itself made by `html`.

export function home() {
  return page(
    "Connect your organization",
    html`<p>This application works on its own, without a signed-in user. An administrator allows that
        once, for the whole organization.</p>
      <form method="post" action="/connect"><button>Connect</button></form>
      <p>You are asked to sign in as an administrator, and see what is asked for before you accept.</p>`,
  );
}

export function connected({ tenant, resource, roles }) {
  const list = roles.map((role) => html`<li><code>${role}</code></li>`);
  return page(
    "Connected",
    html`<p>The answer names the tenant <code>${tenant}</code>. The application asked there for a token
        with its own secret, and got one. Its roles for <code>${resource}</code>:</p>
      ${roles.length ? html`<ul>${list}</ul>` : html`<p><strong>none</strong></p>`}
      <p class="note">The answer is no proof: anyone can write a tenant into an address. The token proves
        that the application may work in this tenant, not that you belong to it. Before you show anyone a
        tenant's data, sign them in.</p>
      ${again("Connect another")}`,
  );
}

export function cancelled({ description }) {
  return page(
    "Not connected",
    html`<p>The administrator pressed <em>Cancel</em>. Nothing was granted.</p>
      ${quoted(description)} ${again("Try again")}`,
  );
}

export function failed({ error, description }) {
  return page(
    "Not connected",
    html`<p>The consent page answered with the error <code>${error}</code>. Nothing was granted.</p>
      ${quoted(description)} ${again("Try again")}`,
  );
}

export function forged() {
  return page(
    "This answer was not asked for",
    html`<p>It does not belong to a <em>Connect</em> that was pressed in this browser within the last ten
        minutes, so it was not used. Nothing happened.</p>
      ${again("Start again")}`,
  );
}

export function noToken({ tenant }, problem) {
  return page(
    "No token",
    html`<p>The answer says that the tenant <code>${tenant}</code> was connected, but the application got no
        token there.</p>
      ${quoted(problem)} ${again("Try again")}`,
  );
}

export function lost() {
  return page("Not found", html`<p>There is no such page.</p>${again("To the start")}`);
}

function again(words) {
  return html`<p><a href="/">${words}</a></p>`;
}

function quoted(text) {
  return text ? html`<blockquote>${text}</blockquote>` : "";
}

function page(title, body) {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} - Connect example</title>
<link rel="stylesheet" href="/style.css">
</head>
<body><main><h1>${title}</h1>
${body}
</main></body>
</html>
`.toString();
}

class Html {
  constructor(text) {
    this.text = text;
  }

  toString() {
    return this.text;
  }
}

function html(strings, ...values) {
  return new Html(String.raw({ raw: strings }, ...values.map(escaped)));
}

function escaped(value) {
  if (value instanceof Html) return value.text;
  if (Array.isArray(value)) return value.map(escaped).join("");
  return String(value).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

// The four addresses of the application, and where it sends the browser.

import { readFileSync } from "node:fs";

import { readAnswer } from "./answer.js";
import { cancelled, connected, failed, forged, home, lost, noToken } from "./pages.js";
import { cookieFor, forget, newState, stateOf } from "./state.js";
import { askForToken, rolesOf } from "./token.js";

/** Where the consent page sends the browser back to: registered as `http://localhost/...`. */
const CALLBACK = "/myapp/permissions";

const STYLE = readFileSync(new URL("style.css", import.meta.url));

export function makeHandler(settings) {
  return async (request, response) => {
    try {
      await handle(settings, request, response);
    } catch (error) {
      console.error(error);
      response.writeHead(500).end();
    }
  };
}

/** The address of the consent page. Version 2.0 wants to be told for which API. */
export function consentUrl(settings, redirectUri, state) {
  const { authority, clientId, isV2, resource, tenant } = settings;
  const version = isV2 ? "v2.0/" : "";
  const url = new URL(`${authority}/${encodeURIComponent(tenant)}/${version}adminconsent`);
  url.searchParams.set("client_id", clientId);
  if (isV2) url.searchParams.set("scope", `${resource}/.default`);
  url.searchParams.set("redirect_uri", redirectUri);
  url.searchParams.set("state", state);
  return url.href;
}

async function handle(settings, request, response) {
  const [path, query] = request.url.split(/\?(.*)/s);
  secure(settings, response);
  switch (`${request.method} ${path}`) {
    case "GET /":
      return show(response, 200, home());
    case "POST /connect":
      return connect(settings, request, response);
    case `GET ${CALLBACK}`:
      return comeBack(settings, request, response, new URLSearchParams(query));
    case "GET /style.css":
      return response.setHeader("Content-Type", "text/css").end(STYLE);
    default:
      return show(response, 404, lost());
  }
}

function connect(settings, request, response) {
  const state = newState();
  const redirectUri = `http://localhost:${request.socket.localPort}${CALLBACK}`;
  response.setHeader("Set-Cookie", cookieFor(state, settings.key, Date.now()));
  response.setHeader("Location", consentUrl(settings, redirectUri, state));
  response.writeHead(303).end();
}

async function comeBack(settings, request, response, parameters) {
  const expected = stateOf(request.headers.cookie, settings.key, Date.now());
  const answer = readAnswer(parameters, expected);
  // A forged answer must not end the true one's chance.
  if (answer.kind === "forged") return show(response, 400, forged());
  // An answer counts once.
  response.setHeader("Set-Cookie", forget());
  if (answer.kind === "cancelled") return show(response, 200, cancelled(answer));
  if (answer.kind === "failed") return show(response, 200, failed(answer));

  const { token, problem } = await askForToken(settings, answer.tenant);
  if (!token) return show(response, 502, noToken(answer, problem));
  const { resource } = settings;
  show(response, 200, connected({ ...answer, resource, roles: rolesOf(token) }));
}

/** Nothing runs, nothing is framed, nothing leaks. A form may end at the consent page. */
function secure({ authority }, response) {
  const formAction = `'self' ${new URL(authority).origin}`;
  response.setHeader(
    "Content-Security-Policy",
    `default-src 'none'; style-src 'self'; form-action ${formAction}; ` +
      "frame-ancestors 'none'; base-uri 'none'",
  );
  response.setHeader("X-Content-Type-Options", "nosniff");
  response.setHeader("Referrer-Policy", "no-referrer");
  response.setHeader("Cache-Control", "no-store");
}

function show(response, status, page) {
  response.writeHead(status, { "Content-Type": "text/html; charset=utf-8" }).end(page);
}

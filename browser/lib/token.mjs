// Tokens, as an application asks for them.

import { once } from "node:events";
import { readFileSync } from "node:fs";
import { request } from "node:https";
import { text } from "node:stream/consumers";

/** Asks for a token with a secret; the answer is the status and the body of the token endpoint. */
export async function requestToken({ baseUrl, dev }, { tenant, clientId, secret, resource }) {
  const form = new URLSearchParams({
    grant_type: "client_credentials",
    client_id: clientId,
    client_secret: secret,
    scope: `${resource}/.default`,
  });
  const post = request(`${baseUrl}/${tenant}/oauth2/v2.0/token`, {
    method: "POST",
    ca: readFileSync(dev.caFile),
    headers: { "content-type": "application/x-www-form-urlencoded" },
  });
  post.end(form.toString());
  const [response] = await once(post, "response");
  return { status: response.statusCode, body: JSON.parse(await text(response)) };
}

/** The claims of a token that is still to be trusted by nobody: this reads and does not check. */
export function unverifiedClaims(token) {
  return JSON.parse(Buffer.from(token.split(".")[1], "base64url").toString("utf8"));
}

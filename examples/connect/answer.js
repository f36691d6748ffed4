// What the consent page says in the query of the redirect URI.

import { isSame } from "./state.js";

const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The administrator pressed Cancel, as the number of the error says. */
const DECLINED = "AADSTS65004";

/**
 * One of: `forged`, `cancelled`, `failed`, `accepted` with a `tenant`.
 *
 * An error comes first: refusals of version 2.0 have `admin_consent=True` too.
 */
export function readAnswer(parameters, expectedState) {
  const state = one(parameters, "state");
  if (!expectedState || !state || !isSame(state, expectedState)) return { kind: "forged" };

  if (parameters.has("error")) {
    const error = one(parameters, "error") ?? "";
    const description = one(parameters, "error_description") ?? "";
    const isCancel = error === "permission_denied" || description.startsWith(DECLINED);
    return { kind: isCancel ? "cancelled" : "failed", error, description };
  }

  const tenant = one(parameters, "tenant");
  // It becomes a part of an address to which the secret is sent.
  if (one(parameters, "admin_consent") !== "True" || !GUID.test(tenant ?? "")) {
    return { kind: "failed", error: "invalid_answer", description: "It names no tenant." };
  }
  return { kind: "accepted", tenant };
}

/** A parameter that is there twice is nobody's honest answer. */
function one(parameters, name) {
  const values = parameters.getAll(name);
  return values.length === 1 ? values[0] : null;
}

// The token: with the application's own secret, in the tenant that was connected.

const TIMEOUT_MS = 10_000;

/** Answers `{ token }`, or `{ problem }` in words. */
export async function askForToken({ authority, clientId, clientSecret, resource }, tenant) {
  try {
    const response = await fetch(`${authority}/${tenant}/oauth2/v2.0/token`, {
      method: "POST",
      body: new URLSearchParams({
        grant_type: "client_credentials",
        client_id: clientId,
        client_secret: clientSecret,
        scope: `${resource}/.default`,
      }),
      // The secret goes to this address and nowhere else.
      redirect: "error",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const answer = await response.json();
    return response.ok
      ? { token: answer.access_token }
      : { problem: answer.error_description ?? answer.error };
  } catch (error) {
    return { problem: `${authority} did not answer as expected: ${error.cause ?? error}` };
  }
}

/**
 * Read to show them, not to decide by them: a token is for the API that it names, and only that API
 * checks it.
 */
export function rolesOf(token) {
  try {
    const payload = Buffer.from(token.split(".")[1], "base64url");
    return JSON.parse(payload.toString()).roles ?? [];
  } catch {
    // An encrypted token is nobody's business but the API's.
    return [];
  }
}

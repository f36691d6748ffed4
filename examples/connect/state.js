// The `state` ties an answer to the browser that pressed the button. Without it, anyone could make
// an administrator's browser deliver an answer of theirs.

import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";

const COOKIE = "connect-state";
const LIFETIME_SECONDS = 600;

export function newState() {
  return randomBytes(32).toString("base64url");
}

/**
 * Lax, because the browser comes back from another site. An application with a host of its own, and so
 * with https, adds `Secure` and calls it `__Host-connect-state`.
 */
export function cookieFor(state, key, now) {
  const expires = now + LIFETIME_SECONDS * 1000;
  const content = `${state}.${expires}`;
  return `${COOKIE}=${content}.${sign(content, key)}; ${attributes(LIFETIME_SECONDS)}`;
}

export function forget() {
  return `${COOKIE}=; ${attributes(0)}`;
}

/** What this browser's answer has to carry, or null if it did not press the button lately. */
export function stateOf(header, key, now) {
  const cookies = (header ?? "").split(";").map((cookie) => cookie.trim());
  const cookie = cookies.find((cookie) => cookie.startsWith(`${COOKIE}=`));
  const [state, expires, signature] = (cookie ?? "").slice(COOKIE.length + 1).split(".");
  if (!signature || !isSame(signature, sign(`${state}.${expires}`, key))) return null;
  return Number(expires) > now ? state : null;
}

/** In constant time. `timingSafeEqual` wants equal lengths, which hashes have. */
export function isSame(left, right) {
  const hash = (text) => createHmac("sha256", COMPARISON_KEY).update(text).digest();
  return timingSafeEqual(hash(left), hash(right));
}

function sign(content, key) {
  return createHmac("sha256", key).update(content).digest("base64url");
}

function attributes(lifetimeSeconds) {
  return `Path=/; Max-Age=${lifetimeSeconds}; HttpOnly; SameSite=Lax`;
}

const COMPARISON_KEY = randomBytes(32);

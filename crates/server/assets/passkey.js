// Passkeys: has the browser sign a challenge, and puts its answer into the form that asked for it.
//
// <form data-passkey="get | create" data-options="JSON" [data-passkey-at-once]> with a hidden field
// "answer"; options and answer have the JSON forms of Web Authentication Level 3.
"use strict";

const fromBase64url = (text) => {
  const plain = text.replaceAll("-", "+").replaceAll("_", "/");
  return Uint8Array.from(atob(plain), (letter) => letter.charCodeAt(0));
};

const toBase64url = (buffer) => {
  const letters = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte));
  return btoa(letters.join("")).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
};

// As PublicKeyCredential.parse...OptionsFromJSON() does where it exists.
const read = (options) => {
  const withId = (entry) => ({ ...entry, id: fromBase64url(entry.id) });
  const publicKey = { ...options, challenge: fromBase64url(options.challenge) };
  if (options.user) publicKey.user = withId(options.user);
  if (options.excludeCredentials) publicKey.excludeCredentials = options.excludeCredentials.map(withId);
  if (options.allowCredentials) publicKey.allowCredentials = options.allowCredentials.map(withId);
  return publicKey;
};

// As PublicKeyCredential.toJSON() does where it exists, without what nobody reads here.
const written = (credential) => {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    const value = credential.response[name];
    if (value) response[name] = toBase64url(value);
  }
  const id = toBase64url(credential.rawId);
  return JSON.stringify({ id, rawId: id, type: credential.type, response });
};

const tell = (form, text) => {
  let place = form.querySelector(".field-error");
  if (!place) {
    place = document.createElement("p");
    place.className = "field-error";
    place.setAttribute("role", "alert");
    form.prepend(place);
  }
  place.textContent = text;
};

const explained = (error) => {
  switch (error.name) {
    case "InvalidStateError":
      return "This device has a passkey for this account already.";
    case "SecurityError":
      return "Passkeys work at this server's own address only. Open it there.";
    case "NotAllowedError":
      return "No passkey was used: it was cancelled, it took too long, or there is none for this server on the device.";
    default:
      return `The passkey did not work (${error.name}). Try again, or use another device.`;
  }
};

for (const form of document.querySelectorAll("form[data-passkey]")) {
  const kind = form.dataset.passkey;
  const run = async () => {
    try {
      const publicKey = read(JSON.parse(form.dataset.options));
      form.elements.answer.value = written(await navigator.credentials[kind]({ publicKey }));
    } catch (error) {
      tell(form, explained(error));
      return;
    }
    // Not requestSubmit: that would ask for another passkey.
    form.submit();
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    run();
  });
  if ("passkeyAtOnce" in form.dataset) run();
}

if (window.PublicKeyCredential) {
  for (const element of document.querySelectorAll("[data-needs-passkeys]")) element.hidden = false;
}

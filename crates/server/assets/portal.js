// Conveniences only: every page works without this file.
"use strict";

const status = document.createElement("p");
status.className = "visually-hidden";
status.setAttribute("role", "status");
document.body.append(status);

// Buttons come hidden, for they do nothing without a script. Clipboards exist in secure contexts only.
if (navigator.clipboard) {
  for (const button of document.querySelectorAll("[data-copy]")) {
    const source = document.querySelector(button.dataset.copy);
    if (!source) continue;
    const word = button.firstChild;
    const label = word.textContent;
    button.hidden = false;
    button.addEventListener("click", async () => {
      let said = "Copied";
      try {
        await navigator.clipboard.writeText(source.value ?? source.textContent);
      } catch {
        // Refused by the browser: ready for the keyboard instead.
        getSelection().selectAllChildren(source);
        source.select?.();
        said = "Selected";
      }
      word.textContent = said;
      status.textContent = said;
      setTimeout(() => {
        word.textContent = label;
        status.textContent = "";
      }, 2000);
    });
  }
}

for (const button of document.querySelectorAll("[data-reveal]")) {
  const input = document.querySelector(button.dataset.reveal);
  if (!input) continue;
  const cover = (covered) => {
    input.type = covered ? "password" : "text";
    button.setAttribute("aria-pressed", String(!covered));
  };
  button.hidden = false;
  button.addEventListener("click", () => cover(input.type === "text"));
  // Browsers offer to remember what is in a password field only.
  input.form?.addEventListener("submit", () => cover(true));
}

// An open menu closes as people expect: by Escape, or by a click elsewhere.
for (const menu of document.querySelectorAll("details.menu")) {
  document.addEventListener("click", (event) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
}

// What every page can do better with scripts: keys, menus, copying, completions. Each works on markup that is useful without it.

const box = document.querySelector("#q");
const help = document.querySelector("#keys");

/** Whether the person is writing, so that letters are letters. */
export function isTyping(target) {
  return target instanceof HTMLElement && target.matches("input, textarea, select, [contenteditable]");
}

function moveRow(step) {
  const rows = [...document.querySelectorAll("[data-row]")];
  if (!rows.length) return;
  const at = rows.findIndex((row) => row.contains(document.activeElement));
  const next = rows[Math.min(Math.max(at + step, 0), rows.length - 1)];
  (next.matches("a") ? next : next.querySelector("a:not([tabindex=\"-1\"])")).focus();
  next.scrollIntoView({ block: "nearest" });
}

const keys = {
  "/": () => { box?.focus(); box?.select(); },
  "?": () => help?.showModal(),
  j: () => moveRow(1),
  k: () => moveRow(-1),
};

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    document.querySelectorAll("details.menu[open]").forEach((menu) => {
      menu.open = false;
      menu.querySelector("summary").focus();
    });
    return;
  }
  const act = keys[event.key];
  if (!act || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || document.querySelector("dialog[open]")) return;
  event.preventDefault();
  act();
});

document.addEventListener("click", (event) => {
  document.querySelectorAll("details.menu[open]").forEach((menu) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
});

document.querySelectorAll("[data-open]").forEach((button) => {
  button.hidden = false;
  button.addEventListener("click", () => document.getElementById(button.dataset.open)?.showModal());
});

document.querySelectorAll("[data-copy]").forEach((place) => {
  const [button, said] = [place.querySelector("button"), place.querySelector("[role=status]")];
  if (!navigator.clipboard || !button) return; // only where the browser trusts the connection
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(place.dataset.copy);
    button.classList.add("is-done");
    said.textContent = said.dataset.copied;
    setTimeout(() => { button.classList.remove("is-done"); said.textContent = ""; }, 1500);
  });
});

// A page that has no picture (office documents, mail) keeps its place with a plain sheet.
function blank(picture) {
  picture.closest("[data-picture]").classList.add("is-missing");
}
document.querySelectorAll("[data-picture] img").forEach((picture) => {
  if (picture.complete && !picture.naturalWidth) blank(picture);
  else picture.addEventListener("error", () => blank(picture), { once: true });
});

if (box?.dataset.suggest) import("./suggest.js").then((part) => part.attach(box));

// Keys of the page viewer, and the current hit brought into view. Without scripts every step is a link.

const steps = { "[": "previous", "]": "next", n: "next_hit", p: "previous_hit" };

function isTyping(target) {
  return target instanceof HTMLElement && target.matches("input, textarea, select");
}

function follow(link) {
  if (link) location.assign(link.href);
}

/** The enlargement one step further or nearer; they stand in order in the page. */
function zoom(step) {
  const links = [...document.querySelectorAll("[data-zoom]")];
  const at = links.findIndex((link) => link.hasAttribute("aria-current"));
  follow(links[at + step]);
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || document.querySelector("dialog[open]")) return;
  if (event.key in steps) follow(document.querySelector(`[data-step="${steps[event.key]}"]`));
  else if (event.key === "+" || event.key === "=") zoom(1);
  else if (event.key === "-") zoom(-1);
  else return;
  event.preventDefault();
});

function showCurrent() {
  const pane = document.querySelector(".pane");
  const hit = document.querySelector(".hit-current rect");
  if (pane && hit) {
    const [frame, box] = [pane.getBoundingClientRect(), hit.getBoundingClientRect()];
    pane.scrollBy(box.left - frame.left - (frame.width - box.width) / 2, box.top - frame.top - frame.height / 3);
  }
  for (const place of [document.querySelector(".mark-current"), document.querySelector(".strip [aria-current]")]) {
    const frame = place?.closest(".words, .strip");
    if (!frame) continue;
    const [outer, inner] = [frame.getBoundingClientRect(), place.getBoundingClientRect()];
    frame.scrollBy(inner.left - outer.left - (outer.width - inner.width) / 2, inner.top - outer.top - outer.height / 3);
  }
}

const leaf = document.querySelector("#leaf");
if (leaf && !leaf.complete) leaf.addEventListener("load", showCurrent);
showCurrent();

const printer = document.querySelector("[data-print]");
if (printer) {
  printer.hidden = false;
  printer.addEventListener("click", () => print());
}

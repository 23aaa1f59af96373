// Work in progress: the watched parts of the page are fetched again until none says that something is left to watch.
const EVERY = 2000;
const SLOWEST = 15000;

/** Exchanges what changed in one part. What has the focus stays: in lists, only changed rows are exchanged. */
function exchange(part, fresh) {
  const [before, after] = [part.querySelectorAll("li[data-row]"), fresh.querySelectorAll("li[data-row]")];
  if (before.length === after.length && before.length) {
    before.forEach((row, at) => { if (row.innerHTML !== after[at].innerHTML) row.replaceWith(after[at]); });
    const [bar, next] = [part.querySelector(".job-progress"), fresh.querySelector(".job-progress")];
    if (bar && next) bar.value = next.value;
  } else if (part.innerHTML !== fresh.innerHTML && !part.querySelector(":focus")) {
    part.replaceChildren(...fresh.childNodes);
  }
  part.toggleAttribute("data-watch", fresh.hasAttribute("data-watch"));
}

async function refresh(parts) {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!answer.ok || answer.redirected) return false;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of parts) {
    const fresh = page.getElementById(part.id);
    if (!fresh) return false;
    exchange(part, fresh);
  }
  const [line, words] = [document.getElementById("job-state"), page.getElementById("job-state")];
  if (line && words && line.textContent !== words.textContent) line.textContent = words.textContent;
  return parts.some((part) => part.hasAttribute("data-watch"));
}

async function watch(parts) {
  let pause = EVERY;
  for (;;) {
    await new Promise((done) => { setTimeout(done, pause); });
    if (document.hidden) continue;
    try {
      if (!await refresh(parts)) return;
      pause = EVERY;
    } catch {
      pause = Math.min(pause * 2, SLOWEST);
    }
  }
}

const parts = [...document.querySelectorAll("[data-watch]")];
if (parts.length) watch(parts);

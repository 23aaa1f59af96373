// Work in progress: the watched part of the page is fetched again until it says that nothing is left to watch.
const EVERY = 2000;
const SLOWEST = 15000;

async function refresh(part) {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!answer.ok || answer.redirected) return null;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.getElementById(part.id);
  if (!fresh) return null;
  // What has the focus stays: only changed rows are exchanged.
  const [before, after] = [part.querySelectorAll("li[data-row]"), fresh.querySelectorAll("li[data-row]")];
  if (before.length === after.length && before.length) {
    before.forEach((row, at) => { if (row.innerHTML !== after[at].innerHTML) row.replaceWith(after[at]); });
    const [bar, next] = [part.querySelector(".job-progress"), fresh.querySelector(".job-progress")];
    if (bar && next) bar.value = next.value;
  } else {
    part.replaceChildren(...fresh.childNodes);
  }
  const [line, words] = [document.getElementById("job-state"), page.getElementById("job-state")];
  if (line && words && line.textContent !== words.textContent) line.textContent = words.textContent;
  return fresh.hasAttribute("data-watch");
}

async function watch(part) {
  let pause = EVERY;
  while (part.isConnected) {
    await new Promise((done) => { setTimeout(done, pause); });
    if (document.hidden) continue;
    try {
      if (!await refresh(part)) return;
      pause = EVERY;
    } catch {
      pause = Math.min(pause * 2, SLOWEST);
    }
  }
}

document.querySelectorAll("[data-watch]").forEach(watch);

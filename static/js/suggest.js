// Completions under the search box: a combobox with a list box (WAI-ARIA Authoring Practices, combobox pattern).

const PAUSE_MS = 150;

/** Adds completions to an input whose data-suggest names the address to ask. */
export function attach(input) {
  const list = document.createElement("ul");
  list.className = "suggest";
  list.id = input.id + "-suggest";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", input.labels[0].textContent);
  list.hidden = true;
  input.parentElement.append(list);
  for (const [name, value] of [["role", "combobox"], ["aria-autocomplete", "list"], ["aria-controls", list.id], ["aria-expanded", "false"]]) {
    input.setAttribute(name, value);
  }

  let timer = 0;
  let asked = null;
  let chosen = -1;

  function show(words) {
    chosen = -1;
    list.replaceChildren(...words.map((word, at) => {
      const row = document.createElement("li");
      row.id = `${list.id}-${at}`;
      row.setAttribute("role", "option");
      row.textContent = word;
      row.addEventListener("mousedown", (event) => { event.preventDefault(); take(word); });
      return row;
    }));
    list.hidden = words.length === 0;
    input.setAttribute("aria-expanded", String(!list.hidden));
    input.removeAttribute("aria-activedescendant");
  }

  function take(word) {
    input.value = word;
    show([]);
    input.form.requestSubmit();
  }

  function choose(step) {
    const rows = [...list.children];
    chosen = (chosen + step + rows.length) % rows.length;
    rows.forEach((row, at) => row.setAttribute("aria-selected", String(at === chosen)));
    input.setAttribute("aria-activedescendant", rows[chosen].id);
  }

  async function ask() {
    asked?.abort();
    asked = new AbortController();
    const address = `${input.dataset.suggest}?${new URLSearchParams({ q: input.value })}`;
    try {
      const answer = await fetch(address, { signal: asked.signal, headers: { Accept: "application/json" } });
      if (answer.ok) show(await answer.json());
    } catch (error) {
      if (error.name !== "AbortError") show([]);
    }
  }

  input.addEventListener("input", () => {
    clearTimeout(timer);
    if (input.value.trim().length < 2) { asked?.abort(); show([]); return; }
    timer = setTimeout(ask, PAUSE_MS);
  });
  input.addEventListener("blur", () => show([]));
  input.addEventListener("keydown", (event) => {
    if (list.hidden || event.isComposing) return;
    if (event.key === "ArrowDown") { event.preventDefault(); choose(1); }
    if (event.key === "ArrowUp") { event.preventDefault(); choose(-1); }
    if (event.key === "Escape") { event.stopPropagation(); event.preventDefault(); show([]); }
    if (event.key === "Enter" && chosen >= 0) { event.preventDefault(); take(list.children[chosen].textContent); }
  });
}

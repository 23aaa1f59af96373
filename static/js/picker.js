// A long select becomes a field in which one types part of a name (ARIA combobox with a listbox).
let serial = 0;

export function attach(select) {
  const id = `picker-${serial++}`;
  const options = [...select.options].filter((option) => option.value);
  const field = document.createElement("input");
  const list = document.createElement("ul");
  const frame = document.createElement("div");
  frame.className = "picker";
  field.className = "form-control";
  field.id = select.id;
  select.removeAttribute("id");
  field.placeholder = select.dataset.search;
  field.autocomplete = "off";
  field.required = select.required;
  for (const [name, value] of Object.entries({ role: "combobox", "aria-expanded": "false", "aria-controls": id, "aria-autocomplete": "list" })) field.setAttribute(name, value);
  list.id = id;
  list.className = "picker-list";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", select.dataset.search);
  list.hidden = true;
  field.value = select.value ? select.selectedOptions[0].textContent : "";
  select.hidden = true;
  select.required = false;
  select.after(frame);
  frame.append(field, list);

  function entries() {
    return [...list.querySelectorAll("[role=option][data-value]")];
  }

  function close() {
    list.hidden = true;
    field.setAttribute("aria-expanded", "false");
    field.removeAttribute("aria-activedescendant");
  }

  function point(entry) {
    entries().forEach((other) => other.setAttribute("aria-selected", String(other === entry)));
    if (!entry) return;
    field.setAttribute("aria-activedescendant", entry.id);
    entry.scrollIntoView({ block: "nearest" });
  }

  function row(text, role) {
    const item = document.createElement("li");
    item.setAttribute("role", role);
    item.textContent = text;
    list.append(item);
    return item;
  }

  function open() {
    const chosen = options.find((option) => option.textContent === field.value);
    const parts = chosen ? [] : field.value.toLowerCase().split(/\s+/).filter(Boolean);
    list.replaceChildren();
    let group = null;
    for (const option of options) {
      const place = option.parentElement.label ?? "";
      const found = `${place} ${option.dataset.also}`.toLowerCase();
      if (!parts.every((part) => found.includes(part))) continue;
      if (place !== group) row(place, "presentation");
      group = place;
      const item = row(option.textContent, "option");
      item.id = `${id}-${option.index}`;
      item.dataset.value = option.value;
      item.setAttribute("aria-selected", String(option === chosen));
    }
    if (!list.children.length) row(select.dataset.none, "presentation");
    list.hidden = false;
    field.setAttribute("aria-expanded", "true");
    point(entries().find((entry) => entry.getAttribute("aria-selected") === "true") ?? (parts.length ? entries()[0] : null));
  }

  function choose(entry) {
    select.value = entry.dataset.value;
    field.value = entry.textContent;
    field.setCustomValidity("");
    close();
  }

  field.addEventListener("focus", open);
  field.addEventListener("click", open);
  field.addEventListener("input", () => {
    select.value = "";
    field.setCustomValidity(field.value ? select.dataset.none : "");
    open();
  });
  field.addEventListener("blur", () => { setTimeout(close, 150); });
  field.addEventListener("keydown", (event) => {
    const all = entries();
    const at = all.findIndex((entry) => entry.getAttribute("aria-selected") === "true");
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (list.hidden) open();
      else point(all[Math.min(Math.max(at + (event.key === "ArrowDown" ? 1 : -1), 0), all.length - 1)]);
    } else if (event.key === "Enter" && !list.hidden && all[at]) choose(all[at]);
    else if (event.key === "Escape" && !list.hidden) close();
    else return;
    event.preventDefault();
  });
  list.addEventListener("mousedown", (event) => {
    const entry = event.target.closest("[data-value]");
    event.preventDefault();
    if (entry) choose(entry);
  });
}

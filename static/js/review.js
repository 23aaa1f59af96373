// Keys for correcting a page: Enter means "right" and goes to the next line. Without scripts the form is the same form.

const form = document.querySelector(".check-lines");
const fields = form ? [...form.querySelectorAll("[data-line] input.form-control")] : [];
const said = form?.querySelector("[data-done]");

const tick = (field) => field.closest("[data-line]").querySelector("[name=confirm]");
const isLookedAt = (field) => tick(field).checked || field.value !== field.defaultValue;

/** Shows which lines were looked at, and how many are left. */
function tell() {
  for (const field of fields) field.closest("[data-line]").classList.toggle("line-done", isLookedAt(field));
  const done = fields.filter(isLookedAt).length;
  said.textContent = done ? form.dataset.looked.replace("{done}", done).replace("{total}", fields.length) : "";
}

form?.addEventListener("keydown", (event) => {
  const at = fields.indexOf(event.target);
  if (event.key !== "Enter" || event.isComposing || at < 0) return; // Enter within an input method ends its word
  event.preventDefault();
  tick(event.target).checked = true;
  tell();
  const next = fields[at + 1];
  if (event.ctrlKey || event.metaKey) form.requestSubmit(form.querySelector("[value=save]"));
  else if (next) { next.focus(); next.closest("[data-line]").scrollIntoView({ block: "nearest" }); }
  else form.querySelector("[value=save]").focus();
});

form?.addEventListener("input", tell);
if (form) {
  tell();
  if (matchMedia("(hover: hover)").matches) fields.find((field) => !isLookedAt(field))?.focus(); // a phone's keyboard would hide the scan
}

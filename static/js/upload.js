// The upload form with scripts: drop zone, one request a file with progress, classes that can be searched.
// Without scripts the same form sends everything in one request.

import { isLarge, sendPieces } from "./resume.js";

const form = document.querySelector("form.upload");
const input = form.querySelector("#files");
const queue = form.querySelector("[data-queue]");
const total = form.querySelector("[data-total]");
const words = form.dataset;
/** @type {{file: File, row: HTMLElement, sent: number, done: boolean}[]} */
let waiting = [];

function size(bytes) {
  for (const unit of ["B", "KB", "MB"]) {
    if (bytes < 1024) return `${bytes.toFixed(unit === "B" ? 0 : 1)} ${unit}`;
    bytes /= 1024;
  }
  return `${bytes.toFixed(1)} GB`;
}

function span(seconds) {
  return seconds < 60 ? `${Math.ceil(seconds)} s` : `${Math.ceil(seconds / 60)} min`;
}

function make(tag, name, text = "") {
  const element = document.createElement(tag);
  element.className = name;
  element.textContent = text;
  return element;
}

function say(entry, text, tone = "") {
  const state = entry.row.querySelector(".state");
  state.textContent = text;
  state.className = `state ${tone && `state-${tone}`}`;
}

function refusal(file) {
  if (!file.size) return words.empty;
  return file.size > Number(words.limit) ? words.over : "";
}

/** Files of what was dropped, those inside of folders too. */
async function unfold(transfer) {
  const files = [];
  async function visit(entry) {
    if (entry.isFile) {
      files.push(await new Promise((done, fail) => { entry.file(done, fail); }));
      return;
    }
    const reader = entry.createReader();
    for (;;) { // a reader gives a folder in portions
      const portion = await new Promise((done, fail) => { reader.readEntries(done, fail); });
      if (!portion.length) return;
      for (const inner of portion) await visit(inner);
    }
  }
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean); // gone after the first wait
  if (!entries.length) return [...transfer.files];
  for (const entry of entries) await visit(entry);
  return files;
}

function add(files) {
  for (const file of files) {
    if (file.name.startsWith(".")) continue;
    const row = document.createElement("li");
    const remove = make("button", "", "×");
    remove.type = "button";
    remove.setAttribute("aria-label", words.remove.replace("{name}", file.name));
    row.append(make("span", "name", file.name), make("span", "hint", size(file.size)), remove, make("span", "state"));
    const entry = { file, row, sent: 0, done: false };
    remove.addEventListener("click", () => {
      waiting = waiting.filter((other) => other !== entry);
      row.remove();
      queue.hidden = !waiting.length;
      input.required = !waiting.length;
      input.focus();
    });
    queue.append(row);
    waiting.push(entry);
    if (refusal(file)) say(entry, refusal(file), "bad");
  }
  queue.hidden = !waiting.length;
  input.required = !waiting.length;
  input.value = "";
}

/** Sends the form with the files, or with the name of the upload in which the pieces of one lie. */
function send(entries, fields, progress, upload = null) {
  return new Promise((done) => {
    const body = new FormData();
    for (const [name, value] of fields) body.append(name, value);
    if (upload) body.append("upload", upload);
    else for (const { file } of entries) body.append("files", file, file.name);
    const request = new XMLHttpRequest();
    request.open("POST", form.action);
    request.setRequestHeader("Accept", "application/json");
    request.upload.addEventListener("progress", (event) => progress(event.loaded, event.total));
    request.addEventListener("loadend", () => {
      let answer = null;
      try { answer = JSON.parse(request.responseText); } catch { /* the connection broke off */ }
      done({ status: request.status, answer });
    });
    request.send(body);
  });
}

function meter(entries) {
  const began = performance.now();
  const bytes = entries.reduce((sum, entry) => sum + entry.file.size, 0);
  return () => {
    const sent = entries.reduce((sum, entry) => sum + entry.sent, 0);
    const rate = sent / Math.max(0.5, (performance.now() - began) / 1000);
    total.textContent = words.rate.replace("{done}", size(sent)).replace("{total}", size(bytes))
      .replace("{rate}", size(rate)).replace("{left}", span((bytes - sent) / Math.max(rate, 1)));
  };
}

async function sendLarge(entry, fields, progress) {
  const token = form.querySelector("[name=csrf_token]").value;
  const wait = (isWaiting) => say(entry, isWaiting ? words.resuming : "");
  const sent = await sendPieces(entry.file, words.pieces, token, (bytes) => progress(bytes, entry.file.size), wait);
  if (sent.refused) return sent.refused;
  let ended = await send([entry], fields, () => {}, sent.id);
  for (let pause = 1000; ended.status === 0 && pause < 60000; pause *= 2) { // asking again is answered alike
    wait(true);
    await new Promise((done) => { setTimeout(done, pause); });
    ended = await send([entry], fields, () => {}, sent.id);
  }
  if (ended.status === 201) sent.forget();
  return ended;
}

async function sendOne(entry, fields, show) {
  const bar = document.createElement("progress");
  bar.max = 1;
  bar.value = 0;
  bar.setAttribute("aria-label", entry.file.name);
  entry.row.append(bar);
  function progress(loaded, all) {
    bar.value = loaded / all;
    entry.sent = Math.min(loaded, entry.file.size);
    show();
  }
  const { status, answer } = isLarge(entry.file)
    ? await sendLarge(entry, fields, progress)
    : await send([entry], fields, progress);
  bar.remove();
  if (status === 201) {
    entry.done = true;
    entry.row.querySelector("button").remove();
    say(entry, words.sent, "ok");
  } else {
    say(entry, answer?.files?.[0]?.message || answer?.error?.message || words.lost, "bad");
  }
  return { status, answer };
}

/** Marks the fields that the server named, as the page without scripts would. Returns whether there were any. */
function mark(fields = {}) {
  for (const [name, message] of Object.entries(fields)) {
    const field = form.querySelector(`[name="${name}"]`)?.closest(".field");
    if (!field) continue;
    field.classList.add("field-wrong");
    const line = field.querySelector(".mistake") ?? field.insertBefore(make("p", "mistake"), field.querySelector("input, select, .picker"));
    line.id = `${name}-mistake`;
    line.textContent = message;
    const control = field.querySelector(".picker input") ?? field.querySelector(`[name="${name}"]`);
    control.setAttribute("aria-invalid", "true");
    control.setAttribute("aria-describedby", line.id);
  }
  form.querySelector("[aria-invalid]")?.focus();
  return Object.keys(fields).length > 0;
}

function unmark() {
  form.querySelectorAll(".field-wrong").forEach((field) => field.classList.remove("field-wrong"));
  form.querySelectorAll(".mistake").forEach((line) => line.remove());
  form.querySelectorAll("[aria-invalid]").forEach((control) => control.removeAttribute("aria-invalid"));
}

/** Sends everything in one request, as images that are the pages of one file must come. */
async function sendTogether(entries, show) {
  const all = entries.reduce((sum, entry) => sum + entry.file.size, 0);
  const fields = [...new FormData(form)].filter(([name]) => name !== "files");
  const { status, answer } = await send(entries, fields, (loaded, total) => {
    for (const entry of entries) entry.sent = entry.file.size * Math.min(1, loaded / Math.max(total, all));
    show();
  });
  entries.forEach((entry, place) => {
    entry.done = status === 201 && !answer.files[place].reason;
    if (entry.done) entry.row.querySelector("button").remove();
    const told = answer?.files?.[place]?.message || answer?.error?.message || words.lost;
    say(entry, entry.done ? words.sent : told, entry.done ? "ok" : "bad");
  });
  if (status !== 201) mark(answer?.error?.fields);
  return answer?.job ? answer : null;
}

async function sendAll(entries) {
  const show = meter(entries);
  if (form.elements.joined.checked) return sendTogether(entries, show);
  let begun = null;
  for (const entry of entries) {
    const fields = [...new FormData(form)].filter(([name]) => name !== "files");
    if (begun) fields.push(["job", begun.job]);
    if (begun && !form.elements.each.checked) fields.push(["item", begun.item]);
    const { answer } = await sendOne(entry, fields, show);
    if (answer?.job) begun ??= answer;
    else if (mark(answer?.error?.fields)) break;
  }
  return begun;
}

form.addEventListener("submit", async (event) => {
  const entries = waiting.filter((entry) => !entry.done && !refusal(entry.file));
  if (!waiting.length) return;
  event.preventDefault();
  const button = form.querySelector("[type=submit]");
  button.disabled = true;
  unmark();
  const begun = await sendAll(entries);
  button.disabled = false;
  const failed = waiting.filter((entry) => !entry.done).length;
  total.textContent = failed ? words.some.replace("{count}", failed) : words.allSent;
  if (!begun) return;
  const link = form.querySelector("[data-watch-link]");
  link.href = begun.watch;
  link.hidden = false;
  if (!failed) location.assign(begun.watch);
  else link.focus();
});

input.addEventListener("change", () => add([...input.files]));
const zone = form.querySelector("[data-drop]");
zone.querySelectorAll("[hidden]").forEach((part) => { part.hidden = false; });
zone.classList.add("drop-ready");
for (const name of ["dragenter", "dragover"]) {
  zone.addEventListener(name, (event) => { event.preventDefault(); zone.classList.add("drop-over"); });
}
for (const name of ["dragleave", "drop"]) zone.addEventListener(name, () => zone.classList.remove("drop-over"));
zone.addEventListener("drop", async (event) => {
  event.preventDefault();
  add(await unfold(event.dataTransfer));
});
const folder = zone.querySelector("#folder");
folder.addEventListener("change", () => { add([...folder.files]); folder.value = ""; });

import("./picker.js").then((part) => form.querySelectorAll("select[data-search]").forEach(part.attach));

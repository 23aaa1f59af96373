// Large files in pieces (tus 1.0.0): a broken connection goes on where it ended, also after the page was closed.

const PIECE = 8 * 1024 * 1024;
const PATIENCE = 12; // failures in a row, with ever longer pauses: about five minutes
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 30000;
const PROTOCOL = { "Tus-Resumable": "1.0.0", Accept: "application/json" };

/** Whether the file is worth the pieces. */
export function isLarge(file) {
  return file.size > PIECE;
}

/** Under what name this browser remembers the upload: a digest, because a file name may tell too much. */
async function memory(file) {
  if (!crypto.subtle) return null; // only where the browser trusts the connection
  const words = new TextEncoder().encode(`${file.name}\n${file.size}\n${file.lastModified}`);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", words));
  return `upload-${[...digest.slice(0, 12)].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

function call(method, address, headers, body = null, progress = () => {}) {
  return new Promise((done) => {
    const request = new XMLHttpRequest();
    request.open(method, address);
    for (const [name, value] of Object.entries({ ...PROTOCOL, ...headers })) request.setRequestHeader(name, value);
    request.upload.addEventListener("progress", (event) => progress(event.loaded));
    request.addEventListener("loadend", () => {
      let answer = null;
      try { answer = JSON.parse(request.responseText); } catch { /* no words */ }
      done({
        status: request.status,
        answer,
        place: request.status ? request.getResponseHeader("Location") : null,
        offset: request.status ? Number(request.getResponseHeader("Upload-Offset")) : 0,
      });
    });
    request.send(body);
  });
}

function metadata(name) {
  const bytes = new TextEncoder().encode(name);
  return `filename ${btoa(String.fromCharCode(...bytes))}`;
}

function isPassing(status) {
  return status === 0 || status === 409 || status >= 500;
}

/** Sends all pieces. `start` is where uploads are made, `token` that of the form, `show(bytes)` and `wait(isWaiting)`
 * tell how it goes. Returns the upload's id, or the answer that ended it. */
export async function sendPieces(file, start, token, show, wait) {
  const key = await memory(file);
  const csrf = { "X-CSRFToken": token };
  let place = key && localStorage.getItem(key);
  let offset = null; // unknown
  let failures = 0;
  for (;;) {
    let found;
    if (!place) found = await call("POST", start, { ...csrf, "Upload-Length": String(file.size), "Upload-Metadata": metadata(file.name) });
    else if (offset === null) found = await call("HEAD", place, {});
    else {
      const from = offset;
      const piece = file.slice(from, from + PIECE);
      const headers = { ...csrf, "Upload-Offset": String(from), "Content-Type": "application/offset+octet-stream" };
      found = await call("PATCH", place, headers, piece, (loaded) => show(Math.min(from + loaded, file.size)));
    }
    if (found.status >= 200 && found.status < 300) {
      failures = 0;
      wait(false);
      place = found.place ?? place;
      offset = found.offset;
      if (key) localStorage.setItem(key, place);
      show(offset);
      if (offset >= file.size) return { id: place.split("/").pop(), forget: () => key && localStorage.removeItem(key) };
    } else if (found.status === 404 && place) { // it expired, or belongs to somebody else who signed in here
      if (key) localStorage.removeItem(key);
      [place, offset] = [null, null];
    } else if (isPassing(found.status) && failures < PATIENCE) {
      offset = null;
      wait(true);
      const pause = Math.min(FIRST_PAUSE * 2 ** failures, LONGEST_PAUSE);
      failures += 1;
      await new Promise((done) => { setTimeout(done, pause * (0.5 + Math.random() / 2)); });
    } else return { refused: found };
  }
}

// Upload requests of the tus protocol (version 1.0, https://tus.io/protocols/resumable-upload). They use
// XMLHttpRequest, because it reports the progress of a request body.
import { logIn } from "./api.js";

const STALLED = 60_000; // ms without progress after which a connection counts as lost
const PROCESSING = 15 * 60_000; // ms for the answer once the server has all bytes: pictures wait for their turn there
const BYTES = { "Content-Type": "application/offset+octet-stream" };

function detailOf(text) {
  try {
    return JSON.parse(text).detail;
  } catch {
    return undefined;
  }
}

// Seconds of a Retry-After header, which is a number or a date.
const secondsOf = (wait) => Math.max(0, Number(wait) || (Date.parse(wait) - Date.now()) / 1000) || 0;

// Response of the server. `status` is 0 if there is none. `reason` is its reason to refuse the request. `keepsMetadata`
// tells whether the metadata of a complete picture could not be removed.
function answerOf(xhr) {
  const [offset, location, wait] = ["Upload-Offset", "Location", "Retry-After"].map((name) => xhr.getResponseHeader(name));
  return {
    status: xhr.status,
    offset: offset === null ? null : Number(offset),
    address: location && new URL(location, document.baseURI).pathname,
    retryAfter: secondsOf(wait),
    reason: detailOf(xhr.responseText),
    keepsMetadata: xhr.getResponseHeader("Picture-Metadata") === "kept",
  };
}

function request(method, address, { headers = {}, body = null, limit = STALLED, onProgress, signal } = {}) {
  const xhr = new XMLHttpRequest();
  const abort = () => xhr.abort();
  let timer = 0;
  const watch = (time) => (clearTimeout(timer), (timer = setTimeout(abort, time)));
  return new Promise((resolve) => {
    xhr.open(method, address);
    const all = { Accept: "application/json", "Tus-Resumable": "1.0.0", ...headers };
    for (const [name, value] of Object.entries(all)) xhr.setRequestHeader(name, value);
    xhr.upload.onprogress = ({ loaded, total }) => (watch(loaded < total ? STALLED : PROCESSING), onProgress?.(loaded));
    xhr.upload.onload = () => watch(PROCESSING);
    xhr.onloadend = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
      if (xhr.status === 401) logIn();
      resolve(answerOf(xhr));
    };
    signal?.addEventListener("abort", abort);
    watch(limit);
    xhr.send(body);
  });
}

const base64 = (text) => btoa(Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join(""));

/** Creates an upload. `body` is the whole file or null, `details` is metadata. The response has its `address`. */
export function createUpload({ name, size }, { details, body, onProgress, signal }) {
  const pairs = Object.entries({ filename: name || "file", ...details });
  const metadata = pairs.map(([key, value]) => `${key} ${base64(value)}`).join(",");
  const headers = { "Upload-Length": size, "Upload-Metadata": metadata, ...(body && BYTES) };
  return request("POST", "/uploads", { headers, body, onProgress, signal });
}

/** Sends the bytes from `offset` on. The response has the new `offset`. */
export const appendToUpload = (address, offset, { body, onProgress, signal }) =>
  request("PATCH", address, { headers: { ...BYTES, "Upload-Offset": offset }, body, onProgress, signal });

/** Asks how many bytes the server has, after it has processed them if it has all. The response has the `offset`. */
export const fetchOffset = (address, { hasAll, signal }) => request("HEAD", address, { limit: hasAll ? PROCESSING : STALLED, signal });

/** Sets the poster of a video, which is shown before it plays. */
export const putPoster = (address, poster, signal) => request("PUT", `${address}/poster`, { body: poster, signal });

/** Deletes an upload. If the request fails, the server deletes the upload when it expires. */
export const deleteUpload = (address) => request("DELETE", address);

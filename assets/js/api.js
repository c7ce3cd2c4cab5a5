// Requests to the server: the only module that calls fetch. An ended session redirects to the log-in page.

/** Opens the log-in page, which returns to this page. */
export function logIn() {
  const { pathname, search, hash } = location;
  location.assign(`/login?next=${encodeURIComponent(pathname + search + hash)}`);
}

/** Returns the response, or null if the server cannot be reached. */
async function request(address, options) {
  const response = await fetch(address, options).catch(() => null);
  if (response?.status === 401) logIn();
  return response;
}

/**
 * Sends JSON or a form.
 * @returns {Promise<{ ok: boolean, status: number, data?: any, error: string, retryAfter?: string }>}
 *   `status` is 0 if the server cannot be reached. `error` is a text for the user.
 */
export async function requestJson(method, address, body) {
  const type = "application/json";
  const isForm = body instanceof FormData;
  const headers = { Accept: type, ...(body && !isForm && { "Content-Type": type }) };
  const response = await request(address, { method, headers, body: isForm ? body : body && JSON.stringify(body) });
  const data = await response?.json().catch(() => null);
  if (!response) return { ok: false, status: 0, error: "You seem to be offline. Try again in a moment." };
  const { ok, status } = response;
  return { ok, status, data, error: data?.detail ?? "That didn’t work. Try again.", retryAfter: response.headers.get("Retry-After") };
}

async function textOf(response) {
  if (response?.redirected) logIn();
  return response?.ok && !response.redirected ? response.text().catch(() => null) : null;
}

/** Whether the server answers within a few seconds. */
export async function canReach() {
  const options = { headers: { Accept: "application/json" }, cache: "no-store", signal: AbortSignal.timeout?.(4000) };
  return Boolean((await fetch("/", options).catch(() => null))?.ok);
}

/** Fetches a fragment of HTML. Returns null on failure. */
export async function fetchFragment(address) {
  return textOf(await request(address, { headers: { "HX-Request": "true" } }));
}

/** Fetches a page as a document. Returns null on failure. */
export async function fetchPage(address) {
  const text = await textOf(await request(address));
  return text === null ? null : parseHtml(text);
}

/** Parses a page or a fragment without running anything in it. */
export const parseHtml = (text) => new DOMParser().parseFromString(text, "text/html");

/**
 * Makes an id that lets the server recognize a repeated message: a time-ordered UUID (version 7, RFC 9562), which keeps
 * new ids together in the server's index. `randomUUID` makes version 4, and is missing without HTTPS.
 */
export function newClientId() {
  const hex = (number, digits) => number.toString(16).padStart(digits, "0");
  const bytes = crypto.getRandomValues(new Uint8Array(10));
  bytes[0] = (bytes[0] & 0x0f) | 0x70;
  bytes[2] = (bytes[2] & 0x3f) | 0x80;
  const id = hex(Date.now(), 12) + Array.from(bytes, (byte) => hex(byte, 2)).join("");
  return id.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

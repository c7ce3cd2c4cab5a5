// What other scripts share to talk to the server: its JSON doors, and a notice for what did not work.
function sayNotice(words) {
  const notice = document.getElementById("notice").content.firstElementChild.cloneNode(true);
  notice.querySelector("span").textContent = words;
  document.getElementById("notices").append(notice);
}

// { ok, status, data, words }: "words" say what went wrong; the status is 0 when nothing was reached.
async function askServer(method, address, body) {
  const headers = { Accept: "application/json" };
  if (body) headers["Content-Type"] = "application/json";
  const sent = { method, headers, body: body && JSON.stringify(body) };
  const answer = await fetch(address, sent).catch(() => null);
  if (answer?.status === 401) location.assign("/login");
  const data = await answer?.json().catch(() => null);
  const words = data?.detail ?? (answer ? "The server did not do that." : "That did not reach the server. Try again in a moment.");
  return { ok: Boolean(answer?.ok), status: answer?.status ?? 0, data, words };
}

// What everybody sees comes back over the live connection; where there is none, it is fetched.
function showChange() {
  const isLive = document.getElementById("room").hasAttribute("hx-ws:connect");
  if (!isLive) location.reload();
  else if (document.getElementById("connection").dataset.mode === "polling") document.dispatchEvent(new CustomEvent("chat:posted"));
}

async function changeMessage(method, address, body) {
  const answer = await askServer(method, address, body);
  if (answer.ok) showChange();
  else sayNotice(answer.words);
  return answer;
}

// The address of a message, of its thread (".../thread"), of its pin and so on.
function addressOf(message, part = "") {
  return new URL(message.querySelector(".message__at").href).pathname + part;
}

// What a message says, in one line.
function excerptOf(message) {
  const words = message.querySelector(".message__body").textContent.trim().replace(/\s+/g, " ");
  return words.length > 140 ? `${words.slice(0, 139)}…` : words;
}

const keptIn = {
  get(key) {
    try {
      return JSON.parse(sessionStorage.getItem(key));
    } catch {
      return null;
    }
  },
  // Without storage it does not outlive the page.
  set(key, value) {
    try {
      if (value) sessionStorage.setItem(key, JSON.stringify(value));
      else sessionStorage.removeItem(key);
    } catch {}
  },
};

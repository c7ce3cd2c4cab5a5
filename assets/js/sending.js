// Hands what waits in the outbox to the server, in order: over the socket, or over HTTP while there is none.
// A message counts as delivered only when its own line has come back; until then every new connection gets it again.
(() => {
  const room = document.getElementById("room");
  const form = document.getElementById("composer");
  const line = document.getElementById("connection");
  const outbox = document.getElementById("outbox");
  if (!form) return;

  const BURST = 12; // below the 20 that the server takes at once
  const PACE = 250; // ms between the rest; the server takes 5 a second
  let socket = null;
  let left = BURST;
  let timer = 0;
  let posting = false;

  const next = () => outbox.querySelector(".pending:not([data-sent], [data-failed])");
  const valuesOf = ({ dataset: { client: client_id, replyTo: reply_to }, lastElementChild: { textContent: body } }) =>
    JSON.stringify({ body, client_id, reply_to });

  // What has waited for a connection goes out at a pace that the server accepts; what is written now goes at once.
  function sendAll() {
    clearTimeout(timer);
    for (let item = next(); item && socket?.readyState === WebSocket.OPEN; item = next()) {
      if ("again" in item.dataset && left-- <= 0) {
        left = 1;
        timer = setTimeout(sendAll, PACE);
        return;
      }
      socket.send(valuesOf(item));
      item.dataset.sent = "";
    }
  }

  function notice(item, words, retry) {
    const element = document.getElementById("notice").content.firstElementChild.cloneNode(true);
    element.dataset.client = item.dataset.client;
    if (retry) element.dataset.retry = retry;
    element.querySelector("span").textContent = words;
    document.getElementById("notices").append(element);
  }

  // True when the server has taken the message or refused it for good.
  async function post(item) {
    const answer = await fetch(form.action, {
      method: "POST",
      headers: { Accept: "application/json", "Content-Type": "application/json" },
      body: valuesOf(item),
    });
    if (answer.status === 401) location.assign("/login");
    if (answer.status === 401 || answer.status >= 500) return false;
    item.dataset.sent = "";
    if (!answer.ok) {
      const { detail } = await answer.json().catch(() => ({}));
      notice(item, detail ?? "The server did not take this message.", answer.headers.get("Retry-After"));
    }
    return true;
  }

  async function postAll() {
    if (posting) return;
    posting = true;
    try {
      for (let item = next(); item && line.dataset.mode === "polling"; item = next()) {
        if (!(await post(item))) break;
        document.dispatchEvent(new CustomEvent("chat:posted"));
      }
    } catch {
      // The next answer to a poll starts it again.
    }
    posting = false;
  }

  function send() {
    if (socket?.readyState === WebSocket.OPEN) sendAll();
    else if (line.dataset.mode === "polling") postAll();
  }

  room.addEventListener("htmx:ws:after:connection", ({ detail: { connection } }) => {
    socket = connection.socket;
    left = BURST;
    for (const item of outbox.children) {
      item.dataset.again = "";
      delete item.dataset.sent;
    }
    sendAll();
  });

  document.addEventListener("chat:send", send);
  document.addEventListener("chat:polling", send);
})();

// Delivery: sends the outbox to the server in order over the socket. If no socket can be opened, it posts over HTTP and
// polls for changes. A message counts as delivered only when it has come back from the server; until then, it is sent
// again over every new connection.
import { fetchFragment, requestJson } from "./api.js";
import { changeSaved, changesPolled, outboxChanged } from "./events.js";
import { valuesOf } from "./pending_message.js";
import { room } from "./room.js";
import { showNotice } from "./status.js";

const BURST = 12; // messages; fewer than the 20 that the server accepts at once
const PACE = 250; // ms between further messages; the server accepts 5 a second
const POLL_INTERVAL = 3000;
const { status } = room;
const outbox = document.getElementById("outbox");
let [sendTimer, pollTimer] = [0, 0];
let [isPosting, isFetching] = [false, false];
let [left, failures] = [BURST, 0];
let mostFailures = 3; // failed attempts before polling starts; more once a socket has been open
const next = () => outbox.querySelector(".pending:not([data-sent], [data-failed])");

// Messages that waited for a connection are sent as fast as the server accepts them, new ones at once.
function sendAll() {
  clearTimeout(sendTimer);
  for (let item = next(); item; item = next()) {
    const isRepeated = "again" in item.dataset;
    if (isRepeated && left <= 0) {
      left = 1;
      sendTimer = setTimeout(sendAll, PACE);
      return;
    }
    if (!room.send(valuesOf(item))) return;
    if (isRepeated) left -= 1;
    item.dataset.sent = "";
  }
}

// Returns whether the server has accepted the message or refused it permanently.
async function post(item) {
  const { ok, status: code, error, retryAfter } = await requestJson("POST", room.composer.action, valuesOf(item));
  if (!code || code === 401 || code >= 500) return false;
  item.dataset.sent = "";
  const retry = retryAfter && { retry: retryAfter };
  if (!ok) showNotice(error, { data: { client: item.dataset.client, ...retry } });
  return true;
}

async function postAll() {
  if (isPosting) return;
  isPosting = true;
  for (let item = next(); item && room.isPolling() && (await post(item)); item = next()) poll();
  isPosting = false; // the next poll starts it again
}

const deliver = () => (room.isPolling() ? postAll() : sendAll());

function showPolling() {
  if (room.isPolling()) return;
  status.dataset.mode = "polling";
  const textContent = "Live updates unavailable. Checking for messages every few seconds.";
  status.replaceChildren(Object.assign(document.createElement("span"), { textContent }));
}

function stopPolling() {
  delete status.dataset.mode;
  pollTimer = failures = 0;
}

async function poll() {
  if (isFetching || room.isConnected()) return;
  isFetching = true;
  clearTimeout(pollTimer);
  const serial = document.getElementById("sidebar").dataset.serial;
  const text = await fetchFragment(`${room.address}/messages?after=${room.list.dataset.rev}&list=${serial}`);
  const swap = { sourceElement: room.element, target: room.element, swap: "none", text };
  const isApplied = text !== null && (await htmx.swap(swap).then(() => true, () => false));
  if (!isApplied) stopPolling();
  else if (!room.isConnected()) {
    showPolling();
    pollTimer = setTimeout(poll, POLL_INTERVAL);
    changesPolled.emit();
  }
  isFetching = false;
}

if (room.isLive) {
  room.element.addEventListener("htmx:ws:after:connection", () => {
    clearTimeout(pollTimer);
    pollTimer = failures = 0;
    mostFailures = 8;
    left = BURST;
    for (const item of outbox.children) {
      item.dataset.again = "";
      delete item.dataset.sent;
    }
    sendAll();
  });
  room.element.addEventListener("htmx:ws:close", ({ detail: { code } }) => {
    if (code === null || code === 1008) return;
    failures += 1;
    if (!pollTimer && failures >= mostFailures) poll();
  });
  outboxChanged.on(deliver);
  changesPolled.on(deliver);
  changeSaved.on(() => room.isPolling() && poll());
}

// The outbox: messages on their way are shown below the list, survive a reload, and go when their own line arrives.
// The elements in #outbox are the state; the draft store mirrors them.
import { setReply } from "./composer.js";
import { messageQueued, messagesArrived, outboxChanged, removedFromRoom } from "./events.js";
import { copyOf, isOwn, onAdded, room } from "./room.js";
import { announceInput, drafts } from "./text_box.js";

const CONTINUES = 5 * 60_000; // ms within which the server puts a message into the run above it
const [outbox, bar] = ["outbox", "replying"].map((id) => document.getElementById(id));
const stored = `outbox:${room.address}`;
const find = (root, clientId) => root.querySelector(`[data-client="${CSS.escape(clientId)}"]`);
const bodyOf = (item) => item.querySelector(".pending__body");
const replyOf = ({ dataset: { replyTo: id, author, excerpt } }) => id && { id, author, excerpt };

function save() {
  const items = [...outbox.children];
  drafts.set(stored, items.map((item) => ({
    client_id: item.dataset.client, body: bodyOf(item).textContent, failed: item.dataset.failed, reply: replyOf(item),
  })));
}

// A guess at what the server will do, so that little moves when the message arrives.
function continuesRun() {
  if (outbox.lastElementChild) return true;
  const last = room.list.lastElementChild;
  return Boolean(last) && isOwn(last) && Date.now() - Date.parse(last.querySelector("time").dateTime) < CONTINUES;
}

function addQuote(item, { id, author, excerpt }) {
  const quote = item.querySelector(".quote");
  quote.hidden = false;
  quote.firstElementChild.textContent = author;
  quote.lastElementChild.textContent = excerpt;
  Object.assign(item.dataset, { replyTo: id, author, excerpt });
}

function add({ client_id, body, failed, reply }) {
  const item = copyOf("pending-message");
  item.dataset.client = client_id;
  item.classList.toggle("pending--continued", continuesRun());
  bodyOf(item).textContent = body;
  if (reply) addQuote(item, reply);
  if (failed) fail(item, failed);
  else if (!room.isConnected()) showState(item, "Waiting to send");
  outbox.append(item);
}

function showState(item, text, role) {
  const state = item.querySelector(".pending__state");
  state.firstElementChild.textContent = text;
  if (role) state.firstElementChild.setAttribute("role", role);
  state.querySelector("[data-action=retry]").hidden = !role;
}

function fail(item, reason) {
  item.dataset.failed = reason;
  showState(item, `Not sent. ${reason}`, "alert");
}

// The server refused a message: it goes back into an empty box, or waits for the user with the reason.
function refuse(notice) {
  const item = find(outbox, notice.dataset.client);
  if (!item) return;
  if (notice.dataset.retry && "again" in item.dataset) {
    notice.remove();
    delete item.dataset.sent;
    setTimeout(outboxChanged.emit, notice.dataset.retry * 1000);
  } else if (room.box.value.trim() === "") {
    room.box.value = bodyOf(item).textContent;
    item.remove();
    setReply(replyOf(item));
    announceInput(room.box);
  } else {
    fail(item, notice.textContent.trim());
  }
  save();
}

// The text of a message that waited goes back into an empty box.
function cancel(item) {
  item.remove();
  if (room.box.value.trim() !== "" || "failed" in item.dataset) return;
  room.box.value = bodyOf(item).textContent;
  setReply(replyOf(item));
  announceInput(room.box);
}

function onClick({ target }) {
  const item = target.closest(".pending");
  const action = target.closest("[data-action]")?.dataset.action;
  if (!action) return;
  if (action === "discard") cancel(item);
  for (const mark of ["failed", "sent"]) delete item.dataset[mark];
  showState(item, "Sending…");
  save();
  outboxChanged.emit();
  room.box.focus();
}

if (room.composer) {
  room.composer.addEventListener("htmx:ws:before:message:outgoing", (event) => {
    event.preventDefault();
    const { client_id, body, reply_to: id } = event.detail.message.values;
    add({ client_id, body, reply: id && { id, author: bar.dataset.author, excerpt: bar.dataset.excerpt } });
    save();
    messageQueued.emit();
    outboxChanged.emit();
  });
  outbox.addEventListener("click", onClick);
  removedFromRoom.on(() => [...outbox.children].forEach((item) => fail(item, "You’re no longer in this room.")));
  messagesArrived.on(({ all }) => {
    if (!outbox.firstElementChild) return;
    for (const message of all) find(outbox, message.dataset.client)?.remove();
    save();
  });
  onAdded(document.getElementById("notices"), (notice) => notice.dataset?.client && refuse(notice));

  for (const item of drafts.get(stored) ?? []) if (!find(room.list, item.client_id)) add(item);
  save();
}

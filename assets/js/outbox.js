// The outbox: unconfirmed messages, shown below the list. They survive a reload, and are removed when they arrive from
// the server. The elements in #outbox are the state; the draft store mirrors them.
import { attachedTo } from "./attached.js";
import { setReply } from "./composer.js";
import { filesReturned, messageQueued, messagesArrived, outboxChanged, removedFromRoom } from "./events.js";
import { loadOnUse } from "./on_use.js";
import { draftOf, makePending, showPending } from "./pending_message.js";
import { isOwn, onAdded, room } from "./room.js";
import { announceInput, drafts } from "./text_box.js";

const CONTINUES = 5 * 60_000; // ms within which the server adds a message to the run above it
const [outbox, bar] = ["outbox", "replying"].map((id) => document.getElementById(id));
const stored = `outbox:${room.address}`;
const find = (root, clientId) => root.querySelector(`[data-client="${CSS.escape(clientId)}"]`);
const save = () => drafts.set(stored, [...outbox.children].map(draftOf));

// Predicts the grouping by the server, so that little moves when the message arrives.
function continuesRun() {
  if (outbox.lastElementChild) return true;
  const last = room.list.lastElementChild;
  return Boolean(last) && isOwn(last) && Date.now() - Date.parse(last.querySelector("time").dateTime) < CONTINUES;
}

function add(message) {
  const item = makePending(message);
  item.classList.toggle("pending--continued", continuesRun());
  if (message.failed) fail(item, message.failed);
  else if (!room.isConnected()) showPending(item, "Waiting to send");
  outbox.append(item);
}

function fail(item, reason) {
  item.dataset.failed = reason;
  showPending(item, `Not sent. ${reason}`, "alert");
}

const isEmpty = () => room.box.value.trim() === "" && !attachedTo(room.composer).length;

// Puts the text, files and reply of a message back into the composer.
async function takeBack(item) {
  const { body, reply, files } = draftOf(item);
  item.remove();
  room.box.value = body;
  setReply(reply);
  announceInput(room.box);
  if (files.length && (await loadOnUse())) filesReturned.emit(files);
}

// Handles a message that the server refused: puts it back into an empty box, or shows the reason at the message.
function refuse(notice) {
  const item = find(outbox, notice.dataset.client);
  if (!item) return;
  if (notice.dataset.retry && "again" in item.dataset) {
    notice.remove();
    delete item.dataset.sent;
    setTimeout(outboxChanged.emit, notice.dataset.retry * 1000);
  } else if (isEmpty()) {
    takeBack(item);
  } else {
    fail(item, notice.textContent.trim());
  }
  save();
}

// Cancels a waiting message; it goes back into the composer if that is empty.
function cancel(item) {
  if (isEmpty() && !("failed" in item.dataset)) takeBack(item);
  else item.remove();
}

function onClick({ target }) {
  const item = target.closest(".pending");
  const action = target.closest("[data-action]")?.dataset.action;
  if (!action) return;
  if (action === "discard") cancel(item);
  for (const mark of ["failed", "sent"]) delete item.dataset[mark];
  showPending(item, "Sending…");
  save();
  outboxChanged.emit();
  room.box.focus();
}

if (room.composer) {
  room.composer.addEventListener("htmx:ws:before:message:outgoing", (event) => {
    event.preventDefault();
    const { client_id, body, reply_to: id } = event.detail.message.values;
    const reply = id && { id, author: bar.dataset.author, excerpt: bar.dataset.excerpt };
    add({ client_id, body, reply, files: attachedTo(room.composer) });
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

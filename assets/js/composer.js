// The composer: checks before sending, the character counter, the draft, and the reply bar.
import { newClientId } from "./api.js";
import { attachedTo } from "./attached.js";
import { actionChosen, messageQueued, messagesArrived, removedFromRoom } from "./events.js";
import { pushCloser, popCloser } from "./keys.js";
import { authorOf, excerptOf, idOf, isTouch, room } from "./room.js";
import { showNotice } from "./status.js";
import { announceInput, drafts, measure, prepare } from "./text_box.js";

const { box, composer } = room;
const [counter, bar, barText] = ["counter", "replying", "replying-text"].map((id) => document.getElementById(id));
const replyDraft = `reply:${room.address}`;

function showCount() {
  const { count, error } = measure(box.value);
  counter.textContent = count;
  counter.toggleAttribute("data-too-long", Boolean(error));
  if (!error) box.removeAttribute("aria-invalid");
}

function canSend() {
  if (room.isRemoved() || (box.value.trim() === "" && !attachedTo(composer).length)) return false;
  const { error } = measure(box.value.trim());
  if (!error) return true;
  showNotice(error, { replace: true });
  box.setAttribute("aria-invalid", "true");
  return false;
}

const cancelOnEscape = ({ target }) => target === box && !box.value && (setReply(null), true);

/** Sets the message that the next one replies to. @param {{ id, author, excerpt } | null} reply */
export function setReply(reply) {
  const make = (name, text = "") => Object.assign(document.createElement(name), { dir: "auto", textContent: text });
  const [author, excerpt] = [make("b", reply?.author), make("span", reply?.excerpt)];
  barText.replaceChildren(...(reply ? ["Replying to ", author, ": ", excerpt] : []));
  bar.hidden = !reply;
  Object.assign(composer.elements.reply_to, { disabled: !reply, value: reply?.id ?? "" });
  Object.assign(bar.dataset, { author: author.textContent, excerpt: excerpt.textContent });
  drafts.set(replyDraft, reply);
  if (reply) pushCloser(cancelOnEscape);
  else popCloser(cancelOnEscape);
}

function onRemoved() {
  const link = Object.assign(document.createElement("a"), { href: "/", textContent: "Back to your rooms" });
  const text = "You no longer have access to this room. Your draft is below so you can copy it. ";
  showNotice([text, link], { replace: true, data: { stays: "" } });
  if (!composer) return;
  box.readOnly = true;
  for (const control of composer.querySelectorAll(".composer__send, .composer__files")) control.disabled = true;
}

// Runs before htmx: a message that cannot be sent stays in the box.
function onSubmit(event) {
  if (event.target !== composer) return;
  // The input holds files only while the upload scripts are missing. The browser then sends them with the form.
  if (composer.elements.files.files.length) return void event.stopImmediatePropagation();
  composer.elements.client_id.value = newClientId();
  if (!("waits" in composer.dataset)) box.focus(); // a message that waited for uploads may be sent while the user is elsewhere
  if (canSend()) return;
  event.preventDefault();
  event.stopImmediatePropagation();
}

function start() {
  box.addEventListener("input", showCount);
  document.addEventListener("submit", onSubmit, true);
  messageQueued.on(() => {
    box.value = "";
    document.getElementById("notices").replaceChildren();
    announceInput(box);
    setReply(null);
  });
  const replyTo = (reply) => (setReply(reply), box.focus());
  actionChosen.on(({ action, message }) => {
    if (action === "reply") replyTo({ id: idOf(message), author: authorOf(message), excerpt: excerptOf(message) });
  });
  messagesArrived.on(() => {
    const { disabled, value } = composer.elements.reply_to;
    if (disabled || !document.getElementById(`message-${value}`)?.matches(".message--deleted")) return;
    setReply(null);
    showNotice("The message you were replying to was deleted. Your text is still here.", { replace: true });
  });
  bar.addEventListener("click", ({ target }) => target.closest("[data-action=cancel-reply]") && replyTo(null));
  // A tap on a button keeps the on-screen keyboard open.
  composer.addEventListener("pointerdown", (event) => event.target.closest("button") && event.preventDefault());

  const { content } = document.getElementById("box-tools");
  if (!navigator.mediaDevices) content.lastElementChild.remove(); // without HTTPS, browsers have no microphone
  const tools = content.cloneNode(true);
  composer.querySelector(".composer__send").before(tools);

  prepare(composer);
  if (drafts.get(replyDraft)) setReply(drafts.get(replyDraft));
  showCount();
  if (!isTouch) box.focus();
}

removedFromRoom.on(onRemoved);
if (composer) start();

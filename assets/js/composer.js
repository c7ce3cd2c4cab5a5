// The composer: which texts can be sent, the counter, the draft, and the bar that names the message replied to.
import { newClientId } from "./api.js";
import { actionChosen, messageQueued, removedFromRoom } from "./events.js";
import { pushCloser, popCloser } from "./keys.js";
import { authorOf, excerptOf, idOf, isTouch, room } from "./room.js";
import { showNotice } from "./status.js";
import { announceInput, drafts, fitHeight, isSubmitKey, measure, prepare, restoreDraft, saveDraft } from "./text_box.js";

const { box, composer } = room;
const notices = document.getElementById("notices");
const counter = document.getElementById("counter");
const bar = document.getElementById("replying");
const barText = document.getElementById("replying-words");
const replyDraft = `reply:${room.address}`;

function showCount() {
  const { count, error } = measure(box.value);
  counter.textContent = count;
  counter.toggleAttribute("data-over", Boolean(error));
  if (!error) box.removeAttribute("aria-invalid");
}

function canSend() {
  if (room.isRemoved() || box.value.trim() === "") return false;
  const { error } = measure(box.value.trim());
  if (!error) return true;
  showNotice(error, { replace: true });
  box.setAttribute("aria-invalid", "true");
  return false;
}

// The bar is the state: its data goes with the message.
const cancelOnEscape = ({ target }) => target === box && !box.value && (setReply(null), true);

/** Names the message that the next one replies to, or none. @param {{ id, author, excerpt } | null} reply */
export function setReply(reply) {
  const author = document.createElement("b");
  const excerpt = document.createElement("span");
  author.dir = excerpt.dir = "auto";
  author.textContent = reply?.author ?? "";
  excerpt.textContent = reply?.excerpt ?? "";
  barText.replaceChildren(...(reply ? ["Replying to ", author, ": ", excerpt] : []));
  bar.hidden = !reply;
  composer.elements.reply_to.disabled = !reply;
  composer.elements.reply_to.value = reply?.id ?? "";
  Object.assign(bar.dataset, { author: author.textContent, excerpt: excerpt.textContent });
  drafts.set(replyDraft, reply);
  if (reply) pushCloser(cancelOnEscape);
  else popCloser(cancelOnEscape);
}

function onRemoved() {
  const text = "You no longer have access to this room. Your draft is below so you can copy it.";
  const link = Object.assign(document.createElement("a"), { href: "/", textContent: "Back to your rooms" });
  showNotice([text, " ", link], { replace: true, data: { stays: "" } });
  if (!composer) return;
  box.readOnly = true;
  composer.querySelector(".composer__send").disabled = true;
}

function start() {
  box.addEventListener("keydown", (event) => {
    if (!isSubmitKey(event)) return;
    event.preventDefault();
    if (!event.repeat) composer.requestSubmit();
  });
  box.addEventListener("input", () => {
    fitHeight(box);
    showCount();
    saveDraft(composer);
  });

  // Before htmx hears of it: a message that cannot be sent stays in the box.
  document.addEventListener(
    "submit",
    (event) => {
      if (event.target !== composer) return;
      composer.elements.client_id.value = newClientId();
      box.focus();
      if (canSend()) return;
      event.preventDefault();
      event.stopImmediatePropagation();
    },
    true,
  );
  messageQueued.on(() => {
    box.value = "";
    notices.replaceChildren();
    announceInput(box);
    setReply(null);
  });
  actionChosen.on(({ action, message }) => {
    if (action !== "reply") return;
    setReply({ id: idOf(message), author: authorOf(message), excerpt: excerptOf(message) });
    box.focus();
  });
  bar.addEventListener("click", ({ target }) => {
    if (!target.closest("[data-do=cancel-reply]")) return;
    setReply(null);
    box.focus();
  });
  // A tap on the button leaves the keyboard open.
  composer.addEventListener("pointerdown", (event) => event.target.closest("button") && event.preventDefault());

  prepare(box);
  if (drafts.get(replyDraft)) setReply(drafts.get(replyDraft));
  if (restoreDraft(composer)) announceInput(box);
  showCount();
  if (!isTouch) box.focus();
}

removedFromRoom.on(onRemoved);
if (composer) start();

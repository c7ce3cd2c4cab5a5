// Incoming messages: drops those that are already on the page, and stores the newest rev. When a message is replaced,
// controls that scripts added ("data-preserve-on-swap") move into the new one, and the focus stays.
import { listReplaced, messagesArrived, repliesMissed } from "./events.js";
import { isOwn, messagesIn, placeControl, room } from "./room.js";

const { list } = room;
const revOf = (element) => Number(element.dataset.rev);

// The answer to a repeated send is out of order: earlier messages may still be missing here.
const isOutOfOrder = (task, message) =>
  task.swapSpec.style !== "beforeend" &&
  document.querySelector(`.pending[data-client="${CSS.escape(message.dataset.client)}"]`);

function removeWithDay(message) {
  if (message.previousElementSibling?.matches(".day")) message.previousElementSibling.remove();
  message.remove();
}

const replacesList = (task) => task.target === list && task.swapSpec.style === "innerHTML";

// Removes from a task what must not reach the page. Returns the messages that are new in the list.
function filter(task, isLive) {
  const added = [];
  const isReplaced = (known) => task.swapSpec.style === "innerHTML" && task.target?.contains(known);
  if (isLive && replacesList(task)) {
    // The rev may be lower if the server was restored from a backup.
    list.dataset.rev = Math.max(0, ...messagesIn(task.fragment).map(revOf));
    delete list.dataset.detached;
  }
  for (const message of messagesIn(task.fragment)) {
    const known = document.getElementById(message.id);
    if (isLive && revOf(message) > revOf(list) && !isOutOfOrder(task, message)) list.dataset.rev = message.dataset.rev;
    if (task.swapSpec.style === "outerHTML" && task.target === known) {
      if (known && revOf(known) > revOf(message)) task.target = null;
    } else if (known) {
      if (!isReplaced(known)) removeWithDay(message);
    } else if (task.target === list) {
      added.push(message);
    }
  }
  if (isLive && task.target === list && room.isDetached()) task.target = null;
  return added;
}

// Selector of the same element in the replacing message.
function selectorOf(element) {
  if (element.matches(".reaction")) return `.reaction[value="${CSS.escape(element.value)}"]`;
  if (element.matches(".files a")) return `.files [href="${CSS.escape(element.getAttribute("href"))}"]`;
  return element.classList.length ? `.${element.classList[0]}` : ".message__time";
}

function rememberFocus(element) {
  const id = element?.closest(".message")?.id;
  if (!id) return null;
  const selection = element.matches("textarea") && [element.selectionStart, element.selectionEnd, element.selectionDirection];
  return { element, id, selector: selectorOf(element), selection };
}

function restoreFocus({ element, id, selector, selection }) {
  const message = document.getElementById(id);
  const target = element.isConnected ? element : (message?.querySelector(selector) ?? message?.querySelector(".message__time"));
  target?.focus({ preventScroll: true });
  if (selection && target === element) element.setSelectionRange(...selection);
}

// Moves started audio or video into the message that replaces its own, so that it keeps playing.
function keepPlaying({ target, fragment }) {
  if (!target) return;
  for (const media of document.querySelectorAll(".message :is(audio, video)")) {
    if (media.paused && !media.currentTime) continue;
    const message = fragment.querySelector(`[id="${media.closest(".message").id}"]`);
    const next = message?.querySelector(`[src="${CSS.escape(media.getAttribute("src"))}"]`);
    if (!next) continue;
    const [player, replaced] = [media, next].map((element) => element.closest(".voice, .video") ?? element);
    replaced.id = player.id = `player-of-${message.id}-${[...message.querySelectorAll("audio, video")].indexOf(next)}`;
    replaced.setAttribute("hx-preserve", "");
  }
}

document.addEventListener("htmx:before:swap", ({ detail: { ctx, tasks } }) => {
  const isLive = ctx.sourceElement === room.element;
  const all = tasks.flatMap((task) => messagesIn(task.fragment));
  ctx.replacesList = isLive && tasks.some(replacesList);
  ctx.missed = ctx.replacesList || (isLive && tasks.some((task) => task.fragment.querySelector(".gap")));
  const others = tasks.flatMap((task) => filter(task, isLive)).filter((message) => !isOwn(message));
  if (isLive && all.length) ctx.arrived = { others, all };
  tasks.forEach(keepPlaying);
  const controls = document.querySelectorAll(".message [data-preserve-on-swap]");
  ctx.controls = [...controls].map((control) => ({ control, id: control.closest(".message").id }));
  ctx.focused = rememberFocus(document.activeElement);
});

document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  for (const { control, id } of ctx.controls ?? []) if (!control.isConnected) placeControl(control, document.getElementById(id));
  if (ctx.focused && document.activeElement === document.body) restoreFocus(ctx.focused);
  if (ctx.replacesList) listReplaced.emit();
  if (ctx.arrived) messagesArrived.emit(ctx.arrived);
  if (ctx.missed) repliesMissed.emit();
});

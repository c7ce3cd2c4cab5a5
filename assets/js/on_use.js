// Loads the scripts and styles that a page needs only once the user acts: on the first pointer move, touch or key
// press. An event that these scripts handle is held back, and dispatched again once they are loaded; files that were
// chosen meanwhile are attached then.
import { onUseFailed } from "./events.js";
import { isComposing, isModified } from "./keys.js";

const { onUse: script, onUseStyles: styles } = document.querySelector("script[data-on-use]").dataset;
const SIGNS = ["pointermove", "pointerdown", "keydown", "wheel", "dragenter", "change"];
const [loader, listening] = [new AbortController(), { capture: true, passive: false }];
let [loading, typedIn, attempts, isRepeating] = [null, null, 0, false];
const again = (element, type) => element.dispatchEvent(new Event(type, { bubbles: true }));

function addStyles() {
  const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href: styles });
  document.querySelector("link[rel=stylesheet]").after(link);
  return new Promise((resolve, reject) => Object.assign(link, { onload: resolve, onerror: () => (link.remove(), reject()) }));
}

async function loadAll() {
  try {
    await addStyles();
    // Browsers remember failed module addresses, so each attempt uses a different one.
    await import(attempts ? `${script}?${attempts}` : script);
  } catch {
    attempts += 1;
    loading = null;
    return false;
  }
  loader.abort();
  if (typedIn?.isConnected) again(typedIn, "input");
  for (const input of document.querySelectorAll("input[type=file]")) if (input.files.length) again(input, "change");
  return true;
}

/** Loads the scripts once. Returns whether they were loaded. */
export const loadOnUse = () => (loading ??= loadAll());

const isPlain = (event) => !isModified(event) && !isComposing(event);

// Whether the scripts handle an event, by type.
const answers = {
  click: (event) => isPlain(event) && event.target.closest("[data-action], [data-thread], .picture, #switcher-button, .message__author, .message__avatar, .add-reaction, :is(#room, #thread-panel) a[href*='/messages']"),
  submit: ({ target }) => target.matches("#thread-panel form:not(.reactions), #picker form"),
  keydown(event) {
    const { key, target } = event;
    const isCommand = event.ctrlKey || event.metaKey;
    if (isCommand && key.toLowerCase() === "k") return document.getElementById("switcher-button");
    if (isCommand && /^[bei]$/i.test(key)) return target.matches("textarea");
    if (event.altKey && /^Arrow(Up|Down)$/.test(key)) return document.getElementById("sidebar");
    const inComposer = target.matches("#composer textarea");
    if (key === "Tab" && event.shiftKey && inComposer) return document.getElementById("replying").hidden;
    if (!isPlain(event)) return false;
    if (key === "Enter" && target.id === "q") return target.form.id === "people-search";
    if (key === "?") return !target.matches("input, textarea, select");
    if (key === "ArrowUp") return inComposer && !target.value;
    return (key === "Enter" && target.matches("#thread-panel textarea")) || (key === "Tab" && target.id === "timeline");
  },
};

function sendAgain(event) {
  const { target, type } = event;
  if (!target.isConnected) return;
  isRepeating = true;
  if (type === "submit") target.requestSubmit(event.submitter);
  else target.dispatchEvent(new event.constructor(type, event));
  isRepeating = false;
}

async function hold(event) {
  if (isRepeating || event.defaultPrevented || !answers[event.type](event)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const isLoaded = await loadOnUse();
  if (!isLoaded) onUseFailed.emit();
  sendAgain(event); // without the scripts, links and forms still work
}

for (const sign of SIGNS) addEventListener(sign, loadOnUse, { once: true, passive: true, signal: loader.signal });
for (const type of Object.keys(answers)) document.addEventListener(type, hold, { ...listening, signal: loader.signal });
document.addEventListener("input", ({ target }) => (typedIn = target), { signal: loader.signal });

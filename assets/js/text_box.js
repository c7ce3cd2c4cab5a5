// Shared by the three boxes to write in (composer, thread, editor): drafts, height, the key that submits, the limit.
import { isComposing } from "./keys.js";
import { isTouch, room } from "./room.js";

const LIMIT = 10_000; // characters of a message, as the server counts them
const NEAR_LIMIT = 9_000;
const number = new Intl.NumberFormat("en");

/** Values that survive a reload, for this user in this tab. */
export const drafts = {
  get(name) {
    try {
      return JSON.parse(sessionStorage.getItem(`${room.userId}:${name}`));
    } catch {
      return null;
    }
  },
  /** Without storage, a value does not outlive the page. */
  set(name, value) {
    try {
      if (value) sessionStorage.setItem(`${room.userId}:${name}`, JSON.stringify(value));
      else sessionStorage.removeItem(`${room.userId}:${name}`);
    } catch {}
  },
};

/** Restores the text of a form whose box is empty, or saves the text that it has. Returns whether there is one. */
export function restoreDraft(form) {
  const box = form.elements.body;
  if (box.value) saveDraft(form);
  else box.value = drafts.get(form.getAttribute("action")) ?? "";
  return Boolean(box.value);
}

export function saveDraft(form) {
  drafts.set(form.getAttribute("action"), form.elements.body.value);
}

/** Prepares a box whose form scripts check and send. */
export function prepare(box) {
  box.form.noValidate = true;
  box.enterKeyHint = isTouch ? "enter" : "send";
  fitHeight(box);
}

/** Fits a box to its text, where the style sheet cannot. */
export function fitHeight(box) {
  if (CSS.supports("field-sizing", "content")) return;
  box.style.blockSize = "auto";
  box.style.blockSize = `${box.scrollHeight}px`;
}

/** Whether a key submits the text: Enter, except on a keyboard on the screen. */
export function isSubmitKey(event) {
  return event.key === "Enter" && !event.shiftKey && !event.altKey && !isTouch && !isComposing(event);
}

/** Tells scripts of a text that was not typed. */
export const announceInput = (box) => box.dispatchEvent(new Event("input", { bubbles: true }));

/** Measures a text against the limit. `error` is empty for a text that fits. */
export function measure(text) {
  const length = text.length <= NEAR_LIMIT ? text.length : [...text].length;
  const over = length - LIMIT;
  const characters = over === 1 ? "1 character" : `${number.format(over)} characters`;
  return {
    count: length > NEAR_LIMIT ? `${number.format(length)} / ${number.format(LIMIT)}` : "",
    error: over > 0 ? `This message is ${characters} too long (limit ${number.format(LIMIT)}). Shorten or split it.` : "",
  };
}

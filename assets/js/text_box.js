// Shared by the three message boxes (composer, thread, editor): drafts, height, the submit key, the length limit.
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
  /** Without storage, a value is lost when the page closes. */
  set(name, value) {
    try {
      if (value) sessionStorage.setItem(`${room.userId}:${name}`, JSON.stringify(value));
      else sessionStorage.removeItem(`${room.userId}:${name}`);
    } catch {}
  },
};

/** Prepares a form that posts messages: its box submits on Enter, saves a draft, and fits the text. */
export function prepare(form) {
  const box = form.elements.body;
  form.noValidate = true;
  box.enterKeyHint = isTouch ? "enter" : "send";
  if (!box.value) box.value = drafts.get(form.getAttribute("action")) ?? "";
  saveDraft(form);
  box.addEventListener("keydown", submitOnEnter);
  box.addEventListener("input", onInput);
}

/** Saves the text as a draft and fits the box to it. */
export function saveDraft(form) {
  drafts.set(form.getAttribute("action"), form.elements.body.value);
  fitHeight(form.elements.body);
}

const onInput = ({ target }) => saveDraft(target.form);

function submitOnEnter(event) {
  if (event.defaultPrevented || !isSubmitKey(event)) return;
  event.preventDefault();
  if (!event.repeat) event.target.form.requestSubmit();
}

/** Fits the height of a box to its text, in browsers where styles cannot. */
export function fitHeight(box) {
  if (CSS.supports("field-sizing", "content")) return;
  box.style.blockSize = "auto";
  box.style.blockSize = `${box.scrollHeight}px`;
}

/** Whether a key submits the text: Enter, except on touch devices. */
export function isSubmitKey(event) {
  return event.key === "Enter" && !event.shiftKey && !event.altKey && !isTouch && !isComposing(event);
}

/** Notifies other scripts of text that was not typed. */
export const announceInput = (box) => void box.dispatchEvent(new Event("input", { bubbles: true }));

/** Checks a text against the length limit. `error` is empty if it fits. */
export function measure(text) {
  const length = text.length <= NEAR_LIMIT ? text.length : [...text].length;
  const [limit, over] = [number.format(LIMIT), length - LIMIT];
  const characters = over === 1 ? "1 character" : `${number.format(over)} characters`;
  return {
    count: length > NEAR_LIMIT ? `${number.format(length)} / ${limit}` : "",
    error: over > 0 ? `This message is ${characters} too long (limit ${limit}). Shorten or split it.` : "",
  };
}

// The room that the page shows: its elements, its user and its socket. Only for pages with a room.

const [element, composer, status, list] = ["room", "composer", "connection", "messages"].map((id) => document.getElementById(id));
let socket = null;

element.addEventListener("htmx:ws:after:connection", ({ detail }) => (socket = detail.connection.socket));

export const room = {
  element,
  list,
  status,
  /** Form that posts a message. Null if the user cannot post. */
  composer,
  /** Its text box. */
  box: composer?.elements.body ?? null,
  /** Scroll area around the list, laid out from the bottom up: 0 is the bottom, positions above it are negative. */
  scroller: document.getElementById("timeline"),
  /** Container of the thread beside the room. */
  side: document.getElementById("thread-panel"),
  id: element.dataset.room,
  userId: element.dataset.user,
  address: `/rooms/${element.dataset.room}`,
  /** Whether the page follows the room, rather than showing an older part of its history. */
  isLive: element.hasAttribute("hx-ws:connect"),
  may: (right) => element.dataset.rights.split(" ").includes(right),
  /** Whether the user is no longer a member. */
  isRemoved: () => "removed" in element.dataset,
  isConnected: () => status.dataset.state === "open",
  isPolling: () => status.dataset.mode === "polling",
  /** Whether the newest messages are missing at the bottom of the list. */
  isDetached: () => "detached" in list.dataset,
  /** Whether a thread covers the room, as it does on narrow screens. */
  isCovered: () => !room.scroller.checkVisibility({ visibilityProperty: true }),
  /** Sends values over the socket. Returns false if it is not open. */
  send(values) {
    if (socket?.readyState !== WebSocket.OPEN) return false;
    socket.send(JSON.stringify(values));
    return true;
  },
};

/** Distance from the bottom, in pixels, within which the bottom counts as seen. */
export const NEAR_BOTTOM = 100;
/** Whether the device has a touchscreen and an on-screen keyboard. */
export const isTouch = matchMedia("(hover: none) and (pointer: coarse)").matches;
/** Copy of the content of a template element. */
export const copyOf = (template) => document.getElementById(template).content.firstElementChild.cloneNode(true);
/** Calls a function with each node that is added to an element. */
export const onAdded = (element, call) =>
  new MutationObserver((records) => records.flatMap((record) => [...record.addedNodes]).forEach(call)).observe(element, { childList: true });
/** Message around an element, in the list or in a thread. */
export const messageAround = (target) => target.closest?.("#messages .message, #thread-panel .message");
/** Messages inside an element, in order. */
export const messagesIn = (root) => [...root.querySelectorAll(".message")];
/** Puts a control at the end of a message, or the edit form before the text, which styles then hide. */
export const placeControl = (control, message) => message?.insertBefore(control, control.matches(".edit") ? message.querySelector(".message__body") : null);
export const idOf = (message) => Number(message.id.match(/\d+$/)[0]);
export const newestIn = (root) => messagesIn(root).at(-1);
export const isOwn = (message) => message.dataset.author === room.userId;
export const authorOf = (message) => message.querySelector(".message__author").textContent;
/** Address of a message, or of a part of it such as "/thread". */
export const addressOf = (message, part = "") => new URL(message.querySelector(".message__time").href).pathname + part;

/** Visible text of an element, with the names of custom emoji. */
export function shownText(element) {
  const pictures = [...element.querySelectorAll(".custom-emoji")];
  const names = pictures.map(({ alt }) => new Text(alt));
  pictures.forEach((picture, at) => picture.replaceWith(names[at]));
  const text = element.innerText || element.textContent;
  names.forEach((name, at) => name.replaceWith(pictures[at]));
  return text;
}

/** Start of a message's visible text on one line, or the descriptions and names of its files. */
export function excerptOf(message) {
  const body = message.querySelector(".message__body");
  const files = () => Array.from(message.querySelectorAll(".picture__image, .file__name"), (file) => file.alt ?? file.textContent).join(", ");
  const text = (shownText(body) || files()).trim().replace(/\s+/g, " ");
  return text.length > 140 ? `${text.slice(0, 139)}…` : text;
}

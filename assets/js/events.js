// Custom events of the page. Each is declared here with its payload, and emitted and listened to through its
// declaration.

/**
 * @template [T=void]
 * @typedef {{ emit: (payload?: T) => void, on: (listener: (payload: T) => void) => void }} Declared
 * @param {string} name
 * @returns {Declared}
 */
function declare(name) {
  const type = `chat:${name}`;
  return {
    emit: (payload) => void document.dispatchEvent(new CustomEvent(type, { detail: payload })),
    on: (listener) => document.addEventListener(type, ({ detail }) => listener(detail)),
  };
}

/**
 * Messages arrived over the connection. `others` are new in the room's list and by other users, `all` are all that
 * arrived.
 * @type {Declared<{ others: HTMLElement[], all: HTMLElement[] }>}
 */
export const messagesArrived = declare("messages-arrived");
/** The newest page has replaced the whole list. */
export const listReplaced = declare("list-replaced");
/** Replies in threads may be missing from the page. */
export const repliesMissed = declare("replies-missed");
/** The text of the composer has become a message in the outbox. */
export const messageQueued = declare("message-queued");
/**
 * The user chose, pasted or dropped files for the message of a form.
 * @type {Declared<{ form: HTMLFormElement, files: File[] }>}
 */
export const filesChosen = declare("files-chosen");
/** Files of an unsent message return to the composer. @type {Declared<object[]>} */
export const filesReturned = declare("files-returned");
/** The upload of a form's file changed its state, or the user removed the file. */
export const uploadChanged = declare("upload-changed");
/** A message in the outbox waits to be sent. */
export const outboxChanged = declare("outbox-changed");
/** A change was saved over HTTP. Other clients get it over their connections. */
export const changeSaved = declare("change-saved");
/** Changes were fetched over HTTP because no socket can be opened. */
export const changesPolled = declare("changes-polled");
/** The user is no longer a member of the room, or the room was deleted. */
export const removedFromRoom = declare("removed-from-room");

/**
 * The user chose an action for a message: in the toolbar, in the menu or by a long press. `anchor` is the button,
 * `emoji` the chosen reaction, `on` whether a toggle such as "Save" is already on, and `byKeyboard` whether a key was
 * used.
 * @type {Declared<{ action: string, message: HTMLElement, anchor?: HTMLElement, emoji?: string, on?: boolean, byKeyboard?: boolean }>}
 */
export const actionChosen = declare("action-chosen");
/** The scripts that an action needs could not be loaded. */
export const onUseFailed = declare("on-use-failed");
/** A message was added to the user's saved messages, or removed. @type {Declared<{ id: number, saved: boolean }>} */
export const savedChanged = declare("saved-changed");
/** The user marked the whole room as read. */
export const roomRead = declare("room-read");
/** The read position moved, here or in another window. */
export const readMoved = declare("read-moved");
/** A thread was opened beside the room, closed or loaded again. */
export const threadChanged = declare("thread-changed");
/** The server has accepted a reply of the user. */
export const replySent = declare("reply-sent");

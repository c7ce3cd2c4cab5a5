// A pending message: the element in the outbox that holds and shows it until it comes back from the server.
import { fieldsOf } from "./attached.js";
import { copyOf } from "./room.js";

const bodyOf = (item) => item.querySelector(".pending__body").textContent;
const replyOf = ({ dataset: { replyTo: id, author, excerpt } }) => id && { id, author, excerpt };
const filesOf = ({ dataset: { files } }) => (files ? JSON.parse(files) : []);

/** Values for the draft store. */
export const draftOf = (item) =>
  ({ client_id: item.dataset.client, body: bodyOf(item), failed: item.dataset.failed, reply: replyOf(item), files: filesOf(item) });

/** Values for the server. */
export const valuesOf = (item) =>
  ({ body: bodyOf(item), client_id: item.dataset.client, reply_to: item.dataset.replyTo, ...fieldsOf(filesOf(item)) });

function addQuote(item, { id, author, excerpt }) {
  const quote = item.querySelector(".quote");
  quote.hidden = false;
  quote.firstElementChild.textContent = author;
  quote.lastElementChild.textContent = excerpt;
  Object.assign(item.dataset, { replyTo: id, author, excerpt });
}

function addFiles(item, files) {
  const line = item.querySelector(".pending__files");
  line.hidden = false;
  const names = files.map(({ name }) => Object.assign(document.createElement("bdi"), { textContent: name }));
  line.lastElementChild.replaceChildren(...names.flatMap((name, at) => (at ? [", ", name] : [name])));
  item.dataset.files = JSON.stringify(files);
}

/** Makes the element from what `draftOf` returns. */
export function makePending({ client_id, body, reply, files = [] }) {
  const item = copyOf("pending-message");
  item.dataset.client = client_id;
  item.querySelector(".pending__body").textContent = body;
  if (reply) addQuote(item, reply);
  if (files.length) addFiles(item, files);
  return item;
}

/** Shows the state of a message. With a role, also the button to retry. */
export function showPending(item, text, role) {
  const state = item.querySelector(".pending__state");
  state.firstElementChild.textContent = text;
  if (role) state.firstElementChild.setAttribute("role", role);
  state.querySelector("[data-action=retry]").hidden = !role;
}

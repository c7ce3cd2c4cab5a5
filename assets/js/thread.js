// The open thread. Its replies stay scrolled to the bottom, load older ones, and reload when some were missed. Its box
// keeps the text until the server has accepted it.
import { fetchFragment, newClientId, parseHtml, requestJson } from "./api.js";
import { attachedTo, fieldsOf } from "./attached.js";
import { removePosted } from "./attachments.js";
import { addTools } from "./box_tools.js";
import { replySent, repliesMissed, threadChanged } from "./events.js";
import { loadMore } from "./history.js";
import { isModified } from "./keys.js";
import { NEAR_BOTTOM, room } from "./room.js";
import { showNotice } from "./status.js";
import { measure, prepare, saveDraft } from "./text_box.js";

const RELOADS = 3;
const ARRIVAL = 1000; // ms within which an accepted reply should arrive over the connection
const { side } = room;
const rootId = () => side.querySelector(".thread")?.dataset.root;
const scroller = () => side.querySelector(".thread__scroll");
const replies = () => side.querySelector(".thread__replies");
const form = () => side.querySelector(".thread__composer");
let [height, reloads] = [0, 0];

// Laid out from the bottom up like the room: 0 is the bottom. New replies below must not move the visible ones.
function holdPosition(records) {
  const area = scroller();
  const isBelow = records.some(({ addedNodes }) => [...addedNodes].includes(replies()?.lastElementChild));
  const growth = area ? area.scrollHeight - height : 0;
  if (isBelow) area.scrollTop = area.scrollTop > -NEAR_BOTTOM ? 0 : area.scrollTop - growth;
  height = area?.scrollHeight ?? 0;
}

const observer = new MutationObserver(holdPosition);
function addOlder(line, html) {
  const page = parseHtml(html);
  const isNew = (node) => !node.matches(".message") || !document.getElementById(node.id);
  replies().prepend(...[...page.querySelector(".thread__replies").children].filter(isNew));
  line.replaceWith(...page.querySelectorAll(".older"));
  scroller().focus({ preventScroll: true });
}

// Loads the replies again. The message box stays as it is.
async function reload() {
  const root = rootId();
  if (!root) return;
  const html = await fetchFragment(`${room.address}/messages/${root}/thread`);
  if (html === null || rootId() !== root) return;
  const column = parseHtml(html).querySelector(".thread__column");
  side.querySelector(".thread__column").replaceWith(column);
  htmx.process(column);
  threadChanged.emit();
}

// Reloads if the room has a newer rev: a reply that arrived while the thread was loading was not added to the page.
function onThreadChange() {
  height = scroller()?.scrollHeight ?? 0;
  if (replies()) observer.observe(replies(), { childList: true });
  const isLate = replies() && Number(replies().dataset.rev) < Number(room.list.dataset.rev);
  reloads = isLate && reloads < RELOADS ? reloads + 1 : 0;
  if (reloads) reload();
  if (!form()) return;
  prepare(form());
  addTools(form(), form().querySelector(".composer__send"));
}

// Text typed while the reply was being sent stays.
function onAccepted(from, text, files, id) {
  const box = from.elements.body;
  if (box.value.startsWith(text)) box.value = box.value.slice(text.length).trimStart();
  from.elements.client_id.value = newClientId();
  delete from.dataset.tried;
  removePosted(from, files);
  from.elements.also.checked = false;
  side.querySelector(".thread__notices")?.replaceChildren();
  saveDraft(from);
  scroller()?.scrollTo(0, 0);
  replySent.emit();
  setTimeout(() => document.getElementById(`message-${id}`) || reload(), ARRIVAL);
}

// The same text and files keep the same id, so a repeated send posts once. Any change gets a new id.
async function post(from) {
  const { body, client_id } = from.elements;
  const text = body.value;
  const { error: tooLong } = measure(text.trim());
  const into = side.querySelector(".thread__notices");
  const showError = (reason) => showNotice(reason, { into, replace: true }).scrollIntoView({ block: "nearest" });
  const files = attachedTo(from);
  if (text.trim() === "" && !files.length) return;
  if (tooLong) return showError(tooLong);
  const content = JSON.stringify([text, files]);
  if ((from.dataset.tried ?? content) !== content) client_id.value = newClientId();
  from.dataset.tried = content;
  const values = { body: text, client_id: client_id.value, also: from.elements.also.checked, ...fieldsOf(files) };
  const { ok, status, data, error } = await requestJson("POST", from.action, values);
  if (ok) onAccepted(from, text, files, data?.id);
  else if (status !== 401) showError(status ? error : "Not sent – can’t reach the server. Your text is still here.");
}

// A submit while a reply is being sent sends the rest of the box afterwards.
async function send(from) {
  if (from.ariaBusy === "true") return (from.dataset.again = "");
  from.ariaBusy = "true";
  await post(from);
  from.ariaBusy = null;
  const { again, tried } = from.dataset;
  delete from.dataset.again;
  if (again === "" && tried === undefined) send(from);
}

side.addEventListener("click", (event) => {
  const line = event.target.closest(".older a")?.parentElement;
  if (!line || isModified(event)) return;
  event.preventDefault();
  loadMore(line, (html) => addOlder(line, html));
});
side.addEventListener("submit", (event) => event.target === form() && (event.preventDefault(), send(form())));
threadChanged.on(onThreadChange);
repliesMissed.on(reload);
onThreadChange();

// Replying to a message: a bar above the box says to which, a hidden field goes with what is sent.
// "chat:reply" with { id, author, excerpt } sets it; it is kept over a reload, as what is half written.
// What a message on its way replies to stands in its element: { id, author, excerpt }.
function replyOf({ dataset: { replyTo: id, author, excerpt } }) {
  return id && { id, author, excerpt };
}

function putQuote(item, { id, author, excerpt }) {
  const line = item.querySelector(".quote");
  line.hidden = false;
  line.firstElementChild.textContent = author;
  line.lastElementChild.textContent = excerpt;
  Object.assign(item.dataset, { replyTo: id, author, excerpt });
}

(() => {
  const room = document.getElementById("room");
  const form = document.getElementById("composer");
  const bar = document.getElementById("replying");
  if (!bar) return;

  const box = form.elements.body;
  const field = form.elements.reply_to;
  const words = document.getElementById("replying-words");
  const key = `reply:${room.dataset.user}:${room.dataset.room}`;

  function set(reply) {
    const name = document.createElement("b");
    const said = document.createElement("span");
    name.dir = said.dir = "auto";
    name.textContent = reply?.author ?? "";
    said.textContent = reply?.excerpt ?? "";
    words.replaceChildren(...(reply ? ["Replying to ", name, ": ", said] : []));
    bar.hidden = !reply;
    field.disabled = !reply;
    field.value = reply?.id ?? "";
    Object.assign(bar.dataset, { author: name.textContent, excerpt: said.textContent });
    keptIn.set(key, reply);
  }

  document.addEventListener("chat:reply", ({ detail }) => set(detail));

  document.addEventListener("chat:do", ({ detail: { what, message } }) => {
    if (what !== "reply") return;
    const author = message.querySelector(".message__author").textContent;
    set({ id: Number(message.id.slice(8)), author, excerpt: excerptOf(message) });
    box.focus();
  });

  bar.addEventListener("click", ({ target }) => {
    if (!target.closest("[data-do=cancel-reply]")) return;
    set(null);
    box.focus();
  });

  box.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented || event.isComposing || box.value || bar.hidden) return;
    event.preventDefault();
    set(null);
  });

  document.addEventListener("chat:accepted", () => set(null));

  const kept = keptIn.get(key);
  if (kept) set(kept);
})();

// Messages on their way: shown at once under the list, kept over a reload, gone when their own line arrives.
// The elements in #outbox are the state; sessionStorage mirrors them. Says "chat:accepted" and "chat:send".
(() => {
  const room = document.getElementById("room");
  const form = document.getElementById("composer");
  const list = document.getElementById("messages");
  const outbox = document.getElementById("outbox");
  const notices = document.getElementById("notices");
  const box = form?.elements.body;
  if (!form) return;

  const bar = document.getElementById("replying");
  const key = `outbox:${room.dataset.user}:${room.dataset.room}`;
  const tell = (name, detail) => document.dispatchEvent(new CustomEvent(name, { detail }));
  const find = (root, id) => root.querySelector(`[data-client="${CSS.escape(id)}"]`);
  const bodyOf = (item) => item.querySelector(".pending__body");

  function save() {
    const items = [...outbox.children].map((item) => ({
      client_id: item.dataset.client,
      body: bodyOf(item).textContent,
      failed: item.dataset.failed,
      reply: replyOf(item),
    }));
    keptIn.set(key, items);
  }

  // Will the server put this message into the run above it? A guess, so that little moves when it settles.
  function goesOn() {
    if (outbox.lastElementChild) return true;
    const last = list.lastElementChild;
    if (last?.dataset.author !== room.dataset.user) return false;
    return Date.now() - Date.parse(last.querySelector("time").dateTime) < 5 * 60_000;
  }

  function add({ client_id, body, failed, reply }) {
    const item = document.getElementById("pending-message").content.firstElementChild.cloneNode(true);
    item.dataset.client = client_id;
    item.classList.toggle("pending--continued", goesOn());
    bodyOf(item).textContent = body;
    if (reply) putQuote(item, reply);
    outbox.append(item);
    if (failed) fail(item, failed);
  }

  function mark(item, words, role) {
    const state = item.querySelector(".pending__state");
    state.firstElementChild.textContent = words;
    if (role) state.firstElementChild.setAttribute("role", role);
    for (const button of state.querySelectorAll("button")) button.hidden = !role;
  }

  function fail(item, reason) {
    item.dataset.failed = reason;
    mark(item, `Not sent. ${reason}`, "alert");
  }

  function refuse(notice) {
    const item = find(outbox, notice.dataset.client);
    if (!item) return;
    if (notice.dataset.retry && "again" in item.dataset) {
      notice.remove();
      setTimeout(tell, notice.dataset.retry * 1000, "chat:send");
      delete item.dataset.sent;
    } else if (box.value.trim() === "") {
      box.value = bodyOf(item).textContent;
      item.remove();
      tell("chat:reply", replyOf(item));
      box.dispatchEvent(new Event("input", { bubbles: true }));
    } else {
      fail(item, notice.textContent.trim());
    }
    save();
  }

  form.addEventListener("htmx:ws:before:message:outgoing", (event) => {
    event.preventDefault();
    const { client_id, body, reply_to: id } = event.detail.message.values;
    add({ client_id, body, reply: id && { id, author: bar.dataset.author, excerpt: bar.dataset.excerpt } });
    save();
    tell("chat:accepted");
    tell("chat:send");
  });

  outbox.addEventListener("click", ({ target }) => {
    const item = target.closest(".pending");
    const wanted = target.closest("[data-do]")?.dataset.do;
    if (!wanted) return;
    if (wanted === "discard") item.remove();
    else {
      delete item.dataset.failed;
      delete item.dataset.sent;
      mark(item, "Sending…");
    }
    save();
    tell("chat:send");
    box.focus();
  });

  document.addEventListener("chat:outside", () => [...outbox.children].forEach((item) => fail(item, "You are out of this room.")));

  document.addEventListener("chat:arrived", ({ detail }) => {
    if (!outbox.firstElementChild) return;
    for (const message of detail.all) find(outbox, message.dataset.client)?.remove();
    save();
  });

  new MutationObserver((records) => {
    for (const notice of records.flatMap((record) => [...record.addedNodes])) {
      if (notice.dataset?.client) refuse(notice);
    }
  }).observe(notices, { childList: true });

  for (const item of keptIn.get(key) ?? []) if (!find(list, item.client_id)) add(item);
  save();
})();

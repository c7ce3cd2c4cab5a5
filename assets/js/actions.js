// What can be done with a message: a button that goes to the message under the pointer, or is moved with the arrow keys.
(() => {
  const room = document.getElementById("room");
  const list = document.getElementById("messages");
  const template = document.getElementById("message-actions");
  if (!template) return;

  const actions = template.content.firstElementChild.cloneNode(true);
  const button = actions.querySelector("[data-do=unread]");
  const messages = () => [...list.querySelectorAll(".message")];
  const current = () => actions.closest(".message");
  const isUsed = () => actions.contains(document.activeElement);

  function show(message) {
    if (message && message !== current()) message.append(actions);
  }

  async function markUnread() {
    const id = Number(current().id.slice(8));
    const answer = await fetch(`/rooms/${room.dataset.room}/read`, {
      method: "PUT",
      headers: { Accept: "application/json", "Content-Type": "application/json" },
      body: JSON.stringify({ unread_from: id }),
    }).catch(() => null);
    if (answer?.ok) return document.dispatchEvent(new CustomEvent("chat:marked-unread", { detail: id }));
    const notice = document.getElementById("notice").content.firstElementChild.cloneNode(true);
    const { detail } = (await answer?.json().catch(() => null)) ?? {};
    notice.querySelector("span").textContent = detail ?? "That did not reach the server. Try again in a moment.";
    document.getElementById("notices").append(notice);
  }

  list.addEventListener("pointerover", ({ target }) => {
    if (!isUsed()) show(target.closest(".message"));
  });

  list.addEventListener("click", ({ target }) => {
    if (target.closest("[data-do=unread]")) markUnread();
    else if (target.closest(".message__body")) show(target.closest(".message"));
  });

  actions.addEventListener("keydown", (event) => {
    const way = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!way) return;
    event.preventDefault();
    const all = messages();
    const next = all[all.indexOf(current()) + way];
    if (!next) return;
    next.append(actions);
    button.focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
  });

  // With the Tab key one comes to the newest message.
  document.getElementById("timeline").addEventListener("focus", () => show(messages().at(-1)));
})();

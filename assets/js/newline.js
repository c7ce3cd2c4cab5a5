// The line "New since …" above the first message of others that the reader had not read when they came.
(() => {
  const room = document.getElementById("room");
  const list = document.getElementById("messages");
  const template = document.getElementById("new-line");
  if (!template) return;

  const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
  const date = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
  const idOf = (message) => Number(message.id.slice(8));
  let boundary = Number(list.dataset.read);

  const firstNew = () =>
    [...list.querySelectorAll(".message")].find(
      (message) => idOf(message) > boundary && message.dataset.author !== room.dataset.user,
    );

  function words() {
    const message = document.getElementById(`message-${boundary}`);
    const iso = message?.querySelector("time").dateTime;
    if (!iso) return "New";
    const at = new Date(iso);
    const today = at.toDateString() === new Date().toDateString();
    return `New since ${(today ? clock : date).format(at)}`;
  }

  function place() {
    const message = firstNew();
    const line = list.querySelector(".new");
    if (!message) return line?.remove();
    const before = message.previousElementSibling;
    const target = before?.matches(".day") ? before : message;
    if (line && line.nextElementSibling === target) return;
    const fresh = line ?? template.content.firstElementChild.cloneNode(true);
    fresh.firstElementChild.textContent = words();
    target.before(fresh);
  }

  function move() {
    boundary = Number(list.dataset.read);
    place();
  }

  // Whoever had read everything when they turned away finds the line where they stopped.
  document.addEventListener("visibilitychange", () => {
    const newest = [...list.querySelectorAll(".message")].at(-1);
    if (document.hidden && newest && idOf(newest) <= Number(list.dataset.read)) move();
  });

  document.addEventListener("chat:caught-up", move);
  // Reading on in another tab leaves the line where it is; marking unread moves it.
  document.addEventListener("chat:read-moved", () => {
    if (Number(list.dataset.read) < boundary || !list.querySelector(".new")) move();
  });
  new MutationObserver(place).observe(list, { childList: true });
  place();
})();

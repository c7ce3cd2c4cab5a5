// What can be done with a message, and doing it. The toolbar, the menu and keys say "chat:do" with { what, message, … }.
function allowedOn(message) {
  const room = document.getElementById("room");
  const may = room.dataset.may.split(" ");
  const isOwn = message.dataset.author === room.dataset.user;
  const isGone = message.matches(".message--gone");
  const inRoom = message.closest("#messages") !== null;
  const mayPost = may.includes("post") && !("outside" in room.dataset);
  const all = {
    react: mayPost && !isGone,
    reply: mayPost && !isGone && inRoom && document.getElementById("composer") !== null,
    thread: inRoom && (message.querySelector(".message__thread") !== null || (mayPost && !isGone)),
    edit: mayPost && !isGone && isOwn,
    menu: true,
    "copy-text": !isGone,
    "copy-link": true,
    save: !isGone,
    pin: !isGone && may.includes("pin"),
    unread: inRoom && room.hasAttribute("hx-ws:connect"),
    edits: message.querySelector(".message__edited") !== null,
    delete: !isGone && (isOwn || may.includes("moderate")),
  };
  return new Set(Object.keys(all).filter((what) => all[what]));
}

(() => {
  const room = document.getElementById("room");
  const dialog = document.getElementById("delete-dialog");
  if (!dialog) return;

  const numberOf = (message) => Number(message.id.match(/\d+$/)[0]);

  const say = (words) => document.dispatchEvent(new CustomEvent("chat:say", { detail: words }));

  // On plain-HTTP addresses there is no clipboard but that of a selection.
  function copySelected(text) {
    const box = document.createElement("textarea");
    const focused = document.activeElement;
    box.value = text;
    box.className = "hidden";
    document.body.append(box);
    box.select();
    const copied = document.execCommand("copy");
    box.remove();
    focused?.focus({ preventScroll: true });
    return copied;
  }

  async function copy(text, words) {
    const copied = await navigator.clipboard?.writeText(text).then(() => true, () => false);
    if (copied || copySelected(text)) say(words);
    else sayNotice(`This browser does not let the page copy. Here it is: ${text}`);
  }

  async function markUnread(message) {
    const id = numberOf(message);
    const { ok, words } = await askServer("PUT", `/rooms/${room.dataset.room}/read`, { unread_from: id });
    if (ok) document.dispatchEvent(new CustomEvent("chat:marked-unread", { detail: id }));
    else sayNotice(words);
  }

  async function save(message, isSaved) {
    const { ok, words } = await askServer(isSaved ? "DELETE" : "PUT", addressOf(message, "/saved"));
    if (!ok) return sayNotice(words);
    document.dispatchEvent(new CustomEvent("chat:saved", { detail: { id: numberOf(message), saved: !isSaved } }));
    say(isSaved ? "No longer saved" : "Saved");
  }

  function askToDelete(message) {
    document.getElementById("delete-text").textContent = excerptOf(message);
    dialog.returnValue = "";
    dialog.dataset.message = addressOf(message);
    dialog.showModal();
  }

  dialog.addEventListener("close", () => {
    if (dialog.returnValue === "delete") changeMessage("DELETE", dialog.dataset.message);
  });

  dialog.addEventListener("click", ({ target }) => target === dialog && dialog.close());

  const deeds = {
    "copy-text": (message) => copy(message.querySelector(".message__body").innerText, "Copied"),
    "copy-link": (message) => copy(message.querySelector(".message__at").href, "Link copied"),
    save: (message, { on }) => save(message, on),
    pin: (message, { on }) => changeMessage(on ? "DELETE" : "PUT", addressOf(message, "/pin")),
    unread: markUnread,
    delete: askToDelete,
  };

  document.addEventListener("chat:do", ({ detail }) => deeds[detail.what]?.(detail.message, detail));
})();

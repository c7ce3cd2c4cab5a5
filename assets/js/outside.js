// The reader was put out, or the room was deleted: what they wrote stays here, and nothing more is sent.
(() => {
  const room = document.getElementById("room");
  const form = document.getElementById("composer");
  if (!document.getElementById("notices")) return;

  document.addEventListener("chat:outside", () => {
    const notice = document.getElementById("notice").content.firstElementChild.cloneNode(true);
    const words = "You are no longer in this room, or it is gone. What you wrote is still here, to copy.";
    const way = document.createElement("a");
    way.href = "/";
    way.textContent = "To your rooms";
    notice.dataset.stays = "";
    notice.querySelector("span").append(words, " ", way);
    document.getElementById("notices").replaceChildren(notice);
    if (!form) return;
    form.elements.body.readOnly = true;
    form.querySelector(".composer__send").disabled = true;
  });

  // Before anybody else hears of it.
  document.addEventListener(
    "submit",
    (event) => {
      if (!form || event.target !== form || !("outside" in room.dataset)) return;
      event.preventDefault();
      event.stopImmediatePropagation();
    },
    true,
  );
})();

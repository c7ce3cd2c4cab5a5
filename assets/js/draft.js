// Keeps what is half written over a reload, for this person, room and tab.
(() => {
  const room = document.getElementById("room");
  const box = document.getElementById("composer")?.elements.body;
  if (!box) return;
  const key = `draft:${room.dataset.user}:${room.dataset.room}`;

  function keep() {
    try {
      if (box.value) sessionStorage.setItem(key, box.value);
      else sessionStorage.removeItem(key);
    } catch {
      // Without storage a draft does not outlive the page.
    }
  }

  function find() {
    try {
      return sessionStorage.getItem(key) ?? "";
    } catch {
      return "";
    }
  }

  box.addEventListener("input", keep);

  if (box.value) keep();
  else box.value = find();
  if (box.value) box.dispatchEvent(new Event("input", { bubbles: true }));
})();

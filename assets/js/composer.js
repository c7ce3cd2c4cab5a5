// The box to write in: which key sends, what may be sent, how long it may be.
(() => {
  const form = document.getElementById("composer");
  if (!form) return;
  const box = form.elements.body;
  const counter = document.getElementById("counter");
  const notices = document.getElementById("notices");

  const onTouch = matchMedia("(hover: none) and (pointer: coarse)").matches;

  // A UUID in the order of time (RFC 9562, version 7): ids that come together lie together in the
  // server's index. randomUUID makes none, and is missing on plain-HTTP addresses.
  function freshId() {
    const hex = (number, digits) => number.toString(16).padStart(digits, "0");
    const bytes = crypto.getRandomValues(new Uint8Array(10));
    bytes[0] = (bytes[0] & 0x0f) | 0x70;
    bytes[2] = (bytes[2] & 0x3f) | 0x80;
    const id = hex(Date.now(), 12) + Array.from(bytes, (byte) => hex(byte, 2)).join("");
    return id.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
  }

  function showLength() {
    const { near, over, count } = lengthOf(box.value);
    counter.textContent = near ? count : "";
    counter.toggleAttribute("data-over", over);
    if (!over) box.removeAttribute("aria-invalid");
  }

  function grow() {
    if (CSS.supports("field-sizing", "content")) return;
    box.style.blockSize = "auto";
    box.style.blockSize = `${box.scrollHeight}px`;
  }

  function complain(words) {
    const notice = document.getElementById("notice").content.firstElementChild.cloneNode(true);
    notice.querySelector("span").textContent = words;
    notices.replaceChildren(notice);
    box.setAttribute("aria-invalid", "true");
  }

  function mayGo() {
    if (box.value.trim() === "") return false;
    const { over, words } = lengthOf(box.value.trim());
    if (over) complain(words);
    return !over;
  }

  box.addEventListener("keydown", (event) => {
    const composing = event.isComposing || event.keyCode === 229;
    if (event.key !== "Enter" || event.shiftKey || event.altKey || composing || onTouch) return;
    event.preventDefault();
    if (!event.repeat) form.requestSubmit();
  });

  box.addEventListener("input", () => {
    grow();
    showLength();
  });

  // Before anybody else hears of it: a message that cannot go stays in the box.
  document.addEventListener(
    "submit",
    (event) => {
      if (event.target !== form) return;
      form.elements.client_id.value = freshId();
      box.focus();
      if (mayGo()) return;
      event.preventDefault();
      event.stopImmediatePropagation();
    },
    true,
  );

  document.addEventListener("chat:accepted", () => {
    box.value = "";
    notices.replaceChildren();
    box.dispatchEvent(new Event("input", { bubbles: true }));
  });

  // A tap on the button must not close the keyboard.
  form.addEventListener("pointerdown", (event) => {
    if (event.target.closest("button")) event.preventDefault();
  });

  form.noValidate = true;
  box.enterKeyHint = onTouch ? "enter" : "send";
  grow();
  showLength();
  if (!onTouch) box.focus();
})();

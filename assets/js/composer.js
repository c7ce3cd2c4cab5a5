// The box to write in: which key sends, what may be sent, how long it may be.
(() => {
  const form = document.getElementById("composer");
  if (!form) return;
  const box = form.elements.body;
  const counter = document.getElementById("counter");
  const notices = document.getElementById("notices");

  const LIMIT = 10_000;
  const NEAR = 9_000;
  const onTouch = matchMedia("(hover: none) and (pointer: coarse)").matches;
  const number = new Intl.NumberFormat("en");

  const lengthOf = (text) => (text.length <= NEAR ? text.length : [...text].length);

  // randomUUID is missing on plain-HTTP addresses other than localhost.
  function freshId() {
    if (crypto.randomUUID) return crypto.randomUUID();
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
  }

  function showLength() {
    const length = lengthOf(box.value);
    counter.textContent = length > NEAR ? `${number.format(length)} / ${number.format(LIMIT)}` : "";
    counter.toggleAttribute("data-over", length > LIMIT);
    if (length <= LIMIT) box.removeAttribute("aria-invalid");
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
    const length = lengthOf(box.value.trim());
    if (length <= LIMIT) return true;
    complain(`A message can have ${number.format(LIMIT)} characters; this one has ${number.format(length)}. Shorten it, or send it in parts.`);
    return false;
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

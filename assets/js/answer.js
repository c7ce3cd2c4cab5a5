// The box of a thread: which key sends, and that a text stays in it until the server has it.
(() => {
  const room = document.getElementById("room");
  const side = document.getElementById("side");
  if (!side) return;

  const LIMIT = 10_000;
  const PATIENCE = 1000; // after that, an answer that the server took should have come back by itself
  const onTouch = matchMedia("(hover: none) and (pointer: coarse)").matches;
  const form = () => side.querySelector(".thread__composer");
  const keyOf = (form) => `draft:${room.dataset.user}:${form.getAttribute("action")}`;

  // In the order of time, as the other messages' are.
  function freshId() {
    const bytes = crypto.getRandomValues(new Uint8Array(10));
    return Date.now().toString(16).padStart(12, "0") + Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  function complain(words) {
    const notices = side.querySelector(".thread__notices");
    const notice = notices.nextElementSibling.content.firstElementChild.cloneNode(true);
    notice.querySelector("span").textContent = words;
    notices.replaceChildren(notice);
    notice.scrollIntoView({ block: "nearest" });
  }

  function keep(form) {
    const text = form.elements.body.value;
    try {
      if (text) sessionStorage.setItem(keyOf(form), text);
      else sessionStorage.removeItem(keyOf(form));
    } catch {} // without storage a draft does not outlive the thread
  }

  function find() {
    const box = form()?.elements.body;
    if (!box) return;
    form().noValidate = true;
    box.enterKeyHint = onTouch ? "enter" : "send";
    try {
      box.value ||= sessionStorage.getItem(keyOf(form())) ?? "";
    } catch {}
    grow(box);
  }

  function grow(box) {
    if (CSS.supports("field-sizing", "content")) return;
    box.style.blockSize = "auto";
    box.style.blockSize = `${box.scrollHeight}px`;
  }

  // What was typed while it was on its way stays.
  function taken(form, text, id) {
    const box = form.elements.body;
    box.value = box.value.startsWith(text) ? box.value.slice(text.length).trimStart() : box.value;
    form.elements.client_id.value = freshId();
    delete form.dataset.tried;
    side.querySelector(".thread__notices")?.replaceChildren();
    keep(form);
    grow(box);
    side.querySelector(".thread__scroll")?.scrollTo(0, 0);
    document.dispatchEvent(new CustomEvent("chat:answered"));
    const isHere = () => document.getElementById(`message-${id}`);
    setTimeout(() => isHere() || document.dispatchEvent(new CustomEvent("chat:thread-behind")), PATIENCE);
  }

  // The same text with the same id is the same answer, however often it is sent; another text is another one.
  async function post(form) {
    const text = form.elements.body.value;
    if (text.trim() === "") return;
    if ([...text.trim()].length > LIMIT) return complain("A message can have 10,000 characters. Shorten it, or send it in parts.");
    if ((form.dataset.tried ?? text) !== text) form.elements.client_id.value = freshId();
    form.dataset.tried = text;
    const answer = await fetch(form.action, {
      method: "POST",
      headers: { Accept: "application/json", "Content-Type": "application/json" },
      body: JSON.stringify({ body: text, client_id: form.elements.client_id.value }),
    }).catch(() => null);
    if (answer?.status === 401) return location.assign("/login");
    const said = await answer?.json().catch(() => null);
    if (answer?.ok) taken(form, text, said?.id);
    else complain(said?.detail ?? "This was not sent: the server cannot be reached. Your text is still here.");
  }

  async function send(form) {
    if (form.ariaBusy === "true") return (form.dataset.again = "");
    form.ariaBusy = "true";
    await post(form);
    form.ariaBusy = null;
    const again = "again" in form.dataset && !("tried" in form.dataset);
    delete form.dataset.again;
    if (again) send(form);
  }

  side.addEventListener("keydown", (event) => {
    const composing = event.isComposing || event.keyCode === 229;
    if (event.key !== "Enter" || event.target.id !== "answer" || event.defaultPrevented) return;
    if (event.shiftKey || event.altKey || composing || onTouch) return;
    event.preventDefault();
    if (!event.repeat) form().requestSubmit();
  });

  side.addEventListener("submit", (event) => {
    if (event.target !== form()) return;
    event.preventDefault();
    send(event.target);
  });

  side.addEventListener("input", ({ target }) => {
    if (target.id !== "answer") return;
    keep(form());
    grow(target);
  });

  document.addEventListener("chat:beside", find);
  find();
})();

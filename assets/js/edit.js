// Changing a message in its place. The form goes with a message that is replaced (guests.js); what is typed is kept
// over a reload. Opened by "chat:do", and by the up arrow in an empty box to write in.
(() => {
  const room = document.getElementById("room");
  const list = document.getElementById("messages");
  const template = document.getElementById("edit-form");
  if (!template) return;

  const form = template.content.firstElementChild.cloneNode(true);
  const box = form.elements.body;
  const error = form.querySelector("[role=alert]");
  const composer = document.getElementById("composer")?.elements.body;
  const onTouch = matchMedia("(hover: none) and (pointer: coarse)").matches;
  const key = `edit:${room.dataset.user}:${room.dataset.room}`;

  const message = () => document.getElementById(form.dataset.message);
  const isChanged = () => form.isConnected && box.value !== form.dataset.was;

  function say(words) {
    error.hidden = !words;
    error.querySelector("span").textContent = words;
    box.toggleAttribute("aria-invalid", Boolean(words));
  }

  function grow() {
    if (CSS.supports("field-sizing", "content")) return;
    box.style.blockSize = "auto";
    box.style.blockSize = `${box.scrollHeight}px`;
  }

  function keep() {
    keptIn.set(key, isChanged() ? { id: form.dataset.message, rev: form.dataset.rev, was: form.dataset.was, body: box.value } : null);
  }

  function put(target, { rev, was, body }) {
    Object.assign(form.dataset, { message: target.id, rev, was });
    target.append(form);
    box.value = body;
    say("");
    grow();
  }

  async function open(target) {
    if (isChanged()) return box.focus(); // one thing after the other
    const { ok, data, words } = await askServer("GET", addressOf(target));
    const now = document.getElementById(target.id);
    if (!ok || !now) return ok || sayNotice(words);
    put(now, { rev: data.rev, was: data.body, body: data.body });
    box.focus();
    box.setSelectionRange(box.value.length, box.value.length);
    form.scrollIntoView({ block: "nearest" });
  }

  function leave() {
    form.remove();
    keptIn.set(key, null);
    if (!onTouch) (composer ?? document.getElementById("timeline")).focus({ preventScroll: true });
  }

  // Somebody, or another window, was faster. Saving once more puts this text in the place of theirs.
  async function meet(words) {
    const { ok, data } = await askServer("GET", addressOf(message()));
    if (!ok || data.deleted) return say(words);
    form.dataset.rev = data.rev;
    say(`${words} Save again to put it in place of what is there now.`);
  }

  async function save() {
    const target = message();
    if (!target || form.ariaBusy === "true") return;
    if (!box.value.trim()) return say("A message needs a text. To take it away, delete it.");
    const { over, words: tooLong } = lengthOf(box.value.trim());
    if (over) return say(tooLong);
    if (!isChanged()) return leave();
    form.ariaBusy = "true";
    const { ok, status, data, words } = await askServer("PATCH", addressOf(target), { body: box.value, rev: Number(form.dataset.rev) });
    form.ariaBusy = null;
    if (status === 409) return meet(words);
    if (!ok) return say(status ? words : "That did not reach the server. Your text is still here: save it again in a moment.");
    target.querySelector(".message__body").innerHTML = data.html; // as the server renders it; the rest comes in its own time
    leave();
    showChange();
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    save();
  });

  form.addEventListener("click", ({ target }) => target.closest("[data-do=cancel-edit]") && leave());
  box.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229) return;
    const saves = event.key === "Enter" && (event.ctrlKey || event.metaKey || !(event.shiftKey || event.altKey || onTouch));
    if (event.key === "Escape") leave();
    else if (saves && !event.repeat) save();
    if (saves || event.key === "Escape") event.preventDefault();
  });

  box.addEventListener("input", () => {
    say("");
    grow();
    keep();
  });

  composer?.addEventListener("keydown", (event) => {
    const plain = !(event.shiftKey || event.altKey || event.ctrlKey || event.metaKey || event.isComposing);
    if (event.key !== "ArrowUp" || !plain || composer.value) return;
    const own = list.querySelectorAll(`.message[data-author="${room.dataset.user}"]:not(.message--gone)`);
    const last = [...own].at(-1);
    if (!last || !allowedOn(last).has("edit")) return;
    event.preventDefault();
    open(last);
  });

  document.addEventListener("chat:do", ({ detail }) => detail.what === "edit" && open(detail.message));

  const kept = keptIn.get(key);
  const target = kept && document.getElementById(kept.id);
  if (target && !target.matches(".message--gone")) put(target, kept);
})();

// The toolbar of a message (WAI-ARIA toolbar): one for the page, at the message under the pointer or the focus.
// Left and right go through it, up and down to other messages, Esc back to the box to write in.
(() => {
  const scroller = document.getElementById("timeline");
  const list = document.getElementById("messages");
  const template = document.getElementById("message-actions");
  if (!template) return;

  const actions = template.content.firstElementChild.cloneNode(true);
  const everything = [...actions.querySelectorAll("[data-do]")];
  const buttons = () => everything.filter((button) => !button.hidden);
  const messages = () => [...list.querySelectorAll(".message")];
  const current = () => actions.closest(".message");
  const isUsed = () => actions.contains(document.activeElement) || actions.querySelector("[aria-expanded=true]");

  // One of the buttons is the tab stop.
  function stopAt(button) {
    for (const other of everything) other.tabIndex = other === button ? 0 : -1;
  }

  stopAt(everything[0]);

  function show(message) {
    if (!message || message === current()) return;
    const allowed = allowedOn(message);
    for (const button of everything) button.hidden = !allowed.has(button.dataset.do);
    const thread = actions.querySelector("[data-do=thread]");
    thread.href = addressOf(message, "/thread");
    thread.dataset.thread = message.id.match(/\d+$/)[0];
    message.append(actions);
    if (!buttons().some((button) => button.tabIndex === 0)) stopAt(buttons()[0]);
  }

  function focus(button) {
    stopAt(button);
    button.focus({ preventScroll: true });
  }

  function goTo(message) {
    if (!message) return;
    const before = document.activeElement;
    show(message);
    focus(before.hidden ? buttons()[0] : before);
    message.scrollIntoView({ block: "nearest" });
  }

  function walk(event) {
    const forward = getComputedStyle(actions).direction === "rtl" ? "ArrowLeft" : "ArrowRight";
    const all = buttons();
    const at = all.indexOf(document.activeElement);
    if (event.key === "Home") focus(all[0]);
    else if (event.key === "End") focus(all.at(-1));
    else focus(all.at((at + (event.key === forward ? 1 : -1)) % all.length));
  }

  actions.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey) return;
    const all = messages();
    const at = all.indexOf(current());
    if (event.key === "Escape") (document.getElementById("composer")?.elements.body ?? scroller).focus();
    else if (event.key === " " && event.target.matches("a")) event.target.click();
    else if (event.key === "ArrowUp") goTo(all[at - 1]);
    else if (event.key === "ArrowDown") goTo(all[at + 1]);
    else if (["ArrowLeft", "ArrowRight", "Home", "End"].includes(event.key)) walk(event);
    else return;
    event.preventDefault();
  });

  actions.addEventListener("focusin", ({ target }) => stopAt(target));

  actions.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-do]");
    if (!button) return;
    const detail = { what: button.dataset.do, message: current(), anchor: button };
    document.dispatchEvent(new CustomEvent("chat:do", { detail }));
  });

  const messageOf = (target) => target.closest?.("#messages .message, #side .message");
  document.addEventListener("pointerover", ({ target }) => {
    if (!isUsed()) show(messageOf(target));
  });
  document.addEventListener("focusin", ({ target }) => show(messageOf(target)));
  // A screen reader on a phone "clicks" at the text.
  document.addEventListener("click", ({ target }) => show(target.closest(".message__body") && messageOf(target)));
  document.addEventListener("chat:toolbar", ({ detail }) => {
    show(detail);
    focus(actions.querySelector("[data-do=menu]"));
  });

  // With the Tab key one comes to the newest message: from above it, and backwards from below.
  scroller.addEventListener("focus", () => show(messages().at(-1)));
  scroller.addEventListener("keydown", (event) => {
    if (event.key !== "Tab" || event.shiftKey || event.target !== scroller || !scroller.contains(actions)) return;
    event.preventDefault();
    focus(buttons().find((button) => button.tabIndex === 0));
    current().scrollIntoView({ block: "nearest" });
  });
  document.querySelector(".foot")?.addEventListener("keydown", (event) => {
    if (event.key === "Tab" && event.shiftKey) show(messages().at(-1));
  });
})();

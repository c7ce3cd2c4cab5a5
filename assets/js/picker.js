// The card of emoji: where it opens and closes, and what becomes of the one that is chosen.
// Whoever wants one says "chat:pick" with { anchor, done }; a button with popovertarget opens it by itself.
(() => {
  const picker = document.getElementById("emoji");
  const all = document.getElementById("emoji-all");
  if (!picker?.showPopover) return;

  const search = picker.querySelector(".emoji__search");
  const onTouch = matchMedia("(hover: none) and (pointer: coarse)").matches;
  const narrow = matchMedia("(max-width: 599px)");
  // Showing the card moves the focus at once, before the next key is typed; a keyboard on glass stays down.
  (onTouch ? picker : search).autofocus = true;
  let anchor = null;
  let done = null;

  const tell = (name) => picker.dispatchEvent(new CustomEvent(name));

  async function load() {
    if (all.firstElementChild) return;
    const answer = await fetch(picker.dataset.from, { headers: { "HX-Request": "true" } }).catch(() => null);
    if (answer?.status === 401) location.assign("/login");
    const words = '<p class="none">The emoji could not be loaded. Close this and try again.</p>';
    const text = answer?.ok ? await answer.text() : words;
    await htmx.swap({ sourceElement: all, target: all, swap: "innerHTML", text });
    if (answer?.ok) tell("emoji:ready");
    else setTimeout(() => all.replaceChildren(), 5000);
  }

  function place() {
    if (narrow.matches) picker.style.removeProperty("inset");
    else placeNear(picker, anchor);
  }

  picker.addEventListener("beforetoggle", ({ newState }) => newState === "open" && (search.value = ""));
  picker.addEventListener("toggle", async ({ newState }) => {
    anchor?.toggleAttribute("data-open", newState === "open");
    if (anchor?.matches("button")) anchor.setAttribute("aria-expanded", newState === "open");
    if (newState !== "open") return;
    place();
    tell("emoji:open");
    await load();
    place();
  });

  document.addEventListener("chat:pick", ({ detail }) => {
    ({ anchor, done } = detail);
    if (!anchor.hasAttribute("popovertarget")) picker.showPopover();
  });

  picker.addEventListener("emoji:chosen", ({ detail }) => {
    picker.hidePopover();
    if (anchor?.isConnected && anchor.matches("button")) anchor.focus({ preventScroll: true });
    done?.(detail);
  });

  // In the box to write in it goes to where the caret is.
  const button = document.getElementById("composer-emoji");
  if (button) document.querySelector("#composer .composer__send").before(button.content.cloneNode(true));
  document.addEventListener("click", ({ target }) => {
    const button = target.closest?.("[data-do=insert-emoji]");
    if (!button) return;
    const box = button.form.elements.body;
    anchor = button;
    done = (emoji) => {
      box.setRangeText(emoji, box.selectionStart, box.selectionEnd, "end");
      box.dispatchEvent(new Event("input", { bubbles: true }));
      box.focus();
    };
  });
})();

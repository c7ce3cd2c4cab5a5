// Ctrl-K or Cmd-K: a box to find a room or person; arrows choose, Enter opens. A combobox with a list box (WAI-ARIA).
(() => {
  const dialog = document.getElementById("switcher");
  const link = document.getElementById("find");
  if (!dialog?.showModal) return;
  const box = dialog.querySelector("input");
  const found = document.getElementById("switcher-found");
  const none = document.getElementById("switcher-none");

  const WAIT = 80;
  let timer = 0;
  let asked = 0;
  let looking = null;

  const options = () => [...found.querySelectorAll("[role=option]")];
  const active = () => document.getElementById(box.getAttribute("aria-activedescendant") ?? "");

  function choose(option) {
    for (const one of options()) one.setAttribute("aria-selected", one === option);
    if (!option) return box.removeAttribute("aria-activedescendant");
    option.setAttribute("aria-selected", "true");
    box.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  }

  // A list box holds options and nothing else: what is said instead of them stands beside it.
  function settle() {
    none.replaceChildren(...found.querySelectorAll(".none"));
    found.hidden = options().length === 0;
    box.ariaExpanded = !found.hidden;
    choose(options()[0]);
  }

  function look() {
    clearTimeout(timer);
    timer = 0;
    return (looking = ask());
  }

  async function ask() {
    const mine = ++asked;
    const address = `/search?q=${encodeURIComponent(box.value)}`;
    const answer = await fetch(address, { headers: { "HX-Request": "true" } }).catch(() => null);
    if (mine !== asked) return;
    if (answer?.status === 401) return location.assign("/login");
    const text = answer?.ok ? await answer.text() : '<p class="none">The server cannot be reached. Try again in a moment.</p>';
    await htmx.swap({ sourceElement: found, target: found, swap: "innerHTML", text });
    settle();
  }

  function open() {
    if (dialog.open) return;
    document.getElementById("rail")?.matches(":popover-open") && document.getElementById("rail").hidePopover();
    box.value = "";
    found.replaceChildren();
    settle();
    dialog.showModal();
    look();
  }

  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
    event.preventDefault();
    if (dialog.open) dialog.close();
    else open();
  });

  link.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open();
  });

  box.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(look, WAIT);
  });

  box.addEventListener("keydown", (event) => {
    const way = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!way || event.isComposing) return;
    event.preventDefault();
    const all = options();
    const at = all.indexOf(active());
    choose(all.at(at < 0 ? Math.min(way, 0) : (at + way) % all.length));
  });

  // Enter may be faster than the answer to what was typed last.
  dialog.querySelector("form").addEventListener("submit", async (event) => {
    event.preventDefault();
    await (timer ? look() : looking);
    if (active()) active().click();
    else if (dialog.open) location.assign(`/search?q=${encodeURIComponent(box.value)}`);
  });

  // A click beside it closes it.
  dialog.addEventListener("click", ({ target }) => target === dialog && dialog.close());
  if (/Mac|iPhone|iPad/.test(navigator.platform)) {
    link.querySelector("kbd").textContent = "⌘ K";
    link.ariaKeyShortcuts = "Meta+K";
  }
})();

// Search for rooms and people while typing: the switcher (Ctrl-K or Cmd-K) and the field to add people.
import { fetchFragment, requestJson } from "./api.js";
import { searchWhileTyping, selectableList } from "./combobox.js";
import { isComposing, isModified } from "./keys.js";
import { switcherDialog } from "./switcher_html.js";

const UNREACHABLE = '<p class="empty-note">Can’t reach the server. Try again in a moment.</p>';

function startSwitcher(dialog, link) {
  const box = dialog.querySelector("input");
  const [found, none, sidebar] = ["switcher-found", "switcher-none", "sidebar-panel"].map((id) => document.getElementById(id));
  const list = selectableList(found, () => box);
  const address = () => `/search?q=${encodeURIComponent(box.value)}`;

  // A listbox may contain only options, so a note that replaces them is placed beside it.
  function settle() {
    none.replaceChildren(...found.querySelectorAll(".empty-note"));
    found.hidden = !found.querySelector("[role=option]");
    box.ariaExpanded = !found.hidden;
    list.select(list.options()[0]);
  }

  const typing = searchWhileTyping(80, async (isCurrent) => {
    const text = (await fetchFragment(address())) ?? UNREACHABLE;
    if (!isCurrent()) return;
    await htmx.swap({ sourceElement: found, target: found, swap: "innerHTML", text });
    settle();
  });

  function open() {
    if (dialog.open) return;
    if (sidebar?.matches(":popover-open")) sidebar.hidePopover();
    box.value = "";
    found.replaceChildren();
    settle();
    dialog.showModal();
    typing.search();
  }

  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
    event.preventDefault();
    if (dialog.open) dialog.close();
    else open();
  });
  link.addEventListener("click", (event) => isModified(event) || (event.preventDefault(), open()));
  box.addEventListener("input", typing.searchSoon);
  box.addEventListener("keydown", (event) => {
    const isHandled = isComposing(event) ? event.key === "Enter" : list.move(event);
    if (isHandled) event.preventDefault();
  });

  // Enter may be faster than the results for the latest text.
  dialog.querySelector("form").addEventListener("submit", async (event) => {
    event.preventDefault();
    await typing.settled();
    if (list.selected()) list.selected().click();
    else if (dialog.open) location.assign(address());
  });
  dialog.addEventListener("click", ({ target }) => target === dialog && dialog.close());
}

// Completes the last of several names.
function startInvite(box) {
  const typing = searchWhileTyping(120, async (isCurrent) => {
    const [, before, last] = box.value.match(/^(.*[\s,;])?(.*)$/);
    const { ok, data } = await requestJson("GET", `/people?q=${encodeURIComponent(last)}`);
    if (!ok || !isCurrent()) return;
    box.list.replaceChildren(...data.people.map(({ username, display_name }) => new Option(display_name, (before ?? "") + username)));
  });
  box.addEventListener("input", typing.searchSoon);
}

const find = document.getElementById("switcher-button");
const invite = document.querySelector("input[data-people]");
if (find && HTMLDialogElement.prototype.showModal) {
  document.body.insertAdjacentHTML("beforeend", switcherDialog);
  startSwitcher(document.getElementById("switcher"), find);
}
if (invite) startInvite(invite);

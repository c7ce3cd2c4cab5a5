// The form for a new conversation. One field holds the chosen people and the search text. Enter adds the first match,
// or starts the conversation if the text is empty. Backspace with an empty text removes the last person.
import { fetchPage } from "./api.js";
import { searchWhileTyping } from "./combobox.js";
import { isComposing } from "./keys.js";

function startNewConversation(form) {
  const box = form.elements.q;

  async function load(isCurrent, change = () => {}) {
    const query = new URLSearchParams(new FormData(form));
    change(query);
    const page = await fetchPage(`${form.action}?${query}`);
    if (!page || !isCurrent()) return;
    for (const id of ["tokens", "picked"]) document.getElementById(id).replaceWith(page.getElementById(id));
    box.placeholder = page.getElementById("q").placeholder;
  }
  const typing = searchWhileTyping(120, load);

  function choose(name, value) {
    typing.cancel();
    box.value = "";
    box.focus();
    return load(() => true, (query) => query.append(name, value));
  }

  async function enter() {
    if (box.value.trim() === "") return document.getElementById("start-conversation")?.requestSubmit();
    await typing.settled();
    const first = document.querySelector("#people-found .item__main");
    if (first) await choose("with", first.value);
  }

  box.addEventListener("input", typing.searchSoon);
  box.addEventListener("keydown", (event) => {
    if (isComposing(event)) return;
    const last = [...document.querySelectorAll("#tokens .chip")].at(-1);
    if (event.key === "Backspace" && box.value === "" && last) choose("without", last.value);
    if (event.key !== "Enter" || event.repeat) return;
    event.preventDefault();
    enter();
  });
  document.getElementById("picker").addEventListener("submit", (event) => {
    const { submitter } = event;
    if (submitter?.formMethod === "post" || !["with", "without"].includes(submitter?.name)) return;
    event.preventDefault();
    choose(submitter.name, submitter.value);
  });
}

const form = document.getElementById("people-search");
if (form) startNewConversation(form);

// Copy button on the code block that has the pointer or the focus.
import { copy } from "./message_actions.js";
import { copyOf } from "./room.js";

const GAP = 4; // px
const button = copyOf("copy-code");
const block = () => button.previousElementSibling;

function show({ target }) {
  const code = target.closest?.(".message__body pre");
  if (!code || code === block()) return;
  code.after(button);
  button.style.insetBlockStart = `${code.offsetTop + GAP}px`;
}

for (const event of ["pointerover", "focusin"]) document.addEventListener(event, show);
button.addEventListener("click", () => copy(block().textContent.replace(/\n$/, ""), "Code copied"));
for (const target of document.querySelectorAll(".message__body pre:hover")) show({ target });

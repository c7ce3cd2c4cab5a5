// Brings messages of the page into sight.

const HIGHLIGHT = 2500; // ms

export const scrollToMessage = (message) => message.scrollIntoView({ block: "center", behavior: "instant" });

/** Brings a message of the page into sight and highlights it for a moment. */
export function showMessage(id) {
  const message = document.getElementById(id);
  if (!message?.matches(".message")) return false;
  scrollToMessage(message);
  message.dataset.highlighted = "";
  setTimeout(() => delete message.dataset.highlighted, HIGHLIGHT);
  return true;
}

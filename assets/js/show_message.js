// Scrolls to messages on the page.

const HIGHLIGHT = 2500; // ms

export const scrollToMessage = (message) => message.scrollIntoView({ block: "center", behavior: "instant" });

/** Scrolls to a message on the page and highlights it for a moment. Returns whether it exists. */
export function showMessage(id) {
  const message = document.getElementById(id);
  if (!message?.matches(".message")) return false;
  scrollToMessage(message);
  message.dataset.highlighted = "";
  setTimeout(() => delete message.dataset.highlighted, HIGHLIGHT);
  return true;
}

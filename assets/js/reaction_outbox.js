// The user's own reactions. A reaction that cannot reach the server waits until the connection is back, even after a
// reload.
import { requestJson } from "./api.js";
import { changeSaved } from "./events.js";
import { addressOf, room } from "./room.js";
import { showNotice, showToast } from "./status.js";
import { drafts } from "./text_box.js";

const waiting = `reactions:${room.address}`;

/** Gets the user's own change onto the page if no connection delivers it. */
export const fetchOwnChange = () => (room.isLive ? changeSaved.emit() : location.reload());

/** Changes a reaction over HTTP. If several changes of one reaction wait, only the last one is sent. */
export async function changeReaction(method, address, body) {
  const { ok, status, error } = await requestJson(method, address, body);
  if (ok) return fetchOwnChange();
  if (status) return showNotice(error);
  const others = (drafts.get(waiting) ?? []).filter((other) => other.address !== address || other.body?.emoji !== body?.emoji);
  drafts.set(waiting, [...others, { method, address, body }]);
  showToast("Your reaction will be sent when you reconnect");
}

async function sendWaiting() {
  const reactions = drafts.get(waiting) ?? [];
  drafts.set(waiting, null);
  for (const { method, address, body } of reactions) await changeReaction(method, address, body);
}

// The button lists only the first users. If there are more, only the server knows whether the user is among them.
function toggleReaction(message, button) {
  const address = addressOf(message, `/reactions/${encodeURIComponent(button.value)}`);
  const users = button.dataset.userIds.split(" ");
  if (users.includes(room.userId)) return changeReaction("DELETE", address);
  if (Number(button.querySelector(".reaction__count").textContent) <= users.length) return changeReaction("PUT", address);
  return changeReaction("POST", addressOf(message, "/reactions"), { emoji: button.value });
}

document.addEventListener("submit", async (event) => {
  const button = event.submitter?.closest(".reaction");
  const message = button?.closest(".message");
  if (!message) return;
  event.preventDefault();
  if (button.ariaBusy === "true") return;
  button.ariaBusy = "true";
  await toggleReaction(message, button);
  button.ariaBusy = null;
});

room.element.addEventListener("htmx:ws:after:connection", sendWaiting);

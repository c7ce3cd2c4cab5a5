// Removes a link preview without leaving the page. Other readers get the changed message.
import { requestJson } from "./api.js";
import { showNotice } from "./status.js";

document.addEventListener("submit", async (event) => {
  const { target } = event;
  if (!target.matches(".link-preview__removal")) return;
  event.preventDefault();
  const { ok, status, error } = await requestJson("POST", target.getAttribute("action"));
  if (ok || status === 404) target.closest(".link-preview")?.remove();
  else showNotice(error);
});

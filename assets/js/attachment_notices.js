// Notices about attached files, at the form of the message.
import { showNotice } from "./status.js";

/** The name of a file within a sentence, where it keeps its own direction. */
export const isolated = (name) => Object.assign(document.createElement("bdi"), { textContent: name });

/** Shows a notice at a form. `text` may be a list of texts and elements. */
export const showNoticeAt = (form, text) =>
  showNotice(text, { into: form.closest(".thread")?.querySelector(".thread__notices") ?? undefined, replace: true });

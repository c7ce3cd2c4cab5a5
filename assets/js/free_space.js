// Space that the user has left for files.
import { requestJson } from "./api.js";
import { isolated, showNoticeAt } from "./attachment_notices.js";
import { formatSize } from "./transfer.js";

const PATIENCE = 3000; // ms after which files are sent without an answer; the server enforces the quota as well
let free = Infinity; // bytes

async function ask() {
  const { ok, data } = await requestJson("GET", "/files");
  if (ok) free = Math.max(0, data.quota - data.used);
}

/** Asks the server for the bytes that are left. Returns the last answer if it takes too long or cannot be reached. */
export async function freeSpace() {
  await Promise.race([ask(), new Promise((resolve) => setTimeout(resolve, PATIENCE))]);
  return free;
}

/** Says at a form that a file does not fit into the `left` bytes. */
export function showNoSpace(form, { name }, left) {
  const link = Object.assign(document.createElement("a"), { href: "/files", textContent: "My files" });
  const space = left > 0 ? `You have ${formatSize(left)} left.` : "Your file space is full.";
  showNoticeAt(form, ["Not enough space for ", isolated(name), `. ${space} Free up some in `, link, "."]);
}

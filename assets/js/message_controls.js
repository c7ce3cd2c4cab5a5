// Adds the toolbar, menus and dialogs of messages to the page, before the scripts that use them run.
import { messageActions } from "./message_actions_html.js";
import { room } from "./room.js";

room.element.insertAdjacentHTML("beforeend", messageActions);

// Entry of the scripts of a page with a room that are loaded with the first action of the user.
import "./message_controls.js";
import "./app_on_use.js";
import "./box_tools.js";
import "./mentions.js";
import "./message_toolbar.js";
import "./message_menu.js";
import "./editor.js";
import "./reactions.js";
import "./history.js";
import "./attachments.js";
import "./chosen_files.js";
import "./send_when_uploaded.js";
import "./thread.js";
import "./thread_panel.js";
import "./thread_edge.js";
import "./code_copy.js";

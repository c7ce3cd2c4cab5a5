// Entry of the scripts that every page loads on the first user action.
import "./copy_field.js";
import "./forms.js";
import "./invite_link.js";
import "./new_conversation.js";
import "./password.js";
import "./person_card.js";
import "./picture_form.js";
import "./picture_viewer.js";
import "./search_boxes.js";
import "./shortcuts.js";
import "./voice_player.js";

// Entry of the scripts of every page that are loaded with the first action of the user.
import "./forms.js";
import "./password.js";
import "./search_boxes.js";

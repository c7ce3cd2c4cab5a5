//! The list of keyboard shortcuts.

use askama::Template;
use poem::handler;

use crate::{
    accounts::User,
    error::Result,
    web::{framed::Framed, reply::Reply},
};

/// Keys, separated by blanks, and what they do.
type Shortcut = (&'static str, &'static str);

const GENERAL: &[Shortcut] = &[
    ("Ctrl K", "Find a room or person"),
    ("Alt ↑", "Previous room"),
    ("Alt ↓", "Next room"),
    ("?", "Show all shortcuts"),
    ("Esc", "Close a menu, dialog, or thread"),
];
const WRITING: &[Shortcut] = &[
    ("Enter", "Send"),
    ("Shift Enter", "New line"),
    ("Ctrl B", "Bold"),
    ("Ctrl I", "Italic"),
    ("Ctrl E", "Code"),
    ("Ctrl K", "Link (with text selected)"),
    ("@", "Mention someone"),
    ("#", "Link a room"),
    (":", "Insert an emoji"),
    ("↑", "Edit your last message (in an empty box)"),
];
const MESSAGES: &[Shortcut] = &[
    ("Shift Tab", "Go from the message box to the newest message"),
    ("↑", "Previous message"),
    ("↓", "Next message"),
    ("←", "Previous action of a message"),
    ("→", "Next action of a message"),
    (
        "Esc",
        "Go back to the message box, or mark the room as read",
    ),
];

/// Page with all shortcuts. Scripts show it in a dialog.
#[derive(Template)]
#[template(path = "accounts/shortcuts.html")]
struct ShortcutsPage {
    groups: [(&'static str, &'static [Shortcut]); 3],
}

/// `GET /shortcuts`
#[handler]
pub fn show(user: User) -> Result<Reply> {
    let groups = [
        ("General", GENERAL),
        ("Writing", WRITING),
        ("Messages", MESSAGES),
    ];
    let page = ShortcutsPage { groups };
    Ok(Framed::new(user.viewer(), "Keyboard shortcuts", "/shortcuts", &page)?.into())
}

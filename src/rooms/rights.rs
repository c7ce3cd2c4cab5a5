//! Who may do what in a room: one table, asked in the transaction that makes the change.

use super::{Kind, Room};
use crate::error::{Error, Result};

/// What somebody is in a room they belong to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// One of its people.
    Member,
    /// Runs this room.
    Owner,
    /// Runs the server, and belongs to the room.
    Admin,
}

impl Role {
    /// Its name in forms and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Role::Member => "member",
            Role::Owner => "owner",
            Role::Admin => "admin",
        }
    }
}

/// What can be done in a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// See its page, its messages and its people.
    Read,
    /// Write a message, change one's own, react to one.
    Post,
    /// Delete what one wrote.
    Withdraw,
    /// Delete what others wrote.
    Moderate,
    /// Keep a message where everybody finds it.
    Pin,
    /// Speak to everybody at once, with @room and @here.
    Call,
    /// Bring somebody in.
    Invite,
    /// Put somebody else out.
    Remove,
    /// Go, by oneself.
    Leave,
    /// Make somebody an owner, or a member again.
    Appoint,
    /// Change its name.
    Rename,
    /// Change its topic.
    Describe,
    /// Make it read-only and hide it, or take it back.
    Archive,
    /// Open it to everyone, or close it.
    Convert,
    /// Let new accounts begin in it.
    MakeDefault,
    /// End it, with all its messages.
    Delete,
}

use Action::*;
use Role::{Admin, Member, Owner};

/// An action, and the least role for it in a room of each kind.
type Row = (Action, Option<Role>, Option<Role>, Option<Role>);

/// The least role for each action: in open rooms, in closed ones, and in direct conversations,
/// where nobody is more than the others.
const TABLE: [Row; 16] = [
    //            open           closed         direct
    (Read, Some(Member), Some(Member), Some(Member)),
    (Post, Some(Member), Some(Member), Some(Member)),
    (Withdraw, Some(Member), Some(Member), Some(Member)),
    (Moderate, Some(Owner), Some(Owner), None),
    (Pin, Some(Owner), Some(Owner), Some(Member)),
    (Call, Some(Owner), Some(Owner), Some(Member)),
    (Invite, Some(Member), Some(Owner), None),
    (Remove, Some(Owner), Some(Owner), None),
    (Leave, Some(Member), Some(Member), None),
    (Appoint, Some(Owner), Some(Owner), None),
    (Rename, Some(Owner), Some(Owner), None),
    (Describe, Some(Owner), Some(Owner), None),
    (Archive, Some(Owner), Some(Owner), None),
    (Convert, Some(Owner), Some(Owner), None),
    (MakeDefault, Some(Admin), Some(Admin), None),
    (Delete, Some(Owner), Some(Owner), None),
];

/// What cannot be done in an archived room, whoever one is.
const BLOCKED_WHEN_ARCHIVED: [Action; 4] = [Post, Pin, Call, Invite];

/// Whether `role` suffices for `action` in a room.
pub fn may(role: Role, action: Action, room: &Room) -> bool {
    demand(role, action, room).is_ok()
}

/// As [`may`], with the reason.
///
/// # Errors
/// `Forbidden`, with a sentence that says why.
pub fn demand(role: Role, action: Action, room: &Room) -> Result<()> {
    if room.archived && BLOCKED_WHEN_ARCHIVED.contains(&action) {
        let why = "This room is archived. You can read it, but not post.";
        return Err(Error::Forbidden(why.into()));
    }
    let row = TABLE.iter().find(|(of, ..)| *of == action);
    let least = row.and_then(|(_, open, closed, direct)| match room.kind {
        Kind::Open => *open,
        Kind::Closed => *closed,
        Kind::Direct => *direct,
    });
    let why = match least {
        Some(least) if role >= least => return Ok(()),
        Some(Admin) => "Only a server admin can do that.",
        Some(_) if action == Moderate => {
            "Only the author, a room owner or an admin can delete this."
        }
        None if action == Moderate => "Only the author can delete this.",
        Some(_) => "Only a room owner or an admin can do that.",
        None => "You can’t change who’s in a conversation. Start a new one instead.",
    };
    Err(Error::Forbidden(why.into()))
}

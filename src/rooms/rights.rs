//! Permissions in a room: one table, checked in the transaction that makes the change.

use super::{Kind, Room};
use crate::error::{Error, Result};

/// Role of a member in a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    Member,
    Owner,
    /// Server administrator who is a member of the room.
    Admin,
}

impl Role {
    /// Name in forms and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Role::Member => "member",
            Role::Owner => "owner",
            Role::Admin => "admin",
        }
    }
}

/// Action in a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Read its page, messages and member list.
    Read,
    /// Post a message, edit one's own, react to any.
    Post,
    /// Delete one's own message.
    Withdraw,
    /// Delete another user's message.
    Moderate,
    /// Pin a message to the room.
    Pin,
    /// Mention all members with @room or @here.
    Call,
    /// Add a user.
    Invite,
    /// Remove another member.
    Remove,
    Leave,
    /// Change a member's role.
    Appoint,
    /// Change its name.
    Rename,
    /// Change its topic.
    Describe,
    /// Archive the room (read-only and hidden) or restore it.
    Archive,
    /// Switch between open and closed.
    Convert,
    /// Make it a default room for new accounts.
    MakeDefault,
    /// Delete it with all its messages.
    Delete,
}

use Action::*;
use Role::{Admin, Member, Owner};

/// Action with the lowest role that it needs in a room of each kind.
type RightsRow = (Action, Option<Role>, Option<Role>, Option<Role>);

/// Lowest role for each action in open rooms, closed rooms and direct conversations. All members of a
/// direct conversation are equal.
const TABLE: [RightsRow; 16] = [
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

/// Actions that no role can take in an archived room.
const BLOCKED_WHEN_ARCHIVED: [Action; 4] = [Post, Pin, Call, Invite];

/// Checks whether `role` permits `action` in a room. `Forbidden` contains the reason as a sentence.
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

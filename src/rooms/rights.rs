//! Permissions in a room: one table, checked in the transaction that makes the change.

use super::{Kind, Room};
use crate::{
    db::time,
    error::{Error, Result},
};

/// Role of a member in a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    Member,
    /// Server moderator who is a member of the room and not its owner.
    Moderator,
    Owner,
    /// Server administrator who is a member of the room.
    Admin,
}

impl Role {
    /// Name in forms and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Role::Member => "member",
            Role::Moderator => "moderator",
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
    /// Post a message, edit one's own.
    Post,
    /// React to a message.
    React,
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
    /// Remove another member, ban them, or keep them from posting for a while.
    Remove,
    Leave,
    /// Change a member's role.
    Appoint,
    /// Change its name.
    Rename,
    /// Change its topic.
    Describe,
    /// Choose who posts and how often.
    Restrict,
    /// Archive the room (read-only and hidden) or restore it.
    Archive,
    /// Switch between open and closed.
    Convert,
    /// Make it a default room for new accounts.
    MakeDefault,
    /// Delete it with all its messages, or have old ones erased.
    Delete,
}

use Action::*;
use Role::{Admin, Member, Moderator, Owner};

/// Action with the lowest role that it needs in a room of each kind.
type RightsRow = (Action, Option<Role>, Option<Role>, Option<Role>);

/// Lowest role for each action in open rooms, closed rooms and direct conversations. All members of a
/// direct conversation are equal.
const TABLE: [RightsRow; 18] = [
    //            open           closed         direct
    (Read, Some(Member), Some(Member), Some(Member)),
    (Post, Some(Member), Some(Member), Some(Member)),
    (React, Some(Member), Some(Member), Some(Member)),
    (Withdraw, Some(Member), Some(Member), Some(Member)),
    (Moderate, Some(Moderator), Some(Moderator), None),
    (Pin, Some(Owner), Some(Owner), Some(Member)),
    (Call, Some(Owner), Some(Owner), Some(Member)),
    (Invite, Some(Member), Some(Owner), None),
    (Remove, Some(Moderator), Some(Moderator), None),
    (Leave, Some(Member), Some(Member), None),
    (Appoint, Some(Owner), Some(Owner), None),
    (Rename, Some(Owner), Some(Owner), None),
    (Describe, Some(Owner), Some(Owner), None),
    (Restrict, Some(Owner), Some(Owner), None),
    (Archive, Some(Owner), Some(Owner), None),
    (Convert, Some(Owner), Some(Owner), None),
    (MakeDefault, Some(Admin), Some(Admin), None),
    (Delete, Some(Owner), Some(Owner), None),
];

/// Actions that no role can take in an archived room.
const BLOCKED_WHEN_ARCHIVED: [Action; 5] = [Post, React, Pin, Call, Invite];

/// Actions that a member cannot take during a time-out.
const BLOCKED_IN_TIME_OUT: [Action; 5] = [Post, React, Pin, Call, Invite];

/// Checks whether `role` permits `action` in a room. `Forbidden` contains the reason as a sentence.
pub fn demand(role: Role, action: Action, room: &Room) -> Result<()> {
    if room.archived && BLOCKED_WHEN_ARCHIVED.contains(&action) {
        let why = "This room is archived. You can read it, but not post.";
        return Err(Error::Forbidden(why.into()));
    }
    if room.timed_out_until > time::now() && BLOCKED_IN_TIME_OUT.contains(&action) {
        return Err(Error::Forbidden(timed_out(room.timed_out_until)));
    }
    if room.announcements && action == Post && role < Moderator {
        let why = "Only owners and moderators can post in this room.";
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
            "Only the author, a room owner, a moderator or an admin can delete this."
        }
        None if action == Moderate => "Only the author can delete this.",
        Some(Moderator) => "Only a room owner, a moderator or an admin can do that.",
        Some(_) => "Only a room owner or an admin can do that.",
        None => "You can’t change who’s in a conversation. Start a new one instead.",
    };
    Err(Error::Forbidden(why.into()))
}

/// Text for a member who may not post until a time (ms UTC).
fn timed_out(until: i64) -> String {
    let minutes = (until - time::now()).max(0) / 60_000 + 1;
    let wait = match minutes {
        1 => "a minute".into(),
        2..=90 => format!("{minutes} minutes"),
        91..=2_880 => format!("{} hours", (minutes + 59) / 60),
        _ => format!("{} days", (minutes + 1439) / 1440),
    };
    format!("You’ve been timed out. You can post in this room again in {wait}.")
}

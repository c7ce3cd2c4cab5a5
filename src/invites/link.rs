//! An invite link and its state.

use crate::{
    db::ids::{InviteLinkId, RoomId, UserId},
    error::{Error, Result},
    people::Profile,
};

/// Link that lets people create an account or join rooms.
#[derive(Clone, Debug)]
pub struct InviteLink {
    pub id: InviteLinkId,
    pub created_by: UserId,
    pub created_at: i64,
    /// `None` for a link that does not expire (ms UTC).
    pub expires_at: Option<i64>,
    /// `None` for no limit.
    pub max_uses: Option<i64>,
    pub uses: i64,
    /// Text for the people who are invited.
    pub note: String,
    /// Accounts are those of guests until then (ms UTC); `None` for members.
    pub guest_until: Option<i64>,
    pub revoked_at: Option<i64>,
}

/// Whether a link can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkState {
    Active,
    Expired,
    UsedUp,
    Revoked,
    /// Its creator may no longer invite people.
    Withdrawn,
}

/// Link in the list.
pub struct ListedLink {
    pub link: InviteLink,
    pub creator: Profile,
    pub state: LinkState,
    /// Names of the rooms that the reader may see.
    pub rooms: Vec<(RoomId, String)>,
    /// Number of other rooms.
    pub other_rooms: usize,
    /// Users who came through it, in order.
    pub joined: Vec<JoinedUser>,
}

/// User who came through a link.
pub struct JoinedUser {
    pub id: UserId,
    pub username: String,
    /// Whether the link created the account.
    pub is_new: bool,
}

impl InviteLink {
    /// State at `now` (ms UTC) of a link whose creator may, or may not, invite people.
    pub fn state(&self, creator_may_invite: bool, now: i64) -> LinkState {
        let is_over = |end: Option<i64>| end.is_some_and(|end| end <= now);
        match self.max_uses {
            _ if self.revoked_at.is_some() => LinkState::Revoked,
            _ if is_over(self.expires_at) || is_over(self.guest_until) => LinkState::Expired,
            _ if !creator_may_invite => LinkState::Withdrawn,
            Some(most) if self.uses >= most => LinkState::UsedUp,
            _ => LinkState::Active,
        }
    }
}

impl LinkState {
    /// Name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            LinkState::Active => "active",
            LinkState::Expired => "expired",
            LinkState::UsedUp => "used_up",
            LinkState::Revoked => "revoked",
            LinkState::Withdrawn => "withdrawn",
        }
    }

    /// `Gone` with the reason, unless the link can be used.
    pub fn check(self) -> Result<()> {
        let why = match self {
            LinkState::Active => return Ok(()),
            LinkState::Expired => "This invitation has expired. Ask for a new one.",
            LinkState::UsedUp => "This invitation has already been used. Ask for a new one.",
            LinkState::Revoked => "This invitation was revoked. Ask for a new one.",
            LinkState::Withdrawn => {
                "This invitation is no longer valid. Ask someone else on this server for a new one."
            }
        };
        Err(Error::Gone(why.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link() -> InviteLink {
        InviteLink {
            id: InviteLinkId(1),
            created_by: UserId(1),
            created_at: 0,
            expires_at: Some(10),
            max_uses: Some(2),
            uses: 1,
            note: String::new(),
            guest_until: None,
            revoked_at: None,
        }
    }

    #[test]
    fn a_link_ends_in_one_of_four_ways() {
        assert_eq!(link().state(true, 9), LinkState::Active);
        assert_eq!(link().state(true, 10), LinkState::Expired);
        assert_eq!(link().state(false, 9), LinkState::Withdrawn);
        let used = InviteLink { uses: 2, ..link() };
        assert_eq!(used.state(true, 9), LinkState::UsedUp);
        let revoked = InviteLink {
            revoked_at: Some(5),
            ..used
        };
        assert_eq!(revoked.state(true, 9), LinkState::Revoked);
        let of_guests = InviteLink {
            guest_until: Some(5),
            ..link()
        };
        assert_eq!(of_guests.state(true, 5), LinkState::Expired);
    }
}

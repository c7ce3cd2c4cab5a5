//! Invite links as JSON.

use serde::Serialize;

use super::{InviteLink, LinkOffer, LinkState, ListedLink, create::CreatedLink, link::JoinedUser};
use crate::{
    db::{
        ids::{InviteLinkId, RoomId},
        time,
    },
    rooms::Room,
};

/// Link as its creator and admins see it.
#[derive(Serialize)]
pub struct LinkJson {
    id: InviteLinkId,
    /// Address with the token, once.
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    state: &'static str,
    created_by: String,
    created_at: String,
    expires_at: Option<String>,
    max_uses: Option<i64>,
    uses: i64,
    note: String,
    guest_until: Option<String>,
    rooms: Vec<LinkRoomJson>,
    #[serde(skip_serializing_if = "is_zero")]
    other_rooms: usize,
    joined: Vec<JoinedJson>,
    /// Addresses to which it was mailed, once.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    sent_to: Vec<String>,
}

/// Room of a link.
#[derive(Serialize)]
pub struct LinkRoomJson {
    id: RoomId,
    name: String,
}

/// User who came through a link.
#[derive(Serialize)]
struct JoinedJson {
    username: String,
    new_account: bool,
}

/// Offer of a link to the people who have it.
#[derive(Serialize)]
pub struct OfferJson {
    server: String,
    invited_by: InviterJson,
    note: String,
    rooms: Vec<LinkRoomJson>,
    guest_until: Option<String>,
    expires_at: Option<String>,
    /// Whether it can create an account.
    registration: bool,
}

/// Creator of a link.
#[derive(Serialize)]
struct InviterJson {
    username: String,
    display_name: String,
}

/// A new account that came through a link, and its rooms.
#[derive(Serialize)]
pub struct RegisteredJson {
    pub username: String,
    pub rooms: Vec<LinkRoomJson>,
}

impl From<&ListedLink> for LinkJson {
    fn from(listed: &ListedLink) -> LinkJson {
        let link = &listed.link;
        let rooms = listed.rooms.iter();
        let rooms = rooms.map(|(id, name)| LinkRoomJson {
            id: *id,
            name: name.clone(),
        });
        LinkJson {
            created_by: listed.creator.username.to_string(),
            state: listed.state.name(),
            rooms: rooms.collect(),
            other_rooms: listed.other_rooms,
            joined: listed.joined.iter().map(JoinedJson::from).collect(),
            ..LinkJson::of(link)
        }
    }
}

impl LinkJson {
    fn of(link: &InviteLink) -> LinkJson {
        LinkJson {
            id: link.id,
            url: None,
            state: LinkState::Active.name(),
            created_by: String::new(),
            created_at: time::iso(link.created_at),
            expires_at: link.expires_at.map(time::iso),
            max_uses: link.max_uses,
            uses: link.uses,
            note: link.note.clone(),
            guest_until: link.guest_until.map(time::iso),
            rooms: Vec::new(),
            other_rooms: 0,
            joined: Vec::new(),
            sent_to: Vec::new(),
        }
    }

    /// A link that `creator` has just created, with its address.
    pub fn created(created: CreatedLink, creator: &str, url: String) -> LinkJson {
        LinkJson {
            url: Some(url),
            created_by: creator.to_owned(),
            rooms: created.rooms.iter().map(LinkRoomJson::from).collect(),
            sent_to: created.sent_to,
            ..LinkJson::of(&created.link)
        }
    }
}

impl From<&Room> for LinkRoomJson {
    fn from(room: &Room) -> LinkRoomJson {
        LinkRoomJson {
            id: room.id,
            name: room.name.to_string(),
        }
    }
}

impl From<&JoinedUser> for JoinedJson {
    fn from(user: &JoinedUser) -> JoinedJson {
        JoinedJson {
            username: user.username.clone(),
            new_account: user.is_new,
        }
    }
}

impl OfferJson {
    /// The offer of a server with this name, which takes new accounts or not.
    pub fn of(offer: &LinkOffer, server: String, registration: bool) -> OfferJson {
        OfferJson {
            server,
            invited_by: InviterJson {
                username: offer.inviter.username.to_string(),
                display_name: offer.inviter.display_name.to_string(),
            },
            note: offer.link.note.clone(),
            rooms: offer.rooms.iter().map(LinkRoomJson::from).collect(),
            guest_until: offer.link.guest_until.map(time::iso),
            expires_at: offer.link.expires_at.map(time::iso),
            registration,
        }
    }
}

fn is_zero(count: &usize) -> bool {
    *count == 0
}

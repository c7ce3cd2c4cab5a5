//! A room as programs get it.

use std::cmp::Reverse;

use serde::Serialize;

use super::{Entry, List, routes::Unread, view::kind_name};
use crate::{
    db::{
        ids::{RoomId, UserId},
        time,
    },
    rooms::{Kind, Member, Role, Room, RoomSummary},
};

/// A room, with what the reader is in it and has not read of it, if they are in it.
#[derive(Serialize)]
pub struct RoomJson {
    id: RoomId,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    topic: Option<String>,
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    default: Option<bool>,
    archived: bool,
    member: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unread: Option<Unread>,
    /// The others in a direct conversation.
    #[serde(skip_serializing_if = "Option::is_none")]
    people: Option<Vec<UserId>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rev: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    online: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    members: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    active_at: Option<String>,
}

impl RoomJson {
    /// A room and the reader's row for it, if they have one.
    pub fn of(room: &Room, list: &List) -> RoomJson {
        let direct = list
            .entry(room.id)
            .filter(|entry| entry.kind == Kind::Direct);
        RoomJson {
            id: room.id,
            name: room.name.to_string(),
            topic: Some(room.topic.to_string()),
            kind: kind_name(room.kind),
            default: Some(room.is_default),
            archived: room.archived,
            member: list.entry(room.id).is_some(),
            role: None,
            unread: Unread::of(list, room.id),
            people: direct.map(|entry| entry.people.to_vec()),
            rev: None,
            online: None,
            members: None,
            active_at: None,
        }
    }

    /// One's own room.
    pub fn of_member(member: &Member, list: &List) -> RoomJson {
        RoomJson {
            role: Some(role(member.role)),
            ..RoomJson::of(&member.room, list)
        }
    }

    /// A room of the directory.
    pub fn of_listing(listing: &RoomSummary, list: &List) -> RoomJson {
        RoomJson {
            members: Some(listing.members),
            active_at: listing.active_at.map(time::iso),
            ..RoomJson::of(&listing.room, list)
        }
    }

    /// A room that was found by its name: what a list does not hold is left out.
    pub fn of_found(room: &Room, list: &List) -> RoomJson {
        RoomJson {
            topic: None,
            default: None,
            ..RoomJson::of(room, list)
        }
    }

    /// One's own direct conversations, the latest first.
    pub fn directs(list: &List) -> Vec<RoomJson> {
        let entries = list.entries.iter();
        let mut directs: Vec<&Entry> = entries.filter(|entry| entry.kind == Kind::Direct).collect();
        directs.sort_by_key(|entry| Reverse(entry.counts.newest));
        let found = |entry: &Entry| RoomJson::of_found(&entry.to_room(), list);
        directs.into_iter().map(found).collect()
    }

    /// The same with the count of its changes, and how many people are there now.
    pub fn with(self, rev: i64, online: usize) -> RoomJson {
        RoomJson {
            rev: Some(rev),
            online: Some(online),
            ..self
        }
    }
}

/// A role's name in forms and JSON.
pub fn role(role: Role) -> &'static str {
    match role {
        Role::Member => "member",
        Role::Owner => "owner",
        Role::Admin => "admin",
    }
}

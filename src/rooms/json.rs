//! Rooms as JSON.

use std::cmp::Reverse;

use serde::Serialize;
use serde_json::{Value, json};

use super::{
    BannedUser, Invitation, Kind, Member, Room, RoomEntry, RoomList, RoomSummary, html::MemberRow,
};
use crate::{
    db::{
        ids::{RoomId, UserId},
        time,
    },
    people::PersonJson,
};

/// Room, with the reader's role and unread counts if they are a member.
#[derive(Serialize)]
pub struct RoomJson {
    id: RoomId,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    topic: Option<String>,
    kind: &'static str,
    /// URL of the picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    picture: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    emoji: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    default: Option<bool>,
    archived: bool,
    /// Whether only owners, moderators and admins post.
    #[serde(skip_serializing_if = "Option::is_none")]
    announcements: Option<bool>,
    /// Seconds between two posts of a member.
    #[serde(skip_serializing_if = "Option::is_none")]
    slow_mode: Option<i32>,
    /// End of the reader's time-out.
    #[serde(skip_serializing_if = "Option::is_none")]
    timed_out_until: Option<String>,
    /// Days after which messages are erased, if the room has a retention of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    retention_days: Option<u32>,
    member: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unread: Option<Value>,
    /// Other members of a direct conversation.
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
    /// Room with the reader's entry for it, if any.
    pub fn of(room: &Room, list: &RoomList) -> RoomJson {
        let entry = list.entry(room.id);
        let direct = entry.filter(|entry| entry.kind == Kind::Direct);
        RoomJson {
            id: room.id,
            name: room.name.to_string(),
            topic: Some(room.topic.to_string()),
            kind: room.kind.name(),
            picture: room.icon().picture_url(),
            emoji: room.emoji.to_string(),
            default: Some(room.is_default),
            archived: room.archived,
            announcements: None,
            slow_mode: None,
            timed_out_until: None,
            retention_days: (room.retention_days > 0).then_some(room.retention_days),
            member: entry.is_some(),
            role: None,
            unread: unread_json(list, room.id),
            people: direct.map(|entry| entry.people.to_vec()),
            rev: None,
            online: None,
            members: None,
            active_at: None,
        }
    }

    /// Room of which the reader is a member.
    pub fn of_member(member: &Member, list: &RoomList) -> RoomJson {
        let timed_out_until = member.room.timed_out_until;
        let is_timed_out = timed_out_until > time::now();
        RoomJson {
            announcements: Some(member.room.announcements),
            slow_mode: Some(member.room.slow_mode),
            timed_out_until: is_timed_out.then(|| time::iso(timed_out_until)),
            role: Some(member.role.name()),
            ..RoomJson::of(&member.room, list)
        }
    }

    /// Room in the directory.
    pub fn of_summary(summary: &RoomSummary, list: &RoomList) -> RoomJson {
        RoomJson {
            members: Some(summary.members),
            active_at: summary.active_at.map(time::iso),
            ..RoomJson::of(&summary.room, list)
        }
    }

    /// Room found by its name, without the fields that a list does not contain.
    pub fn of_found(room: &Room, list: &RoomList) -> RoomJson {
        RoomJson {
            topic: None,
            default: None,
            ..RoomJson::of(room, list)
        }
    }

    /// Reader's direct conversations, the latest first.
    pub fn directs(list: &RoomList) -> Vec<RoomJson> {
        let directs = list.entries.iter();
        let directs = directs.filter(|entry| entry.kind == Kind::Direct);
        let mut directs: Vec<&RoomEntry> = directs.collect();
        directs.sort_by_key(|entry| Reverse(entry.counts.newest));
        let found = |entry: &RoomEntry| RoomJson::of_found(&entry.to_room(), list);
        directs.into_iter().map(found).collect()
    }

    /// Adds the room's rev and the number of users online in it.
    pub fn with(self, rev: i64, online: usize) -> RoomJson {
        RoomJson {
            rev: Some(rev),
            online: Some(online),
            ..self
        }
    }
}

/// User's unread counts and preferences for a room, if the list has an entry for it.
pub fn unread_json(list: &RoomList, room: RoomId) -> Option<Value> {
    let entry = list.entry(room)?;
    Some(json!({
        "room": room,
        "read": entry.counts.read,
        "unread": entry.counts.unread,
        "mentions": entry.counts.all_mentions(),
        "threads": entry.counts.threads,
        "notify": entry.notify.name(),
        "hidden": entry.hidden,
        "favourite": entry.favourite,
    }))
}

/// Pending invitation as JSON.
pub fn invitation_json(invitation: &Invitation) -> Value {
    let inviter = &invitation.invited_by;
    json!({
        "room": { "id": invitation.room, "name": *invitation.name, "kind": Kind::Closed.name() },
        "invited_by": {
            "id": inviter.id,
            "username": *inviter.username,
            "display_name": *inviter.display_name,
        },
        "invited_at": time::iso(invitation.invited_at),
    })
}

/// Member of a room as JSON: the person and their role.
pub fn member_json(row: &MemberRow) -> Value {
    let mut member = json!(PersonJson::from(&row.person));
    member["role"] = row.role.name().into();
    if row.is_timed_out {
        member["timed_out_until"] = time::iso(row.timed_out_until).into();
    }
    member
}

/// Banned user as JSON.
pub fn banned_json(banned: &BannedUser) -> Value {
    let person = &banned.person;
    json!({
        "id": person.id,
        "username": *person.username,
        "display_name": *person.display_name,
        "banned_at": time::iso(banned.banned_at),
    })
}

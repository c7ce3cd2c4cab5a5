//! A new room, a change of a room, and a room in the directory.

use super::{Kind, Room, RoomEmoji, RoomName, RoomTopic, rights::Action};

/// Rooms on one page of the directory.
pub const ROOMS_LISTED: i64 = 50;

/// Fields of a new room.
pub struct NewRoom {
    pub name: RoomName,
    pub topic: RoomTopic,
    /// Open or closed.
    pub kind: Kind,
}

/// Change of a room; `None` leaves a field as it is.
#[derive(Clone, Debug, Default)]
pub struct RoomChange {
    pub name: Option<RoomName>,
    /// Name when the user opened the form. If it has changed since, the whole change is refused.
    pub name_was: Option<String>,
    pub topic: Option<RoomTopic>,
    pub emoji: Option<RoomEmoji>,
    pub kind: Option<Kind>,
    pub archived: Option<bool>,
    pub is_default: Option<bool>,
    pub announcements: Option<bool>,
    /// Seconds.
    pub slow_mode: Option<i32>,
    /// Days after which messages are erased; 0 for the setting of the server.
    pub retention_days: Option<u32>,
    /// Whether messages may be erased by the change.
    pub confirmed: bool,
}

impl RoomChange {
    /// Bytes of the texts in it.
    pub(super) fn text_size(&self) -> usize {
        let name = self.name.as_ref().map_or(0, |name| name.as_str().len());
        // An emoji is not counted: it has a few bytes.
        name + self.topic.as_ref().map_or(0, |topic| topic.as_str().len())
    }

    /// Actions that the change needs on the room as it is.
    pub(super) fn actions(&self, room: &Room) -> Vec<Action> {
        let after = self.applied(room.clone());
        let changes = [
            (after.name != room.name, Action::Rename),
            (after.topic != room.topic, Action::Describe),
            (after.emoji != room.emoji, Action::Rename),
            (after.kind != room.kind, Action::Convert),
            (after.archived != room.archived, Action::Archive),
            (after.is_default != room.is_default, Action::MakeDefault),
            (after.announcements != room.announcements, Action::Restrict),
            (after.slow_mode != room.slow_mode, Action::Restrict),
            (after.retention_days != room.retention_days, Action::Delete),
        ];
        let needed = changes.into_iter().filter(|(changed, _)| *changed);
        needed.map(|(_, action)| action).collect()
    }

    /// The room after the change.
    pub(super) fn applied(&self, mut room: Room) -> Room {
        if let Some(name) = &self.name {
            room.name = name.as_str().into();
        }
        if let Some(topic) = &self.topic {
            room.topic = topic.as_str().into();
        }
        if let Some(emoji) = &self.emoji {
            room.emoji = emoji.as_str().into();
        }
        room.retention_days = self.retention_days.unwrap_or(room.retention_days);
        room.kind = self.kind.unwrap_or(room.kind);
        room.archived = self.archived.unwrap_or(room.archived);
        room.announcements = self.announcements.unwrap_or(room.announcements);
        room.slow_mode = self.slow_mode.unwrap_or(room.slow_mode);
        let stays_default = room.is_default && room.is_listed();
        room.is_default = self.is_default.unwrap_or(stays_default);
        room
    }
}

/// Open room that a user has not joined. All users may read it, because all may join it. Only [`Rooms::open_to`] makes
/// one.
///
/// [`Rooms::open_to`]: super::Rooms::open_to
#[derive(Clone, Debug)]
pub struct OpenRoom {
    pub room: Room,
    pub members: i64,
}

/// Room in the directory.
#[derive(Clone, Debug)]
pub struct RoomSummary {
    pub room: Room,
    pub members: i64,
    /// Time of the last message (ms UTC).
    pub active_at: Option<i64>,
    pub mine: bool,
}

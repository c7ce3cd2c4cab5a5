//! How long the messages of a room are kept.

use super::{Room, store};
use crate::{
    db::{Conn, ids::RoomId, time::DAY},
    error::{Error, Result},
};

/// Days after which messages are erased, if they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Retention(Option<u32>);

impl Retention {
    /// Retention of the server; 0 days for none.
    pub fn of_server(days: u32) -> Retention {
        Retention((days > 0).then_some(days))
    }

    /// Retention of a room: its own, but no longer than that of the server.
    pub fn of_room(server_days: u32, room_days: u32) -> Retention {
        match (Retention::of_server(server_days).0, room_days) {
            (None, days) => Retention::of_server(days),
            (Some(server), 0) => Retention(Some(server)),
            (Some(server), days) => Retention(Some(server.min(days))),
        }
    }

    /// The number of days.
    pub fn days(self) -> Option<u32> {
        self.0
    }

    /// Time before which messages are erased (ms UTC).
    pub fn cutoff(self, now: i64) -> Option<i64> {
        Some(now - i64::from(self.0?) * DAY)
    }

    /// Sentence for the members of a room; empty without a retention.
    pub fn sentence(self) -> String {
        match self.0 {
            None => String::new(),
            Some(1) => "Messages are deleted after 1 day.".into(),
            Some(days) => format!("Messages are deleted after {days} days."),
        }
    }
}

impl Room {
    /// Retention on a server with this setting.
    pub fn retention(&self, server_days: u32) -> Retention {
        Retention::of_room(server_days, self.retention_days)
    }
}

/// Messages that a retention erases at once, of all that exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outdated {
    pub count: i64,
    pub all: i64,
}

impl Outdated {
    /// Asks for a confirmation.
    ///
    /// # Errors
    /// `Conflict` with the numbers, unless there are no such messages.
    pub fn ask(self) -> Result<()> {
        let Outdated { count, all } = self;
        let what = match count {
            0 => return Ok(()),
            _ if count == all => format!("all {all} messages"),
            _ => format!("{count} of {all} messages"),
        };
        Err(Error::Conflict(format!(
            "This permanently deletes {what} and their files now."
        )))
    }
}

/// Counts the messages that a retention erases at once, in a room or on the whole server.
pub fn count_outdated(
    conn: &mut Conn,
    retention: Retention,
    room: Option<RoomId>,
) -> Result<Outdated> {
    let Some(cutoff) = retention.cutoff(crate::db::time::now()) else {
        return Ok(Outdated { count: 0, all: 0 });
    };
    Ok(Outdated {
        count: store::count_messages(conn, room, Some(cutoff))?,
        all: store::count_messages(conn, room, None)?,
    })
}

/// Checks the retention that a room may have on a server.
///
/// # Errors
/// `Invalid` if it is longer than that of the server.
pub fn check_bound(server_days: u32, room_days: u32) -> Result<()> {
    match server_days > 0 && room_days > server_days {
        false => Ok(()),
        true => Err(Error::Invalid(format!(
            "This server deletes messages after {server_days} days, so a room can’t keep them longer."
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shorter_retention_counts() {
        for (server, room, expected) in [
            (0, 0, None),
            (30, 0, Some(30)),
            (0, 7, Some(7)),
            (30, 7, Some(7)),
            (7, 30, Some(7)),
        ] {
            assert_eq!(Retention::of_room(server, room).days(), expected);
        }
    }

    #[test]
    fn a_confirmation_names_the_messages() {
        let ask = |count, all| Outdated { count, all }.ask();
        assert_eq!(ask(0, 7), Ok(()));
        let some = ask(3, 7).expect_err("three messages").to_string();
        assert!(some.contains("3 of 7 messages"), "{some}");
        let all = ask(7, 7).expect_err("all messages").to_string();
        assert!(all.contains("all 7 messages"), "{all}");
    }
}

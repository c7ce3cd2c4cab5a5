//! Audit log: actions of admins and moderators, recorded in the transaction that makes the change.
//!
//! Invariant: rows are only added. A trigger of the database refuses updates, and the retention job deletes old rows.

mod action;
mod retention;
mod store;

pub use action::AuditAction;
pub use retention::start_retention;
pub use store::{Filter, Recorded, entries};

use crate::{
    db::{
        Tx,
        ids::{RoomId, UserId},
        time,
    },
    error::Result,
};

/// An action to record.
#[derive(Clone, Debug)]
pub struct Entry {
    actor: Option<UserId>,
    action: AuditAction,
    user: Option<UserId>,
    room: Option<RoomId>,
    target: String,
    details: String,
}

impl Entry {
    /// An action of a user; `None` for the server or its command line.
    pub fn new(actor: Option<UserId>, action: AuditAction) -> Entry {
        Entry {
            actor,
            action,
            user: None,
            room: None,
            target: String::new(),
            details: String::new(),
        }
    }

    /// Adds the user whom it concerns. Their name is recorded as well.
    pub fn user(mut self, user: UserId) -> Entry {
        self.user = Some(user);
        self
    }

    /// Adds the room that it concerns. Its name is recorded as well.
    pub fn room(mut self, room: RoomId) -> Entry {
        self.room = Some(room);
        self
    }

    /// Adds another target, such as the key of a setting.
    pub fn target(mut self, target: impl Into<String>) -> Entry {
        self.target = target.into();
        self
    }

    /// Adds details in words, such as the former and the new value.
    pub fn details(mut self, details: impl Into<String>) -> Entry {
        self.details = details.into();
        self
    }
}

/// Records an action.
pub fn record(tx: &mut Tx, entry: Entry) -> Result<()> {
    store::insert(tx.conn, entry, time::now())
}

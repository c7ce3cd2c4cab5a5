//! The rooms that new accounts join.

use std::sync::Arc;

use super::{Room, administration::NO_DEFAULT_LEFT, store};
use crate::{
    db::{Conn, Tx, ids::RoomId, time},
    error::{Error, Result},
    events::{Event, Events},
};

/// Rooms that new accounts can join, with whether they do: those that do, and other open ones up to 200.
pub fn possible_defaults(conn: &mut Conn) -> Result<Vec<(Room, bool)>> {
    let rooms = store::listed(conn)?.into_iter();
    Ok(rooms.map(|room| (room.clone(), room.is_default)).collect())
}

/// Makes these the default rooms, and no others. Returns those that changed, with whether they are default rooms now.
///
/// # Errors
/// `Invalid` for none, or for a room that is not open and active.
pub fn set_defaults(
    tx: &mut Tx,
    events: &Arc<Events>,
    defaults: &[RoomId],
) -> Result<Vec<(RoomId, bool)>> {
    if defaults.is_empty() {
        return Err(Error::Invalid(NO_DEFAULT_LEFT.into()));
    }
    let mut changed = Vec::new();
    for id in defaults {
        let room = store::room(tx.conn, *id)?.filter(Room::is_listed);
        let why = "Only open, active rooms can be joined automatically.";
        room.ok_or_else(|| Error::Invalid(why.into()))?;
    }
    for mut room in store::listed(tx.conn)? {
        let is_default = defaults.contains(&room.id);
        if room.is_default != is_default {
            room.is_default = is_default;
            store::update(tx.conn, &room, time::now())?;
            events.emit(tx, Event::RoomChanged(room.id))?;
            changed.push((room.id, is_default));
        }
    }
    Ok(changed)
}

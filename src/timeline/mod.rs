//! The room page and its socket: what a person sees and hears of a room.

mod guard;
mod newest;
mod posting;
pub mod routes;
mod socket;
mod view;

pub use newest::NewestPages;
pub use socket::Services;

use crate::{
    db::ids::RoomId,
    error::{Error, Result},
    messages::{self, Changes, Page},
};

/// What changed in a room as pieces of HTML, each of them one frame for a socket.
///
/// # Errors
/// `Internal` when a template fails.
fn pieces(room: RoomId, changes: Changes) -> Result<Vec<String>> {
    if changes.anew {
        let newest = Page {
            messages: changes.fresh,
            rev: changes.rev,
            more: changes.more,
        };
        return Ok(vec![messages::anew(room, &newest)?]);
    }
    let gap = changes.gap.map(|gap| messages::gap_push(room, gap));
    gap.into_iter()
        .chain(changes.fresh.iter().map(messages::push))
        .chain(changes.revised.iter().map(messages::replace))
        .collect()
}

/// What somebody is told who writes in a room that they are out of.
fn gone() -> Error {
    let what = "You are no longer in this room, or it is gone. What you wrote is still here.";
    Error::Conflict(what.into())
}

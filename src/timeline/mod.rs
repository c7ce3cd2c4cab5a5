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

/// What changed in a room as one piece of HTML, which is empty when nothing did. It is one frame for a
/// socket: the revs in it are in no order, since a message stands where it was posted and says when it
/// changed, so whoever got a part of it and came back after the newest rev in it would miss the rest.
///
/// # Errors
/// `Internal` when a template fails.
fn caught_up(room: RoomId, changes: Changes) -> Result<String> {
    if changes.reset {
        let newest = Page {
            messages: changes.fresh,
            rev: changes.rev,
            more: changes.more,
        };
        return messages::reset(room, &newest);
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

//! The room page and its socket: what a person sees and hears of a room.

mod newest;
pub mod routes;
mod socket;
mod view;

pub use newest::NewestPages;
pub use socket::Services;

use crate::{
    db::ids::RoomId,
    error::{Error, Result},
    live::CATCH_UP,
    messages::{self, Messages, Page, Window},
    rooms::Member,
};

/// Messages on a page.
pub const PAGE: i64 = 50;

/// What somebody missed: maybe a gap with its link, then messages.
pub struct Missed {
    /// The revs that are left out: after the first, up to the second.
    pub gap: Option<(i64, i64)>,
    /// The messages after it.
    pub page: Page,
}

impl Missed {
    /// Reads what came after `rev`: all of it, or the newest 200 and a gap before them. From 0, or
    /// from a rev that does not exist (a backup was restored), it is the newest page.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn since(messages: &Messages, member: &Member, rev: i64) -> Result<Missed> {
        let after = messages.read(member, Window::After(rev, CATCH_UP)).await?;
        if rev > 0 && rev <= after.rev && !after.more {
            return Ok(Missed {
                gap: None,
                page: after,
            });
        }
        let known = rev > 0 && rev <= after.rev;
        let count = if known { CATCH_UP } else { PAGE };
        let page = messages.read(member, Window::Newest(count)).await?;
        let first = page.messages.first().map_or(0, |message| message.rev);
        let from = if known { rev } else { 0 };
        let gap = (page.more && first > from + 1).then_some((from, first - 1));
        Ok(Missed { gap, page })
    }

    /// As pieces of HTML, each of them one frame for a socket.
    ///
    /// # Errors
    /// `Internal` when a template fails.
    pub fn pieces(&self, room: RoomId) -> Result<Vec<String>> {
        let gap = self
            .gap
            .map(|(after, until)| messages::gap_push(room, after, until));
        gap.into_iter()
            .chain(self.page.messages.iter().map(messages::push))
            .collect()
    }
}

/// What somebody is told who writes in a room that they are out of.
fn gone() -> Error {
    let what = "You are no longer in this room, or it is gone. What you wrote is still here.";
    Error::Conflict(what.into())
}

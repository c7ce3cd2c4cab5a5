//! The sidebar beside every page, and the socket that keeps it current on pages that show no room.

mod feed;
mod html;
pub mod http;

pub use feed::{PageState, SidebarFeed, SidebarSocket};
pub use html::SidebarView;

use crate::{
    app::App,
    error::Result,
    rooms::{Member, Rooms},
};

/// For a page without a socket: the HTML of the list, if it differs from the one that the page shows.
pub async fn if_changed(
    member: &Member,
    state: &PageState,
    app: &App,
    rooms: &Rooms,
) -> Result<String> {
    let list = rooms.list(member.user.id).await?;
    let at = Some(member.room.id);
    let sidebar = SidebarView::new(&member.user.viewer(), list, at, &app.live);
    match state.list {
        Some(serial) if serial != sidebar.serial() => sidebar.whole(),
        _ => Ok(String::new()),
    }
}

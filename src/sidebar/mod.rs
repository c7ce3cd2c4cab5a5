//! The sidebar beside every page, and the socket that updates it on pages without a room.

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

/// HTML of the list for a page without a socket, empty if the page shows the same list.
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

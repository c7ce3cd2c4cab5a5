//! Links to the open rooms that a text names.

use crate::{
    db::Conn,
    error::Result,
    messages::{Html, markup},
    rooms::{self, RoomName},
};

/// The HTML with links to the open rooms that its text names.
pub fn link(conn: &mut Conn, html: Html) -> Result<Html> {
    if !html.as_str().contains('#') {
        return Ok(html);
    }
    let key = |name: &str| RoomName::parse(name).ok().map(|name| name.key());
    let names = markup::room_links::names(html.as_str()).into_iter();
    let keys: Vec<String> = names.filter_map(key).collect();
    if keys.is_empty() {
        return Ok(html);
    }
    let rooms = rooms::open_named(conn, &keys)?;
    if rooms.is_empty() {
        return Ok(html);
    }
    let known = |name: &str| {
        let key = key(name)?;
        let found = rooms.iter().find(|(of, _)| *of == key);
        found.map(|(_, room)| *room)
    };
    Ok(Html::stored(markup::room_links::link(
        html.as_str(),
        &known,
    )))
}

//! Links to the open rooms that a text names.

use crate::{
    db::Conn,
    error::Result,
    messages::{Html, markup, markup::Rendered},
    rooms,
};

/// The HTML of a rendered text, with links to the open rooms that it names.
pub fn link(conn: &mut Conn, html: Html, rendered: &Rendered) -> Result<Html> {
    if rendered.rooms().is_empty() {
        return Ok(html);
    }
    let rooms = rooms::open_named(conn, rendered.rooms())?;
    if rooms.is_empty() {
        return Ok(html);
    }
    let known = |name: &str| {
        let key = markup::room_links::key(name)?;
        let found = rooms.iter().find(|(of, _)| *of == key);
        found.map(|(_, room)| *room)
    };
    Ok(Html::stored(markup::room_links::link(
        html.as_str(),
        &known,
    )))
}

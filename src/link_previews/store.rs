//! Rows of link previews, and of their use in messages.

use std::collections::HashSet;

use diesel::{
    ExpressionMethods, JoinOnDsl, OptionalExtension, QueryDsl, Queryable, RunQueryDsl, Selectable,
    SelectableHelper, dsl::exists,
};

use super::{LinkPreview, NewPreview, PreviewPicture};
use crate::{
    db::{
        Conn,
        id_list::id_list,
        ids::{MessageId, RoomId},
        time,
    },
    error::Result,
    schema::{link_previews, message_previews, messages},
};

/// Time in milliseconds for which a preview is reused.
const FRESH: i64 = 24 * 60 * 60 * 1000;
/// Time in milliseconds for which a result without a preview is reused.
const FAILURE_FRESH: i64 = 60 * 60 * 1000;

/// Columns of [`LinkPreview`].
#[derive(Queryable, Selectable)]
#[diesel(table_name = link_previews)]
struct PreviewRow {
    id: i64,
    url: String,
    title: String,
    description: String,
    site: String,
    picture: Option<String>,
    width: i32,
    height: i32,
    room_id: Option<RoomId>,
    quoted_id: Option<MessageId>,
}

impl PreviewRow {
    fn preview(self, place: i32) -> LinkPreview {
        let picture = self.picture.map(|_| PreviewPicture {
            url: format!("/previews/{}", self.id),
            width: self.width.unsigned_abs(),
            height: self.height.unsigned_abs(),
        });
        LinkPreview {
            place,
            url: self.url,
            title: self.title,
            description: self.description,
            site: self.site,
            picture,
            quoted: self.room_id.zip(self.quoted_id),
        }
    }
}

/// Returns the newest result for a URL, unless it is too old.
pub fn recent(conn: &mut Conn, url: &str) -> Result<Option<i64>> {
    let now = time::now();
    let row: Option<(i64, bool, i64)> = link_previews::table
        .filter(link_previews::url.eq(url))
        .filter(link_previews::fetched_at.gt(now - FRESH))
        .order(link_previews::fetched_at.desc())
        .select((
            link_previews::id,
            link_previews::is_found,
            link_previews::fetched_at,
        ))
        .first(conn)
        .optional()?;
    let fresh = row.filter(|(_, is_found, at)| *is_found || *at > now - FAILURE_FRESH);
    Ok(fresh.map(|(id, ..)| id))
}

/// Inserts the result for a URL and returns its id. `None` means that there is nothing to show.
pub fn insert(conn: &mut Conn, url: &str, preview: Option<&NewPreview>) -> Result<i64> {
    let empty = NewPreview::default();
    let found = preview.unwrap_or(&empty);
    let picture = found.picture.as_ref();
    let row = (
        link_previews::url.eq(url),
        link_previews::fetched_at.eq(time::now()),
        link_previews::is_found.eq(preview.is_some()),
        link_previews::title.eq(&found.title),
        link_previews::description.eq(&found.description),
        link_previews::site.eq(&found.site),
        link_previews::picture.eq(picture.map(|picture| &*picture.stored.hash)),
        link_previews::width.eq(picture.map_or(0, |picture| picture.width as i32)),
        link_previews::height.eq(picture.map_or(0, |picture| picture.height as i32)),
        link_previews::room_id.eq(found.quoted.map(|(room, _)| room)),
        link_previews::quoted_id.eq(found.quoted.map(|(_, message)| message)),
    );
    let insert = diesel::insert_into(link_previews::table).values(row);
    Ok(insert.returning(link_previews::id).get_result(conn)?)
}

/// Returns whether all of these previews exist.
pub fn exist(conn: &mut Conn, ids: &[i64]) -> Result<bool> {
    let unique: HashSet<i64> = ids.iter().copied().collect();
    let wanted = link_previews::table.filter(link_previews::id.eq_any(ids));
    let count: i64 = wanted.count().get_result(conn)?;
    Ok(count as usize == unique.len())
}

/// Replaces the previews of a message. Previews whose URL was removed before stay removed. Returns whether any preview
/// may have become unused.
pub fn replace(conn: &mut Conn, message: MessageId, ids: &[i64]) -> Result<bool> {
    let removed: Vec<String> = message_previews::table
        .inner_join(link_previews::table)
        .filter(message_previews::message_id.eq(message))
        .filter(message_previews::is_removed.eq(true))
        .select(link_previews::url)
        .load(conn)?;
    let has_detached = detach(conn, message)?;
    for (place, id) in ids.iter().enumerate() {
        let row = link_previews::table.find(*id);
        let url: String = row.select(link_previews::url).first(conn)?;
        let row = (
            message_previews::message_id.eq(message),
            message_previews::place.eq(place as i32),
            message_previews::preview_id.eq(*id),
            message_previews::is_removed.eq(removed.contains(&url)),
        );
        let insert = diesel::insert_into(message_previews::table).values(row);
        insert.execute(conn)?;
    }
    Ok(has_detached)
}

/// Detaches the previews of a message whose URLs aren't among `urls`. Returns whether there were any.
pub fn retain(conn: &mut Conn, message: MessageId, urls: &[String]) -> Result<bool> {
    let rows: Vec<(i32, String)> = message_previews::table
        .inner_join(link_previews::table)
        .filter(message_previews::message_id.eq(message))
        .select((message_previews::place, link_previews::url))
        .load(conn)?;
    let outdated = rows.iter().filter(|(_, url)| !urls.contains(url));
    let places: Vec<i32> = outdated.map(|(place, _)| *place).collect();
    let rows = message_previews::table
        .filter(message_previews::message_id.eq(message))
        .filter(message_previews::place.eq_any(&places));
    Ok(diesel::delete(rows).execute(conn)? > 0)
}

/// Detaches all previews from a message. Returns whether there were any.
pub fn detach(conn: &mut Conn, message: MessageId) -> Result<bool> {
    let of_message = message_previews::table.filter(message_previews::message_id.eq(message));
    Ok(diesel::delete(of_message).execute(conn)? > 0)
}

/// Permanently hides a preview of a message. Returns whether it was visible.
pub fn remove(conn: &mut Conn, message: MessageId, place: i32) -> Result<bool> {
    let shown = message_previews::table
        .filter(message_previews::message_id.eq(message))
        .filter(message_previews::place.eq(place))
        .filter(message_previews::is_removed.eq(false));
    let hide = diesel::update(shown).set(message_previews::is_removed.eq(true));
    Ok(hide.execute(conn)? > 0)
}

/// Returns the number of previews of a message, including hidden ones.
pub fn count(conn: &mut Conn, message: MessageId) -> Result<i64> {
    let of_message = message_previews::table.filter(message_previews::message_id.eq(message));
    Ok(of_message.count().get_result(conn)?)
}

/// Returns the visible previews of messages, in order.
pub fn of_messages(conn: &mut Conn, ids: Vec<MessageId>) -> Result<Vec<(MessageId, LinkPreview)>> {
    let rows: Vec<(MessageId, i32, PreviewRow)> = message_previews::table
        .inner_join(link_previews::table)
        .filter(message_previews::message_id.eq_any(id_list(ids)))
        .filter(message_previews::is_removed.eq(false))
        .filter(link_previews::is_found.eq(true))
        .order((message_previews::message_id, message_previews::place))
        .select((
            message_previews::message_id,
            message_previews::place,
            PreviewRow::as_select(),
        ))
        .load(conn)?;
    let shown = rows.into_iter();
    let shown = shown.map(|(message, place, row)| (message, row.preview(place)));
    Ok(shown.collect())
}

/// Returns the hash of a preview's picture, and the rooms of the messages that show it.
pub fn picture(conn: &mut Conn, preview: i64) -> Result<Option<(String, Vec<RoomId>)>> {
    let row = link_previews::table.find(preview);
    let hash: Option<Option<String>> = row.select(link_previews::picture).first(conn).optional()?;
    let Some(hash) = hash.flatten() else {
        return Ok(None);
    };
    let rooms = message_previews::table
        .inner_join(messages::table.on(messages::id.eq(message_previews::message_id)))
        .filter(message_previews::preview_id.eq(preview))
        .filter(message_previews::is_removed.eq(false))
        .select(messages::room_id)
        .distinct();
    Ok(Some((hash, rooms.load(conn)?)))
}

/// Deletes up to `limit` unused previews. Returns how many were deleted, and the hashes of their pictures.
pub fn delete_unused(conn: &mut Conn, limit: i64) -> Result<(i64, Vec<String>)> {
    let uses = message_previews::table.filter(message_previews::preview_id.eq(link_previews::id));
    let rows: Vec<(i64, Option<String>)> = link_previews::table
        .filter(diesel::dsl::not(exists(uses)))
        .select((link_previews::id, link_previews::picture))
        .limit(limit)
        .load(conn)?;
    let ids: Vec<i64> = rows.iter().map(|(id, _)| *id).collect();
    diesel::delete(link_previews::table.filter(link_previews::id.eq_any(&ids))).execute(conn)?;
    let hashes = rows.into_iter().filter_map(|(_, hash)| hash);
    Ok((ids.len() as i64, hashes.collect()))
}

/// Returns whether there are previews that no message uses.
pub fn has_unused(conn: &mut Conn) -> Result<bool> {
    let uses = message_previews::table.filter(message_previews::preview_id.eq(link_previews::id));
    let unused = link_previews::table.filter(diesel::dsl::not(exists(uses)));
    Ok(diesel::select(exists(unused)).get_result(conn)?)
}

//! Attaching files to messages, and detaching them.

use diesel::{
    ExpressionMethods, NullableExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl,
    SelectableHelper,
};

use super::AttachmentRow;
use crate::{
    db::{
        Conn,
        id_list::id_list,
        ids::{MessageId, RoomId, UserId},
    },
    error::{Error, Result},
    files::{Attachment, PostedFile},
    schema::files,
};

/// Returns the user's finished uploads in the given order, with the given alt texts. Changes nothing.
///
/// # Errors
/// `Conflict` if one of them doesn't exist, isn't finished, or has already been posted.
pub fn to_post(
    conn: &mut Conn,
    user: UserId,
    wanted: &[PostedFile],
    now: i64,
) -> Result<Vec<Attachment>> {
    let mut found = Vec::with_capacity(wanted.len());
    for file in wanted {
        let own = files::table
            .filter(files::token.eq(&file.token))
            .filter(files::user_id.eq(user));
        let row: Option<AttachmentRow> = own
            .filter(files::message_id.is_null())
            .filter(files::expires_at.gt(now))
            .select(AttachmentRow::as_select())
            .first(conn)
            .optional()?;
        let gone = "An attached file has expired. Remove it and attach it again.";
        let row = row.ok_or_else(|| Error::Conflict(gone.into()))?;
        if row.hash.is_none() {
            let why = format!(
                "“{}” is still uploading. Send the message when it’s done.",
                row.name
            );
            return Err(Error::Conflict(why));
        }
        found.push(Attachment {
            alt: file.alt.clone(),
            ..row.attachment()
        });
    }
    Ok(found)
}

/// Attaches finished uploads to a message.
pub fn attach(
    conn: &mut Conn,
    room: RoomId,
    message: MessageId,
    attached: &[Attachment],
) -> Result<()> {
    for (place, file) in attached.iter().enumerate() {
        let columns = (
            files::message_id.eq(message),
            files::room_id.eq(room),
            files::place.eq(place as i32),
            files::alt.eq(&file.alt),
            files::expires_at.eq(None::<i64>),
        );
        let row = files::table.filter(files::token.eq(&file.token));
        diesel::update(row).set(columns).execute(conn)?;
    }
    Ok(())
}

/// Detaches one file from a message.
pub fn detach_one(conn: &mut Conn, message: MessageId, token: &str) -> Result<()> {
    let row = files::table
        .filter(files::token.eq(token))
        .filter(files::message_id.eq(message));
    let detached = diesel::update(row).set(files::message_id.eq(None::<MessageId>));
    detached.execute(conn)?;
    Ok(())
}

/// Sets the alt text of an attachment.
pub fn set_alt(conn: &mut Conn, message: MessageId, token: &str, alt: &str) -> Result<()> {
    let row = files::table
        .filter(files::token.eq(token))
        .filter(files::message_id.eq(message));
    diesel::update(row).set(files::alt.eq(alt)).execute(conn)?;
    Ok(())
}

/// Detaches all files of a message. Returns whether there were any.
pub fn detach(conn: &mut Conn, message: MessageId) -> Result<bool> {
    let of_message = files::table.filter(files::message_id.eq(message));
    let detached = diesel::update(of_message).set(files::message_id.eq(None::<MessageId>));
    Ok(detached.execute(conn)? > 0)
}

/// Returns the attachments of messages, in order.
pub fn of_messages(conn: &mut Conn, ids: Vec<MessageId>) -> Result<Vec<(MessageId, Attachment)>> {
    let rows: Vec<AttachmentRow> = files::table
        .filter(files::message_id.assume_not_null().eq_any(id_list(ids)))
        .order((files::message_id, files::place))
        .select(AttachmentRow::as_select())
        .load(conn)?;
    let attachment = |row: AttachmentRow| Some((row.message_id?, row.attachment()));
    Ok(rows.into_iter().filter_map(attachment).collect())
}

//! Rows of files.

mod listing;
mod own;
mod storage;

pub use listing::{FileFilter, Scope, SharedFile, listed};
pub use own::{OwnFile, OwnUpload, SortBy, place, posted, unposted};
pub use storage::{
    PersonUsage, RoomUsage, StoredFile, Totals, by_person, by_room, largest, totals,
};

use diesel::{
    BoolExpressionMethods, ExpressionMethods, NullableExpressionMethods, OptionalExtension,
    QueryDsl, Queryable, RunQueryDsl, Selectable, SelectableHelper,
    dsl::{count_star, exists, min, select},
};

use super::{
    Attachment, Finished, Picture, PostedFile, TextPreview,
    media::store::{self as media, MediaRow},
};
use crate::{
    db::{
        Conn,
        id_list::id_list,
        ids::{MessageId, RoomId, UserId},
    },
    error::{Error, Result},
    schema::{avatars, emoji, files, link_previews, messages},
};

/// The columns of an [`Attachment`].
#[derive(Queryable, Selectable)]
#[diesel(table_name = files)]
struct AttachmentRow {
    token: String,
    name: String,
    size: i64,
    media_type: String,
    hash: Option<String>,
    width: Option<i32>,
    height: Option<i32>,
    placeholder: Option<String>,
    is_animated: bool,
    copies: i32,
    alt: String,
    message_id: Option<MessageId>,
    preview: Option<String>,
    #[diesel(embed)]
    media: MediaRow,
}

impl AttachmentRow {
    fn attachment(self) -> Attachment {
        let picture = match (self.width, self.height) {
            (Some(width), Some(height)) => Some(Picture {
                width: width.unsigned_abs(),
                height: height.unsigned_abs(),
                placeholder: self.placeholder.unwrap_or_default(),
                is_animated: self.is_animated,
                copies: self.copies,
            }),
            _ => None,
        };
        let (media, poster) = self.media.media();
        Attachment {
            token: self.token,
            name: self.name,
            size: self.size,
            media_type: self.media_type,
            hash: self.hash.unwrap_or_default(),
            picture,
            alt: self.alt,
            media,
            poster,
            preview: self.preview.map(TextPreview::stored),
        }
    }
}

/// An upload of a user.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = files)]
pub struct UploadRow {
    pub token: String,
    pub name: String,
    pub user_id: UserId,
    pub length: i64,
    pub hash: Option<String>,
    pub expires_at: Option<i64>,
    /// Header `Upload-Metadata`, as the client sent it.
    pub metadata: String,
    /// Offset of a part that was being received with a checksum. The bytes after it are not checked.
    pub unchecked_from: Option<i64>,
}

/// Bytes and unfinished uploads of one user, and bytes of all.
pub struct Usage {
    pub of_user: i64,
    pub unfinished: i64,
    pub total: i64,
}

/// Reads what a user has stored, and all users together if that is wanted.
pub fn usage(conn: &mut Conn, user: UserId, with_total: bool) -> Result<Usage> {
    let own = files::table.filter(files::user_id.eq(user));
    let unfinished = own.filter(files::hash.is_null()).select(count_star());
    Ok(Usage {
        of_user: bytes(conn, Some(user))?,
        unfinished: unfinished.first(conn)?,
        total: match with_total {
            true => bytes(conn, None)?,
            false => 0,
        },
    })
}

/// Bytes of the files of one user, or of all, with their reduced copies.
fn bytes(conn: &mut Conn, user: Option<UserId>) -> Result<i64> {
    let total =
        diesel::dsl::sql::<diesel::sql_types::BigInt>("COALESCE(SUM(size + copies_size), 0)");
    Ok(match user {
        Some(user) => files::table
            .filter(files::user_id.eq(user))
            .select(total)
            .first(conn)?,
        None => files::table.select(total).first(conn)?,
    })
}

/// Inserts an upload without bytes.
pub fn insert(conn: &mut Conn, upload: &UploadRow, now: i64) -> Result<()> {
    let row = (
        files::token.eq(&upload.token),
        files::user_id.eq(upload.user_id),
        files::name.eq(&upload.name),
        files::metadata.eq(&upload.metadata),
        files::length.eq(upload.length),
        files::size.eq(upload.length),
        files::created_at.eq(now),
        files::expires_at.eq(upload.expires_at),
    );
    diesel::insert_into(files::table)
        .values(row)
        .execute(conn)?;
    Ok(())
}

/// Inserts a finished upload with the content of another file. Returns `false` if no row has that content any more.
pub fn copy(
    conn: &mut Conn,
    (user, original): (UserId, &Attachment),
    token: &str,
    (now, expires_at): (i64, i64),
) -> Result<bool> {
    if !has_hash(conn, &original.hash)? {
        return Ok(false);
    }
    let upload = UploadRow {
        token: token.to_owned(),
        name: original.name.clone(),
        user_id: user,
        length: original.size,
        hash: None,
        expires_at: Some(expires_at),
        metadata: String::new(),
        unchecked_from: None,
    };
    insert(conn, &upload, now)?;
    let with_hash = files::table.filter(files::hash.eq(&original.hash));
    let finished = Finished {
        hash: original.hash.clone(),
        size: original.size,
        copies_size: with_hash.select(files::copies_size).first(conn)?,
        media_type: original.media_type.clone(),
        picture: original.picture.clone(),
        preview: original.preview.clone(),
    };
    finish(conn, token, &finished)?;
    media::describe(conn, token, &original.media)?;
    if let Some(poster) = &original.poster {
        media::copy_poster(conn, token, poster)?;
    }
    Ok(true)
}

/// The upload of a user, also a finished one; `None` for one that was posted or has expired.
pub fn upload(conn: &mut Conn, user: UserId, token: &str, now: i64) -> Result<Option<UploadRow>> {
    let own = files::table
        .filter(files::token.eq(token))
        .filter(files::user_id.eq(user))
        .filter(files::message_id.is_null())
        .filter(files::expires_at.gt(now));
    Ok(own.select(UploadRow::as_select()).first(conn).optional()?)
}

/// Records that an upload is complete, and what it contains.
pub fn finish(conn: &mut Conn, token: &str, finished: &Finished) -> Result<()> {
    let picture = finished.picture.as_ref();
    let columns = (
        files::size.eq(finished.size),
        files::hash.eq(&finished.hash),
        files::media_type.eq(&finished.media_type),
        files::width.eq(picture.map(|picture| picture.width as i32)),
        files::height.eq(picture.map(|picture| picture.height as i32)),
        files::placeholder.eq(picture.map(|picture| &*picture.placeholder)),
        files::is_animated.eq(picture.is_some_and(|picture| picture.is_animated)),
        files::copies.eq(picture.map_or(0, |picture| picture.copies)),
        files::copies_size.eq(finished.copies_size),
        files::preview.eq(finished.preview.as_ref().map(TextPreview::to_stored)),
    );
    let row = files::table.filter(files::token.eq(token));
    match diesel::update(row).set(columns).execute(conn)? {
        0 => Err(Error::NotFound), // it was cancelled meanwhile
        _ => Ok(()),
    }
}

/// Records where a part begins that is received with a checksum; `None` when it is checked, or removed again.
pub fn set_unchecked(conn: &mut Conn, token: &str, from: Option<i64>) -> Result<()> {
    let row = files::table.filter(files::token.eq(token));
    diesel::update(row)
        .set(files::unchecked_from.eq(from))
        .execute(conn)?;
    Ok(())
}

/// Lets an upload of a user expire. Returns whether there was one.
pub fn cancel(conn: &mut Conn, user: UserId, token: &str) -> Result<bool> {
    let own = files::table
        .filter(files::token.eq(token))
        .filter(files::user_id.eq(user))
        .filter(files::message_id.is_null())
        .filter(files::expires_at.is_not_null());
    let expired = diesel::update(own).set(files::expires_at.eq(None::<i64>));
    Ok(expired.execute(conn)? > 0)
}

/// The finished uploads of a user, in the order of their names in a post. Nothing is changed.
///
/// # Errors
/// `Conflict` if one of them does not exist, is not finished, or belongs to a message.
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

/// Makes finished uploads the files of a message in a room.
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

/// Takes one file from a message.
pub fn detach_one(conn: &mut Conn, message: MessageId, token: &str) -> Result<()> {
    let row = files::table
        .filter(files::token.eq(token))
        .filter(files::message_id.eq(message));
    let detached = diesel::update(row).set(files::message_id.eq(None::<MessageId>));
    detached.execute(conn)?;
    Ok(())
}

/// Sets the description of a picture of a message.
pub fn set_alt(conn: &mut Conn, message: MessageId, token: &str, alt: &str) -> Result<()> {
    let row = files::table
        .filter(files::token.eq(token))
        .filter(files::message_id.eq(message));
    diesel::update(row).set(files::alt.eq(alt)).execute(conn)?;
    Ok(())
}

/// Takes the files from a deleted message.
pub fn detach(conn: &mut Conn, message: MessageId) -> Result<bool> {
    let of_message = files::table.filter(files::message_id.eq(message));
    let detached = diesel::update(of_message).set(files::message_id.eq(None::<MessageId>));
    Ok(detached.execute(conn)? > 0)
}

/// The files of messages, in their order.
pub fn of_messages(conn: &mut Conn, ids: Vec<MessageId>) -> Result<Vec<(MessageId, Attachment)>> {
    let rows: Vec<AttachmentRow> = files::table
        .filter(files::message_id.assume_not_null().eq_any(id_list(ids)))
        .order((files::message_id, files::place))
        .select(AttachmentRow::as_select())
        .load(conn)?;
    let attachment = |row: AttachmentRow| Some((row.message_id?, row.attachment()));
    Ok(rows.into_iter().filter_map(attachment).collect())
}

/// A finished file, and the room of its message.
///
/// Returns `None` for an unknown one, and for one without a message that another user has uploaded.
pub fn find(
    conn: &mut Conn,
    user: UserId,
    token: &str,
) -> Result<Option<(Attachment, Option<RoomId>)>> {
    let finished = files::table
        .left_join(messages::table)
        .filter(files::token.eq(token))
        .filter(files::hash.is_not_null());
    let visible = finished.filter(
        files::message_id
            .is_not_null()
            .or(files::user_id.eq(user).and(files::expires_at.is_not_null())),
    );
    let row: Option<(AttachmentRow, Option<RoomId>)> = visible
        .select((AttachmentRow::as_select(), messages::room_id.nullable()))
        .first(conn)
        .optional()?;
    Ok(row.map(|(row, room)| (row.attachment(), room)))
}

/// Deletes at most `limit` rows of expired uploads and of deleted messages. Returns their tokens, and the hashes of
/// their contents and posters.
pub fn delete_outdated(
    conn: &mut Conn,
    now: i64,
    limit: i64,
) -> Result<Vec<(String, Vec<String>)>> {
    let outdated = files::table
        .filter(files::message_id.is_null())
        .filter(files::expires_at.is_null().or(files::expires_at.le(now)));
    let rows: Vec<(i64, String, Option<String>, Option<String>)> = outdated
        .select((files::id, files::token, files::hash, files::poster_hash))
        .limit(limit)
        .load(conn)?;
    let ids: Vec<i64> = rows.iter().map(|(id, ..)| *id).collect();
    diesel::delete(files::table.filter(files::id.eq_any(ids))).execute(conn)?;
    let contents =
        |(_, token, hash, poster)| (token, [hash, poster].into_iter().flatten().collect());
    Ok(rows.into_iter().map(contents).collect())
}

/// Whether there are files that belong to no message any more.
pub fn has_detached(conn: &mut Conn) -> Result<bool> {
    let detached = files::table
        .filter(files::message_id.is_null())
        .filter(files::expires_at.is_null());
    Ok(select(exists(detached)).get_result(conn)?)
}

/// When the next upload expires (ms UTC).
pub fn next_expiry(conn: &mut Conn) -> Result<Option<i64>> {
    let without_message = files::table.filter(files::message_id.is_null());
    Ok(without_message.select(min(files::expires_at)).first(conn)?)
}

/// Whether a row has a content, or a picture of a video, user, room, emoji or link with this hash.
pub fn has_content(conn: &mut Conn, hash: &str) -> Result<bool> {
    let avatar = exists(avatars::table.filter(avatars::hash.eq(hash)));
    let of_emoji = exists(emoji::table.filter(emoji::hash.eq(hash)));
    let of_link = exists(link_previews::table.filter(link_previews::picture.eq(hash)));
    Ok(has_hash(conn, hash)?
        || media::has_poster(conn, hash)?
        || select(avatar.or(of_emoji).or(of_link)).get_result(conn)?)
}

/// Whether a file has a content with this hash.
fn has_hash(conn: &mut Conn, hash: &str) -> Result<bool> {
    let with_hash = files::table.filter(files::hash.eq(hash));
    Ok(select(exists(with_hash)).get_result(conn)?)
}

/// Whether there is an unfinished upload with this token.
pub fn has_upload(conn: &mut Conn, token: &str) -> Result<bool> {
    let upload = files::table
        .filter(files::token.eq(token))
        .filter(files::hash.is_null());
    Ok(select(exists(upload)).get_result(conn)?)
}

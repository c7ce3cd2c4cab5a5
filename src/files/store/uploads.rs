//! Uploads, from the first byte to the finished file.

use diesel::{
    ExpressionMethods, OptionalExtension, QueryDsl, Queryable, RunQueryDsl, Selectable,
    SelectableHelper,
    dsl::{exists, select},
};

use super::has_hash;
use crate::{
    db::{Conn, ids::UserId},
    error::{Error, Result},
    files::{Attachment, Finished, TextPreview, media::store as media},
    schema::files,
};

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

/// Whether there is an unfinished upload with this token.
pub fn has_upload(conn: &mut Conn, token: &str) -> Result<bool> {
    let upload = files::table
        .filter(files::token.eq(token))
        .filter(files::hash.is_null());
    Ok(select(exists(upload)).get_result(conn)?)
}

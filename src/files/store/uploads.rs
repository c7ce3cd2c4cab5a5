//! Rows of uploads, from creation until they are finished.

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

/// Columns of an upload.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = files)]
pub struct UploadRow {
    pub token: String,
    pub name: String,
    pub user_id: UserId,
    pub length: i64,
    pub hash: Option<String>,
    pub expires_at: Option<i64>,
    /// `Upload-Metadata` header, as sent by the client.
    pub metadata: String,
    /// Offset of a part whose checksum hasn't been verified; `None` if all bytes count.
    pub unchecked_from: Option<i64>,
}

/// Inserts a new upload.
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

/// Inserts a finished upload that shares the blobs of another file. Returns `false` if no row references them anymore.
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
    let (copies_size, keeps_metadata) = with_hash
        .select((files::copies_size, files::keeps_metadata))
        .first(conn)?;
    let finished = Finished {
        hash: original.hash.clone(),
        size: original.size,
        copies_size,
        media_type: original.media_type.clone(),
        picture: original.picture.clone(),
        preview: original.preview.clone(),
        keeps_metadata,
    };
    finish(conn, token, &finished)?;
    media::set_media(conn, token, &original.media)?;
    if let Some(poster) = &original.poster {
        media::copy_poster(conn, token, poster)?;
    }
    Ok(true)
}

/// Returns an upload of a user, finished or not. Returns `None` if it was posted or has expired.
pub fn upload(conn: &mut Conn, user: UserId, token: &str, now: i64) -> Result<Option<UploadRow>> {
    let own = files::table
        .filter(files::token.eq(token))
        .filter(files::user_id.eq(user))
        .filter(files::message_id.is_null())
        .filter(files::expires_at.gt(now));
    Ok(own.select(UploadRow::as_select()).first(conn).optional()?)
}

/// Marks an upload as finished and stores its properties.
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
        files::keeps_metadata.eq(finished.keeps_metadata),
    );
    let row = files::table.filter(files::token.eq(token));
    match diesel::update(row).set(columns).execute(conn)? {
        0 => Err(Error::NotFound), // it was canceled in the meantime
        _ => Ok(()),
    }
}

/// Sets the offset of a part that is being received with a checksum, or `None` once it has been verified or removed.
pub fn set_unchecked(conn: &mut Conn, token: &str, from: Option<i64>) -> Result<()> {
    let row = files::table.filter(files::token.eq(token));
    diesel::update(row)
        .set(files::unchecked_from.eq(from))
        .execute(conn)?;
    Ok(())
}

/// Marks an unposted upload for removal. Returns whether there was one.
pub fn cancel(conn: &mut Conn, user: UserId, token: &str) -> Result<bool> {
    let own = files::table
        .filter(files::token.eq(token))
        .filter(files::user_id.eq(user))
        .filter(files::message_id.is_null())
        .filter(files::expires_at.is_not_null());
    let expired = diesel::update(own).set(files::expires_at.eq(None::<i64>));
    Ok(expired.execute(conn)? > 0)
}

/// Returns whether there is an unfinished upload with this token.
pub fn has_upload(conn: &mut Conn, token: &str) -> Result<bool> {
    let upload = files::table
        .filter(files::token.eq(token))
        .filter(files::hash.is_null());
    Ok(select(exists(upload)).get_result(conn)?)
}

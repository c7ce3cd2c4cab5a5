//! Attachments and uploads of one user.

use diesel::{
    BoolExpressionMethods, ExpressionMethods, NullableExpressionMethods, OptionalExtension,
    QueryDsl, Queryable, RunQueryDsl, Selectable, SelectableHelper,
};

use super::AttachmentRow;
use crate::{
    db::{
        Conn,
        ids::{MessageId, RoomId, UserId},
    },
    error::Result,
    files::Attachment,
    schema::{files, messages},
};

/// Order of a list of files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SortBy {
    #[default]
    Newest,
    Largest,
}

/// Attachment that the user has posted.
#[derive(Clone, Debug)]
pub struct OwnFile {
    pub file: Attachment,
    /// Time at which the upload started (ms UTC).
    pub created_at: i64,
    pub message: MessageId,
    pub room: RoomId,
    /// Whether the file is a picture whose metadata couldn't be removed.
    pub keeps_metadata: bool,
}

/// Unposted upload.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = files)]
pub struct OwnUpload {
    pub token: String,
    pub name: String,
    /// Announced length in bytes.
    pub length: i64,
    hash: Option<String>,
    /// Time at which the upload is removed (ms UTC).
    pub expires_at: Option<i64>,
    /// Whether the file is a picture whose metadata couldn't be removed. `false` while the upload is unfinished.
    pub keeps_metadata: bool,
}

impl OwnUpload {
    /// Returns whether the upload is finished and can be posted.
    pub fn is_complete(&self) -> bool {
        self.hash.is_some()
    }
}

/// Lists the attachments posted by a user.
pub fn posted(
    conn: &mut Conn,
    user: UserId,
    sort: SortBy,
    (limit, skip): (i64, i64),
) -> Result<Vec<OwnFile>> {
    let own = files::table
        .inner_join(messages::table)
        .filter(files::user_id.eq(user))
        .select((
            AttachmentRow::as_select(),
            files::created_at,
            messages::id,
            messages::room_id,
            files::keeps_metadata,
        ))
        .limit(limit)
        .offset(skip);
    let newest = (files::created_at.desc(), files::id.desc());
    let rows: Vec<(AttachmentRow, i64, MessageId, RoomId, bool)> = match sort {
        SortBy::Newest => own.order(newest).load(conn)?,
        SortBy::Largest => own
            .order((files::size.desc(), files::id.desc()))
            .load(conn)?,
    };
    let file =
        |(row, created_at, message, room, keeps_metadata): (AttachmentRow, _, _, _, _)| OwnFile {
            file: row.attachment(),
            created_at,
            message,
            room,
            keeps_metadata,
        };
    Ok(rows.into_iter().map(file).collect())
}

/// The next files that a user has posted after the file with an id, each with its id.
pub fn posted_after(
    conn: &mut Conn,
    user: UserId,
    (after, most): (i64, i64),
) -> Result<Vec<(i64, Attachment)>> {
    let posted = files::table
        .filter(files::user_id.eq(user).and(files::id.gt(after)))
        .filter(files::message_id.is_not_null())
        .order(files::id.asc())
        .limit(most)
        .select((files::id, AttachmentRow::as_select()));
    let rows: Vec<(i64, AttachmentRow)> = posted.load(conn)?;
    let file = |(id, row): (i64, AttachmentRow)| (id, row.attachment());
    Ok(rows.into_iter().map(file).collect())
}

/// Lists the newest unposted uploads of a user.
pub fn unposted(conn: &mut Conn, user: UserId, now: i64, limit: i64) -> Result<Vec<OwnUpload>> {
    let uploads = files::table
        .filter(files::user_id.eq(user))
        .filter(files::message_id.is_null())
        .filter(files::expires_at.gt(now));
    Ok(uploads
        .order(files::id.desc())
        .limit(limit)
        .select(OwnUpload::as_select())
        .load(conn)?)
}

/// Returns whether a file of the user is a picture whose metadata couldn't be removed.
pub fn keeps_metadata(conn: &mut Conn, user: UserId, token: &str) -> Result<bool> {
    let own = files::table
        .filter(files::token.eq(token))
        .filter(files::user_id.eq(user));
    let kept = own.select(files::keeps_metadata).first(conn).optional()?;
    Ok(kept.unwrap_or(false))
}

/// Returns the room and message of a file uploaded by the user. The inner value is `None` if it hasn't been posted.
pub fn place(
    conn: &mut Conn,
    user: UserId,
    token: &str,
) -> Result<Option<Option<(RoomId, MessageId)>>> {
    let own = files::table
        .left_join(messages::table)
        .filter(files::token.eq(token))
        .filter(files::user_id.eq(user))
        .select((messages::room_id.nullable(), messages::id.nullable()));
    let row: Option<(Option<RoomId>, Option<MessageId>)> = own.first(conn).optional()?;
    Ok(row.map(|(room, message)| room.zip(message)))
}

//! Storage usage by file, room and user, for admins.
//!
//! Invite-only rooms and conversations that the admin isn't a member of are combined into one row per kind, without id
//! or name.

use diesel::{
    QueryableByName, RunQueryDsl,
    sql_types::{BigInt, Bool, Integer, Nullable, Text},
};

use crate::{
    db::{
        Conn,
        ids::{MessageId, RoomId, UserId},
    },
    error::Result,
};

/// Sums over all files.
#[derive(Clone, Copy, Debug, QueryableByName)]
pub struct Totals {
    /// Number of finished files.
    #[diesel(sql_type = BigInt)]
    pub files: i64,
    /// Total size of finished files in bytes.
    #[diesel(sql_type = BigInt)]
    pub size: i64,
    /// Total size of their reduced copies in bytes.
    #[diesel(sql_type = BigInt)]
    pub copies_size: i64,
    /// Bytes of files and their reduced copies on disk, where equal files are stored once. Video posters, pictures of
    /// people and rooms, emoji and pictures of link previews aren't included; most of their sizes aren't stored.
    #[diesel(sql_type = BigInt)]
    pub stored: i64,
    #[diesel(sql_type = BigInt)]
    pub unfinished: i64,
    /// Total announced length of unfinished uploads in bytes.
    #[diesel(sql_type = BigInt)]
    pub unfinished_size: i64,
}

/// Attachment in the storage list.
#[derive(Clone, Debug, QueryableByName)]
pub struct StoredFile {
    #[diesel(sql_type = Text)]
    pub token: String,
    #[diesel(sql_type = Text)]
    pub name: String,
    #[diesel(sql_type = BigInt)]
    pub size: i64,
    #[diesel(sql_type = Text)]
    pub media_type: String,
    /// Time at which the upload started (ms UTC).
    #[diesel(sql_type = BigInt)]
    pub created_at: i64,
    #[diesel(sql_type = Text)]
    pub username: String,
    #[diesel(sql_type = BigInt)]
    pub message: MessageId,
    #[diesel(sql_type = BigInt)]
    pub room: RoomId,
    #[diesel(sql_type = Text)]
    pub room_name: String,
    #[diesel(sql_type = Integer)]
    pub kind: i32,
    /// Whether the admin is a member of the room.
    #[diesel(sql_type = Bool)]
    pub is_member: bool,
}

/// Files of a room, or of all rooms of a kind that the admin may not see.
#[derive(Clone, Debug, QueryableByName)]
pub struct RoomUsage {
    /// `None` for rooms that the admin may not see.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub room: Option<RoomId>,
    #[diesel(sql_type = Text)]
    pub name: String,
    #[diesel(sql_type = Integer)]
    pub kind: i32,
    /// Number of rooms included in this row.
    #[diesel(sql_type = BigInt)]
    pub rooms: i64,
    #[diesel(sql_type = BigInt)]
    pub files: i64,
    /// Total size in bytes, including reduced copies.
    #[diesel(sql_type = BigInt)]
    pub size: i64,
}

/// Files and uploads of a user.
#[derive(Clone, Debug, QueryableByName)]
pub struct PersonUsage {
    #[diesel(sql_type = BigInt)]
    pub id: UserId,
    #[diesel(sql_type = Text)]
    pub username: String,
    #[diesel(sql_type = BigInt)]
    pub files: i64,
    /// Total size in bytes, including reduced copies.
    #[diesel(sql_type = BigInt)]
    pub size: i64,
}

const TOTALS: &str = "SELECT COUNT(hash) AS files, \
    COALESCE(SUM(CASE WHEN hash IS NOT NULL THEN size END), 0) AS size, \
    COALESCE(SUM(copies_size), 0) AS copies_size, \
    (SELECT COALESCE(SUM(content.size), 0) FROM (SELECT MAX(size + copies_size) AS size FROM files \
        WHERE hash IS NOT NULL GROUP BY hash) AS content) AS stored, \
    COUNT(*) - COUNT(hash) AS unfinished, \
    COALESCE(SUM(CASE WHEN hash IS NULL THEN size END), 0) AS unfinished_size FROM files";

const LARGEST: &str = "SELECT files.token AS token, files.name AS name, files.size AS size, \
    files.media_type AS media_type, files.created_at AS created_at, users.username AS username, \
    messages.id AS message, rooms.id AS room, rooms.name AS room_name, rooms.kind AS kind, \
    members.user_id IS NOT NULL AS is_member FROM files \
    JOIN messages ON messages.id = files.message_id JOIN rooms ON rooms.id = messages.room_id \
    JOIN users ON users.id = files.user_id \
    LEFT JOIN members ON members.room_id = rooms.id AND members.user_id = ? \
    WHERE files.message_id IS NOT NULL AND rooms.deleted_at IS NULL \
    ORDER BY files.size DESC, files.id DESC LIMIT ? OFFSET ?";

const BY_ROOM: &str = "SELECT CASE WHEN rooms.kind = 0 OR members.user_id IS NOT NULL THEN rooms.id END AS room, \
    CASE WHEN rooms.kind = 0 OR members.user_id IS NOT NULL THEN rooms.name ELSE '' END AS name, \
    rooms.kind AS kind, COUNT(DISTINCT rooms.id) AS rooms, COUNT(*) AS files, \
    SUM(files.size + files.copies_size) AS size FROM files \
    JOIN messages ON messages.id = files.message_id JOIN rooms ON rooms.id = messages.room_id \
    LEFT JOIN members ON members.room_id = rooms.id AND members.user_id = ? \
    WHERE rooms.deleted_at IS NULL GROUP BY 1, 2, 3 ORDER BY size DESC, room LIMIT ? OFFSET ?";

const BY_PERSON: &str = "SELECT users.id AS id, users.username AS username, COUNT(*) AS files, \
    SUM(files.size + files.copies_size) AS size FROM files JOIN users ON users.id = files.user_id \
    GROUP BY users.id, users.username ORDER BY size DESC, users.id LIMIT ? OFFSET ?";

/// Returns sums over all files.
pub fn totals(conn: &mut Conn) -> Result<Totals> {
    Ok(diesel::sql_query(TOTALS).get_result(conn)?)
}

/// Lists the attachments, largest first. The admin may see file names only if [`StoredFile::is_member`] is set.
pub fn largest(
    conn: &mut Conn,
    admin: UserId,
    (limit, skip): (i64, i64),
) -> Result<Vec<StoredFile>> {
    let query = diesel::sql_query(LARGEST).bind::<BigInt, _>(admin);
    let page = query.bind::<BigInt, _>(limit).bind::<BigInt, _>(skip);
    Ok(page.load(conn)?)
}

/// Lists the storage usage by room, largest first.
pub fn by_room(
    conn: &mut Conn,
    admin: UserId,
    (limit, skip): (i64, i64),
) -> Result<Vec<RoomUsage>> {
    let query = diesel::sql_query(BY_ROOM).bind::<BigInt, _>(admin);
    let page = query.bind::<BigInt, _>(limit).bind::<BigInt, _>(skip);
    Ok(page.load(conn)?)
}

/// Lists the storage usage by user, largest first.
pub fn by_person(conn: &mut Conn, (limit, skip): (i64, i64)) -> Result<Vec<PersonUsage>> {
    let page = diesel::sql_query(BY_PERSON).bind::<BigInt, _>(limit);
    Ok(page.bind::<BigInt, _>(skip).load(conn)?)
}

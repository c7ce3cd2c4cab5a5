//! Lists of the files in a room or posted by a user.

use diesel::{
    BoolExpressionMethods, EscapeExpressionMethods, ExpressionMethods, NullableExpressionMethods,
    QueryDsl, RunQueryDsl, SelectableHelper, TextExpressionMethods,
};

use super::AttachmentRow;
use crate::{
    db::{
        Conn,
        accents::{name_search_key, search_key},
        id_list::id_list,
        ids::{MessageId, RoomId, UserId},
    },
    error::Result,
    files::{Attachment, FileKind},
    schema::{files, members, messages},
};

/// Selection of files to list.
#[derive(Clone, Copy, Debug)]
pub enum Scope {
    Room(RoomId),
    /// Files posted by a user in rooms of the reader.
    Person {
        sender: UserId,
        reader: UserId,
    },
}

/// Filter of a list, and the number of files to skip.
#[derive(Clone, Debug, Default)]
pub struct FileFilter {
    pub kind: Option<FileKind>,
    /// Text that the file name must contain; empty for all files.
    pub words: String,
    pub skip: i64,
}

/// Attachment in a list, and the message that it belongs to.
#[derive(Clone, Debug)]
pub struct SharedFile {
    pub file: Attachment,
    pub room: RoomId,
    pub message: MessageId,
    pub sender: UserId,
    /// Time at which the message was posted (ms UTC).
    pub posted_at: i64,
}

/// Lists the attachments, newest first.
pub fn listed(
    conn: &mut Conn,
    scope: Scope,
    filter: &FileFilter,
    limit: i64,
) -> Result<Vec<SharedFile>> {
    // First fetch only the ids, which an index provides in order.
    let ids = ids(conn, scope, filter, limit)?;
    let rows: Vec<(AttachmentRow, RoomId, UserId, i64)> = files::table
        .inner_join(messages::table)
        .filter(files::id.eq_any(id_list(ids)))
        .order((files::message_id.desc(), files::place))
        .select((
            AttachmentRow::as_select(),
            messages::room_id,
            files::user_id,
            messages::created_at,
        ))
        .load(conn)?;
    let listed = rows
        .into_iter()
        .filter_map(|(row, room, sender, posted_at)| {
            Some(SharedFile {
                message: row.message_id?,
                file: row.attachment(),
                room,
                sender,
                posted_at,
            })
        });
    Ok(listed.collect())
}

fn ids(conn: &mut Conn, scope: Scope, filter: &FileFilter, limit: i64) -> Result<Vec<i64>> {
    let mut query = files::table
        .filter(files::message_id.is_not_null())
        .order((files::message_id.desc(), files::place))
        .limit(limit)
        .offset(filter.skip)
        .select(files::id)
        .into_boxed();
    query = match scope {
        Scope::Room(room) => query.filter(files::room_id.eq(room)),
        Scope::Person { sender, reader } => {
            let rooms = members::table
                .filter(members::user_id.eq(reader))
                .select(members::room_id.nullable());
            query.filter(files::user_id.eq(sender).and(files::room_id.eq_any(rooms)))
        }
    };
    if let Some(kind) = filter.kind {
        query = query.filter(files::kind.eq(kind as i32));
    }
    let words = search_key(filter.words.trim());
    if !words.is_empty() {
        let signs = ['\\', '%', '_'].into_iter();
        let pattern = signs.fold(words, |words, sign| {
            words.replace(sign, &format!("\\{sign}"))
        });
        let pattern = format!("%{pattern}%");
        query = query.filter(name_search_key(files::name).like(pattern).escape('\\'));
    }
    Ok(query.load(conn)?)
}

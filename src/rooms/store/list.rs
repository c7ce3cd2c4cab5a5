//! A user's rooms, positions and preferences in the database.

use std::collections::HashMap;

use diesel::{ExpressionMethods, JoinOnDsl, QueryDsl, RunQueryDsl};

use super::unread::{Unread, UnreadRow, counts};
use crate::rooms::list::{RoomEntry, UnreadCounts};

use crate::{
    db::{
        Conn,
        ids::{RoomId, UserId},
    },
    error::Result,
    notifications::NotifyLevel,
    rooms::Kind,
    schema::{members, rooms, users},
};

/// Ids of a user's rooms.
pub fn rooms_of(conn: &mut Conn, user: UserId) -> Result<Vec<RoomId>> {
    let mine = members::table.filter(members::user_id.eq(user.0));
    let ids: Vec<i64> = mine.select(members::room_id).load(conn)?;
    Ok(ids.into_iter().map(RoomId).collect())
}

/// All entries of a user's list, unordered.
pub fn list(conn: &mut Conn, user: UserId) -> Result<Vec<RoomEntry>> {
    let rows: Vec<UnreadRow> = Unread {
        user: user.0,
        room: None,
    }
    .load(conn)?;
    let mut others = others(conn, user)?;
    let entry = |row: UnreadRow| {
        let (id, name, kind, archived_at, notify, hidden, favourite, ..) = row.clone();
        let kind = Kind::from_column(kind)?;
        let (names, people) = others.remove(&id).unwrap_or_default();
        Ok(RoomEntry {
            room: RoomId(id),
            name: match kind {
                Kind::Direct => super::conversation_name(names).into(),
                _ => name.into(),
            },
            kind,
            archived: archived_at.is_some(),
            notify: NotifyLevel::from_column(notify),
            hidden,
            favourite,
            people: people.into(),
            counts: counts(row),
        })
    };
    rows.into_iter().map(entry).collect()
}

/// New counts for some rooms of a list; `None` for a room that the user has left.
pub fn unread_of(
    conn: &mut Conn,
    user: UserId,
    stale: &[RoomId],
) -> Result<Vec<(RoomId, Option<UnreadCounts>)>> {
    let mut found = Vec::with_capacity(stale.len());
    for room in stale {
        let unread = Unread {
            user: user.0,
            room: Some(room.0),
        };
        let rows: Vec<UnreadRow> = unread.load(conn)?;
        found.push((*room, rows.into_iter().next().map(counts)));
    }
    Ok(found)
}

type Names = (Vec<(String, String)>, Vec<UserId>);

/// Other members of each direct conversation of a user.
fn others(conn: &mut Conn, user: UserId) -> Result<HashMap<i64, Names>> {
    let mine = diesel::alias!(members as mine);
    let theirs: Vec<(i64, i64, String, String)> = mine
        .inner_join(rooms::table.on(rooms::id.eq(mine.field(members::room_id))))
        .inner_join(members::table.on(members::room_id.eq(rooms::id)))
        .inner_join(users::table.on(users::id.eq(members::user_id)))
        .filter(mine.field(members::user_id).eq(user.0))
        .filter(rooms::kind.eq(Kind::Direct.to_column()))
        .filter(members::user_id.ne(user.0))
        .order((rooms::id.asc(), users::username.asc()))
        .select((rooms::id, users::id, users::username, users::display_name))
        .load(conn)?;
    let mut others: HashMap<i64, Names> = HashMap::new();
    for (room, person, username, display_name) in theirs {
        let (names, people) = others.entry(room).or_default();
        names.push((username, display_name));
        people.push(UserId(person));
    }
    Ok(others)
}

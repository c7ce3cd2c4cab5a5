//! A user's rooms, positions and preferences in the database.

use std::collections::HashMap;

use diesel::{ExpressionMethods, JoinOnDsl, QueryDsl, RunQueryDsl};

use super::unread::{Unread, UnreadRow};
use crate::{
    db::{
        Conn,
        ids::{AvatarId, RoomId, UserId},
    },
    error::Result,
    notifications::NotifyLevel,
    rooms::{Kind, RoomEntry, UnreadCounts},
    schema::{members, rooms, users},
};

/// Ids of a user's rooms.
pub fn rooms_of(conn: &mut Conn, user: UserId) -> Result<Vec<RoomId>> {
    let mine = members::table.filter(members::user_id.eq(user));
    Ok(mine.select(members::room_id).load(conn)?)
}

/// All entries of a user's list, unordered.
pub fn list(conn: &mut Conn, user: UserId) -> Result<Vec<RoomEntry>> {
    let rows: Vec<UnreadRow> = Unread { user, room: None }.load(conn)?;
    let mut others = others(conn, user)?;
    let entry = |row: UnreadRow| {
        let kind = Kind::from_column(row.kind)?;
        let (names, people, avatar) = others.remove(&row.room).unwrap_or_default();
        Ok(RoomEntry {
            room: row.room,
            counts: row.counts,
            name: match kind {
                Kind::Direct => super::conversation_name(names).into(),
                _ => row.name.into(),
            },
            kind,
            archived: row.archived_at.is_some(),
            notify: NotifyLevel::from_column(row.notify),
            hidden: row.hidden,
            favourite: row.favourite,
            avatar: row.avatar.or(avatar.filter(|_| people.len() == 1)),
            people: people.into(),
            emoji: row.emoji.into(),
        })
    };
    rows.into_iter().map(entry).collect()
}

/// New counts for some rooms of a list; `None` for a room that the user has left.
pub fn unread_of(
    conn: &mut Conn,
    user: UserId,
    outdated: &[RoomId],
) -> Result<Vec<(RoomId, Option<UnreadCounts>)>> {
    let counts = |room: &RoomId| {
        let unread = Unread {
            user,
            room: Some(*room),
        };
        let rows: Vec<UnreadRow> = unread.load(conn)?;
        Ok((*room, rows.into_iter().next().map(|row| row.counts)))
    };
    outdated.iter().map(counts).collect()
}

/// Names and ids of the other members, and the picture of the last of them.
type Others = (Vec<(String, String)>, Vec<UserId>, Option<AvatarId>);

/// Other members of each direct conversation of a user.
fn others(conn: &mut Conn, user: UserId) -> Result<HashMap<RoomId, Others>> {
    let mine = diesel::alias!(members as mine);
    let theirs: Vec<(RoomId, UserId, String, String, Option<AvatarId>)> = mine
        .inner_join(rooms::table.on(rooms::id.eq(mine.field(members::room_id))))
        .inner_join(members::table.on(members::room_id.eq(rooms::id)))
        .inner_join(users::table.on(users::id.eq(members::user_id)))
        .filter(mine.field(members::user_id).eq(user))
        .filter(rooms::kind.eq(Kind::Direct.to_column()))
        .filter(members::user_id.ne(user))
        .order((rooms::id.asc(), users::username.asc()))
        .select((
            rooms::id,
            users::id,
            users::username,
            users::display_name,
            users::avatar,
        ))
        .load(conn)?;
    let mut others: HashMap<RoomId, Others> = HashMap::new();
    for (room, person, username, display_name, avatar) in theirs {
        let (names, people, last) = others.entry(room).or_default();
        names.push((username, display_name));
        people.push(person);
        *last = avatar;
    }
    Ok(others)
}

//! A person's rooms, their positions and preferences, in the database.

mod unread;

use std::collections::HashMap;

use diesel::{
    ExpressionMethods, JoinOnDsl, OptionalExtension, QueryDsl, QueryResult, RunQueryDsl,
    query_builder::{AstPass, QueryFragment, QueryId},
    sql_types::BigInt,
    sqlite::Sqlite,
};

use super::{
    Notify,
    entry::{Counts, Entry},
    reading::Preference,
};
use unread::{Row, Unread, counts};

use crate::{
    db::{
        Conn,
        ids::{MessageId, RoomId, UserId},
    },
    error::Result,
    rooms::Kind,
    schema::{follows, members, messages, rooms, users},
};

/// The rooms of a person.
pub fn rooms_of(conn: &mut Conn, user: UserId) -> Result<Vec<RoomId>> {
    let mine = members::table.filter(members::user_id.eq(user.0));
    let ids: Vec<i64> = mine.select(members::room_id).load(conn)?;
    Ok(ids.into_iter().map(RoomId).collect())
}

/// All rows of a person's list, in no order.
pub fn entries(conn: &mut Conn, user: UserId) -> Result<Vec<Entry>> {
    let rows: Vec<Row> = Unread {
        user: user.0,
        room: None,
    }
    .load(conn)?;
    let mut others = others(conn, user)?;
    let entry = |row: Row| {
        let (id, name, kind, archived_at, notify, hidden, favourite, ..) = row.clone();
        let kind = Kind::from_column(kind)?;
        let (names, people) = others.remove(&id).unwrap_or_default();
        Ok(Entry {
            room: RoomId(id),
            name: match kind {
                Kind::Direct => crate::rooms::joined(names).into(),
                _ => name.into(),
            },
            kind,
            archived: archived_at.is_some(),
            notify: Notify::from_column(notify),
            hidden,
            favourite,
            people: people.into(),
            counts: counts(row),
        })
    };
    rows.into_iter().map(entry).collect()
}

/// New counts for some rooms of a list; none for a room that is not the person's any more.
pub fn entries_of(
    conn: &mut Conn,
    user: UserId,
    stale: &[RoomId],
) -> Result<Vec<(RoomId, Option<Counts>)>> {
    let mut found = Vec::with_capacity(stale.len());
    for room in stale {
        let unread = Unread {
            user: user.0,
            room: Some(room.0),
        };
        let rows: Vec<Row> = unread.load(conn)?;
        found.push((*room, rows.into_iter().next().map(counts)));
    }
    Ok(found)
}

type Names = (Vec<(String, String)>, Vec<UserId>);

/// The others in each direct conversation of a person.
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

/// Whether a message stands in a room.
pub fn is_in(conn: &mut Conn, message: MessageId, room: RoomId) -> Result<bool> {
    let found = messages::table.find(message.0).select(messages::room_id);
    let of: Option<i64> = found.first(conn).optional()?;
    Ok(of == Some(room.0))
}

/// The newest message of a room; 0 before the first.
pub fn newest(conn: &mut Conn, room: RoomId) -> Result<MessageId> {
    let all = messages::table.filter(messages::room_id.eq(room.0));
    let newest: Option<i64> = all
        .order(messages::id.desc())
        .select(messages::id)
        .first(conn)
        .optional()?;
    Ok(MessageId(newest.unwrap_or(0)))
}

/// Moves a position forward; whether it stood further back.
pub fn read_up_to(conn: &mut Conn, room: RoomId, user: UserId, to: MessageId) -> Result<bool> {
    let forward = Forward {
        room: room.0,
        user: user.0,
        to: to.0,
    };
    Ok(forward.execute(conn)? > 0)
}

/// Puts a position somewhere.
pub fn set_read(conn: &mut Conn, room: RoomId, user: UserId, to: MessageId) -> Result<()> {
    diesel::update(members::table.find((room.0, user.0)))
        .set(members::read_id.eq(to.0))
        .execute(conn)?;
    Ok(())
}

/// The newest answer of a thread; 0 before the first.
pub fn newest_answer(conn: &mut Conn, root: MessageId) -> Result<MessageId> {
    let all = messages::table.filter(messages::thread_id.eq(root.0));
    let newest: Option<i64> = all
        .order(messages::id.desc())
        .select(messages::id)
        .first(conn)
        .optional()?;
    Ok(MessageId(newest.unwrap_or(0)))
}

/// Moves a position in a thread that somebody follows forward; whether it stood further back.
pub fn read_thread(
    conn: &mut Conn,
    (room, user): (RoomId, UserId),
    root: MessageId,
    to: MessageId,
) -> Result<bool> {
    let row = follows::table.find((user.0, room.0, root.0));
    let behind = row.filter(follows::read_id.lt(to.0));
    let moved = diesel::update(behind)
        .set(follows::read_id.eq(to.0))
        .execute(conn)?;
    Ok(moved > 0)
}

/// Moves all positions in the threads of a room to a message; whether one stood further back.
pub fn read_threads(conn: &mut Conn, room: RoomId, user: UserId, to: MessageId) -> Result<bool> {
    let mine = follows::table
        .filter(follows::user_id.eq(user.0))
        .filter(follows::room_id.eq(room.0))
        .filter(follows::read_id.lt(to.0));
    let moved = diesel::update(mine)
        .set(follows::read_id.eq(to.0))
        .execute(conn)?;
    Ok(moved > 0)
}

/// Changes what is named.
pub fn prefer(conn: &mut Conn, room: RoomId, user: UserId, wish: &Preference) -> Result<()> {
    let row = members::table.find((room.0, user.0));
    if let Some(notify) = wish.notify {
        let column = members::notify.eq(notify.to_column());
        diesel::update(row).set(column).execute(conn)?;
    }
    if let Some(hidden) = wish.hidden {
        let column = members::is_hidden.eq(hidden);
        diesel::update(row).set(column).execute(conn)?;
    }
    if let Some(favourite) = wish.favourite {
        let column = members::is_favourite.eq(favourite);
        diesel::update(row).set(column).execute(conn)?;
    }
    Ok(())
}

/// Written by hand, so that it is prepared once: everyone who sees a message runs it.
#[derive(QueryId)]
struct Forward {
    room: i64,
    user: i64,
    to: i64,
}

impl QueryFragment<Sqlite> for Forward {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.push_sql("UPDATE members SET read_id = ");
        out.push_bind_param::<BigInt, i64>(&self.to)?;
        out.push_sql(" WHERE room_id = ");
        out.push_bind_param::<BigInt, i64>(&self.room)?;
        out.push_sql(" AND user_id = ");
        out.push_bind_param::<BigInt, i64>(&self.user)?;
        out.push_sql(" AND read_id < ");
        out.push_bind_param::<BigInt, i64>(&self.to)
    }
}

impl RunQueryDsl<Conn> for Forward {}

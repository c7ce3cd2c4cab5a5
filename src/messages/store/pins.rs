//! Pins and saved messages in the database.

use diesel::{
    BoolExpressionMethods, Connection, ExpressionMethods, JoinOnDsl, QueryDsl, RunQueryDsl,
    dsl::exists,
};

use super::{
    reading::these,
    rows::{MessageRow, all, complete},
};
use crate::{
    db::{
        Conn,
        ids::{MessageId, RoomId, UserId},
    },
    error::Result,
    messages::{Message, MessagePage},
    rooms,
    schema::{members, messages, saved as table, users},
    web::paged::Paged,
};

/// How many messages are pinned in a room.
pub fn count_pins(conn: &mut Conn, room: RoomId) -> Result<i64> {
    let pinned = messages::table
        .filter(messages::room_id.eq(room.0))
        .filter(messages::pinned_at.is_not_null());
    Ok(pinned.count().get_result(conn)?)
}

/// Pins a message, or takes its pin away.
pub fn set_pinned(conn: &mut Conn, id: MessageId, at: Option<i64>) -> Result<()> {
    diesel::update(messages::table.find(id.0))
        .set(messages::pinned_at.eq(at))
        .execute(conn)?;
    Ok(())
}

/// The pinned messages of a room, the one that was pinned last first.
pub fn pins(conn: &mut Conn, room: RoomId, most: i64) -> Result<MessagePage> {
    conn.transaction(|conn| {
        let rev = rooms::rev(conn, room)?;
        let rows: Vec<MessageRow> = all!()
            .filter(messages::room_id.eq(room.0))
            .filter(messages::pinned_at.is_not_null())
            .order((messages::pinned_at.desc(), messages::id.desc()))
            .limit(most)
            .load(conn)?;
        Ok(MessagePage {
            messages: complete(conn, rows)?,
            rev,
            more: false,
        })
    })
}

/// How many messages a person saved.
pub fn count_saved(conn: &mut Conn, user: UserId) -> Result<i64> {
    let mine = table::table.filter(table::user_id.eq(user.0));
    Ok(mine.count().get_result(conn)?)
}

/// Saves a message that is not saved.
pub fn save(conn: &mut Conn, user: UserId, id: MessageId, now: i64) -> Result<()> {
    let row = (
        table::user_id.eq(user.0),
        table::message_id.eq(id.0),
        table::saved_at.eq(now),
    );
    diesel::insert_into(table::table)
        .values(row)
        .execute(conn)?;
    Ok(())
}

/// Whether a message is saved.
pub fn is_saved(conn: &mut Conn, user: UserId, id: MessageId) -> Result<bool> {
    let row = table::table.find((user.0, id.0));
    Ok(diesel::select(exists(row)).get_result(conn)?)
}

/// Lets a saved message go.
pub fn unsave(conn: &mut Conn, user: UserId, id: MessageId) -> Result<()> {
    diesel::delete(table::table.find((user.0, id.0))).execute(conn)?;
    Ok(())
}

/// Saved messages of a user in the rooms that they belong to, last saved first.
pub fn saved(conn: &mut Conn, user: UserId, skip: i64, most: i64) -> Result<Paged<Message>> {
    let in_it = members::room_id
        .eq(messages::room_id)
        .and(members::user_id.eq(table::user_id));
    let ids: Vec<i64> = table::table
        .inner_join(messages::table)
        .inner_join(members::table.on(in_it))
        .filter(table::user_id.eq(user.0))
        .order((table::saved_at.desc(), table::message_id.desc()))
        .offset(skip)
        .limit(most + 1)
        .select(table::message_id)
        .load(conn)?;
    let page = Paged::new(ids, most, skip);
    Ok(Paged {
        items: these(conn, &page.items)?,
        more: page.more,
        next: page.next,
    })
}

/// Which of a room's messages a person saved.
pub fn saved_in(conn: &mut Conn, user: UserId, room: RoomId) -> Result<Vec<MessageId>> {
    let ids: Vec<i64> = table::table
        .inner_join(messages::table)
        .filter(table::user_id.eq(user.0))
        .filter(messages::room_id.eq(room.0))
        .select(table::message_id)
        .load(conn)?;
    Ok(ids.into_iter().map(MessageId).collect())
}

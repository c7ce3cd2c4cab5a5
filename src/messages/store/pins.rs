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
    schema::{members, messages, saved as table},
    web::paged::Paged,
};

/// The number of pinned messages in a room.
pub fn count_pins(conn: &mut Conn, room: RoomId) -> Result<i64> {
    let pinned = messages::table
        .filter(messages::room_id.eq(room))
        .filter(messages::pinned_at.is_not_null());
    Ok(pinned.count().get_result(conn)?)
}

/// Pins a message with the time (ms UTC) and the user, or removes its pin.
pub fn set_pinned(conn: &mut Conn, id: MessageId, pin: Option<(i64, UserId)>) -> Result<()> {
    let (at, by) = pin.unzip();
    diesel::update(messages::table.find(id))
        .set((messages::pinned_at.eq(at), messages::pinned_by.eq(by)))
        .execute(conn)?;
    Ok(())
}

/// The pinned messages of a room, most recently pinned first.
pub fn pins(conn: &mut Conn, room: RoomId, most: i64) -> Result<MessagePage> {
    conn.transaction(|conn| {
        let rev = rooms::rev(conn, room)?;
        let rows: Vec<MessageRow> = all()
            .filter(messages::room_id.eq(room))
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

/// The number of messages that a user saved.
pub fn count_saved(conn: &mut Conn, user: UserId) -> Result<i64> {
    let mine = table::table.filter(table::user_id.eq(user));
    Ok(mine.count().get_result(conn)?)
}

/// Saves a message that is not saved.
pub fn save(conn: &mut Conn, user: UserId, id: MessageId, now: i64) -> Result<()> {
    diesel::insert_into(table::table)
        .values((
            table::user_id.eq(user),
            table::message_id.eq(id),
            table::saved_at.eq(now),
        ))
        .execute(conn)?;
    Ok(())
}

/// Whether a user saved a message.
pub fn is_saved(conn: &mut Conn, user: UserId, id: MessageId) -> Result<bool> {
    let row = table::table.find((user, id));
    Ok(diesel::select(exists(row)).get_result(conn)?)
}

/// Removes a message from a user's saved messages.
pub fn unsave(conn: &mut Conn, user: UserId, id: MessageId) -> Result<()> {
    diesel::delete(table::table.find((user, id))).execute(conn)?;
    Ok(())
}

/// The saved messages of a user in the user's rooms, most recently saved first.
pub fn saved(conn: &mut Conn, user: UserId, skip: i64, most: i64) -> Result<Paged<Message>> {
    let in_room = members::room_id
        .eq(messages::room_id)
        .and(members::user_id.eq(table::user_id));
    let ids: Vec<i64> = table::table
        .inner_join(messages::table)
        .inner_join(members::table.on(in_room))
        .filter(table::user_id.eq(user))
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

/// The messages of a room that a user saved.
pub fn saved_in(conn: &mut Conn, user: UserId, room: RoomId) -> Result<Vec<MessageId>> {
    let ids = table::table
        .inner_join(messages::table)
        .filter(table::user_id.eq(user))
        .filter(messages::room_id.eq(room))
        .select(table::message_id);
    Ok(ids.load(conn)?)
}

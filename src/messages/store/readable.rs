//! Messages of any rooms, for a person who may read them.

use std::collections::HashSet;

use diesel::{Connection, ExpressionMethods, QueryDsl, RunQueryDsl};

use super::rows::{MessageRow, all, complete};
use crate::{
    db::{
        Conn,
        ids::{MessageId, UserId},
    },
    error::Result,
    messages::Message,
    schema::{members, messages, users},
};

/// Filters `ids` to messages in a room of `person` that are not deleted. Two statements of one moment: as a join,
/// SQLite would begin with all rooms of the person, and look into each for every message.
pub fn readable(conn: &mut Conn, person: UserId, ids: &[MessageId]) -> Result<Vec<Message>> {
    let ids = ids.iter().map(|id| id.0);
    let said = all!()
        .filter(messages::id.eq_any(ids))
        .filter(messages::deleted_at.is_null())
        .filter(messages::body.ne(""));
    let (rows, theirs) = conn.transaction(|conn| {
        let rows: Vec<MessageRow> = said.load(conn)?;
        let rooms: HashSet<i64> = rows.iter().map(|row| row.0.1).collect();
        let theirs: Vec<i64> = members::table
            .filter(members::user_id.eq(person.0))
            .filter(members::room_id.eq_any(rooms))
            .select(members::room_id)
            .load(conn)?;
        diesel::QueryResult::Ok((rows, theirs))
    })?;
    let rows = rows.into_iter().filter(|row| theirs.contains(&row.0.1));
    complete(conn, rows.collect())
}

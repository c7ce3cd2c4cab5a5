//! Messages of any rooms, for a person who may read them.

use diesel::{BoolExpressionMethods, ExpressionMethods, JoinOnDsl, QueryDsl, RunQueryDsl};

use super::rows::{Row, all, complete};
use crate::{
    db::{
        Conn,
        ids::{MessageId, UserId},
    },
    error::Result,
    messages::Message,
    schema::{members, messages, users},
};

/// Those of `ids` that are in a room of `person` and were not deleted.
pub fn readable(conn: &mut Conn, person: UserId, ids: &[MessageId]) -> Result<Vec<Message>> {
    let ids = ids.iter().map(|id| id.0);
    let theirs = members::room_id
        .eq(messages::room_id)
        .and(members::user_id.eq(person.0));
    let rows: Vec<Row> = all!()
        .inner_join(members::table.on(theirs))
        .filter(messages::id.eq_any(ids))
        .filter(messages::deleted_at.is_null())
        .filter(messages::body.ne(""))
        .load(conn)?;
    complete(conn, rows)
}

//! The statement that inserts a message, which runs for every post.

use diesel::{
    QueryResult, RunQueryDsl, define_sql_function,
    query_builder::{AstPass, QueryFragment, QueryId},
    sql_types::{BigInt, Integer, Nullable, Text},
    sqlite::Sqlite,
};

use crate::{
    db::{Conn, ids::MessageId},
    error::Result,
    messages::{Message, attached, markup},
};

define_sql_function! {
    /// Id of the newest row that this connection has inserted.
    fn last_insert_rowid() -> BigInt;
}

/// Inserts the row of a new message, and returns its id. `calls` is the column of that name.
pub fn insert(conn: &mut Conn, message: &Message, calls: i32) -> Result<MessageId> {
    let row = InsertMessage {
        message,
        seen: attached::seen(message.body.as_str(), message.html.as_str(), &message.files),
        calls,
        place: message.grouping as i32,
        reply_to: message.quote.as_ref().map(|quote| quote.id),
        files: message.files.len() as i32,
    };
    row.execute(conn)?;
    // SQLite would make a temporary table for RETURNING.
    Ok(diesel::select(last_insert_rowid()).get_result(conn)?)
}

/// Raw SQL. Diesel would build the text of the statement anew for each message.
struct InsertMessage<'a> {
    message: &'a Message,
    seen: Option<String>,
    calls: i32,
    place: i32,
    reply_to: Option<MessageId>,
    files: i32,
}

impl QueryId for InsertMessage<'_> {
    type QueryId = InsertMessage<'static>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl QueryFragment<Sqlite> for InsertMessage<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        let message = self.message;
        out.push_sql(
            "INSERT INTO messages (room_id, author_id, client_id, body, html, html_version, seen, calls, place, \
             created_rev, rev, created_at, reply_to, thread_id, files) VALUES (",
        );
        out.push_bind_param::<BigInt, _>(&message.room)?;
        out.push_sql(", ");
        out.push_bind_param::<BigInt, _>(&message.author.id)?;
        out.push_sql(", ");
        out.push_bind_param::<Text, _>(&message.client_id)?;
        out.push_sql(", ");
        out.push_bind_param::<Text, str>(message.body.as_str())?;
        out.push_sql(", ");
        out.push_bind_param::<Text, str>(message.html.as_str())?;
        out.push_sql(", ");
        out.push_bind_param::<Integer, _>(&markup::VERSION)?;
        out.push_sql(", ");
        out.push_bind_param::<Nullable<Text>, _>(&self.seen)?;
        out.push_sql(", ");
        out.push_bind_param::<Integer, _>(&self.calls)?;
        out.push_sql(", ");
        out.push_bind_param::<Integer, _>(&self.place)?;
        for value in [&message.rev, &message.rev, &message.created_at] {
            out.push_sql(", ");
            out.push_bind_param::<BigInt, _>(value)?;
        }
        for value in [&self.reply_to, &message.thread] {
            out.push_sql(", ");
            out.push_bind_param::<Nullable<BigInt>, _>(value)?;
        }
        out.push_sql(", ");
        out.push_bind_param::<Integer, _>(&self.files)?;
        out.push_sql(")");
        Ok(())
    }
}

impl RunQueryDsl<Conn> for InsertMessage<'_> {}

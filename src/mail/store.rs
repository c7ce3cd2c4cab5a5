//! The table of mails.

use diesel::{
    ExpressionMethods, Insertable, OptionalExtension, QueryDsl, Queryable, RunQueryDsl, Selectable,
    SelectableHelper,
};

use crate::{
    db::{Conn, ids::UserId, time::DAY},
    error::Result,
    schema::mails,
};

/// State of a mail that is not sent yet.
pub const WAITING: &str = "waiting";
/// State of a mail that the mail server has accepted.
pub const SENT: &str = "sent";
/// State of a mail that the mail server has refused, or has not accepted in time.
pub const FAILED: &str = "failed";
/// State of a mail that has become useless.
pub const OBSOLETE: &str = "obsolete";

/// Time after which ended mails are deleted (ms).
const RETENTION: i64 = 30 * DAY;

/// New row.
#[derive(Insertable)]
#[diesel(table_name = mails)]
pub struct NewMail {
    pub message_id: String,
    pub recipient: String,
    pub user_id: Option<UserId>,
    pub letter: String,
    pub state: &'static str,
    pub created_at: i64,
}

/// Row of a mail.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = mails)]
pub struct Mail {
    pub id: i64,
    pub message_id: String,
    pub recipient: String,
    pub user_id: Option<UserId>,
    pub letter: String,
    pub state: String,
    pub created_at: i64,
}

/// Adds a mail, and deletes old ones. Returns its id.
pub fn insert(conn: &mut Conn, mail: &NewMail) -> Result<i64> {
    let old = mails::table.filter(mails::ended_at.lt(mail.created_at - RETENTION));
    diesel::delete(old).execute(conn)?;
    let insert = diesel::insert_into(mails::table).values(mail);
    Ok(insert.returning(mails::id).get_result(conn)?)
}

/// A mail that is not sent yet.
pub fn waiting(conn: &mut Conn, id: i64) -> Result<Option<Mail>> {
    let mail: Option<Mail> = mails::table
        .find(id)
        .select(Mail::as_select())
        .first(conn)
        .optional()?;
    Ok(mail.filter(|mail| mail.state == WAITING))
}

/// Ends a mail, and erases what it says.
pub fn end(conn: &mut Conn, id: i64, (state, error): (&str, &str), now: i64) -> Result<()> {
    let values = (
        mails::state.eq(state),
        mails::error.eq(error),
        mails::letter.eq(""),
        mails::ended_at.eq(now),
    );
    diesel::update(mails::table.find(id))
        .set(values)
        .execute(conn)?;
    Ok(())
}

/// Stores why an attempt failed, in the words of the mail server.
pub fn set_error(conn: &mut Conn, id: i64, error: &str) -> Result<()> {
    let update = diesel::update(mails::table.find(id));
    update.set(mails::error.eq(error)).execute(conn)?;
    Ok(())
}

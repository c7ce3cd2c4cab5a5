//! The table of the audit log.

use diesel::{
    ExpressionMethods, JoinOnDsl, NullableExpressionMethods, OptionalExtension, QueryDsl,
    RunQueryDsl,
};

use super::{AuditAction, Entry};
use crate::{
    db::{
        Conn,
        ids::{RoomId, UserId},
    },
    error::Result,
    schema::{audit_log, rooms, users},
};

/// Adds an entry to the log, with the current names of its users and its room.
pub fn insert(conn: &mut Conn, entry: Entry, now: i64) -> Result<()> {
    let actor = username(conn, entry.actor)?;
    let mut targets = vec![username(conn, entry.user)?];
    if let Some(room) = entry.room {
        // Admins must not learn the names of rooms that they are not in.
        let open = rooms::table.find(room).filter(rooms::kind.eq(0));
        let name = open.select(rooms::name).first(conn).optional()?;
        targets.push(name.unwrap_or_else(|| "a private room".into()));
    }
    targets.push(entry.target);
    targets.retain(|target: &String| !target.is_empty());
    let row = (
        audit_log::at.eq(now),
        audit_log::actor_id.eq(entry.actor),
        audit_log::actor.eq(actor),
        audit_log::action.eq(entry.action.name()),
        audit_log::user_id.eq(entry.user),
        audit_log::room_id.eq(entry.room),
        audit_log::target.eq(targets.join(", ")),
        audit_log::details.eq(entry.details),
    );
    let insert = diesel::insert_into(audit_log::table).values(row);
    insert.execute(conn)?;
    Ok(())
}

/// Username of a user; empty for `None`.
fn username(conn: &mut Conn, user: Option<UserId>) -> Result<String> {
    let Some(user) = user else {
        return Ok(String::new());
    };
    let name = users::table.find(user).select(users::username).first(conn);
    Ok(name.optional()?.unwrap_or_default())
}

/// Entries to read.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub action: Option<AuditAction>,
    /// User who acted.
    pub actor: Option<UserId>,
    /// User whom it concerns.
    pub user: Option<UserId>,
    /// Only entries with smaller ids.
    pub before: Option<i64>,
}

/// Entry of the log as it was recorded.
#[derive(Clone, Debug)]
pub struct Recorded {
    pub id: i64,
    /// Time (ms UTC).
    pub at: i64,
    /// User who acted; `None` for the server and its command line.
    pub actor_id: Option<UserId>,
    /// Their username at that time.
    pub actor: String,
    /// Their username now; `None` for a removed account.
    pub actor_now: Option<String>,
    /// Name of the action; of another version, it may be unknown.
    pub action: String,
    /// User whom it concerns.
    pub user_id: Option<UserId>,
    /// Their username now.
    pub user_now: Option<String>,
    pub room_id: Option<RoomId>,
    /// Names of the user and the room at that time, or another target.
    pub target: String,
    pub details: String,
}

type RecordedRow = (
    (i64, i64, Option<UserId>, String, Option<String>),
    (String, Option<UserId>, Option<String>),
    (Option<RoomId>, String, String),
);

impl From<RecordedRow> for Recorded {
    fn from((first, second, third): RecordedRow) -> Recorded {
        let (id, at, actor_id, actor, actor_now) = first;
        let (action, user_id, user_now) = second;
        let (room_id, target, details) = third;
        Recorded {
            id,
            at,
            actor_id,
            actor,
            actor_now,
            action,
            user_id,
            user_now,
            room_id,
            target,
            details,
        }
    }
}

/// Entries that a filter accepts, newest first.
pub fn entries(conn: &mut Conn, filter: &Filter, most: i64) -> Result<Vec<Recorded>> {
    let (actors, concerned) = diesel::alias!(users as actors, users as concerned);
    let mut query = audit_log::table
        .left_join(actors.on(actors.field(users::id).nullable().eq(audit_log::actor_id)))
        .left_join(concerned.on(concerned.field(users::id).nullable().eq(audit_log::user_id)))
        .order(audit_log::id.desc())
        .limit(most)
        .select((
            (
                audit_log::id,
                audit_log::at,
                audit_log::actor_id,
                audit_log::actor,
                actors.field(users::username).nullable(),
            ),
            (
                audit_log::action,
                audit_log::user_id,
                concerned.field(users::username).nullable(),
            ),
            (audit_log::room_id, audit_log::target, audit_log::details),
        ))
        .into_boxed();
    if let Some(action) = filter.action {
        query = query.filter(audit_log::action.eq(action.name()));
    }
    if let Some(actor) = filter.actor {
        query = query.filter(audit_log::actor_id.eq(actor));
    }
    if let Some(user) = filter.user {
        query = query.filter(audit_log::user_id.eq(user));
    }
    if let Some(before) = filter.before {
        query = query.filter(audit_log::id.lt(before));
    }
    let rows: Vec<RecordedRow> = query.load(conn)?;
    Ok(rows.into_iter().map(Recorded::from).collect())
}

/// Deletes the entries from before a time (ms UTC). Returns whether there were any.
pub fn delete_before(conn: &mut Conn, time: i64) -> Result<bool> {
    let old = audit_log::table.filter(audit_log::at.lt(time));
    Ok(diesel::delete(old).execute(conn)? > 0)
}

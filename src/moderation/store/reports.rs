//! Reports in the database.

use std::collections::{HashMap, HashSet};

use diesel::{
    BoolExpressionMethods, ExpressionMethods, OptionalExtension, QueryDsl, Queryable, RunQueryDsl,
    Selectable, SelectableHelper, dsl::exists, select,
};

use crate::{
    db::{
        Conn,
        id_list::id_list,
        ids::{MessageId, RoomId, UserId},
    },
    error::Result,
    messages::Message,
    moderation::{NewReport, Report, ReportReason, ReportedRoom, report::Resolution},
    people::Profile,
    rooms::Kind,
    schema::{members, reports, rooms, users},
};

#[derive(Queryable, Selectable)]
#[diesel(table_name = reports)]
struct ReportRow {
    id: i64,
    room_id: RoomId,
    message_id: MessageId,
    author_id: UserId,
    reporter_id: UserId,
    reason: String,
    details: String,
    body: String,
    written_at: i64,
    reported_at: i64,
    resolved_at: Option<i64>,
    resolved_by: Option<UserId>,
    outcome: String,
    is_deleted: bool,
}

impl ReportRow {
    fn reason(&self) -> ReportReason {
        ReportReason::parse(&self.reason).unwrap_or(ReportReason::Other)
    }
}

/// The facts of a report that a decision needs.
pub struct ReportSubject {
    pub room: RoomId,
    /// Kind of the room; `None` for a deleted one.
    pub kind: Option<Kind>,
    pub message: MessageId,
    pub author: UserId,
    pub reason: ReportReason,
    pub body: String,
    /// Whether it was handled, and by whom; the account may be removed.
    pub handled_by: Option<Option<Profile>>,
}

/// Whether a user has an open report of a message.
pub fn has_open(conn: &mut Conn, message: MessageId, reporter: UserId) -> Result<bool> {
    let mine = reports::table
        .filter(reports::message_id.eq(message))
        .filter(reports::reporter_id.eq(reporter))
        .filter(reports::resolved_at.is_null());
    Ok(select(exists(mine)).get_result(conn)?)
}

/// Adds a report at `now` (ms UTC). Returns its id.
pub fn insert(
    conn: &mut Conn,
    message: &Message,
    (reporter, new): (UserId, &NewReport),
    now: i64,
) -> Result<i64> {
    let row = (
        reports::room_id.eq(message.room),
        reports::message_id.eq(message.id),
        reports::author_id.eq(message.author.id),
        reports::reporter_id.eq(reporter),
        reports::reason.eq(new.reason.name()),
        reports::details.eq(&new.details),
        reports::body.eq(message.line()),
        reports::written_at.eq(message.created_at),
        reports::reported_at.eq(now),
    );
    let insert = diesel::insert_into(reports::table).values(row);
    Ok(insert.returning(reports::id).get_result(conn)?)
}

/// Moderators and admins.
pub fn moderators(conn: &mut Conn) -> Result<Vec<UserId>> {
    let them = users::table.filter(users::is_admin.or(users::role.eq("moderator")));
    Ok(them.select(users::id).load(conn)?)
}

/// The subject of a report.
pub fn subject(conn: &mut Conn, id: i64) -> Result<Option<ReportSubject>> {
    let row = reports::table.find(id).select(ReportRow::as_select());
    let Some(row) = row.first(conn).optional()? else {
        return Ok(None);
    };
    let found = rooms_of(conn, &[row.room_id.0])?;
    let handled_by = match (row.resolved_at, row.resolved_by) {
        (None, _) => None,
        (Some(_), by) => Some(people_of(conn, by.into_iter())?.into_values().next()),
    };
    Ok(Some(ReportSubject {
        room: row.room_id,
        kind: found.get(&row.room_id).map(|(_, kind)| *kind),
        message: row.message_id,
        author: row.author_id,
        reason: row.reason(),
        body: row.body,
        handled_by,
    }))
}

/// Resolves all open reports of a message. Returns their reporters.
pub fn resolve(
    conn: &mut Conn,
    message: MessageId,
    (by, now): (UserId, i64),
    (outcome, is_deleted): (&str, bool),
) -> Result<Vec<UserId>> {
    let open = reports::table
        .filter(reports::message_id.eq(message))
        .filter(reports::resolved_at.is_null());
    let reporters = open.select(reports::reporter_id).load(conn)?;
    let columns = (
        reports::resolved_at.eq(now),
        reports::resolved_by.eq(by),
        reports::outcome.eq(outcome),
        reports::is_deleted.eq(is_deleted),
    );
    diesel::update(open).set(columns).execute(conn)?;
    Ok(reporters)
}

/// Reports for a moderator, without those of the moderator's own messages: the open ones, oldest first, or the resolved
/// ones, newest first.
pub fn list(
    conn: &mut Conn,
    moderator: UserId,
    resolved: bool,
    (most, skip): (i64, i64),
) -> Result<Vec<Report>> {
    let all = reports::table
        .filter(reports::author_id.ne(moderator))
        .limit(most)
        .offset(skip)
        .select(ReportRow::as_select());
    let rows: Vec<ReportRow> = match resolved {
        false => all
            .filter(reports::resolved_at.is_null())
            .order(reports::id.asc())
            .load(conn)?,
        true => all
            .filter(reports::resolved_at.is_not_null())
            .order((reports::resolved_at.desc(), reports::id.desc()))
            .load(conn)?,
    };
    let ids = rows.iter().flat_map(|row| {
        let known = [Some(row.author_id), Some(row.reporter_id), row.resolved_by];
        known.into_iter().flatten()
    });
    let people = people_of(conn, ids)?;
    let ids: Vec<i64> = rows.iter().map(|row| row.room_id.0).collect();
    let (rooms, own) = (rooms_of(conn, &ids)?, own_rooms(conn, moderator, &ids)?);
    let report = |row: ReportRow| Report {
        id: row.id,
        room: match rooms.get(&row.room_id) {
            None => ReportedRoom::Deleted,
            Some((_, Kind::Direct)) if !own.contains(&row.room_id) => ReportedRoom::Direct,
            Some((_, Kind::Direct)) => ReportedRoom::Own("a direct conversation".into()),
            Some((name, _)) if own.contains(&row.room_id) => ReportedRoom::Own(name.clone()),
            Some((name, Kind::Open)) => ReportedRoom::Open(name.clone()),
            Some((_, Kind::Closed)) => ReportedRoom::Closed,
        },
        kind: rooms.get(&row.room_id).map(|(_, kind)| *kind),
        room_id: row.room_id,
        message: row.message_id,
        reason: row.reason(),
        author: people.get(&row.author_id).cloned(),
        reporter: people.get(&row.reporter_id).cloned(),
        resolution: row.resolved_at.map(|at| Resolution {
            action: row.outcome.clone(),
            deleted: row.is_deleted,
            by: row.resolved_by.and_then(|by| people.get(&by).cloned()),
            at,
        }),
        details: row.details,
        body: row.body,
        written_at: row.written_at,
        reported_at: row.reported_at,
    };
    Ok(rows.into_iter().map(report).collect())
}

fn people_of(
    conn: &mut Conn,
    ids: impl Iterator<Item = UserId>,
) -> Result<HashMap<UserId, Profile>> {
    let ids: Vec<i64> = ids.map(|id| id.0).collect();
    let them = users::table.filter(users::id.eq_any(id_list(&ids)));
    let found: Vec<Profile> = them.select(Profile::as_select()).load(conn)?;
    Ok(found.into_iter().map(|one| (one.id, one)).collect())
}

/// Names and kinds of rooms.
fn rooms_of(conn: &mut Conn, ids: &[i64]) -> Result<HashMap<RoomId, (String, Kind)>> {
    let rows: Vec<(RoomId, String, i32)> = rooms::table
        .filter(rooms::id.eq_any(id_list(ids)))
        .filter(rooms::deleted_at.is_null())
        .select((rooms::id, rooms::name, rooms::kind))
        .load(conn)?;
    let row = |(id, name, kind)| Ok((id, (name, Kind::from_column(kind)?)));
    rows.into_iter().map(row).collect()
}

/// Rooms that a user is in, of those with these ids.
fn own_rooms(conn: &mut Conn, user: UserId, ids: &[i64]) -> Result<HashSet<RoomId>> {
    let own: Vec<RoomId> = members::table
        .filter(members::user_id.eq(user))
        .filter(members::room_id.eq_any(id_list(ids)))
        .select(members::room_id)
        .load(conn)?;
    Ok(own.into_iter().collect())
}

/// Deletes reports that were resolved before a time (ms UTC). Returns whether there were any.
pub fn delete_resolved(conn: &mut Conn, before: i64) -> Result<bool> {
    let old = reports::table.filter(reports::resolved_at.lt(before));
    Ok(diesel::delete(old).execute(conn)? > 0)
}

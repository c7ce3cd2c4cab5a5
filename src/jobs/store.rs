//! The table of jobs.

use diesel::{
    ExpressionMethods, QueryDsl, Queryable, RunQueryDsl, Selectable, SelectableHelper, dsl::exists,
    select,
};

use crate::{db::Conn, error::Result, schema::jobs};

/// Row of the table.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
pub struct Job {
    pub(super) id: i64,
    pub(super) kind: String,
    /// Argument of the handler; empty if it takes none.
    pub payload: String,
    pub(super) run_at: i64,
    /// Failed runs before this one.
    pub attempts: i32,
}

/// Inserts a job that runs at `run_at` (ms UTC) or later.
pub fn insert(conn: &mut Conn, kind: &str, payload: &str, run_at: i64) -> Result<()> {
    let row = (
        jobs::kind.eq(kind),
        jobs::payload.eq(payload),
        jobs::run_at.eq(run_at),
    );
    let insert = diesel::insert_into(jobs::table).values(row);
    insert.execute(conn)?;
    Ok(())
}

/// Whether there is a job of a kind.
pub fn has_kind(conn: &mut Conn, kind: &str) -> Result<bool> {
    let of_kind = jobs::table.filter(jobs::kind.eq(kind));
    Ok(select(exists(of_kind)).get_result(conn)?)
}

/// The jobs of these kinds that are to run next, without those in `running`, earliest first.
pub fn next(conn: &mut Conn, kinds: &[&str], running: &[i64], limit: i64) -> Result<Vec<Job>> {
    let next = jobs::table
        .filter(jobs::kind.eq_any(kinds))
        .filter(jobs::id.ne_all(running))
        .order((jobs::run_at, jobs::id))
        .limit(limit)
        .select(Job::as_select());
    Ok(next.load(conn)?)
}

/// The kinds in the table that are not in `known`.
pub fn unknown_kinds(conn: &mut Conn, known: &[&str]) -> Result<Vec<String>> {
    let unknown = jobs::table.filter(jobs::kind.ne_all(known));
    Ok(unknown.select(jobs::kind).distinct().load(conn)?)
}

/// Records a failed run and the time of the next one (ms UTC).
pub fn set_failed(conn: &mut Conn, job: i64, error: &str, run_at: i64) -> Result<()> {
    let columns = (
        jobs::attempts.eq(jobs::attempts + 1),
        jobs::last_error.eq(error),
        jobs::run_at.eq(run_at),
    );
    let row = jobs::table.find(job);
    diesel::update(row).set(columns).execute(conn)?;
    Ok(())
}

/// Deletes a job, if it is still there.
pub fn delete(conn: &mut Conn, job: i64) -> Result<()> {
    diesel::delete(jobs::table.find(job)).execute(conn)?;
    Ok(())
}

/// Kind, failed runs and last error of all jobs.
#[cfg(test)]
pub fn states(conn: &mut Conn) -> Result<Vec<(String, i32, Option<String>)>> {
    let columns = (jobs::kind, jobs::attempts, jobs::last_error);
    Ok(jobs::table.select(columns).order(jobs::id).load(conn)?)
}

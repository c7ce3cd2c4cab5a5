//! Background work that survives a restart: one table of jobs, one runner.
//!
//! A verb adds a job in the transaction that makes the work necessary. The runner wakes up after the commit, runs a few
//! jobs at a time and retries failed ones with increasing delays. A process may be killed at any time, so a handler is
//! repeatable: it keeps its progress in the database, and deletes its job together with its last effect
//! ([`Job::complete`]) or does no harm when it runs again.
//!
//! Work that follows every commit would need a row for each of them. It is a [`CommitFollower`] instead: the runner
//! triggers it in memory, and its own progress mark in the database makes it durable.

mod backoff;
mod follower;
mod runner;
mod store;
#[cfg(test)]
mod tests;

use std::future::Future;

use crate::{
    db::{Conn, Db, Tx, time},
    error::Result,
};
pub use runner::JobRunner;

/// A row of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    id: i64,
    kind: String,
    /// The argument of the handler; empty if it takes none.
    pub payload: String,
    run_at: i64,
    /// Failed runs before this one.
    pub attempts: i32,
}

impl Job {
    /// Deletes the job in the transaction of its last effect.
    pub fn complete(&self, tx: &mut Tx) -> Result<()> {
        store::delete(tx.conn, self.id)
    }
}

/// One kind of job.
pub trait JobHandler: Send + Sync + 'static {
    /// The value of the column `kind`. It must never change.
    const KIND: &'static str;

    /// Whether the database holds work of this kind, perhaps without a job. It is asked once at start; the runner adds a
    /// job if there is none.
    fn has_work(_conn: &mut Conn) -> Result<bool> {
        Ok(false)
    }

    /// Does the work. The runner deletes the job afterwards, or retries it later if this fails.
    fn run(&self, db: &Db, job: &Job) -> impl Future<Output = Result<()>> + Send;
}

/// Work that follows every commit, from a mark that it keeps in the database.
pub trait CommitFollower: Send + Sync + 'static {
    /// Name in the log.
    const NAME: &'static str;

    /// Does everything that is to do now. It is called at start and after commits, never twice at a time.
    fn catch_up(&self, db: &Db) -> impl Future<Output = Result<()>> + Send;
}

/// Adds a job that runs as soon as the transaction is committed.
pub fn add<H: JobHandler>(tx: &mut Tx, payload: &str) -> Result<()> {
    store::insert(tx.conn, H::KIND, payload, time::now())?;
    tx.adds_jobs();
    Ok(())
}

/// Adds a job without a payload, unless there is one of its kind already.
pub fn add_once<H: JobHandler>(tx: &mut Tx) -> Result<()> {
    if store::has_kind(tx.conn, H::KIND)? {
        return Ok(());
    }
    add::<H>(tx, "")
}

//! Background work that survives a restart: one table of jobs, one runner.
//!
//! A verb adds a job in the transaction that makes the work necessary. The runner wakes up after the commit, runs a few
//! jobs at a time and retries failed ones with increasing delays. A process may be killed at any time, so a handler is
//! repeatable: it stores its progress in the database, and deletes its job together with its last effect
//! ([`Job::complete`]) or does no harm when it runs again.
//!
//! Work after every commit is a [`CommitFollower`], which needs no row for each commit: the runner triggers it in
//! memory, and its own progress mark in the database makes it durable.

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
pub use {runner::JobRunner, store::Job};

impl Job {
    /// Deletes the job in the transaction of its last effect.
    pub fn complete(&self, tx: &mut Tx) -> Result<()> {
        store::delete(tx.conn, self.id)
    }
}

/// Handler of one kind of job.
pub trait JobHandler: Send + Sync + 'static {
    /// The value of the column `kind`. It must never change.
    const KIND: &'static str;

    /// Jobs of this kind that run at the same time.
    const AT_ONCE: usize = usize::MAX;

    /// Whether the database contains work of this kind. The runner asks once at start and adds a job if there is none.
    fn has_work(_conn: &mut Conn) -> Result<bool> {
        Ok(false)
    }

    /// Does the work. The runner deletes the job afterwards, or retries it later if this fails.
    fn run(&self, db: &Db, job: &Job) -> impl Future<Output = Result<()>> + Send;
}

/// Work after every commit, from a progress mark that it stores in the database.
pub trait CommitFollower: Send + Sync + 'static {
    /// Name in the log.
    const NAME: &'static str;

    /// Does all outstanding work. It is called at start and after commits, never twice at a time.
    fn catch_up(&self, db: &Db) -> impl Future<Output = Result<()>> + Send;
}

/// Adds a job to the transaction. It runs after the commit.
pub fn add<H: JobHandler>(tx: &mut Tx, payload: &str) -> Result<()> {
    store::insert(tx.conn, H::KIND, payload, time::now())?;
    tx.adds_jobs();
    Ok(())
}

/// Adds a job without a payload that runs at `run_at` (ms UTC), or earlier: the runner takes a job that is more than five
/// minutes away for one of a wrong clock. Adds none if there is one of its kind already.
pub fn add_once_at<H: JobHandler>(tx: &mut Tx, run_at: i64) -> Result<()> {
    if store::has_kind(tx.conn, H::KIND)? {
        return Ok(());
    }
    let latest = time::now() + backoff::MAX_DELAY.as_millis() as i64 / 2;
    store::insert(tx.conn, H::KIND, "", run_at.min(latest))?;
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

//! Adds posted messages to the index, after their commits: no post waits for it.
//!
//! Index entries and the progress mark are written in one transaction, so a restarted process continues where it was
//! killed. A database without an index is indexed in the same way.

use std::time::Instant;

use tokio::time::sleep;

use crate::{
    db::{
        Db, Tx,
        fts::{Index, SearchIndex},
    },
    error::Result,
    jobs::CommitFollower,
};

/// Messages in one write: bounds how long other writes wait. Large batches take less time for each message; they are
/// for a server on which all writes wait anyway.
const BATCH: i64 = 100;
const LARGE_BATCH: i64 = 200;
/// After each write, the writer is left to others for this many times as long as the write took.
const PAUSE_FACTOR: u32 = 4;
/// The same while messages are posted faster than they are indexed. The index then catches up later.
const LONG_PAUSE_FACTOR: u32 = 20;

/// Follower that keeps the index up to date. It uses the progress mark of the index, not rows of the table of jobs, so
/// that a post writes nothing for it.
pub struct IndexMessages;

impl CommitFollower for IndexMessages {
    const NAME: &'static str = "search.index";

    async fn catch_up(&self, db: &Db) -> Result<()> {
        let mut lag = db.read(Index::lag).await?;
        let mut falls_behind = false;
        while lag > 0 {
            let (batch, pause) = match falls_behind {
                false => (BATCH, PAUSE_FACTOR),
                true => (LARGE_BATCH, LONG_PAUSE_FACTOR),
            };
            let index = move |tx: &mut Tx| {
                let started = Instant::now();
                Index::index(tx.conn, batch)?;
                Ok((Index::lag(tx.conn)?, started.elapsed()))
            };
            let (left, took) = db.write(index).await?;
            (falls_behind, lag) = (left > lag, left);
            if lag > 0 {
                sleep(took * pause).await;
            }
        }
        Ok(())
    }
}

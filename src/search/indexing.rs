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

/// Messages in one write: bounds how long other writes wait.
const BATCH: i64 = 100;
/// After each write, the writer is left to others for this many times as long as the write took.
const PAUSE_FACTOR: u32 = 4;

/// Follower that keeps the index up to date. It uses the progress mark of the index, not rows of the table of jobs, so
/// that a post writes nothing for it.
pub struct IndexMessages;

impl CommitFollower for IndexMessages {
    const NAME: &'static str = "search.index";

    async fn catch_up(&self, db: &Db) -> Result<()> {
        if db.read(Index::lag).await? <= 0 {
            return Ok(());
        }
        loop {
            let index = |tx: &mut Tx| {
                let started = Instant::now();
                let has_more = Index::index(tx.conn, BATCH)?;
                Ok((has_more, started.elapsed()))
            };
            let (has_more, took) = db.write(index).await?;
            if !has_more {
                return Ok(());
            }
            sleep(took * PAUSE_FACTOR).await;
        }
    }
}

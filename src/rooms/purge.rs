//! Background removal of the messages of deleted rooms.

use std::time::{Duration, Instant};

use super::store;
use crate::{
    db::{Conn, Db, Tx},
    error::Result,
    jobs::{Job, JobHandler},
};

/// Messages in the first write. Later batches adapt, so that other writes never wait long: removing an
/// old message from a search index of a million takes 10 ms.
const FIRST_BATCH: i64 = 8;
const MAX_BATCH: i64 = 500;
/// Target duration of one write.
const TARGET: Duration = Duration::from_millis(40);

/// Job that removes all deleted rooms with their messages.
pub struct PurgeRooms {
    /// Is called in each transaction that removes messages.
    pub on_removal: fn(&mut Tx) -> Result<()>,
}

impl JobHandler for PurgeRooms {
    const KIND: &'static str = "rooms.purge";

    fn has_work(conn: &mut Conn) -> Result<bool> {
        store::has_deleted(conn)
    }

    async fn run(&self, db: &Db, job: &Job) -> Result<()> {
        let mut batch = FIRST_BATCH;
        loop {
            let (job, on_removal) = (job.clone(), self.on_removal);
            let purge = move |tx: &mut Tx| {
                tx.erases();
                let has_more = store::purge(tx.conn, batch)?;
                on_removal(tx)?;
                if !has_more {
                    job.complete(tx)?; // a room deleted from now on adds another job
                }
                Ok(has_more)
            };
            let started = Instant::now();
            if !db.write(purge).await? {
                return Ok(());
            }
            batch = match started.elapsed() {
                took if took > TARGET => (batch / 2).max(1),
                _ => (batch * 2).min(MAX_BATCH),
            };
            tokio::task::yield_now().await;
        }
    }
}

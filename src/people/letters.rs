//! Job that fills the keys by which names are compared, for accounts of earlier versions.

use super::store;
use crate::{
    db::{Conn, Db, Tx},
    error::Result,
    jobs::{Job, JobHandler},
};

/// Accounts in one write.
const BATCH: i64 = 500;

/// Job that stores the letters of all names that have none.
pub struct FillNameLetters;

impl JobHandler for FillNameLetters {
    const KIND: &'static str = "people.letters";

    fn has_work(conn: &mut Conn) -> Result<bool> {
        Ok(!store::without_letters(conn, 1)?.is_empty())
    }

    async fn run(&self, db: &Db, job: &Job) -> Result<()> {
        while fill_batch(db, job).await? {}
        Ok(())
    }
}

/// Fills a batch. Returns whether there may be more to do.
async fn fill_batch(db: &Db, job: &Job) -> Result<bool> {
    let job = job.clone();
    let fill = move |tx: &mut Tx| {
        let batch = store::without_letters(tx.conn, BATCH)?;
        for (user, username, display_name) in &batch {
            store::set_letters(tx.conn, *user, username, display_name)?;
        }
        if batch.is_empty() {
            job.complete(tx)?;
        }
        Ok(!batch.is_empty())
    };
    db.write(fill).await
}

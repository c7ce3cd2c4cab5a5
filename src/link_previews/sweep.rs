//! Removal of unused previews and their pictures.

use super::{LinkPreviews, store};
use crate::{
    db::{Conn, Db, Tx},
    error::Result,
    jobs::{self, Job, JobHandler},
};

/// Number of rows deleted per transaction.
const BATCH: i64 = 100;

/// Job that removes unused previews.
pub struct SweepLinkPreviews(pub LinkPreviews);

impl JobHandler for SweepLinkPreviews {
    const KIND: &'static str = "link_previews.sweep";

    fn has_work(conn: &mut Conn) -> Result<bool> {
        store::has_unused(conn)
    }

    async fn run(&self, db: &Db, job: &Job) -> Result<()> {
        loop {
            let job = job.clone();
            let delete = move |tx: &mut Tx| {
                let (count, pictures) = store::delete_unused(tx.conn, BATCH)?;
                if count > 0 {
                    tx.erases();
                }
                let has_more = count == BATCH;
                if !has_more {
                    job.complete(tx)?; // previews that become unused later schedule another job
                }
                Ok((has_more, pictures))
            };
            let (has_more, pictures) = db.write(delete).await?;
            for picture in pictures {
                self.0.files.remove_unused(&picture).await?;
            }
            if !has_more {
                return Ok(());
            }
        }
    }
}

/// Schedules the removal of previews that become unused in this transaction.
pub fn sweep_unused(tx: &mut Tx) -> Result<()> {
    jobs::add_once::<SweepLinkPreviews>(tx)
}

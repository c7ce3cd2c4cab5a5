//! Renders messages again, in the background, after the renderer has changed.

use super::{markup, store};
use crate::{
    db::{Conn, Db, Tx},
    error::Result,
    jobs::{Job, JobHandler},
};

/// Messages in one write.
const BATCH: i64 = 200;

/// Job that renders all messages of another version of the renderer. The table `upkeep` stores its progress.
pub struct RerenderMessages;

impl JobHandler for RerenderMessages {
    const KIND: &'static str = "messages.rerender";

    fn has_work(conn: &mut Conn) -> Result<bool> {
        Ok(store::rerendered(conn, markup::VERSION)?.is_some())
    }

    async fn run(&self, db: &Db, job: &Job) -> Result<()> {
        while rerender_batch(db, job).await? {}
        Ok(())
    }
}

/// Renders a batch on a reading connection, then stores the messages that have not changed meanwhile. Returns whether
/// there is more to do.
async fn rerender_batch(db: &Db, job: &Job) -> Result<bool> {
    let read = |conn: &mut Conn| {
        let after = store::rerendered(conn, markup::VERSION)?;
        let batch = after.map(|after| store::outdated(conn, after, BATCH));
        batch.transpose()
    };
    let Some((last, rendered)) = db.read(read).await? else {
        return Ok(false);
    };
    let (job, has_more) = (job.clone(), last.is_some());
    let write = move |tx: &mut Tx| {
        for message in &rendered {
            store::set_html(tx.conn, message)?;
        }
        if !has_more {
            job.complete(tx)?;
        }
        store::set_rerendered(tx.conn, markup::VERSION, last)
    };
    db.write(write).await?;
    Ok(has_more)
}

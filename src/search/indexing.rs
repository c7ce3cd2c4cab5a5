//! Takes into the index what was posted, afterwards: no post waits for it.
//!
//! A message and the mark that says it is in the index come in one transaction, so a process that is killed goes on
//! where it stopped; a database from before there was an index is taken in the same way.

use std::time::{Duration, Instant};

use tokio::{runtime::Handle, time::sleep};

use crate::{
    db::{Db, Tx, fts},
    error::{Error, Result},
};

/// Messages of one job: nobody waits for the writer longer than these take.
const SOME: i64 = 100;
/// What was committed is collected for so long.
const PAUSE: Duration = Duration::from_millis(200);
/// While there is more, the writer is left alone so many times as long as a job took.
const SHARE: u32 = 4;

/// Starts the task; it ends with the runtime.
pub fn start(db: &Db) {
    let Ok(runtime) = Handle::try_current() else {
        return; // the next start does it
    };
    let db = db.clone();
    runtime.spawn(async move {
        loop {
            match catch_up(&db).await {
                Ok(()) => {
                    db.committed().await;
                    sleep(PAUSE).await;
                }
                Err(Error::Unavailable(wait)) => sleep(wait).await,
                Err(error) => {
                    tracing::error!(?error, "messages could not be taken into the index");
                    sleep(Duration::from_secs(60)).await;
                }
            }
        }
    });
}

async fn catch_up(db: &Db) -> Result<()> {
    if db.read(fts::lag).await? <= 0 {
        return Ok(());
    }
    loop {
        let index = |tx: &mut Tx| {
            let begun = Instant::now();
            let more = fts::index(tx.conn, SOME)?;
            Ok((more, begun.elapsed()))
        };
        let (more, took) = db.write(index).await?;
        if !more {
            return Ok(());
        }
        sleep(took * SHARE).await;
    }
}

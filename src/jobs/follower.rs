//! Runs a commit follower.

use std::time::Duration;

use tokio::time::sleep;

use super::{CommitFollower, backoff::retry_delay};
use crate::db::Db;

/// Time between a commit and the run, in which further commits are collected.
const PAUSE: Duration = Duration::from_millis(200);

/// Runs `follower` now and after commits. It returns only when it is dropped.
pub async fn follow<F: CommitFollower>(db: Db, follower: F) {
    let (mut commits, mut attempts) = (db.commits(), 0);
    loop {
        commits.mark_unchanged();
        match follower.catch_up(&db).await {
            Ok(()) => {
                attempts = 0;
                if commits.changed().await.is_err() {
                    return; // the database is gone
                }
                sleep(PAUSE).await;
            }
            Err(_) if db.is_closing() => return,
            Err(error) => {
                attempts += 1;
                let delay = retry_delay(attempts);
                tracing::warn!(?error, follower = F::NAME, ?delay, "background work failed");
                sleep(delay).await;
            }
        }
    }
}

//! Removal of old reports, with the texts in them.

use std::time::Duration;

use tokio::runtime::Handle;

use super::{Moderation, store};
use crate::{
    db::{Tx, time},
    error::Result,
};

/// Time for which resolved reports are stored (ms): 90 days.
const RETENTION: i64 = 90 * 24 * 60 * 60 * 1000;
/// Interval between removals.
const INTERVAL: Duration = Duration::from_secs(24 * 60 * 60);

impl Moderation {
    /// Starts a task that removes reports 90 days after the decision, immediately and then once a day until the database
    /// is closed. Does nothing outside a Tokio runtime, as in some tools.
    pub fn start_retention(&self) {
        let Ok(runtime) = Handle::try_current() else {
            return;
        };
        let moderation = self.clone();
        runtime.spawn(async move {
            loop {
                if let Err(error) = moderation.remove_old().await {
                    tracing::warn!(%error, "old reports could not be removed");
                }
                tokio::select! {
                    () = tokio::time::sleep(INTERVAL) => {}
                    () = moderation.app.db.closing() => return,
                }
            }
        });
    }

    async fn remove_old(&self) -> Result<()> {
        let remove = move |tx: &mut Tx| {
            if store::reports::delete_resolved(tx.conn, time::now() - RETENTION)? {
                tx.erases();
            }
            Ok(())
        };
        self.app.db.write(remove).await
    }
}

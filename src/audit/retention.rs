//! Removal of old entries of the audit log.

use std::time::Duration;

use tokio::runtime::Handle;

use super::store;
use crate::{
    app::App,
    db::{Tx, time},
    error::Result,
};

/// Interval between removals.
const INTERVAL: Duration = Duration::from_secs(24 * 60 * 60);
/// Milliseconds of a day.
const DAY: i64 = 24 * 60 * 60 * 1000;

/// Starts a task that removes entries older than the setting `audit_retention_days`, immediately and then once a day
/// until the database is closed. Does nothing outside a Tokio runtime, as in some tools.
pub fn start_retention(app: App) {
    let Ok(runtime) = Handle::try_current() else {
        return;
    };
    runtime.spawn(async move {
        loop {
            if let Err(error) = remove_old(&app).await {
                tracing::warn!(%error, "old entries of the audit log could not be removed");
            }
            tokio::select! {
                () = tokio::time::sleep(INTERVAL) => {}
                () = app.db.closing() => return,
            }
        }
    });
}

async fn remove_old(app: &App) -> Result<()> {
    let days = i64::from(app.settings.current().audit_retention_days);
    if days == 0 {
        return Ok(());
    }
    let remove = move |tx: &mut Tx| {
        if store::delete_before(tx.conn, time::now() - days * DAY)? {
            tx.erases();
        }
        Ok(())
    };
    app.db.write(remove).await
}

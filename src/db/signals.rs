//! Signals from the writer to background tasks of this process.

use tokio::sync::{Notify, watch};

/// Signals of one database. They carry no data: a task that wakes up reads the database.
#[derive(Default)]
pub struct Signals {
    /// Changes with every commit.
    pub commits: watch::Sender<()>,
    /// Notified after a commit that added jobs. The job runner is its only waiter.
    pub jobs_added: Notify,
    /// True once the database is being closed.
    pub closing: watch::Sender<bool>,
}

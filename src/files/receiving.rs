//! Exclusive write access to uploads. A newer request takes over from an older one.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::Notify,
    time::{Instant, sleep},
};

use super::Files;
use crate::error::{Error, Result};

/// Maximum wait for the older request to stop.
const TAKEOVER_TIMEOUT: Duration = Duration::from_secs(30);
/// Interval between takeover attempts.
const TAKEOVER_INTERVAL: Duration = Duration::from_millis(20);

/// Exclusive right to write to an upload, held by one request until dropped.
pub(super) struct Receiving {
    files: Files,
    token: String,
    /// Signals the request to stop because a newer one is taking over.
    pub(super) stop: Arc<Notify>,
}

impl Receiving {
    /// Acquires the right to write to an upload and stops the request that holds it. After a lost connection, the
    /// server may still be waiting for bytes of the old request when the client resumes.
    ///
    /// # Errors
    /// `Conflict` if the older request doesn't stop in time.
    pub(super) async fn begin(files: &Files, token: &str) -> Result<Receiving> {
        let started = Instant::now();
        loop {
            match Receiving::try_begin(files, token) {
                Ok(receiving) => return Ok(receiving),
                Err(stop) if started.elapsed() < TAKEOVER_TIMEOUT => stop.notify_one(),
                Err(_) => {
                    let why = "This file is already being uploaded. Try again in a moment.";
                    return Err(Error::Conflict(why.into()));
                }
            }
            sleep(TAKEOVER_INTERVAL).await;
        }
    }

    fn try_begin(files: &Files, token: &str) -> Result<Receiving, Arc<Notify>> {
        let mut receiving = files.receiving.lock();
        if let Some(stop) = receiving.get(token) {
            return Err(stop.clone());
        }
        let stop = Arc::<Notify>::default();
        receiving.insert(token.to_owned(), stop.clone());
        Ok(Receiving {
            files: files.clone(),
            token: token.to_owned(),
            stop,
        })
    }
}

impl Files {
    /// Stops the request that is writing to an upload, if there is one.
    pub(super) fn stop_receiving(&self, token: &str) {
        if let Some(stop) = self.receiving.lock().get(token) {
            stop.notify_one();
        }
    }
}

impl Drop for Receiving {
    fn drop(&mut self) {
        self.files.receiving.lock().remove(&self.token);
    }
}

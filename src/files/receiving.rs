//! One request at a time writes to an upload; a newer one takes over from an older one.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::Notify,
    time::{Instant, sleep},
};

use super::Files;
use crate::error::{Error, Result};

/// Longest wait for the older request to end.
const TAKEOVER_TIMEOUT: Duration = Duration::from_secs(30);
/// Time between two attempts to take over.
const TAKEOVER_INTERVAL: Duration = Duration::from_millis(20);

/// The right to write to an upload, until it is dropped. One request at a time has it.
pub(super) struct Receiving {
    files: Files,
    token: String,
    /// Tells the request to stop, because a newer one of the same client wants to go on.
    pub(super) stop: Arc<Notify>,
}

impl Receiving {
    /// Takes the right to write to an upload. A request that has it gives it up: after a lost connection, the server may
    /// still wait for its bytes when the client goes on.
    ///
    /// # Errors
    /// `Conflict` if that takes too long.
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

impl Drop for Receiving {
    fn drop(&mut self) {
        self.files.receiving.lock().remove(&self.token);
    }
}

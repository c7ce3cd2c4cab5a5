//! Hashing off the async threads: as many at once as there are cores, and a bounded line before them.

use std::{num::NonZero, time::Duration};

use tokio::sync::Semaphore;

use crate::error::{Error, Result};

/// How many may wait for their turn; at three hashes a second and core that is a few seconds.
const LINE: usize = 64;

/// The places at which passwords are hashed.
pub struct Hashing {
    places: Semaphore,
    line: Semaphore,
}

impl Hashing {
    /// One place per core.
    pub fn new() -> Hashing {
        let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
        Hashing {
            places: Semaphore::new(cores),
            line: Semaphore::new(LINE + cores),
        }
    }

    /// Runs `work`, some 300 ms of CPU, on a blocking thread when a place is free.
    ///
    /// # Errors
    /// `Unavailable` when the line is full.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T> {
        let busy = |_| Error::Unavailable(Duration::from_secs(5));
        let _in_line = self.line.try_acquire().map_err(busy)?;
        let _place = self
            .places
            .acquire()
            .await
            .map_err(|_| Error::Internal("hashing ended".into()))?;
        let done = tokio::task::spawn_blocking(work).await;
        done.map_err(|error| Error::Internal(format!("hashing: {error}")))
    }
}

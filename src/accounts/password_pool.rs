//! Password hashing on blocking threads: one per core, with a bounded queue.

use std::{collections::HashMap, net::IpAddr, num::NonZero, time::Duration};

use parking_lot::Mutex;
use tokio::sync::Semaphore;

use crate::error::{Error, Result};

/// Limit of the queue. A core computes about three hashes a second.
const LINE: usize = 256;

/// Limit of the queue for one address, so that it cannot block the others.
const LINE_FROM: usize = 48;

/// Pool of hashing threads.
pub struct PasswordPool {
    places: Semaphore,
    line: Semaphore,
    waiting: Mutex<HashMap<IpAddr, usize>>,
    limited: bool,
}

impl PasswordPool {
    /// One thread per core; unlimited queue without limits.
    pub fn new(limited: bool) -> PasswordPool {
        let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
        PasswordPool {
            places: Semaphore::new(cores),
            line: Semaphore::new(if limited {
                LINE + cores
            } else {
                Semaphore::MAX_PERMITS
            }),
            waiting: Mutex::default(),
            limited,
        }
    }

    /// Runs `work` (about 300 ms of CPU) on a blocking thread when one is free.
    ///
    /// # Errors
    /// `Unavailable` when the queue, or the share of `from`, is full.
    pub async fn run<T: Send + 'static>(
        &self,
        from: IpAddr,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T> {
        let busy = Error::Unavailable(Duration::from_secs(5));
        let turn = QueueSlot::take(&self.waiting, from);
        if self.limited && turn.is_none() {
            return Err(busy);
        }
        let _in_line = self.line.try_acquire().map_err(|_| busy.clone())?;
        let _place = self.places.acquire().await.map_err(|_| busy)?;
        let done = tokio::task::spawn_blocking(work).await;
        done.map_err(|error| Error::Internal(format!("password_pool: {error}")))
    }
}

/// Slot of an address in the queue, released when dropped.
struct QueueSlot<'a> {
    waiting: &'a Mutex<HashMap<IpAddr, usize>>,
    from: IpAddr,
}

impl<'a> QueueSlot<'a> {
    fn take(waiting: &'a Mutex<HashMap<IpAddr, usize>>, from: IpAddr) -> Option<QueueSlot<'a>> {
        let mut all = waiting.lock();
        let taken = all.entry(from).or_default();
        if *taken >= LINE_FROM {
            return None;
        }
        *taken += 1;
        Some(QueueSlot { waiting, from })
    }
}

impl Drop for QueueSlot<'_> {
    fn drop(&mut self) {
        let mut all = self.waiting.lock();
        if let Some(taken) = all.get_mut(&self.from) {
            *taken -= 1;
            if *taken == 0 {
                all.remove(&self.from);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_cannot_take_the_whole_line() {
        let waiting = Mutex::default();
        let (here, there) = ([127, 0, 0, 1].into(), [127, 0, 0, 2].into());
        let mut turns: Vec<_> = (0..LINE_FROM)
            .map(|_| QueueSlot::take(&waiting, here))
            .collect();
        assert!(turns.iter().all(Option::is_some));
        assert!(QueueSlot::take(&waiting, here).is_none());
        assert!(QueueSlot::take(&waiting, there).is_some());
        turns.pop();
        assert!(QueueSlot::take(&waiting, here).is_some());
    }
}

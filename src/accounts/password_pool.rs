//! Password hashing on blocking threads: one per core, with a bounded queue.

use std::{collections::HashMap, net::IpAddr, num::NonZero, time::Duration};

use parking_lot::Mutex;
use tokio::sync::Semaphore;

use crate::error::{Error, Result};

/// Limit of the queue. A core computes about three hashes a second.
const QUEUE: usize = 256;
/// Limit of the queue for one address, so that it cannot block the others.
const QUEUE_OF_ADDRESS: usize = 48;

/// Pool of hashing threads.
pub struct PasswordPool {
    cores: Semaphore,
    queue: Semaphore,
    waiting: Mutex<HashMap<IpAddr, usize>>,
    limited: bool,
}

impl PasswordPool {
    /// Pool with one thread per core. Its queue is bounded only if `limited`.
    pub fn new(limited: bool) -> PasswordPool {
        let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
        let queue = match limited {
            true => QUEUE + cores,
            false => Semaphore::MAX_PERMITS,
        };
        PasswordPool {
            cores: Semaphore::new(cores),
            queue: Semaphore::new(queue),
            waiting: Mutex::default(),
            limited,
        }
    }

    /// Runs `work` (about 300 ms of CPU) on a blocking thread when one is free. `Unavailable` when the queue, or the
    /// share of `from`, is full.
    pub async fn run<T: Send + 'static>(
        &self,
        from: IpAddr,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T> {
        let busy = Error::Unavailable(Duration::from_secs(5));
        let slot = QueueSlot::take(&self.waiting, from);
        if self.limited && slot.is_none() {
            return Err(busy);
        }
        let _queued = self.queue.try_acquire().map_err(|_| busy.clone())?;
        let _core = self.cores.acquire().await.map_err(|_| busy)?;
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
        if *taken >= QUEUE_OF_ADDRESS {
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
    fn one_address_cannot_take_the_whole_queue() {
        let waiting = Mutex::default();
        let (here, there) = ([127, 0, 0, 1].into(), [127, 0, 0, 2].into());
        let take = |_| QueueSlot::take(&waiting, here);
        let mut slots: Vec<_> = (0..QUEUE_OF_ADDRESS).map(take).collect();
        assert!(slots.iter().all(Option::is_some));
        assert!(QueueSlot::take(&waiting, here).is_none());
        assert!(QueueSlot::take(&waiting, there).is_some());
        slots.pop();
        assert!(QueueSlot::take(&waiting, here).is_some());
    }
}

//! Delivery threads, separate from the database writer and from the threads that serve requests.

use std::{
    collections::VecDeque,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, mpsc},
    thread,
};

use super::channel::Channel;
use crate::db::ids::RoomId;

/// Maximum number of threads. One fills a core at about 250,000 writes a second.
const MAX_SHARDS: usize = 4;

/// Queues of the delivery threads, which end when it is dropped.
pub struct Publisher {
    shards: Vec<mpsc::Sender<Arc<Channel>>>,
}

impl Publisher {
    /// Starts one thread for every two cores, but at least one.
    pub fn start() -> Publisher {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let count = (cores / 2).clamp(1, MAX_SHARDS);
        Publisher {
            shards: (0..count).map(start_shard).collect(),
        }
    }

    /// Queues a channel for delivery. A room always has the same thread.
    pub fn schedule(&self, room: RoomId, channel: Arc<Channel>) {
        let shard = room.0.unsigned_abs() as usize % self.shards.len();
        let _ = self.shards[shard].send(channel); // the thread lives as long as the sender
    }
}

fn start_shard(number: usize) -> mpsc::Sender<Arc<Channel>> {
    let (sender, scheduled) = mpsc::channel();
    thread::Builder::new()
        .name(format!("live-{number}"))
        .spawn(move || deliver_all(&scheduled))
        .expect("a thread can be started while the server starts");
    sender
}

/// Delivers one group of each channel in turn.
fn deliver_all(scheduled: &mpsc::Receiver<Arc<Channel>>) {
    let mut waiting: VecDeque<Arc<Channel>> = VecDeque::new();
    loop {
        if waiting.is_empty() {
            match scheduled.recv() {
                Ok(channel) => waiting.push_back(channel),
                Err(_) => return,
            }
        }
        waiting.extend(scheduled.try_iter());
        if let Some(channel) = waiting.pop_front()
            && deliver(&channel)
        {
            waiting.push_back(channel);
        }
    }
}

/// Survives a panic: a connection that missed something finds it in the log.
fn deliver(channel: &Channel) -> bool {
    catch_unwind(AssertUnwindSafe(|| channel.deliver())).unwrap_or_else(|_| {
        tracing::error!("a delivery panicked");
        false
    })
}

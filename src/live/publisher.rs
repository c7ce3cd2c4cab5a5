//! The threads that deliver: away from the writer, and away from those that serve requests.

use std::{
    collections::VecDeque,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, mpsc},
    thread,
};

use super::channel::Channel;
use crate::db::ids::RoomId;

/// Threads at most; one fills a core at about 250,000 writes a second.
const MOST: usize = 4;

/// The way to the delivering threads. They end when it is dropped.
pub struct Publisher {
    shards: Vec<mpsc::Sender<Arc<Channel>>>,
}

impl Publisher {
    /// Starts one thread for each two cores, at least one.
    pub fn start() -> Publisher {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        Publisher {
            shards: (0..(cores / 2).clamp(1, MOST)).map(shard).collect(),
        }
    }

    /// Has a channel delivered soon, always by the same thread: a room has one publisher.
    pub fn post(&self, room: RoomId, channel: Arc<Channel>) {
        let shard = room.0.unsigned_abs() as usize % self.shards.len();
        let _ = self.shards[shard].send(channel); // the thread lives as long as the sender
    }
}

fn shard(number: usize) -> mpsc::Sender<Arc<Channel>> {
    let (sender, due) = mpsc::channel();
    thread::Builder::new()
        .name(format!("live-{number}"))
        .spawn(move || deliver_all(&due))
        .expect("a thread can be started while the server starts");
    sender
}

/// Delivers group by group, the channels in turn.
fn deliver_all(due: &mpsc::Receiver<Arc<Channel>>) {
    let mut waiting: VecDeque<Arc<Channel>> = VecDeque::new();
    loop {
        if waiting.is_empty() {
            match due.recv() {
                Ok(channel) => waiting.push_back(channel),
                Err(_) => return,
            }
        }
        waiting.extend(due.try_iter());
        if let Some(channel) = waiting.pop_front()
            && deliver(&channel)
        {
            waiting.push_back(channel);
        }
    }
}

/// A panic must not end the thread: whoever missed something finds it in the log.
fn deliver(channel: &Channel) -> bool {
    catch_unwind(AssertUnwindSafe(|| channel.deliver())).unwrap_or_else(|_| {
        tracing::error!("a delivery panicked");
        false
    })
}

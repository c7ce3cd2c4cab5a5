//! The threads that deliver: away from the writer, and away from those that serve requests.

use std::{
    collections::VecDeque,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, mpsc},
    thread,
};

use super::topic::Topic;
use crate::db::ids::RoomId;

/// Threads at most; one fills a core at about 250,000 writes a second.
const MOST: usize = 4;

/// The way to the delivering threads. They end when it is dropped.
pub struct Publisher {
    lanes: Vec<mpsc::Sender<Arc<Topic>>>,
}

impl Publisher {
    /// Starts one thread for each two cores, at least one.
    pub fn start() -> Publisher {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        Publisher {
            lanes: (0..(cores / 2).clamp(1, MOST)).map(lane).collect(),
        }
    }

    /// Has a topic delivered soon, always by the same thread: a room has one publisher.
    pub fn post(&self, room: RoomId, topic: Arc<Topic>) {
        let lane = room.0.unsigned_abs() as usize % self.lanes.len();
        let _ = self.lanes[lane].send(topic); // the thread lives as long as the sender
    }
}

fn lane(number: usize) -> mpsc::Sender<Arc<Topic>> {
    let (sender, due) = mpsc::channel();
    thread::Builder::new()
        .name(format!("live-{number}"))
        .spawn(move || deliver_all(&due))
        .expect("a thread can be started while the server starts");
    sender
}

/// Delivers group by group, the topics in turn.
fn deliver_all(due: &mpsc::Receiver<Arc<Topic>>) {
    let mut waiting: VecDeque<Arc<Topic>> = VecDeque::new();
    loop {
        if waiting.is_empty() {
            match due.recv() {
                Ok(topic) => waiting.push_back(topic),
                Err(_) => return,
            }
        }
        waiting.extend(due.try_iter());
        if let Some(topic) = waiting.pop_front()
            && deliver(&topic)
        {
            waiting.push_back(topic);
        }
    }
}

/// A panic must not end the thread: whoever missed something finds it in the log.
fn deliver(topic: &Topic) -> bool {
    catch_unwind(AssertUnwindSafe(|| topic.deliver())).unwrap_or_else(|_| {
        tracing::error!("a delivery panicked");
        false
    })
}

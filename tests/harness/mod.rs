//! Shared test code: a server on a real port, users, and parsers for its responses.

// Two test programs include this folder and each uses a part of it.
#![allow(dead_code)]

pub mod account;
pub mod browser;
pub mod html;
pub mod http;
pub mod in_process;
pub mod live;
pub mod message_actions;
pub mod proxy;
pub mod random;
pub mod random_changes;
pub mod rooms;
pub mod server;
pub mod socket;
pub mod stalled;
pub mod text_socket;
pub mod users;

use std::future::Future;
use std::time::{Duration, Instant};

/// How long a test waits for a thing that should happen; long, because machines are slow.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// Asks again and again until the answer is there; fails with `what` when it never comes.
pub async fn wait_for<T, F, Fut>(what: &str, mut ask: F) -> T
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Option<T>>,
{
    let started = Instant::now();
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(started.elapsed() < PATIENCE, "waited in vain for {what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// A fresh client id, as a browser makes one.
pub fn client_id() -> String {
    uuid::Uuid::new_v4().to_string()
}

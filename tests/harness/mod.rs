//! Shared test code: a server on a real port, users, and parsers for its responses.

// Two test programs include this folder and each uses a part of it.
#![allow(dead_code)]

pub mod account;
pub mod authenticator;
pub mod browser;
pub mod database;
pub mod emoji;
pub mod files;
pub mod html;
pub mod http;
pub mod in_process;
pub mod invites;
pub mod live;
pub mod mail_sink;
pub mod message_actions;
pub mod one_time_codes;
pub mod pictures;
pub mod proxy;
pub mod random;
pub mod random_changes;
pub mod rooms;
pub mod server;
pub mod socket;
pub mod stalled;
pub mod text_socket;
pub mod uploads;
pub mod users;
pub mod website;

use std::future::Future;
use std::time::{Duration, Instant};

/// Limit of a wait for an expected event; generous, because test machines can be slow.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// Limit for effects that users must see immediately.
pub const PUSH_DEADLINE: Duration = Duration::from_secs(1);

/// Polls until `ask` returns a value; fails with `what` after [`PATIENCE`].
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
        assert!(
            started.elapsed() < PATIENCE,
            "timeout while waiting for {what}"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// A new client id, as a browser generates it.
pub fn client_id() -> String {
    uuid::Uuid::new_v4().to_string()
}

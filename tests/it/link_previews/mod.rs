//! Link previews: cards under messages, their pictures, their removal and their limits.

mod cache;
mod cards;
mod edits;
mod limits;
mod pictures;
mod quotes;
mod removal;

use serde_json::Value;

use crate::harness::account::Account;
use crate::harness::database::{connect, number};
use crate::harness::message_actions::id;
use crate::harness::server::Server;
use crate::harness::wait_for;
use crate::harness::website::{Dns, Website};

/// A server with a website that it may fetch.
struct Web {
    server: Server,
    site: Website,
    #[allow(dead_code, reason = "it answers as long as it lives")]
    dns: Dns,
}

impl Web {
    async fn start() -> Web {
        Web::start_with(&[]).await
    }

    async fn start_with(more: &[&str]) -> Web {
        let (site, dns) = (Website::start().await, Dns::start().await);
        let args = site.args(&dns);
        let args: Vec<&str> = args
            .iter()
            .map(String::as_str)
            .chain(more.iter().copied())
            .collect();
        let server = Server::start_with(&args);
        Web { server, site, dns }
    }
}

/// Waits until a message of the first room has this many previews, and returns them.
async fn previews(reader: &Account, message: &Value, count: usize) -> Vec<Value> {
    let at = (1, id(message));
    wait_for("the previews", async || {
        let message = reader.message(at).await;
        let previews = message["previews"].as_array().expect("a list").clone();
        (previews.len() == count).then_some(previews)
    })
    .await
}

/// Waits until no job is left, so that nothing changes any more.
async fn all_jobs(server: &Server) {
    wait_for("the jobs to end", async || {
        let mut conn = connect(&server.data());
        (number(&mut conn, "SELECT COUNT(*) AS number FROM jobs") == 0).then_some(())
    })
    .await;
}

/// Pictures and files on the disk.
fn contents(server: &Server) -> usize {
    let Ok(folders) = std::fs::read_dir(server.data().join("files")) else {
        return 0;
    };
    let folders = folders.map(|folder| folder.expect("a folder").path());
    let inner = folders.map(|folder| std::fs::read_dir(folder).expect("a folder").count());
    inner.sum()
}

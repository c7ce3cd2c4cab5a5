//! Emoji that admins add to the server.

mod adding;
mod messages;
mod pictures;
mod reactions;

use std::path::{Path, PathBuf};

use crate::harness::account::Account;
use crate::harness::server::Server;

/// A server with its admin, Ada, and a member, Bob.
async fn ada_and_bob(server: &Server) -> (Account, Account) {
    let ada = Account::register(server, "ada").await;
    let bob = Account::register(server, "bob").await;
    (ada, bob)
}

/// Contents in the folder of files, without folders.
fn contents(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let inner = paths.map(|path| match path.is_dir() {
        true => contents(&path),
        false => vec![path],
    });
    inner.flatten().collect()
}

fn stored(server: &Server) -> Vec<PathBuf> {
    contents(&server.data().join("files"))
}

//! Pictures of the windows of a failed journey.

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::time::Duration;

use fantoccini::Client;

use crate::pool;

static NUMBER: AtomicUsize = AtomicUsize::new(1);

/// Saves a picture of the window and its markup below `target/tmp/browser` and prints their path.
pub fn save(client: &Client) {
    let (client, path) = (client.clone(), path());
    let (done, saved) = channel();
    pool::spawn(async move {
        let folder = path.parent().expect("a file is in a folder");
        let _ = std::fs::create_dir_all(folder);
        if let Ok(picture) = client.screenshot().await {
            let _ = std::fs::write(path.with_extension("png"), picture);
        }
        if let Ok(markup) = client.source().await {
            let _ = std::fs::write(path.with_extension("html"), markup);
        }
        let _ = done.send(path);
    });
    match saved.recv_timeout(Duration::from_secs(20)) {
        Ok(path) => eprintln!("The window: {0}.png, its markup: {0}.html", path.display()),
        Err(_) => eprintln!("The window could not be saved"),
    }
}

/// A path without an extension, named after the test.
fn path() -> PathBuf {
    let thread = std::thread::current();
    let test = thread.name().unwrap_or("journey").replace("::", "-");
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
        .join("browser")
        .join(format!("{test}-{number}"))
}

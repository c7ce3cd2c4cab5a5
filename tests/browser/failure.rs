//! Screenshots and markup of the windows of a failed journey.

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::time::Duration;

use fantoccini::Client;

use crate::pool;

static NUMBER: AtomicUsize = AtomicUsize::new(1);

/// Saves a screenshot of the window and its markup in `target/tmp/browser` and prints their paths.
pub fn save(client: &Client) {
    let (client, path) = (client.clone(), path());
    let (done, saved) = channel();
    pool::spawn(async move {
        let folder = path.parent().expect("the path has a parent folder");
        let _ = std::fs::create_dir_all(folder);
        if let Ok(screenshot) = client.screenshot().await {
            let _ = std::fs::write(path.with_extension("png"), screenshot);
        }
        if let Ok(markup) = client.source().await {
            let _ = std::fs::write(path.with_extension("html"), markup);
        }
        let _ = done.send(path);
    });
    match saved.recv_timeout(Duration::from_secs(20)) {
        Ok(path) => eprintln!("Screenshot: {0}.png, markup: {0}.html", path.display()),
        Err(_) => eprintln!("The screenshot and the markup could not be saved in time"),
    }
}

/// Path of the files without an extension, named after the test.
fn path() -> PathBuf {
    let thread = std::thread::current();
    let test = thread.name().unwrap_or("journey").replace("::", "-");
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
        .join("browser")
        .join(format!("{test}-{number}"))
}

//! The server's parts in the process of the test, on a real database in a folder of its own.

use std::sync::Arc;

use chatterbox::app::App;
use chatterbox::config::{Command, read};
use chatterbox::db::Db;
use chatterbox::live::Live;
use tempfile::TempDir;

/// What stands below all features, without throttles.
pub fn app(home: &TempDir) -> App {
    let args = ["--limits", "off"].map(Into::into);
    let Ok(Command::Serve(config)) = read(args) else {
        panic!("these are settings");
    };
    let live = Live::start();
    let deliver = live.clone();
    App {
        config: Arc::new(config),
        db: Db::open(home.path(), move || deliver.flush()).expect("an empty folder"),
        live,
    }
}

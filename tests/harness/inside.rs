//! The server's parts in the process of the test, on a real database in a folder of its own.

use chatterbox::app::App;
use chatterbox::config::{Command, read};
use tempfile::TempDir;

/// The platform below all features, without rate limits.
pub fn app(home: &TempDir) -> App {
    let args = ["--limits", "off"].map(Into::into);
    let Ok(Command::Serve(mut config)) = read(args) else {
        panic!("these are settings");
    };
    config.data = home.path().to_owned();
    App::open(config).expect("an empty folder")
}

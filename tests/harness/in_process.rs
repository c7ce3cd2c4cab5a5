//! The platform of the server without routes, on a database in a temporary folder.

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

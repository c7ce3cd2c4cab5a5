//! The server's library in this process, on a database in a temporary folder.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::mpsc;

use chatterbox::accounts::{Accounts, LogIn, LogInClient, User};
use chatterbox::app::App;
use chatterbox::config::{Command, read};
use chatterbox::error::Error;
use tempfile::TempDir;

use super::account::PASSWORD;

/// The platform below the features, without rate limits.
pub fn app(home: &TempDir) -> App {
    let args = ["--limits", "off"].map(Into::into);
    let Ok(Command::Serve(mut config)) = read(args) else {
        panic!("the arguments are valid settings");
    };
    config.data = home.path().to_owned();
    App::open(config).expect("the database opens")
}

/// Registers an account and logs in.
pub async fn register(accounts: &Accounts, name: &str) -> User {
    let from = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let registered = accounts.register(from, name, PASSWORD).await;
    assert!(registered.is_ok(), "the name is free");
    let client = LogInClient::at(from);
    let log_in = accounts.log_in(&client, (name, PASSWORD));
    let Ok(LogIn::Open(session)) = log_in.await else {
        panic!("the password is correct");
    };
    accounts
        .identify(session.token)
        .await
        .expect("the session is new")
}

/// Blocks the writer with a job until the returned sender is used.
pub async fn block_writer(
    app: &App,
) -> (
    impl Future<Output = Result<(), Error>> + use<>,
    mpsc::Sender<()>,
) {
    let (begun, is_busy) = tokio::sync::oneshot::channel();
    let (release, wait) = mpsc::channel::<()>();
    let busy = app.db.write(move |_| {
        let _ = (begun.send(()), wait.recv());
        Ok(())
    });
    is_busy.await.expect("the writer starts the job");
    (busy, release)
}

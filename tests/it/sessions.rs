//! The end of sessions: by log-out, by age, and without use.

use std::net::{IpAddr, Ipv4Addr};

use chatterbox::accounts::{Accounts, LogIn, LogInClient};
use chatterbox::db::time;
use chatterbox::error::Error;
use diesel::connection::SimpleConnection;
use tempfile::TempDir;

use crate::harness::account::{Account, PASSWORD};
use crate::harness::database;
use crate::harness::http::try_send;
use crate::harness::in_process::app;
use crate::harness::live::LiveSocket;
use crate::harness::server::Server;
use crate::harness::text_socket::TextSocket;

/// Close code of a session that has ended.
const SESSION_ENDED: u16 = 1008;
const DAY: i64 = 24 * 60 * 60 * 1000;

/// One open socket of each kind.
struct Sockets {
    room: LiveSocket,
    sidebar: LiveSocket,
    plain: TextSocket,
}

impl Sockets {
    async fn of(account: &Account) -> Sockets {
        Sockets {
            room: account.open_live(1).await,
            sidebar: account.open_live_at("/live").await,
            plain: account.text_socket().await,
        }
    }

    /// Waits until all are closed, and returns the close codes.
    async fn close_codes(mut self) -> [Option<u16>; 3] {
        while self.room.next_message_or_close().await.is_some() {}
        while self.sidebar.next_message_or_close().await.is_some() {}
        let plain = self.plain.close_code().await;
        [self.room.closed, self.sidebar.closed, Some(plain)]
    }
}

#[tokio::test]
async fn a_log_out_closes_all_sockets_of_the_session_and_no_others() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let other_device = Account::log_in(&server, "ada").await;
    let (closed, mut open) = (Sockets::of(&ada).await, Sockets::of(&other_device).await);
    try_send(ada.ask("POST", "/logout"))
        .await
        .expect("the server answers")
        .expect(200);
    assert_eq!(closed.close_codes().await, [Some(SESSION_ENDED); 3]);
    other_device.post("still here").await;
    assert_eq!(open.room.next_message().await.text, "still here");
    open.plain.line("Me", "still here").await;
}

#[tokio::test]
async fn a_session_that_expires_closes_all_its_sockets() {
    let server = Server::unlimited();
    let bob = Account::register(&server, "bob").await;
    let ada = Account::register(&server, "ada").await;
    // Ninety days after its creation, 2 seconds from now, the session is over. It has not been read from the database.
    let expiry = format!(
        "UPDATE sessions SET created_at = {} WHERE user_id = 2",
        time::now() - 90 * DAY + 2_000
    );
    let set = database::connect(&server.data()).batch_execute(&expiry);
    set.expect("a valid statement");
    let sockets = Sockets::of(&ada).await;
    let posting = async {
        loop {
            bob.post("tick").await; // whatever is delivered next finds that the session is over
        }
    };
    let codes = tokio::select! {
        codes = sockets.close_codes() => codes,
        () = posting => unreachable!("it has no end"),
    };
    assert_eq!(codes, [Some(SESSION_ENDED); 3]);
    ada.get("/rooms/1/messages").await.expect(401);
}

#[tokio::test]
async fn sockets_end_two_weeks_after_the_last_use_of_the_session() {
    let home = TempDir::new().expect("a temporary folder");
    let app = app(&home);
    let accounts = Accounts::new(app.clone());
    let from = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let registered = accounts.register(from, "ada", PASSWORD).await;
    assert!(registered.is_ok(), "the name is free");
    let client = LogInClient::at(from);
    let log_in = accounts.log_in(&client, ("ada", PASSWORD));
    let Ok(LogIn::Open(session)) = log_in.await else {
        panic!("the password is correct");
    };
    let before = time::now();
    let ends_in = async |accounts: &Accounts| {
        let user = accounts.identify(session.token).await.expect("a session");
        user.session_grant(true).expires_at - before
    };
    let is_two_weeks = |ms: i64| ((14 * DAY - 60_000)..=(14 * DAY + 60_000)).contains(&ms);
    assert!(is_two_weeks(ends_in(&accounts).await));
    let set_seen = |at: i64| {
        let seen = format!("UPDATE sessions SET seen_at = {at}");
        let set = database::connect(home.path()).batch_execute(&seen);
        set.expect("a valid statement");
    };
    set_seen(before - 13 * DAY);
    let restarted = Accounts::new(app.clone());
    assert!(is_two_weeks(ends_in(&restarted).await), "this use counts");
    let seen = "SELECT seen_at AS number FROM sessions";
    let seen = database::number(&mut database::connect(home.path()), seen);
    assert!(seen >= before, "the use is stored");
    set_seen(before - 15 * DAY);
    let restarted = Accounts::new(app.clone());
    let ended = restarted.identify(session.token).await;
    assert_eq!(ended.err(), Some(Error::Unauthenticated));
    set_seen(before); // as a use over a socket does, which the cache of sessions does not know
    assert!(is_two_weeks(ends_in(&restarted).await));
}

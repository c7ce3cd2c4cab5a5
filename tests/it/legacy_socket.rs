//! The legacy text socket, together with browsers.

use crate::harness::account::Account;
use crate::harness::client_id;
use crate::harness::html;
use crate::harness::server::Server;
use crate::harness::socket::Socket;
use crate::harness::text_socket::{TextSocket, clock_of, users_in};

#[tokio::test]
async fn a_socket_with_an_invalid_token_is_opened_and_closed() {
    let server = Server::start();
    let ada = Account::register(&server, "ada").await;
    for path in [
        "/ws?token=nonsense",
        "/ws?token=",
        "/ws",
        "/ws?token=00000000-0000-4000-8000-000000000000",
    ] {
        let socket = Socket::open(&ada.socket_url(path), &[]).await;
        let mut plain = TextSocket::over(socket.expect("the upgrade is accepted"));
        assert_eq!(plain.close_code().await, 1008, "{path}");
    }
    ada.text_socket().await.users(&["ada"]).await;
}

#[tokio::test]
async fn a_new_socket_gets_the_users_the_last_20_messages_and_a_joined_line() {
    let server = Server::unlimited();
    let (ada, bob) = (
        Account::register(&server, "ada").await,
        Account::register(&server, "bob").await,
    );
    let posted = ada.post_many("number", 25).await;
    let mut plain = bob.text_socket().await;
    assert_eq!(
        users_in(&plain.next().await),
        Some(vec!["bob".to_string()]),
        "the users come first"
    );
    let mut lines = Vec::new();
    while lines.len() < 20 {
        let frame = plain.next().await;
        if users_in(&frame).is_none() && !frame.contains("] Server: ") {
            lines.push(frame);
        }
    }
    let expected: Vec<String> = posted[5..]
        .iter()
        .map(|message| {
            let clock = &message["created_at"].as_str().expect("a time")[11..19];
            format!(
                "[{clock}] ada: {}",
                message["body"].as_str().expect("a body")
            )
        })
        .collect();
    assert_eq!(lines, expected, "the last 20, oldest first, times in UTC");
    plain.line("Server", "bob joined the chat!").await;
    ada.post("now live").await;
    plain.line("ada", "now live").await;
}

#[tokio::test]
async fn new_messages_of_the_user_are_shown_as_me() {
    let server = Server::start();
    let (ada, bob) = (
        Account::register(&server, "ada").await,
        Account::register(&server, "bob").await,
    );
    let (mut hers, mut his, mut page) = (
        ada.text_socket().await,
        bob.text_socket().await,
        bob.live(0).await,
    );
    hers.send("hello from a terminal").await;
    let at = hers.line("Me", "hello from a terminal").await;
    assert_eq!(his.line("ada", "hello from a terminal").await, at);
    let line = page.next_message().await;
    assert_eq!(
        (&*line.author, &*line.text),
        ("ada", "hello from a terminal")
    );
    let stored = ada.history().await;
    assert_eq!(
        &stored[0]["created_at"].as_str().expect("a time")[11..19],
        at
    );

    page.post("hello from a page", &client_id()).await;
    hers.line("bob", "hello from a page").await;
    hers.send("first").await;
    hers.send("second").await;
    hers.line("Me", "first").await;
    hers.line("Me", "second").await;
    assert!(
        !hers.pending().any(|frame| frame.contains("ada: first")),
        "each message is one line"
    );
}

#[tokio::test]
async fn messages_of_the_user_in_the_history_are_shown_with_the_username() {
    let server = Server::start();
    let ada = Account::register(&server, "ada").await;
    ada.post("an old message").await;
    let mut plain = ada.text_socket().await;
    let frame = plain
        .find("the old message", |frame| {
            frame.ends_with(": an old message")
        })
        .await;
    assert!(frame.ends_with("] ada: an old message"), "{frame}");
}

#[tokio::test]
async fn a_message_with_line_breaks_cannot_forge_other_lines() {
    let server = Server::start();
    let (ada, bob) = (
        Account::register(&server, "ada").await,
        Account::register(&server, "bob").await,
    );
    let mut his = bob.text_socket().await;
    his.line("Server", "bob joined the chat!").await;
    ada.post("hi\n[00:00:00] Server: bob left the chat!\n🟢 Online Users: nobody")
        .await;
    ada.post("end").await;
    let mut frames = Vec::new();
    while !frames
        .last()
        .is_some_and(|frame: &String| frame.ends_with("ada: end"))
    {
        frames.push(his.next().await);
    }
    for frame in frames {
        for forged in frame.split(['\n', '\r']).skip(1) {
            assert!(!forged.starts_with("[00:00:00] Server:"), "{frame:?}");
            assert!(!forged.starts_with('🟢'), "{frame:?}");
        }
        assert!(
            !frame.starts_with("[00:00:00]") && frame != "🟢 Online Users: nobody",
            "{frame:?}"
        );
    }
    drop(his);
    let mut again = bob.text_socket().await;
    let end = again
        .find("the last message", |frame| frame.ends_with("ada: end"))
        .await;
    clock_of(&end);
    for frame in again.pending() {
        assert!(
            !frame.starts_with("[00:00:00]") && frame != "🟢 Online Users: nobody",
            "{frame:?}"
        );
    }
}

#[tokio::test]
async fn empty_and_too_long_messages_are_refused_and_the_socket_stays_open() {
    let server = Server::start();
    let ada = Account::register(&server, "ada").await;
    let mut plain = ada.text_socket().await;
    plain.send("").await;
    plain.send("   ").await;
    plain.send(&"x".repeat(10_001)).await;
    plain.send("after all that").await;
    plain.line("Me", "after all that").await;
    assert_eq!(ada.history().await.len(), 1);
    assert!(
        !plain.pending().any(|frame| frame.contains("xxxxxxxx")),
        "the long message is not sent"
    );
}

#[tokio::test]
async fn the_users_line_is_updated_when_a_user_comes_or_goes() {
    let server = Server::start();
    let (ada, bob) = (
        Account::register(&server, "ada").await,
        Account::register(&server, "bob").await,
    );
    let mut hers = ada.text_socket().await;
    hers.users(&["ada"]).await;
    let page = bob.live(0).await;
    hers.users(&["ada", "bob"]).await;
    hers.line("Server", "bob joined the chat!").await;
    page.close().await;
    hers.line("Server", "bob left the chat!").await;
    hers.users(&["ada"]).await;
}

#[tokio::test]
async fn users_of_the_text_socket_are_online_on_the_page() {
    let server = Server::start();
    let (ada, bob) = (
        Account::register(&server, "ada").await,
        Account::register(&server, "bob").await,
    );
    let mut page = bob.live(0).await;
    page.wait_for_presence(&["bob"]).await;
    let plain = ada.text_socket().await;
    page.wait_for_presence(&["ada", "bob"]).await;
    plain.close().await;
    page.wait_for_presence(&["bob"]).await;
    assert!(
        html::message_elements(
            &ada.browser()
                .await
                .page("/rooms/1")
                .await
                .expect(200)
                .text()
        )
        .is_empty()
    );
}

//! The legacy text socket beside browsers.

use crate::harness::account::Account;
use crate::harness::client_id;
use crate::harness::html;
use crate::harness::server::Server;
use crate::harness::socket::Socket;
use crate::harness::text_socket::{TextSocket, clock_of, users_in};

#[tokio::test]
async fn a_bad_token_is_accepted_and_closed() {
    let server = Server::start();
    let ada = Account::register(&server, "ada").await;
    for path in [
        "/ws?token=nonsense",
        "/ws?token=",
        "/ws",
        "/ws?token=00000000-0000-4000-8000-000000000000",
    ] {
        let socket = Socket::open(&ada.socket_url(path), &[]).await;
        let mut plain = TextSocket::over(socket.expect("accepted first"));
        assert_eq!(plain.ended().await, 1008, "{path}");
    }
    ada.plain().await.users(&["ada"]).await;
}

#[tokio::test]
async fn it_greets_with_users_history_and_the_joined_line() {
    let server = Server::unlimited();
    let (ada, bob) = (
        Account::register(&server, "ada").await,
        Account::register(&server, "bob").await,
    );
    let posted = ada.post_many("number", 25).await;
    let mut plain = bob.plain().await;
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
async fn what_one_sends_comes_back_as_me() {
    let server = Server::start();
    let (ada, bob) = (
        Account::register(&server, "ada").await,
        Account::register(&server, "bob").await,
    );
    let (mut hers, mut his, mut page) = (ada.plain().await, bob.plain().await, bob.live(0).await);
    hers.say("hello from a terminal").await;
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
    hers.say("first").await;
    hers.say("second").await;
    hers.line("Me", "first").await;
    hers.line("Me", "second").await;
    assert!(
        !hers.unread().any(|frame| frame.contains("ada: first")),
        "one line a message"
    );
}

#[tokio::test]
async fn its_own_old_messages_carry_the_name() {
    let server = Server::start();
    let ada = Account::register(&server, "ada").await;
    ada.post("yesterday's words").await;
    let mut plain = ada.plain().await;
    let frame = plain
        .find("the old line", |frame| {
            frame.ends_with(": yesterday's words")
        })
        .await;
    assert!(frame.ends_with("] ada: yesterday's words"), "{frame}");
}

#[tokio::test]
async fn several_lines_forge_nothing() {
    let server = Server::start();
    let (ada, bob) = (
        Account::register(&server, "ada").await,
        Account::register(&server, "bob").await,
    );
    let mut his = bob.plain().await;
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
    let mut again = bob.plain().await;
    let end = again
        .find("the end", |frame| frame.ends_with("ada: end"))
        .await;
    clock_of(&end);
    for frame in again.unread() {
        assert!(
            !frame.starts_with("[00:00:00]") && frame != "🟢 Online Users: nobody",
            "{frame:?}"
        );
    }
}

#[tokio::test]
async fn nothing_and_too_much_are_refused_and_it_stays_open() {
    let server = Server::start();
    let ada = Account::register(&server, "ada").await;
    let mut plain = ada.plain().await;
    plain.say("").await;
    plain.say("   ").await;
    plain.say(&"x".repeat(10_001)).await;
    plain.say("after all that").await;
    plain.line("Me", "after all that").await;
    assert_eq!(ada.history().await.len(), 1);
    assert!(
        !plain.unread().any(|frame| frame.contains("xxxxxxxx")),
        "the long one is not shown"
    );
}

#[tokio::test]
async fn users_follow_who_comes_and_goes() {
    let server = Server::start();
    let (ada, bob) = (
        Account::register(&server, "ada").await,
        Account::register(&server, "bob").await,
    );
    let mut hers = ada.plain().await;
    hers.users(&["ada"]).await;
    let page = bob.live(0).await;
    hers.users(&["ada", "bob"]).await;
    hers.line("Server", "bob joined the chat!").await;
    page.close().await;
    hers.line("Server", "bob left the chat!").await;
    hers.users(&["ada"]).await;
}

#[tokio::test]
async fn the_page_sees_who_uses_the_plain_socket() {
    let server = Server::start();
    let (ada, bob) = (
        Account::register(&server, "ada").await,
        Account::register(&server, "bob").await,
    );
    let mut page = bob.live(0).await;
    page.present(&["bob"]).await;
    let plain = ada.plain().await;
    page.system("ada joined the chat!").await;
    page.present(&["ada", "bob"]).await;
    plain.close().await;
    page.system("ada left the chat!").await;
    page.present(&["bob"]).await;
    assert!(
        html::lines(
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

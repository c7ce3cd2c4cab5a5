//! Restarts, kills and outages of the server while users post messages.

use crate::harness::account::Account;
use crate::harness::server::Server;
use crate::window::{TEXTS, Window, WindowOptions};

#[tokio::test]
async fn a_restart_loses_and_duplicates_no_message() {
    check_outage(|server| {
        server.stop();
    })
    .await;
}

#[tokio::test]
async fn a_kill_loses_and_duplicates_no_message() {
    check_outage(Server::kill9).await;
}

/// Stops the server while two users post messages, starts it again, and asserts that each message is stored and shown
/// once.
async fn check_outage(stop: impl Fn(&mut Server)) {
    let mut server = Server::executable(&[]);
    let mut ada = Window::register(&server.origin(), "ada", WindowOptions::default()).await;
    let mut bob = Window::register(&server.origin(), "bob", WindowOptions::default()).await;
    for window in [&mut ada, &mut bob] {
        window.expect_outage();
        window.wait_for_connection("open").await;
    }
    ada.send_message("ada 1").await;
    bob.send_message("bob 1").await;
    ada.send_message("ada 2").await;
    stop(&mut server);
    ada.send_message("ada 3").await;
    bob.send_message("bob 2").await;
    ada.wait_for_connection("closed").await;
    bob.wait_for_connection("closed").await;
    assert!(
        ada.js("document.getElementById('connection').innerText.trim()")
            .await
            != "",
        "the page shows that the connection is closed"
    );
    ada.send_message("ada 4").await;
    bob.send_message("bob 3").await;
    let pending = ada
        .js("[...document.querySelectorAll('.pending')].map(e => e.textContent).join()")
        .await;
    assert!(
        pending
            .as_str()
            .expect("the texts are a string")
            .contains("ada 4"),
        "pending messages are shown: {pending}"
    );
    server.start_again();
    for window in [&ada, &bob] {
        window.wait_for_connection("open").await;
        window
            .wait("seven messages", &format!("{TEXTS}.length >= 7"))
            .await;
        window.wait_until_sent().await;
    }
    ada.send_message("ada 5").await;
    bob.send_message("bob 4").await;
    let all = [
        "ada 1", "ada 2", "ada 3", "ada 4", "ada 5", "bob 1", "bob 2", "bob 3", "bob 4",
    ];
    for window in [&ada, &bob] {
        window.wait_for_message("ada 5").await;
        window.wait_for_message("bob 4").await;
        let texts = window.texts().await;
        let mut sorted: Vec<&str> = texts.iter().map(String::as_str).collect();
        sorted.sort_unstable();
        assert_eq!(sorted, all, "no message is lost or duplicated");
        for name in ["ada", "bob"] {
            let own: Vec<&str> = texts
                .iter()
                .map(String::as_str)
                .filter(|text| text.starts_with(name))
                .collect();
            assert!(
                own.is_sorted(),
                "the messages of {name} are in order: {own:?}"
            );
        }
    }
    assert_eq!(
        ada.texts().await,
        bob.texts().await,
        "both windows show the same order"
    );
    let stored = Account::log_in(&server, "ada").await.history().await;
    let bodies: Vec<&str> = stored
        .iter()
        .map(|message| message["body"].as_str().expect("a body is a string"))
        .collect();
    assert_eq!(ada.texts().await, bodies, "the server has the same order");
    ada.end().await;
    bob.end().await;
}

#[tokio::test]
async fn pending_messages_survive_a_reload() {
    let mut server = Server::start();
    let mut ada = Window::register(&server.origin(), "ada", WindowOptions::default()).await;
    ada.expect_outage();
    ada.wait_for_connection("open").await;
    server.stop();
    ada.wait_for_connection("closed").await;
    ada.send_message("first").await;
    ada.send_message("second").await;
    ada.wait(
        "both messages in the outbox",
        "document.querySelectorAll('.pending').length === 2",
    )
    .await;
    server.start_again();
    ada.reload().await;
    ada.wait_for_messages(&["first", "second"]).await;
    ada.wait_until_sent().await;
    ada.reload().await;
    ada.wait_for_connection("open").await;
    ada.wait_for_messages(&["first", "second"]).await;
    ada.end().await;
}

#[tokio::test]
async fn a_reconnecting_window_loads_every_missed_message() {
    let server = Server::unlimited();
    let bob = Account::register(&server, "bob").await;
    let proxy = crate::harness::proxy::Proxy::before(server.address()).await;
    let mut ada = Window::register(&proxy.origin(), "ada", WindowOptions::default()).await;
    ada.expect_outage();
    ada.wait_for_connection("open").await;
    bob.post("before").await;
    ada.wait_for_message("before").await;
    proxy.refuse_everything(true);
    proxy.cut();
    ada.wait_for_connection("closed").await;
    for number in 1..=30 {
        bob.post(&format!("missed {number}")).await;
    }
    proxy.refuse_everything(false);
    ada.wait_for_connection("open").await;
    ada.wait_for_message("missed 30").await;
    bob.post("after").await;
    ada.wait_for_message("after").await;
    let expected: Vec<String> = ["before".to_string()]
        .into_iter()
        .chain((1..=30).map(|number| format!("missed {number}")))
        .chain(["after".to_string()])
        .collect();
    assert_eq!(ada.texts().await, expected);
    ada.end().await;
}

#[tokio::test]
async fn more_than_two_hundred_missed_messages_leave_a_link_that_loads_them() {
    let server = Server::unlimited();
    let bob = Account::register(&server, "bob").await;
    let proxy = crate::harness::proxy::Proxy::before(server.address()).await;
    let mut ada = Window::register(&proxy.origin(), "ada", WindowOptions::default()).await;
    ada.expect_outage();
    ada.wait_for_connection("open").await;
    bob.post("before").await;
    ada.wait_for_message("before").await;
    proxy.refuse_everything(true);
    proxy.cut();
    ada.wait_for_connection("closed").await;
    bob.post_many("missed", 260).await;
    proxy.refuse_everything(false);
    ada.wait_for_connection("open").await;
    ada.wait_for_message("missed 260").await;
    ada.wait_for("#messages .gap a").await;
    assert!(
        !ada.texts().await.contains(&"missed 1".to_string()),
        "the page leaves out the oldest missed messages"
    );
    ada.js("document.querySelector('#messages .gap a').click()")
        .await;
    ada.wait(
        "the gap to disappear",
        "document.querySelector('#messages .gap') === null",
    )
    .await;
    let expected: Vec<String> = (1..=260).map(|number| format!("missed {number}")).collect();
    let texts = ada.texts().await;
    let from = texts
        .iter()
        .position(|text| *text == "missed 1")
        .expect("the first missed message is shown");
    assert_eq!(
        texts[from..],
        expected,
        "each missed message is shown once, in order"
    );
    ada.end().await;
}

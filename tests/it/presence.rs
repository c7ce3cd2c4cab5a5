//! Online users, and the lines that announce them.

use std::time::{Duration, Instant};

use crate::harness::account::Account;
use crate::harness::html;
use crate::harness::live::{Event, people};
use crate::harness::server::Server;

#[tokio::test]
async fn a_user_with_several_sockets_counts_once() {
    let server = Server::start();
    let (ada, bob) = (
        Account::register(&server, "ada").await,
        Account::register(&server, "bob").await,
    );
    let mut his = bob.live(0).await;
    assert_eq!(his.wait_for_presence(&["bob"]).await, Some(1));
    let (first, _second, _third) = (
        ada.live(0).await,
        ada.live(0).await,
        ada.text_socket().await,
    );
    assert_eq!(his.wait_for_presence(&["ada", "bob"]).await, Some(2));
    first.close().await;
    let carol = Account::register(&server, "carol").await;
    let hers = carol.live(0).await;
    assert_eq!(
        his.wait_for_presence(&["ada", "bob", "carol"]).await,
        Some(3)
    );
    hers.close().await;
    his.wait_for_system_line("carol left the chat!").await;
    assert_eq!(
        his.wait_for_presence(&["ada", "bob"]).await,
        Some(2),
        "ada has two sockets left"
    );
    let lines: Vec<&Event> = his
        .pending()
        .filter(|event| matches!(event, Event::System(_)))
        .collect();
    assert_eq!(
        lines
            .iter()
            .filter(|line| is_system_line(line, "ada joined the chat!"))
            .count(),
        1,
        "{lines:?}"
    );
    assert!(
        !lines
            .iter()
            .any(|line| is_system_line(line, "ada left the chat!")),
        "{lines:?}"
    );
}

#[tokio::test]
async fn a_leave_is_announced_after_five_seconds_but_a_reload_is_not() {
    let server = Server::start();
    let (ada, bob) = (
        Account::register(&server, "ada").await,
        Account::register(&server, "bob").await,
    );
    let carol = Account::register(&server, "carol").await;
    let mut his = bob.live(0).await;
    his.wait_for_system_line("bob joined the chat!").await;
    let (hers, theirs) = (ada.live(0).await, carol.live(0).await);
    his.wait_for_presence(&["ada", "bob", "carol"]).await;
    his.wait_for_system_line("ada joined the chat!").await;
    his.wait_for_system_line("carol joined the chat!").await;

    hers.close().await;
    let mut back = ada.live(0).await;
    let started = Instant::now();
    theirs.close().await;
    his.wait_for_system_line("carol left the chat!").await;
    let took = started.elapsed();
    assert!(took > Duration::from_millis(4_500), "left after {took:?}");
    assert!(took < Duration::from_secs(9), "left after {took:?}");
    his.wait_for_presence(&["ada", "bob"]).await;
    let no_lines = his
        .pending()
        .all(|event| !matches!(event, Event::System(_)));
    assert!(
        no_lines,
        "a reload announces nothing: {:?}",
        his.pending().collect::<Vec<_>>()
    );
    assert_eq!(back.wait_for_presence(&["ada", "bob"]).await, Some(2));
}

#[tokio::test]
async fn system_lines_are_not_stored() {
    let server = Server::start();
    let (ada, bob) = (
        Account::register(&server, "ada").await,
        Account::register(&server, "bob").await,
    );
    let mut his = bob.live(0).await;
    let _hers = ada.live(0).await;
    his.wait_for_system_line("ada joined the chat!").await;
    assert!(ada.history().await.is_empty());
    let page = bob
        .browser()
        .await
        .page("/rooms/1")
        .await
        .expect(200)
        .text();
    assert!(!page.contains("joined the chat"));
}

#[tokio::test]
async fn the_page_lists_the_online_users_and_its_reader() {
    let server = Server::start();
    let (ada, bob) = (
        Account::register(&server, "ada").await,
        Account::register(&server, "bob").await,
    );
    let mut his = bob.live(0).await;
    his.wait_for_presence(&["bob"]).await;
    let page = ada
        .browser()
        .await
        .page("/rooms/1")
        .await
        .expect(200)
        .text();
    let list = html::inside(&page, "#presence").expect("the list");
    assert_eq!(people(&list), ["ada", "bob"]);
    let count = html::inside(&page, "#presence-count").expect("the count");
    assert_eq!(html::text_of(&count).trim(), "2");
}

#[tokio::test]
async fn presence_is_pushed_at_most_once_a_second() {
    let server = Server::unlimited();
    let mut accounts = Vec::new();
    for name in ["ada", "bob", "carol", "dave", "eve", "frank", "grace"] {
        accounts.push(Account::register(&server, name).await);
    }
    let mut watching = accounts[0].live(0).await;
    watching.wait_for_presence(&["ada"]).await;
    let started = Instant::now();
    let mut sockets = Vec::new();
    for person in &accounts[1..] {
        sockets.push(person.live(0).await);
    }
    let pushes = watching.find("the presence of all users", {
        let seen = std::cell::Cell::new(0);
        move |event| match event {
            Event::Presence { people, .. } => {
                seen.set(seen.get() + 1);
                (people.len() == 7).then(|| seen.get())
            }
            _ => None,
        }
    });
    let pushes = pushes.await;
    let allowed = 2 + started.elapsed().as_secs() as usize;
    assert!(
        pushes <= allowed,
        "{pushes} pushes in {:?}",
        started.elapsed()
    );
}

/// Whether an event is a system line with this text.
fn is_system_line(event: &Event, text: &str) -> bool {
    matches!(event, Event::System(line) if line == text)
}

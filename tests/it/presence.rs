//! Online users, arrivals and departures.

use std::time::{Duration, Instant};

use crate::harness::account::Account;
use crate::harness::html;
use crate::harness::live::{Event, people};
use crate::harness::server::Server;

#[tokio::test]
async fn several_sockets_of_one_person_count_once() {
    let server = Server::start();
    let (ada, bob) = (
        Account::register(&server, "ada").await,
        Account::register(&server, "bob").await,
    );
    let mut his = bob.live(0).await;
    assert_eq!(his.present(&["bob"]).await, Some(1));
    let (first, _second, _third) = (ada.live(0).await, ada.live(0).await, ada.plain().await);
    assert_eq!(his.present(&["ada", "bob"]).await, Some(2));
    first.close().await;
    let carol = Account::register(&server, "carol").await;
    let hers = carol.live(0).await;
    assert_eq!(his.present(&["ada", "bob", "carol"]).await, Some(3));
    hers.close().await;
    his.system("carol left the chat!").await;
    assert_eq!(
        his.present(&["ada", "bob"]).await,
        Some(2),
        "ada has two sockets left"
    );
    let lines: Vec<&Event> = his
        .unread()
        .filter(|event| matches!(event, Event::System(_)))
        .collect();
    assert_eq!(
        lines
            .iter()
            .filter(|line| says(line, "ada joined the chat!"))
            .count(),
        1,
        "{lines:?}"
    );
    assert!(
        !lines.iter().any(|line| says(line, "ada left the chat!")),
        "{lines:?}"
    );
}

#[tokio::test]
async fn a_leave_is_announced_after_five_seconds_and_a_reload_never() {
    let server = Server::start();
    let (ada, bob) = (
        Account::register(&server, "ada").await,
        Account::register(&server, "bob").await,
    );
    let carol = Account::register(&server, "carol").await;
    let mut his = bob.live(0).await;
    his.system("bob joined the chat!").await;
    let (hers, theirs) = (ada.live(0).await, carol.live(0).await);
    his.present(&["ada", "bob", "carol"]).await;
    his.system("ada joined the chat!").await;
    his.system("carol joined the chat!").await;

    hers.close().await;
    let mut back = ada.live(0).await;
    let started = Instant::now();
    theirs.close().await;
    his.system("carol left the chat!").await;
    let took = started.elapsed();
    assert!(took > Duration::from_millis(4_500), "left after {took:?}");
    assert!(took < Duration::from_secs(9), "left after {took:?}");
    his.present(&["ada", "bob"]).await;
    let silent = his.unread().all(|event| !matches!(event, Event::System(_)));
    assert!(
        silent,
        "a reload shows nothing: {:?}",
        his.unread().collect::<Vec<_>>()
    );
    assert_eq!(back.present(&["ada", "bob"]).await, Some(2));
}

#[tokio::test]
async fn lines_of_the_room_are_not_stored() {
    let server = Server::start();
    let (ada, bob) = (
        Account::register(&server, "ada").await,
        Account::register(&server, "bob").await,
    );
    let mut his = bob.live(0).await;
    let _hers = ada.live(0).await;
    his.system("ada joined the chat!").await;
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
async fn the_page_itself_lists_who_is_here_with_its_reader() {
    let server = Server::start();
    let (ada, bob) = (
        Account::register(&server, "ada").await,
        Account::register(&server, "bob").await,
    );
    let mut his = bob.live(0).await;
    his.present(&["bob"]).await;
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
    let mut everybody = Vec::new();
    for name in ["ada", "bob", "carol", "dave", "eve", "frank", "grace"] {
        everybody.push(Account::register(&server, name).await);
    }
    let mut watching = everybody[0].live(0).await;
    watching.present(&["ada"]).await;
    let started = Instant::now();
    let mut sockets = Vec::new();
    for person in &everybody[1..] {
        sockets.push(person.live(0).await);
    }
    let pushes = watching.find("the presence of all", {
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

fn says(event: &Event, text: &str) -> bool {
    matches!(event, Event::System(line) if line == text)
}

//! Online users, and the lines that announce them.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::harness::account::Account;
use crate::harness::html;
use crate::harness::live::{Event, people};
use crate::harness::server::Server;
use crate::harness::wait_for;

#[tokio::test]
async fn a_user_with_several_sockets_counts_once() {
    let server = Server::start();
    let (ada, bob) = (
        Account::register(&server, "ada").await,
        Account::register(&server, "bob").await,
    );
    let mut his = bob.live(0).await;
    assert_eq!(his.wait_for_presence(&["bob"]).await, Some(1));
    let mut lines = bob.text_socket().await;
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
    lines.line("Server", "carol left the chat!").await;
    assert_eq!(
        his.wait_for_presence(&["ada", "bob"]).await,
        Some(2),
        "ada has two sockets left"
    );
    let lines: Vec<&String> = lines.pending().collect();
    let of_ada = |what: &str| lines.iter().filter(|line| line.ends_with(what)).count();
    assert_eq!(of_ada("Server: ada joined the chat!"), 1, "{lines:?}");
    assert_eq!(of_ada("Server: ada left the chat!"), 0, "{lines:?}");
}

#[tokio::test]
async fn a_leave_is_announced_as_text_after_five_seconds_but_a_reload_is_not() {
    let server = Server::start();
    let (ada, bob) = (
        Account::register(&server, "ada").await,
        Account::register(&server, "bob").await,
    );
    let carol = Account::register(&server, "carol").await;
    let mut lines = bob.text_socket().await;
    lines.line("Server", "bob joined the chat!").await;
    let mut his = bob.live(0).await;
    let (hers, theirs) = (ada.live(0).await, carol.live(0).await);
    his.wait_for_presence(&["ada", "bob", "carol"]).await;
    lines.line("Server", "ada joined the chat!").await;
    lines.line("Server", "carol joined the chat!").await;

    hers.close().await;
    let mut back = ada.live(0).await;
    let started = Instant::now();
    theirs.close().await;
    lines.line("Server", "carol left the chat!").await;
    let took = started.elapsed();
    assert!(took > Duration::from_millis(4_500), "left after {took:?}");
    assert!(took < Duration::from_secs(9), "left after {took:?}");
    his.wait_for_presence(&["ada", "bob"]).await;
    let announced = lines.pending().find(|line| line.contains("] Server: "));
    assert_eq!(announced, None, "a reload announces nothing");
    let on_page = his
        .pending()
        .find(|event| matches!(event, Event::System(_)));
    assert_eq!(on_page, None, "no one was absent for ten minutes");
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
    his.wait_for_presence(&["ada", "bob"]).await;
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

#[tokio::test]
async fn a_large_room_gets_the_counts_alone_while_the_listed_users_are_the_same() {
    let server = Server::unlimited();
    let mut sockets = Vec::new();
    for number in 0..102 {
        let account = Account::register(&server, &format!("user{number:03}")).await;
        sockets.push(account.live(0).await);
    }
    let mut watching = sockets.swap_remove(0);
    let presence = |people: usize, count: usize| {
        move |event: &Event| match event {
            Event::Presence {
                people: listed,
                count: shown,
            } if *shown == Some(count) => Some(listed.len()).filter(|listed| *listed == people),
            _ => None,
        }
    };
    let all = |event: &Event| match event {
        Event::Presence { count, .. } => (*count == Some(102)).then_some(()),
        _ => None,
    };
    watching.find("the count of all", all).await;
    let last = Account::register(&server, "zoe").await;
    let _last = last.live(0).await;
    let more = |event: &Event| match event {
        Event::Other(html) => html.contains(r#"id="presence-more">3 more<"#).then_some(()),
        _ => None,
    };
    watching.find("the number of the others", more).await;
    watching.find("the counts alone", presence(0, 103)).await;
    let first = Account::register(&server, "ada").await;
    let _first = first.live(0).await;
    watching.find("a whole list", presence(100, 104)).await;
}

#[tokio::test]
async fn members_see_who_was_added_and_who_left_and_plain_text_clients_do_not() {
    let server = Server::start();
    let (ada, bob, carol) = (
        Account::register(&server, "ada").await,
        Account::register(&server, "bob").await,
        Account::register(&server, "carol").await,
    );
    let room = ada.create_room("design", "open").await;
    let mut hers = ada.open_live(room).await;
    ada.invite(room, "bob").await;
    hers.wait_for_system_line("bob was added by ada").await;
    let path = format!("/rooms/{room}/members");
    carol.send("POST", &path, &json!({})).await.expect(201);
    hers.wait_for_system_line("carol joined the room").await;
    ada.remove_member(room, "bob").await;
    hers.wait_for_system_line("bob was removed by ada").await;
    carol.remove_member(room, "carol").await;
    hers.wait_for_system_line("carol left the room").await;

    let mut page = ada.open_live(1).await;
    let mut plain = bob.text_socket().await;
    ada.remove_member(1, "carol").await;
    page.wait_for_system_line("carol was removed by ada").await;
    ada.post("the next line").await;
    plain.line("ada", "the next line").await;
    assert!(!plain.pending().any(|line| line.contains("carol")));
}

#[tokio::test]
async fn online_means_anywhere_on_the_server() {
    let server = Server::start();
    let (ada, bob) = (
        Account::register(&server, "ada").await,
        Account::register(&server, "bob").await,
    );
    let room = ada.create_room("design", "open").await;
    ada.invite(room, "bob").await;
    let mut elsewhere = bob.open_live(1).await;
    elsewhere.wait_for_presence(&["bob"]).await;
    wait_for("bob to be online, who looks at another room", || async {
        (ada.room(room).await["online"] == 1).then_some(())
    })
    .await;
    let members = ada.get(&format!("/rooms/{room}/members")).await.json();
    let online = members["members"].as_array().expect("a list").iter();
    let online = online.filter(|one| one["online"] == true).count();
    assert_eq!(online, 1, "the same number");
    let page = ada.browser().await.page(&format!("/rooms/{room}")).await;
    let page = page.expect(200).text();
    let viewing = html::inside(&page, "#presence").expect("the list");
    assert_eq!(people(&viewing), ["ada"], "who looks at this room");
    assert!(
        !viewing.contains("presence-dot"),
        "no second meaning of the dot"
    );
}

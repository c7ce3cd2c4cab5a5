//! Repeated requests, checkbox fields, and state after a reconnect.

use serde_json::{Value, json};

use crate::harness::account::Account;
use crate::harness::html::attribute;
use crate::harness::http::send;
use crate::harness::server::Server;
use crate::harness::socket::{Heard, Socket};
use crate::harness::wait_for;

async fn ask(person: &Account, method: &str, path: &str, body: Value, status: u16) -> Value {
    let reply = send(person.ask(method, path).json(&body))
        .await
        .expect(status);
    if reply.bytes.is_empty() {
        Value::Null
    } else {
        reply.json()
    }
}

/// A socket of a page that shows no room.
async fn look_on(person: &Account, query: &str) -> Socket {
    let url = person.socket_url(&format!("/live?{query}"));
    let bearer = format!("Bearer {}", person.token);
    let opened = Socket::open(&url, &[("authorization", &bearer)]).await;
    opened.expect("the socket opens")
}

async fn hears(socket: &mut Socket, part: &str) -> String {
    loop {
        match socket.hear().await {
            Heard::Text(text) if text.contains(part) => return text,
            Heard::Text(_) => {}
            Heard::Closed(code) => panic!("closed {code} before {part}"),
        }
    }
}

#[tokio::test]
async fn a_ticked_box_counts_although_a_hidden_field_comes_before_it() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let browser = ada.browser().await;
    let ticked = [
        ("back", "/rooms/1/settings"),
        ("notify", "mentions"),
        ("favourite", "false"),
        ("favourite", "true"),
        ("hidden", "false"),
    ];
    browser
        .submit("/rooms/1/preferences", &ticked)
        .await
        .expect(303);
    let unread = ada.get("/rooms/1").await.expect(200).json()["unread"].clone();
    assert_eq!(
        [&unread["favourite"], &unread["hidden"], &unread["notify"]],
        [&json!(true), &json!(false), &json!("mentions")]
    );
    let room = [
        ("name_was", "Lobby"),
        ("name", "Hall"),
        ("topic", ""),
        ("kind", "open"),
        ("default", "false"),
        ("default", "true"),
    ];
    browser.submit("/rooms/1/settings", &room).await.expect(303);
    let hall = ada.get("/rooms/1").await.expect(200).json();
    assert_eq!(
        [&hall["name"], &hall["default"]],
        [&json!("Hall"), &json!(true)]
    );
}

#[tokio::test]
async fn a_dot_is_right_after_a_cut_in_which_somebody_came() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let grace = Account::register(&server, "grace").await;
    let _here = grace.plain().await;
    wait_for("grace to be here", async || {
        let grace = ada.get("/people/grace").await.expect(200).json();
        (grace["online"] == true).then_some(())
    })
    .await;
    let page = ada
        .browser()
        .await
        .page("/people/grace")
        .await
        .expect(200)
        .text();
    let sidebar = page.split("id=\"sidebar\"").nth(1).expect("a list");
    let tag = format!("<nav{}", sidebar.split('>').next().expect("a tag"));
    let serial = attribute(&format!("{tag}>"), "data-serial").expect("a serial");
    // The page shows her as away.
    let mut socket = look_on(&ada, &format!("list={serial}&people=-2")).await;
    let dot = hears(&mut socket, "data-person=\"2\"").await;
    assert!(dot.contains("presence-dot--online"), "{dot}");
    assert!(!dot.contains("id=\"sidebar\""), "the list is known");
}

#[tokio::test]
async fn a_room_that_everyone_left_belongs_to_who_comes_back() {
    let server = Server::unlimited();
    Account::register(&server, "root").await;
    let (ada, bob) = (
        Account::register(&server, "ada").await,
        Account::register(&server, "bob").await,
    );
    let made = ask(&ada, "POST", "/rooms", json!({"name": "design"}), 201).await;
    let path = format!("/rooms/{}", made["id"]);
    let members = format!("{path}/members");
    send(ada.ask("DELETE", &format!("{members}/ada")))
        .await
        .expect(204);
    ask(&bob, "POST", &members, json!({}), 201).await;
    ask(&ada, "POST", &members, json!({}), 201).await;
    let role = |room: Value| room["role"].clone();
    assert_eq!(role(bob.get(&path).await.json()), "owner");
    assert_eq!(role(ada.get(&path).await.json()), "member");
    ask(&bob, "PATCH", &path, json!({"topic": "ours"}), 200).await;
    ask(&ada, "PATCH", &path, json!({"topic": "mine"}), 403).await;
    // The heir of an owner who goes may run it at once.
    send(bob.ask("DELETE", &format!("{members}/bob")))
        .await
        .expect(204);
    ask(&ada, "PATCH", &path, json!({"topic": "mine"}), 200).await;
}

#[tokio::test]
async fn only_an_admin_takes_a_room_from_those_that_accounts_begin_in() {
    let server = Server::unlimited();
    let root = Account::register(&server, "root").await;
    let ada = Account::register(&server, "ada").await;
    let made = ask(&ada, "POST", "/rooms", json!({"name": "design"}), 201).await;
    let path = format!("/rooms/{}", made["id"]);
    ask(&root, "POST", &format!("{path}/members"), json!({}), 201).await;
    ask(&root, "PATCH", &path, json!({"default": true}), 200).await;
    for change in [
        json!({"archived": true}),
        json!({"kind": "closed"}),
        json!({"default": false}),
    ] {
        ask(&ada, "PATCH", &path, change, 403).await;
    }
    ask(&root, "PATCH", &path, json!({"archived": true}), 200).await;
    let room = ada.get(&path).await.expect(200).json();
    assert_eq!(
        [&room["default"], &room["archived"]],
        [&json!(false), &json!(true)]
    );
    // Its name is free while it rests, and asked for again when it comes back.
    ask(&ada, "POST", "/rooms", json!({"name": "Design"}), 201).await;
    ask(&ada, "PATCH", &path, json!({"archived": false}), 409).await;
    ask(
        &ada,
        "PATCH",
        &path,
        json!({"archived": false, "name": "old design"}),
        200,
    )
    .await;
}

#[tokio::test]
async fn a_client_id_of_another_room_is_no_message_of_this_one() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let made = ask(&ada, "POST", "/rooms", json!({"name": "design"}), 201).await;
    let design = format!("/rooms/{}/messages", made["id"]);
    let message = json!({"body": "one", "client_id": "first"});
    ask(&ada, "POST", &design, message.clone(), 201).await;
    ask(&ada, "POST", &design, message.clone(), 200).await;
    ask(&ada, "POST", "/rooms/1/messages", message, 409).await;
    assert!(ada.history().await.is_empty());
}

#[tokio::test]
async fn nobody_goes_by_the_username_of_somebody_else() {
    let server = Server::unlimited();
    Account::register(&server, "ada").await;
    let bob = Account::register(&server, "bob").await;
    for name in ["ada", "Ada", "аdа"] {
        ask(
            &bob,
            "PATCH",
            "/profile",
            json!({"display_name": name}),
            409,
        )
        .await;
    }
    ask(
        &bob,
        "PATCH",
        "/profile",
        json!({"display_name": "Bob Ada"}),
        200,
    )
    .await;
    ask(
        &bob,
        "PATCH",
        "/profile",
        json!({"display_name": "bob"}),
        200,
    )
    .await;
    let stacked = format!("b{}", "\u{301}".repeat(9));
    ask(
        &bob,
        "PATCH",
        "/profile",
        json!({"display_name": stacked}),
        422,
    )
    .await;
}

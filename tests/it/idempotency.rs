//! Client ids, checkbox fields, state after a reconnect, owners and default rooms.

use serde_json::{Value, json};

use crate::harness::account::Account;
use crate::harness::html::attribute;
use crate::harness::http::send;
use crate::harness::server::Server;
use crate::harness::socket::{Received, Socket};
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

/// Opens the socket of a page that shows no room.
async fn open_sidebar_socket(person: &Account, query: &str) -> Socket {
    let url = person.socket_url(&format!("/live?{query}"));
    let bearer = format!("Bearer {}", person.token);
    let opened = Socket::open(&url, &[("authorization", &bearer)]).await;
    opened.expect("the socket opens")
}

async fn receive_containing(socket: &mut Socket, part: &str) -> String {
    loop {
        match socket.receive().await {
            Received::Text(text) if text.contains(part) => return text,
            Received::Text(_) => {}
            Received::Closed(code) => panic!("closed {code} before {part}"),
        }
    }
}

#[tokio::test]
async fn a_checked_box_overrides_the_hidden_field_before_it() {
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
async fn a_reconnect_updates_the_presence_dot_of_a_user_who_came_online() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let grace = Account::register(&server, "grace").await;
    let _here = grace.text_socket().await;
    wait_for("grace to be online", async || {
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
    let sidebar = page.split("id=\"sidebar\"").nth(1).expect("a sidebar");
    let tag = format!("<nav{}", sidebar.split('>').next().expect("a tag"));
    let serial = attribute(&format!("{tag}>"), "data-serial").expect("a serial");
    // The request says that the page shows Grace as offline.
    let mut socket = open_sidebar_socket(&ada, &format!("list={serial}&people=-2")).await;
    let dot = receive_containing(&mut socket, "data-person=\"2\"").await;
    assert!(dot.contains("presence-dot--online"), "{dot}");
    assert!(
        !dot.contains("id=\"sidebar\""),
        "the sidebar list is current"
    );
}

#[tokio::test]
async fn the_first_user_who_joins_an_empty_room_becomes_its_owner() {
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
    // The successor of an owner who leaves has the role immediately.
    send(bob.ask("DELETE", &format!("{members}/bob")))
        .await
        .expect(204);
    ask(&ada, "PATCH", &path, json!({"topic": "mine"}), 200).await;
}

#[tokio::test]
async fn only_an_admin_can_archive_close_or_unset_a_default_room() {
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
    // The name of an archived room is free, and must be free again when the room is restored.
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
async fn a_client_id_that_was_used_in_another_room_is_refused() {
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
async fn a_display_name_that_looks_like_another_username_is_refused() {
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

//! Guests: they see their rooms and the people in them, until their access ends.

use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use serde_json::{Value, json};

use crate::harness::account::{Account, PASSWORD};
use crate::harness::browser::Browser;
use crate::harness::database::connect;
use crate::harness::html::text_of;
use crate::harness::http::{post_json, send};
use crate::harness::invites::{in_a_month, in_milliseconds, redeem};
use crate::harness::server::Server;

/// Usernames in a list of people.
fn names(list: &Value) -> Vec<String> {
    let people = list.as_array().expect("a list").iter();
    let name = |one: &Value| one["username"].as_str().expect("a name").to_string();
    people.map(name).collect()
}

/// A server with Ada and Bob in the room of a guest called Guy, and Carol who is in another one. Returns the rooms: his
/// and an open one.
async fn with_guest(server: &Server) -> ([Account; 4], [i64; 2]) {
    let (ada, bob, carol) = Account::register_three(server).await;
    let room = ada.create_room("Project", "closed").await;
    ada.invite(room, "bob").await;
    let open = carol.create_room("Garden", "open").await;
    let guy = ada.invite_guest(server, "guy", &[room]).await;
    ([ada, bob, carol, guy], [room, open])
}

#[tokio::test]
async fn a_guest_is_only_in_the_rooms_of_the_link_and_finds_no_others() {
    let server = Server::unlimited();
    let ([_, _, carol, guy], [room, open]) = with_guest(&server).await;
    let rooms = guy.get("/rooms").await.expect(200).json();
    assert_eq!(rooms["rooms"].as_array().map(Vec::len), Some(1));
    assert_eq!(rooms["rooms"][0]["id"], room);
    guy.say(room, "hello").await;
    let home = guy.browser().await.page("/").await.expect(303);
    assert_eq!(home.header("location"), format!("/rooms/{room}"));
    for other in [1, open] {
        let path = format!("/rooms/{other}");
        guy.get(&path).await.expect(404);
        guy.browser().await.page(&path).await.expect(404);
        guy.send("POST", &format!("{path}/members"), &json!({}))
            .await
            .expect(404);
        let mut socket = guy.open_live(other).await;
        assert_eq!(socket.close_code().await, 1008);
    }
    let found = guy.get("/search?q=garden").await.expect(200).json();
    assert_eq!(found, json!({"rooms": [], "people": []}));
    let found = guy.get("/rooms?q=garden").await.expect(200).json();
    assert_eq!(found["rooms"], json!([]));
    let new = json!({"name": "Mine", "kind": "open"});
    let refused = guy.send("POST", "/rooms", &new).await.expect(403);
    assert!(
        refused
            .detail()
            .contains("Only members of this server can create rooms.")
    );
    assert_eq!(carol.members(open).await.len(), 1);
}

#[tokio::test]
async fn a_guest_sees_and_writes_only_to_people_in_their_rooms() {
    let server = Server::unlimited();
    let ([_, bob, carol, guy], _) = with_guest(&server).await;
    let people = guy.get("/people").await.expect(200).json();
    assert_eq!(names(&people["people"]), ["ada", "bob", "guy"]);
    assert!(names(&guy.get("/people?q=car").await.json()["people"]).is_empty());
    assert!(names(&guy.get("/search?q=car").await.json()["people"]).is_empty());
    assert_eq!(
        names(&guy.get("/search?q=bo").await.json()["people"]),
        ["bob"]
    );
    guy.get("/people/bob").await.expect(200);
    for path in ["/people/carol", "/people/carol/files", "/people/nobody"] {
        guy.get(path).await.expect(404);
    }
    for method in ["PUT", "DELETE"] {
        let block = send(guy.ask(method, "/people/carol/block"));
        block.await.expect(404);
    }
    assert!(names(&guy.get("/blocks").await.json()["people"]).is_empty());
    let page = guy
        .browser()
        .await
        .page("/directs/new?q=car&with=carol")
        .await;
    assert!(!page.expect(200).text().contains("@carol"));
    guy.direct(&["bob"]).await;
    let with = |name: &str| json!({"usernames": [name]});
    let stranger = guy
        .send("POST", "/directs", &with("carol"))
        .await
        .expect(422);
    let nobody = guy
        .send("POST", "/directs", &with("nobody"))
        .await
        .expect(422);
    let same = stranger.detail().replace("carol", "nobody");
    assert_eq!(
        same,
        nobody.detail(),
        "a stranger looks like an unknown name"
    );
    // Someone who writes to a guest is known to them.
    let direct = carol.direct(&["guy"]).await;
    guy.say(direct, "hi").await;
    guy.get("/people/carol").await.expect(200);
    let all = names(&bob.get("/people").await.expect(200).json()["people"]);
    assert_eq!(all, ["ada", "bob", "carol", "guy"], "members see guests");
}

#[tokio::test]
async fn a_guest_adds_and_invites_no_one_and_owns_no_room() {
    let server = Server::unlimited();
    let ([ada, _, _, guy], [room, _]) = with_guest(&server).await;
    let open = ada.create_room("Talk", "open").await;
    ada.invite(open, "guy").await;
    let members = format!("/rooms/{open}/members");
    let add = json!({"username": "bob"});
    guy.send("POST", &members, &add).await.expect(403);
    assert!(
        !guy.browser()
            .await
            .page(&members)
            .await
            .text()
            .contains("Add people")
    );
    guy.send("POST", "/invites", &json!({})).await.expect(403);
    guy.get("/invites").await.expect(403);
    let owner = json!({"role": "owner"});
    let path = format!("/rooms/{room}/members/guy");
    let refused = ada.send("PATCH", &path, &owner).await.expect(409);
    assert_eq!(refused.detail(), "Guests can’t own rooms.");
}

#[tokio::test]
async fn guests_are_marked_on_their_profile_and_among_members() {
    let server = Server::unlimited();
    let ([_, bob, _, guy], [room, _]) = with_guest(&server).await;
    let browser = bob.browser().await;
    let profile = bob.get("/people/guy").await.expect(200).json();
    assert_eq!(profile["role"], "guest");
    assert!(profile["guest_until"].is_string());
    assert!(bob.get("/people/bob").await.json()["guest"].is_null());
    let page = text_of(&browser.page("/people/guy").await.text());
    assert!(page.contains("Guest until "), "{page}");
    let card = text_of(&browser.fragment("/people/guy").await.text());
    assert!(card.contains("Guest until "), "{card}");
    for path in [format!("/rooms/{room}/members"), "/people".into()] {
        let page = browser.page(&path).await.expect(200).text();
        assert!(
            page.contains("<span class=\"item__state\">Guest</span>"),
            "{path}"
        );
    }
    let page = guy
        .browser()
        .await
        .page(&format!("/rooms/{room}"))
        .await
        .text();
    let people = guy.browser().await.page("/people").await.text();
    assert!(!people.contains("/invites"));
    for link in ["/rooms/new", "/invites", "menu-add"] {
        assert!(!page.contains(link), "{link}");
    }
}

#[tokio::test]
async fn the_invitation_tells_that_one_becomes_a_guest_and_until_when() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let fields = json!({"rooms": [1], "guest_until": in_a_month()});
    let link = ada.create_link(fields).await;
    let page = Browser::new(&server.origin()).page(&link.path).await;
    assert!(text_of(&page.expect(200).text()).contains("You’ll be a guest until "));
}

#[tokio::test]
async fn at_the_end_of_their_access_the_session_and_its_sockets_end_and_the_log_in_is_refused() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let fields = json!({"rooms": [1], "guest_until": in_milliseconds(4000)});
    let link = ada.create_link(fields).await;
    redeem(&server, &link.path, "guy").await.expect(201);
    let guy = Account::log_in(&server, "guy").await;
    let (mut room, mut list) = (guy.open_live(1).await, guy.open_live_at("/live").await);
    let opened = Instant::now();
    for socket in [&mut room, &mut list] {
        while socket.next_message_or_close().await.is_some() {}
        assert_eq!(socket.closed, Some(1008));
    }
    let took = opened.elapsed();
    assert!(
        took < Duration::from_secs(10),
        "the sockets ended after {took:?}"
    );
    guy.get("/rooms").await.expect(401);
    let account = json!({"username": "guy", "password": PASSWORD});
    let log_in = post_json(&format!("{}/login", server.origin()), &account).await;
    assert!(
        log_in
            .expect(403)
            .detail()
            .starts_with("Your guest access ended on ")
    );
    let browser = Browser::new(&server.origin());
    let form = [("username", "guy"), ("password", PASSWORD)];
    let page = browser.submit("/login", &form).await.expect(403).text();
    assert!(text_of(&page).contains("Your guest access ended on "));
    let wrong = [("username", "guy"), ("password", "not the password")];
    browser.submit("/login", &wrong).await.expect(401);
    redeem(&server, &link.path, "later").await.expect(410);
}

#[tokio::test]
async fn using_a_session_does_not_extend_the_access() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let fields = json!({"rooms": [1], "guest_until": in_milliseconds(5000)});
    let link = ada.create_link(fields).await;
    redeem(&server, &link.path, "guy").await.expect(201);
    let guy = Account::log_in(&server, "guy").await;
    // The next use is stored, because the last one is long ago.
    let mut conn = connect(&server.data());
    conn.batch_execute("UPDATE sessions SET seen_at = seen_at - 7200000")
        .expect("sessions");
    let mut socket = guy.open_live(1).await;
    guy.post("still here").await;
    while socket.next_message_or_close().await.is_some() {}
    assert_eq!(socket.closed, Some(1008));
    guy.get("/rooms").await.expect(401);
}

//! Invitations to closed rooms: who needs one, what it shows, and how it ends.

use diesel::connection::SimpleConnection;
use serde_json::{Value, json};

use crate::harness::account::Account;
use crate::harness::database::connect;
use crate::harness::html::text_of;
use crate::harness::http::{Reply, send};
use crate::harness::server::Server;

/// Names of the rooms to which an account is invited.
async fn invited_to(account: &Account) -> Vec<String> {
    let list = account.get("/invitations").await.expect(200).json();
    let rows = list["invitations"].as_array().expect("a list").iter();
    let name = |row: &Value| row["room"]["name"].as_str().expect("a name").to_string();
    rows.map(name).collect()
}

/// Usernames of those who are invited to a room, as an owner sees them.
async fn invited(owner: &Account, room: i64) -> Vec<String> {
    let list = owner.get(&format!("/rooms/{room}/members")).await;
    let list = list.expect(200).json();
    let rows = list["invited"].as_array().expect("a list").iter();
    let name = |row: &Value| row["username"].as_str().expect("a name").to_string();
    rows.map(name).collect()
}

async fn is_member(account: &Account, room: i64) -> bool {
    account.get(&format!("/rooms/{room}")).await.status == 200
}

async fn cancel(account: &Account, room: i64, name: &str) -> Reply {
    let path = format!("/rooms/{room}/invitations/{name}");
    send(account.ask("DELETE", &path)).await
}

#[tokio::test]
async fn a_stranger_becomes_a_member_of_a_closed_room_by_accepting() {
    let server = Server::start();
    let (ada, bob, carol) = Account::register_three(&server).await;
    let room = ada.create_room("Plans", "closed").await;
    ada.say(room, "for few eyes").await;
    let reply = ada.try_invite(room, "bob").await.expect(202).json();
    assert_eq!(
        (&reply["invited"], &reply["username"]),
        (&json!(true), &json!("bob"))
    );
    assert_eq!(invited(&ada, room).await, ["bob"]);
    assert_eq!(ada.members(room).await.len(), 1);

    let list = bob.get("/invitations").await.expect(200).json();
    let invitation = &list["invitations"][0];
    assert_eq!(
        invitation["room"],
        json!({"id": room, "name": "Plans", "kind": "closed"})
    );
    assert_eq!(
        invitation["invited_by"],
        json!({"id": 1, "username": "ada", "display_name": ""})
    );
    assert_eq!(invited_to(&carol).await, [""; 0]);
    carol.answer_invitation(room, "accept").await.expect(404);
    bob.answer_invitation(room, "perhaps").await.expect(422);

    let joined = bob
        .answer_invitation(room, "accept")
        .await
        .expect(201)
        .json();
    assert_eq!(
        (&joined["id"], &joined["role"]),
        (&json!(room), &json!("member"))
    );
    assert!(is_member(&bob, room).await);
    assert_eq!(invited_to(&bob).await, [""; 0]);
    assert_eq!(invited(&ada, room).await, [""; 0]);
    bob.answer_invitation(room, "accept").await.expect(404);
}

#[tokio::test]
async fn an_invited_user_reads_nothing_of_the_room() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let bob = Account::register(&server, "bob").await;
    let room = ada.create_room("Plans", "closed").await;
    let message = ada.say(room, "secretword").await["id"].clone();
    ada.try_invite(room, "bob").await.expect(202);
    let root = format!("/rooms/{room}");
    for end in [
        "",
        "/messages",
        "/members",
        "/settings",
        "/pins",
        "/names",
        &format!("/messages/{message}"),
        &format!("/messages/{message}/thread"),
        &format!("/messages/{message}/edits"),
        &format!("/messages/{message}/reactions"),
    ] {
        bob.get(&format!("{root}{end}")).await.expect(404);
        bob.browser()
            .await
            .page(&format!("{root}{end}"))
            .await
            .expect(404);
    }
    bob.try_post_in(room, "hello").await.expect(404);
    let join = format!("{root}/members");
    bob.send("POST", &join, &json!({})).await.expect(404);
    bob.send("PUT", &format!("{root}/read"), &json!({}))
        .await
        .expect(404);
    let mut socket = bob.open_live(room).await;
    assert_eq!(socket.close_code().await, 1008);
    let rooms = bob.get("/rooms").await.expect(200).text();
    let named = bob.get("/search?q=Plans").await.expect(200).text();
    let found = bob.get("/messages?q=secretword").await.expect(200).json();
    assert!(!rooms.contains("Plans") && !named.contains("Plans"));
    assert_eq!(found["messages"], json!([]));
    cancel(&bob, room, "bob").await.expect(404);
}

#[tokio::test]
async fn people_who_chose_to_share_a_room_are_added_at_once() {
    let server = Server::unlimited();
    let (ada, bob, _) = Account::register_three(&server).await;
    let mut number = 0;
    let mut added = async |expected: u16, why: &str| {
        number += 1;
        let room = ada.create_room(&format!("Closed {number}"), "closed").await;
        let status = ada.try_invite(room, "bob").await.status;
        assert_eq!(status, expected, "{why}");
        room
    };
    let join = async |account: &Account, room: i64| {
        let path = format!("/rooms/{room}/members");
        account.send("POST", &path, &json!({})).await.expect(201);
    };
    added(202, "only the Lobby").await;
    ada.direct(&["bob"]).await;
    added(202, "a conversation that ada began").await;
    let open = ada.create_room("Open of ada", "open").await;
    ada.try_invite(open, "bob").await.expect(201);
    added(202, "an open room to which ada added bob").await;
    let of_bob = bob.create_room("Open of bob", "open").await;
    join(&ada, of_bob).await;
    let first = added(202, "an open room of bob that ada joined").await;
    ada.send("PATCH", "/rooms/1", &json!({"name": "Hall"}))
        .await
        .expect(200);
    let other = ada.create_room("Other", "open").await;
    let default = json!({"default": true});
    ada.send("PATCH", &format!("/rooms/{other}"), &default)
        .await
        .expect(200);
    ada.send("PATCH", "/rooms/1", &json!({"default": false}))
        .await
        .expect(200);
    added(202, "a room that was a default room").await;

    bob.answer_invitation(first, "accept").await.expect(201);
    added(201, "a closed room that bob chose").await;
    bob.leave_closed_rooms().await;
    added(202, "none again").await;
    let chosen = ada.create_room("Chosen", "open").await;
    join(&bob, chosen).await;
    added(201, "an open room of ada that bob joined").await;
}

impl Account {
    /// Leaves all closed rooms.
    async fn leave_closed_rooms(&self) {
        let list = self.get("/rooms?mine=1").await.expect(200).json();
        for room in list["rooms"].as_array().expect("a list") {
            if room["kind"] == "closed" {
                let id = room["id"].as_i64().expect("an id");
                self.remove_member(id, &self.name).await;
            }
        }
    }
}

#[tokio::test]
async fn a_room_is_not_closed_around_users_who_did_not_choose_it() {
    let server = Server::unlimited();
    let (ada, bob, carol) = Account::register_three(&server).await;
    let dora = Account::register(&server, "dora").await;
    let room = ada.create_room("Open", "open").await;
    for name in ["bob", "carol"] {
        ada.try_invite(room, name).await.expect(201);
    }
    let path = format!("/rooms/{room}/members");
    dora.send("POST", &path, &json!({})).await.expect(201);
    carol.say(room, "nice to be here").await;
    let mut socket = bob.open_live(room).await;
    let closed = json!({"kind": "closed"});
    ada.send("PATCH", &format!("/rooms/{room}"), &closed)
        .await
        .expect(200);
    assert_eq!(socket.close_code().await, 1008);
    assert!(!is_member(&bob, room).await);
    assert_eq!(invited_to(&bob).await, ["Open"]);
    assert_eq!(invited(&ada, room).await, ["bob"]);
    let names = ada.members(room).await.into_iter().map(|(name, _)| name);
    assert_eq!(names.collect::<Vec<_>>(), ["ada", "carol", "dora"]);
    bob.answer_invitation(room, "accept").await.expect(201);
}

#[tokio::test]
async fn a_declined_invitation_is_told_to_no_one_and_not_repeated_for_a_day() {
    let server = Server::unlimited();
    let (ada, bob, carol) = Account::register_three(&server).await;
    let room = ada.create_room("Plans", "closed").await;
    ada.invite(room, "carol").await;
    ada.set_role(room, "carol", "owner").await;
    ada.try_invite(room, "bob").await.expect(202);
    carol.try_invite(room, "bob").await.expect(202);
    assert_eq!(invited_to(&bob).await.len(), 1, "one for a user and a room");

    bob.answer_invitation(room, "decline").await.expect(204);
    bob.answer_invitation(room, "decline").await.expect(404);
    assert_eq!(invited(&ada, room).await, ["bob"], "as before");
    for owner in [&ada, &carol] {
        owner.try_invite(room, "bob").await.expect(202);
        cancel(owner, room, "bob").await.expect(204);
        assert_eq!(invited(owner, room).await, [""; 0]);
        owner.try_invite(room, "bob").await.expect(202);
        assert_eq!(invited(owner, room).await, ["bob"]);
        assert_eq!(invited_to(&bob).await, [""; 0]);
    }
    bob.answer_invitation(room, "accept").await.expect(404);

    let mut conn = connect(&server.data());
    let day = "UPDATE invitations SET declined_at = declined_at - 24 * 3600 * 1000";
    conn.batch_execute(day).expect("a day passes");
    assert_eq!(invited(&ada, room).await, [""; 0]);
    ada.try_invite(room, "bob").await.expect(202);
    assert_eq!(invited_to(&bob).await, ["Plans"]);
}

#[tokio::test]
async fn an_invitation_ends_with_its_room_its_inviter_and_when_it_is_canceled() {
    let server = Server::unlimited();
    let (ada, bob, carol) = Account::register_three(&server).await;
    for (end, method, body) in [
        ("/invitations/bob", "DELETE", json!({})),
        ("", "PATCH", json!({"archived": true})),
        ("", "DELETE", json!({"name": "Plans"})),
        ("/members/carol", "DELETE", json!({})),
        ("/members/carol", "PATCH", json!({"role": "member"})),
    ] {
        let room = ada.create_room("Plans", "closed").await;
        ada.invite(room, "carol").await;
        ada.set_role(room, "carol", "owner").await;
        carol.try_invite(room, "bob").await.expect(202);
        assert_eq!(invited_to(&bob).await, ["Plans"]);
        let mut socket = bob.open_live_at("/live").await.after_sidebar().await;
        let path = format!("/rooms/{room}{end}");
        let reply = ada.send(method, &path, &body).await;
        assert!(reply.status < 300, "{method} {path}: {}", reply.text());
        assert_eq!(invited_to(&bob).await, [""; 0], "{method} {end} {body}");
        socket
            .pushed("#sidebar", |html| !html.contains("/invitations"))
            .await;
        bob.answer_invitation(room, "accept").await.expect(404);
    }
}

#[tokio::test]
async fn members_without_the_right_neither_see_nor_cancel_invitations() {
    let server = Server::unlimited();
    let (ada, bob, carol) = Account::register_three(&server).await;
    let room = ada.create_room("Plans", "closed").await;
    ada.invite(room, "carol").await;
    ada.try_invite(room, "bob").await.expect(202);
    let list = carol.get(&format!("/rooms/{room}/members")).await.json();
    assert_eq!(list["invited"], Value::Null);
    cancel(&carol, room, "bob").await.expect(403);
    cancel(&ada, room, "carol").await.expect(404);
    cancel(&ada, room, "no-one").await.expect(404);
    assert_eq!(invited_to(&bob).await, ["Plans"]);
}

#[tokio::test]
async fn the_sidebar_counts_invitations_on_open_pages_and_fresh_ones() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let bob = Account::register(&server, "bob").await;
    let browser = bob.browser().await;
    let fresh = async || text_of(&browser.page("/saved").await.expect(200).text());
    assert!(!fresh().await.contains("Invitations"));
    let mut socket = bob.open_live_at("/live").await.after_sidebar().await;
    let mut rooms = Vec::new();
    for count in ["1 to answer", "2 to answer"] {
        let room = ada
            .create_room(&format!("Plans of {}", &count[..1]), "closed")
            .await;
        ada.try_invite(room, "bob").await.expect(202);
        socket
            .pushed("#sidebar", |html| text_of(html).contains(count))
            .await;
        assert!(fresh().await.contains(count));
        rooms.push(room);
    }
    bob.answer_invitation(rooms[0], "decline").await.expect(204);
    socket
        .pushed("#sidebar", |html| text_of(html).contains("1 to answer"))
        .await;
    bob.answer_invitation(rooms[1], "accept").await.expect(201);
    let row = format!("id=\"room-{}\"", rooms[1]);
    let is_joined = |html: &str| html.contains(&row) && !html.contains("to answer");
    socket.pushed("#sidebar", is_joined).await;
}

#[tokio::test]
async fn invitations_work_with_forms() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let bob = Account::register(&server, "bob").await;
    let (room, other) = (
        ada.create_room("Plans", "closed").await,
        ada.create_room("<b>More</b>", "closed").await,
    );
    let (of_ada, of_bob) = (ada.browser().await, bob.browser().await);
    for id in [room, other] {
        let members = format!("/rooms/{id}/members");
        let reply = of_ada
            .submit(&members, &[("username", "bob")])
            .await
            .expect(303);
        assert_eq!(reply.header("location"), format!("{members}?invited=bob"));
        let page = of_ada
            .page(reply.header("location"))
            .await
            .expect(200)
            .text();
        assert!(
            text_of(&page).contains("bob was invited"),
            "{}",
            text_of(&page)
        );
        let crafted = of_ada.page(&format!("{members}?invited=carol")).await;
        assert!(!text_of(&crafted.text()).contains("invited and"));
    }
    let page = of_bob.page("/invitations").await.expect(200).text();
    assert!(page.contains("&#60;b&#62;More&#60;/b&#62;"), "{page}");
    let path = format!("/invitations/{room}");
    assert!(page.contains(&format!("action=\"{path}\"")));
    let accepted = of_bob
        .submit(&path, &[("answer", "accept")])
        .await
        .expect(303);
    assert_eq!(accepted.header("location"), format!("/rooms/{room}"));
    let path = format!("/invitations/{other}");
    let declined = of_bob
        .submit(&path, &[("answer", "decline")])
        .await
        .expect(303);
    assert_eq!(declined.header("location"), "/invitations");
    let page = of_bob.page("/invitations").await.expect(200).text();
    assert!(text_of(&page).contains("No invitations."));
    let path = format!("/rooms/{other}/invitations/bob");
    let canceled = of_ada.submit(&path, &[]).await.expect(303);
    assert_eq!(
        canceled.header("location"),
        format!("/rooms/{other}/members")
    );
}

#[tokio::test]
async fn several_people_are_added_or_invited_together() {
    let server = Server::unlimited();
    let (ada, bob, _) = Account::register_three(&server).await;
    let first = ada.create_room("First", "closed").await;
    ada.invite(first, "bob").await;
    let room = ada.create_room("Plans", "closed").await;
    let reply = ada.try_invite(room, "bob, carol").await.expect(202).json();
    assert_eq!(reply["members"][0]["username"], "bob");
    assert_eq!(reply["invited"][0]["username"], "carol");
    assert!(is_member(&bob, room).await);
}

#[tokio::test]
async fn one_user_has_at_most_100_pending_invitations() {
    let server = Server::start();
    let ada = Account::register(&server, "ada").await;
    let bob = Account::register(&server, "bob").await;
    let room = ada.create_room("Plans", "closed").await;
    let insert = "WITH RECURSIVE n(i) AS (SELECT 1000 UNION ALL SELECT i + 1 FROM n WHERE i < 1099)
         INSERT INTO rooms (id, name, kind, created_at) SELECT i, 'Old ' || i, 1, 0 FROM n;
         INSERT INTO invitations (room_id, user_id, invited_by, invited_at)
         SELECT id, 2, 1, 0 FROM rooms WHERE id >= 1000";
    let mut conn = connect(&server.data());
    conn.batch_execute(insert)
        .expect("the invitations are inserted");
    let path = format!("/rooms/{room}/members");
    let refused = ada.send("POST", &path, &json!({"username": "bob"})).await;
    let detail = refused.expect(409).detail();
    assert_eq!(detail, "bob has too many invitations to get another.");
    bob.answer_invitation(1000, "decline").await.expect(204);
    ada.try_invite(room, "bob").await.expect(202);
}

//! Successors of owners who are removed.

use serde_json::{Value, json};

use crate::harness::account::Account;
use crate::harness::http::send;
use crate::harness::server::Server;

async fn roles(person: &Account, room: &str) -> Vec<(String, String)> {
    let list = person.get(&format!("{room}/members")).await.expect(200);
    let list = list.json();
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let members = list["members"].as_array().expect("members").iter();
    members
        .map(|one| (text(&one["username"]), text(&one["role"])))
        .collect()
}

#[tokio::test]
async fn the_oldest_member_becomes_owner_when_an_admin_removes_the_last_owner() {
    let server = Server::start();
    let grace = Account::register(&server, "grace").await; // the first account is the administrator
    let (ada, bob) = (
        Account::register(&server, "ada").await,
        Account::register(&server, "bob").await,
    );
    let room = json!({"name": "Design", "kind": "closed"});
    let room = send(ada.ask("POST", "/rooms").json(&room))
        .await
        .expect(201);
    let room = room.json()["id"].as_i64().expect("an id");
    for name in ["bob", "grace"] {
        ada.invite(room, name).await;
    }
    let room = format!("/rooms/{room}");
    let ada_member = format!("{room}/members/ada");
    send(bob.ask("DELETE", &ada_member)).await.expect(403);
    send(grace.ask("DELETE", &ada_member)).await.expect(204);
    let expected = [("bob", "owner"), ("grace", "member")];
    let expected = expected.map(|(name, role)| (name.to_owned(), role.to_owned()));
    assert_eq!(roles(&bob, &room).await, expected);
    send(ada.ask("GET", &room)).await.expect(404);
}

#[tokio::test]
async fn the_lobby_gets_no_owner_when_members_are_removed() {
    let server = Server::start();
    let grace = Account::register(&server, "grace").await; // the first account is the administrator
    let (ada, _bob) = (
        Account::register(&server, "ada").await,
        Account::register(&server, "bob").await,
    );
    let side = json!({"name": "Side"});
    let side = send(grace.ask("POST", "/rooms").json(&side))
        .await
        .expect(201);
    let side = format!("/rooms/{}", side.json()["id"]);
    let default = json!({"default": true});
    send(grace.ask("PATCH", &side).json(&default))
        .await
        .expect(200);
    send(grace.ask("DELETE", "/rooms/1/members/bob"))
        .await
        .expect(204);
    send(grace.ask("DELETE", "/rooms/1/members/grace"))
        .await
        .expect(204);
    let expected = [("ada".to_owned(), "member".to_owned())];
    assert_eq!(roles(&ada, "/rooms/1").await, expected);
}

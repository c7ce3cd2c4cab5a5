//! A room with members always has an owner.

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
async fn an_admin_who_puts_the_last_owner_out_leaves_the_room_to_somebody() {
    let server = Server::start();
    let grace = Account::register(&server, "grace").await; // the first one is the admin
    let (ada, bob) = (
        Account::register(&server, "ada").await,
        Account::register(&server, "bob").await,
    );
    let room = json!({"name": "Design", "kind": "closed"});
    let room = send(ada.ask("POST", "/rooms").json(&room))
        .await
        .expect(201);
    let room = format!("/rooms/{}", room.json()["id"]);
    for name in ["bob", "grace"] {
        let guest = json!({ "username": name });
        let members = format!("{room}/members");
        send(ada.ask("POST", &members).json(&guest))
            .await
            .expect(201);
    }
    let ada_there = format!("{room}/members/ada");
    send(bob.ask("DELETE", &ada_there)).await.expect(403);
    send(grace.ask("DELETE", &ada_there)).await.expect(204);
    let expected = [("bob", "owner"), ("grace", "member")];
    let expected = expected.map(|(name, role)| (name.to_owned(), role.to_owned()));
    assert_eq!(roles(&bob, &room).await, expected);
    send(ada.ask("GET", &room)).await.expect(404);
}

#[tokio::test]
async fn nobody_comes_to_own_the_lobby_because_somebody_goes() {
    let server = Server::start();
    let grace = Account::register(&server, "grace").await; // the first one is the admin
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

//! Limits on the rooms, conversations and memberships that one user can make.

use diesel::connection::SimpleConnection;
use serde_json::json;

use crate::harness::account::Account;
use crate::harness::database::{connect, number};
use crate::harness::http::Reply;
use crate::harness::server::Server;

/// Number of rooms, conversations or memberships that a user can make at once.
const AT_ONCE: usize = 20;

/// Inserts accounts to which no one can log in. Returns their names.
fn add_people(server: &Server, count: u8) -> Vec<String> {
    let mut conn = connect(&server.data());
    let letter = |n: u8| char::from(b'a' + n % 8); // no two of these look alike
    let name = |n: u8| format!("crowd{}{}", letter(n / 8), letter(n));
    let names: Vec<String> = (0..count).map(name).collect();
    for name in &names {
        let (key, look) = (chatterbox::accounts::fold(name), name.to_uppercase());
        let insert = format!(
            "INSERT INTO users (username, username_key, username_look, password_hash, created_at)
             VALUES ('{name}', '{key}', '{look}', '', 0)"
        );
        conn.batch_execute(&insert).expect("the row is inserted");
    }
    names
}

/// Makes ada a member of `count` new rooms, with a role.
fn add_rooms(server: &Server, count: usize, role: u8) {
    let insert = format!(
        "WITH RECURSIVE n(i) AS (SELECT 1000 UNION ALL SELECT i + 1 FROM n WHERE i < 999 + {count})
         INSERT INTO rooms (id, name, kind, created_at) SELECT i, 'Old ' || i, 1, 0 FROM n;
         INSERT INTO members (room_id, user_id, joined_at, role)
         SELECT id, 1, 0, {role} FROM rooms WHERE id >= 1000"
    );
    let mut conn = connect(&server.data());
    conn.batch_execute(&insert).expect("the rows are inserted");
}

fn is_limited(reply: &Reply, detail: &str) {
    assert_eq!(reply.status, 429, "{}", reply.text());
    assert_eq!(reply.detail(), detail);
    let seconds: u64 = reply.header("retry-after").parse().expect("seconds");
    assert!((1..=60).contains(&seconds), "{seconds}");
}

#[tokio::test]
async fn rooms_conversations_and_added_people_are_limited_to_a_burst_and_then_one_a_minute() {
    let server = Server::start();
    let ada = Account::register(&server, "ada").await;
    let bob = Account::register(&server, "bob").await;
    let people = add_people(&server, AT_ONCE as u8 + 1);
    let room = |n: usize| json!({"name": format!("Room {n}"), "kind": "closed"});
    for n in 0..AT_ONCE {
        ada.send("POST", "/rooms", &room(n)).await.expect(201);
    }
    let refused = ada.send("POST", "/rooms", &room(AT_ONCE)).await;
    let detail = "You’ve created a lot of rooms. Try again in 1 minute.";
    is_limited(&refused, detail);
    bob.create_room("Of another user", "closed").await;

    let with = |n: usize| json!({"usernames": [people[n]]});
    for n in 0..AT_ONCE {
        ada.send("POST", "/directs", &with(n)).await.expect(201);
    }
    let refused = ada.send("POST", "/directs", &with(AT_ONCE)).await;
    let detail = "You’ve started a lot of conversations. Try again in 1 minute.";
    is_limited(&refused, detail);
    ada.send("POST", "/directs", &with(0)).await.expect(200);

    let path = format!("/rooms/{}/members", bob.create_room("Team", "open").await);
    let invite = |n: usize| json!({"username": people[n]});
    for n in 0..AT_ONCE {
        bob.send("POST", &path, &invite(n)).await.expect(201);
    }
    let refused = bob.send("POST", &path, &invite(AT_ONCE)).await;
    is_limited(
        &refused,
        "You’ve added a lot of people. Try again in 1 minute.",
    );
    let again = bob.send("POST", &path, &invite(0)).await;
    assert_eq!(again.status, 409, "a member again: {}", again.text());
}

#[tokio::test]
async fn one_person_owns_at_most_200_rooms_and_is_in_at_most_1000() {
    let server = Server::start();
    let ada = Account::register(&server, "ada").await;
    let bob = Account::register(&server, "bob").await;
    let (open, closed) = (
        bob.create_room("Open", "open").await,
        bob.create_room("Closed", "closed").await,
    );
    add_rooms(&server, 200, 1);
    let new = json!({"name": "One more", "kind": "open"});
    let refused = ada.send("POST", "/rooms", &new).await.expect(409);
    assert!(refused.detail().starts_with("You own 200 rooms"));

    let mut conn = connect(&server.data());
    let delete = "DELETE FROM members WHERE room_id >= 1000; DELETE FROM rooms WHERE id >= 1000";
    conn.batch_execute(delete).expect("the rows are deleted");
    add_rooms(&server, 999, 0);
    let refused = ada.send("POST", "/rooms", &new).await.expect(409);
    assert!(refused.detail().starts_with("You’re in 1,000 rooms"));
    let join = format!("/rooms/{open}/members");
    ada.send("POST", &join, &json!({})).await.expect(409);
    let path = format!("/rooms/{closed}/members");
    let refused = bob.send("POST", &path, &json!({"username": "ada"})).await;
    let detail = refused.expect(409).detail();
    assert_eq!(detail, "ada is in too many rooms to join another.");
    assert!(bob.direct(&["ada"]).await > 0, "conversations do not count");
}

#[tokio::test]
async fn a_user_in_thousands_of_rooms_marks_all_of_them_as_read() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    Account::register(&server, "bob").await.post("hello").await;
    add_rooms(&server, 3_000, 0);
    let unread = "UPDATE members SET read_id = 0 WHERE user_id = 1;
         INSERT INTO messages (room_id, author_id, client_id, body, place, created_rev, rev, created_at)
         SELECT id, 2, 'c' || id, 'hi', 1, 1, 1, 0 FROM rooms WHERE id >= 1000";
    let mut conn = connect(&server.data());
    conn.batch_execute(unread).expect("the rows are inserted");
    ada.send("POST", "/read", &json!({})).await.expect(204);
    let left = "SELECT COUNT(*) AS number FROM messages JOIN members USING (room_id)
         WHERE members.user_id = 1 AND messages.id > members.read_id";
    assert_eq!(number(&mut conn, left), 0);
}

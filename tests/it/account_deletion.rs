//! Deletion of an account: what goes at once, what stays of it, and what is erased.

use std::future::ready;

use serde_json::{Value, json};

use crate::harness::account::{Account, PASSWORD};
use crate::harness::database::{self, number};
use crate::harness::http::{Reply, post_json, send};
use crate::harness::live::Event;
use crate::harness::message_actions::id;
use crate::harness::server::Server;
use crate::harness::{PUSH_DEADLINE, wait_for};

async fn delete(account: &Account, name: &str, erase: bool) -> Reply {
    let body = json!({"username": name, "erase_messages": erase});
    send(account.ask("DELETE", "/account").json(&body)).await
}

async fn message(account: &Account, path: &str) -> Value {
    account.get(path).await.expect(200).json()
}

#[tokio::test]
async fn messages_stay_under_the_name_of_a_deleted_user() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let bob = Account::register(&server, "bob").await;
    let phone = Account::log_in(&server, "bob").await;
    let direct = bob.direct(&["ada"]).await;
    bob.say(direct, "between us").await;
    let own = bob.create_room("bobs plans", "closed").await;
    let shared = ada.create_room("design", "closed").await;
    let posted = bob.post("I was here").await;
    ada.post("thanks @bob").await;
    let mut sockets = [bob.open_live(1).await, phone.open_live(1).await];
    let mut page = ada.open_live(1).await;
    delete(&bob, "bob", false).await.expect(204);
    let ended = async {
        for socket in &mut sockets {
            while socket.next_message_or_close().await.is_some() {}
            assert_eq!(socket.closed, Some(1008));
        }
    };
    tokio::time::timeout(PUSH_DEADLINE, ended)
        .await
        .expect("sockets end within a second");
    phone.get("/rooms").await.expect(401);
    let is_renamed = |event: &Event| match event {
        Event::Other(html) => html.contains("Deleted user").then_some(()),
        _ => None,
    };
    page.find("the new name", is_renamed).await;
    let path = format!("/rooms/1/messages/{}", id(&posted));
    let left = message(&ada, &path).await;
    assert_eq!(left["body"], "I was here");
    assert_eq!(left["author"]["display_name"], "Deleted user");
    let log_in = json!({"username": "bob", "password": PASSWORD});
    post_json(&format!("{}/login", server.origin()), &log_in)
        .await
        .expect(401);
    let people = ada.get("/people").await.expect(200).json();
    assert_eq!(
        people["people"].as_array().map(Vec::len),
        Some(1),
        "{people}"
    );
    for (method, path, body) in [
        ("POST", "/directs", json!({"usernames": ["deleted-2"]})),
        (
            "POST",
            &*format!("/rooms/{shared}/members"),
            json!({"username": "deleted-2"}),
        ),
    ] {
        send(ada.ask(method, path).json(&body)).await.expect(422);
    }
    let mut conn = database::connect(&server.data());
    wait_for("the departure from all rooms", || {
        let rooms = number(
            &mut conn,
            "SELECT count(*) AS number FROM members WHERE user_id = 2",
        );
        ready((rooms == 1).then_some(()))
    })
    .await;
    ada.get(&format!("/rooms/{direct}/messages"))
        .await
        .expect(200);
    let deleted =
        format!("SELECT count(*) AS number FROM rooms WHERE id = {own} AND deleted_at IS NULL");
    assert_eq!(
        number(&mut conn, &deleted),
        0,
        "a room that only they were in is deleted"
    );
    for table in [
        "sessions",
        "devices",
        "passkeys",
        "second_factors",
        "former_names",
    ] {
        let rows = format!("SELECT count(*) AS number FROM {table} WHERE user_id = 2");
        assert_eq!(number(&mut conn, &rows), 0, "{table}");
    }
    // The name is free again, and is someone else.
    let other = Account::register(&server, "bob").await;
    delete(&other, "bob", false).await.expect(204);
}

#[tokio::test]
async fn messages_are_erased_if_the_user_wants_that() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let bob = Account::register(&server, "bob").await;
    bob.post_many("forget me", 25).await;
    let file = bob.upload("diary.txt", b"dear diary").await;
    bob.post_files(1, "with a file", &[&file]).await;
    let kept = ada.post("I stay").await;
    let mut page = ada.open_live(1).await;
    let browser = bob.browser().await;
    let form = [("username", "bob"), ("erase_messages", "true")];
    let gone = browser.submit("/account/deletion", &form).await.expect(303);
    assert_eq!(gone.header("location"), "/login");
    browser.page("/rooms/1").await.expect(303);
    let is_erased = |event: &Event| match event {
        Event::Replaced(message) => message.has_class("message--deleted").then_some(()),
        _ => None,
    };
    page.find("an erased message", is_erased).await;
    let mut conn = database::connect(&server.data());
    wait_for("no text of theirs", || {
        let left =
            "SELECT count(*) AS number FROM messages WHERE author_id = 2 AND deleted_at IS NULL";
        ready((number(&mut conn, left) == 0).then_some(()))
    })
    .await;
    let texts = "SELECT count(*) AS number FROM messages WHERE author_id = 2 AND body <> ''";
    assert_eq!(number(&mut conn, texts), 0);
    let files = "SELECT count(*) AS number FROM files WHERE message_id IS NOT NULL AND user_id = 2";
    assert_eq!(number(&mut conn, files), 0);
    let stays = message(&ada, &format!("/rooms/1/messages/{}", id(&kept))).await;
    assert_eq!(stays["body"], "I stay");
}

#[tokio::test]
async fn an_account_is_not_deleted_by_mistake_and_not_the_last_admin() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let bob = Account::register(&server, "bob").await;
    delete(&ada, "ada", false).await.expect(409);
    delete(&bob, "Bob", false).await.expect(422);
    delete(&bob, "", false).await.expect(422);
    let browser = bob.browser().await;
    let wrong = [("username", "ada")];
    let page = browser
        .submit("/account/deletion", &wrong)
        .await
        .expect(422);
    assert!(page.text().contains("Type your username exactly as shown."));
    let browser = ada.browser().await;
    let page = browser
        .submit("/account/deletion", &[("username", "ada")])
        .await;
    assert!(page.expect(409).text().contains("only admin"));
    for account in [&ada, &bob] {
        account.get("/rooms").await.expect(200);
    }
}

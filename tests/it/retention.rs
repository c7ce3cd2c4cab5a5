//! Retention: messages are erased after some days, with their files, in a room or on the whole server.

use diesel::connection::SimpleConnection;
use serde_json::{Value, json};

use crate::harness::account::Account;
use crate::harness::database;
use crate::harness::files::folder_contains;
use crate::harness::http::{Reply, send};
use crate::harness::live::Event;
use crate::harness::message_actions::id;
use crate::harness::server::Server;
use crate::harness::wait_for;

const DAY: i64 = 24 * 60 * 60 * 1000;

/// Makes all messages so far older.
fn age(server: &Server, days: i64) {
    let statement = format!(
        "UPDATE messages SET created_at = created_at - {}",
        days * DAY
    );
    let aged = database::connect(&server.data()).batch_execute(&statement);
    aged.expect("a valid statement");
}

async fn retain(admin: &Account, change: Value) -> Reply {
    admin.send("PATCH", "/admin/settings", &change).await
}

async fn bodies(reader: &Account, room: i64) -> Vec<String> {
    let path = format!("/rooms/{room}/messages?limit=200");
    let page = reader.get(&path).await.expect(200).json();
    let messages = page["messages"].as_array().expect("a list");
    let text = |message: &Value| match message["deleted"] == true {
        true => "deleted".to_owned(),
        false => message["body"].as_str().expect("a text").to_owned(),
    };
    messages.iter().map(text).collect()
}

async fn wait_for_bodies(reader: &Account, room: i64, expected: &[&str]) {
    wait_for(&format!("the messages {expected:?}"), async || {
        (bodies(reader, room).await == expected).then_some(())
    })
    .await;
}

#[tokio::test]
async fn old_messages_are_erased_everywhere_and_new_ones_stay() {
    let server = Server::unlimited();
    let (ada, bob, _) = Account::register_three(&server).await;
    let second = ada.create_room("Second", "open").await;
    ada.post("oldqxz one").await;
    let upload = ada.upload("oldqxz.txt", b"contents qxzfile").await;
    let shared = ada.post_files(1, "", &[&upload]).await;
    ada.answer((1, id(&shared)), "oldqxz reply").await;
    let edited = id(&ada.post("oldqxz before the edit").await);
    let body = json!({"body": "oldqxz after the edit"});
    let path = format!("/rooms/1/messages/{edited}");
    ada.send("PATCH", &path, &body).await.expect(200);
    let here = json!({"body": "oldqxz in second"});
    let second_path = format!("/rooms/{second}/messages");
    ada.send("POST", &second_path, &here).await.expect(201);
    age(&server, 31);
    ada.post("new one").await;
    let file = shared["files"][0]["url"]
        .as_str()
        .expect("a URL")
        .to_owned();
    bob.get(&file).await.expect(200);

    let asked = retain(&ada, json!({"retention_days": 30}))
        .await
        .expect(409);
    assert!(
        asked.detail().contains("5 of 6 messages"),
        "{}",
        asked.detail()
    );
    assert!(asked.detail().contains("\"confirm\": true"));
    let change = json!({"retention_days": 30, "confirm": true});
    retain(&ada, change).await.expect(200);
    wait_for_bodies(&bob, 1, &["new one"]).await;
    wait_for_bodies(&ada, second, &[]).await;
    wait_for("the file is gone", async || {
        (bob.get(&file).await.status == 404).then_some(())
    })
    .await;
    let found = bob.get("/messages?q=oldqxz").await.expect(200).json();
    assert_eq!(found["messages"], json!([]), "{found}");
    for word in ["oldqxz", "qxzfile"] {
        wait_for(word, async || {
            (!folder_contains(&server.data(), word.as_bytes())).then_some(())
        })
        .await;
    }
    let page = bob.browser().await.page("/rooms/1").await.text();
    assert!(
        page.contains("Messages are deleted after 30 days."),
        "{page}"
    );
    assert!(
        !page.contains("deleted</"),
        "no placeholder is listed: {page}"
    );
    assert_eq!(bob.browser().await.message_elements().await.len(), 1);
}

#[tokio::test]
async fn an_open_page_drops_the_texts_and_a_thread_keeps_its_newer_replies() {
    let server = Server::unlimited();
    let (ada, bob, _) = Account::register_three(&server).await;
    let root = id(&ada.post("old root").await);
    age(&server, 8);
    ada.answer((1, root), "new reply").await;
    let mut live = bob.live(bob.rev().await).await;
    let change = json!({"retention_days": 7, "confirm": true});
    retain(&ada, change).await.expect(200);
    live.find("the root is replaced", |event| match event {
        Event::Replaced(message) if !message.text.contains("old root") => Some(()),
        _ => None,
    })
    .await;
    let thread = format!("/rooms/1/messages/{root}/thread");
    let thread = bob.get(&thread).await.expect(200).json();
    assert_eq!(thread["messages"][0]["body"], "new reply", "{thread}");
    wait_for_bodies(&bob, 1, &["deleted"]).await;
    age(&server, 8);
    retain(&ada, json!({"retention_days": 6, "confirm": true}))
        .await
        .expect(200);
    wait_for_bodies(&bob, 1, &[]).await;
}

#[tokio::test]
async fn an_owner_sets_the_retention_of_a_room_within_that_of_the_server() {
    let server = Server::unlimited();
    let (ada, bob, carol) = Account::register_three(&server).await;
    let room = bob.create_room("Bobs", "open").await;
    let path = format!("/rooms/{room}");
    let post = json!({"body": "old"});
    bob.send("POST", &format!("{path}/messages"), &post)
        .await
        .expect(201);
    ada.post("old in the lobby").await;
    age(&server, 8);
    send(
        carol
            .ask("POST", &format!("{path}/members"))
            .json(&json!({"username": "carol"})),
    )
    .await
    .expect(201);
    let change = |days: i64, confirm: bool| json!({"retention_days": days, "confirm": confirm});
    carol
        .send("PATCH", &path, &change(7, true))
        .await
        .expect(403);
    let asked = bob.send("PATCH", &path, &change(7, false)).await;
    let asked = asked.expect(409).detail();
    assert!(asked.contains("all 1 messages"), "{asked}");
    let browser = bob.browser().await;
    let settings = format!("{path}/settings");
    let asked = browser.submit(&settings, &[("retention_days", "7")]).await;
    let asked = asked.expect(409).text();
    assert!(
        asked.contains("name=\"confirm\"") && asked.contains("value=\"7\""),
        "{asked}"
    );
    let form = [("retention_days", "7"), ("confirm", "true")];
    browser.submit(&settings, &form).await.expect(303);
    wait_for_bodies(&carol, room, &[]).await;
    assert_eq!(bodies(&carol, 1).await, ["old in the lobby"]);
    let page = carol.browser().await.page(&settings).await.text();
    assert!(
        page.contains("Messages are deleted after 7 days."),
        "{page}"
    );
    assert_eq!(carol.room(room).await["retention_days"], 7);

    let change_all = json!({"retention_days": 5, "confirm": true});
    retain(&ada, change_all).await.expect(200);
    let longer = bob.send("PATCH", &path, &change(30, true)).await;
    let longer = longer.expect(422).detail();
    assert!(longer.contains("after 5 days"), "{longer}");
    let page = carol.browser().await.page(&settings).await.text();
    assert!(
        page.contains("Messages are deleted after 5 days."),
        "{page}"
    );
}

#[tokio::test]
async fn nothing_is_asked_when_nothing_would_be_erased() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    ada.post("new").await;
    retain(&ada, json!({"retention_days": 30}))
        .await
        .expect(200);
    assert_eq!(bodies(&ada, 1).await, ["new"]);
    retain(&ada, json!({"retention_days": 0})).await.expect(200);
}

#[tokio::test]
async fn many_old_messages_are_erased_also_after_a_restart() {
    let mut server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    ada.post_many("old", 150).await;
    let rev = ada.rev().await;
    server.stop();
    age(&server, 31);
    let statement = "INSERT INTO settings (key, value) VALUES ('retention_days', '30')";
    database::connect(&server.data())
        .batch_execute(statement)
        .expect("a valid statement");
    server.start_again();
    wait_for_bodies(&ada, 1, &[]).await;
    assert_eq!(ada.rev().await, rev + 150, "each one took a rev, once");
    ada.post("after it").await;
    assert_eq!(bodies(&ada, 1).await, ["after it"]);
}

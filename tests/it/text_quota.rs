//! Limit of the text that one person writes in a day.

use serde_json::{Value, json};

use crate::harness::account::Account;
use crate::harness::html::text_of;
use crate::harness::http::{Reply, send};
use crate::harness::message_actions::id;
use crate::harness::server::Server;

const WORDS: &str = "You’ve written as much as one person can in a day. Try again in ";

/// A server on which each person may write 1,000 bytes a day.
fn start() -> Server {
    Server::start_with(&["--text-per-day", "1000"])
}

async fn patch(account: &Account, path: &str, body: Value) -> Reply {
    send(account.ask("PATCH", path).json(&body)).await
}

#[track_caller]
fn refused(reply: Reply) {
    let reply = reply.expect(429);
    assert!(reply.detail().starts_with(WORDS), "{}", reply.detail());
    let wait: u64 = reply.header("retry-after").parse().expect("seconds");
    assert!((1..=24 * 60 * 60).contains(&wait), "{wait} s");
}

#[tokio::test]
async fn one_person_writes_no_more_than_a_set_amount_a_day_over_restarts() {
    let mut server = start();
    let ada = Account::register(&server, "ada").await;
    let bob = Account::register(&server, "bob").await;
    ada.try_post(&"é".repeat(400), "first").await.expect(201);
    ada.try_post(&"é".repeat(400), "first").await.expect(200);
    refused(ada.try_post(&"x".repeat(201), "second").await);
    ada.try_post(&"x".repeat(150), "second").await.expect(201);
    for _ in 0..2 {
        refused(ada.try_post(&"x".repeat(51), "third").await);
        bob.post("others go on").await;
        server.stop();
        server.start_again();
    }
    ada.try_post(&"x".repeat(50), "third").await.expect(201);
    refused(ada.try_post("x", "fourth").await);
    ada.try_post(&"é".repeat(400), "first").await.expect(200);
}

#[tokio::test]
async fn edits_topics_and_profiles_count() {
    let server = start();
    let ada = Account::register(&server, "ada").await;
    let message = id(&ada.post("short").await);
    let path = format!("/rooms/1/messages/{message}");
    patch(&ada, &path, json!({"body": "x".repeat(595)}))
        .await
        .expect(200);
    let about = json!({"about": "y".repeat(100)});
    patch(&ada, "/profile", about.clone()).await.expect(200);
    let room = json!({"name": "design", "topic": "z".repeat(94)});
    send(ada.ask("POST", "/rooms").json(&room))
        .await
        .expect(201);
    patch(&ada, "/rooms/2", json!({"topic": "t".repeat(100)}))
        .await
        .expect(200);
    refused(patch(&ada, &path, json!({"body": "x".repeat(101)})).await);
    refused(patch(&ada, "/profile", json!({"about": "y".repeat(101)})).await);
    refused(patch(&ada, "/rooms/2", json!({"topic": "u".repeat(101)})).await);
    let room = json!({"name": "more", "topic": "z".repeat(97)});
    refused(send(ada.ask("POST", "/rooms").json(&room)).await);
    patch(&ada, "/profile", about).await.expect(200);
    refused(ada.try_post("x", "last").await);
}

#[tokio::test]
async fn a_refused_form_keeps_its_text_and_without_limits_there_is_none() {
    let server = start();
    let ada = Account::register(&server, "ada").await;
    let browser = ada.browser().await;
    let text = "x".repeat(1001);
    let page = browser
        .submit("/rooms/1/messages", &[("body", &text)])
        .await
        .expect(429)
        .text();
    assert!(page.contains(&format!(">{text}</textarea>")));
    assert!(text_of(&page).contains(WORDS), "{}", text_of(&page));
    let server = Server::start_with(&["--text-per-day", "1", "--limits", "off"]);
    Account::register(&server, "ada").await.post(&text).await;
}

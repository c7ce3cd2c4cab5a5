//! Custom emoji in messages: rendering, edits, search, and removal.

use serde_json::{Value, json};

use super::ada_and_bob;
use crate::harness::account::Account;
use crate::harness::http::send;
use crate::harness::message_actions::id;
use crate::harness::server::Server;
use crate::harness::uploads::png;
use crate::harness::wait_for;

fn html(message: &Value) -> &str {
    message["html"].as_str().expect("HTML")
}

/// The picture of an emoji in a message.
fn picture(emoji: &Value) -> String {
    let (url, name) = (
        emoji["url"].as_str().expect("a URL"),
        emoji["name"].as_str(),
    );
    let name = name.expect("a name");
    format!("<img class=\"custom-emoji\" src=\"{url}\" alt=\":{name}:\" title=\":{name}:\">")
}

async fn remove(admin: &Account, name: &str) {
    let path = format!("/emoji/custom/{name}");
    send(admin.ask("DELETE", &path)).await.expect(204);
}

#[tokio::test]
async fn a_name_between_colons_is_shown_as_its_picture_to_everyone_at_once() {
    let server = Server::unlimited();
    let (ada, bob) = ada_and_bob(&server).await;
    let before = bob.post("before :blob:").await;
    let blob = ada.add_emoji("blob", &png(20, 20)).await;
    let mut reader = ada.live(ada.rev().await).await;
    let message = bob
        .post("hi :blob: and `:blob:` [:blob:](https://a.example) :other: x:blob:")
        .await;
    let picture = picture(&blob);
    let expected = format!(
        "<p>hi {picture} and <code>:blob:</code> <a href=\"https://a.example\" \
         rel=\"noopener noreferrer nofollow\" target=\"_blank\">:blob:</a> :other: x:blob:</p>"
    );
    assert_eq!(html(&message), expected);
    assert!(
        message["body"]
            .as_str()
            .expect("a text")
            .starts_with("hi :blob: and")
    );
    assert_eq!(reader.next_message().await.body, expected);
    assert_eq!(
        html(&ada.message((1, id(&before))).await),
        "<p>before :blob:</p>"
    );
    let reply = json!({"body": "yes", "reply_to": id(&message)});
    let reply = ada
        .send("POST", "/rooms/1/messages", &reply)
        .await
        .expect(201)
        .json();
    let excerpt = reply["reply_to"]["excerpt"].as_str().expect("an excerpt");
    assert!(excerpt.starts_with("hi :blob: and :blob:"), "{excerpt}");
}

#[tokio::test]
async fn a_message_of_custom_emoji_alone_is_large() {
    let server = Server::unlimited();
    let (ada, _) = ada_and_bob(&server).await;
    ada.add_emoji("blob", &png(20, 20)).await;
    for text in [":blob:", ":blob: 🎉 :blob:", "so :blob:", ":unknown:"] {
        ada.post(text).await;
    }
    let elements = ada.browser().await.message_elements().await;
    let large: Vec<bool> = elements
        .iter()
        .map(|one| one.has_class("message--large"))
        .collect();
    assert_eq!(large, [true, true, false, false]);
}

#[tokio::test]
async fn an_edit_adds_and_removes_pictures() {
    let server = Server::unlimited();
    let (ada, bob) = ada_and_bob(&server).await;
    let blob = ada.add_emoji("blob", &png(20, 20)).await;
    let at = (1, id(&bob.post("plain").await));
    let edited = bob.edit(at, "now :blob:").await.expect(200).json();
    assert_eq!(html(&edited), format!("<p>now {}</p>", picture(&blob)));
    let edited = bob.edit(at, "now \\:blob:").await.expect(200).json();
    assert_eq!(html(&edited), "<p>now :blob:</p>");
}

#[tokio::test]
async fn messages_with_a_removed_emoji_show_its_name_on_every_page() {
    let server = Server::unlimited();
    let (ada, bob) = ada_and_bob(&server).await;
    let (blob, other) = (
        ada.add_emoji("blob", &png(20, 20)).await,
        ada.add_emoji("other", &png(30, 30)).await,
    );
    let mut at = Vec::new();
    for number in 0..30 {
        let text = format!("number {number} :blob: :other:");
        at.push((1, id(&bob.post(&text).await)));
    }
    let mention = bob.post("@ada look :blob:").await;
    // Typed text that looks like the address of the picture is no picture.
    let url = blob["url"].as_str().expect("a URL");
    let typed = bob
        .post(&format!("https://a.example{url} src=\"{url}\""))
        .await;
    let browser = bob.browser().await;
    let page = browser.page("/rooms/1").await.expect(200).text();
    assert!(page.contains(&picture(&blob)));
    let rev = bob.rev().await;
    remove(&ada, "blob").await;
    wait_for("the messages to be rendered again", async || {
        let history = bob.history().await;
        let has_blob = history
            .iter()
            .any(|message| html(message).contains(&picture(&blob)));
        (!has_blob).then_some(())
    })
    .await;
    let message = bob.message(at[3]).await;
    assert_eq!(
        html(&message),
        format!("<p>number 3 :blob: {}</p>", picture(&other))
    );
    assert_eq!(message["body"], "number 3 :blob: :other:");
    assert_eq!(message["edited_at"], Value::Null);
    let mention = bob.message((1, id(&mention))).await;
    assert!(html(&mention).contains("href=\"/people/ada\""), "{mention}");
    assert_eq!(bob.message((1, id(&typed))).await["html"], typed["html"]);
    let page = browser.page("/rooms/1").await.expect(200).text();
    assert!(!page.contains(&picture(&blob)) && page.contains(&picture(&other)));
    assert_eq!(bob.rev().await, rev, "no one is told of a change");
    let later = bob.post("later :blob:").await;
    assert_eq!(html(&later), "<p>later :blob:</p>");
}

#[tokio::test]
async fn search_finds_messages_by_the_name_of_their_emoji() {
    let server = Server::unlimited();
    let (ada, _) = ada_and_bob(&server).await;
    ada.add_emoji("party_parrot", &png(20, 20)).await;
    ada.post("it works :party_parrot:").await;
    ada.post("nothing else").await;
    for text in [":party_parrot:", "parrot", "works%20party"] {
        let found = wait_for("the message to be indexed", async || {
            let found = ada
                .get(&format!("/messages?q={text}"))
                .await
                .expect(200)
                .json();
            (found["messages"]
                .as_array()
                .is_some_and(|all| all.len() == 1))
            .then_some(found)
        })
        .await;
        assert_eq!(found["messages"][0]["body"], "it works :party_parrot:");
    }
}

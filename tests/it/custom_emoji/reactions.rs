//! Custom emoji as reactions, and in the picker.

use serde_json::{Value, json};

use super::ada_and_bob;
use crate::harness::account::Account;
use crate::harness::html::attribute;
use crate::harness::http::send;
use crate::harness::live::Event;
use crate::harness::message_actions::{id, rev};
use crate::harness::server::Server;
use crate::harness::uploads::png;

async fn remove(admin: &Account, name: &str) {
    let path = format!("/emoji/custom/{name}");
    send(admin.ask("DELETE", &path)).await.expect(204);
}

/// Emoji and counts of the reactions to a message.
fn counts(message: &Value) -> Vec<(&str, i64)> {
    let all = message["reactions"].as_array().expect("a list").iter();
    let count = |one: &'_ Value| one["count"].as_i64().expect("a count");
    all.map(|one| (one["emoji"].as_str().expect("an emoji"), count(one)))
        .collect()
}

#[tokio::test]
async fn a_custom_emoji_is_a_reaction_that_everyone_sees_as_its_picture() {
    let server = Server::unlimited();
    let (ada, bob) = ada_and_bob(&server).await;
    let blob = ada.add_emoji("blob", &png(20, 20)).await;
    let at = (1, id(&ada.post("look").await));
    let mut reader = ada.live(ada.rev().await).await;
    let now = bob.react(at, ":blob:").await.expect(200).json();
    assert_eq!(counts(&now), [(":blob:", 1)]);
    assert_eq!(now["reactions"][0]["picture"], blob["url"]);
    let shown = reader
        .find("the reaction", |event| match event {
            Event::Replaced(line) if line.rev == rev(&now) => Some(line.clone()),
            _ => None,
        })
        .await;
    let url = blob["url"].as_str().expect("a URL");
    let chip = format!(
        "value=\":blob:\" data-user-ids=\"2\"><span class=\"reaction__emoji\"><img class=\"custom-emoji\" \
         src=\"{url}\" alt=\":blob:\" title=\":blob:\"></span>"
    );
    assert!(shown.html.contains(&chip), "{}", shown.html);
    ada.react(at, ":blob:").await.expect(200);
    let list = ada
        .request_message("GET", at, "/reactions")
        .await
        .expect(200)
        .json();
    assert_eq!(list["reactions"][1]["emoji"], ":blob:");
    let toggle = json!({"emoji": ":blob:"});
    let toggled = bob.send_to_message("POST", at, "/reactions", toggle).await;
    assert_eq!(counts(&toggled.expect(200).json()), [(":blob:", 1)]);
    let none = ada.unreact(at, ":blob:").await.expect(200).json();
    assert_eq!(counts(&none), []);
    ada.react(at, "👍").await.expect(200);
    assert!(
        ada.message(at).await["reactions"][0]
            .get("picture")
            .is_none()
    );
}

#[tokio::test]
async fn names_that_no_emoji_has_are_no_reactions() {
    let server = Server::unlimited();
    let (ada, bob) = ada_and_bob(&server).await;
    ada.add_emoji("blob", &png(20, 20)).await;
    let posted = ada.post("look").await;
    let at = (1, id(&posted));
    for text in [
        ":unknown:",
        "blob",
        ":blob",
        ":Blob:",
        ":blob::blob:",
        ":<b>:",
        "::",
    ] {
        let form = json!({"emoji": text});
        bob.send_to_message("POST", at, "/reactions", form)
            .await
            .expect(422);
    }
    let refused = bob.react(at, ":unknown:").await.expect(422);
    assert!(
        refused.detail().contains("no emoji :unknown:"),
        "{}",
        refused.detail()
    );
    assert_eq!(bob.message(at).await, posted);
}

#[tokio::test]
async fn a_reaction_with_a_removed_emoji_stays_as_its_name_and_can_be_taken_back() {
    let server = Server::unlimited();
    let (ada, bob) = ada_and_bob(&server).await;
    ada.add_emoji("blob", &png(20, 20)).await;
    let at = (1, id(&ada.post("look").await));
    bob.react(at, ":blob:").await.expect(200);
    let browser = bob.browser().await;
    let before = browser.page("/rooms/1").await.expect(200);
    assert!(before.text().contains("alt=\":blob:\""));
    remove(&ada, "blob").await;
    let page = browser.page("/rooms/1").await.expect(200).text();
    assert!(
        page.contains("<span class=\"reaction__emoji\">:blob:</span>"),
        "{page}"
    );
    let now = bob.message(at).await;
    assert_eq!(counts(&now), [(":blob:", 1)]);
    assert!(now["reactions"][0].get("picture").is_none());
    ada.react(at, ":blob:").await.expect(422);
    bob.react(at, ":blob:").await.expect(200);
    let taken = bob.unreact(at, ":blob:").await.expect(200).json();
    assert_eq!(counts(&taken), []);
}

#[tokio::test]
async fn the_form_without_scripts_takes_the_name_of_a_custom_emoji() {
    let server = Server::unlimited();
    let (ada, bob) = ada_and_bob(&server).await;
    ada.add_emoji("blob", &png(20, 20)).await;
    let at = (1, id(&ada.post("look").await));
    let path = format!("/rooms/1/messages/{}/reactions", at.1);
    let browser = bob.browser().await;
    browser
        .submit(&path, &[("emoji", ":blob:")])
        .await
        .expect(303);
    assert_eq!(counts(&ada.message(at).await), [(":blob:", 1)]);
}

#[tokio::test]
async fn the_picker_has_new_emoji_with_the_next_page() {
    let server = Server::unlimited();
    let (ada, bob) = ada_and_bob(&server).await;
    let browser = bob.browser().await;
    let address = async || {
        let page = browser.page("/rooms/1").await.expect(200).text();
        let tag = page.split("<main").nth(1).expect("a main element");
        attribute(tag, "data-emoji").expect("the address of the picker")
    };
    let empty = address().await;
    assert!(!browser.fragment(&empty).await.text().contains("Custom"));
    let blob = ada.add_emoji("blob", &png(20, 20)).await;
    let full = address().await;
    assert_ne!(empty, full);
    let groups = browser.fragment(&full).await.expect(200);
    assert!(groups.header("cache-control").contains("immutable"));
    let option = format!(
        "value=\":blob:\" title=\":blob:\"><img class=\"custom-emoji\" src=\"{}\"",
        blob["url"].as_str().expect("a URL")
    );
    assert!(groups.text().contains(&option), "{}", groups.text());
    let outdated = browser.fragment(&empty).await.expect(200);
    assert!(
        !outdated.header("cache-control").contains("immutable"),
        "it has the new ones"
    );
    remove(&ada, "blob").await;
    assert_eq!(address().await, empty);
}

//! Descriptions of pictures that change after the message was posted.

use serde_json::{Value, json};

use crate::harness::account::Account;
use crate::harness::files::folder_contains;
use crate::harness::server::Server;
use crate::harness::uploads::png;
use crate::harness::wait_for;

/// A message with a picture and a text, and the address of the picture in it.
async fn message(ada: &Account, room: i64) -> (Value, String) {
    let (picture, text) = (
        ada.upload("a.png", &png(8, 8)).await,
        ada.upload("a.txt", b"x").await,
    );
    let message = ada.post_files(room, "look", &[&picture, &text]).await;
    let address = format!("/rooms/{room}/messages/{}/files/{picture}", message["id"]);
    (message, address)
}

#[tokio::test]
async fn the_author_changes_a_description_and_others_see_it_live() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let bob = Account::register(&server, "bob").await;
    let (before, address) = message(&ada, 1).await;
    let mut live = bob.live(before["rev"].as_i64().expect("a rev")).await;
    let alt = json!({"alt": "  A \"cat\" <b> "});
    let after = ada.send("PATCH", &address, &alt).await.expect(200).json();
    assert_eq!(after["files"][0]["alt"], "A \"cat\" <b>");
    assert_eq!(after["rev"], before["rev"].as_i64().expect("a rev") + 1);
    assert_eq!(
        (&after["edited_at"], &after["body"]),
        (&json!(null), &before["body"])
    );
    live.find("the description", |event| {
        format!("{event:?}").contains("cat").then_some(())
    })
    .await;
    let again = ada.send("PATCH", &address, &alt).await.expect(200).json();
    assert_eq!(again["rev"], after["rev"], "nothing has changed");
    let versions = format!("/rooms/1/messages/{}/edits", before["id"]);
    let versions = ada.get(&versions).await.expect(200).json();
    assert_eq!(versions["versions"].as_array().expect("a list").len(), 1);
    let removed = json!({"alt": ""});
    let removed = ada
        .send("PATCH", &address, &removed)
        .await
        .expect(200)
        .json();
    assert_eq!(removed["files"][0]["alt"], "");
}

#[tokio::test]
async fn no_one_else_changes_a_description_and_only_pictures_have_one() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let bob = Account::register(&server, "bob").await;
    let eve = Account::register(&server, "eve").await;
    let room = ada.create_room("secret", "closed").await;
    ada.invite(room, "bob").await;
    let (message, address) = message(&ada, room).await;
    let alt = json!({"alt": "mine"});
    let refused = bob.send("PATCH", &address, &alt).await.expect(403);
    assert_eq!(refused.detail(), "Only the author can describe a picture.");
    eve.send("PATCH", &address, &alt).await.expect(404);
    ada.set_role(room, "bob", "owner").await;
    bob.send("PATCH", &address, &alt).await.expect(403);
    let files = format!("/rooms/{room}/messages/{}/files", message["id"]);
    let text = format!(
        "{files}/{}",
        message["files"][1]["id"].as_str().expect("an id")
    );
    ada.send("PATCH", &text, &alt).await.expect(422);
    ada.send("PATCH", &format!("{files}/unknown"), &alt)
        .await
        .expect(404);
    // A file of another message.
    let other = ada.share(room, "b.png", &png(9, 9)).await;
    let other = format!("{files}/{}", other["id"].as_str().expect("an id"));
    ada.send("PATCH", &other, &alt).await.expect(404);
    let long = json!({"alt": "x".repeat(1_001)});
    let refused = ada.send("PATCH", &address, &long).await.expect(422);
    assert_eq!(
        refused.detail(),
        "Descriptions can be at most 1,000 characters."
    );
    let archive = json!({"archived": true});
    ada.send("PATCH", &format!("/rooms/{room}"), &archive)
        .await
        .expect(200);
    ada.send("PATCH", &address, &alt).await.expect(403);
}

#[tokio::test]
async fn a_former_description_is_erased_and_replayed_to_no_one() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let (before, address) = message(&ada, 1).await;
    let secret = json!({"alt": "qxzformer"});
    ada.send("PATCH", &address, &secret).await.expect(200);
    let better = json!({"alt": "better"});
    ada.send("PATCH", &address, &better).await.expect(200);
    wait_for("the description to leave the folder", async || {
        (!folder_contains(&server.data(), b"qxzformer")).then_some(())
    })
    .await;
    ada.post("the end").await;
    let mut live = ada.live(before["rev"].as_i64().expect("a rev")).await;
    let mut seen = String::new();
    while !(seen.contains("the end") && seen.contains("better")) {
        let event = live.find("an event", |event| Some(event.clone())).await;
        seen.push_str(&format!("{event:?}\n"));
    }
    assert!(!seen.contains("qxzformer"), "{seen}");
    let path = format!("/rooms/1/messages/{}", before["id"]);
    ada.send("DELETE", &path, &json!({})).await.expect(200);
    ada.send("PATCH", &address, &better).await.expect(409);
}

#[tokio::test]
async fn without_scripts_a_page_has_one_form_for_all_pictures() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let bob = Account::register(&server, "bob").await;
    let mut ids = Vec::new();
    for name in ["a.png", "b.png"] {
        ids.push(ada.upload(name, &png(8, 8)).await);
    }
    let message = ada.post_files(1, "look", &[&ids[0], &ids[1]]).await;
    let browser = ada.browser().await;
    let files = format!("/rooms/1/messages/{}/files", message["id"]);
    let page = browser.page(&files).await.expect(200).text();
    assert_eq!(page.matches("<textarea").count(), 2, "{page}");
    let form = format!("action=\"{files}\"");
    assert_eq!(page.matches(&form).count(), 1, "{page}");
    let shown = format!("/rooms/1/messages/{}", message["id"]);
    let shown = browser.page(&shown).await.expect(200).text();
    assert!(shown.contains(&format!("href=\"{files}\"")));
    let typed = [(&*ids[0], "a cat"), (&*ids[1], "a dog")];
    let saved = browser.submit(&files, &typed).await.expect(303);
    let page = browser.page(saved.header("location")).await.expect(200);
    let page = page.text();
    for shown in ["Saved.", ">a cat</textarea>", ">a dog</textarea>"] {
        assert!(page.contains(shown), "{shown} is missing: {page}");
    }
    // One that is refused keeps what was typed in all.
    let long = "y".repeat(1_001);
    let typed = [(&*ids[0], "a bird"), (&*ids[1], &long)];
    let refused = browser.submit(&files, &typed).await.expect(422).text();
    assert!(refused.contains("Descriptions can be at most 1,000 characters."));
    assert!(refused.contains(&format!("id=\"error-{}\"", ids[1])));
    assert!(!refused.contains(&format!("id=\"error-{}\"", ids[0])));
    assert!(refused.contains(">a bird</textarea>") && refused.contains(&long));
    bob.browser().await.page(&files).await.expect(403);
    let json = bob.get(&files).await.expect(200).json();
    assert_eq!(json["files"][0]["alt"], "a cat", "all or nothing");
    let alts = json!({ ids[1].as_str(): "A dog" });
    let json = ada.send("PATCH", &files, &alts).await.expect(200).json();
    assert_eq!(json["files"][1]["alt"], "A dog");
    bob.send("PATCH", &files, &alts).await.expect(403);
}

//! Cards leave with their message, or when someone who may removes them.

use serde_json::json;

use super::{Web, all_jobs, previews};
use crate::harness::account::{Account, PASSWORD};
use crate::harness::browser::Browser;
use crate::harness::files::folder_contains;
use crate::harness::live::Event;
use crate::harness::message_actions::id;
use crate::harness::wait_for;

const PAGE: &str = "<title>qxzsecret title</title>";

async fn with_page() -> (Web, Account, Account) {
    let web = Web::start().await;
    web.site.set_page("/qxzpath", PAGE);
    let ada = Account::register(&web.server, "ada").await;
    let grace = Account::register(&web.server, "grace").await;
    (web, ada, grace)
}

#[tokio::test]
async fn the_author_removes_a_card_for_all_and_for_good() {
    let (web, ada, grace) = with_page().await;
    let message = grace.post("http://site.test/qxzpath").await;
    let at = (1, id(&message));
    previews(&grace, &message, 1).await;
    let mut live = ada.live(ada.rev().await).await;
    let changed = grace
        .request_message("DELETE", at, "/previews/0")
        .await
        .expect(200)
        .json();
    assert_eq!(changed["previews"], json!([]));
    assert!(changed["edited_at"].is_null());
    let replaced = live
        .find("the change", |event| match event {
            Event::Replaced(message) => Some(message.clone()),
            _ => None,
        })
        .await;
    assert!(!replaced.html.contains("qxzsecret"));
    assert_eq!(
        grace
            .request_message("DELETE", at, "/previews/0")
            .await
            .status,
        404
    );
    grace
        .edit(at, "still http://site.test/qxzpath")
        .await
        .expect(200);
    all_jobs(&web.server).await;
    previews(&grace, &message, 0).await;
}

#[tokio::test]
async fn only_the_author_and_moderators_remove_a_card() {
    let (web, ada, grace) = with_page().await;
    let eve = Account::register(&web.server, "eve").await;
    let message = grace.post("http://site.test/qxzpath").await;
    let at = (1, id(&message));
    previews(&grace, &message, 1).await;
    assert_eq!(
        eve.request_message("DELETE", at, "/previews/0")
            .await
            .status,
        403
    );
    for place in ["1", "-1", "x"] {
        let path = format!("/previews/{place}");
        assert_eq!(ada.request_message("DELETE", at, &path).await.status, 404);
    }
    let closed = grace.create_room("closed", "closed").await;
    let inner = grace.say(closed, "http://site.test/qxzpath").await;
    let outside = (closed, id(&inner));
    assert_eq!(
        ada.request_message("DELETE", outside, "/previews/0")
            .await
            .status,
        404
    );
    ada.request_message("DELETE", at, "/previews/0")
        .await
        .expect(200);
    previews(&grace, &message, 0).await;
}

#[tokio::test]
async fn a_form_without_scripts_removes_a_card() {
    let (web, _, grace) = with_page().await;
    let message = grace.post("http://site.test/qxzpath").await;
    previews(&grace, &message, 1).await;
    let browser = Browser::log_in(&web.server.origin(), "grace", PASSWORD).await;
    let page = browser.page("/rooms/1").await.text();
    let path = format!("/rooms/1/messages/{}/previews/0/deletion", id(&message));
    assert!(page.contains(&format!("action=\"{path}\"")));
    assert_eq!(browser.submit(&path, &[]).await.status, 303);
    previews(&grace, &message, 0).await;
}

#[tokio::test]
async fn a_deleted_message_erases_its_cards_and_addresses() {
    let (web, _, grace) = with_page().await;
    let message = grace.post("http://site.test/qxzpath").await;
    previews(&grace, &message, 1).await;
    let before = grace.rev().await;
    let deleted = grace.delete((1, id(&message))).await.expect(200).json();
    assert_eq!(deleted["previews"], json!([]));
    for text in [&b"qxzsecret"[..], b"qxzpath"] {
        wait_for("the text to leave the folder", async || {
            (!folder_contains(&web.server.data(), text)).then_some(())
        })
        .await;
    }
    grace.post("the end").await;
    let mut live = grace.live(before - 1).await;
    let mut seen = String::new();
    while !seen.contains("the end") {
        let event = live.find("an event", |event| Some(event.clone())).await;
        seen.push_str(&format!("{event:?}\n"));
    }
    assert!(!seen.contains("qxz"), "{seen}");
}

#[tokio::test]
async fn a_link_that_an_edit_removes_takes_its_card_out_of_memory_and_disk() {
    let (web, _, grace) = with_page().await;
    let message = grace.post("http://site.test/qxzpath").await;
    let before = grace.rev().await;
    previews(&grace, &message, 1).await;
    grace.edit((1, id(&message)), "nothing").await.expect(200);
    previews(&grace, &message, 0).await;
    wait_for("the title to leave the folder", async || {
        (!folder_contains(&web.server.data(), b"qxzsecret")).then_some(())
    })
    .await;
    grace.post("the end").await;
    let mut live = grace.live(before).await;
    let mut seen = String::new();
    while !seen.contains("the end") {
        let event = live.find("an event", |event| Some(event.clone())).await;
        seen.push_str(&format!("{event:?}\n"));
    }
    assert!(!seen.contains("qxz"), "{seen}");
}

//! Reports and blocks: from the menu of a message to the decision of a moderator, and folded messages.

use serde_json::json;

use crate::harness::account::Account;
use crate::harness::http::send;
use crate::harness::server::Server;
use crate::window::{Window, WindowOptions};

/// JavaScript expression for the message with an id.
fn message(id: i64) -> String {
    format!("document.getElementById('message-{id}')")
}

/// Whether the text of a message is visible.
fn is_shown(id: i64) -> String {
    format!(
        "{}.querySelector('.message__body').checkVisibility()",
        message(id)
    )
}

/// The line that stands for a folded message.
fn line(id: i64) -> String {
    format!(
        "getComputedStyle({}.querySelector('.message__time'), '::before').content",
        message(id)
    )
}

const FOLDED: &str = "\"Message from someone you blocked · \"";

async fn open_menu(window: &Window, id: i64) {
    let over = format!(
        "(message => ['pointermove', 'pointerover'].every(type => message.dispatchEvent(new PointerEvent(type, {{ bubbles: true }}))) && message.querySelector('.message__actions') !== null)({})",
        message(id)
    );
    window.wait("the toolbar of the message", &over).await;
    window
        .js("document.querySelector('.message__action[data-action=menu]').click() ?? true")
        .await;
    window.wait_for("#message-menu:popover-open").await;
}

#[tokio::test]
async fn a_reported_message_is_deleted_its_author_is_warned_and_the_reporter_is_told() {
    let server = Server::unlimited();
    let root = Account::register(&server, "root").await;
    let mo = Account::register(&server, "mo").await;
    let role = json!({"role": "moderator"});
    root.send("PATCH", "/people/mo/role", &role)
        .await
        .expect(204);
    let ada = Account::register(&server, "ada").await;
    let id = ada.post("buy my books").await["id"]
        .as_i64()
        .expect("an id");

    let options = WindowOptions::default;
    let moderator = Window::log_in(&server.origin(), &mo.name, options()).await;
    let author = Window::log_in(&server.origin(), "ada", options()).await;
    let reporter = Window::register(&server.origin(), "bob", options()).await;
    for window in [&moderator, &author, &reporter] {
        window.wait_for_connection("open").await;
    }
    assert_eq!(
        moderator
            .js("document.querySelector('#sidebar a[href=\"/moderation\"] .unread-badge')")
            .await,
        json!(null)
    );

    open_menu(&author, id).await;
    let report = "document.querySelector('#message-menu [data-action=report]').hidden";
    assert_eq!(author.js(report).await, true, "not one’s own message");
    open_menu(&reporter, id).await;
    reporter.click("#message-menu [data-action=report]").await;
    reporter.wait_for(".report-form").await;
    reporter.assert_fits().await;
    reporter.click("input[value=spam]").await;
    reporter.type_into("#details", "the third one").await;
    reporter.click(".report-form .button--primary").await;
    reporter.wait_for("p[role=status].empty-note").await;

    moderator
        .wait_for("#sidebar a[href='/moderation'] .unread-badge")
        .await;
    moderator.click("#sidebar a[href='/moderation']").await;
    moderator.wait_for("#report-1").await;
    moderator.assert_fits().await;
    moderator.click("#report-1 details summary").await;
    moderator
        .type_into("#note-1", "Please stay on topic.")
        .await;
    moderator
        .click("#report-1 details [name=delete_message]")
        .await;
    moderator.click("#report-1 [value=warn]").await;
    moderator
        .wait(
            "an empty queue",
            "document.querySelector('.report') === null && document.querySelector('.empty-note') !== null",
        )
        .await;

    author
        .wait_for(&format!("#message-{id}.message--deleted"))
        .await;
    author.wait_for("#sidebar a[href='/notices']").await;
    author.click("#sidebar a[href='/notices']").await;
    author
        .wait(
            "the warning",
            "document.querySelector('.report')?.innerText.includes('Please stay on topic.')",
        )
        .await;
    author.click(".report button").await;
    author
        .wait(
            "no notices",
            "document.querySelector('.empty-note') !== null && document.querySelector('#sidebar a[href=\"/notices\"]') === null",
        )
        .await;

    reporter.wait_for("#sidebar a[href='/notices']").await;
    reporter.click("#sidebar a[href='/notices']").await;
    reporter
        .wait(
            "the outcome",
            "document.querySelector('.report')?.innerText.includes('The message was removed')",
        )
        .await;
    for window in [moderator, author, reporter] {
        window.end().await;
    }
}

#[tokio::test]
async fn messages_of_a_blocked_person_fold_and_can_be_shown() {
    let server = Server::unlimited();
    let bob = Account::register(&server, "bob").await;
    let ada = Window::register(&server.origin(), "ada", WindowOptions::default()).await;
    let first = bob.post("one").await["id"].as_i64().expect("an id");
    let second = bob.post("two").await["id"].as_i64().expect("an id");
    ada.wait_for_message("two").await;
    ada.goto("/people/bob").await;
    ada.click(".profile__block summary").await;
    ada.click(".profile__block [value=true]").await;
    ada.wait_for(".profile__block [value=false]").await;
    ada.goto("/rooms/1").await;
    ada.wait_for_connection("open").await;
    for id in [first, second] {
        assert_eq!(ada.js(&is_shown(id)).await, false, "folded");
        assert_eq!(ada.js(&line(id)).await, FOLDED);
    }
    ada.assert_fits().await;
    let third = bob.post("three").await["id"].as_i64().expect("an id");
    ada.wait_for(&format!("#message-{third}")).await;
    assert_eq!(ada.js(&is_shown(third)).await, false, "also a new one");

    ada.click(&format!("#message-{second} .message__time"))
        .await;
    ada.wait("the message", &is_shown(second)).await;
    assert_eq!(ada.path().await, "/rooms/1", "the page stays");
    assert_eq!(ada.js(&is_shown(first)).await, false, "only this one");

    ada.goto("/people/bob").await;
    ada.click(".profile__block [value=false]").await;
    ada.wait_for(".profile__block summary").await;
    ada.goto("/rooms/1").await;
    ada.wait("the message", &is_shown(first)).await;
    ada.end().await;
}

#[tokio::test]
async fn without_scripts_the_page_of_a_folded_message_shows_it() {
    let server = Server::unlimited();
    let bob = Account::register(&server, "bob").await;
    let account = Account::register(&server, "ada").await;
    let id = bob.post("one").await["id"].as_i64().expect("an id");
    let answer = json!({"body": "an answer", "reply_to": id});
    let answer = account.send("POST", "/rooms/1/messages", &answer).await;
    let answer = answer.expect(201).json()["id"].as_i64().expect("an id");
    send(account.ask("PUT", "/people/bob/block"))
        .await
        .expect(204);
    let ada = Window::log_in(&server.origin(), "ada", WindowOptions::without_scripts()).await;
    assert_eq!(ada.js(&is_shown(id)).await, false);
    let quote = format!("document.querySelector('#quote-{answer} > span').checkVisibility()");
    assert_eq!(ada.js(&quote).await, false, "quotes are folded too");
    ada.click(&format!("#message-{id} .message__time")).await;
    ada.wait("the message", &is_shown(id)).await;
    ada.goto("/messages?q=one").await;
    let result = "document.querySelector('.result__text').checkVisibility()";
    assert_eq!(ada.js(result).await, false, "and search results");
    ada.end().await;
}

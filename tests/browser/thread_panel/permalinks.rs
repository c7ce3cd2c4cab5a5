//! Permalinks of messages and links to a day.

use serde_json::json;

use super::{is_highlighted, is_in_viewport, open_window, post};
use crate::harness::account::Account;
use crate::harness::server::Server;
use crate::rooms::{create_room, post_in};
use crate::window::{TEXTS, quoted};

#[tokio::test]
async fn a_permalink_highlights_an_old_message_and_loads_history_in_both_directions() {
    let server = Server::unlimited();
    let cleo = Account::register(&server, "cleo").await;
    Account::register(&server, "ada").await;
    let posted = cleo.post_many("number", 300).await;
    let ids: Vec<i64> = posted
        .iter()
        .map(|message| message["id"].as_i64().expect("an id is an integer"))
        .collect();
    let ada = open_window(&server, &Account::log_in(&server, "ada").await).await;
    let middle = ids[149];
    ada.goto(&format!("/rooms/1/messages/{middle}#message-{middle}"))
        .await;
    ada.wait("the message in the viewport", &is_in_viewport(middle))
        .await;
    ada.wait("the highlight", &is_highlighted(middle)).await;
    assert_eq!(
        ada.js(&is_highlighted(middle + 1)).await,
        false,
        "other messages have no highlight"
    );
    ada.wait_for_value(&format!("{TEXTS}.length"), json!(50))
        .await;

    // Older and newer messages load without a gap and without moving the viewport.
    for (step, edge) in [
        (1, ":first-of-type"),
        (2, ":last-of-type"),
        (3, ":last-of-type"),
    ] {
        let css = quoted(&format!("#messages article{edge}"));
        let id = ada
            .js(&format!("(m => (m.scrollIntoView({{block: 'center'}}), m.id))(document.querySelector({css}))"))
            .await;
        let top = format!("document.getElementById({id}).getBoundingClientRect().top");
        let top_before = ada.js(&top).await.as_f64().expect("a position is a number");
        ada.wait(
            "more messages",
            &format!("{TEXTS}.length >= {}", 50 * (step + 1)),
        )
        .await;
        ada.wait(
            "the end of loading",
            "!document.querySelector('[aria-busy=true]')",
        )
        .await;
        let top_after = ada.js(&top).await.as_f64().expect("a position is a number");
        assert!(
            (top_after - top_before).abs() < 60.0,
            "{id} moved from {top_before} to {top_after}"
        );
    }
    while ada.js("document.querySelector('.newer') !== null").await == true {
        ada.js("document.querySelector('.newer')?.scrollIntoView() ?? true")
            .await;
    }
    ada.wait_for_message("number 300").await;
    let texts = ada.texts().await;
    let first = 301 - texts.len();
    let expected: Vec<String> = (first..=300)
        .map(|number| format!("number {number}"))
        .collect();
    assert_eq!(texts, expected, "each message is shown once, in order");
    ada.click(".room-footer a").await;
    ada.wait_for_connection("open").await;

    // A recent message is shown on the live page of the room.
    let last = ids[298];
    ada.goto(&format!("/rooms/1/messages/{last}")).await;
    ada.wait_for_connection("open").await;
    ada.wait("the message in the viewport", &is_in_viewport(last))
        .await;
    ada.wait("the highlight", &is_highlighted(last)).await;
    let early = ids[255];
    ada.goto(&format!("/rooms/1/messages/{early}")).await;
    ada.wait_for_connection("open").await;
    ada.wait(
        "the message in the viewport, far from the bottom",
        &is_in_viewport(early),
    )
    .await;
    post(&cleo, "and one more").await;
    ada.wait_for_message("and one more").await;
    assert_eq!(
        ada.js(&is_in_viewport(early)).await,
        true,
        "the message stays in the viewport"
    );
    ada.end().await;
}

#[tokio::test]
async fn a_link_to_a_message_on_the_page_scrolls_without_a_page_load() {
    let server = Server::unlimited();
    let cleo = Account::register(&server, "cleo").await;
    Account::register(&server, "ada").await;
    let first = post(&cleo, "the very first").await;
    cleo.post_many("between", 30).await;
    let link = format!("see {}/rooms/1/messages/{first}", server.origin());
    let last = post(&cleo, &link).await;
    let reader = Account::log_in(&server, "ada").await;
    let read = serde_json::json!({});
    reader.send("PUT", "/rooms/1/read", &read).await.expect(200);
    let ada = open_window(&server, &Account::log_in(&server, "ada").await).await;
    ada.wait_for_connection("open").await;
    assert_eq!(ada.js(&is_in_viewport(first)).await, false);
    ada.js("(window.stays = true)").await;
    ada.click(&format!("#message-{last} .message__body a"))
        .await;
    ada.wait("the first message", &is_in_viewport(first)).await;
    ada.wait("the highlight", &is_highlighted(first)).await;
    ada.wait(
        "the highlight to disappear",
        &format!("!{}", is_highlighted(first)),
    )
    .await;
    assert_eq!(
        ada.js("window.stays").await,
        true,
        "the page was not reloaded"
    );
    ada.end().await;
}

#[tokio::test]
async fn outsiders_get_page_not_found_in_a_closed_room() {
    let server = Server::unlimited();
    let cleo = Account::register(&server, "cleo").await;
    Account::register(&server, "eve").await;
    let closed = create_room(&cleo, "board", "closed", &[]).await;
    let secret = post_in(&cleo, closed, "for few eyes").await;
    let mut eve = open_window(&server, &Account::log_in(&server, "eve").await).await;
    eve.expect_log("404");
    for rest in ["", "/thread", "/edits"] {
        eve.goto(&format!("/rooms/{closed}/messages/{secret}{rest}"))
            .await;
        eve.wait(
            "the not-found page",
            "document.body.innerText.includes('Page not found')",
        )
        .await;
    }
    for path in ["pins", "messages?on=2026-01-01"] {
        eve.goto(&format!("/rooms/{closed}/{path}")).await;
        eve.wait(
            "the not-found page",
            "document.body.innerText.includes('Page not found')",
        )
        .await;
    }
    eve.end().await;
}

#[tokio::test]
async fn the_room_menu_opens_the_first_message_of_a_day() {
    let server = Server::unlimited();
    let cleo = Account::register(&server, "cleo").await;
    Account::register(&server, "ada").await;
    let first = post(&cleo, "the very first").await;
    cleo.post_many("after it", 80).await;
    let ada = open_window(&server, &Account::log_in(&server, "ada").await).await;
    ada.wait_for_connection("open").await;
    ada.click(".room-menu summary").await;
    ada.js("(document.querySelector('#on').value = new Date().toISOString().slice(0, 10))")
        .await;
    ada.click(".to-day button").await;
    ada.wait("the first message of the day", &is_in_viewport(first))
        .await;
    ada.wait("the highlight", &is_highlighted(first)).await;
    ada.click(".room-menu summary").await;
    ada.js("(document.querySelector('#on').value = '2099-01-01')")
        .await;
    ada.click(".to-day button").await;
    ada.wait_for_value("location.pathname", json!("/rooms/1"))
        .await;
    ada.wait_for_connection("open").await;
    ada.end().await;
}

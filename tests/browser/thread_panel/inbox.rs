//! Pages of mentions, saved messages, pinned messages and edits.

use serde_json::{Value, json};

use super::{is_in_viewport, open_window, post};
use crate::harness::account::Account;
use crate::harness::server::Server;
use crate::rooms::{api_request, badge, log_in};
use crate::window::{WindowOptions, quoted};

/// JavaScript expression for the texts of the cards.
const CARDS: &str =
    "[...document.querySelectorAll('.message-cards .message__body')].map(e => e.innerText.trim())";

/// JavaScript expression for the first card button or link with a label.
fn card_action(label: &str) -> String {
    let label = quoted(label);
    format!(
        "[...document.querySelectorAll('.message-cards__actions :is(a, button)')].find(e => e.textContent === {label})"
    )
}

#[tokio::test]
async fn mentions_are_listed_as_unread_until_the_room_is_read() {
    let server = Server::unlimited();
    let cleo = Account::register(&server, "cleo").await;
    let ada = Account::register(&server, "ada").await;
    let window = open_window(&server, &ada).await;
    window.goto("/mentions").await;
    window.wait_for(".empty-note").await;
    window.wait_for_connection("open").await;
    post(&cleo, "@ada one").await;
    post(&cleo, "of no concern").await;
    let two = post(&cleo, "@ada two").await;
    window.wait_for_value(&badge("Mentions"), json!("2")).await;
    window.reload().await;
    window
        .wait_for_value(CARDS, json!(["@ada two", "@ada one"]))
        .await;
    let unread = "document.querySelectorAll('.message-cards__item--unread').length";
    window.wait_for_value(unread, json!(2)).await;
    window
        .js(&format!("{}.click()", card_action("Mark room as read")))
        .await;
    window.wait_for_value(unread, json!(0)).await;
    window
        .wait_for_value("location.pathname", json!("/mentions"))
        .await;
    window.wait_for_value(&badge("Mentions"), json!("")).await;
    window
        .js(&format!("{}.click()", card_action("Go to message")))
        .await;
    window.wait("the message", &is_in_viewport(two)).await;
    window.end().await;
}

#[tokio::test]
async fn saved_and_pinned_messages_are_listed_and_can_be_removed() {
    let server = Server::unlimited();
    let cleo = Account::register(&server, "cleo").await; // the admin
    let ada = Account::register(&server, "ada").await;
    let long = post(&cleo, &"a line\n".repeat(60)).await;
    let own = post(&ada, "own words").await;
    for message in [long, own] {
        let at = format!("/rooms/1/messages/{message}");
        api_request(&ada, "PUT", &format!("{at}/saved"), Value::Null).await;
        api_request(&cleo, "PUT", &format!("{at}/pin"), Value::Null).await;
    }
    let body = json!({"body": "own words, better"});
    api_request(&ada, "PATCH", &format!("/rooms/1/messages/{own}"), body).await;
    let window = log_in(&server, "ada", WindowOptions::phone(320, 568)).await;
    let others = log_in(&server, "cleo", WindowOptions::default()).await;
    window.goto("/saved").await;
    window.assert_fits().await;
    window
        .wait_for_value(&format!("{CARDS}[0]"), json!("own words, better"))
        .await;
    window
        .wait_for(".message-cards .message__body[data-truncated]")
        .await;
    window
        .js(&format!("{}.click()", card_action("Remove from saved")))
        .await;
    window
        .wait_for_value(&format!("{CARDS}.length"), json!(1))
        .await;
    window.goto(&format!("/rooms/1/messages/{own}/edits")).await;
    window.assert_fits().await;
    window
        .wait_for_value(
            "[...document.querySelectorAll('.version__text')].map(e => e.textContent)",
            json!(["own words", "own words, better"]),
        )
        .await;
    for path in ["/mentions", "/threads", "/rooms/1/pins"] {
        window.goto(path).await;
        window.assert_fits().await;
    }
    others.goto("/rooms/1").await;
    others.click(".room__pins").await;
    others
        .wait_for_value(&format!("{CARDS}.length"), json!(2))
        .await;
    others
        .js(&format!("{}.click()", card_action("Unpin")))
        .await;
    others
        .wait_for_value(&format!("{CARDS}.length"), json!(1))
        .await;
    others
        .wait_for_value("location.pathname", json!("/rooms/1/pins"))
        .await;
    window.end().await;
    others.end().await;
}

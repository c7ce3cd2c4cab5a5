//! What concerns a person, as pages: mentions, saved and pinned messages, edits.

use serde_json::{Value, json};

use super::{in_sight, post, screen_of};
use crate::harness::person::Person;
use crate::harness::server::Server;
use crate::places::{ask, badge, enter};
use crate::screen::{Look, quoted};

/// The texts of the cards.
const CARDS: &str =
    "[...document.querySelectorAll('.kept .message__body')].map(e => e.innerText.trim())";

/// A button or link of a card by its words.
fn way(words: &str) -> String {
    let words = quoted(words);
    format!(
        "[...document.querySelectorAll('.kept__deeds :is(a, button)')].find(e => e.textContent === {words})"
    )
}

#[tokio::test]
async fn who_is_named_finds_it_unread_and_then_read() {
    let server = Server::unlimited();
    let cleo = Person::register(&server, "cleo").await;
    let ada = Person::register(&server, "ada").await;
    let screen = screen_of(&server, &ada).await;
    screen.goto("/mentions").await;
    screen.there(".none").await;
    screen.connection("open").await;
    post(&cleo, "@ada one").await;
    post(&cleo, "of no concern").await;
    let two = post(&cleo, "@ada two").await;
    screen.becomes(&badge("Mentions"), json!("2")).await;
    screen.reload().await;
    screen.becomes(CARDS, json!(["@ada two", "@ada one"])).await;
    let unread = "document.querySelectorAll('.kept__item--unread').length";
    screen.becomes(unread, json!(2)).await;
    screen
        .js(&format!("{}.click()", way("Mark the room read")))
        .await;
    screen.becomes(unread, json!(0)).await;
    screen
        .becomes("location.pathname", json!("/mentions"))
        .await;
    screen.becomes(&badge("Mentions"), json!("")).await;
    screen
        .js(&format!("{}.click()", way("Show in the room")))
        .await;
    screen.wait("the message", &in_sight(two)).await;
    screen.end().await;
}

#[tokio::test]
async fn saved_and_pinned_messages_are_found_and_let_go() {
    let server = Server::unlimited();
    let cleo = Person::register(&server, "cleo").await; // the admin
    let ada = Person::register(&server, "ada").await;
    let long = post(&cleo, &"a line\n".repeat(60)).await;
    let own = post(&ada, "own words").await;
    for message in [long, own] {
        let at = format!("/rooms/1/messages/{message}");
        ask(&ada, "PUT", &format!("{at}/saved"), Value::Null).await;
        ask(&cleo, "PUT", &format!("{at}/pin"), Value::Null).await;
    }
    let body = json!({"body": "own words, better"});
    ask(&ada, "PATCH", &format!("/rooms/1/messages/{own}"), body).await;
    let screen = enter(&server, "ada", Look::phone(320, 568)).await;
    let others = enter(&server, "cleo", Look::default()).await;
    screen.goto("/saved").await;
    screen.fits().await;
    screen
        .becomes(&format!("{CARDS}[0]"), json!("own words, better"))
        .await;
    screen.there(".kept .message__body[data-clipped]").await;
    screen
        .js(&format!("{}.click()", way("Take from saved")))
        .await;
    screen.becomes(&format!("{CARDS}.length"), json!(1)).await;
    screen.goto(&format!("/rooms/1/messages/{own}/edits")).await;
    screen.fits().await;
    screen
        .becomes(
            "[...document.querySelectorAll('.version__text')].map(e => e.textContent)",
            json!(["own words", "own words, better"]),
        )
        .await;
    for path in ["/mentions", "/threads", "/rooms/1/pins"] {
        screen.goto(path).await;
        screen.fits().await;
    }
    others.goto("/rooms/1").await;
    others.click(".room__pins").await;
    others.becomes(&format!("{CARDS}.length"), json!(2)).await;
    others.js(&format!("{}.click()", way("Unpin"))).await;
    others.becomes(&format!("{CARDS}.length"), json!(1)).await;
    others
        .becomes("location.pathname", json!("/rooms/1/pins"))
        .await;
    screen.end().await;
    others.end().await;
}

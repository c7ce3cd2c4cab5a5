//! The same without scripts.

use serde_json::json;

use super::{ANSWERS, answer, answers, in_sight, marked, post};
use crate::harness::person::Person;
use crate::harness::server::Server;
use crate::places::enter;
use crate::screen::{Look, Screen};

async fn press(screen: &Screen, css: &str) {
    screen.there(css).await;
    let scroll = format!("document.querySelector(\"{css}\").scrollIntoView()");
    screen.js(&scroll).await;
    screen.click(css).await;
}

#[tokio::test]
async fn without_scripts_everything_is_done_at_the_address_of_a_message() {
    let server = Server::unlimited();
    let ada = Person::register(&server, "ada").await; // the admin, who may pin
    let own = post(&ada, "my own wrods").await;
    let screen = enter(&server, "ada", Look::without_scripts()).await;
    let here = format!("/rooms/1/messages/{own}");
    let text = format!("document.querySelector('#message-{own} .message__body').innerText.trim()");
    screen.goto("/rooms/1?paused=1").await;
    screen.click(&format!("#message-{own} .message__at")).await;
    screen.becomes("location.pathname", json!(here)).await;
    screen.wait("the mark", &marked(own)).await;
    screen.fits().await;

    screen
        .js("document.getElementById('edit').value = ''")
        .await;
    screen.type_into("#edit", "my own words").await;
    press(&screen, "form[action$='/messages/1']:has(#edit) button").await;
    screen.becomes(&text, json!("my own words")).await;
    screen.there(".message__edited").await;
    press(&screen, ".deeds button[value='🎉']").await;
    screen.there(&format!("#message-{own} .reaction")).await;
    press(&screen, ".deeds button[name=pinned]").await;
    screen
        .becomes(
            "document.querySelector('.deeds button[name=pinned]').textContent",
            json!("Unpin"),
        )
        .await;
    press(&screen, ".deeds button[name=saved]").await;
    screen
        .becomes(
            "document.querySelector('.deeds button[name=saved]').textContent",
            json!("Take from saved"),
        )
        .await;
    for path in ["/saved", "/rooms/1/pins"] {
        screen.goto(path).await;
        screen.there(".kept .message").await;
    }
    screen.goto(&here).await;
    screen.type_into("#reply", "an answer to it").await;
    press(&screen, "form:has(#reply) button").await;
    screen.hears("an answer to it").await;
    screen.becomes("location.pathname", json!("/rooms/1")).await;

    screen.goto(&here).await;
    press(&screen, ".deeds__sure summary").await;
    press(&screen, ".deeds__sure button").await;
    screen
        .becomes(&text, json!("This message was deleted."))
        .await;
    screen.end().await;
}

#[tokio::test]
async fn without_scripts_a_thread_is_a_page_that_is_answered_and_followed() {
    let server = Server::unlimited();
    let cleo = Person::register(&server, "cleo").await;
    let ada = Person::register(&server, "ada").await;
    let root = post(&cleo, "shall we?").await;
    answer(&cleo, root, "yes").await;
    cleo.post_many("old", 60).await;
    let screen = enter(&server, "ada", Look::without_scripts()).await;
    screen
        .goto(&format!("/rooms/1/messages/{root}#message-{root}"))
        .await;
    screen.wait("it in sight", &in_sight(root)).await;
    press(&screen, &format!("#message-{root} .message__thread")).await;
    answers(&screen, &["yes"]).await;
    screen.type_into("#answer", "without scripts").await;
    screen.click(".thread__composer button").await;
    answers(&screen, &["yes", "without scripts"]).await;
    let button = "document.querySelector('.thread__follow button').textContent";
    screen.becomes(button, json!("Unfollow")).await;
    screen.click(".thread__follow button").await;
    screen.becomes(button, json!("Follow")).await;
    answers(&screen, &["yes", "without scripts"]).await;
    screen.click(".thread__close").await;
    screen.becomes("location.pathname", json!("/rooms/1")).await;
    screen.becomes(&format!("{ANSWERS}.length"), json!(0)).await;
    // The way of an answer leads to its thread.
    let own = answer(&ada, root, "by number").await;
    screen.goto(&format!("/rooms/1/messages/{own}")).await;
    screen
        .becomes(&format!("{ANSWERS}.at(-1)"), json!("by number"))
        .await;
    screen.wait("the mark", &marked(own)).await;
    screen.end().await;
}

//! Threads and permalinks without scripts.

use serde_json::json;

use super::{ANSWERS, answer, answers, in_sight, marked, post};
use crate::harness::account::Account;
use crate::harness::server::Server;
use crate::rooms::enter;
use crate::window::{Window, WindowOptions};

async fn press(window: &Window, css: &str) {
    window.wait_for(css).await;
    let scroll = format!("document.querySelector(\"{css}\").scrollIntoView()");
    window.js(&scroll).await;
    window.click(css).await;
}

#[tokio::test]
async fn without_scripts_everything_is_done_at_the_address_of_a_message() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await; // the admin, who may pin
    let own = post(&ada, "my own wrods").await;
    let window = enter(&server, "ada", WindowOptions::without_scripts()).await;
    let here = format!("/rooms/1/messages/{own}");
    let text = format!("document.querySelector('#message-{own} .message__body').innerText.trim()");
    window.goto("/rooms/1?paused=1").await;
    window
        .click(&format!("#message-{own} .message__time"))
        .await;
    window
        .wait_for_value("location.pathname", json!(here))
        .await;
    window.wait("the mark", &marked(own)).await;
    window.assert_fits().await;

    window
        .js("document.getElementById('edit').value = ''")
        .await;
    window.type_into("#edit", "my own words").await;
    press(&window, "form[action$='/messages/1']:has(#edit) button").await;
    window.wait_for_value(&text, json!("my own words")).await;
    window.wait_for(".message__edited").await;
    press(&window, ".message-actions-noscript button[value='🎉']").await;
    window.wait_for(&format!("#message-{own} .reaction")).await;
    press(&window, ".message-actions-noscript button[name=pinned]").await;
    window
        .wait_for_value(
            "document.querySelector('.message-actions-noscript button[name=pinned]').textContent",
            json!("Unpin"),
        )
        .await;
    press(&window, ".message-actions-noscript button[name=saved]").await;
    window
        .wait_for_value(
            "document.querySelector('.message-actions-noscript button[name=saved]').textContent",
            json!("Take from saved"),
        )
        .await;
    for path in ["/saved", "/rooms/1/pins"] {
        window.goto(path).await;
        window.wait_for(".message-cards .message").await;
    }
    window.goto(&here).await;
    window.type_into("#reply", "an answer to it").await;
    press(&window, "form:has(#reply) button").await;
    window.wait_for_message("an answer to it").await;
    window
        .wait_for_value("location.pathname", json!("/rooms/1"))
        .await;

    window.goto(&here).await;
    press(&window, ".message-actions-noscript__confirm summary").await;
    press(&window, ".message-actions-noscript__confirm button").await;
    window
        .wait_for_value(&text, json!("This message was deleted."))
        .await;
    window.end().await;
}

#[tokio::test]
async fn without_scripts_a_thread_is_a_page_that_is_answered_and_followed() {
    let server = Server::unlimited();
    let cleo = Account::register(&server, "cleo").await;
    let ada = Account::register(&server, "ada").await;
    let root = post(&cleo, "shall we?").await;
    answer(&cleo, root, "yes").await;
    cleo.post_many("old", 60).await;
    let window = enter(&server, "ada", WindowOptions::without_scripts()).await;
    window
        .goto(&format!("/rooms/1/messages/{root}#message-{root}"))
        .await;
    window.wait("it in sight", &in_sight(root)).await;
    press(&window, &format!("#message-{root} .message__thread")).await;
    answers(&window, &["yes"]).await;
    window.type_into("#thread-reply", "without scripts").await;
    window.click(".thread__composer button").await;
    answers(&window, &["yes", "without scripts"]).await;
    let button = "document.querySelector('.thread__follow button').textContent";
    window.wait_for_value(button, json!("Unfollow")).await;
    window.click(".thread__follow button").await;
    window.wait_for_value(button, json!("Follow")).await;
    answers(&window, &["yes", "without scripts"]).await;
    window.click(".thread__close").await;
    window
        .wait_for_value("location.pathname", json!("/rooms/1"))
        .await;
    window
        .wait_for_value(&format!("{ANSWERS}.length"), json!(0))
        .await;
    // The way of an answer leads to its thread.
    let own = answer(&ada, root, "by number").await;
    window.goto(&format!("/rooms/1/messages/{own}")).await;
    window
        .wait_for_value(&format!("{ANSWERS}.at(-1)"), json!("by number"))
        .await;
    window.wait("the mark", &marked(own)).await;
    window.end().await;
}

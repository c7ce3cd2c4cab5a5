//! Threads and permalinks without scripts.

use serde_json::json;

use super::{REPLIES, is_highlighted, is_in_viewport, post, post_reply, wait_for_replies};
use crate::harness::account::Account;
use crate::harness::server::Server;
use crate::rooms::log_in;
use crate::window::{Window, WindowOptions};

/// Scrolls to an element and clicks it.
async fn scroll_and_click(window: &Window, css: &str) {
    window.wait_for(css).await;
    let scroll = format!("document.querySelector(\"{css}\").scrollIntoView()");
    window.js(&scroll).await;
    window.click(css).await;
}

#[tokio::test]
async fn without_scripts_the_permalink_page_offers_every_message_action() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await; // the admin, who may pin
    let own = post(&ada, "my own wrods").await;
    let window = log_in(&server, "ada", WindowOptions::without_scripts()).await;
    let permalink = format!("/rooms/1/messages/{own}");
    let text = format!("document.querySelector('#message-{own} .message__body').innerText.trim()");
    window.goto("/rooms/1").await;
    window
        .click(&format!("#message-{own} .message__time"))
        .await;
    window
        .wait_for_value("location.pathname", json!(permalink))
        .await;
    window.wait("the highlight", &is_highlighted(own)).await;
    window.assert_fits().await;

    window
        .js("document.getElementById('edit').value = ''")
        .await;
    window.type_into("#edit", "my own words").await;
    scroll_and_click(&window, "form[action$='/messages/1']:has(#edit) button").await;
    window.wait_for_value(&text, json!("my own words")).await;
    window.wait_for(".message__edited").await;
    scroll_and_click(&window, ".message-actions-noscript button[value='🎉']").await;
    window.wait_for(&format!("#message-{own} .reaction")).await;
    scroll_and_click(&window, ".message-actions-noscript button[name=pinned]").await;
    window
        .wait_for_value(
            "document.querySelector('.message-actions-noscript button[name=pinned]').textContent",
            json!("Unpin"),
        )
        .await;
    scroll_and_click(&window, ".message-actions-noscript button[name=saved]").await;
    window
        .wait_for_value(
            "document.querySelector('.message-actions-noscript button[name=saved]').textContent",
            json!("Remove from saved"),
        )
        .await;
    for path in ["/saved", "/rooms/1/pins"] {
        window.goto(path).await;
        window.wait_for(".message-cards .message").await;
    }
    window.goto(&permalink).await;
    window.type_into("#reply", "an answer to it").await;
    scroll_and_click(&window, "form:has(#reply) button").await;
    window.wait_for_message("an answer to it").await;
    window
        .wait_for_value("location.pathname", json!("/rooms/1"))
        .await;

    window.goto(&permalink).await;
    scroll_and_click(&window, ".message-actions-noscript__confirm summary").await;
    scroll_and_click(&window, ".message-actions-noscript__confirm button").await;
    window
        .wait_for_value(&text, json!("This message was deleted."))
        .await;
    window.end().await;
}

#[tokio::test]
async fn without_scripts_a_thread_is_a_page_with_replies_and_a_follow_button() {
    let server = Server::unlimited();
    let cleo = Account::register(&server, "cleo").await;
    let ada = Account::register(&server, "ada").await;
    let root = post(&cleo, "shall we?").await;
    post_reply(&cleo, root, "yes").await;
    cleo.post_many("old", 60).await;
    let window = log_in(&server, "ada", WindowOptions::without_scripts()).await;
    window
        .goto(&format!("/rooms/1/messages/{root}#message-{root}"))
        .await;
    window
        .wait("the message in the viewport", &is_in_viewport(root))
        .await;
    scroll_and_click(&window, &format!("#message-{root} .message__thread")).await;
    wait_for_replies(&window, &["yes"]).await;
    window.type_into("#thread-reply", "without scripts").await;
    window.click(".thread__composer button").await;
    wait_for_replies(&window, &["yes", "without scripts"]).await;
    let button = "document.querySelector('.thread__follow button').textContent";
    window.wait_for_value(button, json!("Unfollow")).await;
    window.click(".thread__follow button").await;
    window.wait_for_value(button, json!("Follow")).await;
    wait_for_replies(&window, &["yes", "without scripts"]).await;
    window.click(".thread__close").await;
    window
        .wait_for_value("location.pathname", json!("/rooms/1"))
        .await;
    window
        .wait_for_value(&format!("{REPLIES}.length"), json!(0))
        .await;
    // The permalink of a reply opens its thread.
    let own = post_reply(&ada, root, "by number").await;
    window.goto(&format!("/rooms/1/messages/{own}")).await;
    window
        .wait_for_value(&format!("{REPLIES}.at(-1)"), json!("by number"))
        .await;
    window.wait("the highlight", &is_highlighted(own)).await;
    window.end().await;
}

//! Loading of history by scrolling, and new messages meanwhile.

use serde_json::json;

use crate::harness::account::Account;
use crate::harness::server::Server;
use crate::window::{TEXTS, Window, WindowOptions};

/// JavaScript expression for the scroll container of the messages.
const SCROLLER: &str = "(() => { let e = document.getElementById('messages'); while (e && !(e.scrollHeight > e.clientHeight + 5 && /auto|scroll/.test(getComputedStyle(e).overflowY))) e = e.parentElement; return e ?? document.scrollingElement })()";

#[tokio::test]
async fn scrolling_up_loads_two_hundred_messages_without_moving_the_viewport() {
    let server = Server::unlimited();
    let bob = Account::register(&server, "bob").await;
    bob.post_many("number", 200).await;
    let ada = Window::register(&server.origin(), "ada", WindowOptions::default()).await;
    ada.wait_for_connection("open").await;
    ada.wait_for_value(&format!("{TEXTS}.length"), json!(50))
        .await;
    wait_for_bottom(&ada).await;
    for loaded in [100, 150, 200] {
        let oldest = ada.texts().await[0].clone();
        // Scrolls the oldest message into the viewport like a user. It must not move when older ones load above it.
        let id = ada.js("(() => { const m = document.querySelector('#messages .message'); m.scrollIntoView({block: 'center'}); return m.id })()").await;
        let top = format!("document.getElementById({id}).getBoundingClientRect().top");
        let top_before = ada.js(&top).await.as_f64().expect("a position is a number");
        ada.wait("older messages", &format!("{TEXTS}.length >= {loaded}"))
            .await;
        ada.wait(
            "the end of loading",
            "!document.querySelector('[aria-busy=true]')",
        )
        .await;
        let top_after = ada.js(&top).await.as_f64().expect("a position is a number");
        assert!(
            (top_after - top_before).abs() < 60.0,
            "{oldest} moved from {top_before} to {top_after}"
        );
    }
    let expected: Vec<String> = (1..=200).map(|number| format!("number {number}")).collect();
    assert_eq!(ada.texts().await, expected);
    ada.wait(
        "no link to older messages",
        "document.querySelector('.older a') === null",
    )
    .await;
    ada.end().await;
}

#[tokio::test]
async fn new_messages_do_not_move_the_viewport_of_a_user_who_scrolled_up() {
    let server = Server::unlimited();
    let bob = Account::register(&server, "bob").await;
    bob.post_many("number", 50).await;
    let ada = Window::register(&server.origin(), "ada", WindowOptions::default()).await;
    ada.wait_for_connection("open").await;
    wait_for_bottom(&ada).await;
    bob.post("sticks to the bottom").await;
    ada.wait_for_message("sticks to the bottom").await;
    wait_for_bottom(&ada).await;

    // The page reacts to the scroll event, which fires one frame later.
    let scrolled = "return new Promise((done) => { document.getElementById('timeline').addEventListener('scroll', () => done(true), { once: true }); document.querySelectorAll('#messages .message')[20].scrollIntoView({block: 'center'}) })";
    ada.run(scrolled).await;
    let top = "document.querySelectorAll('#messages .message')[20].getBoundingClientRect().top";
    let top_before = ada.js(top).await.as_f64().expect("a position is a number");
    bob.post_many("news", 3).await;
    ada.wait_for_message("news 3").await;
    let button = "[...document.querySelectorAll('button')].find(b => b.offsetParent !== null && /new message/i.test(b.innerText))";
    ada.wait(
        "the button with the number of new messages",
        &format!("{button}?.innerText.includes('3')"),
    )
    .await;
    let top_after = ada.js(top).await.as_f64().expect("a position is a number");
    assert!(
        (top_after - top_before).abs() < 3.0,
        "the page moved from {top_before} to {top_after}"
    );
    ada.js(&format!("{button}.click()")).await;
    wait_for_bottom(&ada).await;
    ada.wait("the button to disappear", &format!("!({button})"))
        .await;

    ada.js("(() => { document.querySelectorAll('#messages .message')[20].scrollIntoView({block: 'center'}); return true })()").await;
    ada.send_message("sending goes to the bottom").await;
    ada.wait_for_message("sending goes to the bottom").await;
    wait_for_bottom(&ada).await;
    ada.end().await;
}

#[tokio::test]
async fn the_page_removes_the_oldest_of_many_new_messages() {
    let server = Server::unlimited();
    let bob = Account::register(&server, "bob").await;
    let ada = Window::register(&server.origin(), "ada", WindowOptions::default()).await;
    ada.wait_for_connection("open").await;
    bob.post_many("number", 520).await;
    ada.wait_for_message("number 520").await;
    let count = ada
        .js(&format!("{TEXTS}.length"))
        .await
        .as_u64()
        .expect("the count is an integer");
    assert!(count <= 450, "{count} messages in the page");
    ada.wait_for(".older a").await;
    wait_for_bottom(&ada).await;
    let texts = ada.texts().await;
    let expected: Vec<String> = (521 - texts.len()..=520)
        .map(|number| format!("number {number}"))
        .collect();
    assert_eq!(texts, expected, "the newest messages without a gap");
    ada.end().await;
}

/// Waits until the newest message is in the viewport.
async fn wait_for_bottom(window: &Window) {
    let visible = format!(
        "(() => {{ const all = document.querySelectorAll('#messages .message'); const m = all[all.length - 1].getBoundingClientRect(), s = {SCROLLER}.getBoundingClientRect(); return m.bottom <= Math.min(s.bottom, innerHeight) + 2 && m.bottom > s.top }})()"
    );
    window
        .wait("the newest message in the viewport", &visible)
        .await;
}

//! The thread panel beside a room, permalinks, and the lists of mentions, saved and pinned messages.

mod inbox;
mod permalinks;
mod without_scripts;

use serde_json::{Value, json};

use crate::harness::account::Account;
use crate::harness::http::send;
use crate::harness::proxy::Proxy;
use crate::harness::server::Server;
use crate::rooms::{api_request, badge, log_in};
use crate::window::{ENTER, ESCAPE, TEXTS, Window, WindowOptions, quoted};

/// JavaScript expression for the texts of all replies in the thread panel.
const REPLIES: &str = "[...document.querySelectorAll('.thread__replies .message__body')].map(e => e.innerText.trim())";
/// JavaScript expression for the id or the class of the focused element.
const FOCUS: &str = "document.activeElement.id || document.activeElement.className";

/// Posts a reply in a thread with an API request and returns its id.
async fn post_reply(account: &Account, root: i64, text: &str) -> i64 {
    let path = format!("/rooms/1/messages/{root}/thread");
    let reply = api_request(account, "POST", &path, json!({"body": text})).await;
    reply["id"].as_i64().expect("a reply has an integer id")
}

/// Posts in the first room and returns the id of the message.
async fn post(account: &Account, text: &str) -> i64 {
    account.post(text).await["id"]
        .as_i64()
        .expect("a message has an integer id")
}

/// JavaScript expression for the thread summary of a message, without the time.
fn thread_summary(root: i64) -> String {
    format!(
        "document.querySelector('#message-{root} .message__thread')?.textContent.replace(/ \\S*\\d.?\\d\\d.*$/, '')"
    )
}

/// Types a reply in the thread panel and presses Enter.
async fn type_reply(window: &Window, text: &str) {
    window
        .type_into("#thread-reply", &format!("{text}{ENTER}"))
        .await;
}

/// Waits until the thread panel shows exactly these replies.
async fn wait_for_replies(window: &Window, texts: &[&str]) {
    window.wait_for_value(REPLIES, json!(texts)).await;
}

#[tokio::test]
async fn replies_in_the_thread_panel_appear_in_both_windows() {
    let server = Server::unlimited();
    let cleo = Account::register(&server, "cleo").await;
    let root = post(&cleo, "shall we?").await;
    post_reply(&cleo, root, "who is in?").await;
    let ada = Window::register(&server.origin(), "ada", WindowOptions::default()).await;
    let bob = Window::register(&server.origin(), "bob", WindowOptions::default()).await;
    ada.wait_for_messages(&["shall we?"]).await;
    ada.wait_for_value(&thread_summary(root), json!("1 reply · Last reply by cleo"))
        .await;
    for window in [&ada, &bob] {
        window
            .click(&format!("#message-{root} .message__thread"))
            .await;
        wait_for_replies(window, &["who is in?"]).await;
        window.wait_for_value(FOCUS, json!("thread-reply")).await;
        window.wait_for_connection("open").await;
    }
    let address = format!("/rooms/1/messages/{root}/thread");
    assert_eq!(ada.path().await, address);
    type_reply(&ada, "I am").await;
    type_reply(&ada, "with a cake").await;
    let all = ["who is in?", "I am", "with a cake"];
    wait_for_replies(&ada, &all).await;
    wait_for_replies(&bob, &all).await;
    for window in [&ada, &bob] {
        window
            .wait_for_value(
                &thread_summary(root),
                json!("3 replies · Last reply by ada"),
            )
            .await;
        window.wait_for_messages(&["shall we?"]).await;
        let state = "[document.getElementById('jump-to-latest').hidden, document.querySelector('.unread-divider') === null, document.getElementById('thread-reply').value]";
        assert_eq!(
            window.js(state).await,
            json!([true, true, ""]),
            "a reply does not count as a message of the room"
        );
    }
    let button = "document.querySelector('.thread__follow button').textContent";
    ada.wait_for_value(button, json!("Unfollow")).await;
    bob.wait_for_value(button, json!("Follow")).await;

    // An edit of the message appears in the thread panel too.
    let path = format!("/rooms/1/messages/{root}");
    api_request(&cleo, "PATCH", &path, json!({"body": "shall we, then?"})).await;
    ada.wait_for_value(
        &format!("document.querySelector('#root-{root} .message__body').innerText.trim()"),
        json!("shall we, then?"),
    )
    .await;
    ada.reload().await;
    wait_for_replies(&ada, &all).await;
    ada.wait_for_messages(&["shall we, then?"]).await;
    ada.wait_for_connection("open").await;
    post_reply(&cleo, root, "after the reload").await;
    ada.wait(
        "the reply",
        &format!("{REPLIES}.at(-1) === 'after the reload'"),
    )
    .await;
    ada.end().await;
    bob.end().await;
}

#[tokio::test]
async fn the_keyboard_and_the_browser_history_open_and_close_a_thread() {
    let server = Server::unlimited();
    let cleo = Account::register(&server, "cleo").await;
    let root = post(&cleo, "shall we?").await;
    let other = post(&cleo, "or not?").await;
    post_reply(&cleo, root, "yes").await;
    post_reply(&cleo, other, "no").await;
    let ada = Window::register(&server.origin(), "ada", WindowOptions::default()).await;
    ada.wait_for_connection("open").await;
    let link = format!("document.querySelector('#message-{root} .message__thread')");
    let closed = "document.querySelector('.thread') === null";
    ada.js(&format!("{link}.focus()")).await;
    ada.press(&[ENTER]).await;
    wait_for_replies(&ada, &["yes"]).await;
    ada.wait_for_value(FOCUS, json!("thread-reply")).await;
    ada.press(&['o', 'k']).await;
    ada.press(&[ESCAPE]).await;
    ada.wait("the thread to close", closed).await;
    ada.wait(
        "the focus on the link to the thread",
        &format!("document.activeElement === {link}"),
    )
    .await;
    ada.wait_for_value("location.pathname", json!("/rooms/1"))
        .await;

    ada.press(&[ENTER]).await;
    wait_for_replies(&ada, &["yes"]).await;
    assert_eq!(
        ada.js("document.getElementById('thread-reply').value")
            .await,
        "ok",
        "the draft is restored"
    );
    // Another thread replaces the open one. Back closes both.
    ada.js(&format!(
        "document.querySelector('#message-{other} .message__thread').click() ?? true"
    ))
    .await;
    wait_for_replies(&ada, &["no"]).await;
    ada.reload().await;
    wait_for_replies(&ada, &["no"]).await;
    ada.js("history.back() ?? true").await;
    ada.wait("the room without a thread", closed).await;
    ada.wait_for_value("location.pathname", json!("/rooms/1"))
        .await;
    ada.js("history.forward() ?? true").await;
    wait_for_replies(&ada, &["no"]).await;
    ada.click(".thread__close").await;
    ada.wait("the room without a thread", closed).await;
    ada.wait_for_messages(&["shall we?", "or not?"]).await;
    // Esc in the timeline marks the room as read and leaves the thread open.
    ada.click(&format!("#message-{root} .message__thread"))
        .await;
    wait_for_replies(&ada, &["yes"]).await;
    ada.js("document.getElementById('timeline').focus() ?? true")
        .await;
    ada.press(&[ESCAPE]).await;
    wait_for_replies(&ada, &["yes"]).await;
    ada.end().await;
}

#[tokio::test]
async fn on_a_narrow_screen_a_thread_covers_the_room() {
    let server = Server::unlimited();
    let cleo = Account::register(&server, "cleo").await;
    let root = post(&cleo, "shall we?").await;
    post_reply(&cleo, root, &"unbreakable".repeat(40)).await;
    let ada = Window::register(&server.origin(), "ada", WindowOptions::phone(320, 568)).await;
    ada.wait_for_connection("open").await;
    ada.assert_fits().await;
    ada.click(&format!("#message-{root} .message__thread"))
        .await;
    ada.wait_for(".thread__replies .message").await;
    ada.assert_fits().await;
    let covers = "(r => r.left <= 0 && r.right >= innerWidth && r.top <= 0 && r.bottom >= innerHeight)(document.getElementById('thread-panel').getBoundingClientRect())";
    ada.wait("a panel as large as the viewport", covers).await;
    assert_eq!(
        ada.js("getComputedStyle(document.querySelector('#composer textarea')).visibility")
            .await,
        "hidden",
        "elements below the panel take no focus"
    );
    // A message that arrives below the panel is read when the panel closes.
    ada.wait_for_value(&badge("Lobby"), json!("")).await;
    let unread = post(&cleo, "not seen yet").await;
    ada.wait(
        "the new message",
        &format!("document.getElementById('message-{unread}') !== null"),
    )
    .await;
    ada.press(&[ESCAPE]).await;
    ada.wait(
        "the thread to close",
        "document.querySelector('.thread') === null",
    )
    .await;
    ada.wait_for_value(
        "document.getElementById('messages').dataset.read",
        json!(unread.to_string()),
    )
    .await;
    ada.end().await;
}

#[tokio::test]
async fn a_follower_on_another_page_sees_unread_replies_until_reading_or_unfollowing() {
    let server = Server::unlimited();
    let cleo = Account::register(&server, "cleo").await;
    let bob = Window::register(&server.origin(), "bob", WindowOptions::default()).await;
    bob.wait_for_connection("open").await;
    bob.send_message("shall we?").await;
    bob.wait_until_sent().await;
    let root = bob
        .js("Number(document.querySelector('#messages .message').id.slice(8))")
        .await
        .as_i64()
        .expect("an id is an integer");
    bob.goto("/people").await;
    bob.wait_for_connection("open").await;
    post_reply(&cleo, root, "yes").await;
    bob.wait_for_value(&badge("Threads"), json!("1")).await;
    post_reply(&cleo, root, "at noon").await;
    bob.wait_for_value(&badge("Threads"), json!("2")).await;
    bob.click("#sidebar a[href='/threads']").await;
    bob.wait_for_value(
        "document.querySelector('.message-cards__new')?.textContent",
        json!("2 new"),
    )
    .await;
    bob.click(".message-cards__actions a").await;
    wait_for_replies(&bob, &["yes", "at noon"]).await;
    bob.wait_for_value(&badge("Threads"), json!("")).await;
    // A reply in the viewport is read as soon as it arrives.
    bob.wait_for_connection("open").await;
    post_reply(&cleo, root, "or later").await;
    wait_for_replies(&bob, &["yes", "at noon", "or later"]).await;
    bob.wait("the newest reply to be read", "document.querySelector('.thread').dataset.read === document.querySelector('.thread__replies .message:last-child').id.slice(8)").await;
    bob.wait_for_value(&badge("Threads"), json!("")).await;

    bob.click(".thread__follow button").await;
    let button = "document.querySelector('.thread__follow button').textContent";
    bob.wait_for_value(button, json!("Follow")).await;
    bob.goto("/people").await;
    bob.wait_for_connection("open").await;
    post_reply(&cleo, root, "nobody listens").await;
    post(&cleo, "@bob but this").await;
    bob.wait_for_value(&badge("Mentions"), json!("1")).await;
    bob.wait_for_value(&badge("Threads"), json!("")).await;
    bob.end().await;
}

#[tokio::test]
async fn a_reply_that_cannot_be_sent_stays_in_its_text_box() {
    let server = Server::unlimited();
    let proxy = Proxy::before(server.address()).await;
    let cleo = Account::register(&server, "cleo").await;
    let root = post(&cleo, "shall we?").await;
    post_reply(&cleo, root, "yes").await;
    let mut ada = Window::register(&proxy.origin(), "ada", WindowOptions::default()).await;
    ada.wait_for_connection("open").await;
    ada.click(&format!("#message-{root} .message__thread"))
        .await;
    wait_for_replies(&ada, &["yes"]).await;
    ada.expect_outage();
    proxy.refuse_everything(true);
    proxy.cut();
    type_reply(&ada, "can you hear me?").await;
    ada.wait_for(".thread__notices [role=alert]").await;
    let text = "document.getElementById('thread-reply').value";
    assert_eq!(ada.js(text).await, "can you hear me?");
    proxy.refuse_everything(false);
    ada.wait_for_connection("open").await;
    // Two submissions at once, as after a double click.
    ada.js(
        "[1, 2].forEach(() => document.querySelector('.thread__composer').requestSubmit()) ?? true",
    )
    .await;
    wait_for_replies(&ada, &["yes", "can you hear me?"]).await;
    ada.wait_for_value(text, json!("")).await;
    ada.wait_for_value(
        "document.querySelectorAll('.thread__notices > *').length",
        json!(0),
    )
    .await;
    let thread = format!("/rooms/1/messages/{root}/thread");
    let stored = api_request(&cleo, "GET", &thread, Value::Null).await;
    assert_eq!(
        stored["messages"]
            .as_array()
            .expect("messages are an array")
            .len(),
        2
    );
    // A reply that was posted during an outage appears after the reconnect.
    proxy.refuse_everything(true);
    proxy.cut();
    post_reply(&cleo, root, "while you were away").await;
    proxy.refuse_everything(false);
    wait_for_replies(&ada, &["yes", "can you hear me?", "while you were away"]).await;
    ada.end().await;
}

#[tokio::test]
async fn a_long_thread_opens_at_the_newest_reply_and_loads_older_ones_above() {
    let server = Server::unlimited();
    let cleo = Account::register(&server, "cleo").await;
    let root = post(&cleo, "count with me").await;
    for number in 1..=130 {
        post_reply(&cleo, root, &format!("reply {number}")).await;
    }
    let ada = Window::register(&server.origin(), "ada", WindowOptions::default()).await;
    ada.goto(&format!("/rooms/1/messages/{root}/thread")).await;
    ada.wait_for_connection("open").await;
    ada.wait_for_value(&format!("{REPLIES}.length"), json!(100))
        .await;
    let at_bottom = "document.querySelector('.thread__scroll').scrollTop === 0";
    ada.wait("the bottom of the thread", at_bottom).await;
    ada.js("document.querySelector('.thread .older').scrollIntoView() ?? true")
        .await;
    ada.click(".thread .older a").await;
    let expected: Vec<String> = (1..=130).map(|number| format!("reply {number}")).collect();
    ada.wait_for_value(REPLIES, json!(expected)).await;
    ada.wait(
        "no link to older replies",
        "document.querySelector('.thread .older') === null",
    )
    .await;
    // A new reply does not move the viewport of a user who scrolled up.
    let top =
        "document.querySelectorAll('.thread__replies .message')[20].getBoundingClientRect().top";
    ada.js("document.querySelectorAll('.thread__replies .message')[20].scrollIntoView() ?? true")
        .await;
    let top_before = ada.js(top).await.as_f64().expect("a position is a number");
    post_reply(&cleo, root, "reply 131").await;
    ada.wait("the reply", &format!("{REPLIES}.length === 131"))
        .await;
    let top_after = ada.js(top).await.as_f64().expect("a position is a number");
    assert!(
        (top_after - top_before).abs() < 3.0,
        "moved from {top_before} to {top_after}"
    );
    ada.end().await;
}

#[tokio::test]
async fn a_window_that_missed_too_many_changes_loads_only_the_newest_page() {
    let server = Server::unlimited();
    let proxy = Proxy::before(server.address()).await;
    let cleo = Account::register(&server, "cleo").await;
    let root = post(&cleo, "before").await;
    post_reply(&cleo, root, "first").await;
    cleo.post_many("old", 60).await;
    let mut ada = Window::register(&proxy.origin(), "ada", WindowOptions::default()).await;
    ada.wait_for_connection("open").await;
    ada.goto(&format!("/rooms/1/messages/{root}/thread")).await;
    ada.wait_for_connection("open").await;
    wait_for_replies(&ada, &["first"]).await;
    ada.expect_outage();
    proxy.refuse_everything(true);
    proxy.cut();
    cleo.post_many("missed", 30).await;
    post_reply(&cleo, root, "second").await;
    toggle_reactions(&cleo, root, 2000).await;
    proxy.refuse_everything(false);
    ada.wait_for_message("missed 30").await;
    let expected: Vec<String> = (41..=60)
        .map(|number| format!("old {number}"))
        .chain((1..=30).map(|number| format!("missed {number}")))
        .collect();
    ada.wait_for_value(TEXTS, json!(expected)).await;
    wait_for_replies(&ada, &["first", "second"]).await;
    ada.wait_for("#messages > .older a").await;
    ada.wait_for_connection("open").await;
    cleo.post("and on").await;
    ada.wait_for_message("and on").await;
    ada.end().await;
}

/// Adds and removes eight reactions in parallel, with `times` changes in total.
async fn toggle_reactions(account: &Account, message: i64, times: usize) {
    let mut changes = tokio::task::JoinSet::new();
    for emoji in ["👍", "🎉", "🚀", "👀", "🐌", "🍰", "🌍", "🎈"] {
        let account = account.clone();
        changes.spawn(async move {
            let path = format!("/rooms/1/messages/{message}/reactions/{emoji}");
            for turn in 0..times / 8 {
                let method = ["PUT", "DELETE"][turn % 2];
                send(account.ask(method, &path)).await.expect(200);
            }
        });
    }
    while let Some(changed) = changes.join_next().await {
        changed.expect("the reactions change");
    }
}

/// JavaScript expression: whether a message is highlighted as the target of a permalink.
fn is_highlighted(id: i64) -> String {
    format!("getComputedStyle(document.getElementById('message-{id}')).boxShadow !== 'none'")
}

/// JavaScript expression: whether a message is completely in the viewport of the timeline.
fn is_in_viewport(id: i64) -> String {
    let id = quoted(&format!("message-{id}"));
    format!(
        "((m, s) => m && m.top >= s.top && m.bottom <= s.bottom)(document.getElementById({id})?.getBoundingClientRect(), document.getElementById('timeline').getBoundingClientRect())"
    )
}

/// Opens a window for an account.
async fn open_window(server: &Server, account: &Account) -> Window {
    log_in(server, &account.name, WindowOptions::default()).await
}

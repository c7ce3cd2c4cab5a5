//! Unread messages of an open room: badges, the line "New since …", and the way to the first unread message.

use serde_json::json;

use crate::harness::account::Account;
use crate::harness::message_actions::id;
use crate::harness::server::Server;
use crate::rooms::{badge, create_room, log_in, post_in};
use crate::window::{Window, WindowOptions};

/// JavaScript expression: the text of the message below the line "New since …", or `null`.
const BELOW_DIVIDER: &str = "(line => line && [line.nextElementSibling, line.nextElementSibling?.nextElementSibling].find(e => e?.matches('.message'))?.querySelector('.message__body').innerText)(document.querySelector('.unread-divider'))";

/// JavaScript expression: whether the element of an expression is in the visible part of the timeline.
fn is_in_sight(element: &str) -> String {
    format!(
        "(e => {{ if (!e) return false; const [a, b] = [document.getElementById('timeline').getBoundingClientRect(), e.getBoundingClientRect()]; return b.top >= a.top - 1 && b.top < a.bottom }})({element})"
    )
}

/// JavaScript expression for the message with a text.
fn message(text: &str) -> String {
    format!(
        "[...document.querySelectorAll('#messages .message')].find(m => m.querySelector('.message__body').innerText === '{text}')"
    )
}

const IS_AT_FOOT: &str = "document.getElementById('timeline').scrollTop > -100";

/// A server where Bob is a member of the room "design" of Ada, and the id of the room.
async fn design() -> (Server, Account, i64) {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    Account::register(&server, "bob").await;
    let room = create_room(&ada, "design", "open", &["bob"]).await;
    (server, ada, room)
}

async fn open(window: &Window, room: i64) {
    window.goto(&format!("/rooms/{room}")).await;
    window.wait_for_connection("open").await;
}

#[tokio::test]
async fn replies_and_mentions_in_threads_count_live_in_the_room_that_is_open() {
    let (server, ada, _) = design().await;
    let bob_account = Account::log_in(&server, "bob").await;
    let root = (1, id(&bob_account.post("Bob's thread").await));
    let bob = log_in(&server, "bob", WindowOptions::default()).await;
    bob.wait_for_connection("open").await;
    ada.answer(root, "an answer").await;
    bob.wait_for_value(&badge("Threads"), json!("1")).await;
    ada.answer(root, "look, @bob").await;
    bob.wait_for_value(&badge("Threads"), json!("2")).await;
    bob.wait_for_value(&badge("Mentions"), json!("1")).await;
    bob.wait("the title", "document.title.startsWith('(2) ')")
        .await;
    assert_eq!(bob.js(&badge("Lobby")).await, json!(""));
    bob.reload().await;
    assert_eq!(bob.js(&badge("Threads")).await, json!("2"));
    assert_eq!(bob.js(&badge("Mentions")).await, json!("1"));
    assert_eq!(bob.js(&badge("Lobby")).await, json!(""));
    bob.wait("the same title", "document.title.startsWith('(2) ')")
        .await;
    bob.click(".message__thread").await;
    bob.wait_for_value(&badge("Threads"), json!("")).await;
    bob.wait_for_value(&badge("Mentions"), json!("")).await;
    bob.wait("a title without a count", "!document.title.startsWith('(')")
        .await;
    bob.end().await;
}

#[tokio::test]
async fn messages_that_come_while_the_user_looks_get_no_line() {
    let (server, ada, room) = design().await;
    let bob = log_in(&server, "bob", WindowOptions::default()).await;
    open(&bob, room).await;
    for text in ["one", "two"] {
        post_in(&ada, room, text).await;
        bob.wait_for_message(text).await;
        assert_eq!(bob.js(BELOW_DIVIDER).await, json!(null), "{text} was seen");
    }
    let design = bob.current_tab().await;
    bob.new_tab().await;
    post_in(&ada, room, "three").await;
    post_in(&ada, room, "four").await;
    bob.switch_to_tab(&design).await;
    bob.wait_for_value(BELOW_DIVIDER, json!("three")).await;
    post_in(&ada, room, "five").await;
    bob.wait_for_message("five").await;
    assert_eq!(
        bob.js(BELOW_DIVIDER).await,
        json!("three"),
        "the line stays"
    );
    bob.send_message("an answer").await;
    bob.wait_for_value(BELOW_DIVIDER, json!(null)).await;
    bob.wait_until_sent().await;
    assert_eq!(bob.js(BELOW_DIVIDER).await, json!(null));
    bob.end().await;
}

#[tokio::test]
async fn a_room_opens_at_the_first_unread_message_and_only_seen_messages_are_read() {
    let (server, ada, room) = design().await;
    for number in 1..=40 {
        post_in(&ada, room, &format!("number {number}")).await;
    }
    let bob = log_in(&server, "bob", WindowOptions::default()).await;
    bob.wait_for_value(&badge("design"), json!("40")).await;
    open(&bob, room).await;
    bob.wait_for_value(BELOW_DIVIDER, json!("number 1")).await;
    bob.wait(
        "the line in sight",
        &is_in_sight("document.querySelector('.unread-divider')"),
    )
    .await;
    assert_eq!(bob.js(IS_AT_FOOT).await, json!(false));
    let left = format!("(n => n > 5 && n < 40)(Number({}))", badge("design"));
    bob.wait("only the seen messages to be read", &left).await;
    bob.wait(
        "the way to the newest message",
        "!document.getElementById('jump-to-latest').hidden",
    )
    .await;
    bob.click("#jump-to-latest").await;
    bob.wait_for_value(&badge("design"), json!("")).await;
    bob.wait(
        "the button to disappear",
        "document.getElementById('jump-to-latest').hidden",
    )
    .await;
    bob.end().await;
}

#[tokio::test]
async fn more_unread_messages_than_a_page_are_reached_with_one_click() {
    let (server, ada, room) = design().await;
    for number in 1..=60 {
        post_in(&ada, room, &format!("number {number}")).await;
    }
    let bob = log_in(&server, "bob", WindowOptions::default()).await;
    open(&bob, room).await;
    bob.wait_for(".unread-pill[data-shown]").await;
    let words = bob
        .js("document.querySelector('.unread-pill a').innerText")
        .await;
    let words = words.as_str().expect("a text");
    assert!(words.starts_with("60 new since "), "{words}");
    post_in(&ada, room, "number 61").await;
    bob.wait_for_message("number 61").await;
    bob.wait_for_value(&badge("design"), json!("61")).await;
    bob.click(".unread-pill a").await;
    bob.wait(
        "the first unread message",
        &is_in_sight(&message("number 1")),
    )
    .await;
    assert_eq!(bob.js(BELOW_DIVIDER).await, json!("number 1"));
    let left = format!("(n => n > 20 && n < 61)(Number({}))", badge("design"));
    bob.wait("the seen messages to be read", &left).await;
    let expected: Vec<String> = (1..=61).map(|number| format!("number {number}")).collect();
    assert_eq!(bob.texts().await, expected, "no message is missing");
    bob.click("#jump-to-latest").await;
    bob.wait_for_value(&badge("design"), json!("")).await;
    bob.reload().await;
    bob.wait(
        "no pill after a reload",
        "!document.querySelector('.unread-pill')",
    )
    .await;
    bob.end().await;
}

#[tokio::test]
async fn hundreds_of_unread_messages_are_read_only_up_to_the_missing_ones() {
    let (server, ada, room) = design().await;
    for number in 1..=320 {
        post_in(&ada, room, &format!("number {number}")).await;
    }
    let bob = log_in(&server, "bob", WindowOptions::default()).await;
    open(&bob, room).await;
    bob.click(".unread-pill a").await;
    bob.wait(
        "the first unread message",
        &is_in_sight(&message("number 1")),
    )
    .await;
    bob.wait_for(".gap a").await;
    bob.js("(document.getElementById('timeline').scrollTop = 0, true)")
        .await;
    bob.wait("the newest message", &is_in_sight(&message("number 320")))
        .await;
    let read = "document.getElementById('messages').dataset.read";
    let before_gap = "document.querySelector('.gap').previousElementSibling.id.slice(8)";
    bob.wait(
        "reading to end at the gap",
        &format!("{read} === {before_gap}"),
    )
    .await;
    bob.end().await;
}

#[tokio::test]
async fn the_pill_marks_the_room_as_read() {
    let (server, ada, room) = design().await;
    for number in 1..=60 {
        post_in(&ada, room, &format!("number {number}")).await;
    }
    let bob = log_in(&server, "bob", WindowOptions::default()).await;
    open(&bob, room).await;
    bob.click(".unread-pill button").await;
    bob.wait_for_value(&badge("design"), json!("")).await;
    bob.wait("no pill", "!document.querySelector('.unread-pill')")
        .await;
    bob.end().await;
}

#[tokio::test]
async fn the_button_with_new_messages_leads_to_the_first_of_them() {
    let (server, ada, room) = design().await;
    let bob_account = Account::log_in(&server, "bob").await;
    for number in 1..=40 {
        post_in(&bob_account, room, &format!("number {number}")).await;
    }
    let bob = log_in(&server, "bob", WindowOptions::default()).await;
    open(&bob, room).await;
    assert_eq!(
        bob.js("document.getElementById('jump-to-latest').hidden")
            .await,
        json!(true)
    );
    bob.js("(document.querySelectorAll('#messages .message')[5].scrollIntoView({block: 'center'}), true)").await;
    let words = "document.getElementById('jump-to-latest').innerText";
    // A hidden button has the same text.
    let is_shown = "!document.getElementById('jump-to-latest').hidden";
    bob.wait(
        "the way to the newest message",
        &format!("{is_shown} && {words}.startsWith('Jump to latest')"),
    )
    .await;
    let long = "line\n".repeat(60);
    post_in(&ada, room, "the first").await;
    for _ in 0..3 {
        post_in(&ada, room, &long).await;
    }
    bob.wait(
        "the count",
        &format!("{words}.startsWith('4 new messages')"),
    )
    .await;
    bob.click("#jump-to-latest").await;
    bob.wait("the first of them", &is_in_sight(&message("the first")))
        .await;
    assert_eq!(bob.js(IS_AT_FOOT).await, json!(false));
    bob.wait(
        "the rest of the way",
        &format!("{words}.startsWith('Jump to latest')"),
    )
    .await;
    bob.click("#jump-to-latest").await;
    bob.wait("the newest message", IS_AT_FOOT).await;
    bob.end().await;
}

#[tokio::test]
async fn without_scripts_a_link_leads_to_the_first_unread_message() {
    let (server, ada, room) = design().await;
    for number in 1..=60 {
        post_in(&ada, room, &format!("number {number}")).await;
    }
    let bob = log_in(&server, "bob", WindowOptions::without_scripts()).await;
    bob.goto(&format!("/rooms/{room}")).await;
    bob.click(".unread-pill a").await;
    bob.wait(
        "the first unread message",
        &is_in_sight(&message("number 1")),
    )
    .await;
    bob.goto(&format!("/rooms/{room}")).await;
    bob.click(".unread-pill button").await;
    bob.wait("no pill", "!document.querySelector('.unread-pill')")
        .await;
    post_in(&ada, room, "number 61").await;
    bob.goto(&format!("/rooms/{room}")).await;
    bob.click(".unread-pill a").await;
    bob.wait(
        "the message on the page",
        "/^#message-/.test(location.hash) && location.pathname.split('/').length === 3",
    )
    .await;
    bob.end().await;
}

#[tokio::test]
async fn after_every_divider_a_message_shows_who_wrote_it() {
    let (server, ada, room) = design().await;
    for number in 1..=70 {
        post_in(&ada, room, &format!("number {number}")).await;
    }
    let bob = log_in(&server, "bob", WindowOptions::default()).await;
    bob.send_message("in the lobby").await;
    open(&bob, room).await;
    let shows_author = |element: &str| {
        format!(
            "(e => e?.matches('.message--continued') && e.querySelector('.avatar').checkVisibility() && e.querySelector('.message__author').getBoundingClientRect().height > 5 && getComputedStyle(e.querySelector('.message__author')).clipPath === 'none' && getComputedStyle(e.querySelector('.message__time')).opacity === '1')({element})"
        )
    };
    bob.wait(
        "an author after the line of the day",
        &shows_author("document.querySelector('.day + .message')"),
    )
    .await;
    assert_eq!(
        bob.js(&shows_author(
            "document.querySelectorAll('#messages .message')[20]"
        ))
        .await,
        json!(false),
        "not within a run"
    );
    // Each kind of divider, put in front of a message within a run.
    for kind in ["older", "unread-divider", "gap", "message--system"] {
        let put = format!(
            "(() => {{ const p = document.createElement('p'); p.className = '{kind}'; document.querySelectorAll('#messages .message')[20].before(p); return true }})()"
        );
        bob.js(&put).await;
        bob.wait(
            kind,
            &shows_author(&format!(
                "document.querySelector('#messages .{kind} + .message')"
            )),
        )
        .await;
    }
    bob.end().await;
}

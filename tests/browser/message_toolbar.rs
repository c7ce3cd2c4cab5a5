//! The toolbar and the menu of a message: they follow the pointer and the message as it is now, and give the focus
//! back.

use diesel::connection::SimpleConnection;
use fantoccini::key::Key;
use serde_json::{Value, json};

use crate::harness::account::Account;
use crate::harness::database;
use crate::harness::server::Server;
use crate::rooms::{api_request, log_in, post_in};
use crate::window::{ENTER, ESCAPE, TAB, Window, WindowOptions};

const END: char = '\u{e010}';
/// JavaScript expression for the id of the message that has the toolbar.
const TOOLBAR_AT: &str =
    "document.querySelector('.message__actions')?.closest('.message').id ?? null";
/// JavaScript expression for the name or id of the focused element.
const FOCUS: &str = "document.activeElement.name ?? document.activeElement.id";
/// JavaScript expression for the visible actions of the toolbar.
const OFFERED: &str = "[...document.querySelectorAll('.message__action')].filter(b => b.checkVisibility()).map(b => b.dataset.action)";
/// JavaScript expression for the visible actions of the menu.
const IN_MENU: &str = "[...document.querySelectorAll('#message-menu [data-action]')].filter(b => b.checkVisibility()).map(b => b.dataset.action)";
const EDIT_TEXT: &str = "document.querySelector('.edit textarea')?.value ?? null";

/// Three messages of bob and a window of his in the Lobby. Ada is the admin.
async fn three_messages(server: &Server) -> (Account, Account, Window, [i64; 3]) {
    let ada = Account::register(server, "ada").await;
    let bob = Account::register(server, "bob").await;
    let mut ids = [0; 3];
    for (id, text) in ids.iter_mut().zip(["one", "two", "three"]) {
        *id = post_in(&bob, 1, text).await;
    }
    let window = log_in(server, "bob", WindowOptions::default()).await;
    window.wait_for_connection("open").await;
    (ada, bob, window, ids)
}

fn body(id: i64) -> String {
    format!("#message-{id} .message__body")
}

/// Selector of a button in the toolbar of a message.
fn action(id: i64, name: &str) -> String {
    format!("#message-{id} .message__action[data-action={name}]")
}

async fn hover(window: &Window, id: i64) {
    window.move_to(&body(id)).await;
    window
        .wait_for_value(TOOLBAR_AT, json!(format!("message-{id}")))
        .await;
}

/// The quick reactions, then the other actions of a member on their own message.
fn in_menu_of_a_message() -> Value {
    let actions = ["copy-text", "copy-link", "save", "unread", "delete"];
    json!([&["react"; 6][..], &actions[..]].concat())
}

#[tokio::test]
async fn the_toolbar_follows_the_pointer_and_the_focus_goes_back_to_the_box() {
    let server = Server::unlimited();
    let (_, _, window, [one, two, three]) = three_messages(&server).await;
    // A reaction chosen with the mouse: no other message is hit, and typing goes on in the box.
    hover(&window, one).await;
    window.press_mouse_on(&action(one, "react")).await;
    window.wait_for("#emoji-all .emoji__option").await;
    window.press_mouse_on("#emoji-all .emoji__option").await;
    window.wait_for(&format!("#message-{one} .reaction")).await;
    window.wait_for_value(FOCUS, json!("body")).await;
    hover(&window, three).await;
    window.press(&['h', 'i', ' ']).await;
    assert_eq!(window.draft().await, "hi ");
    assert_eq!(
        window.js("document.querySelector(':popover-open')").await,
        json!(null)
    );
    // The menu, left with Escape or used, by mouse.
    for leaves in [true, false] {
        hover(&window, one).await;
        window.press_mouse_on(&action(one, "menu")).await;
        window.wait_for("#message-menu:popover-open").await;
        match leaves {
            true => window.press(&[ESCAPE]).await,
            false => {
                window
                    .press_mouse_on("#message-menu [data-action=save]")
                    .await
            }
        }
        window.wait_for("#message-menu:not(:popover-open)").await;
        window.wait_for_value(FOCUS, json!("body")).await;
        hover(&window, three).await;
        hover(&window, two).await;
    }
    // A click elsewhere closes the menu, and the toolbar follows again.
    window.press_mouse_on(&action(two, "menu")).await;
    window.wait_for("#message-menu:popover-open").await;
    window.press_mouse_on(&body(three)).await;
    window
        .wait_for_value(TOOLBAR_AT, json!(format!("message-{three}")))
        .await;
    window.wait_for("#message-menu:not(:popover-open)").await;
    // A reply to the message under the pointer.
    window.press_mouse_on(&action(three, "reply")).await;
    window
        .wait_for_value(
            "document.getElementById('replying').dataset.excerpt",
            json!("three"),
        )
        .await;
    window.end().await;
}

#[tokio::test]
async fn after_an_action_by_keyboard_the_focus_stays_at_the_message() {
    let server = Server::unlimited();
    let (_, _, window, [one, two, three]) = three_messages(&server).await;
    let focused = "document.activeElement.closest('.message')?.id ?? null";
    window.press(&['x']).await;
    window.chord(Key::Shift, TAB).await;
    window
        .wait_for_value(focused, json!(format!("message-{three}")))
        .await;
    window.press(&[END, ENTER]).await;
    window.wait_for("#message-menu:popover-open").await;
    window.press(&['s', ENTER]).await;
    window
        .wait_for_value(
            "document.getElementById('toast').textContent",
            json!("Saved"),
        )
        .await;
    window
        .wait_for_value(focused, json!(format!("message-{three}")))
        .await;
    // A pointer that moves takes the toolbar along, and the focus stays at its message.
    hover(&window, one).await;
    hover(&window, two).await;
    window
        .wait_for_value(focused, json!(format!("message-{three}")))
        .await;
    window.end().await;
}

#[tokio::test]
async fn what_is_offered_follows_the_message_while_toolbar_and_menu_are_open() {
    let server = Server::unlimited();
    let (ada, _, window, [one, two, three]) = three_messages(&server).await;
    let path = |id: i64| format!("/rooms/1/messages/{id}");
    hover(&window, one).await;
    window
        .wait_for_value(OFFERED, json!(["react", "reply", "thread", "edit", "menu"]))
        .await;
    api_request(&ada, "DELETE", &path(one), json!({})).await;
    window.wait_for_value(OFFERED, json!(["menu"])).await;
    // The menu.
    hover(&window, two).await;
    window.press_mouse_on(&action(two, "menu")).await;
    window.wait_for_value(IN_MENU, in_menu_of_a_message()).await;
    api_request(&ada, "DELETE", &path(two), json!({})).await;
    window
        .wait_for_value(IN_MENU, json!(["copy-link", "unread"]))
        .await;
    window.press(&[ESCAPE]).await;
    // The picker and the confirmation of a deletion close.
    hover(&window, three).await;
    window.press_mouse_on(&action(three, "menu")).await;
    window
        .press_mouse_on("#message-menu [data-action=delete]")
        .await;
    window.wait_for("#delete-dialog[open]").await;
    api_request(&ada, "DELETE", &path(three), json!({})).await;
    window.wait_for("#delete-dialog:not([open])").await;
    window
        .wait_for_messages(&["This message was deleted."; 3])
        .await;
    window.end().await;
}

#[tokio::test]
async fn an_open_editor_follows_edits_and_the_deletion_of_its_message() {
    let server = Server::unlimited();
    let (ada, bob, window, [one, two, three]) = three_messages(&server).await;
    let path = |id: i64| format!("/rooms/1/messages/{id}");
    let open = async |id: i64| {
        hover(&window, id).await;
        window.press_mouse_on(&action(id, "edit")).await;
        window.wait_for(&format!("#message-{id} .edit")).await;
    };
    // An editor without changes shows the new text, and closes when the message is deleted.
    open(one).await;
    window.wait_for_value(EDIT_TEXT, json!("one")).await;
    api_request(&bob, "PATCH", &path(one), json!({"body": "one again"})).await;
    window.wait_for_value(EDIT_TEXT, json!("one again")).await;
    api_request(&ada, "DELETE", &path(one), json!({})).await;
    window.wait_for_value(EDIT_TEXT, json!(null)).await;
    // One with changes keeps them, and tells.
    let told = "document.querySelector('.edit [role=alert]:not([hidden])')?.innerText ?? ''";
    open(two).await;
    window.wait_for_value(EDIT_TEXT, json!("two")).await;
    window.press(&['!']).await;
    api_request(&bob, "PATCH", &path(two), json!({"body": "two again"})).await;
    window
        .wait("the edit", &format!("{told}.includes('somewhere else')"))
        .await;
    api_request(&ada, "DELETE", &path(two), json!({})).await;
    window
        .wait("the deletion", &format!("{told}.includes('was deleted')"))
        .await;
    window.wait_for_value(EDIT_TEXT, json!("two!")).await;
    assert_eq!(
        window
            .js("document.querySelector('.edit__save').disabled")
            .await,
        true
    );
    window.press(&[ESCAPE]).await;
    window.wait_for_value(EDIT_TEXT, json!(null)).await;
    // A reply loses its message, and keeps its text.
    hover(&window, three).await;
    window.press_mouse_on(&action(three, "reply")).await;
    window.press(&['o', 'k']).await;
    api_request(&ada, "DELETE", &path(three), json!({})).await;
    window
        .wait("no reply", "document.getElementById('replying').hidden")
        .await;
    assert_eq!(window.draft().await, "ok");
    window.end().await;
}

#[tokio::test]
async fn a_message_whose_time_for_edits_is_over_does_not_offer_it() {
    let server = Server::unlimited();
    let (ada, bob, window, [first, second, _]) = three_messages(&server).await;
    let five = json!({"edit_minutes": 5});
    ada.send("PATCH", "/admin/settings", &five)
        .await
        .expect(200);
    let age = format!("UPDATE messages SET created_at = created_at - 360000 WHERE id = {first}");
    let aged = database::connect(&server.data()).batch_execute(&age);
    aged.expect("a valid statement");
    post_in(&bob, 1, "four").await; // the page is rendered again
    window.reload().await;
    window.wait_for_connection("open").await;
    hover(&window, first).await;
    let offered = window.js(OFFERED).await;
    assert!(!offered.to_string().contains("\"edit\""), "{offered}");
    hover(&window, second).await;
    let offered = window.js(OFFERED).await;
    assert!(offered.to_string().contains("\"edit\""), "{offered}");
}

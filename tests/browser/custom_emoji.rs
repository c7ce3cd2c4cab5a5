//! Custom emoji with two users: from the picker into a message, completed while typing, and as a reaction.

use serde_json::json;

use crate::harness::account::Account;
use crate::harness::emoji::animated_gif;
use crate::harness::server::Server;
use crate::harness::uploads::png;
use crate::window::{ENTER, Window, WindowOptions};

const BOX: &str = "document.querySelector('#composer textarea').value";

/// JavaScript expression: the names of the custom emoji that are on the page with their picture.
fn shown(inside: &str) -> String {
    format!(
        "[...document.querySelectorAll('{inside} .custom-emoji')].filter(i => i.complete && i.naturalWidth > 0).map(i => i.alt)"
    )
}

#[tokio::test]
async fn a_custom_emoji_goes_from_the_picker_into_a_message_and_a_reaction() {
    let server = Server::unlimited();
    let root = Account::register(&server, "root").await; // the admin
    root.add_emoji("party_parrot", &animated_gif(64, 64)).await;
    root.add_emoji("blob", &png(64, 64)).await;
    let ada = Window::register(&server.origin(), "ada", WindowOptions::default()).await;
    let bob = Window::register(&server.origin(), "bob", WindowOptions::default()).await;
    for window in [&ada, &bob] {
        window.wait_for_connection("open").await;
    }
    // The picker finds it by a part of its name and puts its name into the text.
    ada.click("#composer [data-action=insert-emoji]").await;
    ada.wait_for_value(&shown("#emoji-all"), json!([":blob:", ":party_parrot:"]))
        .await;
    ada.press(&"party parr".chars().collect::<Vec<_>>()).await;
    ada.wait_for("#emoji-found [aria-selected=true] .custom-emoji")
        .await;
    ada.press(&[ENTER]).await;
    ada.wait_for_value(BOX, json!(":party_parrot:")).await;
    ada.press(&[ENTER]).await;
    for window in [&ada, &bob] {
        window
            .wait_for_value(&shown("#messages"), json!([":party_parrot:"]))
            .await;
        window.wait_for(".message--large").await;
    }
    // Completion offers it after a colon.
    bob.type_draft("look :blo").await;
    bob.wait_for("#mention-options:popover-open .custom-emoji")
        .await;
    bob.press(&[ENTER]).await;
    bob.wait_for_value(BOX, json!("look :blob: ")).await;
    bob.press(&[ENTER]).await;
    let both = json!([":party_parrot:", ":blob:"]);
    ada.wait_for_value(&shown("#messages .message__body"), both)
        .await;
    // Recent emoji have it, and a reaction with it appears for the other.
    let open = "(message => ['pointermove', 'pointerover'].every(type => message.dispatchEvent(new PointerEvent(type, { bubbles: true }))) && message.querySelector('[data-action=react]') !== null)([...document.querySelectorAll('#messages .message')].at(-1))";
    ada.wait("the toolbar", open).await;
    ada.click(".message__action[data-action=react]").await;
    ada.wait_for("#emoji-recent:not([hidden]) [value=':party_parrot:']")
        .await;
    ada.click("#emoji-recent [value=':party_parrot:']").await;
    for window in [&ada, &bob] {
        window
            .wait_for_value(&shown(".reaction"), json!([":party_parrot:"]))
            .await;
    }
    bob.click(".reaction").await;
    ada.wait_for_value(
        "document.querySelector('.reaction__count').textContent",
        json!("2"),
    )
    .await;
    // The excerpt above a reply names what is only a picture.
    let over_first = open.replace(".at(-1)", "[0]");
    ada.wait("the toolbar of the first message", &over_first)
        .await;
    ada.js("document.querySelector('#messages .message .message__action[data-action=reply]').click() ?? true")
        .await;
    ada.wait_for_value(
        "document.querySelector('[data-excerpt]')?.dataset.excerpt",
        json!(":party_parrot:"),
    )
    .await;
    for window in [ada, bob] {
        window.end().await;
    }
}

//! Completion, formatting, shortcuts and the buttons of the boxes to write in.

use fantoccini::key::Key;
use serde_json::{Value, json};

use crate::harness::account::Account;
use crate::harness::server::Server;
use crate::window::{ENTER, ESCAPE, Window, WindowOptions};

const UP: char = '\u{e013}';
const DOWN: char = '\u{e015}';

const BOX: &str = "document.querySelector('#composer textarea').value";
const OPTIONS: &str = "[...document.querySelectorAll('#mention-options:popover-open [role=option]')].map(o => o.dataset.name)";

#[tokio::test]
async fn rooms_emoji_and_people_are_completed() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let change = json!({"display_name": "Ada Lovelace"});
    ada.send("PATCH", "/profile", &change).await.expect(200);
    let design = ada.create_room("design", "open").await;
    ada.create_room("deskless", "closed").await;
    let bob = Window::register(&server.origin(), "bob", WindowOptions::default()).await;
    bob.type_draft("ask @love").await;
    bob.wait_for_value(OPTIONS, json!(["ada"])).await;
    bob.press(&[ENTER]).await;
    bob.wait_for_value(BOX, json!("ask @ada ")).await;
    bob.type_draft("in #des").await;
    bob.wait_for_value(OPTIONS, json!(["design"])).await;
    bob.press(&[ENTER]).await;
    bob.wait_for_value(BOX, json!("ask @ada in #design ")).await;
    bob.type_draft(":tad").await;
    bob.wait("the emoji", &format!("({OPTIONS})[0] === '🎉'"))
        .await;
    bob.press(&[ENTER]).await;
    bob.wait_for_value(BOX, json!("ask @ada in #design 🎉 "))
        .await;
    bob.press(&[ENTER]).await;
    let link = format!("a.room-link[href='/rooms/{design}']");
    bob.wait_for(&link).await;
    bob.wait_for_value(BOX, json!("")).await;
    // A colon or a number sign in plain text offers nothing.
    bob.type_draft("at 10:30, see # and: ok").await;
    assert_eq!(bob.js(OPTIONS).await, json!([]));
    bob.click(&link).await;
    bob.wait_for(".join-offer").await;
    bob.end().await;
}

#[tokio::test]
async fn shortcuts_format_the_selection_and_lead_from_room_to_room() {
    let server = Server::unlimited();
    let bob = Window::register(&server.origin(), "bob", WindowOptions::default()).await;
    let select = "(() => { const box = document.querySelector('#composer textarea'); box.focus(); box.setSelectionRange(0, 4); return true; })()";
    for (key, text) in [('b', "**word** x"), ('i', "*word* x"), ('e', "`word` x")] {
        bob.js("document.querySelector('#composer textarea').value = ''")
            .await;
        bob.type_draft("word x").await;
        bob.js(select).await;
        bob.chord(Key::Control, key).await;
        bob.wait_for_value(BOX, json!(text)).await;
        bob.chord(Key::Control, key).await;
        bob.wait_for_value(BOX, json!("word x")).await;
    }
    bob.js(select).await;
    bob.chord(Key::Control, 'k').await;
    bob.wait_for_value(BOX, json!("[word](https://) x")).await;
    assert_eq!(
        bob.js("document.getElementById('switcher').open").await,
        false
    );
    bob.js("document.querySelector('#composer textarea').setSelectionRange(0, 0)")
        .await;
    bob.chord(Key::Control, 'k').await;
    bob.wait_for("#switcher[open]").await;
    bob.press(&[ESCAPE]).await;

    // "?" is a character in the box, and a shortcut elsewhere.
    bob.js("document.querySelector('#composer textarea').value = ''")
        .await;
    bob.type_draft("why?").await;
    assert_eq!(bob.js(BOX).await, "why?");
    bob.js("document.activeElement.blur()").await;
    bob.press(&['?']).await;
    bob.wait_for(".shortcuts-dialog[open]").await;
    bob.wait(
        "the list of shortcuts",
        "document.querySelector('.shortcuts-dialog').innerText.includes('Find a room or person')",
    )
    .await;
    assert_eq!(
        bob.js("document.querySelector('.shortcuts-dialog').scrollTop")
            .await,
        0,
        "it opens at its beginning"
    );
    bob.press(&[ESCAPE]).await;
    bob.wait_for_value("document.querySelector('.shortcuts-dialog')", Value::Null)
        .await;

    bob.goto("/rooms/new").await;
    bob.fill("name", "alpha").await;
    bob.click("form[action='/rooms'] button").await;
    bob.wait_for_value("document.title", json!("alpha · Chatterbox"))
        .await;
    bob.wait_for("#composer").await;
    bob.chord(Key::Alt, DOWN).await;
    bob.wait_for_value("document.title", json!("Lobby · Chatterbox"))
        .await;
    bob.end().await;
}

#[tokio::test]
async fn every_box_has_buttons_for_formatting_and_emoji() {
    let server = Server::unlimited();
    let bob = Window::register(&server.origin(), "bob", WindowOptions::default()).await;
    bob.send_message("first").await;
    bob.wait_until_sent().await;
    let id = bob
        .js("document.querySelector('#messages .message').id.split('-')[1]")
        .await;
    let id = id.as_str().expect("an id").to_owned();
    bob.goto(&format!("/rooms/1/messages/{id}/thread")).await;
    bob.wait_for(".thread__composer [data-action=format]").await;
    for form in ["#composer", ".thread__composer"] {
        bob.click(&format!("{form} [data-action=format]")).await;
        bob.wait_for("#format-menu:popover-open").await;
        bob.press(&[ENTER]).await;
        let text = format!("document.querySelector('{form} textarea').value");
        bob.wait_for_value(&text, json!("****")).await;
        bob.wait_for_value(
            &format!("document.activeElement.form.matches('{form}')"),
            json!(true),
        )
        .await;
        bob.click(&format!("{form} [data-action=insert-emoji]"))
            .await;
        bob.wait_for("#emoji .emoji__option").await;
        bob.press(&[ESCAPE]).await;
        bob.js(&format!(
            "((box) => {{ box.value = ''; box.dispatchEvent(new Event('input', {{ bubbles: true }})); }})(document.querySelector('{form} textarea'))"
        ))
        .await;
    }
    bob.goto("/rooms/1").await;
    bob.wait_for("#composer").await;
    bob.press(&[UP]).await;
    bob.wait_for(".edit [data-action=format]").await;
    bob.click(".edit [data-action=insert-emoji]").await;
    bob.wait_for("#emoji .emoji__option").await;
    bob.press(&[ESCAPE]).await;
    bob.assert_fits().await;
    bob.end().await;
}

#[tokio::test]
async fn the_header_of_a_room_says_what_it_is_and_has_its_actions() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let bob = Window::register(&server.origin(), "bob", WindowOptions::default()).await;
    bob.wait_for_value(
        "document.querySelector('.room__heading').textContent",
        json!("#Lobby"),
    )
    .await;
    bob.wait_for_value(
        "document.querySelector('.room__members').textContent",
        json!("2"),
    )
    .await;
    bob.click(".room__toggle [name=favourite]").await;
    bob.wait_for(".room__toggle [name=favourite][aria-pressed=true]")
        .await;
    bob.wait(
        "the favorites",
        "document.getElementById('sidebar').innerText.includes('Favorites')",
    )
    .await;
    bob.click(".room__toggle [name=notify]").await;
    bob.wait_for(".room__toggle [name=notify][aria-pressed=true]")
        .await;
    ada.post("needle here").await;
    let other = ada.create_room("other", "open").await;
    ada.invite(other, "bob").await;
    ada.say(other, "needle there").await;
    bob.click(".room__search").await;
    bob.wait_for("#q").await;
    bob.type_into("#q", "needle").await;
    bob.press(&[ENTER]).await;
    bob.wait_for_value(
        "[...document.querySelectorAll('.result__text')].map(r => r.textContent)",
        json!(["needle here"]),
    )
    .await;
    bob.wait_for(".result .avatar").await;
    bob.end().await;
}

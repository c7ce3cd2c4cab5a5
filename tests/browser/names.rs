//! Display names, cards of people, new conversations, and links to rooms that their reader has not joined.

use fantoccini::key::Key;
use serde_json::json;

use crate::harness::account::{Account, PASSWORD};
use crate::harness::server::Server;
use crate::window::{COMPOSER, ENTER, ESCAPE, Window, WindowOptions};

const BACKSPACE: char = '\u{e003}';

/// Names and usernames at the heads of the messages, as they are painted.
const HEADS: &str = "[...document.querySelectorAll('#messages .message:not(.message--continued)')].map(m => m.querySelector('.message__author').textContent + ' ' + m.querySelector('.message__username').textContent)";

async fn rename(account: &Account, name: &str) {
    let change = json!({"display_name": name});
    account.send("PATCH", "/profile", &change).await.expect(200);
}

#[tokio::test]
async fn a_changed_name_appears_on_open_pages_at_once() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let bob = Window::register(&server.origin(), "bob", WindowOptions::default()).await;
    let first = ada.post("hello").await["id"].as_i64().expect("an id");
    ada.post("again").await;
    let reaction = format!("/rooms/1/messages/{first}/reactions/👍");
    ada.send("PUT", &reaction, &json!({})).await.expect(200);
    let thread = format!("/rooms/1/messages/{first}/thread");
    ada.send("POST", &thread, &json!({"body": "in the thread"}))
        .await
        .expect(201);
    let direct = ada.direct(&["bob"]).await;
    ada.say(direct, "psst").await;
    bob.wait_for_messages(&["hello", "again"]).await;
    bob.wait_for(".message__thread").await;
    bob.wait_for(".reaction").await;
    let _live = ada.open_live(1).await;
    bob.wait_for("#presence [data-user='1']").await;

    rename(&ada, "Ada Lovelace").await;
    bob.wait_for_value(HEADS, json!(["Ada Lovelace @ada"]))
        .await;
    for place in [
        ".reaction__people",
        ".message__thread b",
        "#presence [data-user='1']",
        "#sidebar a[href='/rooms/2'] .sidebar-row__name",
    ] {
        let text = format!("document.querySelector(\"{place}\").textContent.trim()");
        bob.wait_for_value(&text, json!("Ada Lovelace")).await;
    }
    // The page of the conversation follows, with its title, although it was open before.
    bob.goto("/rooms/2").await;
    bob.wait_for_value("document.title", json!("Ada Lovelace · Chatterbox"))
        .await;
    bob.wait_for_connection("open").await;
    rename(&ada, "Countess").await;
    bob.wait_for_value("document.title", json!("Countess · Chatterbox"))
        .await;
    bob.wait_for_value(
        "document.getElementById('room-name').textContent",
        json!("Countess"),
    )
    .await;
    // A page without a room follows, too.
    bob.goto("/people").await;
    bob.wait_for_connection("open").await;
    rename(&ada, "").await;
    bob.wait_for_value(
        "document.querySelector('#main [data-person-name=\"1\"]').textContent",
        json!("ada"),
    )
    .await;
    bob.end().await;
}

#[tokio::test]
async fn the_author_of_a_message_opens_a_card() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let profile = json!({"display_name": "Ada Lovelace", "about": "Notes on the engine", "time_zone": "Europe/London"});
    ada.send("PATCH", "/profile", &profile).await.expect(200);
    ada.post("hello").await;
    let bob = Window::register(&server.origin(), "bob", WindowOptions::default()).await;
    bob.wait_for_messages(&["hello"]).await;
    bob.type_draft("I ask").await;
    bob.click(".message__author").await;
    bob.wait_for("#person-card:popover-open").await;
    let card = "document.getElementById('person-card').innerText";
    for text in [
        "Ada Lovelace",
        "@ada",
        "Notes on the engine",
        "local time",
        "Offline",
    ] {
        bob.wait(text, &format!("{card}.includes('{text}')")).await;
    }
    // The time has the format of the reader's language, and the buttons are in one row.
    bob.wait("the time there", "/^[1-9]\\d?:\\d\\d\\s[AP]M$/.test(document.querySelector('#person-card time').textContent)")
        .await;
    bob.wait("one row", "new Set([...document.querySelectorAll('#person-card .button:not([hidden])')].map(button => button.getBoundingClientRect().top)).size === 1")
        .await;
    bob.assert_fits().await;
    // Escape closes it and gives the focus back.
    bob.press(&[ESCAPE]).await;
    bob.wait_for_value("document.activeElement.className", json!("message__author"))
        .await;
    // With the keyboard: Enter on the name, then Mention.
    bob.press(&[ENTER]).await;
    bob.wait_for("#person-card:popover-open").await;
    bob.click("#person-card [data-mention]").await;
    bob.wait_for_value(
        "document.querySelector('#composer textarea').value",
        json!("I ask @ada "),
    )
    .await;
    bob.wait_for_value("document.activeElement.name", json!("body"))
        .await;
    // The avatar opens it, too; Message leads to the conversation.
    bob.click(".message__avatar").await;
    bob.wait_for("#person-card:popover-open").await;
    bob.click("#person-card form button").await;
    bob.wait_for_value("location.pathname", json!("/rooms/2"))
        .await;
    bob.end().await;

    let carol = Window::register(&server.origin(), "carol", WindowOptions::without_scripts()).await;
    carol.click(".message__author").await;
    carol
        .wait("the profile", "location.pathname === '/people/ada'")
        .await;
    carol.end().await;
}

#[tokio::test]
async fn a_conversation_starts_from_one_field() {
    let server = Server::unlimited();
    for name in ["grace", "joan", "gregor"] {
        let account = Account::register(&server, name).await;
        if name == "joan" {
            rename(&account, "Joan Clarke").await;
        }
    }
    let ada = Window::register(&server.origin(), "ada", WindowOptions::default()).await;
    let chips = "[...document.querySelectorAll('#tokens .chip [data-person-name]')].map(c => c.textContent)";
    ada.goto("/directs/new").await;
    // Enter adds the first match, also before the list has followed what was typed.
    ada.type_into("#q", "clar").await;
    ada.press(&[ENTER]).await;
    ada.wait_for_value(chips, json!(["Joan Clarke"])).await;
    ada.wait_for_value("document.getElementById('q').value", json!(""))
        .await;
    assert_eq!(ada.js("document.activeElement.id").await, "q");
    ada.type_into("#q", "gre").await;
    ada.press(&[ENTER]).await;
    ada.wait_for_value(chips, json!(["Joan Clarke", "gregor"]))
        .await;
    // A text that matches no one adds no one.
    ada.type_into("#q", "zzz").await;
    ada.press(&[ENTER]).await;
    ada.wait(
        "the note",
        "document.querySelector('#picked .empty-note')?.textContent.includes('No one matches “zzz”')",
    )
    .await;
    assert_eq!(ada.js(chips).await, json!(["Joan Clarke", "gregor"]));
    // Backspace deletes what was typed and then takes out the last person.
    ada.press(&[BACKSPACE, BACKSPACE, BACKSPACE]).await;
    ada.wait_for("#picked .item").await;
    ada.press(&[BACKSPACE]).await;
    ada.wait_for_value(chips, json!(["Joan Clarke"])).await;
    ada.press(&[ENTER]).await;
    ada.wait_for(COMPOSER).await;
    ada.wait_for_value("document.title", json!("Joan Clarke · Chatterbox"))
        .await;
    // A click on a person while no one is chosen opens the conversation; with someone chosen it adds.
    ada.goto("/directs/new?with=joan").await;
    ada.click("#picked .item__main[value=grace]").await;
    ada.wait_for_value(chips, json!(["Joan Clarke", "grace"]))
        .await;
    ada.goto("/directs/new?q=grace").await;
    ada.click("#picked .item__main[value=grace]").await;
    ada.wait_for_value("document.title", json!("grace · Chatterbox"))
        .await;
    // Ctrl-K lists a person with a conversation once.
    ada.chord(Key::Control, 'k').await;
    ada.type_into("#switcher input", "grace").await;
    ada.wait_for_value(
        "[...document.querySelectorAll('#switcher-found [role=option] b')].filter(b => b.textContent === 'grace' && b.closest('[id^=option-room], [id^=option-person]')).length",
        json!(1),
    )
    .await;
    ada.end().await;
}

#[tokio::test]
async fn a_link_to_a_room_leads_through_log_in_and_joining_to_the_message() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    Account::register(&server, "bob").await;
    let room = ada.create_room("design", "open").await;
    let first = ada.say(room, "the first message").await["id"]
        .as_i64()
        .expect("an id");
    let path = format!("/rooms/{room}/messages/{first}");
    let bob = Window::open(&server.origin(), WindowOptions::default()).await;
    bob.goto(&path).await;
    bob.wait_for("input[name=password]").await;
    bob.fill("username", "bob").await;
    bob.fill("password", PASSWORD).await;
    bob.click("form[action='/login'] .button--primary").await;
    bob.wait_for(".join-offer").await;
    assert_eq!(bob.path().await, path);
    bob.wait(
        "the preview",
        "document.getElementById('main').innerText.includes('the first message')",
    )
    .await;
    bob.assert_fits().await;
    bob.click(".join-offer button").await;
    bob.wait_for(COMPOSER).await;
    assert_eq!(bob.path().await, path);
    bob.end().await;
}

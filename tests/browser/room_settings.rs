//! Settings of a room, its members and the lists over all rooms.

use serde_json::json;

use crate::harness::account::Account;
use crate::harness::message_actions::id;
use crate::harness::server::Server;
use crate::rooms::{badge, create_room, log_in, post_in};
use crate::window::{ENTER, WindowOptions};

const LEFT: char = '\u{e012}';
const RIGHT: char = '\u{e014}';

const SAVED: &str =
    "[...document.querySelectorAll('.autosave')].some(note => note.textContent === 'Saved')";

#[tokio::test]
async fn room_settings_are_saved_by_themselves_and_say_so() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let room = create_room(&ada, "design", "open", &[]).await;
    create_room(&ada, "taken", "open", &[]).await;
    let mut window = log_in(&server, "ada", WindowOptions::default()).await;
    window.expect_log("409");
    window.goto(&format!("/rooms/{room}/settings")).await;
    window.click("input[name=notify][value=mentions]").await;
    window.wait("the confirmation", SAVED).await;
    let unread = ada.room(room).await["unread"].clone();
    assert_eq!(unread["notify"], "mentions");
    assert_eq!(unread["hidden"], false, "other preferences stay");
    window
        .js("(document.getElementById('topic').value = '', true)")
        .await;
    window
        .type_into("#topic", &format!("What it looks like{ENTER}"))
        .await;
    window.wait("the confirmation", SAVED).await;
    assert_eq!(ada.room(room).await["topic"], "What it looks like");

    window
        .js("(document.getElementById('name').value = '', true)")
        .await;
    window.type_into("#name", &format!("taken{ENTER}")).await;
    window
        .wait(
            "the error at the field",
            "document.querySelector('#name').getAttribute('aria-invalid') === 'true' && document.querySelector('#name').closest('.field').nextElementSibling?.matches('.error')",
        )
        .await;
    assert_eq!(ada.room(room).await["name"], "design");
    window
        .js("(document.getElementById('name').value = '', true)")
        .await;
    window.type_into("#name", &format!("drawings{ENTER}")).await;
    window
        .wait("no error", "!document.querySelector('.error')")
        .await;
    window.wait("the confirmation", SAVED).await;
    assert_eq!(ada.room(room).await["name"], "drawings");
    window.end().await;
}

/// Whether a field has this error and says so, with the texts that describe it otherwise.
fn has_error(field: &str, error: &str) -> String {
    format!(
        "(({{ ariaInvalid, value }}, ids) => ariaInvalid === 'true' && value && ids.map((id) => document.getElementById(id).textContent.trim()).at(-1) === {})(document.getElementById('{field}'), (document.getElementById('{field}').getAttribute('aria-describedby') ?? '').split(' ').filter(Boolean))",
        json!(error)
    )
}

#[tokio::test]
async fn a_setting_that_cannot_be_saved_keeps_its_text_and_is_saved_with_enter() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let room = create_room(&ada, "design", "open", &[]).await;
    let mut window = log_in(&server, "ada", WindowOptions::default()).await;
    window.expect_log("net::ERR_INTERNET_DISCONNECTED");
    window.expect_log("WebSocket connection to 'ws://");
    window.expect_log("htmx: htmx:ws:error");
    window.expect_log("status of 422");
    window.goto(&format!("/rooms/{room}/settings")).await;
    let conditions = |offline: bool| json!({"offline": offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1});
    let command = "Network.emulateNetworkConditions";
    window.cdp("Network.enable", json!({})).await;
    window.cdp(command, conditions(true)).await;
    window
        .type_into("#topic", &format!("What it looks like{ENTER}"))
        .await;
    let offline = has_error("topic", "You seem to be offline. Try again in a moment.");
    window.wait("the error", &offline).await;
    let text = "document.getElementById('topic').value";
    assert_eq!(window.js(text).await, "What it looks like");
    assert_eq!(window.js(SAVED).await, false);
    window.press(&[ENTER]).await;
    window.wait("the error again", &offline).await;
    window.cdp(command, conditions(false)).await;
    window.press(&[ENTER]).await;
    window.wait("the confirmation", SAVED).await;
    assert_eq!(window.js(text).await, "What it looks like");
    assert_eq!(ada.room(room).await["topic"], "What it looks like");
    let attributes = "['aria-invalid', 'aria-describedby'].map((name) => document.getElementById('topic').getAttribute(name))";
    assert_eq!(window.js(attributes).await, json!([null, null]));
    assert_eq!(
        window
            .js("document.querySelectorAll('.error').length")
            .await,
        0
    );

    // An error does not replace the hint of its field.
    window.type_into("#emoji", &format!("xyz{ENTER}")).await;
    let described = "document.getElementById('emoji').getAttribute('aria-describedby')";
    window
        .wait_for_value(described, json!("emoji-hint emoji-error"))
        .await;
    assert_eq!(
        window.js("document.getElementById('emoji').value").await,
        "xyz"
    );
    window
        .js("(document.getElementById('emoji').value = '', true)")
        .await;
    window.type_into("#emoji", &format!("🎨{ENTER}")).await;
    window.wait_for_value(described, json!("emoji-hint")).await;
    window.wait("the confirmation", SAVED).await;
    window.end().await;
}

#[tokio::test]
async fn leaving_and_archiving_ask_first() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    Account::register(&server, "bob").await;
    let room = create_room(&ada, "design", "open", &["bob"]).await;
    let window = log_in(&server, "ada", WindowOptions::default()).await;
    let settings = format!("/rooms/{room}/settings");
    window.goto(&settings).await;
    window
        .click("section[aria-labelledby=danger-title] summary")
        .await;
    assert_eq!(
        ada.room(room).await["archived"],
        false,
        "the first click only asks"
    );
    window
        .click("section[aria-labelledby=danger-title] details button")
        .await;
    window.wait_for(".room-footer--archived").await;
    window.goto(&settings).await;
    window
        .click("section[aria-labelledby=danger-title] form:has([name=archived]) button")
        .await;
    window.wait_for("#composer").await;
    assert_eq!(
        ada.room(room).await["archived"],
        false,
        "archiving can be undone"
    );

    window.goto(&settings).await;
    window
        .click("section[aria-labelledby=leave-title] summary")
        .await;
    ada.get(&format!("/rooms/{room}")).await.expect(200);
    window
        .click("section[aria-labelledby=leave-title] details button")
        .await;
    window
        .wait("the directory", "location.pathname === '/rooms'")
        .await;
    window.end().await;
}

#[tokio::test]
async fn several_people_are_added_at_once_and_a_removal_can_be_undone() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    for name in ["bob", "cleo", "dan"] {
        Account::register(&server, name).await;
    }
    let room = create_room(&ada, "design", "open", &[]).await;
    let mut window = log_in(&server, "ada", WindowOptions::default()).await;
    window.expect_log("422");
    window.goto(&format!("/rooms/{room}/members")).await;
    window.type_into("#username", "bob, @cleo nobody").await;
    window.click("form[action$='/members'] button").await;
    window
        .wait(
            "the refusal",
            "document.querySelector('[role=alert]')?.textContent.includes('nobody')",
        )
        .await;
    assert_eq!(ada.members(room).await.len(), 1, "all of them or none");
    window
        .js("(document.getElementById('username').value = '', true)")
        .await;
    window.type_into("#username", "bob, @cleo; dan").await;
    window.click("form[action$='/members'] button").await;
    window
        .wait(
            "four members",
            "document.querySelectorAll('.item').length === 4",
        )
        .await;

    window.click(".item:has([href$='/bob']) summary").await;
    window
        .click(".item:has([href$='/bob']) .menu__item--danger")
        .await;
    window.wait_for(".notice--undo").await;
    assert_eq!(ada.members(room).await.len(), 3);
    window.click(".notice--undo button").await;
    window
        .wait(
            "four members",
            "document.querySelectorAll('.item').length === 4",
        )
        .await;
    assert_eq!(ada.members(room).await.len(), 4);
    window.end().await;
}

#[tokio::test]
async fn a_conversation_of_two_offers_no_mentions_and_no_list_of_people() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    for name in ["bob", "cleo"] {
        Account::register(&server, name).await;
    }
    let two = ada.direct(&["bob"]).await;
    let three = ada.direct(&["bob", "cleo"]).await;
    let window = log_in(&server, "ada", WindowOptions::default()).await;
    for (room, people) in [(two, 0), (three, 2)] {
        window.goto(&format!("/rooms/{room}/settings")).await;
        let options =
            "[...document.querySelectorAll('input[name=notify]')].map(option => option.value)";
        assert_eq!(window.js(options).await, json!(["everything", "nothing"]));
        let listed = window.js("document.querySelectorAll('.item').length").await;
        assert_eq!(listed, json!(people));
    }
    window.end().await;
}

#[tokio::test]
async fn an_empty_room_shows_its_topic_and_what_to_do_first() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let bob = Account::register(&server, "bob").await;
    let room = json!({"name": "design", "topic": "What it looks like", "kind": "open"});
    let room = ada.send("POST", "/rooms", &room).await.expect(201).json();
    let room = id(&room);
    bob.send("POST", &format!("/rooms/{room}/members"), &json!({}))
        .await
        .expect(201);
    for (name, expected) in [
        (
            "ada",
            json!(["Add people", "Change the topic", "Say hello"]),
        ),
        ("bob", json!(["Add people", "Say hello"])),
    ] {
        let window = log_in(&server, name, WindowOptions::default()).await;
        window.goto(&format!("/rooms/{room}")).await;
        let text = "document.querySelector('.empty').innerText";
        window
            .wait(
                "the topic",
                &format!("{text}.includes('#design') && {text}.includes('What it looks like')"),
            )
            .await;
        let actions =
            "[...document.querySelectorAll('.empty__actions a')].map(link => link.textContent)";
        assert_eq!(window.js(actions).await, expected, "{name}");
        window.end().await;
    }
}

#[tokio::test]
async fn mentions_and_threads_are_filtered_marked_and_answered_in_their_lists() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let bob_account = Account::register(&server, "bob").await;
    let root = (1, id(&bob_account.post("Bob's thread").await));
    let room = create_room(&ada, "design", "open", &["bob"]).await;
    post_in(&ada, room, "look, @bob").await;
    post_in(&ada, room, "nothing for bob").await;
    ada.answer(root, "an answer").await;
    let bob = log_in(&server, "bob", WindowOptions::default()).await;
    bob.goto("/mentions").await;
    bob.click(".inbox-reply summary").await;
    bob.type_into(".inbox-reply textarea", "seen").await;
    bob.click(".inbox-reply button").await;
    bob.wait(
        "the list again",
        "location.pathname === '/mentions' && !document.querySelector('.inbox-reply[open]')",
    )
    .await;
    let messages = bob_account
        .get(&format!("/rooms/{room}/messages"))
        .await
        .json();
    let last = messages["messages"][2].clone();
    assert_eq!(
        (&last["body"], &last["reply_to"]["excerpt"]),
        (&json!("seen"), &json!("look, @bob"))
    );
    bob.click(".inbox-tools__filter a[href$='unread=1']").await;
    bob.wait(
        "one unread mention",
        "document.querySelectorAll('.message-cards__item').length === 1",
    )
    .await;
    bob.click(".inbox-tools form button").await;
    bob.wait_for_value(&badge("Mentions"), json!("")).await;
    bob.goto("/mentions?unread=1").await;
    bob.wait(
        "no unread mention",
        "document.querySelector('.empty-note') !== null",
    )
    .await;
    assert_eq!(
        bob.js(&badge("Threads")).await,
        json!("1"),
        "threads stay unread"
    );

    bob.goto("/threads?unread=1").await;
    bob.click(".inbox-reply summary").await;
    bob.type_into(".inbox-reply textarea", "in the thread")
        .await;
    bob.click(".inbox-reply button").await;
    bob.wait("the list again", "location.pathname === '/threads'")
        .await;
    let thread = bob_account.thread(root).await;
    assert_eq!(thread["messages"][1]["body"], "in the thread");
    bob.goto("/threads").await;
    bob.click(".inbox-tools form button").await;
    bob.wait_for_value(&badge("Threads"), json!("")).await;
    bob.end().await;
}

#[tokio::test]
async fn the_time_zone_of_the_browser_is_suggested_in_a_list_of_all() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let window = log_in(&server, "ada", WindowOptions::default()).await;
    window.goto("/profile").await;
    let own = window
        .js("Intl.DateTimeFormat().resolvedOptions().timeZone")
        .await;
    window
        .wait_for_value("document.getElementById('time_zone').value", own)
        .await;
    assert_eq!(
        window.js("[...document.getElementById('time_zone').list.options].some(zone => zone.value === 'Europe/Berlin')").await,
        json!(true)
    );
    let profile = json!({"display_name": "Ada L.", "time_zone": ""});
    ada.send("PATCH", "/profile", &profile).await.expect(200);
    window.reload().await;
    window
        .wait(
            "the list",
            "document.getElementById('time_zone').list !== null",
        )
        .await;
    assert_eq!(
        window
            .js("document.getElementById('time_zone').value")
            .await,
        json!(""),
        "a user who left it blank is not asked again"
    );
    window.end().await;
}

#[tokio::test]
async fn a_thread_names_its_room_counts_replies_and_can_tell_the_room() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let bob_account = Account::register(&server, "bob").await;
    let room = create_room(&ada, "design", "open", &["bob"]).await;
    let root = id(&bob_account.say(room, "Bob's thread").await);
    ada.answer((room, root), "one").await;
    let bob = log_in(&server, "bob", WindowOptions::default()).await;
    bob.goto("/threads").await;
    bob.click("a[href$='/thread']").await;
    bob.wait_for_connection("open").await;
    bob.wait(
        "the focus in the box of the thread",
        "document.activeElement.id === 'thread-reply'",
    )
    .await;
    let labels = "['body', 'thread-reply'].map(id => document.getElementById(id)).map(box => [box.placeholder, box.labels[0].textContent])";
    assert_eq!(
        bob.js(labels).await,
        json!([
            ["Message #design", "Message #design"],
            ["Reply in thread in #design", "Reply in thread in #design"],
        ])
    );
    let count = "document.querySelector('.thread__count').innerText.trim()";
    assert_eq!(bob.js(count).await, json!("1 reply"));
    bob.click(".thread__also input").await;
    bob.type_into("#thread-reply", &format!("for everyone{ENTER}"))
        .await;
    bob.wait_for_message("for everyone").await;
    bob.wait_for_value(count, json!("2 replies")).await;
    let thread = ada.thread((room, root)).await;
    assert_eq!(thread["messages"][1]["body"], "for everyone");
    let messages = ada.get(&format!("/rooms/{room}/messages")).await.json();
    let copy = messages["messages"]
        .as_array()
        .expect("a list")
        .last()
        .cloned();
    let copy = copy.expect("the copy in the room");
    assert_eq!(
        (&copy["body"], &copy["reply_to"]["id"]),
        (&json!("for everyone"), &json!(root))
    );
    bob.end().await;
}

#[tokio::test]
async fn the_edge_of_a_thread_moves_with_the_keys_and_stays() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let root = id(&ada.post("a thread").await);
    let window = log_in(&server, "ada", WindowOptions::default()).await;
    let path = format!("/rooms/1/messages/{root}/thread");
    window.goto(&path).await;
    window.wait_for(".thread__edge").await;
    let width = "Math.round(document.getElementById('thread-panel').getBoundingClientRect().width)";
    let before = window.js(width).await.as_i64().expect("a number");
    window
        .js("(document.querySelector('.thread__edge').focus(), true)")
        .await;
    window.press(&[LEFT, LEFT]).await;
    window.wait_for_value(width, json!(before + 64)).await;
    window.press(&[RIGHT]).await;
    window.wait_for_value(width, json!(before + 32)).await;
    window.reload().await;
    window.wait_for_value(width, json!(before + 32)).await;
    window.end().await;
}

#[tokio::test]
async fn a_block_of_code_has_a_button_that_copies_it() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    ada.post("Look:\n\n```rust\nlet a = 1;\nlet b = 2;\n```")
        .await;
    let window = log_in(&server, "ada", WindowOptions::default()).await;
    window.wait_for(".message__body pre").await;
    window.js("dispatchEvent(new Event('pointermove'))").await;
    window
        .wait("the scripts", "document.getElementById('copy-code')")
        .await;
    window.js("(window.copied = null, Object.defineProperty(navigator, 'clipboard', { value: { writeText: async text => { window.copied = text } } }), document.querySelector('.message__body pre').dispatchEvent(new PointerEvent('pointerover', { bubbles: true })), true)").await;
    window.click(".copy-code").await;
    window
        .wait_for_value("window.copied", json!("let a = 1;\nlet b = 2;"))
        .await;
    window.end().await;
}

#[tokio::test]
async fn calls_are_offered_to_those_who_may_use_them() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    Account::register(&server, "bob").await;
    let room = create_room(&ada, "design", "open", &["bob"]).await;
    let options = "[...document.querySelectorAll('#mention-options:popover-open [role=option]')].map(o => o.dataset.name)";
    for (name, expected) in [
        ("ada", json!(["bob", "room", "here", "ada"])),
        ("bob", json!(["ada", "bob"])),
    ] {
        let window = log_in(&server, name, WindowOptions::default()).await;
        window.goto(&format!("/rooms/{room}")).await;
        window.wait_for_connection("open").await;
        window.type_into("#body", "Hello @").await;
        window.wait_for_value(options, expected).await;
        if name == "ada" {
            window.type_into("#body", "HE").await;
            window.wait_for_value(options, json!(["here"])).await;
        }
        window.end().await;
    }
}

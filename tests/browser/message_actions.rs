//! Edits, deletions, reactions, replies, mentions and pins, by keyboard, pointer and touch, mostly with two users.

use fantoccini::key::Key;
use serde_json::{Value, json};

use crate::harness::account::Account;
use crate::harness::http::send;
use crate::harness::server::Server;
use crate::rooms::{api_request, log_in, post_in};
use crate::window::{ENTER, ESCAPE, TAB, Window, WindowOptions};

const UP: char = '\u{e013}';
const DOWN: char = '\u{e015}';
const LEFT: char = '\u{e012}';
const RIGHT: char = '\u{e014}';
const HOME: char = '\u{e011}';
const END: char = '\u{e010}';
const SPACE: char = ' ';

/// JavaScript expression for the focused element: its action, name or id.
const FOCUS: &str = "document.activeElement.dataset.action ?? document.activeElement.name ?? document.activeElement.id";
/// JavaScript expression for the text in the edit form; `null` without one.
const EDIT_TEXT: &str = "document.querySelector('.edit textarea')?.value ?? null";

/// Registers two users and opens a window in the Lobby for each.
async fn two_windows(server: &Server) -> (Window, Window) {
    Account::register(server, "root").await; // the admin
    let ada = Window::register(&server.origin(), "ada", WindowOptions::default()).await;
    let bob = Window::register(&server.origin(), "bob", WindowOptions::default()).await;
    for window in [&ada, &bob] {
        window.wait_for_connection("open").await;
    }
    (ada, bob)
}

/// JavaScript expression for the message with a text.
fn message(text: &str) -> String {
    format!(
        "[...document.querySelectorAll('#messages .message')].find(m => m.querySelector('.message__body').innerText.trim() === {})",
        json!(text)
    )
}

/// Moves the focus from the composer to the toolbar of the newest message.
async fn focus_toolbar(window: &Window) {
    window
        .js("document.querySelector('#composer textarea').focus() ?? true")
        .await;
    window.chord(Key::Shift, TAB).await;
    window
        .wait(
            "the toolbar",
            "document.activeElement.closest('[role=toolbar]') !== null",
        )
        .await;
}

/// Moves the pointer over a message.
async fn hover(window: &Window, text: &str) {
    let over = format!(
        "(message => ['pointermove', 'pointerover'].every(type => message.dispatchEvent(new PointerEvent(type, {{ bubbles: true }}))) && message.querySelector('.message__actions') !== null)({})",
        message(text)
    );
    window.wait("the toolbar of the message", &over).await;
}

/// Opens the menu of a message with the pointer.
async fn open_menu(window: &Window, text: &str) {
    hover(window, text).await;
    window
        .js("document.querySelector('.message__action[data-action=menu]').click() ?? true")
        .await;
    window.wait_for("#message-menu:popover-open").await;
}

#[tokio::test]
async fn editing_with_the_keyboard_updates_every_window() {
    let server = Server::unlimited();
    let (ada, bob) = two_windows(&server).await;
    ada.send_message("helo wrld").await;
    bob.wait_for_messages(&["helo wrld"]).await;
    ada.wait_until_sent().await;

    ada.press(&[UP]).await;
    ada.wait_for_value(EDIT_TEXT, json!("helo wrld")).await;
    ada.press(&['!', ESCAPE]).await;
    ada.wait_for_value(EDIT_TEXT, Value::Null).await;
    ada.wait_for_value(FOCUS, json!("body")).await;
    ada.wait_for_messages(&["helo wrld"]).await;

    ada.press(&[UP]).await;
    ada.wait_for_value(EDIT_TEXT, json!("helo wrld")).await;
    ada.chord(Key::Control, 'a').await;
    // A reaction replaces the message meanwhile. The form keeps its text and its focus.
    ada.press(&['h', 'i']).await;
    bob.js(&format!("fetch({}.querySelector('.message__time').pathname + '/reactions/%F0%9F%91%8D', {{ method: 'PUT', headers: {{ Accept: 'application/json' }} }}) && true", message("helo wrld"))).await;
    ada.wait_for("#messages .reaction").await;
    ada.wait_for_value(EDIT_TEXT, json!("hi")).await;
    ada.press(&['!']).await;
    ada.wait_for_value(EDIT_TEXT, json!("hi!")).await;
    // The text also survives a reload.
    ada.reload().await;
    ada.wait_for_value(EDIT_TEXT, json!("hi!")).await;
    ada.wait_for_connection("open").await;
    ada.js("document.querySelector('.edit textarea').focus() ?? true")
        .await;
    ada.chord(Key::Control, ENTER).await;
    for window in [&ada, &bob] {
        window.wait_for_messages(&["hi!"]).await;
        window
            .wait_for_value(
                "document.querySelector('.message__edited').textContent",
                json!("edited"),
            )
            .await;
    }
    ada.wait_for_value(FOCUS, json!("body")).await;
    assert_eq!(ada.draft().await, "");
    for window in [ada, bob] {
        window.end().await;
    }
}

#[tokio::test]
async fn a_conflicting_offline_or_oversized_edit_keeps_its_text() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let id = post_in(&ada, 1, "one").await;
    let mut window = log_in(&server, "ada", WindowOptions::default()).await;
    window.wait_for_connection("open").await;
    window.press(&[UP]).await;
    window.wait_for_value(EDIT_TEXT, json!("one")).await;
    window.press(&['!']).await;
    let path = format!("/rooms/1/messages/{id}");
    api_request(&ada, "PATCH", &path, json!({"body": "two"})).await;
    window.press(&[ENTER]).await;
    let refusal = "document.querySelector('.edit [role=alert]:not([hidden])')?.innerText ?? ''";
    window
        .wait(
            "the edit conflict",
            &format!("{refusal}.includes('edited somewhere else')"),
        )
        .await;
    window.wait_for_value(EDIT_TEXT, json!("one!")).await;

    let offline =
        json!({"offline": true, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1});
    window.cdp("Network.enable", json!({})).await;
    window
        .cdp("Network.emulateNetworkConditions", offline)
        .await;
    window.press(&[ENTER]).await;
    window
        .wait(
            "the network error",
            &format!("{refusal}.includes('Not saved')"),
        )
        .await;
    window.wait_for_value(EDIT_TEXT, json!("one!")).await;
    let online =
        json!({"offline": false, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1});
    window.cdp("Network.emulateNetworkConditions", online).await;
    window.press(&[ENTER]).await;
    window.wait_for_value(EDIT_TEXT, Value::Null).await;
    window.wait_for_messages(&["one!"]).await;

    // The form also keeps a text that is too long.
    window.press(&[UP]).await;
    window.wait_for_value(EDIT_TEXT, json!("one!")).await;
    let long = "x".repeat(10_001);
    window.cdp("Input.insertText", json!({"text": long})).await;
    window.press(&[ENTER]).await;
    window
        .wait("the length limit", &format!("{refusal}.includes('10,000')"))
        .await;
    window.press(&[ESCAPE]).await;
    window.wait_for_messages(&["one!"]).await;
    window.expect_log("409");
    window.expect_outage();
    window.expect_log("net::ERR_INTERNET_DISCONNECTED");
    window.end().await;
}

#[tokio::test]
async fn the_toolbar_is_one_tab_stop_with_arrow_key_navigation() {
    let server = Server::unlimited();
    let (ada, bob) = two_windows(&server).await;
    ada.send_message("mine").await;
    bob.wait_for_messages(&["mine"]).await;
    bob.send_message("yours").await;
    ada.wait_for_messages(&["mine", "yours"]).await;
    focus_toolbar(&ada).await;
    ada.wait_for_value(FOCUS, json!("react")).await;
    ada.press(&[LEFT]).await;
    ada.wait_for_value(FOCUS, json!("menu")).await;
    ada.press(&[HOME, RIGHT]).await;
    ada.wait_for_value(FOCUS, json!("reply")).await;
    // Only the author of a message has the edit button.
    ada.press(&[RIGHT, RIGHT]).await;
    ada.wait_for_value(FOCUS, json!("menu")).await;
    ada.press(&[UP, LEFT]).await;
    ada.wait_for_value(FOCUS, json!("edit")).await;
    ada.press(&[DOWN]).await;
    ada.wait_for_value(FOCUS, json!("react")).await;
    // The menu opens, wraps around at its ends, selects by first letter, closes and returns the focus.
    ada.press(&[END, DOWN]).await;
    ada.wait_for_value(FOCUS, json!("copy-text")).await;
    // The quick reactions are above it.
    ada.press(&[HOME]).await;
    ada.wait_for_value("document.activeElement.dataset.emoji", json!("👍"))
        .await;
    ada.press(&[UP]).await;
    ada.wait_for_value(FOCUS, json!("report")).await;
    ada.press(&[HOME, 's']).await;
    ada.wait_for_value(FOCUS, json!("save")).await;
    ada.press(&[ESCAPE]).await;
    ada.wait_for_value(FOCUS, json!("menu")).await;
    ada.wait_for_value(
        "document.activeElement.getAttribute('aria-expanded')",
        json!("false"),
    )
    .await;
    ada.press(&[ESCAPE]).await;
    ada.wait_for_value(FOCUS, json!("body")).await;
    // The list is no live region. A separate one announces the new message.
    assert_eq!(
        ada.js("document.getElementById('messages').getAttribute('aria-live')")
            .await,
        "off"
    );
    ada.wait_for_value(
        "document.getElementById('announcement').textContent",
        json!("bob: yours"),
    )
    .await;
    for window in [ada, bob] {
        window.end().await;
    }
}

#[tokio::test]
async fn a_deleted_message_becomes_a_placeholder_in_every_window() {
    let server = Server::unlimited();
    let (ada, bob) = two_windows(&server).await;
    ada.send_message("a slip of the tongue").await;
    bob.wait_for_messages(&["a slip of the tongue"]).await;
    ada.wait_until_sent().await;
    focus_toolbar(&ada).await;
    ada.press(&[END, ENTER]).await;
    ada.wait_for("#message-menu:popover-open").await;
    ada.press(&[END, ENTER]).await;
    ada.wait_for("#delete-dialog[open]").await;
    ada.wait_for_value("document.activeElement.textContent", json!("Cancel"))
        .await;
    ada.press(&[ENTER]).await;
    ada.wait_for_value(
        "document.getElementById('delete-dialog').open",
        json!(false),
    )
    .await;
    ada.wait_for_messages(&["a slip of the tongue"]).await;
    ada.wait_for_value(FOCUS, json!("menu")).await;
    ada.press(&[ENTER]).await;
    ada.wait_for("#message-menu:popover-open").await;
    ada.press(&[END, SPACE]).await;
    ada.wait_for("#delete-dialog[open]").await;
    ada.press(&[TAB, ENTER]).await;
    for window in [&ada, &bob] {
        window
            .wait_for_messages(&["This message was deleted."])
            .await;
    }
    // The toolbar and the menu offer only the actions that a deleted message supports.
    hover(&bob, "This message was deleted.").await;
    let options = "[...document.querySelectorAll('.message__action')].filter(b => !b.hidden).map(b => b.dataset.action)";
    bob.wait_for_value(options, json!(["menu"])).await;
    open_menu(&bob, "This message was deleted.").await;
    let options = "[...document.querySelectorAll('#message-menu [data-action]')].filter(b => b.checkVisibility()).map(b => b.dataset.action)";
    bob.wait_for_value(options, json!(["copy-link", "unread"]))
        .await;
    for window in [ada, bob] {
        window.end().await;
    }
}

#[tokio::test]
async fn reactions_are_added_with_the_keyboard_and_toggled_by_a_click() {
    let server = Server::unlimited();
    let (ada, bob) = two_windows(&server).await;
    bob.send_message("it works").await;
    ada.wait_for_messages(&["it works"]).await;
    focus_toolbar(&ada).await;
    ada.press(&[ENTER]).await;
    ada.wait(
        "the emoji",
        "document.querySelectorAll('#emoji-all .emoji__option').length > 1500",
    )
    .await;
    ada.wait_for_value("document.activeElement.className", json!("emoji__search"))
        .await;
    ada.press(&"tad".chars().collect::<Vec<_>>()).await;
    ada.wait_for_value(
        "document.querySelector('#emoji-found [aria-selected=true]')?.textContent",
        json!("🎉"),
    )
    .await;
    ada.press(&[DOWN, ENTER]).await;
    let pills = "[...document.querySelectorAll('.reaction')].map(r => [r.value, r.querySelector('.reaction__count').textContent, r.querySelector('.reaction__people').textContent])";
    for window in [&ada, &bob] {
        window
            .wait_for_value(pills, json!([["🎉", "1", "ada"]]))
            .await;
    }
    ada.wait_for_value(FOCUS, json!("react")).await;
    bob.click(".reaction").await;
    for window in [&ada, &bob] {
        window
            .wait_for_value(pills, json!([["🎉", "2", "adabob"]]))
            .await;
    }
    let tip = "getComputedStyle(document.querySelector('.reaction__people'))";
    bob.wait_for_value(&format!("{tip}.opacity"), json!("1"))
        .await;
    assert_eq!(visible_tip(&bob).await, "You and ada");
    assert_eq!(visible_tip(&ada).await, "You and bob");
    bob.click(".reaction").await;
    for window in [&ada, &bob] {
        window
            .wait_for_value(pills, json!([["🎉", "1", "ada"]]))
            .await;
    }
    // A reaction of the user looks different from reactions of others.
    let style = "getComputedStyle(document.querySelector('.reaction')).borderTopColor";
    ada.js("document.activeElement.blur() ?? true").await;
    assert_ne!(ada.js(style).await, Value::Null);
    assert_ne!(
        ada.js(&style.replace("borderTopColor", "backgroundColor"))
            .await,
        bob.js(&style.replace("borderTopColor", "backgroundColor"))
            .await
    );
    // Recent emoji come first, the arrow keys move through the rows, and Esc returns the focus.
    focus_toolbar(&ada).await;
    ada.press(&[HOME, ENTER]).await;
    ada.wait_for_value(
        "document.querySelector('#emoji-recent:not([hidden]) .emoji__option')?.textContent",
        json!("🎉"),
    )
    .await;
    ada.press(&[DOWN, DOWN, RIGHT, DOWN]).await;
    ada.wait_for_value("document.activeElement.title.length > 2", json!(true))
        .await;
    ada.press(&[ESCAPE]).await;
    ada.wait_for_value(
        "document.querySelector('#emoji:popover-open') === null",
        json!(true),
    )
    .await;
    ada.wait_for_value(FOCUS, json!("react")).await;
    // In the composer the emoji is inserted at the caret.
    ada.type_draft("so good").await;
    ada.press(&[LEFT, LEFT, LEFT, LEFT, LEFT]).await;
    ada.click("[data-action=insert-emoji]").await;
    ada.press(&"rocket".chars().collect::<Vec<_>>()).await;
    ada.press(&[ENTER]).await;
    ada.wait_for_value(
        "document.querySelector('#composer textarea').value",
        json!("so🚀 good"),
    )
    .await;
    ada.wait_for_value(FOCUS, json!("body")).await;
    for window in [ada, bob] {
        window.end().await;
    }
}

#[tokio::test]
async fn a_reply_keeps_its_quote_in_the_outbox_and_after_a_reload() {
    let server = Server::unlimited();
    let (ada, bob) = two_windows(&server).await;
    bob.send_message("when do we meet?").await;
    bob.send_message("and where?").await;
    ada.wait_for_messages(&["when do we meet?", "and where?"])
        .await;
    focus_toolbar(&ada).await;
    ada.press(&[UP, RIGHT, ENTER]).await;
    let bar = "document.getElementById('replying-text').textContent";
    ada.wait_for_value(bar, json!("Replying to bob: when do we meet?"))
        .await;
    ada.wait_for_value(FOCUS, json!("body")).await;
    ada.press(&[ESCAPE]).await;
    ada.wait_for_value("document.getElementById('replying').hidden", json!(true))
        .await;
    focus_toolbar(&ada).await;
    ada.press(&[UP]).await;
    ada.wait_for_value(FOCUS, json!("reply")).await;
    ada.press(&[ENTER]).await;
    // A message whose frame is lost stays in the outbox with its quote and is sent after a reload.
    ada.js("(WebSocket.prototype.send = () => {}, true)").await;
    ada.send_message("at noon").await;
    let pending = "document.querySelector('.pending .quote:not([hidden])')?.textContent ?? null";
    ada.wait_for_value(pending, json!("bob when do we meet?"))
        .await;
    ada.wait_for_value("document.getElementById('replying').hidden", json!(true))
        .await;
    ada.reload().await;
    for window in [&ada, &bob] {
        window
            .wait_for_messages(&["when do we meet?", "and where?", "at noon"])
            .await;
        window
            .wait_for_value(
                "document.querySelector('#messages .quote').textContent",
                json!("bob when do we meet?"),
            )
            .await;
    }
    ada.wait_until_sent().await;
    // The quote links to the quoted message.
    let link =
        "document.querySelector('.quote').href === document.querySelector('.message__time').href";
    bob.wait_for_value(link, json!(true)).await;
    // The quote of a deleted message becomes a placeholder.
    bob.js(&format!("fetch({}.querySelector('.message__time').pathname, {{ method: 'DELETE', headers: {{ Accept: 'application/json' }} }}) && true", message("when do we meet?"))).await;
    for window in [&ada, &bob] {
        window
            .wait_for_value(
                "document.querySelector('#messages .quote').textContent",
                json!("bob deleted message"),
            )
            .await;
    }
    for window in [ada, bob] {
        window.end().await;
    }
}

#[tokio::test]
async fn mentions_are_completed_while_typing_and_highlighted_for_the_mentioned_user() {
    let server = Server::unlimited();
    let (ada, bob) = two_windows(&server).await;
    bob.send_message("hello").await;
    ada.wait_for_messages(&["hello"]).await;
    ada.type_draft("so @").await;
    let options = "[...document.querySelectorAll('#mention-options:popover-open [role=option]')].map(o => o.dataset.name)";
    ada.wait_for_value(options, json!(["bob", "root", "ada"]))
        .await;
    ada.press(&[DOWN]).await;
    let selected = "document.getElementById(document.querySelector('#composer textarea').getAttribute('aria-activedescendant'))?.dataset.name ?? null";
    ada.wait_for_value(selected, json!("root")).await;
    ada.press(&['b']).await;
    ada.wait_for_value(options, json!(["bob"])).await;
    ada.press(&[ESCAPE]).await;
    ada.wait_for_value(options, json!([])).await;
    assert_eq!(ada.draft().await, "so @b");
    ada.press(&['o']).await;
    ada.wait_for_value(selected, json!("bob")).await;
    ada.press(&[ENTER]).await;
    ada.wait_for_value(
        "document.querySelector('#composer textarea').value",
        json!("so @bob "),
    )
    .await;
    ada.press(&"look".chars().collect::<Vec<_>>()).await;
    ada.press(&[ENTER]).await;
    bob.wait_for_messages(&["hello", "so @bob look"]).await;
    let background = |text: &str| {
        format!(
            "getComputedStyle({}.querySelector('.message__body')).backgroundColor",
            message(text)
        )
    };
    let root = Account::log_in(&server, "root").await;
    post_in(&root, 1, "nobody in particular").await;
    bob.wait_for_message("nobody in particular").await;
    assert_ne!(
        bob.js(&background("so @bob look")).await,
        bob.js(&background("nobody in particular")).await
    );
    // A click selects an option too, and the edit form completes mentions as well.
    ada.wait_for_message("nobody in particular").await;
    ada.press(&[UP]).await;
    ada.wait_for_value(EDIT_TEXT, json!("so @bob look")).await;
    ada.press(&" @ro".chars().collect::<Vec<_>>()).await;
    ada.wait_for_value(options, json!(["root"])).await;
    ada.click("#mention-options [role=option]").await;
    ada.wait_for_value(EDIT_TEXT, json!("so @bob look @root "))
        .await;
    ada.press(&[ESCAPE]).await;
    for window in [ada, bob] {
        window.end().await;
    }
}

#[tokio::test]
async fn messages_are_saved_pinned_and_linked_from_the_menu() {
    let server = Server::unlimited();
    let root = Account::register(&server, "root").await;
    let id = post_in(&root, 1, "worth keeping").await;
    let ada = Window::register(&server.origin(), "ada", WindowOptions::default()).await;
    let admin = log_in(&server, "root", WindowOptions::default()).await;
    for window in [&ada, &admin] {
        window.wait_for_connection("open").await;
    }
    let grants = json!({"origin": server.origin(), "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]});
    ada.cdp("Browser.grantPermissions", grants).await;
    open_menu(&ada, "worth keeping").await;
    ada.click("#message-menu [data-action=copy-link]").await;
    ada.wait_for_value(
        "document.getElementById('toast').textContent",
        json!("Link copied"),
    )
    .await;
    ada.js(
        "(navigator.clipboard.readText().then(text => document.body.dataset.copied = text), true)",
    )
    .await;
    let link = format!("{}/rooms/1/messages/{id}#message-{id}", server.origin());
    ada.wait_for_value("document.body.dataset.copied ?? null", json!(link))
        .await;
    let label = "document.querySelector('#message-menu [data-action=save]').innerText.trim()";
    open_menu(&ada, "worth keeping").await;
    ada.wait_for_value(label, json!("Save")).await;
    ada.click("#message-menu [data-action=save]").await;
    ada.wait_for_value(
        "document.getElementById('toast').textContent",
        json!("Saved"),
    )
    .await;
    ada.reload().await;
    ada.wait_for_connection("open").await;
    open_menu(&ada, "worth keeping").await;
    ada.wait_for_value(label, json!("Remove from saved")).await;
    let pin = "document.querySelector('#message-menu [data-action=pin]').checkVisibility()";
    assert_eq!(ada.js(pin).await, Value::Bool(false), "members cannot pin");
    open_menu(&admin, "worth keeping").await;
    admin.click("#message-menu [data-action=pin]").await;
    let labels = "[...document.querySelectorAll('.message__label')].map(m => m.textContent)";
    for window in [&ada, &admin] {
        window
            .wait_for_value(labels, json!(["Pinned by root"]))
            .await;
    }
    open_menu(&admin, "worth keeping").await;
    admin
        .wait_for_value(
            "document.querySelector('#message-menu [data-action=pin]').innerText.trim()",
            json!("Unpin"),
        )
        .await;
    admin.click("#message-menu [data-action=pin]").await;
    ada.wait_for_value(labels, json!([])).await;
    let path = format!("/rooms/1/messages/{id}");
    send(root.ask("DELETE", &path)).await.expect(200);
    ada.wait_for_messages(&["This message was deleted."]).await;
    for window in [ada, admin] {
        window.end().await;
    }
}

#[tokio::test]
async fn a_long_press_opens_the_message_menu() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let id = post_in(&ada, 1, "under the thumb").await;
    Account::register(&server, "bob").await;
    let bob = log_in(&server, "bob", WindowOptions::phone(390, 844)).await;
    bob.wait_for_connection("open").await;
    let center = bob
        .js(&format!("(r => ({{ x: r.x + r.width / 2, y: r.y + r.height / 2 }}))(document.querySelector('#message-{id} .message__body').getBoundingClientRect())"))
        .await;
    let (x, y) = (&center["x"], &center["y"]);
    let touch = |kind: &str, points: Value| json!({"type": kind, "touchPoints": points});
    // A touch that moves scrolls.
    bob.cdp(
        "Input.dispatchTouchEvent",
        touch("touchStart", json!([{"x": x, "y": y}])),
    )
    .await;
    let target_y = y.as_f64().expect("a coordinate is a number") - 60.0;
    bob.cdp(
        "Input.dispatchTouchEvent",
        touch("touchMove", json!([{"x": x, "y": target_y}])),
    )
    .await;
    bob.cdp("Input.dispatchTouchEvent", touch("touchEnd", json!([])))
        .await;
    bob.cdp(
        "Input.dispatchTouchEvent",
        touch("touchStart", json!([{"x": x, "y": y}])),
    )
    .await;
    bob.wait_for("#message-menu[data-sheet]:popover-open").await;
    bob.cdp("Input.dispatchTouchEvent", touch("touchEnd", json!([])))
        .await;
    let too_small = "[...document.querySelectorAll('#message-menu [data-action]')].filter(b => b.checkVisibility() && Math.min(b.offsetHeight, b.offsetWidth) < 44).length";
    assert_eq!(
        bob.js(too_small).await,
        0,
        "every touch target is at least 44 px wide and high"
    );
    bob.wait_for("#message-menu[data-sheet]:popover-open").await;
    let chosen = "[...document.querySelectorAll('#message-menu [data-action], #message-menu [data-emoji]')].filter(b => b.checkVisibility()).map(b => getComputedStyle(b)).filter(s => s.boxShadow !== 'none' || s.outlineStyle !== 'none' || s.backgroundColor !== 'rgba(0, 0, 0, 0)').length";
    assert_eq!(bob.js(chosen).await, 0, "no row looks chosen");
    bob.assert_fits().await;
    bob.click("#message-menu [data-emoji='🎉']").await;
    bob.wait_for(".reaction[value='🎉']").await;
    bob.wait_for_value(
        "document.querySelector('#message-menu:popover-open') === null",
        json!(true),
    )
    .await;
    bob.end().await;
}

/// The words of the first reaction's tooltip as they are painted, with what style sheets add, from left to right.
pub async fn visible_tip(window: &Window) -> String {
    let script = "
        const words = (person) => {
          const made = (part) => getComputedStyle(person, part).content.replace(/^none$|^normal$|^\"|\"$/g, '');
          const name = person.firstElementChild;
          const text = name && getComputedStyle(name).display === 'none' ? '' : person.textContent;
          return { left: person.getBoundingClientRect().left, text: made('::before') + text + made('::after') };
        };
        const people = [...document.querySelector('.reaction__people').children].map(words);
        return people.sort((a, b) => a.left - b.left).map(({ text }) => text).join('');";
    window
        .run(script)
        .await
        .as_str()
        .expect("a text")
        .to_owned()
}

#[tokio::test]
async fn reactions_have_quick_ways_on_a_desktop() {
    let server = Server::unlimited();
    let (ada, bob) = two_windows(&server).await;
    bob.send_message("a **bold** plan").await;
    ada.wait_for_messages(&["a bold plan"]).await;
    focus_toolbar(&ada).await;
    ada.press(&[END, ENTER]).await;
    ada.wait_for("#message-menu:popover-open [data-action=copy-text]")
        .await;
    ada.click("#message-menu [data-emoji='👍']").await;
    ada.wait_for(".reaction[value='👍']").await;
    // The button after the reactions opens the picker; without scripts it leads to the page of the message.
    ada.click(".add-reaction").await;
    ada.wait_for("#emoji:popover-open .emoji__option").await;
    let search = "#emoji .emoji__search";
    ada.type_into(search, "tada").await;
    ada.wait_for("#emoji-found [aria-selected=true]").await;
    ada.press(&[ENTER]).await;
    bob.wait_for(".reaction[value='🎉']").await;
    assert_eq!(
        bob.js("document.querySelector('.add-reaction').getAttribute('href')")
            .await,
        "/rooms/1/messages/1#message-1"
    );
    for window in [ada, bob] {
        window.end().await;
    }
}

#[tokio::test]
async fn pins_say_who_pinned_and_edit_histories_what_changed() {
    let server = Server::unlimited();
    let (ada, bob) = two_windows(&server).await;
    bob.send_message("see you at nine").await;
    ada.wait_for_messages(&["see you at nine"]).await;
    bob.wait_until_sent().await;
    let admin = Account::log_in(&server, "root").await;
    let pin = "/rooms/1/messages/1/pin";
    admin.send("PUT", pin, &json!({})).await.expect(200);
    bob.wait_for_value(
        "document.querySelector('.message__label').textContent",
        json!("Pinned by root"),
    )
    .await;
    let pinner = "(by => [getComputedStyle(by.firstChild).display, getComputedStyle(by, '::after').content])(document.querySelector('.message__pinner'))";
    assert_eq!(bob.js(pinner).await, json!(["inline", "none"]));
    let root = log_in(&server, "root", WindowOptions::default()).await;
    for path in ["/rooms/1", "/rooms/1/pins"] {
        root.goto(path).await;
        let you = json!(["none", "\"you\""]);
        root.wait_for_value(pinner, you).await;
    }
    root.end().await;
    bob.press(&[UP]).await;
    bob.wait_for(".edit__box").await;
    bob.js("document.querySelector('.edit__box').value = 'see you at ten'")
        .await;
    bob.press(&[ENTER]).await;
    bob.wait_for(".message__edited").await;
    bob.click(".message__edited").await;
    bob.wait_for_value(
        "[...document.querySelectorAll('.version__text')].map(v => v.innerHTML)",
        json!([
            "see you at nine",
            "see you at <del>nine</del><ins>ten</ins>"
        ]),
    )
    .await;
    for window in [ada, bob] {
        window.end().await;
    }
}

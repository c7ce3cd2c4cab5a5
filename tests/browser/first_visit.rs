//! Scripts that a page loads once its user acts: not earlier, and no action is lost while they are on their way.

use fantoccini::key::Key;
use serde_json::{Value, json};

use crate::harness::account::Account;
use crate::harness::server::Server;
use crate::rooms::{log_in, post_in};
use crate::window::{ESCAPE, Window, WindowOptions};

const UP: char = '\u{e013}';
/// JavaScript expression for the files that were loaded for later use.
const LATER: &str = "performance.getEntriesByType('resource').map(e => new URL(e.name).pathname).filter(path => path.includes('on_use')).map(path => path.replace(/-[0-9a-f]{12}/, '')).sort()";

/// A server with a message and a reply in a thread by ada, and a window in its Lobby that has loaded slowly nothing
/// for later use.
async fn slow_window(server: &Server) -> (Window, i64) {
    let ada = Account::register(server, "ada").await;
    let id = post_in(&ada, 1, "first").await;
    let path = format!("/rooms/1/messages/{id}");
    ada.send(
        "POST",
        &format!("{path}/thread"),
        &json!({"body": "a reply"}),
    )
    .await
    .expect(201);
    ada.send(
        "POST",
        &format!("{path}/reactions"),
        &json!({"emoji": "🎉"}),
    )
    .await
    .expect(200);
    let window = log_in(server, "ada", WindowOptions::default()).await;
    window.wait_for_connection("open").await;
    window.cdp("Network.enable", json!({})).await;
    (window, id)
}

/// Makes each request take this long (ms).
async fn delay(window: &Window, latency: u32) {
    let slow = json!({"offline": false, "latency": latency, "downloadThroughput": -1, "uploadThroughput": -1});
    window.cdp("Network.emulateNetworkConditions", slow).await;
}

#[tokio::test]
async fn a_room_loads_the_scripts_of_actions_when_the_user_acts() {
    let server = Server::unlimited();
    let (window, _) = slow_window(&server).await;
    window.reload().await;
    window.wait_for_connection("open").await;
    // Idle time of the browser loads nothing either.
    window
        .run("return new Promise(resolve => requestIdleCallback(() => resolve(true)))")
        .await;
    assert_eq!(window.js(LATER).await, json!([]));
    window.move_to("#messages .message").await;
    let files = json!(["/assets/on_use.css", "/assets/room_page_on_use.js"]);
    window.wait_for_value(LATER, files).await;
    // The toolbar appears at the message under the pointer, which does not move again.
    window
        .wait_for("#messages .message:hover .message__actions")
        .await;
    // A page without a room loads what it needs only.
    window.goto("/rooms").await;
    assert_eq!(window.js(LATER).await, json!([]));
    window.press(&['x']).await;
    let files = json!(["/assets/app_on_use.js", "/assets/on_use.css"]);
    window.wait_for_value(LATER, files).await;
    window.end().await;
}

#[tokio::test]
async fn an_action_before_the_scripts_have_arrived_happens_when_they_do() {
    let server = Server::unlimited();
    let (window, id) = slow_window(&server).await;
    let path = "/rooms/1";
    // The switcher, by key and by pointer.
    for by_key in [true, false] {
        window.goto(path).await;
        window.wait_for_connection("open").await;
        delay(&window, 400).await;
        match by_key {
            true => window.chord(Key::Control, 'k').await,
            false => window.click("#switcher-button").await,
        }
        window.wait_for("#switcher[open]").await;
        delay(&window, 0).await;
    }
    // The last own message is edited with the up arrow.
    window.goto(path).await;
    window.wait_for_connection("open").await;
    delay(&window, 400).await;
    window.press(&[UP]).await;
    let edited = "document.querySelector('.edit textarea')?.value ?? null";
    window.wait_for_value(edited, json!("first")).await;
    delay(&window, 0).await;
    window.press(&[ESCAPE]).await;
    // Names are offered for what was typed meanwhile.
    window.goto(path).await;
    window.wait_for_connection("open").await;
    delay(&window, 400).await;
    window.type_draft("@ad").await;
    window
        .wait_for("#mention-options:popover-open [role=option]")
        .await;
    delay(&window, 0).await;
    window.press(&[ESCAPE]).await;
    // A reaction is toggled, the picker and a thread open, each without loading another page.
    let opened = [
        (".reaction", "#messages .message:not(:has(.reaction))"),
        (
            "[data-action=insert-emoji]",
            "#emoji:popover-open .emoji__option",
        ),
        (".message__thread", "#thread-panel .thread"),
    ];
    for (button, effect) in opened {
        window.goto(path).await;
        window.wait_for_connection("open").await;
        delay(&window, 400).await;
        window.js("(window.isSame = true)").await;
        window.click(button).await;
        window.wait_for(effect).await;
        assert_eq!(window.js("window.isSame ?? false").await, true, "{button}");
        delay(&window, 0).await;
    }
    assert!(window.path().await.ends_with(&format!("/{id}/thread")));
    // A file is attached that was chosen meanwhile.
    window.goto(path).await;
    window.wait_for_connection("open").await;
    delay(&window, 400).await;
    window
        .run(
            "const input = document.querySelector('#composer input[type=file]');
             const chosen = new DataTransfer();
             chosen.items.add(new File(['text'], 'early.txt'));
             input.files = chosen.files;
             for (const type of ['input', 'change']) input.dispatchEvent(new Event(type, { bubbles: true }));",
        )
        .await;
    window.wait_for("[data-name='early.txt']").await;
    delay(&window, 0).await;
    window.end().await;
}

#[tokio::test]
async fn without_the_scripts_of_actions_links_still_work_and_a_notice_appears() {
    let server = Server::unlimited();
    let (mut window, id) = slow_window(&server).await;
    window
        .cdp("Network.setBlockedURLs", json!({"urls": ["*on_use*"]}))
        .await;
    window.goto("/rooms/1").await;
    window.wait_for_connection("open").await;
    window.press(&[UP]).await;
    window
        .wait(
            "a notice",
            "document.querySelector('#notices .notice')?.innerText.includes('Couldn’t load')",
        )
        .await;
    window.click(".message__thread").await;
    window
        .wait(
            "the thread as a page",
            &format!("location.pathname.endsWith('/{id}/thread')"),
        )
        .await;
    // The next action tries again.
    window
        .cdp("Network.setBlockedURLs", json!({"urls": []}))
        .await;
    window.goto("/rooms/1").await;
    window.wait_for_connection("open").await;
    window.press(&[UP]).await;
    let edited = "document.querySelector('.edit textarea')?.value ?? null";
    window.wait_for_value(edited, json!("first")).await;
    assert_ne!(window.js(LATER).await, Value::Null);
    window.expect_log("ERR_BLOCKED_BY_CLIENT");
    window.end().await;
}

#[tokio::test]
async fn older_messages_and_links_to_messages_work_as_the_first_action() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    ada.post_many("number", 120).await;
    let window = log_in(&server, "ada", WindowOptions::default()).await;
    window.wait_for_connection("open").await;
    // The wheel loads older messages.
    window
        .run("document.getElementById('timeline').scrollTop = -1e6; dispatchEvent(new WheelEvent('wheel'))")
        .await;
    window.wait_for_message("number 70").await;
    // A linked message is in sight at once.
    let link = window
        .js("document.querySelectorAll('.message__time')[40].pathname")
        .await;
    let link = link.as_str().expect("an address").to_owned();
    window.goto(&link).await;
    let seen = "(r => r && r.top >= 0 && r.bottom <= innerHeight)(document.getElementById('message-' + document.getElementById('room').dataset.permalink)?.getBoundingClientRect())";
    window.wait("the linked message", seen).await;
    window.end().await;
}

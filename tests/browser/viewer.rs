//! The picture viewer: by keyboard and touch, zoomed, and over all pictures of a room.

use serde_json::{Value, json};

use crate::harness::account::Account;
use crate::harness::server::Server;
use crate::harness::uploads::png;
use crate::window::{ENTER, ESCAPE, Window, WindowOptions};

const LEFT: char = '\u{e012}';
const RIGHT: char = '\u{e014}';
const END: char = '\u{e010}';

/// Name of the shown picture.
const NAME: &str = "document.getElementById('viewer-name')?.textContent";

/// Whether a button of the viewer is disabled.
fn is_disabled(button: &str) -> String {
    format!("document.querySelector('[data-viewer={button}]').ariaDisabled === 'true'")
}

/// Opens the viewer with the first picture that the page shows.
async fn open(window: &Window) {
    window.wait_for(".picture[data-loaded]").await;
    window
        .js("document.querySelector('a.picture').focus() ?? true")
        .await;
    window.press(&[ENTER]).await;
    window.wait_for("#viewer[open]").await;
}

#[tokio::test]
async fn the_viewer_shows_all_pictures_of_the_room_by_keyboard() {
    let server = Server::unlimited();
    let account = Account::register(&server, "ada").await;
    let mut ids = Vec::new();
    for (name, width) in [("one.png", 2000), ("two.png", 50), ("three.png", 900)] {
        ids.push(account.upload(name, &png(width, 500)).await);
    }
    account.post_files(1, "Two", &[&ids[0], &ids[1]]).await;
    let last = account.post_files(1, "", &[&ids[2]]).await;
    let ada = Window::log_in(&server.origin(), "ada", WindowOptions::default()).await;
    ada.goto("/rooms/1").await;
    ada.wait_for(".picture[data-loaded]").await;
    let shown = "[document.getElementById('viewer-name')?.textContent, document.getElementById('viewer-position')?.textContent]";
    ada.js("document.querySelector('a.picture').focus() ?? true")
        .await;
    ada.press(&[ENTER]).await;
    ada.wait_for_value(shown, json!(["one.png", "1 of 3"]))
        .await;
    ada.wait(
        "the large copy",
        "document.querySelector('.viewer__image').naturalWidth >= 1600",
    )
    .await;
    ada.press(&[RIGHT]).await;
    ada.wait_for_value(shown, json!(["two.png", "2 of 3"]))
        .await;
    ada.press(&[END]).await;
    ada.wait_for_value(shown, json!(["three.png", "3 of 3"]))
        .await;
    // A deleted message takes its picture along.
    let path = format!("/rooms/1/messages/{}", last["id"]);
    account.send("DELETE", &path, &json!({})).await.expect(200);
    ada.wait_for("#viewer[data-gone]").await;
    ada.press(&[LEFT]).await;
    ada.wait_for_value(shown, json!(["two.png", "2 of 2"]))
        .await;
    ada.press(&[ESCAPE]).await;
    ada.wait(
        "the viewer to close",
        "!document.querySelector('#viewer[open]')",
    )
    .await;
    let focused = "document.activeElement.closest('a.picture')?.dataset.name";
    ada.wait("the focus on a picture", focused).await;
    ada.end().await;
}

#[tokio::test]
async fn the_viewer_loads_older_and_newer_messages_until_the_ends_of_the_room() {
    let server = Server::unlimited();
    let account = Account::register(&server, "ada").await;
    let first = account.upload("one.png", &png(60, 50)).await;
    let first = account.post_files(1, "", &[&first]).await;
    account.post_many("long", 430).await;
    account.share(1, "two.png", &png(50, 60)).await;
    account.post_many("short", 70).await;
    account.share(1, "three.png", &png(70, 50)).await;
    let ada = Window::log_in(&server.origin(), "ada", WindowOptions::default()).await;
    ada.goto("/rooms/1").await;
    ada.wait_for_connection("open").await;
    open(&ada).await;
    ada.wait_for_value(NAME, json!("three.png")).await;
    assert_eq!(ada.js(&is_disabled("next")).await, true);
    // The second step loads more messages than the list keeps, and the last one loads them again.
    for (key, name) in [
        (LEFT, "two"),
        (LEFT, "one"),
        (RIGHT, "two"),
        (RIGHT, "three"),
    ] {
        assert_eq!(
            ada.js(&is_disabled(if key == LEFT { "previous" } else { "next" }))
                .await,
            false
        );
        ada.press(&[key]).await;
        ada.wait_for_value(NAME, json!(format!("{name}.png"))).await;
        if name == "one" {
            assert_eq!(ada.js(&is_disabled("previous")).await, true);
        }
    }
    // A page in the middle of the history has messages on both sides.
    ada.goto(&format!("/rooms/1/messages/{}", first["id"]))
        .await;
    open(&ada).await;
    ada.wait_for_value(NAME, json!("one.png")).await;
    assert_eq!(ada.js(&is_disabled("previous")).await, true);
    for name in ["two.png", "three.png"] {
        ada.click("[data-viewer=next]").await;
        ada.wait_for_value(NAME, json!(name)).await;
    }
    ada.wait_for_value(&is_disabled("next"), json!(true)).await;
    ada.end().await;
}

#[tokio::test]
async fn a_picture_is_zoomed_and_downloaded_and_its_author_may_describe_it() {
    let server = Server::unlimited();
    let account = Account::register(&server, "ada").await;
    Account::register(&server, "bob").await;
    account.share(1, "one.png", &png(2000, 1500)).await;
    let ada = Window::log_in(&server.origin(), "ada", WindowOptions::default()).await;
    ada.goto("/rooms/1").await;
    open(&ada).await;
    let width = "document.querySelector('.viewer__picture').getBoundingClientRect().width";
    let fitted = ada.js(width).await.as_f64().expect("a width");
    assert!(fitted < 1280.0, "{fitted}");
    ada.click("[data-viewer=zoom]").await;
    ada.wait_for_value(width, json!(2000)).await;
    ada.wait_for("[data-viewer=zoom][aria-pressed=true]").await;
    let original = "document.querySelector('.viewer__image').src.endsWith('/one.png')";
    ada.wait("the original", original).await;
    ada.press(&['0']).await;
    ada.wait_for_value(&format!("{width} === {fitted}"), json!(true))
        .await;
    ada.press(&['+']).await;
    ada.wait_for_value(&format!("{width} > {fitted}"), json!(true))
        .await;
    let link = "document.querySelector('[data-viewer=download]').getAttribute('href').replace(location.origin, '')";
    let link = ada.js(link).await;
    let link = link.as_str().expect("a link");
    let downloaded = account.get(link).await.expect(200);
    let disposition = downloaded.header("content-disposition");
    assert!(disposition.starts_with("attachment"), "{disposition}");
    ada.click("[data-viewer=describe]").await;
    ada.wait_for(".alt-texts textarea").await;
    let bob = Window::log_in(&server.origin(), "bob", WindowOptions::default()).await;
    bob.goto("/rooms/1").await;
    open(&bob).await;
    let hidden = "document.querySelector('[data-viewer=describe]').hidden";
    assert_eq!(bob.js(hidden).await, true);
    ada.end().await;
    bob.end().await;
}

/// Swipes over the stage of the viewer with one finger, from one x to another (px).
async fn swipe(window: &Window, from: i32, to: i32) {
    let touch = |kind: &str, points: Value| json!({"type": kind, "touchPoints": points});
    let at = |x: i32| json!([{"x": x, "y": 400}]);
    for step in [
        touch("touchStart", at(from)),
        touch("touchMove", at((from + to) / 2)),
        touch("touchMove", at(to)),
        touch("touchEnd", json!([])),
    ] {
        window.cdp("Input.dispatchTouchEvent", step).await;
    }
}

#[tokio::test]
async fn a_finger_swipes_through_pictures() {
    let server = Server::unlimited();
    let account = Account::register(&server, "ada").await;
    for name in ["one.png", "two.png"] {
        account.share(1, name, &png(600, 500)).await;
    }
    let options = WindowOptions::phone(390, 844);
    let ada = Window::log_in(&server.origin(), "ada", options).await;
    ada.goto("/rooms/1").await;
    open(&ada).await;
    ada.assert_fits().await;
    for (from, to, name) in [
        (300, 80, "two.png"),
        (300, 80, "two.png"), // there is no further one
        (80, 300, "one.png"),
    ] {
        swipe(&ada, from, to).await;
        ada.wait_for_value(NAME, json!(name)).await;
    }
    // A short or steep one is none.
    swipe(&ada, 200, 180).await;
    ada.wait_for_value(NAME, json!("one.png")).await;
    ada.press(&[ESCAPE]).await;
    ada.end().await;
}

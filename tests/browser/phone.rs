//! The layout of the pages on a phone.

use crate::harness::account::Account;
use crate::harness::server::Server;
use crate::window::{COMPOSER, ENTER, ESCAPE, Window, WindowOptions, quoted};

#[tokio::test]
async fn every_part_of_the_page_fits_a_phone() {
    check_phone(390, 844).await;
}

#[tokio::test]
async fn the_smallest_phone_does_not_scroll_sideways() {
    check_phone(320, 568).await;
}

/// Asserts that long texts fit, and that the composer and the drawer work in a viewport of this size (px).
async fn check_phone(width: u32, height: u32) {
    let server = Server::unlimited();
    let name = "a".repeat(32);
    let long = Account::register(&server, &name).await;
    long.post(&"unbreakable".repeat(40)).await;
    long.post(&format!("https://example.com/{}", "path/".repeat(60)))
        .await;
    long.post("🎉").await;
    long.post_many("filling the screen", 30).await;

    let ada = Window::open(&server.origin(), WindowOptions::phone(width, height)).await;
    for path in ["/login", "/register"] {
        ada.goto(path).await;
        assert_eq!(
            ada.js("innerWidth").await,
            width,
            "{path} is as wide as the phone"
        );
        ada.assert_fits().await;
    }
    ada.fill("username", "ada").await;
    ada.fill("password", crate::harness::account::PASSWORD)
        .await;
    ada.click("form[action='/register'] .button--primary").await;
    ada.wait_for_connection("open").await;
    ada.assert_fits().await;
    wait_until_in_viewport(&ada, COMPOSER).await;
    wait_until_in_viewport(&ada, "#composer .composer__send").await;
    ada.wait_for_message("filling the screen 30").await;
    wait_until_in_viewport(&ada, "#messages .message:last-of-type .message__body").await;

    ada.type_draft(&format!("one{ENTER}two")).await;
    assert_eq!(
        ada.draft().await,
        "one\ntwo",
        "Enter inserts a line break on a touch screen"
    );
    ada.click("#composer .composer__send").await;
    ada.wait_for_message("one\ntwo").await;
    ada.assert_fits().await;
    wait_until_in_viewport(&ada, "#messages .message:last-of-type .message__body").await;

    let drawer = "(r => r.width > 0 && r.left >= 0 && r.right <= innerWidth && getComputedStyle(document.getElementById('presence')).visibility === 'visible')(document.getElementById('presence').getBoundingClientRect())";
    assert_eq!(ada.js(drawer).await, false, "the drawer is closed");
    ada.click("header button").await;
    ada.wait("the drawer", drawer).await;
    ada.assert_fits().await;
    ada.press(&[ESCAPE]).await;
    ada.wait("a closed drawer", &format!("!{drawer}")).await;
    ada.click("header button").await;
    ada.wait("the drawer, opened again", drawer).await;
    ada.click("#menu-me summary").await;
    ada.click("form[action='/logout'] button").await;
    ada.wait("the login page", "location.pathname === '/login'")
        .await;
    ada.end().await;
}

/// Waits until an element is completely inside the viewport.
async fn wait_until_in_viewport(window: &Window, css: &str) {
    let inside = format!(
        "(r => r.width > 0 && r.left >= 0 && r.top >= 0 && r.right <= innerWidth + 0.5 && r.bottom <= innerHeight + 0.5)(document.querySelector({}).getBoundingClientRect())",
        quoted(css)
    );
    window.wait(css, &inside).await;
}

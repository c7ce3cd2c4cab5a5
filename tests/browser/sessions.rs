//! Sessions that end: one by one, by a new password, and by a suspension while the user writes.

use serde_json::json;

use crate::harness::account::{Account, PASSWORD};
use crate::harness::server::Server;
use crate::window::{Window, WindowOptions};

const NEW_PASSWORD: &str = "another horse, another battery";

/// Opens three windows of one user, each with a session of its own and an open socket. The first is on the account
/// page, the others are in the first room.
async fn three_windows(server: &Server) -> [Window; 3] {
    let origin = server.origin();
    let first = Window::register(&origin, "ada", WindowOptions::default()).await;
    let second = Window::log_in(&origin, "ada", WindowOptions::default()).await;
    let third = Window::log_in(&origin, "ada", WindowOptions::default()).await;
    first.click("#menu-me summary").await;
    first.click("#menu-me a[href='/account']").await;
    first.wait_for("#devices-title").await;
    for window in [&first, &second, &third] {
        window.wait_for_connection("open").await;
    }
    [first, second, third]
}

async fn wait_for_log_in_page(window: &Window) {
    window
        .wait_for_value("location.pathname", json!("/login"))
        .await;
    window.wait_for("form[action='/login']").await;
}

/// Fills in the log-in form of the current page, which may have a name from a refused attempt.
async fn log_in_again(window: &Window, name: &str, password: &str) {
    window
        .run("document.querySelector('[name=username]').value = ''")
        .await;
    window.fill("username", name).await;
    window.fill("password", password).await;
    window.click("form[action='/login'] .button--primary").await;
}

#[tokio::test]
async fn devices_are_logged_out_one_by_one_and_all_at_once() {
    let server = Server::unlimited();
    let [first, second, third] = three_windows(&server).await;
    let rows = "document.querySelectorAll('[aria-labelledby=devices-title] li').length";
    first.wait_for_value(rows, json!(3)).await;
    first.assert_fits().await;
    let this_one = "[...document.querySelectorAll('[aria-labelledby=devices-title] li')]
        .filter(row => row.innerText.includes('This device')).length";
    assert_eq!(first.js(this_one).await, 1);
    first
        .click("[aria-labelledby=devices-title] li form .button")
        .await;
    first.wait_for_value(rows, json!(2)).await;
    // The list has the newest session first, which is that of the third window.
    wait_for_log_in_page(&third).await;
    let connection = "document.getElementById('connection').dataset.state";
    assert_eq!(second.js(connection).await, "open");
    first
        .click("form[action='/account/sessions/end'] .button")
        .await;
    first.wait_for_value(rows, json!(1)).await;
    wait_for_log_in_page(&second).await;
    log_in_again(&second, "ada", PASSWORD).await;
    second.wait_for("#composer").await;
    for window in [first, second, third] {
        window.end().await;
    }
}

#[tokio::test]
async fn a_new_password_ends_the_other_open_sockets_and_keeps_this_one() {
    let server = Server::unlimited();
    let bob = Account::register(&server, "bob").await;
    let [first, mut second, third] = three_windows(&server).await;
    second.expect_log("the server responded with a status of 401");
    first.fill("password", NEW_PASSWORD).await;
    first
        .click("form[action='/account/password'] .button--primary")
        .await;
    for window in [&second, &third] {
        wait_for_log_in_page(window).await;
    }
    // The socket of this window goes on.
    first.wait_for_connection("open").await;
    bob.post("hello @ada").await;
    first.wait_for("#sidebar .mention-badge").await;
    log_in_again(&second, "ada", PASSWORD).await;
    second.wait_for("[role=alert]").await;
    log_in_again(&second, "ada", NEW_PASSWORD).await;
    second.wait_for_message("hello @ada").await;
    for window in [first, second, third] {
        window.end().await;
    }
}

#[tokio::test]
async fn a_suspended_user_is_logged_out_at_once_and_finds_the_draft_after_the_reinstatement() {
    let server = Server::unlimited();
    let admin = Window::register(&server.origin(), "root", WindowOptions::default()).await;
    let mut bob = Window::register(&server.origin(), "bob", WindowOptions::default()).await;
    bob.expect_log("the server responded with a status of 403");
    bob.wait_for_connection("open").await;
    bob.type_draft("half a sentence").await;
    admin.goto("/people/bob").await;
    admin
        .click("details:has([action='/people/bob/suspension']) summary")
        .await;
    admin.fill("reason", "spam").await;
    admin
        .click("form[action='/people/bob/suspension'] .button--danger")
        .await;
    admin
        .wait_for("form[action='/people/bob/suspension/end']")
        .await;
    wait_for_log_in_page(&bob).await;
    log_in_again(&bob, "bob", PASSWORD).await;
    let refused = "document.querySelector('[role=alert]')?.innerText.includes('suspended')";
    bob.wait("the reason", refused).await;
    bob.assert_fits().await;
    admin
        .click("form[action='/people/bob/suspension/end'] .button")
        .await;
    admin
        .wait_for("form[action='/people/bob/suspension']")
        .await;
    log_in_again(&bob, "bob", PASSWORD).await;
    bob.wait_for("#composer").await;
    assert_eq!(bob.draft().await, "half a sentence");
    bob.end().await;
    admin.end().await;
}

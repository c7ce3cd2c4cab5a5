//! Invite links: from the form through the QR code to the room, with and without scripts.

use serde_json::json;

use crate::harness::account::{Account, PASSWORD};
use crate::harness::server::Server;
use crate::window::{Window, WindowOptions};

/// Text in the QR code on the page, read from its picture.
async fn text_of_code(window: &Window) -> String {
    const MODULE: usize = 4; // px
    let size = "document.querySelector('.qr-code').viewBox.baseVal.width";
    let size = window.js(size).await.as_u64().expect("a width") as usize;
    let path = "document.querySelector('.qr-code path').getAttribute('d')";
    let path = window.js(path).await;
    let mut dark = vec![vec![false; size]; size];
    for run in path.as_str().expect("a path").split('M').skip(1) {
        let (at, rest) = run.split_once('h').expect("a run");
        let (x, y) = at.split_once(' ').expect("a position");
        let [x, y, length] = [x, y, rest.split('v').next().expect("a length")]
            .map(|number| number.parse::<usize>().expect("a number"));
        dark[y][x..x + length].fill(true);
    }
    let side = size * MODULE;
    let grey = |x: usize, y: usize| if dark[y / MODULE][x / MODULE] { 0 } else { 255 };
    let mut image = rqrr::PreparedImage::prepare_from_greyscale(side, side, grey);
    let codes = image.detect_grids();
    assert_eq!(codes.len(), 1, "the page has a QR code");
    codes[0].decode().expect("a readable code").1
}

/// Creates a link to a room with the form. Returns the address in its QR code.
async fn create_link(window: &Window, room: i64) -> String {
    window.goto("/invites").await;
    window.click(&format!("[name='room-{room}']")).await;
    window.fill("note", "Come and see the plans").await;
    window
        .click("form[action='/invites'] .button--primary")
        .await;
    window.wait_for(".qr-code").await;
    let shown = window
        .js("document.getElementById('invite-url').value")
        .await;
    let read = text_of_code(window).await;
    assert_eq!(shown, read, "the code has the address of the page");
    window.assert_fits().await;
    read
}

/// Opens the address of an invitation and registers.
async fn register(window: &Window, address: &str, name: &str) {
    let path = address
        .strip_prefix(&window.origin)
        .expect("an address of this server");
    window.goto(path).await;
    let text = window
        .js("document.querySelector('.card').textContent")
        .await;
    let text = text.as_str().expect("text");
    for part in [
        "ada invites you to Chatterbox",
        "Come and see the plans",
        "# plans",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    window.assert_fits().await;
    window.fill("username", name).await;
    window.fill("password", PASSWORD).await;
    window
        .click("form[action^='/invite/'] .button--primary")
        .await;
    window.wait_for("#composer").await;
}

#[tokio::test]
async fn someone_scans_the_code_of_a_link_registers_and_lands_in_the_room() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let room = ada.create_room("plans", "closed").await;
    let inviter = Window::log_in(&server.origin(), "ada", WindowOptions::default()).await;
    let address = create_link(&inviter, room).await;
    inviter.click("[data-action=copy-invite-link]").await;
    inviter
        .wait(
            "the note that it was copied",
            "document.getElementById('invite-copied').textContent !== ''",
        )
        .await;
    let invited = Window::open(&server.origin(), WindowOptions::phone(390, 844)).await;
    register(&invited, &address, "bob").await;
    assert_eq!(invited.path().await, format!("/rooms/{room}"));
    let referrer = invited.js("document.referrer").await;
    assert!(
        !referrer.as_str().expect("text").contains("/invite/"),
        "{referrer}"
    );
    invited.wait_for_connection("open").await;
    ada.say(room, "Welcome!").await;
    invited.wait_for_message("Welcome!").await;
    inviter.goto("/invites").await;
    inviter
        .wait_for_value(
            "document.querySelector('.invite-link a[href=\"/people/bob\"]')?.textContent",
            json!("bob"),
        )
        .await;
    inviter.end().await;
    invited.end().await;
}

#[tokio::test]
async fn someone_with_an_account_logs_in_from_the_invitation_and_joins() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    Account::register(&server, "bob").await;
    let room = ada.create_room("plans", "closed").await;
    let link = ada.create_link(json!({"rooms": [room]})).await;
    let bob = Window::open(&server.origin(), WindowOptions::default()).await;
    bob.goto(&link.path).await;
    bob.click(".invite__log-in a").await;
    bob.wait("the log-in page", "location.pathname === '/login'")
        .await;
    bob.fill("username", "bob").await;
    bob.fill("password", PASSWORD).await;
    bob.click("form[action='/login'] .button--primary").await;
    bob.wait(
        "the invitation",
        &format!("location.pathname === '{}'", link.path),
    )
    .await;
    bob.click("form[action^='/invite/'] .button--primary").await;
    bob.wait(
        "the room",
        &format!("location.pathname === '/rooms/{room}'"),
    )
    .await;
    bob.wait_for("#composer").await;
    bob.end().await;
}

#[tokio::test]
async fn without_scripts_a_link_is_created_and_used() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let room = ada.create_room("plans", "closed").await;
    let inviter = Window::log_in(&server.origin(), "ada", WindowOptions::without_scripts()).await;
    let address = create_link(&inviter, room).await;
    let mut invited = Window::open(&server.origin(), WindowOptions::without_scripts()).await;
    invited.expect_log("the server responded with a status of 4");
    register(&invited, &address, "bob").await;
    assert_eq!(invited.path().await, format!("/rooms/{room}"));
    inviter.goto("/invites").await;
    inviter.click(".invite-link summary").await;
    inviter.click(".invite-link .button--danger").await;
    inviter.wait_for(".invite-link--ended").await;
    let mut late = Window::open(&server.origin(), WindowOptions::without_scripts()).await;
    late.expect_log("the server responded with a status of 410");
    late.goto(address.strip_prefix(&server.origin()).expect("an address"))
        .await;
    let text = late.js("document.body.textContent").await;
    assert!(
        text.as_str()
            .expect("text")
            .contains("This invitation was revoked.")
    );
    for window in [inviter, invited, late] {
        window.end().await;
    }
}

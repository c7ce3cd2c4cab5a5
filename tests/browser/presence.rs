//! Lines about users who come and go, and what online means.

use serde_json::json;

use crate::harness::account::Account;
use crate::harness::proxy::Proxy;
use crate::harness::server::Server;
use crate::rooms::{create_room, log_in};
use crate::window::{Window, WindowOptions};

/// JavaScript expression for the lines of the server in the room.
const LINES: &str =
    "[...document.querySelectorAll('#messages .message--system')].map(line => line.textContent)";

#[tokio::test]
async fn reloads_and_reconnects_leave_no_lines_and_members_who_join_do() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let room = create_room(&ada, "design", "open", &[]).await;
    Account::register(&server, "bob").await;
    let path = format!("/rooms/{room}");
    let proxy = Proxy::before(server.address()).await;
    let mut window = Window::log_in(&proxy.origin(), "ada", WindowOptions::default()).await;
    window.goto(&path).await;
    window.wait_for_connection("open").await;
    ada.invite(room, "bob").await;
    let joined = json!(["bob was added by ada"]);
    window.wait_for_value(LINES, joined.clone()).await;

    let bob = log_in(&server, "bob", WindowOptions::default()).await;
    bob.goto(&path).await;
    for _ in 0..3 {
        bob.reload().await;
        bob.wait_for_connection("open").await;
        window.wait_for_online(&["ada", "bob"]).await;
    }
    window.expect_outage();
    for _ in 0..2 {
        proxy.refuse_everything(true);
        proxy.cut();
        window.wait_for_connection("closed").await;
        proxy.refuse_everything(false);
        window.wait_for_connection("open").await;
        window.wait_for_online(&["ada", "bob"]).await;
    }
    bob.send_message("after all that").await;
    window.wait_for_message("after all that").await;
    assert_eq!(window.js(LINES).await, joined);
    for window in [window, bob] {
        window.end().await;
    }
}

#[tokio::test]
async fn online_means_anywhere_and_the_room_lists_who_is_viewing_it() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let bob = Account::register(&server, "bob").await;
    Account::register(&server, "grace").await;
    let room = create_room(&bob, "elsewhere", "closed", &[]).await;
    ada.direct(&["bob"]).await;
    let away = bob.open_live(room).await;
    let window = log_in(&server, "ada", WindowOptions::default()).await;
    window.wait_for_connection("open").await;
    let dot = "document.querySelector('.presence-dot[data-person]').className";
    let online = json!("presence-dot presence-dot--online");
    window.wait_for_value(dot, online).await;
    window.wait_for_online(&["ada"]).await;
    window.goto("/rooms/1/members").await;
    let listed = "[...document.querySelectorAll('.page__title')].map(title => [title.textContent.trim(), [...(title.nextElementSibling?.querySelectorAll('.item') ?? [])].map(item => [item.querySelector('b').textContent, item.textContent.includes('Viewing')]).filter(([name]) => name !== 'ada')])";
    let expected = json!([
        ["Online 2", [["bob", false]]],
        ["Offline", [["grace", false]]]
    ]);
    window.wait_for_value(listed, expected).await;
    let _here = bob.open_live(1).await;
    window.reload().await;
    let expected = json!([
        ["Online 2", [["bob", true]]],
        ["Offline", [["grace", false]]]
    ]);
    window.wait_for_value(listed, expected).await;
    drop(away);
    window.end().await;
}

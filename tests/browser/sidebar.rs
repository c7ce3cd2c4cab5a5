//! The sidebar: its parts, filter, menus and pills, with few and with many rooms.

use serde_json::json;

use crate::harness::account::Account;
use crate::harness::server::Server;
use crate::rooms::log_in;
use crate::window::{Window, WindowOptions};

/// JavaScript expression for the names of the visible rooms.
const ROOMS: &str = "[...document.querySelectorAll('#part-rooms .sidebar-row__name')].filter(e => e.checkVisibility()).map(e => e.textContent)";
/// JavaScript expression for the badges of rooms, by name.
const BADGES: &str = "Object.fromEntries([...document.querySelectorAll('#part-rooms .sidebar-row')].map(row => [row.querySelector('.sidebar-row__name').textContent, [...row.querySelectorAll('.unread-badge')].map(b => b.firstChild.textContent).join('|')]).filter(([, badge]) => badge))";

/// A server where ada is in many rooms of bob. In the first and in the last are unread messages.
async fn many_rooms(rooms: usize) -> (Server, Account, Vec<i64>) {
    let server = Server::unlimited();
    let bob = Account::register(&server, "bob").await;
    let ada = Account::register(&server, "ada").await;
    let mut ids = Vec::new();
    for number in 0..rooms {
        let id = bob
            .create_room(&format!("room {number:03}"), "closed")
            .await;
        bob.invite(id, "ada").await;
        ids.push(id);
    }
    bob.say(ids[0], "first @ada").await;
    bob.say(ids[0], "and more").await;
    bob.say(ids[rooms - 1], "last").await;
    (server, ada, ids)
}

#[tokio::test]
async fn unread_rooms_out_of_sight_have_a_pill_and_each_room_one_badge() {
    let (server, _, _) = many_rooms(60).await;
    let window = log_in(&server, "ada", WindowOptions::default()).await;
    window.wait_for_connection("open").await;
    window
        .wait_for_value(BADGES, json!({"room 000": "@1", "room 059": "1"}))
        .await;
    let visible = |id: &str| format!("!document.getElementById('{id}').hidden");
    window.wait("the pill", &visible("unread-below")).await;
    window.click("#unread-below").await;
    let in_sight = "(r => r.top >= 0 && r.bottom <= innerHeight)([...document.querySelectorAll('.sidebar-row')].find(e => e.textContent.includes('room 059')).getBoundingClientRect())";
    window.wait("the last room", in_sight).await;
    window
        .wait_for_value(&visible("unread-below"), json!(false))
        .await;
    window
        .wait("the other pill", &visible("unread-above"))
        .await;
    window.end().await;
}

#[tokio::test]
async fn no_pill_covers_the_row_of_the_room_on_the_page() {
    let (server, _, ids) = many_rooms(60).await;
    let window = log_in(&server, "ada", WindowOptions::default()).await;
    let on_top = "(row => { const at = row.getBoundingClientRect(); return row.contains(document.elementFromPoint(at.left + at.width / 2, at.top + at.height / 2)); })(document.querySelector('.sidebar-row:has([aria-current])'))";
    for id in &ids[8..24] {
        window.goto(&format!("/rooms/{id}")).await;
        window
            .wait("a pill", "!document.getElementById('unread-below').hidden")
            .await;
        assert_eq!(window.js(on_top).await, json!(true), "room {id}");
    }
    window.end().await;
}

#[tokio::test]
async fn closed_parts_and_the_filter_are_remembered() {
    let (server, ada, ids) = many_rooms(5).await;
    let window = log_in(&server, "ada", WindowOptions::default()).await;
    window.wait_for_connection("open").await;
    window.click("#part-directs summary").await;
    window.click("#menu-rooms summary").await;
    window.click("#unread-only").await;
    let filtered = json!(["Lobby", "room 000", "room 004"]);
    window.wait_for_value(ROOMS, filtered.clone()).await;
    // A new list from the server changes none of it.
    ada.create_room("newer", "open").await;
    window
        .wait(
            "the new list",
            "document.body.textContent.includes('newer')",
        )
        .await;
    window.wait_for_value(ROOMS, filtered.clone()).await;
    let open = "document.getElementById('part-directs').open";
    assert_eq!(window.js(open).await, false);
    assert_eq!(
        window
            .js("document.getElementById('menu-rooms').open")
            .await,
        true
    );
    window.goto(&format!("/rooms/{}", ids[4])).await;
    window.wait_for_value(open, json!(false)).await;
    window
        .wait_for_value(
            "document.getElementById('unread-only').checked",
            json!(true),
        )
        .await;
    window.end().await;
}

#[tokio::test]
async fn marking_all_as_read_can_be_undone_without_scripts_too() {
    let (server, _, _) = many_rooms(3).await;
    for options in [WindowOptions::default(), WindowOptions::without_scripts()] {
        let window = Window::open(&server.origin(), options).await;
        window.goto("/login").await;
        window.fill("username", "ada").await;
        window
            .fill("password", crate::harness::account::PASSWORD)
            .await;
        window.click("form[action='/login'] .button--primary").await;
        window.wait_for("#composer").await;
        let badges = json!({"room 000": "@1", "room 002": "1"});
        window.wait_for_value(BADGES, badges.clone()).await;
        window.click("#menu-rooms summary").await;
        window.click("#menu-rooms form button").await;
        window.wait_for(".sidebar__undo").await;
        window.wait_for_value(BADGES, json!({})).await;
        window.click(".sidebar__undo button").await;
        window.wait_for_value(BADGES, badges.clone()).await;
        window
            .wait_for_value("document.querySelector('.sidebar__undo')", json!(null))
            .await;
        window.end().await;
    }
}

#[tokio::test]
async fn the_menus_of_the_sidebar_lead_to_rooms_and_to_ones_own_pages() {
    let (server, _, _) = many_rooms(1).await;
    let window = log_in(&server, "ada", WindowOptions::default()).await;
    for (menu, link, path) in [
        ("#menu-add", "New room", "/rooms/new"),
        ("#menu-add", "Browse rooms", "/rooms"),
        ("#menu-me", "Profile", "/people/ada"),
        ("#menu-me", "Preferences", "/preferences"),
        ("#menu-me", "Keyboard shortcuts", "/shortcuts"),
    ] {
        window.click(&format!("{menu} summary")).await;
        let offered = format!(
            "[...document.querySelectorAll('{menu} a')].find(a => a.checkVisibility() && a.textContent.trim() === '{link}')"
        );
        window.wait(link, &format!("{offered} !== undefined")).await;
        window.js(&format!("{offered}.click() ?? true")).await;
        window
            .wait(path, &format!("location.pathname === '{path}'"))
            .await;
        window.assert_fits().await;
    }
    window.end().await;
}

#[tokio::test]
async fn all_sections_have_the_same_distance_from_what_is_above() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    Account::register(&server, "bob").await;
    let room = ada.create_room("favorite", "open").await;
    ada.direct(&["bob"]).await;
    let preference = json!({"favourite": true});
    let path = format!("/rooms/{room}/preferences");
    ada.send("PUT", &path, &preference).await.expect(200);
    let window = log_in(&server, "ada", WindowOptions::default()).await;
    let distances = "[...document.querySelectorAll('#sidebar .sidebar__section')].map(section => Math.round(section.querySelector('.sidebar__head').getBoundingClientRect().top - section.previousElementSibling.getBoundingClientRect().bottom))";
    window.wait_for("#part-favorites").await;
    let found = window.js(distances).await;
    let found = found.as_array().expect("an array");
    assert_eq!(found.len(), 3, "favorites, rooms and direct messages");
    let first = found[0].as_i64().expect("a number");
    assert!(first > 0, "{found:?}");
    assert!(found.iter().all(|one| one == &found[0]), "{found:?}");
    window.end().await;
}

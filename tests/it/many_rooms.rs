//! The sidebar and the list of rooms of a user in a thousand rooms.

use std::collections::BTreeSet;

use diesel::connection::SimpleConnection;
use serde_json::json;

use crate::harness::account::Account;
use crate::harness::database::connect;
use crate::harness::html::{attribute, tags};
use crate::harness::server::Server;

/// Number of rooms of ada besides the Lobby.
const ROOMS: usize = 1_000;
/// Maximum number of rows of a sidebar.
const ROWS: usize = 200;
/// Maximum size of a page or an update of the sidebar (bytes).
const MAX_SIZE: usize = 150_000;

/// A server where ada and bob are in the Lobby and in rooms with ids from 1000 on.
async fn server_with_rooms() -> (Server, Account, Account) {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let bob = Account::register(&server, "bob").await;
    let insert = format!(
        "WITH RECURSIVE n(i) AS (SELECT 1000 UNION ALL SELECT i + 1 FROM n WHERE i < 999 + {ROOMS})
         INSERT INTO rooms (id, name, topic, kind, created_at) SELECT i, 'Team ' || i, 'Plans', 1, 0 FROM n;
         INSERT INTO members (room_id, user_id, joined_at) SELECT id, 1, 0 FROM rooms WHERE id >= 1000;
         INSERT INTO members (room_id, user_id, joined_at) SELECT id, 2, 0 FROM rooms WHERE id >= 1000"
    );
    let mut conn = connect(&server.data());
    conn.batch_execute(&insert).expect("the rooms are inserted");
    (server, ada, bob)
}

/// Ids of the rooms in a sidebar.
fn rows(html: &str) -> BTreeSet<i64> {
    let ids = tags(html, "li").into_iter();
    let ids = ids.filter_map(|tag| attribute(tag, "id"));
    let rooms = ids.filter_map(|id| id.strip_prefix("room-")?.parse().ok());
    rooms.collect()
}

fn check(html: &str, count: usize) -> BTreeSet<i64> {
    let rows = rows(html);
    assert_eq!(rows.len(), ROWS);
    assert!(html.len() < MAX_SIZE, "{} bytes", html.len());
    let link = format!("<a href=\"/rooms?mine=1\">All your rooms ({count})</a>");
    assert!(html.contains(&link), "the link to the others");
    rows
}

#[tokio::test]
async fn a_sidebar_has_200_rows_and_a_link_to_all_rooms() {
    let (server, ada, _) = server_with_rooms().await;
    let browser = ada.browser().await;
    for path in ["/saved", "/rooms/1", "/rooms/1900"] {
        let page = browser.page(path).await.expect(200).text();
        let rows = check(&page, ROOMS + 1);
        let current = path.rsplit_once('/').and_then(|(_, id)| id.parse().ok());
        assert!(current.is_none_or(|room| rows.contains(&room)), "{path}");
    }
    let page = Account::register(&server, "carol").await.browser().await;
    let page = page.page("/rooms/1").await.expect(200).text();
    assert!(!page.contains("All your rooms"), "a short list is complete");
}

#[tokio::test]
async fn rooms_that_matter_are_among_the_rows_on_open_pages_too() {
    let (_server, ada, bob) = server_with_rooms().await;
    let browser = ada.browser().await;
    let is_outside = |rows: &BTreeSet<i64>| {
        (1000..2000)
            .filter(|id| !rows.contains(id))
            .collect::<Vec<i64>>()
    };
    let before = rows(&browser.page("/saved").await.expect(200).text());
    let [favourite, unread, mentioned] = is_outside(&before)[..3] else {
        panic!("most rooms have no row");
    };
    let mut socket = ada.open_live_at("/live").await.after_sidebar().await;

    let path = format!("/rooms/{favourite}/preferences");
    ada.send("PUT", &path, &json!({"favourite": true}))
        .await
        .expect(200);
    let list = socket
        .pushed("#sidebar", |html| rows(html).contains(&favourite))
        .await;
    check(&list, ROOMS + 1);
    bob.say(unread, "hello").await;
    let list = socket
        .pushed("#sidebar", |html| rows(html).contains(&unread))
        .await;
    check(&list, ROOMS + 1);
    bob.say(mentioned, "hello @ada").await;
    let list = socket
        .pushed("#sidebar", |html| rows(html).contains(&mentioned))
        .await;
    let after = check(&list, ROOMS + 1);
    assert!(after.is_superset(&BTreeSet::from([favourite, unread, mentioned])));
    assert_eq!(
        rows(&browser.page("/saved").await.expect(200).text()),
        after
    );

    ada.create_room("One more", "open").await;
    let wanted = format!("({})", ROOMS + 2);
    socket
        .pushed("#sidebar", |html| html.contains(&wanted))
        .await;
}

#[tokio::test]
async fn ones_own_rooms_and_conversations_are_listed_in_pages_and_found_by_name() {
    let (_server, ada, bob) = server_with_rooms().await;
    bob.create_room("Not of ada", "open").await;
    let direct = ada.direct(&["bob"]).await;
    let names = |path: String| {
        let ada = &ada;
        async move {
            let list = ada.get(&path).await.expect(200).json();
            let rooms = list["rooms"].as_array().expect("a list").iter();
            let names = rooms.map(|room| room["name"].as_str().expect("a name").to_string());
            (names.collect::<Vec<_>>(), list["more"] == true)
        }
    };
    let mut all = Vec::new();
    loop {
        let (some, more) = names(format!("/rooms?mine=1&skip={}", all.len())).await;
        assert!(some.len() <= 50);
        all.extend(some);
        if !more {
            break;
        }
    }
    let teams = (1_000..2_000).map(|number| format!("Team {number}"));
    let expected: Vec<String> = ["Lobby".into()]
        .into_iter()
        .chain(teams)
        .chain(["bob".into()])
        .collect();
    assert_eq!(all, expected);
    for (words, expected) in [
        ("team%201234", vec!["Team 1234"]),
        ("%23TEAM-1234", vec!["Team 1234"]),
        ("t%C3%A9am%201234", vec!["Team 1234"]),
        ("bob", vec!["bob"]),
        ("not", vec![]),
    ] {
        let found = names(format!("/rooms?mine=1&q={words}")).await.0;
        assert_eq!(found, expected, "{words}");
    }
    let page = ada
        .browser()
        .await
        .page("/rooms?mine=1&q=bob")
        .await
        .expect(200)
        .text();
    let main = page.split("<main").nth(1).expect("a main part");
    assert!(main.contains(&format!(
        "<a class=\"item__main\" href=\"/rooms/{direct}\">"
    )));
    assert!(main.contains("<input type=\"hidden\" name=\"mine\" value=\"1\">"));
    let first = ada
        .browser()
        .await
        .page("/rooms?mine=1")
        .await
        .expect(200)
        .text();
    assert!(first.contains("href=\"/rooms?q=&amp;skip=50&amp;mine=1\""));
}

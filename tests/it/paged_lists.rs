//! Lists of rooms and users: paging, filters and access.

use serde_json::{Value, json};

use crate::harness::account::{Account, PASSWORD};
use crate::harness::browser::Browser;
use crate::harness::http::{get_json, post_json, send};
use crate::harness::server::Server;

/// Paths of lists, and the JSON field of each list.
const LISTS: [(&str, &str); 3] = [
    ("/rooms", "rooms"),
    ("/people", "people"),
    ("/rooms/1/members", "members"),
];

fn names(list: &Value, key: &str) -> Vec<String> {
    let rows = list[key].as_array().expect("a list").iter();
    let name = |row: &Value| match &row["username"] {
        Value::String(name) => name.clone(),
        _ => row["name"].as_str().expect("a name").to_string(),
    };
    rows.map(name).collect()
}

#[tokio::test]
async fn large_and_negative_skip_values_are_accepted_and_invalid_ones_refused() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let browser = ada.browser().await;
    for (path, key) in LISTS {
        for skip in [i64::MAX, 1_000_000] {
            let path = format!("{path}?skip={skip}");
            let list = ada.get(&path).await.expect(200).json();
            assert_eq!(
                (&list[key].as_array().map(Vec::is_empty), &list["more"]),
                (&Some(true), &json!(false))
            );
            browser.page(&path).await.expect(200);
        }
        let list = ada.get(&format!("{path}?skip=-5")).await.expect(200).json();
        assert_eq!(list[key].as_array().map(Vec::len), Some(1), "{path}");
        for skip in ["x", "1.5", "99999999999999999999"] {
            let refused = ada.get(&format!("{path}?skip={skip}")).await.expect(422);
            assert!(refused.detail().ends_with('.'));
        }
    }
}

#[tokio::test]
async fn long_queries_and_queries_with_special_characters_are_valid() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let browser = ada.browser().await;
    ada.create_room("100% sure_thing", "open").await;
    ada.create_room("100 others", "open").await;
    for length in [300, 5_000] {
        for start in ["/rooms?q=", "/people?q=", "/search?q=", "/directs/new?q="] {
            let path = format!("{start}{}", "x".repeat(length));
            let found = ada.get(&path).await;
            assert_eq!(found.status, 200, "{start} with {length}");
            browser.fragment(&path).await.expect(200);
        }
    }
    for (words, expected) in [
        ("100%25 sure", vec!["100% sure_thing"]),
        ("SURE", vec!["100% sure_thing"]),
        ("sure-thing", vec!["100% sure_thing"]),
        ("sure%5Cx", vec![]),
        ("'; DROP TABLE rooms; --", vec![]),
        ("%00", vec!["100 others", "100% sure_thing", "Lobby"]),
    ] {
        let found = ada
            .get(&format!("/rooms?q={words}"))
            .await
            .expect(200)
            .json();
        assert_eq!(names(&found, "rooms"), expected, "{words}");
    }
}

#[tokio::test]
async fn the_pages_of_a_list_have_no_gaps() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let browser = ada.browser().await;
    for number in 0..120 {
        ada.create_room(&format!("room {number:03}"), "open").await;
    }
    let mut all = Vec::new();
    let (mut path, mut pages) = ("/rooms?q=room".to_string(), 0);
    loop {
        let list = ada.get(&path).await.expect(200).json();
        all.extend(names(&list, "rooms"));
        pages += 1;
        let page = browser.page(&path).await.expect(200).text();
        let next = format!("skip={}", all.len());
        assert_eq!(list["more"] == true, page.contains(&next), "{path}");
        if list["more"] != true {
            break;
        }
        path = format!("/rooms?q=room&{next}");
    }
    let expected: Vec<String> = (0..120).map(|number| format!("room {number:03}")).collect();
    assert_eq!((all, pages), (expected, 3));
}

#[tokio::test]
async fn every_user_and_member_is_listed_once() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let mut joining = Vec::new();
    for number in 0..25 {
        let account = json!({"username": format!("p{number:02}"), "password": PASSWORD});
        let path = format!("{}/register", server.origin());
        joining.push(tokio::spawn(async move {
            post_json(&path, &account).await.status
        }));
    }
    for one in joining {
        assert_eq!(one.await.expect("an answer"), 200);
    }
    let (first, second) = ("/people", "/people?skip=20");
    let mut all = names(&ada.get(first).await.json(), "people");
    assert_eq!(all.len(), 20);
    all.extend(names(&ada.get(second).await.json(), "people"));
    let mut expected: Vec<String> = (0..25).map(|number| format!("p{number:02}")).collect();
    expected.insert(0, "ada".into());
    assert_eq!(all, expected);
    let mut sockets = Vec::new();
    for _ in 0..20 {
        let socket = ada.open_live(1).await; // changes the online users while the list is read
        let list = ada.get("/rooms/1/members").await.json();
        let mut all = names(&list, "members");
        assert_eq!((all.len(), &list["count"]), (26, &json!(26)));
        all.sort();
        assert_eq!(all, expected);
        sockets.push(socket);
    }
}

#[tokio::test]
async fn rooms_and_users_are_sorted_alphabetically() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "zoe").await;
    for name in ["mia", "Nora", "paul", "p10", "p2"] {
        Account::register(&server, name).await;
    }
    for name in ["melons", "Nuts", "apples", "Zebras"] {
        ada.create_room(name, "open").await;
    }
    let people = ["mia", "Nora", "p10", "p2", "paul", "zoe"];
    for (path, key) in [("/rooms/1/members", "members"), ("/people", "people")] {
        let list = ada.get(path).await.expect(200).json();
        assert_eq!(names(&list, key), people, "{path}");
    }
    let list = ada.get("/rooms").await.expect(200).json();
    let rooms = ["apples", "Lobby", "melons", "Nuts", "Zebras"];
    assert_eq!(names(&list, "rooms"), rooms);
}

#[tokio::test]
async fn lists_rooms_and_sockets_require_a_session() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let room = ada.create_room("design", "open").await;
    let stranger = Browser::new(&server.origin());
    let paths = [
        "/rooms",
        "/rooms/new",
        "/people",
        "/people/ada",
        "/profile",
        "/search?q=x",
        "/directs/new",
        "/rooms/{}",
        "/rooms/{}/members",
        "/rooms/{}/settings",
        "/rooms/{}/messages",
        "/rooms/9999",
    ];
    for template in paths {
        let path = template.replace("{}", &room.to_string());
        let reply = stranger.page(&path).await.expect(303);
        let asked = serde_urlencoded::to_string([("next", &path)]).expect("plain text");
        assert_eq!(reply.header("location"), format!("/login?{asked}"));
        get_json(&format!("{}{path}", server.origin()))
            .await
            .expect(401);
        let fragment = stranger.fragment(&path).await.expect(401);
        assert_eq!(fragment.header("hx-redirect"), "/login");
    }
    for end in [
        "",
        "/members",
        "/read",
        "/preferences",
        "/settings",
        "/deletion",
        "/members/ada",
    ] {
        let path = format!(
            "{}/rooms{}{end}",
            server.origin(),
            match end {
                "" => String::new(),
                _ => format!("/{room}"),
            }
        );
        post_json(&path, &json!({"name": "design"}))
            .await
            .expect(401);
    }
    post_json(&format!("{}/directs", server.origin()), &json!({}))
        .await
        .expect(401);
    post_json(&format!("{}/profile", server.origin()), &json!({}))
        .await
        .expect(401);
    post_json(&format!("{}/read", server.origin()), &json!({}))
        .await
        .expect(401);
    let invalid = ada.with_token("nonsense");
    for path in ["/live", "/rooms/1/live"] {
        assert_eq!(invalid.open_live_at(path).await.close_code().await, 1008);
    }
}

#[tokio::test]
async fn wildcards_of_sql_match_only_themselves_in_a_search() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    for name in ["100% design", "a_b", "plain"] {
        let room = serde_json::json!({ "name": name });
        send(ada.ask("POST", "/rooms").json(&room))
            .await
            .expect(201);
    }
    for (words, expected) in [("%25", "100% design"), ("_", "a_b"), ("a_b", "a_b")] {
        let found = ada
            .get(&format!("/rooms?q={words}"))
            .await
            .expect(200)
            .json();
        let rooms = found["rooms"].as_array().expect("a list");
        let names: Vec<_> = rooms.iter().map(|room| room["name"].clone()).collect();
        assert_eq!(names, [expected], "{words}");
    }
    let people = ada.get("/people?q=%25").await.expect(200).json();
    assert_eq!(people["people"].as_array().map(Vec::len), Some(0));
}

//! Query syntax: each operator, and text that is no operator. No query is an error.

use diesel::connection::SimpleConnection;

use serde_json::json;

use super::{bodies, encoded, finds, search, until_indexed};
use crate::harness::account::Account;
use crate::harness::database::connect;
use crate::harness::server::Server;

/// 2026-11-22, 00:00 UTC.
const DAY: i64 = 1_795_305_600_000;
const HOUR: i64 = 60 * 60 * 1000;

struct Fixture {
    server: Server,
    ada: Account,
    bob: Account,
}

impl Fixture {
    async fn new() -> Fixture {
        let server = Server::unlimited();
        let ada = Account::register(&server, "ada").await;
        let bob = Account::register(&server, "bob").await;
        Fixture { server, ada, bob }
    }

    /// Changes the database while the server runs.
    fn sql(&self, sql: &str) {
        let mut conn = connect(&self.server.data());
        conn.batch_execute(sql).expect("a change");
    }
}

#[tokio::test]
async fn the_operator_from_selects_authors() {
    let Fixture { server, ada, bob } = Fixture::new().await;
    ada.post("a plan of ada").await;
    bob.post("a plan of bob").await;
    until_indexed(&ada).await;
    for (text, expected) in [
        ("plan from:bob", vec!["a plan of bob"]),
        ("plan FROM:@Bob", vec!["a plan of bob"]),
        ("from:me plan", vec!["a plan of ada"]),
        (
            "plan from:ada from:bob",
            vec!["a plan of bob", "a plan of ada"],
        ),
        ("plan -from:me", vec!["a plan of bob"]),
        ("from:bob", vec!["a plan of bob"]),
        ("from:bob -plan", vec![]),
        ("plan from:nobody", vec![]),
        ("plan from:nobody from:bob", vec!["a plan of bob"]),
        ("plan -from:nobody", vec!["a plan of bob", "a plan of ada"]),
    ] {
        assert_eq!(finds(&ada, text).await, expected, "{text}");
    }
    let answer = search(&ada, "plan from:nobody").await;
    assert_eq!(answer["notes"], json!(["No one named “nobody”."]));
    drop(server);
}

#[tokio::test]
async fn the_operator_in_selects_rooms() {
    let Fixture { server, ada, bob } = Fixture::new().await;
    let big = ada.create_room("Big Room", "closed").await;
    let direct = ada.direct(&["bob"]).await;
    let archived = ada.create_room("old", "open").await;
    ada.post("plan in the lobby").await;
    ada.say(big, "plan in the big room").await;
    ada.say(archived, "plan of old").await;
    bob.say(direct, "plan between us").await;
    let archive = json!({"archived": true});
    ada.send("PATCH", &format!("/rooms/{archived}"), &archive)
        .await
        .expect(200);
    until_indexed(&ada).await;
    for (text, expected) in [
        ("plan in:lobby", vec!["plan in the lobby"]),
        ("plan in:#LOBBY", vec!["plan in the lobby"]),
        ("plan in:\"big room\"", vec!["plan in the big room"]),
        ("plan in:big-room", vec!["plan in the big room"]),
        ("plan in:bob", vec!["plan between us"]),
        ("plan in:@bob", vec!["plan between us"]),
        ("plan in:old", vec!["plan of old"]),
        (
            "plan in:lobby in:old",
            vec!["plan of old", "plan in the lobby"],
        ),
        (
            "plan -in:lobby -in:bob",
            vec!["plan of old", "plan in the big room"],
        ),
        ("in:bob", vec!["plan between us"]),
        ("plan in:nowhere", vec![]),
    ] {
        assert_eq!(finds(&ada, text).await, expected, "{text}");
    }
    let answer = search(&ada, "in:nowhere").await;
    assert_eq!(
        answer["notes"],
        json!(["You’re not in a room named “nowhere”."])
    );
    drop(server);
}

#[tokio::test]
async fn date_operators_use_the_time_zone_of_the_user() {
    let fixture = Fixture::new().await;
    let (ada, bob) = (&fixture.ada, &fixture.bob);
    for (text, at) in [
        ("plan one", DAY - HOUR),
        ("plan two", DAY),
        ("plan three", DAY + 23 * HOUR),
        ("plan four", DAY + 24 * HOUR),
    ] {
        let id = ada.post(text).await["id"].clone();
        fixture.sql(&format!(
            "UPDATE messages SET created_at = {at} WHERE id = {id}"
        ));
    }
    let now = ada.post("plan of today").await["id"]
        .as_i64()
        .expect("an id");
    until_indexed(ada).await;
    for (text, expected) in [
        ("plan on:2026-11-22", vec!["plan three", "plan two"]),
        ("plan before:2026-11-22", vec!["plan one"]),
        ("plan after:2026-11-22 before:2027", vec!["plan four"]),
        (
            "plan after:2026-11-21 before:2026-11-23",
            vec!["plan three", "plan two"],
        ),
        ("on:2026-11-23", vec!["plan four"]),
        ("plan before:1980", vec![]),
        ("plan after:9998", vec![]),
        ("plan on:2026-11-22 on:2026-11-23", vec![]),
    ] {
        let found = finds(ada, text).await;
        let found: Vec<&str> = found
            .iter()
            .map(|text| &**text)
            .filter(|text| *text != "plan of today")
            .collect();
        assert_eq!(found, expected, "{text}");
    }
    let today = search(ada, "plan on:today").await;
    assert_eq!(today["messages"][0]["id"], now);
    let zone = json!({"time_zone": "Asia/Tokyo"}); // nine hours ahead
    bob.send("PATCH", "/profile", &zone).await.expect(200);
    for (text, expected) in [
        ("plan on:2026-11-22", vec!["plan two", "plan one"]),
        ("plan on:2026-11-23", vec!["plan four", "plan three"]),
    ] {
        assert_eq!(finds(bob, text).await, expected, "{text} in Tokyo");
    }
}

#[tokio::test]
async fn operators_can_be_combined() {
    let Fixture { server, ada, bob } = Fixture::new().await;
    ada.post("the plan https://a.example").await;
    bob.post("the plan https://b.example").await;
    bob.post("the plan without").await;
    bob.post("the old plan https://c.example").await;
    until_indexed(&ada).await;
    let text = "plan from:bob in:lobby has:link -\"old plan\" after:2020";
    assert_eq!(finds(&ada, text).await, ["the plan https://b.example"]);
    let text = "-has:link plan -from:ada";
    assert_eq!(finds(&ada, text).await, ["the plan without"]);
    drop(server);
}

#[tokio::test]
async fn no_query_text_is_an_error() {
    let Fixture { server, ada, .. } = Fixture::new().await;
    ada.post("a plan AND more NEAR here").await;
    until_indexed(&ada).await;
    let long = "x".repeat(10_000);
    let words = "word ".repeat(2_000);
    let quotes = "\"".repeat(999);
    let stars = "a* ".repeat(400);
    let china = "北".repeat(3_000);
    let operators = "from:a in:b before:2026 has:link ".repeat(40);
    let hostile = [
        "",
        " ",
        "\"",
        "\"\"",
        "\"unbalanced",
        "plan\"",
        "*",
        "**",
        "^plan",
        "pl*n",
        "+plan",
        "(plan",
        "plan)",
        "((((",
        "{plan}",
        "plan : x",
        "said:plan",
        "words:plan",
        "rowid:1",
        "- plan",
        "-",
        "--",
        "-plan",
        "AND",
        "OR",
        "NOT",
        "NOT plan",
        "plan AND",
        "plan OR OR plan",
        "NEAR",
        "NEAR(",
        "NEAR(a b, 5)",
        "NEAR(a b",
        "a NEAR/3 b",
        "'; DROP TABLE words; --",
        "' OR 1=1",
        "%",
        "_",
        "\\",
        "\0",
        "pl\0an",
        "\u{FEFF}plan",
        "\u{202E}plan",
        "\u{E000}pla",
        "\u{E002}r1",
        "🎉",
        "👩‍👩‍👧‍👦",
        "e\u{301}\u{301}\u{301}",
        "\u{FDFA}",
        "from:",
        "from:\"",
        "in:\"\"",
        "from:\0",
        "in:%",
        "before:",
        "before:0000-00-00",
        "after:99999",
        "on:2026-02-31",
        "has:",
        "has:everything",
        "!!! ??? ...",
        "before:2026 after:2027",
        &long,
        &words,
        &quotes,
        &stars,
        &china,
        &operators,
    ];
    let browser = ada.browser().await;
    for text in hostile {
        for sort in ["newest", "best"] {
            let path = format!("/messages?{}&sort={sort}", encoded(text));
            let answer = ada.get(&path).await;
            let shown: String = text.chars().take(40).collect();
            assert_eq!(answer.status, 200, "{shown:?}: {}", answer.text());
            assert!(bodies(&answer.json()).len() <= 20);
            let page = browser.page(&path).await;
            assert_eq!(page.status, 200, "{shown:?}");
        }
    }
    for (text, expected) in [
        ("plan AND NEAR", 1),
        ("\"plan and more\"", 1),
        ("(plan)", 1),
        ("^plan*", 1),
    ] {
        assert_eq!(finds(&ada, text).await.len(), expected, "{text}");
    }
    for path in [
        "/messages?q=x&before=y",
        "/messages?q=x&page=-1",
        "/messages?q=x&page=1.5",
    ] {
        let refused = ada.get(path).await.expect(422);
        assert!(refused.detail().ends_with('.'), "{path}");
    }
    for path in [
        "/messages",
        "/messages?sort=other&q=plan",
        "/messages?q=plan&page=99999999999",
        "/messages?q=plan&sort=best&page=18446744073709551615",
        "/messages?q=plan&before=-9223372036854775808",
        "/messages?q=plan&before=9223372036854775807&inside=1",
    ] {
        ada.get(path).await.expect(200);
        browser.page(path).await.expect(200);
    }
    drop(server);
}

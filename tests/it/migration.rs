//! Migration of a database of the first version, with all its data.

use std::sync::Arc;

use diesel::connection::SimpleConnection;
use diesel::{Connection, RunQueryDsl, SqliteConnection};
use serde_json::json;
use tempfile::TempDir;

use crate::harness::account::{Account, PASSWORD};
use crate::harness::database::{Number, connect, number};
use crate::harness::http::post_json;
use crate::harness::message_actions::id;
use crate::harness::server::{Server, UNLIMITED};
use crate::harness::uploads::png;
use crate::harness::wait_for;

const FIRST: &str = include_str!("../../migrations/2026-11-23-000000_first/up.sql");

/// The migration table of diesel after the first migration.
const DONE: &str = "CREATE TABLE __diesel_schema_migrations (
    version VARCHAR(50) PRIMARY KEY NOT NULL,
    run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP);
INSERT INTO __diesel_schema_migrations (version) VALUES ('20261123000000');";

/// 2026-11-22, 12:00 UTC.
const NOON: i64 = 1_795_348_800_000;

const MESSAGES: i64 = 130;

/// A data folder of the first version with three accounts. The last one has no messages.
fn old_folder() -> Arc<TempDir> {
    let home = TempDir::new().expect("a temporary folder");
    let data = home.path().join("data");
    std::fs::create_dir(&data).expect("a folder in it");
    let path = data.join("chatterbox.db").display().to_string();
    let mut conn = SqliteConnection::establish(&path).expect("a new database");
    conn.batch_execute("PRAGMA journal_mode = WAL; PRAGMA foreign_keys = ON;")
        .expect("its settings");
    conn.batch_execute(FIRST).expect("the first migration");
    conn.batch_execute(DONE).expect("the migration table");
    let hash = bcrypt::hash(PASSWORD, 4).expect("a hash");
    // Account 1 was deleted by hand; the oldest remaining account becomes the administrator.
    for (id, name) in [(2, "Ada"), (3, "bob"), (4, "carol")] {
        let (key, lookalike) = (name.to_lowercase(), name.to_uppercase());
        conn.batch_execute(&format!(
            "INSERT INTO users (id, username, username_key, username_look, password_hash, created_at)
             VALUES ({id}, '{name}', '{key}', '{lookalike}', '{hash}', {NOON});
             INSERT INTO members (room_id, user_id, joined_at) VALUES (1, {id}, {NOON});"
        ))
        .expect("a user");
    }
    for rev in 1..=MESSAGES {
        let (author, at) = (2 + rev % 2, NOON + rev * 1000);
        conn.batch_execute(&format!(
            "INSERT INTO messages (room_id, author_id, client_id, body, place, created_rev, rev, created_at)
             VALUES (1, {author}, 'old-{rev}', '@carol number {rev}', 1, {rev}, {rev}, {at});"
        ))
        .expect("a message");
    }
    conn.batch_execute(&format!("UPDATE rooms SET rev = {MESSAGES}"))
        .expect("the rev of the room");
    Arc::new(home)
}

#[tokio::test]
async fn accounts_of_the_first_version_can_log_in_and_have_no_unread_messages() {
    let server = Server::start_in(old_folder(), &["--limits", "off"]);
    for name in ["ada", "BOB", "carol"] {
        let person = Account::log_in(&server, name).await;
        let room = person.room(1).await;
        let unread = &room["unread"];
        assert_eq!(unread["unread"], 0, "{name}");
        assert_eq!(
            (&unread["mentions"], &unread["read"]),
            (&json!(0), &json!(MESSAGES))
        );
        assert_eq!(
            (&unread["notify"], &unread["hidden"]),
            (&json!("everything"), &json!(false))
        );
        let is_admin = name == "ada";
        let role = if is_admin { "admin" } else { "member" };
        assert_eq!(room["role"], role, "{name}");
        assert_eq!(
            (&room["kind"], &room["default"]),
            (&json!("open"), &json!(true))
        );
        let profile = person
            .get(&format!("/people/{name}"))
            .await
            .expect(200)
            .json();
        assert_eq!(profile["admin"], is_admin);
        assert_eq!(profile["picture"], json!(null));
        assert_eq!(
            (&profile["display_name"], &profile["about"]),
            (&json!(""), &json!(""))
        );
        let page = person.browser().await.page("/").await.expect(303);
        assert_eq!(page.header("location"), "/rooms/1");
    }
}

#[tokio::test]
async fn messages_of_the_first_version_are_kept_and_new_ones_continue_their_revs() {
    let server = Server::start_in(old_folder(), &["--limits", "off"]);
    let ada = Account::log_in(&server, "Ada").await;
    let bob = Account::log_in(&server, "bob").await;
    let carol = Account::log_in(&server, "carol").await;
    let history = carol.history().await;
    assert_eq!(history.len() as i64, MESSAGES);
    assert_eq!(history[0]["body"], "@carol number 1");
    assert_eq!(history[0]["author"]["username"], "bob");
    assert_eq!(history[0]["created_at"], "2026-11-22T12:00:01.000Z");
    let again = json!({"body": "sent again", "client_id": "old-1"});
    let again = bob.send("POST", "/rooms/1/messages", &again).await;
    assert_eq!(
        again.expect(200).json(),
        history[0],
        "a repeated client id returns the old message"
    );
    let next = bob.say(1, "a new @carol").await;
    assert_eq!(next["rev"], MESSAGES + 1);
    let unread = carol.room(1).await["unread"].clone();
    assert_eq!(
        (&unread["unread"], &unread["mentions"]),
        (&json!(1), &json!(1))
    );

    let taken = json!({"name": "LOBBY"});
    bob.send("POST", "/rooms", &taken).await.expect(409);
    let renamed = json!({"name": "Entrance"});
    bob.send("PATCH", "/rooms/1", &renamed).await.expect(403);
    ada.send("PATCH", "/rooms/1", &renamed).await.expect(200);
    bob.create_room("Lobby", "open").await;
    Account::register(&server, "dora").await.room(1).await;
    let taken = json!({"username": "ADA", "password": PASSWORD});
    let path = format!("{}/register", server.origin());
    post_json(&path, &taken).await.expect(400);
}

#[tokio::test]
async fn messages_of_the_first_version_are_found_by_search() {
    let server = Server::start_in(old_folder(), &["--limits", "off"]);
    let ada = Account::log_in(&server, "Ada").await;
    for (words, rev) in [("number+1+from:bob", 1), ("%22number+130%22", MESSAGES)] {
        wait_for("the index", async || {
            let path = format!("/messages?q={words}");
            let found = ada.get(&path).await.expect(200).json();
            let messages = found["messages"].as_array().expect("a list");
            let is_it = |message: &serde_json::Value| message["rev"] == rev;
            messages.iter().any(is_it).then_some(())
        })
        .await;
    }
}

#[tokio::test]
async fn messages_of_the_first_version_are_rendered_in_the_background() {
    let mut server = Server::start_in(old_folder(), &["--limits", "off"]);
    let ada = Account::log_in(&server, "Ada").await;
    let old = ada.history().await;
    assert_eq!(
        old[4]["html"], "<p>@carol number 5</p>",
        "an old message has HTML before it is rendered"
    );
    let mine: Vec<&serde_json::Value> = old
        .iter()
        .filter(|message| message["author"]["id"] == 2)
        .collect();
    let (first, last) = (mine[0], mine[mine.len() - 1]);
    let at = |message: &serde_json::Value| (1, id(message));
    for message in [first, last] {
        ada.edit(at(message), "number *one*, @carol")
            .await
            .expect(200);
    }
    ada.delete(at(mine[1])).await.expect(200);
    ada.say(1, "a new one").await;
    let path = server.data().join("chatterbox.db").display().to_string();
    let outdated = "SELECT COUNT(*) AS number FROM messages WHERE html_version = 0";
    wait_for("all to be rendered", async || {
        let mut conn = SqliteConnection::establish(&path).ok()?;
        let found: Number = diesel::sql_query(outdated).get_result(&mut conn).ok()?;
        (found.number == 0).then_some(())
    })
    .await;
    for message in [first, last] {
        let now = ada.message(at(message)).await;
        assert_eq!(now["body"], "number *one*, @carol");
        let html = now["html"].as_str().expect("html");
        assert!(html.starts_with("<p>number <em>one</em>, <a "), "{html}");
        let edits = ada
            .request_message("GET", at(message), "/edits")
            .await
            .expect(200);
        assert_eq!(edits.json()["versions"][0]["body"], message["body"]);
    }
    let before = ada.history().await;
    assert_eq!(before[4], old[4]);
    assert_eq!(ada.message(at(mine[1])).await["html"], "");
    server.stop();
    server.start_again();
    assert_eq!(
        ada.history().await,
        before,
        "a second start changes nothing"
    );
}

#[tokio::test]
async fn a_second_start_does_not_migrate_again() {
    let mut server = Server::start_in(old_folder(), &["--limits", "off"]);
    let carol = Account::log_in(&server, "carol").await;
    Account::log_in(&server, "bob")
        .await
        .say(1, "after the migration")
        .await;
    assert_eq!(carol.room(1).await["unread"]["unread"], 1);
    server.stop();
    server.start_again();
    assert_eq!(
        carol.room(1).await["unread"]["unread"],
        1,
        "the unread count is kept"
    );
    server.stop();
    let mut conn = connect(&server.data());
    let mut number = |query: &str| number(&mut conn, query);
    assert_eq!(
        number("SELECT COUNT(*) AS number FROM pragma_foreign_key_check"),
        0
    );
    assert_eq!(
        number("SELECT COUNT(*) AS number FROM users WHERE is_admin"),
        1
    );
    assert_eq!(
        number("SELECT COUNT(*) AS number FROM members WHERE role <> 0"),
        0
    );
}

#[tokio::test]
async fn files_of_the_version_without_lists_are_listed_and_found() {
    let mut server = Server::executable(&UNLIMITED);
    let ada = Account::register(&server, "ada").await;
    ada.share(1, "picture.png", &png(8, 8)).await;
    ada.share(1, "notes.txt", b"some notes").await;
    server.kill9();
    {
        let mut conn = connect(&server.data());
        let kept = include_str!("../../migrations/2026-11-30-000000_kept_metadata/down.sql");
        let previews = include_str!("../../migrations/2026-11-29-080000_file_previews/down.sql");
        for (version, down) in [("20261130000000", kept), ("20261129080000", previews)] {
            conn.batch_execute(down).expect("down.sql works with rows");
            let forget =
                format!("DELETE FROM __diesel_schema_migrations WHERE version = '{version}'");
            conn.batch_execute(&forget)
                .expect("the migration is forgotten");
        }
    }
    server.start_again();
    let ada = ada.through(&server.origin());
    for (path, expected) in [
        ("/rooms/1/files?kind=image", "picture.png"),
        ("/people/ada/files?kind=document", "notes.txt"),
    ] {
        let list = ada.get(path).await.expect(200).json();
        assert_eq!(list["files"][0]["name"], expected, "{path}");
        assert_eq!(list["files"][0]["preview"], json!(null));
    }
    let own = ada.get("/files").await.expect(200).json();
    for file in own["files"].as_array().expect("a list") {
        assert_eq!(file["keeps_metadata"], false, "{file}");
    }
    wait_for("the index to be made again", async || {
        let found = ada.get("/messages?q=has:image").await.expect(200).json();
        (found["messages"].as_array().map(Vec::len) == Some(1)).then_some(())
    })
    .await;
}

//! Erasure: edited and deleted text is removed from search results and from all files of the data folder.

use std::time::Duration;

use chatterbox::app::App;
use chatterbox::db::fts::sqlite::expression::{phrase, quoted};
use chatterbox::db::fts::{Index, SearchIndex, token, words};
use chatterbox::db::ids::{MessageId, RoomId, UserId};
use diesel::connection::SimpleConnection;
use diesel::sql_types::{BigInt, Text};
use diesel::{RunQueryDsl, SqliteConnection, sql_query};
use tempfile::TempDir;

use crate::harness::database::number;
use crate::harness::files::folder_contains;
use crate::harness::in_process::app;
use crate::harness::wait_for;

/// Inserts a message as the server stores it, and returns its id.
fn post(conn: &mut SqliteConnection, body: &str) -> i64 {
    let insert = "INSERT INTO messages (room_id, author_id, client_id, body, place, created_rev, rev, created_at)
        SELECT 1, 1, hex(randomblob(16)), ?, 1, 1 + coalesce(max(rev), 0), 1 + coalesce(max(rev), 0), 1 FROM messages";
    sql_query(insert)
        .bind::<Text, _>(body)
        .execute(conn)
        .expect("a message");
    number(conn, "SELECT max(id) AS number FROM messages")
}

/// Changes the text of a message as edits and deletions do.
fn change(conn: &mut SqliteConnection, id: i64, now: &str) {
    let change = |conn: &mut SqliteConnection| {
        let update = sql_query("UPDATE messages SET body = ?, html = '' WHERE id = ?");
        let update = update.bind::<Text, _>(now).bind::<BigInt, _>(id);
        update.execute(conn)?;
        Ok(())
    };
    Index::update(conn, MessageId(id), change).expect("the index");
}

fn found(conn: &mut SqliteConnection, expression: &String) -> Vec<i64> {
    let found = Index::find(conn, expression, 0..i64::MAX, 10_000).expect("an expression");
    found.into_iter().map(|id| id.0).collect()
}

/// Opens the database of a server with one account.
async fn open_app() -> (TempDir, App) {
    let home = TempDir::new().expect("a temporary folder");
    let app = app(&home);
    let add = app.db.write(|tx| {
        let user =
            "INSERT INTO users (username, username_key, username_look, password_hash, created_at)
            VALUES ('ada', 'ada', 'ADA', '', 0)";
        Ok(tx.conn.batch_execute(user)?)
    });
    add.await.expect("an account");
    (home, app)
}

const SECRET: &str = "The password is Qxzvgrmpl! 北京烤鸭";
/// Parts of the text that files can contain. Index terms are stored without the prefix that they share with the
/// previous term.
const TRACES: [&str; 4] = ["xzvgrmpl", "zvgrmpl", "北京烤鸭", "password is"];

#[tokio::test]
async fn no_file_contains_the_text_of_a_deleted_message() {
    let (home, app) = open_app().await;
    // The text is long enough to need overflow pages.
    let text = SECRET.repeat(300);
    let id = app.db.write(move |tx| {
        let id = post(tx.conn, &text);
        for number in 0..400 {
            post(tx.conn, &format!("qxzvg qxzvgr {number} some other words"));
        }
        Ok(id)
    });
    let id = id.await.expect("messages");
    // Many small steps cause merges of index segments, which leave free pages that contain the word.
    for _ in 0..101 {
        let index = app.db.write(|tx| Index::index(tx.conn, 4));
        index.await.expect("the index");
    }
    assert!(
        TRACES
            .iter()
            .all(|trace| trace.starts_with('x') || folder_contains(home.path(), trace.as_bytes()))
    );
    let word = phrase(&words("qxzvgrmpl"));
    let query = word.clone();
    let before = app.db.read(move |conn| Ok(found(conn, &query))).await;
    assert_eq!(before, Ok(vec![id]));
    let erase = app.db.write(move |tx| {
        tx.erases();
        change(tx.conn, id, "");
        Ok(found(tx.conn, &word))
    });
    assert_eq!(erase.await, Ok(vec![]));
    for trace in TRACES {
        wait_for(trace, async || {
            (!folder_contains(home.path(), trace.as_bytes())).then_some(())
        })
        .await;
    }
    let terms = app.db.write(|tx| {
        let list = "CREATE VIRTUAL TABLE temp.terms USING fts5vocab(main, words, row)";
        tx.conn.batch_execute(list)?;
        let parts =
            "SELECT count(*) AS number FROM terms WHERE term LIKE '%mpl%' OR term LIKE '%烤%'";
        Ok(number(tx.conn, parts))
    });
    assert_eq!(terms.await, Ok(0), "no term contains a part of the text");
}

#[tokio::test]
async fn an_open_read_transaction_delays_the_erasure_and_does_not_prevent_it() {
    let (home, app) = open_app().await;
    let (started, is_reading) = tokio::sync::oneshot::channel();
    let (go_on, wait) = std::sync::mpsc::channel::<()>();
    let id = app
        .db
        .write(|tx| Ok(post(tx.conn, SECRET)))
        .await
        .expect("a message");
    let reading = tokio::spawn({
        let db = app.db.clone();
        async move {
            let read = db.read(move |conn| {
                conn.batch_execute("BEGIN; SELECT count(*) FROM messages")?;
                let _ = (started.send(()), wait.recv());
                Ok(conn.batch_execute("COMMIT")?)
            });
            read.await
        }
    });
    is_reading.await.expect("the read transaction begins");
    let erase = app.db.write(move |tx| {
        tx.erases();
        change(tx.conn, id, "");
        Ok(())
    });
    erase.await.expect("the message is erased");
    for _ in 0..15 {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let write = app
            .db
            .write(|tx| Ok(post(tx.conn, "another message")))
            .await;
        assert!(write.is_ok(), "writes succeed in the meantime");
    }
    assert!(
        folder_contains(home.path(), b"password is"),
        "the open transaction keeps the text"
    );
    go_on.send(()).expect("the read transaction is open");
    reading
        .await
        .expect("the task ends")
        .expect("the read succeeds");
    wait_for("the erasure", async || {
        (!folder_contains(home.path(), b"password is")).then_some(())
    })
    .await;
}

#[tokio::test]
async fn the_index_stays_correct_when_indexed_and_unindexed_messages_change() {
    let (_home, app) = open_app().await;
    let changes = app.db.write(|tx| {
        let conn = &mut *tx.conn;
        let (mut state, mut messages) = (1_u64, Vec::new());
        let mut next = |below: u64| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % below
        };
        let names = ["red", "redder", "北京", "wine", "twine", "café", "x"];
        for _ in 0..1_500 {
            let text = |some: u64| {
                format!(
                    "{} {}",
                    names[some as usize % 7],
                    names[some as usize / 7 % 7]
                )
            };
            match next(4) {
                0 => {
                    let text = text(next(49));
                    messages.push((post(conn, &text), text));
                }
                1 if !messages.is_empty() => {
                    let at = next(messages.len() as u64) as usize;
                    let now = if next(3) == 0 {
                        String::new()
                    } else {
                        text(next(49))
                    };
                    let (id, before) = &mut messages[at];
                    change(conn, *id, &now);
                    *before = now;
                }
                2 => {
                    Index::index(conn, next(5) as i64)?;
                }
                _ => {}
            }
        }
        Index::index(conn, 10_000)?;
        for name in names {
            let terms = words(name);
            let mut expected: Vec<i64> = messages
                .iter()
                .filter(|(_, text)| text.split(' ').any(|word| word == name))
                .map(|(id, _)| *id)
                .collect();
            expected.reverse();
            assert_eq!(found(conn, &phrase(&terms)), expected, "{name}");
            assert!(expected.len() > 20, "{name}");
        }
        let full: Vec<i64> = messages
            .iter()
            .rev()
            .filter(|(_, text)| !text.is_empty())
            .map(|(id, _)| *id)
            .collect();
        assert_eq!(found(conn, &quoted(&[&token::room(RoomId(1))])), full);
        assert_eq!(found(conn, &quoted(&[&token::author(UserId(1))])), full);
        conn.batch_execute("INSERT INTO words (words, rank) VALUES ('integrity-check', 0)")?;
        let all: Vec<MessageId> = messages.iter().map(|(id, _)| MessageId(*id)).collect();
        Index::remove_all(conn, &all)?;
        let list = "CREATE VIRTUAL TABLE temp.terms USING fts5vocab(main, words, row)";
        conn.batch_execute(list)?;
        assert_eq!(number(conn, "SELECT count(*) AS number FROM terms"), 0);
        Ok(())
    });
    changes.await.expect("the index is correct");
}

//! What was edited or deleted is not found any more, and its words are nowhere in the data folder.

use std::path::Path;
use std::time::Duration;

use chatterbox::app::App;
use chatterbox::db::fts::sqlite::expression::{phrase, quoted};
use chatterbox::db::fts::{Index, SearchIndex, token, words};
use chatterbox::db::ids::{MessageId, RoomId, UserId};
use diesel::connection::SimpleConnection;
use diesel::sql_types::{BigInt, Text};
use diesel::{QueryableByName, RunQueryDsl, SqliteConnection, sql_query};
use tempfile::TempDir;

use crate::harness::in_process::app;
use crate::harness::wait_for;

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

fn number(conn: &mut SqliteConnection, query: &str) -> i64 {
    let row: Number = sql_query(query).get_result(conn).expect("a number");
    row.number
}

/// As the server stores a message.
fn post(conn: &mut SqliteConnection, body: &str) -> i64 {
    let insert = "INSERT INTO messages (room_id, author_id, client_id, body, place, created_rev, rev, created_at)
        SELECT 1, 1, hex(randomblob(16)), ?, 1, 1 + coalesce(max(rev), 0), 1 + coalesce(max(rev), 0), 1 FROM messages";
    sql_query(insert)
        .bind::<Text, _>(body)
        .execute(conn)
        .expect("a message");
    number(conn, "SELECT max(id) AS number FROM messages")
}

/// As the server edits and deletes one.
fn change(conn: &mut SqliteConnection, id: i64, before: &str, now: &str) {
    Index::update(conn, MessageId(id), before, now).expect("the index");
    let update = sql_query("UPDATE messages SET body = ?, html = '' WHERE id = ?");
    let update = update.bind::<Text, _>(now).bind::<BigInt, _>(id);
    update.execute(conn).expect("an update");
}

fn found(conn: &mut SqliteConnection, expression: &String) -> Vec<i64> {
    let found = Index::find(conn, expression, 0..i64::MAX, 10_000).expect("an expression");
    found.into_iter().map(|id| id.0).collect()
}

/// The database of a server with one account.
async fn place() -> (TempDir, App) {
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

/// Whether some bytes are in any file of a folder.
fn holds(folder: &Path, bytes: &[u8]) -> bool {
    let files = std::fs::read_dir(folder).expect("the folder").flatten();
    let mut files = files.map(|file| std::fs::read(file.path()).expect("a file"));
    files.any(|file| file.windows(bytes.len()).any(|some| some == bytes))
}

const SECRET: &str = "The password is Qxzvgrmpl! 北京烤鸭";
/// What a list of terms keeps of that word, after what it has in common with others.
const TRACES: [&str; 4] = ["xzvgrmpl", "zvgrmpl", "北京烤鸭", "password is"];

#[tokio::test]
async fn what_is_deleted_leaves_no_byte_behind() {
    let (home, app) = place().await;
    // It reaches into pages of its own.
    let (long, text) = (SECRET.repeat(300), SECRET.repeat(300));
    let id = app.db.write(move |tx| {
        let id = post(tx.conn, &text);
        for number in 0..400 {
            post(tx.conn, &format!("qxzvg qxzvgr {number} some other words"));
        }
        Ok(id)
    });
    let id = id.await.expect("messages");
    // Many small steps, so that the parts of the index are merged, and pages with the word are left behind.
    for _ in 0..101 {
        let index = app.db.write(|tx| Index::index(tx.conn, 4));
        index.await.expect("the index");
    }
    assert!(
        TRACES
            .iter()
            .all(|trace| trace.starts_with('x') || holds(home.path(), trace.as_bytes()))
    );
    let word = phrase(&words("qxzvgrmpl"));
    let look = word.clone();
    let before = app.db.read(move |conn| Ok(found(conn, &look))).await;
    assert_eq!(before, Ok(vec![id]));
    let erase = app.db.write(move |tx| {
        tx.erases();
        change(tx.conn, id, &long, "");
        Ok(found(tx.conn, &word))
    });
    assert_eq!(erase.await, Ok(vec![]));
    for trace in TRACES {
        wait_for(trace, async || {
            (!holds(home.path(), trace.as_bytes())).then_some(())
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
    assert_eq!(terms.await, Ok(0), "nor a part of it");
}

#[tokio::test]
async fn a_reader_delays_the_erasure_and_does_not_prevent_it() {
    let (home, app) = place().await;
    let (begun, is_reading) = tokio::sync::oneshot::channel();
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
                let _ = (begun.send(()), wait.recv());
                Ok(conn.batch_execute("COMMIT")?)
            });
            read.await
        }
    });
    is_reading.await.expect("somebody reads");
    let erase = app.db.write(move |tx| {
        tx.erases();
        change(tx.conn, id, SECRET, "");
        Ok(())
    });
    erase.await.expect("it is erased");
    for _ in 0..15 {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let write = app.db.write(|tx| Ok(post(tx.conn, "others write"))).await;
        assert!(write.is_ok(), "and go on writing");
    }
    assert!(holds(home.path(), b"password is"), "it is being read");
    go_on.send(()).expect("the reader waits");
    reading.await.expect("it ends").expect("it has read");
    wait_for("the erasure", async || {
        (!holds(home.path(), b"password is")).then_some(())
    })
    .await;
}

#[tokio::test]
async fn edits_and_deletions_keep_the_index_true_wherever_the_mark_is() {
    let (_home, app) = place().await;
    let story = app.db.write(|tx| {
        let conn = &mut *tx.conn;
        let (mut chance, mut said) = (1_u64, Vec::new());
        let mut next = |below: u64| {
            chance = chance
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (chance >> 33) % below
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
                    said.push((post(conn, &text), text));
                }
                1 if !said.is_empty() => {
                    let at = next(said.len() as u64) as usize;
                    let now = if next(3) == 0 {
                        String::new()
                    } else {
                        text(next(49))
                    };
                    let (id, before) = &mut said[at];
                    change(conn, *id, before, &now);
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
            let sought = words(name);
            let mut expected: Vec<i64> = said
                .iter()
                .filter(|(_, text)| text.split(' ').any(|word| word == name))
                .map(|(id, _)| *id)
                .collect();
            expected.reverse();
            assert_eq!(found(conn, &phrase(&sought)), expected, "{name}");
            assert!(expected.len() > 20, "{name}");
        }
        let full: Vec<i64> = said
            .iter()
            .rev()
            .filter(|(_, text)| !text.is_empty())
            .map(|(id, _)| *id)
            .collect();
        assert_eq!(found(conn, &quoted(&[&token::room(RoomId(1))])), full);
        assert_eq!(found(conn, &quoted(&[&token::author(UserId(1))])), full);
        conn.batch_execute("INSERT INTO words (words, rank) VALUES ('integrity-check', 0)")?;
        let all: Vec<MessageId> = said.iter().map(|(id, _)| MessageId(*id)).collect();
        Index::remove_all(conn, &all)?;
        let list = "CREATE VIRTUAL TABLE temp.terms USING fts5vocab(main, words, row)";
        conn.batch_execute(list)?;
        assert_eq!(number(conn, "SELECT count(*) AS number FROM terms"), 0);
        Ok(())
    });
    story.await.expect("a true index");
}

//! The index comes after the message: in the background, from where it stopped, whatever happens.

use diesel::connection::SimpleConnection;
use diesel::sql_types::BigInt;
use diesel::{Connection, QueryableByName, RunQueryDsl, SqliteConnection, sql_query};
use serde_json::Value;

use super::search;
use crate::harness::account::Account;
use crate::harness::server::{Server, UNLIMITED};
use crate::harness::wait_for;

const MESSAGES: i64 = 4_000;

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

/// The newest message that is in the index.
fn mark(server: &Server) -> i64 {
    let mark = sql_query("SELECT done AS number FROM upkeep WHERE name = 'words'");
    let row: Number = mark.get_result(&mut open(server)).expect("a number");
    row.number
}

fn open(server: &Server) -> SqliteConnection {
    let path = server.data().join("chatterbox.db");
    let mut conn = SqliteConnection::establish(&path.to_string_lossy()).expect("the database");
    conn.batch_execute("PRAGMA busy_timeout = 5000")
        .expect("a setting");
    conn
}

#[tokio::test]
async fn killed_in_the_middle_it_goes_on_where_it_stopped() {
    let mut server = Server::executable(&UNLIMITED);
    let ada = Account::register(&server, "ada").await;
    server.stop();
    let mut conn = open(&server);
    let fill = format!(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {MESSAGES})
         INSERT INTO messages (room_id, author_id, client_id, body, place, created_rev, rev, created_at)
         SELECT 1, 1, 'f' || i, 'A message of some length, number' || i, 1, i, i, i FROM n;
         UPDATE rooms SET rev = {MESSAGES} WHERE id = 1"
    );
    conn.batch_execute(&fill).expect("messages");
    drop(conn);
    let mut marks = Vec::new();
    for _ in 0..3 {
        server.start_again();
        let from = marks.last().copied().unwrap_or(0);
        let some = async || Some(mark(&server)).filter(|mark| *mark > from);
        marks.push(wait_for("some of it", some).await);
        server.kill9();
    }
    assert!(marks[2] < MESSAGES, "it was in the middle: {marks:?}");
    server.start_again();
    let ada = Account::log_in(&server, &ada.name).await;
    let all = async || (mark(&server) == MESSAGES).then_some(());
    wait_for("all of it", all).await;
    let (mut ids, mut next) = (Vec::new(), Some("/messages?q=message".to_owned()));
    while let Some(path) = next {
        let answer = ada.get(&path).await.expect(200).json();
        let messages = answer["messages"].as_array().expect("a list").iter();
        ids.extend(messages.map(|message| message["id"].as_i64().expect("an id")));
        next = answer["next"].as_str().map(str::to_owned);
    }
    let all: Vec<i64> = (1..=MESSAGES).rev().collect();
    assert_eq!(ids, all, "each once");
    for number in [1, marks[0], marks[0] + 1, marks[1], marks[2], MESSAGES] {
        let answer = search(&ada, &format!("\"number{number}\"")).await;
        assert_eq!(answer["messages"][0]["id"], number);
        assert_eq!(answer["messages"][1], Value::Null);
    }
    let check = "INSERT INTO words (words, rank) VALUES ('integrity-check', 0)";
    let mut conn = open(&server);
    conn.batch_execute(check).expect("a sound index");
}

#[tokio::test]
async fn what_was_just_said_is_found_within_a_second_or_so() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    for number in 0..5 {
        let text = format!("fresh{number}");
        ada.post(&text).await;
        let said = std::time::Instant::now();
        wait_for("the message", async || {
            let answer = search(&ada, &text).await;
            (answer["messages"][0]["body"] == text).then_some(())
        })
        .await;
        let took = said.elapsed();
        assert!(
            took.as_secs() < 5,
            "{took:?}, on a machine that does other things, too"
        );
    }
}

//! Messages are indexed in the background, and indexing continues after a crash.

use diesel::connection::SimpleConnection;

use serde_json::Value;

use super::{all_ids, search};
use crate::harness::account::Account;
use crate::harness::database::{connect, number};
use crate::harness::server::{Server, UNLIMITED};
use crate::harness::wait_for;

const MESSAGES: i64 = 4_000;

/// Id of the newest indexed message.
fn last_indexed(server: &Server) -> i64 {
    let query = "SELECT done AS number FROM upkeep WHERE name = 'words'";
    number(&mut connect(&server.data()), query)
}

#[tokio::test]
async fn indexing_continues_after_the_process_is_killed() {
    let mut server = Server::executable(&UNLIMITED);
    let ada = Account::register(&server, "ada").await;
    server.stop();
    let mut conn = connect(&server.data());
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
        let some = async || Some(last_indexed(&server)).filter(|mark| *mark > from);
        marks.push(wait_for("progress of the index", some).await);
        server.kill9();
    }
    assert!(
        marks[2] < MESSAGES,
        "the process was killed before the end: {marks:?}"
    );
    server.start_again();
    let ada = Account::log_in(&server, &ada.name).await;
    let all = async || (last_indexed(&server) == MESSAGES).then_some(());
    wait_for("the whole index", all).await;
    let ids = all_ids(&ada, "message").await;
    let all: Vec<i64> = (1..=MESSAGES).rev().collect();
    assert_eq!(ids, all, "every message is found once");
    for number in [1, marks[0], marks[0] + 1, marks[1], marks[2], MESSAGES] {
        let answer = search(&ada, &format!("\"number{number}\"")).await;
        assert_eq!(answer["messages"][0]["id"], number);
        assert_eq!(answer["messages"][1], Value::Null);
    }
    let check = "INSERT INTO words (words, rank) VALUES ('integrity-check', 0)";
    let mut conn = connect(&server.data());
    conn.batch_execute(check).expect("the index is consistent");
}

#[tokio::test]
async fn a_new_message_is_found_within_five_seconds() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    for number in 0..5 {
        let text = format!("fresh{number}");
        ada.post(&text).await;
        let posted = std::time::Instant::now();
        wait_for("the message", async || {
            let answer = search(&ada, &text).await;
            (answer["messages"][0]["body"] == text).then_some(())
        })
        .await;
        let took = posted.elapsed();
        assert!(took.as_secs() < 5, "{took:?}");
    }
}

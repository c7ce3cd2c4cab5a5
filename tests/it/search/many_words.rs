//! Somebody in many rooms, of which little or much of what fits is: each finds all of theirs, once.

use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};

use super::{search, until_indexed};
use crate::harness::account::Account;
use crate::harness::server::Server;

const MESSAGES: i64 = 3_000;

#[tokio::test]
async fn all_of_theirs_is_found_whatever_part_of_everything_that_is() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let bob = Account::register(&server, "bob").await;
    let (mut hers, mut his) = (Vec::new(), Vec::new());
    for number in 0..7 {
        hers.push(ada.make(&format!("hers {number}"), "closed").await);
        his.push(bob.make(&format!("his {number}"), "closed").await);
    }
    let path = server.data().join("chatterbox.db");
    let mut conn = SqliteConnection::establish(&path.to_string_lossy()).expect("the database");
    let mut fill = "PRAGMA busy_timeout = 5000; BEGIN IMMEDIATE;".to_owned();
    let mut expected = [Vec::new(), Vec::new(), Vec::new()];
    for id in 1..=MESSAGES {
        // Of "some" a hundredth is hers, of "half" a half, of "most" all.
        let (word, each) = [("some", 100), ("half", 2), ("most", 1)][id as usize % 3];
        let turn = id / 3;
        let is_hers = turn % each == 0;
        let rooms = if is_hers { &hers } else { &his };
        let room = rooms[turn as usize / 100 % 7];
        if is_hers {
            expected[id as usize % 3].insert(0, id);
        }
        fill += &format!(
            "INSERT INTO messages (id, room_id, author_id, client_id, body, place, created_rev, rev, created_at)
             VALUES ({id}, {room}, 1, 'm{id}', 'x{word} said {id}', 1, {id}, {id}, {id});"
        );
    }
    fill += &format!("UPDATE rooms SET rev = {MESSAGES}; COMMIT;");
    conn.batch_execute(&fill).expect("messages");
    drop(conn);
    until_indexed(&ada).await;
    for (word, expected) in ["xsome", "xhalf", "xmost"].into_iter().zip(&expected) {
        // The second one is inside of words.
        for text in [word, &word[1..]] {
            let (mut ids, mut next) = (Vec::new(), Some(format!("/messages?q={text}")));
            while let Some(path) = next {
                let answer = ada.get(&path).await.expect(200).json();
                let messages = answer["messages"].as_array().expect("a list").iter();
                ids.extend(messages.map(|message| message["id"].as_i64().expect("an id")));
                next = answer["next"].as_str().map(str::to_owned);
            }
            assert!(
                ids == *expected,
                "{text}: {} of {}",
                ids.len(),
                expected.len()
            );
        }
        let narrow = search(&ada, &format!("{word} -in:\"hers 0\" -in:\"hers 1\"")).await;
        let rooms = narrow["messages"].as_array().expect("a list").iter();
        let rooms: Vec<i64> = rooms
            .map(|one| one["room"].as_i64().expect("a room"))
            .collect();
        assert!(
            !rooms.is_empty() && rooms.iter().all(|room| hers[2..].contains(room)),
            "{rooms:?}"
        );
    }
}

//! Searches in which few, half or all of the matching messages are in the rooms of the user.

use diesel::connection::SimpleConnection;

use super::{all_ids, search, until_indexed};
use crate::harness::account::Account;
use crate::harness::database::connect;
use crate::harness::server::Server;

const MESSAGES: i64 = 3_000;

#[tokio::test]
async fn all_visible_matches_are_found_when_few_half_or_all_matches_are_visible() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let bob = Account::register(&server, "bob").await;
    let (mut hers, mut his) = (Vec::new(), Vec::new());
    for number in 0..7 {
        hers.push(ada.create_room(&format!("hers {number}"), "closed").await);
        his.push(bob.create_room(&format!("his {number}"), "closed").await);
    }
    let mut conn = connect(&server.data());
    let mut fill = "BEGIN IMMEDIATE;".to_owned();
    let mut expected = [Vec::new(), Vec::new(), Vec::new()];
    for id in 1..=MESSAGES {
        // Ada sees a hundredth of the matches for "some", half of those for "half", and all of those for "most".
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
        // The second query matches inside of words.
        for text in [word, &word[1..]] {
            let ids = all_ids(&ada, text).await;
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

//! Durability: acknowledged messages are stored once and in order, despite crashes and lost connections.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use serde_json::Value;

use crate::harness::account::Account;
use crate::harness::html::MessageElement;
use crate::harness::proxy::Proxy;
use crate::harness::server::{Server, UNLIMITED};
use crate::harness::{client_id, wait_for};

const SENDERS: usize = 20;
const KILLS: usize = 10;
/// Acknowledgements of one round before the process is killed.
const ROUND: usize = 300;

/// An acknowledgement: the sender, the client id, and the id and rev of the message.
#[derive(Debug, Clone)]
struct Acknowledged {
    sender: usize,
    client_id: String,
    id: i64,
    rev: i64,
}

type AcknowledgedList = Arc<Mutex<Vec<Acknowledged>>>;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_acknowledged_message_is_lost_in_ten_kills_with_twenty_senders() {
    let mut server = Server::executable(&UNLIMITED);
    let mut people = Vec::new();
    for name in ["ada", "bob", "carol", "dave"] {
        people.push(Account::register(&server, name).await);
    }
    let acknowledged_list = AcknowledgedList::default();
    for round in 0..KILLS {
        let before = acknowledged_list.lock().expect("no sender panics").len();
        let mut senders = tokio::task::JoinSet::new();
        for sender in 0..SENDERS {
            let (person, acknowledged_list) = (
                people[sender % people.len()].clone(),
                Arc::clone(&acknowledged_list),
            );
            match sender % 2 {
                0 => senders.spawn(send_by_http(person, sender, round, acknowledged_list)),
                _ => senders.spawn(send_by_socket(person, sender, round, acknowledged_list)),
            };
        }
        wait_for("enough acknowledgements", async || {
            let acknowledged = acknowledged_list.lock().expect("no sender panics").len();
            (acknowledged >= before + ROUND).then_some(())
        })
        .await;
        server.kill9();
        senders.join_all().await;
        server.start_again();
        check(
            &people[0].history().await,
            &acknowledged_list.lock().expect("no sender panics"),
        );
    }
}

/// Posts one message after the other until the server is down.
async fn send_by_http(
    person: Account,
    sender: usize,
    round: usize,
    acknowledged_list: AcknowledgedList,
) {
    for number in 0.. {
        let client_id = format!("{round}-{sender}-{number}");
        let message = serde_json::json!({"body": client_id, "client_id": client_id});
        let request = person.ask("POST", "/rooms/1/messages").json(&message);
        let Ok(reply) = crate::harness::http::try_send(request).await else {
            return;
        };
        let json = reply.expect(201).json();
        let (id, rev) = (
            json["id"].as_i64().expect("an id"),
            json["rev"].as_i64().expect("a rev"),
        );
        acknowledged_list
            .lock()
            .expect("no sender panics")
            .push(Acknowledged {
                sender,
                client_id,
                id,
                rev,
            });
    }
}

/// Posts four messages at a time over a socket. The push of each message is its acknowledgement.
async fn send_by_socket(
    person: Account,
    sender: usize,
    round: usize,
    acknowledged_list: AcknowledgedList,
) {
    let Ok(mut live) = person.try_live(newest_rev(&acknowledged_list)).await else {
        return;
    };
    let own = format!("{round}-{sender}-");
    let mut number = 0;
    loop {
        for _ in 0..4 {
            let client_id = format!("{own}{number}");
            if !live.post(&client_id, &client_id).await {
                break;
            }
            number += 1;
        }
        let mut waiting = 4;
        while waiting > 0 {
            let Some(line) = live.next_message_or_close().await else {
                return;
            };
            if line.client_id.starts_with(&own) {
                let acknowledged = Acknowledged {
                    sender,
                    client_id: line.client_id,
                    id: line.id,
                    rev: line.rev,
                };
                acknowledged_list
                    .lock()
                    .expect("no sender panics")
                    .push(acknowledged);
                waiting -= 1;
            }
        }
    }
}

fn newest_rev(acknowledged_list: &AcknowledgedList) -> i64 {
    let acknowledged = acknowledged_list.lock().expect("no sender panics");
    acknowledged
        .iter()
        .map(|acknowledged| acknowledged.rev)
        .max()
        .unwrap_or(0)
}

/// Checks that all acknowledged messages are stored once and in order, and that no rev is skipped.
#[track_caller]
fn check(history: &[Value], acknowledged: &[Acknowledged]) {
    let number = |message: &Value, name: &str| message[name].as_i64().expect("a number");
    let revs: Vec<i64> = history
        .iter()
        .map(|message| number(message, "rev"))
        .collect();
    assert!(
        revs.windows(2).all(|pair| pair[1] == pair[0] + 1),
        "a rev is missing"
    );
    let ids: BTreeSet<i64> = history
        .iter()
        .map(|message| number(message, "id"))
        .collect();
    assert_eq!(ids.len(), history.len(), "an id occurs twice");
    let mut stored: BTreeMap<(&str, &str), &Value> = BTreeMap::new();
    for message in history {
        let author = message["author"]["username"].as_str().expect("a name");
        let client_id = message["client_id"].as_str().expect("a client id");
        assert!(
            stored.insert((author, client_id), message).is_none(),
            "{client_id} is stored twice"
        );
        assert_eq!(message["body"], client_id, "the text is complete");
    }
    let names = ["ada", "bob", "carol", "dave"];
    let mut last: BTreeMap<(usize, String), (usize, i64)> = BTreeMap::new();
    for acknowledged in acknowledged {
        let key = (
            names[acknowledged.sender % names.len()],
            acknowledged.client_id.as_str(),
        );
        let message = stored.get(&key).unwrap_or_else(|| {
            panic!(
                "{} was acknowledged and is not stored",
                acknowledged.client_id
            )
        });
        assert_eq!(
            (number(message, "id"), number(message, "rev")),
            (acknowledged.id, acknowledged.rev),
            "{}",
            acknowledged.client_id
        );
        let (round, position) = acknowledged
            .client_id
            .split_once('-')
            .expect("round-sender-number");
        let position: usize = position
            .rsplit('-')
            .next()
            .and_then(|text| text.parse().ok())
            .expect("a number");
        let before = last.insert(
            (acknowledged.sender, round.to_string()),
            (position, acknowledged.rev),
        );
        assert!(
            before.is_none_or(|(at, rev)| at < position && rev < acknowledged.rev),
            "{} is out of order",
            acknowledged.client_id
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_message_is_lost_or_duplicated_when_connections_are_cut_four_times() {
    const MESSAGES: usize = 120;
    let server = Server::unlimited();
    let (ada, bob) = (
        Account::register(&server, "ada").await,
        Account::register(&server, "bob").await,
    );
    let proxy = Arc::new(Proxy::before(server.address()).await);
    ada.post("the start").await;
    let start = ada.rev().await;

    let reader = tokio::spawn(read_through_cuts(
        bob.through(&proxy.origin()),
        start,
        MESSAGES,
    ));
    let through = ada.through(&proxy.origin());
    let mut live = through.live(start).await;
    let mut sent = BTreeSet::new();
    for number in 0..MESSAGES {
        let id = client_id();
        if number % 30 == 15 {
            // The connection is cut during the send. The client cannot know whether it arrived, so it sends it again.
            live.post(&format!("number {number}"), &id).await;
            proxy.cut();
            live = through.live(start).await;
        }
        live.post(&format!("number {number}"), &id).await;
        sent.insert(id.clone());
        live.find("the pushed message", |event| own_message(event, &id))
            .await;
    }
    let received = reader.await.expect("the reader does not panic");
    let texts: Vec<&str> = received.iter().map(|line| &*line.text).collect();
    let expected: Vec<String> = (0..MESSAGES)
        .map(|number| format!("number {number}"))
        .collect();
    assert_eq!(texts, expected, "once each, in order");
    let ids: BTreeSet<String> = received.iter().map(|line| line.client_id.clone()).collect();
    assert_eq!(ids, sent);
    assert!(
        received
            .windows(2)
            .all(|pair| pair[1].rev == pair[0].rev + 1)
    );
}

/// Reads like a page: reconnects after each cut with the newest rev.
async fn read_through_cuts(person: Account, start: i64, count: usize) -> Vec<MessageElement> {
    let (mut seen, mut after): (Vec<MessageElement>, i64) = (Vec::new(), start);
    while seen.len() < count {
        let Ok(mut live) = person.try_live(after).await else {
            continue;
        };
        while seen.len() < count {
            let Some(line) = live.next_message_or_close().await else {
                break;
            };
            after = line.rev;
            seen.push(line);
        }
    }
    seen
}

fn own_message(event: &crate::harness::live::Event, id: &str) -> Option<()> {
    use crate::harness::live::Event;
    match event {
        Event::Message(line) | Event::Replaced(line) if line.client_id == id => Some(()),
        _ => None,
    }
}

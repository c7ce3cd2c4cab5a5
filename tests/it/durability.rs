//! The promise: what was acknowledged is there, once, in order, whatever dies in between.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use serde_json::Value;

use crate::harness::account::Account;
use crate::harness::html::Line;
use crate::harness::proxy::Proxy;
use crate::harness::server::{Server, UNLIMITED};
use crate::harness::{client_id, wait_for};

const SENDERS: usize = 20;
const KILLS: usize = 10;
/// Acknowledgements of one round before the process is killed.
const ROUND: usize = 300;

/// What a sender was told: its own name, its place in its own order, and the message's id and rev.
#[derive(Debug, Clone)]
struct Told {
    sender: usize,
    client_id: String,
    id: i64,
    rev: i64,
}

type Record = Arc<Mutex<Vec<Told>>>;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_kills_under_twenty_senders_lose_nothing() {
    let mut server = Server::executable(&UNLIMITED);
    let mut people = Vec::new();
    for name in ["ada", "bob", "carol", "dave"] {
        people.push(Account::register(&server, name).await);
    }
    let record = Record::default();
    for round in 0..KILLS {
        let before = record.lock().expect("no sender panics").len();
        let mut senders = tokio::task::JoinSet::new();
        for sender in 0..SENDERS {
            let (person, record) = (people[sender % people.len()].clone(), Arc::clone(&record));
            match sender % 2 {
                0 => senders.spawn(send_by_http(person, sender, round, record)),
                _ => senders.spawn(send_by_socket(person, sender, round, record)),
            };
        }
        wait_for("enough acknowledgements", async || {
            let told = record.lock().expect("no sender panics").len();
            (told >= before + ROUND).then_some(())
        })
        .await;
        server.kill9();
        senders.join_all().await;
        server.start_again();
        check(
            &people[0].history().await,
            &record.lock().expect("no sender panics"),
        );
    }
}

/// Posts one message after the other until the server is gone.
async fn send_by_http(person: Account, sender: usize, round: usize, record: Record) {
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
        record.lock().expect("no sender panics").push(Told {
            sender,
            client_id,
            id,
            rev,
        });
    }
}

/// Posts four at a time over a socket and takes its own line for the acknowledgement.
async fn send_by_socket(person: Account, sender: usize, round: usize, record: Record) {
    let Ok(mut live) = person.try_live(person_rev(&record)).await else {
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
            let Some(line) = live.next_message_or_end().await else {
                return;
            };
            if line.client_id.starts_with(&own) {
                let told = Told {
                    sender,
                    client_id: line.client_id,
                    id: line.id,
                    rev: line.rev,
                };
                record.lock().expect("no sender panics").push(told);
                waiting -= 1;
            }
        }
    }
}

fn person_rev(record: &Record) -> i64 {
    let told = record.lock().expect("no sender panics");
    told.iter().map(|told| told.rev).max().unwrap_or(0)
}

/// Everything told is there, once, in its place; the revs have no hole.
#[track_caller]
fn check(history: &[Value], told: &[Told]) {
    let number = |message: &Value, name: &str| message[name].as_i64().expect("a number");
    let revs: Vec<i64> = history
        .iter()
        .map(|message| number(message, "rev"))
        .collect();
    assert!(
        revs.windows(2).all(|pair| pair[1] == pair[0] + 1),
        "the order has holes"
    );
    let ids: BTreeSet<i64> = history
        .iter()
        .map(|message| number(message, "id"))
        .collect();
    assert_eq!(ids.len(), history.len(), "an id twice");
    let mut stored: BTreeMap<(&str, &str), &Value> = BTreeMap::new();
    for message in history {
        let author = message["author"]["username"].as_str().expect("a name");
        let client_id = message["client_id"].as_str().expect("a client id");
        assert!(
            stored.insert((author, client_id), message).is_none(),
            "{client_id} is there twice"
        );
        assert_eq!(message["body"], client_id, "the text is whole");
    }
    let names = ["ada", "bob", "carol", "dave"];
    let mut last: BTreeMap<(usize, String), (usize, i64)> = BTreeMap::new();
    for told in told {
        let key = (names[told.sender % names.len()], told.client_id.as_str());
        let message = stored
            .get(&key)
            .unwrap_or_else(|| panic!("{} was acknowledged and is lost", told.client_id));
        assert_eq!(
            (number(message, "id"), number(message, "rev")),
            (told.id, told.rev),
            "{}",
            told.client_id
        );
        let (round, position) = told.client_id.split_once('-').expect("round-sender-number");
        let position: usize = position
            .rsplit('-')
            .next()
            .and_then(|text| text.parse().ok())
            .expect("a number");
        let before = last.insert((told.sender, round.to_string()), (position, told.rev));
        assert!(
            before.is_none_or(|(at, rev)| at < position && rev < told.rev),
            "{} is out of order",
            told.client_id
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_and_twenty_messages_survive_four_cuts() {
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
            // Cut while it is on its way: nobody can tell whether it arrived, so it goes again.
            live.post(&format!("number {number}"), &id).await;
            proxy.cut();
            live = through.live(start).await;
        }
        live.post(&format!("number {number}"), &id).await;
        sent.insert(id.clone());
        live.find("its own line", |event| own_line(event, &id))
            .await;
    }
    let seen = reader.await.expect("the reader ends");
    let texts: Vec<&str> = seen.iter().map(|line| &*line.text).collect();
    let expected: Vec<String> = (0..MESSAGES)
        .map(|number| format!("number {number}"))
        .collect();
    assert_eq!(texts, expected, "once each, in order");
    let ids: BTreeSet<String> = seen.iter().map(|line| line.client_id.clone()).collect();
    assert_eq!(ids, sent);
    assert!(seen.windows(2).all(|pair| pair[1].rev == pair[0].rev + 1));
}

/// Reads as a page does: after each cut from the newest rev seen.
async fn read_through_cuts(person: Account, start: i64, count: usize) -> Vec<Line> {
    let (mut seen, mut after): (Vec<Line>, i64) = (Vec::new(), start);
    while seen.len() < count {
        let Ok(mut live) = person.try_live(after).await else {
            continue;
        };
        while seen.len() < count {
            let Some(line) = live.next_message_or_end().await else {
                break;
            };
            after = line.rev;
            seen.push(line);
        }
    }
    seen
}

fn own_line(event: &crate::harness::live::Event, id: &str) -> Option<()> {
    use crate::harness::live::Event;
    match event {
        Event::Message(line) | Event::Replaced(line) if line.client_id == id => Some(()),
        _ => None,
    }
}

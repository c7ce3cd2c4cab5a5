//! The page's socket: order, catch-up, gaps, invalid frames, stalled readers and shutdown.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::json;

use crate::harness::account::Account;
use crate::harness::html::{self, attribute, tag_of, tags};
use crate::harness::live::{Event, LiveSocket};
use crate::harness::message_actions::ids_of;
use crate::harness::server::{Server, UNLIMITED};
use crate::harness::{client_id, wait_for};

#[tokio::test]
async fn all_sockets_receive_the_same_messages_in_the_same_order() {
    let server = Server::unlimited();
    let (ada, bob) = (
        Account::register(&server, "ada").await,
        Account::register(&server, "bob").await,
    );
    let (mut hers, mut his, mut third) = (ada.live(0).await, bob.live(0).await, ada.live(0).await);
    for number in 0..15 {
        hers.post(&format!("hers {number}"), &client_id()).await;
        his.post(&format!("his {number}"), &client_id()).await;
        ada.post(&format!("by http {number}")).await;
    }
    let received = third.messages(45).await;
    assert_eq!(hers.messages(45).await, received);
    assert_eq!(his.messages(45).await, received);
    let revs: Vec<i64> = received.iter().map(|line| line.rev).collect();
    let expected: Vec<i64> = (revs[0]..revs[0] + 45).collect();
    assert_eq!(revs, expected, "no rev is skipped");
    let own: Vec<&str> = received
        .iter()
        .map(|line| &*line.text)
        .filter(|text| text.starts_with("his"))
        .collect();
    let sent: Vec<String> = (0..15).map(|number| format!("his {number}")).collect();
    assert_eq!(own, sent, "messages of one socket keep their order");
}

#[tokio::test]
async fn messages_sent_without_waiting_keep_their_order() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let (mut hers, mut other) = (ada.live(0).await, ada.live(0).await);
    for number in 0..300 {
        hers.post(&format!("n{number}"), &client_id()).await;
        if number % 100 == 50 {
            hers.post("  ", &format!("empty-{number}")).await;
        }
    }
    let received = other.messages(300).await;
    let texts: Vec<&str> = received.iter().map(|line| &*line.text).collect();
    let sent: Vec<String> = (0..300).map(|number| format!("n{number}")).collect();
    assert_eq!(texts, sent);
    for number in [50, 150, 250] {
        let refused = hers.next_notice().await.client_id;
        assert_eq!(
            refused,
            Some(format!("empty-{number}")),
            "notices keep their order too"
        );
    }
}

#[tokio::test]
async fn missed_messages_arrive_once_and_in_order() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    ada.post_many("before", 3).await;
    let rev = ada.rev().await;
    let missed = ids_of(&ada.post_many("missed", 60).await);
    let mut live = ada.live(rev).await;
    let received = live.messages(60).await;
    assert_eq!(html::element_ids(&received), missed);
    let next = ada.post("live again").await["id"].as_i64().expect("an id");
    assert_eq!(
        html::element_ids(&live.messages_until(next).await),
        [next],
        "no message arrives twice"
    );
    assert!(
        !live
            .pending()
            .any(|event| matches!(event, Event::Gap { .. })),
        "60 missed messages are no gap"
    );
}

#[tokio::test]
async fn a_client_with_the_newest_rev_receives_only_new_messages() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    ada.post_many("before", 30).await;
    let mut live = ada.live(ada.rev().await).await;
    let next = ada.post("new").await["id"].as_i64().expect("an id");
    assert_eq!(html::element_ids(&live.messages_until(next).await), [next]);
}

#[tokio::test]
async fn catching_up_while_messages_are_posted_leaves_no_gap() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let first = ada.post("first").await;
    let start = first["rev"].as_i64().expect("a rev");
    let posting = tokio::spawn({
        let ada = ada.clone();
        async move { ada.post_many("message", 150).await }
    });
    let mut listeners: Vec<LiveSocket> = Vec::new();
    for number in 1..=6 {
        wait_for("more messages", async || {
            (ada.rev().await > start + number * 10).then_some(())
        })
        .await;
        listeners.push(ada.live(start).await);
    }
    let posted = ids_of(&posting.await.expect("the task does not panic"));
    for mut listener in listeners {
        let received = listener.messages_until(*posted.last().expect("some")).await;
        assert_eq!(html::element_ids(&received), posted);
    }
}

#[tokio::test]
async fn a_new_socket_starts_with_the_newest_page() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let posted = ids_of(&ada.post_many("number", 70).await);
    for path in ["/rooms/1/live", "/rooms/1/live?after=0"] {
        let bearer = format!("Bearer {}", ada.token);
        let url = ada.socket_url(path);
        let socket =
            crate::harness::socket::Socket::open(&url, &[("authorization", &bearer)]).await;
        let mut live = LiveSocket::over(socket.expect("the socket opens")).await;
        let received = live.messages_until(posted[69]).await;
        assert_eq!(html::element_ids(&received), posted[20..], "{path}");
        let gap = live
            .pending()
            .any(|event| matches!(event, Event::Gap { .. }));
        assert!(gap, "{path}: a gap stands for the older messages");
    }
}

#[tokio::test]
async fn more_than_200_missed_messages_leave_a_gap_whose_link_loads_the_rest() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    ada.post("seen").await;
    let rev = ada.rev().await;
    let missed = ids_of(&ada.post_many("missed", 450).await);
    let mut live = ada.live(rev).await;
    let first = live.find("a gap before the first message", |event| match event {
        Event::Gap { href, text } => Some(Ok((href.clone(), text.clone()))),
        Event::Message(line) => Some(Err(line.clone())),
        _ => None,
    });
    let (mut link, text) = first.await.expect("the gap comes first");
    let pushed = html::element_ids(&live.messages_until(missed[449]).await);
    assert!(pushed.len() <= 200, "{} were pushed", pushed.len());
    let left_out = missed.len() - pushed.len();
    assert!(
        text.contains(&left_out.to_string()),
        "expected {left_out} messages to be left out, actual: {text:?}"
    );

    let browser = ada.browser().await;
    let archive = browser.page(&link).await.expect(200).text();
    assert!(
        archive.contains("<html") && !html::message_elements(&archive).is_empty(),
        "a page without scripts"
    );
    let mut loaded = Vec::new();
    while !link.is_empty() {
        let fragment = browser.fragment(&link).await.expect(200).text();
        let lines = html::message_elements(&fragment);
        assert!(
            !lines.is_empty() && lines.len() <= 200,
            "{} in one response",
            lines.len()
        );
        loaded.extend(html::element_ids(&lines));
        link = gap_link(&fragment).unwrap_or_default();
    }
    loaded.extend(pushed);
    assert_eq!(loaded, missed);
}

#[tokio::test]
async fn exactly_200_missed_messages_arrive_without_a_gap() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    ada.post("seen").await;
    let rev = ada.rev().await;
    let missed = ids_of(&ada.post_many("missed", 200).await);
    let mut live = ada.live(rev).await;
    assert_eq!(
        html::element_ids(&live.messages_until(missed[199]).await),
        missed
    );
    assert!(
        !live
            .pending()
            .any(|event| matches!(event, Event::Gap { .. }))
    );
}

#[tokio::test]
async fn an_invalid_frame_gets_a_notice_and_the_socket_stays_open() {
    let server = Server::start();
    let ada = Account::register(&server, "ada").await;
    let mut live = ada.live(0).await;
    for frame in [
        "",
        "hello",
        "{",
        "[]",
        "null",
        "5",
        "{\"body\":5}",
        "{\"body\":null,\"client_id\":\"x\"}",
    ] {
        live.send_text(frame).await;
        assert!(!live.next_notice().await.text.is_empty(), "{frame:?}");
    }
    live.send(&json!({"body": "ok", "client_id": "c", "unknown": {"deep": [1]}, "headers": {"HX-Request": "true"}})).await;
    assert_eq!(live.next_message().await.text, "ok");
    let notices = live
        .pending()
        .filter(|event| matches!(event, Event::Notice(_)))
        .count();
    assert_eq!(notices, 0, "one notice for each invalid frame");
}

#[tokio::test]
async fn a_refusal_is_sent_only_to_the_sender() {
    let server = Server::start();
    let ada = Account::register(&server, "ada").await;
    let (mut mine, mut other) = (ada.live(0).await, ada.live(0).await);
    mine.post("  ", "empty").await;
    assert_eq!(mine.next_notice().await.client_id.as_deref(), Some("empty"));
    let end = ada.post("end").await["id"].as_i64().expect("an id");
    other.messages_until(end).await;
    assert!(
        !other
            .pending()
            .any(|event| matches!(event, Event::Notice(_)))
    );
}

#[tokio::test]
async fn binary_and_oversize_frames_close_the_socket_with_1003_and_1009() {
    let server = Server::start();
    let ada = Account::register(&server, "ada").await;
    let mut live = ada.live(0).await;
    live.send_binary(vec![1, 2, 3]).await;
    assert_eq!(live.close_code().await, 1003);
    let mut live = ada.live(0).await;
    live.post(&"x".repeat(70_000), "large").await;
    assert_eq!(live.close_code().await, 1009);
    assert!(ada.history().await.is_empty());
}

#[tokio::test]
async fn a_socket_with_an_invalid_token_is_opened_and_closed() {
    let server = Server::start();
    let ada = Account::register(&server, "ada").await;
    for token in ["nonsense", "", "00000000-0000-4000-8000-000000000000"] {
        assert_eq!(
            ada.with_token(token).live(0).await.close_code().await,
            1008,
            "{token:?}"
        );
    }
}

#[tokio::test]
async fn a_stop_closes_every_socket_and_loses_no_message() {
    let mut server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let mut sockets = vec![ada.live(0).await, ada.live(0).await];
    let mut plain = ada.text_socket().await;
    let mut acknowledged = BTreeSet::new();
    for number in 0..20 {
        acknowledged.insert(
            ada.post(&format!("number {number}")).await["id"]
                .as_i64()
                .expect("an id"),
        );
    }
    let (stopped, codes) = tokio::join!(
        tokio::task::spawn_blocking(move || (server.stop(), server)),
        async {
            let mut codes = vec![plain.close_code().await];
            for socket in &mut sockets {
                codes.push(socket.close_code().await);
            }
            codes
        }
    );
    let (took, mut server) = stopped.expect("the stop does not panic");
    assert_eq!(codes, [1012, 1012, 1012]);
    assert!(took < Duration::from_secs(5), "{took:?}");
    server.start_again();
    let stored: BTreeSet<i64> = ids_of(&ada.history().await).into_iter().collect();
    assert_eq!(stored, acknowledged);
}

#[tokio::test]
async fn an_unresponsive_client_does_not_delay_a_stop() {
    let mut server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let _stalled = crate::harness::stalled::Stalled::open(&ada).await;
    let _idle = tokio::net::TcpStream::connect(server.address())
        .await
        .expect("a connection");
    let took = tokio::task::spawn_blocking(move || server.stop())
        .await
        .expect("the stop does not panic");
    assert!(took < Duration::from_secs(5), "{took:?}");
}

#[tokio::test]
async fn a_stalled_reader_delays_no_other_client_and_is_disconnected() {
    let server = Server::executable(&UNLIMITED);
    let (ada, bob) = (
        Account::register(&server, "ada").await,
        Account::register(&server, "bob").await,
    );
    let mut live = bob.live(0).await;
    let before = server.open_sockets();
    let stalled = [
        crate::harness::stalled::Stalled::open(&ada).await,
        crate::harness::stalled::Stalled::open(&ada).await,
    ];
    wait_for("two more sockets", async || {
        (server.open_sockets() >= before + 2).then_some(())
    })
    .await;
    let with_stalled = server.open_sockets();
    let large = "x".repeat(9_000);
    for _ in 0..900 {
        let id = ada.post(&large).await["id"].as_i64().expect("an id");
        let received = tokio::time::timeout(Duration::from_secs(5), live.messages_until(id)).await;
        assert_eq!(
            received.expect("another client receives the message").len(),
            1
        );
    }
    let disconnected = async || (server.open_sockets() <= with_stalled - 2).then_some(());
    // The server closes a socket after 30 seconds without progress.
    let wait = async {
        while disconnected().await.is_none() {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(75), wait)
        .await
        .expect("stalled readers are disconnected");
    let id = ada.post("after the disconnect").await["id"]
        .as_i64()
        .expect("an id");
    live.messages_until(id).await;
    drop(stalled);
}

fn gap_link(fragment: &str) -> Option<String> {
    tag_of(fragment, "gap")?;
    let gap = html::inside(fragment, "gap")?;
    attribute(tags(&gap, "a").first()?, "href")
}

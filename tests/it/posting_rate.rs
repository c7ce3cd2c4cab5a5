//! The rate limit on posting.

use std::collections::BTreeSet;

use crate::harness::account::Account;
use crate::harness::live::Event;
use crate::harness::server::Server;
use crate::harness::{client_id, wait_for};

const BURST: usize = 60;

#[tokio::test]
async fn a_burst_over_a_socket_is_limited_and_each_refusal_names_its_message() {
    let server = Server::start();
    let (ada, bob) = (
        Account::register(&server, "ada").await,
        Account::register(&server, "bob").await,
    );
    let mut live = ada.live(0).await;
    for number in 0..BURST {
        live.post(&format!("number {number}"), &format!("id-{number}"))
            .await;
    }
    let (mut accepted, mut refused) = (BTreeSet::new(), BTreeSet::new());
    while accepted.len() + refused.len() < BURST {
        let outcome = live.find("an outcome", |event| match event {
            Event::Message(line) => Some((line.client_id.clone(), None)),
            Event::Notice(notice) => Some((
                notice
                    .client_id
                    .clone()
                    .expect("the notice has a client id"),
                Some(notice.clone()),
            )),
            _ => None,
        });
        match outcome.await {
            (id, None) => assert!(accepted.insert(id), "an id was accepted twice"),
            (id, Some(notice)) => {
                assert!(
                    notice
                        .retry
                        .is_some_and(|seconds| (1..=60).contains(&seconds)),
                    "{notice:?}"
                );
                assert!(refused.insert(id), "an id was refused twice");
            }
        }
    }
    assert!(
        accepted.len() >= 20,
        "20 messages are allowed, but {} were accepted",
        accepted.len()
    );
    assert!(
        refused.len() >= 10,
        "only {} of {BURST} were refused",
        refused.len()
    );
    for number in 0..20 {
        assert!(
            accepted.contains(&format!("id-{number}")),
            "the first 20 messages are accepted"
        );
    }
    bob.post("another user is not limited").await;
    let stored: BTreeSet<String> = ada
        .history()
        .await
        .iter()
        .filter(|message| message["author"]["username"] == "ada")
        .map(|message| {
            message["client_id"]
                .as_str()
                .expect("a client id")
                .to_string()
        })
        .collect();
    assert_eq!(stored, accepted, "refused messages are not stored");

    let again = refused.first().expect("one was refused").clone();
    let posted = wait_for("the rate limit to allow a message", async || {
        let reply = ada.try_post("again", &again).await;
        (reply.status == 201).then(|| reply.json())
    });
    assert_eq!(posted.await["client_id"], again);
}

#[tokio::test]
async fn a_burst_over_http_is_refused_with_retry_after() {
    let server = Server::start();
    let ada = Account::register(&server, "ada").await;
    let first = client_id();
    ada.try_post("first", &first).await.expect(201);
    let mut sends = tokio::task::JoinSet::new();
    for number in 0..BURST {
        let ada = ada.clone();
        sends.spawn(async move { ada.try_post("burst", &format!("id-{number}")).await });
    }
    let mut refused = 0;
    for reply in sends.join_all().await {
        match reply.status {
            201 => continue,
            429 => refused += 1,
            status => panic!("{status}"),
        }
        let wait: u64 = reply.header("retry-after").parse().expect("seconds");
        assert!((1..=60).contains(&wait), "{wait} s");
        assert!(reply.detail().len() > 10);
    }
    assert!(refused >= 10, "only {refused} of {BURST} were refused");
    assert_eq!(ada.history().await.len(), 1 + BURST - refused);
}

#[tokio::test]
async fn a_form_over_the_rate_limit_keeps_its_text_and_is_refused_with_retry_after() {
    let server = Server::start();
    let ada = Account::register(&server, "ada").await;
    let browser = ada.browser().await;
    for n in 0..40 {
        let text = format!("line {n}");
        let reply = browser
            .submit("/rooms/1/messages", &[("body", &text)])
            .await;
        if reply.status == 303 {
            continue;
        }
        let page = reply.expect(429);
        assert!(page.has("retry-after"));
        let page = page.text();
        assert!(page.contains(&format!(">{text}</textarea>")), "{page}");
        assert!(page.contains("role=\"alert\""), "the page shows the reason");
        return;
    }
    panic!("40 posts in a row were accepted");
}

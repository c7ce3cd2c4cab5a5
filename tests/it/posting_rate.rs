//! The rate limit on posting.

use std::collections::BTreeSet;

use crate::harness::account::Account;
use crate::harness::live::Event;
use crate::harness::server::Server;
use crate::harness::{client_id, wait_for};

const AT_ONCE: usize = 60;

#[tokio::test]
async fn a_burst_over_the_socket_is_cut_and_says_which() {
    let server = Server::start();
    let (ada, bob) = (
        Account::register(&server, "ada").await,
        Account::register(&server, "bob").await,
    );
    let mut live = ada.live(0).await;
    for number in 0..AT_ONCE {
        live.post(&format!("number {number}"), &format!("id-{number}"))
            .await;
    }
    let (mut taken, mut refused) = (BTreeSet::new(), BTreeSet::new());
    while taken.len() + refused.len() < AT_ONCE {
        let outcome = live.find("an outcome", |event| match event {
            Event::Message(line) => Some((line.client_id.clone(), None)),
            Event::Notice(notice) => Some((
                notice.client_id.clone().expect("it names the send"),
                Some(notice.clone()),
            )),
            _ => None,
        });
        match outcome.await {
            (id, None) => assert!(taken.insert(id), "twice"),
            (id, Some(notice)) => {
                assert!(
                    notice
                        .retry
                        .is_some_and(|seconds| (1..=60).contains(&seconds)),
                    "{notice:?}"
                );
                assert!(refused.insert(id), "twice");
            }
        }
    }
    assert!(
        taken.len() >= 20,
        "a burst of 20 is fine, but {} got through",
        taken.len()
    );
    assert!(
        refused.len() >= 10,
        "only {} of {AT_ONCE} were refused",
        refused.len()
    );
    for number in 0..20 {
        assert!(taken.contains(&format!("id-{number}")), "the first 20 pass");
    }
    bob.post("another person is not held back").await;
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
    assert_eq!(stored, taken, "what was refused is not stored");

    let again = refused.first().expect("one was refused").clone();
    let posted = wait_for("the pace to allow it", async || {
        let reply = ada.try_post("again", &again).await;
        (reply.status == 201).then(|| reply.json())
    });
    assert_eq!(posted.await["client_id"], again);
}

#[tokio::test]
async fn a_burst_over_http_is_cut_with_retry_after() {
    let server = Server::start();
    let ada = Account::register(&server, "ada").await;
    let first = client_id();
    ada.try_post("first", &first).await.expect(201);
    let mut sends = tokio::task::JoinSet::new();
    for number in 0..AT_ONCE {
        let ada = ada.clone();
        sends.spawn(async move { ada.try_post("at once", &format!("id-{number}")).await });
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
    assert!(refused >= 10, "only {refused} of {AT_ONCE} were refused");
    assert_eq!(ada.history().await.len(), 1 + AT_ONCE - refused);
}

#[tokio::test]
async fn a_form_that_comes_too_fast_keeps_its_text_and_says_when() {
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
        assert!(page.contains("role=\"alert\""), "the page says why");
        return;
    }
    panic!("forty at once were taken");
}

//! Where no socket gets through.

use crate::harness::person::Person;
use crate::harness::proxy::Proxy;
use crate::harness::server::Server;
use crate::screen::{Look, Screen};

#[tokio::test]
async fn without_any_socket_both_ways_still_work() {
    let server = Server::start();
    let proxy = Proxy::before(server.address()).await;
    proxy.refuse_sockets();
    let bob = Person::register(&server, "bob").await;
    let mut ada = Screen::register(&proxy.origin(), "ada", Look::default()).await;
    ada.expect_outage();
    ada.wait(
        "quiet words",
        "document.getElementById('connection').innerText.trim() !== ''",
    )
    .await;
    bob.post("can you hear me?").await;
    ada.hears("can you hear me?").await;
    ada.say("yes, by post").await;
    ada.shows(&["can you hear me?", "yes, by post"]).await;
    ada.settled().await;
    for number in 1..=3 {
        ada.say(&format!("number {number}")).await;
    }
    bob.post("good").await;
    ada.hears("good").await;
    ada.settled().await;
    let stored: Vec<String> = bob
        .history()
        .await
        .iter()
        .map(|message| message["body"].as_str().expect("a body").into())
        .collect();
    assert_eq!(
        ada.texts().await,
        stored,
        "the same, once each, in the same order"
    );
    assert_eq!(stored.len(), 6);
    ada.end().await;
}

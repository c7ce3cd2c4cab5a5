//! Polling when a proxy blocks WebSockets.

use crate::harness::account::Account;
use crate::harness::proxy::Proxy;
use crate::harness::server::Server;
use crate::window::{Window, WindowOptions};

#[tokio::test]
async fn messages_are_sent_and_received_without_websockets() {
    let server = Server::start();
    let proxy = Proxy::before(server.address()).await;
    proxy.refuse_sockets();
    let bob = Account::register(&server, "bob").await;
    let mut ada = Window::register(&proxy.origin(), "ada", WindowOptions::default()).await;
    ada.expect_outage();
    ada.wait(
        "the note about the connection",
        "document.getElementById('connection').innerText.trim() !== ''",
    )
    .await;
    bob.post("can you hear me?").await;
    ada.wait_for_message("can you hear me?").await;
    ada.send_message("yes, by post").await;
    ada.wait_for_messages(&["can you hear me?", "yes, by post"])
        .await;
    ada.wait_until_sent().await;
    for number in 1..=3 {
        ada.send_message(&format!("number {number}")).await;
    }
    bob.post("good").await;
    ada.wait_for_message("good").await;
    ada.wait_until_sent().await;
    let stored: Vec<String> = bob
        .history()
        .await
        .iter()
        .map(|message| message["body"].as_str().expect("a body").into())
        .collect();
    assert_eq!(
        ada.texts().await,
        stored,
        "the page shows each stored message once, in the same order"
    );
    assert_eq!(stored.len(), 6);
    ada.end().await;
}

//! Outages: how soon the page is back, what it says, and what waits meanwhile.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::harness::account::Account;
use crate::harness::message_actions::id;
use crate::harness::proxy::Proxy;
use crate::harness::server::Server;
use crate::window::{Window, WindowOptions};

/// JavaScript expression for the number of times that the page asked whether the server is back.
const PROBES: &str = "performance.getEntriesByType('resource').filter(entry => new URL(entry.name).pathname === '/').length";

/// JavaScript expression for what the page says about the connection, without what screen readers skip.
const SAID: &str = "(e => [...(e.firstElementChild?.childNodes ?? [])].filter(n => n.ariaHidden !== 'true').map(n => n.textContent).join('').trim())(document.getElementById('connection'))";

/// Ada's window with an open connection, and the proxy that can cut it.
async fn connected(server: &Server) -> (Window, Proxy) {
    let proxy = Proxy::before(server.address()).await;
    let mut ada = Window::register(&proxy.origin(), "ada", WindowOptions::default()).await;
    ada.expect_outage();
    ada.wait_for_connection("open").await;
    (ada, proxy)
}

async fn cut(ada: &Window, proxy: &Proxy) {
    proxy.refuse_everything(true);
    proxy.cut();
    ada.wait_for_connection("closed").await;
}

#[tokio::test]
async fn after_a_long_outage_the_page_is_back_within_seconds_of_the_server() {
    let server = Server::unlimited();
    let (ada, proxy) = connected(&server).await;
    cut(&ada, &proxy).await;
    ada.wait(
        "the note that says when the next attempt is made",
        "/Next try in \\d+ s/.test(document.getElementById('connection').innerText)",
    )
    .await;
    let said = ada.js(SAID).await;
    assert!(
        said.as_str()
            .is_some_and(|said| said.starts_with("You’re offline."))
    );
    ada.wait("about 25 seconds of attempts", &format!("{PROBES} >= 20"))
        .await;
    assert_eq!(
        ada.js(SAID).await,
        said,
        "it is said once, with the same words"
    );
    proxy.refuse_everything(false);
    let back = Instant::now();
    ada.wait_for_connection("open").await;
    let took = back.elapsed();
    assert!(took < Duration::from_millis(2500), "{took:?}");
    assert_eq!(ada.js(SAID).await, json!(""));
    ada.end().await;
}

#[tokio::test]
async fn a_waiting_message_can_be_cancelled_and_its_text_returns() {
    let server = Server::unlimited();
    let (ada, proxy) = connected(&server).await;
    cut(&ada, &proxy).await;
    ada.send_message("sent too early").await;
    ada.wait(
        "the waiting message",
        "document.querySelector('.pending__state')?.innerText.startsWith('Waiting to send')",
    )
    .await;
    ada.click(".pending [data-action=discard]").await;
    ada.wait("an empty outbox", "!document.querySelector('.pending')")
        .await;
    assert_eq!(ada.draft().await, "sent too early");
    proxy.refuse_everything(false);
    ada.wait_for_connection("open").await;
    ada.send_message(", or not").await;
    ada.wait_for_messages(&["sent too early, or not"]).await;
    ada.end().await;
}

#[tokio::test]
async fn a_reaction_waits_for_the_connection_also_over_a_reload() {
    let server = Server::unlimited();
    let bob = Account::register(&server, "bob").await;
    let message = id(&bob.post("hello").await);
    bob.react((1, message), "🎉").await.expect(200);
    let (ada, proxy) = connected(&server).await;
    ada.wait_for_message("hello").await;
    cut(&ada, &proxy).await;
    ada.click(".reaction").await;
    ada.wait(
        "the confirmation",
        "document.getElementById('toast').textContent.includes('will be sent')",
    )
    .await;
    proxy.refuse_everything(false);
    ada.reload().await;
    ada.wait(
        "the second reaction",
        "document.querySelector('.reaction__count')?.textContent === '2'",
    )
    .await;
    ada.end().await;
}

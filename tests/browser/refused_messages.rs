//! Refused messages keep their text in the composer or the outbox.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::harness::PATIENCE;
use crate::harness::account::Account;
use crate::harness::server::Server;
use crate::window::{COMPOSER, ENTER, TEXTS, Window, WindowOptions, quoted};

/// Pause between two attempts to send.
const RETRY: Duration = Duration::from_millis(100);

#[tokio::test]
async fn a_message_that_is_too_long_stays_in_the_composer() {
    let server = Server::start();
    let bob = Account::register(&server, "bob").await;
    let ada = Window::register(&server.origin(), "ada", WindowOptions::default()).await;
    ada.wait_for_connection("open").await;
    let long = "x".repeat(10_001);
    ada.paste(&long).await;
    ada.press(&[ENTER]).await;
    ada.wait(
        "an alert with the limit",
        "[...document.querySelectorAll('[role=alert]')].some(e => e.innerText.includes('10,000'))",
    )
    .await;
    assert_eq!(ada.draft().await, long, "the text stays in the composer");
    ada.press(&['\u{e003}']).await;
    ada.wait_for_value(
        &format!("document.querySelector({}).value.length", quoted(COMPOSER)),
        json!(10_000),
    )
    .await;
    ada.press(&[ENTER]).await;
    ada.wait_for_message(&long[1..]).await;
    ada.wait_until_sent().await;
    assert_eq!(ada.draft().await, "");
    assert_eq!(bob.history().await.len(), 1);
    ada.end().await;
}

#[tokio::test]
async fn a_blank_message_is_not_sent() {
    let server = Server::start();
    let ada = Window::register(&server.origin(), "ada", WindowOptions::default()).await;
    ada.wait_for_connection("open").await;
    for blank in ["", "   "] {
        ada.send_message(blank).await;
    }
    ada.send_message("something").await;
    ada.wait_for_messages(&["something"]).await;
    let account = Account::log_in(&server, "ada").await;
    assert_eq!(account.history().await.len(), 1);
    ada.end().await;
}

#[tokio::test]
async fn a_rate_limited_burst_loses_no_message() {
    let server = Server::start();
    let ada = Window::register(&server.origin(), "ada", WindowOptions::default()).await;
    ada.wait_for_connection("open").await;
    let script = format!(
        "(() => {{ const box = document.querySelector({0}); for (let n = 1; n <= 40; n++) {{ box.value = 'burst ' + n; box.dispatchEvent(new Event('input', {{bubbles: true}})); box.form.requestSubmit(); }} return true }})()",
        quoted(COMPOSER)
    );
    ada.js(&script).await;
    let settled = "document.querySelectorAll('.pending').length === 0 || [...document.querySelectorAll('[role=alert]')].some(e => e.innerText.trim() !== '')";
    ada.wait("an empty outbox or an alert about unsent messages", settled)
        .await;
    // Every text is sent, pending, marked as failed, or back in the composer.
    let texts = format!(
        "[...{TEXTS}, ...[...document.querySelectorAll('.pending__body')].map(e => e.textContent), document.querySelector({}).value].filter(t => t.startsWith('burst '))",
        quoted(COMPOSER)
    );
    let all = ada
        .js(&format!(
            "(l => l.length === new Set(l).size ? l.length : l)({texts})"
        ))
        .await;
    assert_eq!(all, json!(40), "every text is in the page once");
    let started = Instant::now();
    while started.elapsed() < 2 * PATIENCE {
        let retry = "(() => { const b = document.querySelector('.pending [data-action=retry]:not([hidden])'); if (b) b.click(); return !!b })()";
        if ada.js(retry).await != true
            && ada.js("document.querySelectorAll('.pending').length").await == 0
        {
            break;
        }
        tokio::time::sleep(RETRY).await;
    }
    ada.wait_until_sent().await;
    // The text in the composer may be refused again.
    while !ada.draft().await.is_empty() {
        assert!(started.elapsed() < 2 * PATIENCE, "the last text is sent");
        ada.press(&[ENTER]).await;
        ada.wait_until_sent().await;
        tokio::time::sleep(RETRY).await;
    }
    let mut stored: Vec<String> = Account::log_in(&server, "ada")
        .await
        .history()
        .await
        .iter()
        .map(|message| message["body"].as_str().expect("a body is a string").into())
        .collect();
    stored.sort();
    let mut expected: Vec<String> = (1..=40).map(|number| format!("burst {number}")).collect();
    expected.sort();
    assert_eq!(stored, expected, "every message is stored once");
    ada.end().await;
}

#[tokio::test]
async fn a_message_is_sent_after_another_client_used_up_the_rate_limit() {
    let server = Server::start();
    let ada = Window::register(&server.origin(), "ada", WindowOptions::default()).await;
    ada.wait_for_connection("open").await;
    let program = Account::log_in(&server, "ada").await;
    let mut sends = tokio::task::JoinSet::new();
    for number in 0..40 {
        let program = program.clone();
        sends.spawn(async move {
            program
                .try_post("from a program", &format!("p-{number}"))
                .await
                .status
        });
    }
    assert!(
        sends.join_all().await.contains(&429),
        "the rate limit is used up"
    );
    ada.send_message("from the page").await;
    let visible = format!(
        "{TEXTS}.includes('from the page') || document.querySelector({}).value === 'from the page' || [...document.querySelectorAll('.pending')].some(e => e.textContent.includes('from the page'))",
        quoted(COMPOSER)
    );
    ada.wait("the text in the list, the composer or the outbox", &visible)
        .await;
    let started = Instant::now();
    while started.elapsed() < 2 * PATIENCE {
        if ada.texts().await.contains(&"from the page".to_string()) {
            break;
        }
        if ada.draft().await == "from the page" {
            ada.press(&[ENTER]).await;
        }
        tokio::time::sleep(RETRY).await;
    }
    ada.wait_for_message("from the page").await;
    ada.end().await;
}

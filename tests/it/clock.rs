//! A clock of the server that was wrong for a moment: times of later messages, days, searches by date.

use diesel::{RunQueryDsl, sql_query};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::harness::account::Account;
use crate::harness::database::{connect, number};
use crate::harness::server::Server;
use crate::search::{finds, until_indexed};

const DAY: SignedDuration = SignedDuration::from_hours(24);

/// A server on which `ada` has posted a message two days ahead, and then two at the right time.
async fn server_with_a_message_ahead() -> (Server, Account) {
    let mut server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    ada.post("before the jump").await;
    ada.post("from the future").await;
    server.stop();
    let set = "UPDATE messages SET created_at = created_at + 2 * 86400000, place = 2 WHERE body LIKE '%future'";
    let updated = sql_query(set).execute(&mut connect(&server.data()));
    assert_eq!(updated, Ok(1));
    server.start_again();
    ada.post("after the jump").await;
    ada.post("long after").await;
    (server, ada)
}

fn sent(message: &Value) -> Timestamp {
    let text = message["created_at"].as_str().expect("a time");
    text.parse().expect("ISO 8601")
}

/// The date of a time in UTC.
fn day(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d").to_string()
}

#[tokio::test]
async fn messages_after_one_from_the_future_have_their_own_times() {
    let started = Timestamp::now() - SignedDuration::from_secs(1);
    let (server, ada) = server_with_a_message_ahead().await;
    let history = ada.history().await;
    let bodies: Vec<&str> = history
        .iter()
        .filter_map(|one| one["body"].as_str())
        .collect();
    let in_order = [
        "before the jump",
        "from the future",
        "after the jump",
        "long after",
    ];
    assert_eq!(bodies, in_order, "the order is that of the ids");
    for (message, days) in history.iter().zip([0, 2, 0, 0]) {
        let sent = sent(message) - DAY * days;
        assert!((started..=Timestamp::now()).contains(&sent), "{message}");
    }
    let page = ada
        .browser()
        .await
        .page("/rooms/1")
        .await
        .expect(200)
        .text();
    let days: Vec<&str> = page.split("<p class=\"day\">").skip(1).collect();
    let expected = [0, 2, 0].map(|days| day(sent(&history[0]) + DAY * days));
    assert_eq!(days.len(), expected.len());
    for (separator, day) in days.iter().zip(expected) {
        assert!(
            separator.starts_with(&format!("<time datetime=\"{day}\"")),
            "{day}"
        );
    }
    let steps = number(
        &mut connect(&server.data()),
        "SELECT count(*) AS number FROM clock_steps",
    );
    assert_eq!(steps, 1);
}

#[tokio::test]
async fn days_lead_to_their_own_messages_although_one_came_from_the_future() {
    let (_server, ada) = server_with_a_message_ahead().await;
    let history = ada.history().await;
    let now = sent(&history[0]);
    let browser = ada.browser().await;
    for (days, expected) in [(-1, 0), (0, 0), (1, 1), (2, 1)] {
        let path = format!("/rooms/1/messages?on={}", day(now + DAY * days));
        let reply = browser.page(&path).await.expect(303);
        let id = &history[expected]["id"];
        let target = format!("/rooms/1/messages/{id}#message-{id}");
        assert_eq!(reply.header("location"), target, "{days}");
    }
}

#[tokio::test]
async fn searches_by_date_find_messages_before_and_after_one_from_the_future() {
    let (_server, ada) = server_with_a_message_ahead().await;
    until_indexed(&ada).await;
    let now = sent(&ada.history().await[0]);
    let [yesterday, today, tomorrow, ahead] = [-1, 0, 1, 2].map(|days| day(now + DAY * days));
    let right = ["after the jump", "before the jump"];
    for (query, expected) in [
        (format!("the on:{today}"), &right[..]),
        (format!("the on:{tomorrow}"), &[]),
        (format!("the on:{ahead}"), &["from the future"]),
        (format!("the before:{tomorrow}"), &right),
        (format!("the before:{today}"), &[]),
        (format!("the after:{today}"), &["from the future"]),
        (format!("the after:{yesterday} before:{tomorrow}"), &right),
        (
            format!("the after:{yesterday}"),
            &["after the jump", "from the future", "before the jump"],
        ),
        ("long on:today".into(), &["long after"]),
    ] {
        assert_eq!(finds(&ada, &query).await, expected, "{query}");
    }
}

//! Reactions: one for each user and emoji, the same for all viewers.

use serde_json::{Value, json};

use crate::harness::account::Account;
use crate::harness::html;
use crate::harness::live::Event;
use crate::harness::message_actions::{id, rev};
use crate::harness::server::Server;

/// The emoji of a message with their counts.
fn counts(message: &Value) -> Vec<(String, i64)> {
    let all = message["reactions"].as_array().expect("a list").iter();
    all.map(|one| {
        let emoji = one["emoji"].as_str().expect("an emoji").to_string();
        (emoji, one["count"].as_i64().expect("a count"))
    })
    .collect()
}

#[tokio::test]
async fn a_user_can_add_an_emoji_to_a_message_once() {
    let server = Server::unlimited();
    let [ada, bob] = &Account::register_all(&server, &["ada", "bob"]).await[..] else {
        unreachable!("two accounts were registered");
    };
    let posted = ada.say(1, "look").await;
    let at = (1, id(&posted));
    let once = bob.react(at, "👍").await.expect(200).json();
    let twice = bob.react(at, "👍").await.expect(200).json();
    assert_eq!(once, twice, "a repeated reaction takes no rev");
    assert_eq!(rev(&once), rev(&posted) + 1);
    let short = json!({"emoji": ":tada:"});
    bob.send_to_message("POST", at, "/reactions", short.clone())
        .await
        .expect(200);
    let three = ada.react(at, "👍").await.expect(200).json();
    assert_eq!(counts(&three), [("👍".into(), 2), ("🎉".into(), 1)]);
    let names: Vec<&Value> = three["reactions"][0]["people"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| &one["username"])
        .collect();
    assert_eq!(names, ["bob", "ada"], "in the order of the reactions");

    let toggled = bob
        .send_to_message("POST", at, "/reactions", short.clone())
        .await;
    assert_eq!(counts(&toggled.expect(200).json()), [("👍".into(), 2)]);
    bob.unreact(at, "👍").await.expect(200);
    let none = bob.unreact(at, "👍").await.expect(200).json();
    assert_eq!(counts(&none), [("👍".into(), 1)]);
    let list = bob
        .request_message("GET", at, "/reactions")
        .await
        .expect(200)
        .json();
    let reaction = &list["reactions"][0];
    assert_eq!(
        (&reaction["emoji"], &reaction["person"]["username"]),
        (&json!("👍"), &json!("ada"))
    );
    ada.unreact(at, "👍").await.expect(200);
    assert_eq!(ada.message(at).await["reactions"], json!([]));
    assert_eq!(ada.message(at).await["edited_at"], Value::Null);
}

#[tokio::test]
async fn all_spellings_of_an_emoji_are_the_same_reaction() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let at = (1, id(&ada.say(1, "look").await));
    for heart in ["❤", "❤\u{fe0f}", ":heart:"] {
        let now = ada.react(at, heart).await.expect(200).json();
        assert_eq!(counts(&now), [("❤\u{fe0f}".into(), 1)], "{heart:?}");
    }
}

#[tokio::test]
async fn a_reaction_that_is_not_one_emoji_is_refused() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let posted = ada.say(1, "look").await;
    let at = (1, id(&posted));
    for text in [
        "",
        "a",
        "👍👍",
        "👍 👍",
        ":nothing_of_it:",
        "<b>",
        "1",
        "👍🏽🏽",
    ] {
        let sent = ada.send_to_message("POST", at, "/reactions", json!({"emoji": text}));
        sent.await.expect(422);
    }
    for text in ["a", "👍👍", ":x:x:", "%3Cb%3E", "%00"] {
        ada.react(at, text).await.expect(422);
    }
    assert_eq!(ada.message(at).await, posted);
}

#[tokio::test]
async fn a_message_has_at_most_20_different_reactions() {
    let server = Server::unlimited();
    let [ada, bob] = &Account::register_all(&server, &["ada", "bob"]).await[..] else {
        unreachable!("two accounts were registered");
    };
    let at = (1, id(&ada.say(1, "look").await));
    let many: Vec<String> = "🍇🍈🍉🍊🍋🍌🍍🍎🍏🍐🍑🍒🍓🍅🍆🌽🍄🍞🍖🍗🍔"
        .chars()
        .map(String::from)
        .collect();
    for emoji in &many[..20] {
        ada.react(at, emoji).await.expect(200);
    }
    bob.react(at, &many[20]).await.expect(409);
    bob.react(at, &many[3]).await.expect(200);
    let now = bob.message(at).await;
    assert_eq!(counts(&now).len(), 20);
    let order: Vec<String> = counts(&now).into_iter().map(|(emoji, _)| emoji).collect();
    assert_eq!(order, many[..20]);
    ada.unreact(at, &many[0]).await.expect(200);
    bob.react(at, &many[20]).await.expect(200);
}

#[tokio::test]
async fn a_reaction_names_50_users_and_counts_all() {
    let mut server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let at = (1, id(&ada.say(1, "look").await));
    for person in server.register_many(53).await {
        person.react(at, "👍").await.expect(200);
    }
    let now = ada.message(at).await;
    assert_eq!(counts(&now), [("👍".into(), 53)]);
    let named = now["reactions"][0]["people"].as_array().expect("a list");
    assert_eq!(named.len(), 50);
    let all = ada
        .request_message("GET", at, "/reactions")
        .await
        .expect(200)
        .json();
    assert_eq!(all["reactions"].as_array().map(Vec::len), Some(53));
    let page = ada.browser().await.page("/rooms/1").await.text();
    let button = html::tag_of(&page, "reaction").expect("a button");
    let names = html::inside(&page, "reaction__people").expect("the names of the users");
    assert!(names.contains(">43 others<"), "{names}");
    let by = html::attribute(button, "data-user-ids").expect("the ids of the users");
    assert_eq!(by.split(' ').count(), 50);
}

#[tokio::test]
async fn reactions_are_refused_in_archived_rooms_on_deleted_messages_and_from_outsiders() {
    let server = Server::unlimited();
    let [ada, bob, eve] = &Account::register_all(&server, &["ada", "bob", "eve"]).await[..] else {
        unreachable!("three accounts were registered");
    };
    let room = bob.create_room("workshop", "closed").await;
    bob.invite(room, "ada").await;
    let at = (room, id(&ada.say(room, "look").await));
    let gone = (room, id(&ada.say(room, "gone").await));
    ada.react(at, "👍").await.expect(200);
    for (method, end) in [
        ("PUT", "/reactions/👍"),
        ("DELETE", "/reactions/👍"),
        ("GET", "/reactions"),
    ] {
        eve.request_message(method, at, end).await.expect(404);
        ada.request_message(method, (1, at.1), end)
            .await
            .expect(404);
        ada.request_message(method, (room, 99_999), end)
            .await
            .expect(404);
    }
    ada.delete(gone).await.expect(200);
    ada.react(gone, "👍").await.expect(409);
    let archive = json!({"archived": true});
    let path = format!("/rooms/{room}");
    bob.send("PATCH", &path, &archive).await.expect(200);
    ada.react(at, "🎉").await.expect(403);
    ada.unreact(at, "👍").await.expect(403);
    assert_eq!(counts(&ada.message(at).await), [("👍".into(), 1)]);
}

#[tokio::test]
async fn a_pushed_reaction_is_identical_to_the_page() {
    let server = Server::unlimited();
    let [ada, bob] = &Account::register_all(&server, &["ada", "bob"]).await[..] else {
        unreachable!("two accounts were registered");
    };
    let at = (1, id(&ada.say(1, "look").await));
    let mut page = bob.live(ada.rev().await).await;
    let browser = bob.browser().await;
    for emoji in ["👍", ":tada:", "👍"] {
        let now = ada.send_to_message("POST", at, "/reactions", json!({"emoji": emoji}));
        let now = now.await.expect(200).json();
        let find = |event: &Event| match event {
            Event::Replaced(line) if line.rev == rev(&now) => Some(line.clone()),
            _ => None,
        };
        let pushed = page.find("the message", find).await;
        let shown = browser.message_elements().await;
        assert_eq!(
            shown.last().expect("the message is on the page").html,
            pushed.html
        );
    }
    let answer = browser
        .fragment(&format!("/rooms/1/messages/{}", at.1))
        .await;
    let text = answer.expect(200).text();
    let shown = &browser.message_elements().await[0].html;
    assert!(text.contains(shown), "{text}");
}

//! Overwritten and deleted texts: they leave the files of the data folder and the memory of the server.

use serde_json::json;

use crate::harness::account::Account;
use crate::harness::files::folder_contains;
use crate::harness::live::Event;
use crate::harness::message_actions::{id, rev};
use crate::harness::server::Server;
use crate::harness::wait_for;

#[tokio::test]
async fn overwritten_profiles_and_room_texts_leave_all_files() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let room = ada.create_room("qxzroom one", "open").await;
    let profile = |name: &str, about: &str| json!({"display_name": name, "about": about});
    let settings = |name: &str, topic: &str| json!({"name": name, "topic": topic});
    let path = format!("/rooms/{room}");
    let old = profile("Qxzname Vkj", "qxzabout vkj");
    ada.send("PATCH", "/profile", &old).await.expect(200);
    let old = settings("qxzroom two", "qxztopic vkj");
    ada.send("PATCH", &path, &old).await.expect(200);
    let data = server.data();
    let old = ["Qxzname", "qxzname", "qxzabout", "qxzroom", "qxztopic"];
    for word in old.iter().filter(|word| **word != "qxzname") {
        assert!(folder_contains(&data, word.as_bytes()), "{word}");
    }
    // A shorter text would leave the end of a longer one, and an empty one all of it.
    ada.send("PATCH", "/profile", &profile("Ada", ""))
        .await
        .expect(200);
    ada.send("PATCH", &path, &settings("new", ""))
        .await
        .expect(200);
    for word in old {
        wait_for(word, async || {
            (!folder_contains(&data, word.as_bytes())).then_some(())
        })
        .await;
    }
}

/// Texts of all events of a socket that was just opened, up to a message with this text.
async fn texts_up_to(reader: &Account, after: i64, last: &str) -> String {
    let mut live = reader.live(after).await;
    let mut texts = String::new();
    loop {
        let event = live.find("an event", |event| Some(event.clone())).await;
        texts.push_str(&format!("{event:?}\n"));
        let text = match &event {
            Event::Message(line) | Event::Replaced(line) => &*line.text,
            _ => "",
        };
        if text.contains(last) {
            return texts;
        }
    }
}

#[tokio::test]
async fn a_client_that_reconnects_in_time_gets_no_deleted_text() {
    let server = Server::unlimited();
    let (ada, bob) = (
        Account::register(&server, "ada").await,
        Account::register(&server, "bob").await,
    );
    let seen = rev(&ada.post("before").await);
    let secret = ada.post("a secret qxzvgrm").await;
    let at = (1, id(&secret));
    ada.reply(at, "an answer").await;
    ada.react(at, "👍").await.expect(200);
    ada.post("after").await;
    let reply = ada.reply(at, "another answer").await;
    ada.react((1, id(&reply)), "👍").await.expect(200);

    let before = texts_up_to(&bob, seen, "another answer").await;
    assert!(before.contains("qxzvgrm"), "the log has it: {before}");
    ada.delete(at).await.expect(200);
    ada.post("the end").await;
    for after in [seen, seen + 1, seen + 2, seen + 3] {
        let texts = texts_up_to(&bob, after, "the end").await;
        assert!(!texts.contains("qxzvgrm"), "after {after}: {texts}");
        assert!(
            texts.contains("This message was deleted") || after > seen,
            "{texts}"
        );
    }
    let texts = texts_up_to(&bob, seen, "the end").await;
    for text in ["an answer", "after", "another answer"] {
        assert!(texts.contains(text), "{text} is still sent: {texts}");
    }
}

#[tokio::test]
async fn a_client_that_reconnects_in_time_gets_only_the_newest_version_of_a_text() {
    let server = Server::unlimited();
    let (ada, bob) = (
        Account::register(&server, "ada").await,
        Account::register(&server, "bob").await,
    );
    let seen = rev(&ada.post("before").await);
    let at = (1, id(&ada.post("version qxzone").await));
    ada.reply(at, "an answer").await;
    ada.edit(at, "version qxztwo").await.expect(200);
    ada.edit(at, "version qxzthree").await.expect(200);
    ada.post("the end").await;
    let texts = texts_up_to(&bob, seen, "the end").await;
    assert!(texts.contains("qxzthree"), "{texts}");
    for old in ["qxzone", "qxztwo"] {
        assert!(!texts.contains(old), "{texts}");
    }
    // Deleting a message of a thread changes its first message, which keeps its text.
    let reply = json!({"body": "hush qxzfour", "thread": at.1});
    let reply = ada.send("POST", "/rooms/1/messages", &reply).await;
    let reply = (1, id(&reply.expect(201).json()));
    ada.delete(reply).await.expect(200);
    ada.post("the very end").await;
    let texts = texts_up_to(&bob, seen, "the very end").await;
    assert!(texts.contains("qxzthree"), "{texts}");
    assert!(!texts.contains("qxzfour"), "{texts}");
}

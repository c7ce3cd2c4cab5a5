//! Edits and deletions: permissions, remaining traces, and final removal.

use std::path::Path;

use serde_json::{Value, json};

use crate::harness::account::Account;
use crate::harness::html;
use crate::harness::live::Event;
use crate::harness::message_actions::{id, listed, rev};
use crate::harness::server::{Server, UNLIMITED};
use crate::harness::wait_for;

/// The admin of the server, an owner, two members and somebody outside, in a closed room.
struct Place {
    server: Server,
    admin: Account,
    owner: Account,
    ada: Account,
    bob: Account,
    eve: Account,
    room: i64,
}

impl Place {
    async fn new() -> Place {
        let server = Server::unlimited();
        let admin = Account::register(&server, "root").await;
        let owner = Account::register(&server, "olga").await;
        let ada = Account::register(&server, "ada").await;
        let bob = Account::register(&server, "bob").await;
        let eve = Account::register(&server, "eve").await;
        let room = owner.make("workshop", "closed").await;
        for name in ["root", "ada", "bob"] {
            owner.invite(room, name).await;
        }
        Place {
            server,
            admin,
            owner,
            ada,
            bob,
            eve,
            room,
        }
    }
}

#[tokio::test]
async fn who_wrote_a_message_edits_it_and_nobody_else() {
    let place = Place::new().await;
    let said = place.ada.say(place.room, "helo").await;
    let at = (place.room, id(&said));
    for (other, status) in [
        (&place.bob, 403),
        (&place.owner, 403),
        (&place.admin, 403),
        (&place.eve, 404),
    ] {
        let refused = other.edit(at, "hacked").await.expect(status);
        assert!(refused.detail().ends_with('.'));
    }
    assert_eq!(place.ada.message(at).await, said);
    let edited = place.ada.edit(at, "hello *all*").await.expect(200).json();
    assert_eq!(edited["body"], "hello *all*");
    assert_eq!(edited["html"], "<p>hello <em>all</em></p>");
    assert_eq!(rev(&edited), rev(&said) + 1);
    assert!(edited["edited_at"].is_string());
    for same in ["id", "created_at", "client_id", "author", "deleted"] {
        assert_eq!(edited[same], said[same], "{same}");
    }
    for body in ["", "  \n", &"x".repeat(10_001)] {
        place.ada.edit(at, body).await.expect(422);
    }
    assert_eq!(place.bob.message(at).await, edited);
}

#[tokio::test]
async fn who_wrote_a_message_deletes_it_and_so_do_those_who_run_the_room() {
    let place = Place::new().await;
    for (who, status) in [
        (&place.ada, 200),
        (&place.owner, 200),
        (&place.admin, 200),
        (&place.bob, 403),
        (&place.eve, 404),
    ] {
        let at = (place.room, id(&place.ada.say(place.room, "oops").await));
        let reply = who.delete(at).await.expect(status);
        let now = place.ada.message(at).await;
        assert_eq!(now["deleted"], status == 200, "{}", who.name);
        if status == 200 {
            assert_eq!(reply.json(), now);
            let again = who.delete(at).await.expect(200).json();
            assert_eq!(again, now, "once more is no change");
        }
    }
}

#[tokio::test]
async fn in_a_direct_conversation_only_who_wrote_it_deletes_a_message() {
    let place = Place::new().await;
    let room = place.admin.direct(&["ada"]).await;
    let at = (room, id(&place.ada.say(room, "between us").await));
    place.admin.delete(at).await.expect(403);
    place.admin.edit(at, "hacked").await.expect(403);
    place.bob.delete(at).await.expect(404);
    place
        .ada
        .edit(at, "between the two of us")
        .await
        .expect(200);
    place.ada.delete(at).await.expect(200);
}

#[tokio::test]
async fn in_an_archived_room_nothing_is_edited_and_what_must_go_goes() {
    let place = Place::new().await;
    let said = [
        place.ada.say(place.room, "one").await,
        place.ada.say(place.room, "two").await,
    ];
    let path = format!("/rooms/{}", place.room);
    let rest = json!({"archived": true});
    place.owner.send("PATCH", &path, &rest).await.expect(200);
    let at = |n: usize| (place.room, id(&said[n]));
    place.ada.edit(at(0), "another").await.expect(403);
    place.ada.delete(at(0)).await.expect(200);
    place.bob.delete(at(1)).await.expect(403);
    place.owner.delete(at(1)).await.expect(200);
}

#[tokio::test]
async fn a_text_that_stays_the_same_is_no_change() {
    let place = Place::new().await;
    let said = place.ada.say(place.room, "hello").await;
    let at = (place.room, id(&said));
    let same = place.ada.edit(at, "hello").await.expect(200).json();
    assert_eq!(same, said);
    let next = place.ada.say(place.room, "and on").await;
    assert_eq!(rev(&next), rev(&said) + 1, "no rev was taken");
    let versions = place.ada.at("GET", at, "/edits").await.expect(200).json();
    assert_eq!(versions["versions"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn an_edit_of_what_changed_meanwhile_is_refused_and_reactions_do_not_matter() {
    let place = Place::new().await;
    let said = place.ada.say(place.room, "first").await;
    let at = (place.room, id(&said));
    let edit = |body: &str, rev: i64| {
        let (ada, body) = (place.ada.clone(), json!({"body": body, "rev": rev}));
        async move { ada.tell("PATCH", at, "", body).await }
    };
    place.bob.react(at, "👍").await.expect(200);
    let second = edit("second", rev(&said)).await.expect(200).json();
    let late = edit("late", rev(&said)).await.expect(409);
    assert!(late.detail().contains("edited somewhere else"));
    let with_reaction = place.bob.react(at, "🎉").await.expect(200).json();
    edit("third", rev(&second)).await.expect(200);
    edit("fourth", rev(&with_reaction)).await.expect(409);
    edit("third", rev(&said)).await.expect(200); // it says so already
    place.ada.delete(at).await.expect(200);
    edit("fifth", i64::MAX).await.expect(409);
    assert_eq!(place.ada.message(at).await["body"], "");
}

#[tokio::test]
async fn what_a_message_said_before_is_for_members() {
    let place = Place::new().await;
    let said = place.ada.say(place.room, "one").await;
    let at = (place.room, id(&said));
    for text in ["two", "three <b>"] {
        place.ada.edit(at, text).await.expect(200);
    }
    let edits = place.bob.at("GET", at, "/edits").await.expect(200).json();
    let versions = edits["versions"].as_array().expect("a list");
    let bodies: Vec<&Value> = versions.iter().map(|one| &one["body"]).collect();
    assert_eq!(bodies, ["one", "two", "three <b>"]);
    assert_eq!(versions[0]["written_at"], said["created_at"]);
    let now = place.bob.message(at).await;
    assert_eq!(versions[2]["written_at"], now["edited_at"]);
    place.eve.at("GET", at, "/edits").await.expect(404);
    let browser = place.bob.browser().await;
    let path = format!("/rooms/{}/messages/{}/edits", at.0, at.1);
    let page = browser.page(&path).await.expect(200).text();
    assert!(page.contains("three &#60;b&#62;"), "{page}");
    place.ada.delete(at).await.expect(200);
    place.bob.at("GET", at, "/edits").await.expect(409);
}

#[tokio::test]
async fn an_edit_names_others_than_before() {
    let place = Place::new().await;
    let said = place.ada.say(place.room, "for @bob and @eve").await;
    let at = (place.room, id(&said));
    assert_eq!(place.bob.unread(place.room).await, (1, 1, 0));
    place.ada.edit(at, "for @olga").await.expect(200);
    assert_eq!(place.bob.unread(place.room).await, (1, 0, 0), "no badge");
    assert_eq!(place.owner.unread(place.room).await, (1, 1, 0));
    let mentions = place.bob.get("/mentions").await.expect(200).json();
    assert!(listed(&mentions).is_empty());
    let mentions = place.owner.get("/mentions").await.expect(200).json();
    assert_eq!(listed(&mentions)[0]["body"], "for @olga");
    place.ada.delete(at).await.expect(200);
    assert_eq!(place.owner.unread(place.room).await, (0, 0, 0));
}

#[tokio::test]
async fn of_a_deleted_message_only_its_place_stays() {
    let place = Place::new().await;
    let root = place.ada.say(place.room, "the first").await;
    let said = place.ada.reply((place.room, id(&root)), "gone @bob").await;
    let at = (place.room, id(&said));
    place.ada.edit(at, "gone @bob!").await.expect(200);
    place.bob.react(at, "👍").await.expect(200);
    place.bob.at("PUT", at, "/saved").await.expect(204);
    place.owner.at("PUT", at, "/pin").await.expect(200);
    let quoting = place.bob.reply(at, "which one?").await;
    assert_eq!(quoting["reply_to"]["excerpt"], "gone @bob!");
    let mut page = place.bob.listen(place.room).await;
    let shown =
        |event: &Event| matches!(event, Event::Message(line) if line.id == at.1).then_some(());
    page.find("the message before its deletion", shown).await;
    let gone = place.ada.delete(at).await.expect(200).json();
    for (field, value) in [
        ("body", json!("")),
        ("html", json!("")),
        ("edited_at", Value::Null),
        ("pinned_at", Value::Null),
        ("deleted", json!(true)),
        ("reply_to", Value::Null),
        ("reactions", json!([])),
    ] {
        assert_eq!(gone[field], value, "{field}");
    }
    let find = |event: &Event| match event {
        Event::Replaced(line) if line.id == at.1 => Some(line.clone()),
        _ => None,
    };
    let line = page.find("the tombstone", find).await;
    assert!(line.has_class("message--deleted") && !line.html.contains("gone @bob"));
    let quote = format!("#quote-{}", id(&quoting));
    let quote = page.pushed(&quote, |_| true).await;
    assert!(quote.contains("deleted message"), "{quote}");

    let shown = place.bob.browser().await;
    let text = shown.page(&format!("/rooms/{}", place.room)).await.text();
    let lines = html::lines(&text);
    let stands = lines.iter().find(|line| line.id == at.1);
    assert_eq!(stands.expect("its place").html, line.html);
    assert!(!text.contains("gone @bob"), "{text}");
    let saved = place.bob.get("/saved").await.expect(200).json();
    assert!(listed(&saved).is_empty());
    let pins = place.bob.get(&format!("/rooms/{}/pins", place.room)).await;
    assert!(listed(&pins.expect(200).json()).is_empty());
    let again = place.bob.message((place.room, id(&quoting))).await;
    assert_eq!(again["reply_to"]["excerpt"], Value::Null);
    for (method, end) in [("PUT", "/reactions/👍"), ("PUT", "/pin"), ("PUT", "/saved")] {
        place.owner.at(method, at, end).await.expect(409);
    }
}

/// Whether a text is in any file of a folder.
fn holds(folder: &Path, text: &str) -> bool {
    let files = std::fs::read_dir(folder).expect("the folder").flatten();
    let mut files = files.map(|file| std::fs::read(file.path()).expect("a file"));
    files.any(|file| file.windows(text.len()).any(|some| some == text.as_bytes()))
}

#[tokio::test]
async fn a_deleted_text_is_in_no_file_and_found_by_no_search() {
    let place = Place::new().await;
    let said = place.ada.say(place.room, "the first qxzvgrmpl").await;
    let at = (place.room, id(&said));
    place.ada.edit(at, "the other wvkjhzqt").await.expect(200);
    place.ada.reply(at, "this quotes it").await;
    let found = async |word: &str| {
        let path = format!("/messages?q={word}");
        let found = place.bob.get(&path).await.expect(200).json();
        !listed(&found).is_empty()
    };
    wait_for("the index", async || found("wvkjhzqt").await.then_some(())).await;
    assert!(!found("qxzvgrmpl").await, "what it said before");
    let data = place.server.data();
    for word in ["qxzvgrmpl", "wvkjhzqt"] {
        assert!(holds(&data, word), "{word}");
    }
    place.ada.delete(at).await.expect(200);
    assert!(!found("wvkjhzqt").await);
    for word in ["qxzvgrmpl", "xzvgrmp", "wvkjhzqt", "vkjhzq"] {
        wait_for(word, async || (!holds(&data, word)).then_some(())).await;
    }
}

#[tokio::test]
async fn the_plain_text_socket_is_not_told_of_changes() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let bob = Account::register(&server, "bob").await;
    let mut plain = bob.plain().await;
    let at = (1, id(&ada.say(1, "one").await));
    plain.line("ada", "one").await;
    ada.edit(at, "two").await.expect(200);
    ada.react(at, "👍").await.expect(200);
    ada.answer(at, "beside the room").await;
    ada.delete(at).await.expect(200);
    ada.say(1, "three").await;
    let next = plain.find("what she says", |frame| frame.contains("] ada: "));
    let next = next.await;
    assert!(next.ends_with("ada: three"), "{next}");
}

#[tokio::test]
async fn an_edit_that_was_answered_outlives_the_power() {
    let mut server = Server::executable(&UNLIMITED);
    let ada = Account::register(&server, "ada").await;
    let at = (1, id(&ada.say(1, "number 0").await));
    let gone = (1, id(&ada.say(1, "to go").await));
    for round in 1..=3 {
        let text = format!("number {round}");
        let edited = ada.edit(at, &text).await.expect(200).json();
        if round == 2 {
            ada.delete(gone).await.expect(200);
        }
        server.kill9();
        server.start_again();
        let now = ada.message(at).await;
        assert_eq!(now, edited);
        assert_eq!(
            ada.rev().await,
            rev(&ada.message(if round == 2 { gone } else { at }).await)
        );
    }
    assert_eq!(ada.message(gone).await["deleted"], true);
    let edits = ada.at("GET", at, "/edits").await.expect(200).json();
    assert_eq!(edits["versions"].as_array().map(Vec::len), Some(4));
}

//! Edits and deletions: permissions, remaining data, and erasure.

use serde_json::{Value, json};

use crate::harness::account::Account;
use crate::harness::files::folder_contains;
use crate::harness::html;
use crate::harness::live::Event;
use crate::harness::message_actions::{id, listed, rev};
use crate::harness::server::{Server, UNLIMITED};
use crate::harness::wait_for;

/// A closed room with the administrator of the server, its owner and two members. Eve is not a member.
struct Fixture {
    server: Server,
    admin: Account,
    owner: Account,
    ada: Account,
    bob: Account,
    eve: Account,
    room: i64,
}

impl Fixture {
    async fn new() -> Fixture {
        let server = Server::unlimited();
        let admin = Account::register(&server, "root").await;
        let owner = Account::register(&server, "olga").await;
        let ada = Account::register(&server, "ada").await;
        let bob = Account::register(&server, "bob").await;
        let eve = Account::register(&server, "eve").await;
        let room = owner.create_room("workshop", "closed").await;
        for name in ["root", "ada", "bob"] {
            owner.invite(room, name).await;
        }
        Fixture {
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
async fn only_the_author_can_edit_a_message() {
    let fixture = Fixture::new().await;
    let posted = fixture.ada.say(fixture.room, "helo").await;
    let at = (fixture.room, id(&posted));
    for (other, status) in [
        (&fixture.bob, 403),
        (&fixture.owner, 403),
        (&fixture.admin, 403),
        (&fixture.eve, 404),
    ] {
        let refused = other.edit(at, "hacked").await.expect(status);
        assert!(refused.detail().ends_with('.'));
    }
    assert_eq!(fixture.ada.message(at).await, posted);
    let edited = fixture.ada.edit(at, "hello *all*").await.expect(200).json();
    assert_eq!(edited["body"], "hello *all*");
    assert_eq!(edited["html"], "<p>hello <em>all</em></p>");
    assert_eq!(rev(&edited), rev(&posted) + 1);
    assert!(edited["edited_at"].is_string());
    for same in ["id", "created_at", "client_id", "author", "deleted"] {
        assert_eq!(edited[same], posted[same], "{same}");
    }
    for body in ["", "  \n", &"x".repeat(10_001)] {
        fixture.ada.edit(at, body).await.expect(422);
    }
    assert_eq!(fixture.bob.message(at).await, edited);
}

#[tokio::test]
async fn the_author_the_owner_and_the_admin_can_delete_a_message() {
    let fixture = Fixture::new().await;
    for (account, status) in [
        (&fixture.ada, 200),
        (&fixture.owner, 200),
        (&fixture.admin, 200),
        (&fixture.bob, 403),
        (&fixture.eve, 404),
    ] {
        let at = (
            fixture.room,
            id(&fixture.ada.say(fixture.room, "oops").await),
        );
        let reply = account.delete(at).await.expect(status);
        let now = fixture.ada.message(at).await;
        assert_eq!(now["deleted"], status == 200, "{}", account.name);
        if status == 200 {
            assert_eq!(reply.json(), now);
            let again = account.delete(at).await.expect(200).json();
            assert_eq!(again, now, "a second deletion changes nothing");
        }
    }
}

#[tokio::test]
async fn in_a_direct_conversation_only_the_author_can_delete_a_message() {
    let fixture = Fixture::new().await;
    let room = fixture.admin.direct(&["ada"]).await;
    let at = (room, id(&fixture.ada.say(room, "between us").await));
    fixture.admin.delete(at).await.expect(403);
    fixture.admin.edit(at, "hacked").await.expect(403);
    fixture.bob.delete(at).await.expect(404);
    fixture
        .ada
        .edit(at, "between the two of us")
        .await
        .expect(200);
    fixture.ada.delete(at).await.expect(200);
}

#[tokio::test]
async fn in_an_archived_room_messages_cannot_be_edited_but_can_be_deleted() {
    let fixture = Fixture::new().await;
    let posted = [
        fixture.ada.say(fixture.room, "one").await,
        fixture.ada.say(fixture.room, "two").await,
    ];
    let path = format!("/rooms/{}", fixture.room);
    let archive = json!({"archived": true});
    fixture
        .owner
        .send("PATCH", &path, &archive)
        .await
        .expect(200);
    let at = |n: usize| (fixture.room, id(&posted[n]));
    fixture.ada.edit(at(0), "another").await.expect(403);
    fixture.ada.delete(at(0)).await.expect(200);
    fixture.bob.delete(at(1)).await.expect(403);
    fixture.owner.delete(at(1)).await.expect(200);
}

#[tokio::test]
async fn an_edit_to_the_same_text_changes_nothing() {
    let fixture = Fixture::new().await;
    let posted = fixture.ada.say(fixture.room, "hello").await;
    let at = (fixture.room, id(&posted));
    let same = fixture.ada.edit(at, "hello").await.expect(200).json();
    assert_eq!(same, posted);
    let next = fixture.ada.say(fixture.room, "and on").await;
    assert_eq!(rev(&next), rev(&posted) + 1, "no rev was taken");
    let versions = fixture
        .ada
        .request_message("GET", at, "/edits")
        .await
        .expect(200)
        .json();
    assert_eq!(versions["versions"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn an_edit_of_an_outdated_text_is_refused_but_reactions_do_not_make_it_outdated() {
    let fixture = Fixture::new().await;
    let posted = fixture.ada.say(fixture.room, "first").await;
    let at = (fixture.room, id(&posted));
    let edit = |body: &str, rev: i64| {
        let (ada, body) = (fixture.ada.clone(), json!({"body": body, "rev": rev}));
        async move { ada.send_to_message("PATCH", at, "", body).await }
    };
    fixture.bob.react(at, "👍").await.expect(200);
    let second = edit("second", rev(&posted)).await.expect(200).json();
    let late = edit("late", rev(&posted)).await.expect(409);
    assert!(late.detail().contains("edited somewhere else"));
    let with_reaction = fixture.bob.react(at, "🎉").await.expect(200).json();
    edit("third", rev(&second)).await.expect(200);
    edit("fourth", rev(&with_reaction)).await.expect(409);
    edit("third", rev(&posted)).await.expect(200); // the text is already the same
    fixture.ada.delete(at).await.expect(200);
    edit("fifth", i64::MAX).await.expect(409);
    assert_eq!(fixture.ada.message(at).await["body"], "");
}

#[tokio::test]
async fn members_can_read_earlier_versions_of_a_message() {
    let fixture = Fixture::new().await;
    let posted = fixture.ada.say(fixture.room, "one").await;
    let at = (fixture.room, id(&posted));
    for text in ["two", "three <b>"] {
        fixture.ada.edit(at, text).await.expect(200);
    }
    let edits = fixture
        .bob
        .request_message("GET", at, "/edits")
        .await
        .expect(200)
        .json();
    let versions = edits["versions"].as_array().expect("a list");
    let bodies: Vec<&Value> = versions.iter().map(|one| &one["body"]).collect();
    assert_eq!(bodies, ["one", "two", "three <b>"]);
    assert_eq!(versions[0]["written_at"], posted["created_at"]);
    let now = fixture.bob.message(at).await;
    assert_eq!(versions[2]["written_at"], now["edited_at"]);
    fixture
        .eve
        .request_message("GET", at, "/edits")
        .await
        .expect(404);
    let browser = fixture.bob.browser().await;
    let path = format!("/rooms/{}/messages/{}/edits", at.0, at.1);
    let page = browser.page(&path).await.expect(200).text();
    assert!(page.contains("three &#60;b&#62;"), "{page}");
    fixture.ada.delete(at).await.expect(200);
    fixture
        .bob
        .request_message("GET", at, "/edits")
        .await
        .expect(409);
}

#[tokio::test]
async fn an_edit_changes_who_is_mentioned() {
    let fixture = Fixture::new().await;
    let posted = fixture.ada.say(fixture.room, "for @bob and @eve").await;
    let at = (fixture.room, id(&posted));
    assert_eq!(fixture.bob.unread(fixture.room).await, (1, 1, 0));
    fixture.ada.edit(at, "for @olga").await.expect(200);
    assert_eq!(
        fixture.bob.unread(fixture.room).await,
        (1, 0, 0),
        "no badge"
    );
    assert_eq!(fixture.owner.unread(fixture.room).await, (1, 1, 0));
    let mentions = fixture.bob.get("/mentions").await.expect(200).json();
    assert!(listed(&mentions).is_empty());
    let mentions = fixture.owner.get("/mentions").await.expect(200).json();
    assert_eq!(listed(&mentions)[0]["body"], "for @olga");
    fixture.ada.delete(at).await.expect(200);
    assert_eq!(fixture.owner.unread(fixture.room).await, (0, 0, 0));
}

#[tokio::test]
async fn a_deleted_message_leaves_only_a_placeholder() {
    let fixture = Fixture::new().await;
    let root = fixture.ada.say(fixture.room, "the first").await;
    let posted = fixture
        .ada
        .reply((fixture.room, id(&root)), "gone @bob")
        .await;
    let at = (fixture.room, id(&posted));
    fixture.ada.edit(at, "gone @bob!").await.expect(200);
    fixture.bob.react(at, "👍").await.expect(200);
    fixture
        .bob
        .request_message("PUT", at, "/saved")
        .await
        .expect(204);
    fixture
        .owner
        .request_message("PUT", at, "/pin")
        .await
        .expect(200);
    let quoting = fixture.bob.reply(at, "which one?").await;
    assert_eq!(quoting["reply_to"]["excerpt"], "gone @bob!");
    let mut page = fixture.bob.open_live(fixture.room).await;
    let shown =
        |event: &Event| matches!(event, Event::Message(line) if line.id == at.1).then_some(());
    page.find("the message before its deletion", shown).await;
    let gone = fixture.ada.delete(at).await.expect(200).json();
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
    let line = page.find("the placeholder", find).await;
    assert!(line.has_class("message--deleted") && !line.html.contains("gone @bob"));
    let quote = format!("#quote-{}", id(&quoting));
    let quote = page.pushed(&quote, |_| true).await;
    assert!(quote.contains("deleted message"), "{quote}");

    let shown = fixture.bob.browser().await;
    let text = shown.page(&format!("/rooms/{}", fixture.room)).await.text();
    let lines = html::message_elements(&text);
    let stands = lines.iter().find(|line| line.id == at.1);
    assert_eq!(stands.expect("the placeholder").html, line.html);
    assert!(!text.contains("gone @bob"), "{text}");
    let saved = fixture.bob.get("/saved").await.expect(200).json();
    assert!(listed(&saved).is_empty());
    let pins = fixture
        .bob
        .get(&format!("/rooms/{}/pins", fixture.room))
        .await;
    assert!(listed(&pins.expect(200).json()).is_empty());
    let again = fixture.bob.message((fixture.room, id(&quoting))).await;
    assert_eq!(again["reply_to"]["excerpt"], Value::Null);
    for (method, end) in [("PUT", "/reactions/👍"), ("PUT", "/pin"), ("PUT", "/saved")] {
        fixture
            .owner
            .request_message(method, at, end)
            .await
            .expect(409);
    }
}

#[tokio::test]
async fn a_deleted_text_is_removed_from_all_files_and_from_search() {
    let fixture = Fixture::new().await;
    let posted = fixture.ada.say(fixture.room, "the first qxzvgrmpl").await;
    let at = (fixture.room, id(&posted));
    fixture.ada.edit(at, "the other wvkjhzqt").await.expect(200);
    fixture.ada.reply(at, "this quotes it").await;
    let found = async |word: &str| {
        let path = format!("/messages?q={word}");
        let found = fixture.bob.get(&path).await.expect(200).json();
        !listed(&found).is_empty()
    };
    wait_for("the index", async || found("wvkjhzqt").await.then_some(())).await;
    assert!(!found("qxzvgrmpl").await, "an earlier version is not found");
    let data = fixture.server.data();
    for word in ["qxzvgrmpl", "wvkjhzqt"] {
        assert!(folder_contains(&data, word.as_bytes()), "{word}");
    }
    fixture.ada.delete(at).await.expect(200);
    assert!(!found("wvkjhzqt").await);
    for word in ["qxzvgrmpl", "xzvgrmp", "wvkjhzqt", "vkjhzq"] {
        wait_for(word, async || {
            (!folder_contains(&data, word.as_bytes())).then_some(())
        })
        .await;
    }
}

#[tokio::test]
async fn the_text_socket_receives_no_edits_reactions_answers_or_deletions() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let bob = Account::register(&server, "bob").await;
    let mut plain = bob.text_socket().await;
    let at = (1, id(&ada.say(1, "one").await));
    plain.line("ada", "one").await;
    ada.edit(at, "two").await.expect(200);
    ada.react(at, "👍").await.expect(200);
    ada.answer(at, "beside the room").await;
    ada.delete(at).await.expect(200);
    ada.say(1, "three").await;
    let next = plain.find("a message of ada", |frame| frame.contains("] ada: "));
    let next = next.await;
    assert!(next.ends_with("ada: three"), "{next}");
}

#[tokio::test]
async fn an_acknowledged_edit_survives_a_kill() {
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
    let edits = ada
        .request_message("GET", at, "/edits")
        .await
        .expect(200)
        .json();
    assert_eq!(edits["versions"].as_array().map(Vec::len), Some(4));
}

//! Threads and replies: lists, pushes, followers, unread counts and access.

use serde_json::{Value, json};

use crate::harness::account::Account;
use crate::harness::html;
use crate::harness::live::Event;
use crate::harness::message_actions::{id, ids, listed, rev};
use crate::harness::server::Server;

/// A closed room with Ada, Bob and Cleo, and a message of Ada that the others have read.
struct Fixture {
    server: Server,
    ada: Account,
    bob: Account,
    cleo: Account,
    room: i64,
    root: i64,
}

impl Fixture {
    async fn new() -> Fixture {
        let server = Server::unlimited();
        let ada = Account::register(&server, "ada").await;
        let bob = Account::register(&server, "bob").await;
        let cleo = Account::register(&server, "cleo").await;
        let room = ada.create_room("workshop", "closed").await;
        ada.invite(room, "bob").await;
        ada.invite(room, "cleo").await;
        let root = id(&ada.say(room, "what is it?").await);
        for person in [&bob, &cleo] {
            let path = format!("/rooms/{room}/read");
            person.send("PUT", &path, &json!({})).await.expect(200);
        }
        Fixture {
            server,
            ada,
            bob,
            cleo,
            room,
            root,
        }
    }

    fn at(&self) -> (i64, i64) {
        (self.room, self.root)
    }

    async fn list(&self, query: &str) -> Value {
        let path = format!("/rooms/{}/messages{query}", self.room);
        self.cleo.get(&path).await.expect(200).json()
    }
}

#[tokio::test]
async fn an_answer_is_in_its_thread_and_in_the_changes_but_not_in_the_room() {
    let fixture = Fixture::new().await;
    let before = fixture.list("").await;
    let answer = fixture.bob.answer(fixture.at(), "a thread").await;
    assert_eq!(answer["thread"], fixture.root);
    let newest = fixture.list("").await;
    assert_eq!(
        ids(&newest),
        [fixture.root],
        "the answer is not in the room"
    );
    let gap = format!("?since=0&before={}", id(&answer) + 1);
    for query in ["?since=0", "?before=99999", &*gap] {
        assert_eq!(ids(&fixture.list(query).await), [fixture.root], "{query}");
    }
    let after = fixture.list(&format!("?after={}", before["rev"])).await;
    assert_eq!(ids(&after), [id(&answer), fixture.root]);
    assert_eq!(after["rev"], rev(&answer) + 1);

    let root = fixture.cleo.message(fixture.at()).await;
    let answers = &root["answers"];
    assert_eq!(
        (&answers["count"], &answers["last_by"]),
        (&json!(1), &json!("bob"))
    );
    assert_eq!(answers["last_at"], answer["created_at"]);
    let thread = fixture.cleo.thread(fixture.at()).await;
    assert_eq!(thread["root"], root);
    assert_eq!(listed(&thread), &[answer]);
    assert_eq!(
        (&thread["more"], &thread["following"]),
        (&json!(false), &json!(false))
    );
    let page = fixture.cleo.browser().await;
    let page = page.page(&format!("/rooms/{}", fixture.room)).await.text();
    assert!(
        html::text_of(&page).contains("1 reply · Last reply by bob"),
        "{page}"
    );
    assert!(!page.contains("a thread"), "{page}");
}

#[tokio::test]
async fn an_answer_to_an_answer_is_in_the_same_thread() {
    let fixture = Fixture::new().await;
    let first = fixture.bob.answer(fixture.at(), "one").await;
    let second = fixture.cleo.answer((fixture.room, id(&first)), "two").await;
    assert_eq!(second["thread"], fixture.root);
    let by_post = json!({"body": "three", "thread": id(&second)});
    let path = format!("/rooms/{}/messages", fixture.room);
    let third = fixture.ada.send("POST", &path, &by_post).await;
    let third = third.expect(201).json();
    let thread = fixture.ada.thread((fixture.room, id(&third))).await;
    assert_eq!(id(&thread["root"]), fixture.root);
    assert_eq!(ids(&thread), [id(&first), id(&second), id(&third)]);
    let end = format!("/thread?before={}", id(&third));
    let before = fixture
        .ada
        .request_message("GET", fixture.at(), &end)
        .await
        .expect(200)
        .json();
    assert_eq!(ids(&before), [id(&first), id(&second)]);
    let bodies: Vec<&Value> = listed(&thread).iter().map(|one| &one["body"]).collect();
    assert_eq!(bodies, ["one", "two", "three"]);
}

#[tokio::test]
async fn a_long_thread_has_pages_of_100_answers() {
    let fixture = Fixture::new().await;
    let mut answers = Vec::new();
    for number in 0..130 {
        let text = format!("answer {number}");
        answers.push(id(&fixture.bob.answer(fixture.at(), &text).await));
    }
    let newest = fixture.ada.thread(fixture.at()).await;
    assert_eq!(
        (ids(&newest), &newest["more"]),
        (answers[30..].to_vec(), &json!(true))
    );
    let end = format!("/thread?before={}", answers[30]);
    let older = fixture
        .ada
        .request_message("GET", fixture.at(), &end)
        .await
        .expect(200)
        .json();
    assert_eq!(
        (ids(&older), &older["more"]),
        (answers[..30].to_vec(), &json!(false))
    );
    assert_eq!(
        fixture.ada.unread(fixture.room).await,
        (0, 0, 100),
        "the count ends at 100"
    );
}

#[tokio::test]
async fn a_thread_whose_answers_are_deleted_becomes_a_plain_message() {
    let fixture = Fixture::new().await;
    let mut page = fixture.cleo.open_live(fixture.room).await;
    let first = fixture.bob.answer(fixture.at(), "one").await;
    let second = fixture.cleo.answer(fixture.at(), "two").await;
    fixture
        .cleo
        .delete((fixture.room, id(&second)))
        .await
        .expect(200);
    let root = fixture.ada.message(fixture.at()).await;
    assert_eq!(root["answers"]["last_at"], first["created_at"]);
    fixture
        .bob
        .delete((fixture.room, id(&first)))
        .await
        .expect(200);
    let root = fixture.ada.message(fixture.at()).await;
    assert_eq!(root["answers"], Value::Null);
    let thread = fixture.ada.thread(fixture.at()).await;
    let deleted: Vec<&Value> = listed(&thread).iter().map(|one| &one["deleted"]).collect();
    assert_eq!(deleted, [true, true], "placeholders remain");
    let now = root["rev"].to_string();
    let root_target = format!("#root-{}", fixture.root);
    let pushed = page.pushed(&root_target, |html| html.contains(&now)).await;
    assert!(!pushed.contains("message__thread"), "{pushed}");
    // An edit is also pushed to the thread panel, even without answers.
    fixture
        .ada
        .edit(fixture.at(), "what was it?")
        .await
        .expect(200);
    page.pushed(&root_target, |html| html.contains("what was it?"))
        .await;
    fixture.ada.delete(fixture.at()).await.expect(200);
    let path = format!("/rooms/{}/messages/{}/thread", fixture.room, fixture.root);
    let late = fixture
        .bob
        .send("POST", &path, &json!({"body": "late"}))
        .await;
    assert!(late.expect(409).detail().contains("deleted"));
}

#[tokio::test]
async fn thread_pushes_are_identical_to_the_thread_page() {
    let fixture = Fixture::new().await;
    let mut page = fixture.cleo.open_live(fixture.room).await;
    let answer = fixture.bob.answer(fixture.at(), "one *two*").await;
    let target = format!("#thread-{}", fixture.root);
    let pushed = page.pushed(&target, |_| true).await;
    let path = format!("/rooms/{}/messages/{}/thread", fixture.room, fixture.root);
    let browser = fixture.cleo.browser().await;
    let panel = browser.fragment(&path).await.expect(200).text();
    let shown = html::inside(&panel, &format!("#thread-{}", fixture.root)).expect("the answers");
    let lines = html::message_elements(&shown);
    assert_eq!(lines.len(), 1);
    assert!(pushed.contains(&lines[0].html), "{pushed}");
    let root = html::inside(&panel, &format!("#root-{}", fixture.root)).expect("the root");
    let pushed = page
        .pushed(&format!("#root-{}", fixture.root), |_| true)
        .await;
    assert!(pushed.contains(&root), "{pushed} {root}");
    let in_room = |event: &Event| matches!(event, Event::Message(line) if line.id == id(&answer));
    assert!(!page.pending().any(in_room));
}

#[tokio::test]
async fn the_author_answering_users_and_mentioned_users_follow_a_thread() {
    let fixture = Fixture::new().await;
    fixture.bob.answer(fixture.at(), "one").await;
    let following = async |person: &Account| is_following(person, fixture.at()).await;
    assert!(
        following(&fixture.ada).await,
        "the author of the root message"
    );
    assert!(following(&fixture.bob).await, "a user who answered");
    assert!(!following(&fixture.cleo).await);
    assert_eq!(fixture.ada.unread(fixture.room).await, (0, 0, 1));
    assert_eq!(fixture.cleo.unread(fixture.room).await, (0, 0, 0));
    let second = fixture.bob.answer(fixture.at(), "one for @cleo").await;
    assert!(following(&fixture.cleo).await, "a mentioned user");
    assert_eq!(fixture.cleo.unread(fixture.room).await, (0, 1, 1));
    let mentions = fixture.cleo.get("/mentions").await.expect(200).json();
    assert_eq!(
        (
            id(&listed(&mentions)[0]),
            &mentions["messages"][0]["unread"]
        ),
        (id(&second), &json!(true))
    );

    fixture
        .ada
        .request_message("DELETE", fixture.at(), "/thread/following")
        .await
        .expect(204);
    assert_eq!(fixture.ada.unread(fixture.room).await, (0, 0, 0));
    fixture
        .ada
        .answer(fixture.at(), "I answer all the same")
        .await;
    fixture.bob.answer(fixture.at(), "and I").await;
    assert!(
        !following(&fixture.ada).await,
        "an answer does not undo an unfollow"
    );
    assert_eq!(fixture.ada.unread(fixture.room).await, (0, 0, 0));
    fixture
        .ada
        .request_message("PUT", fixture.at(), "/thread/following")
        .await
        .expect(204);
    assert_eq!(
        fixture.ada.unread(fixture.room).await,
        (0, 0, 0),
        "earlier answers count as read"
    );
    let last = fixture.bob.answer(fixture.at(), "and more").await;
    assert_eq!(fixture.ada.unread(fixture.room).await, (0, 0, 1));
    fixture
        .ada
        .request_message("PUT", (fixture.room, id(&last)), "/thread/following")
        .await
        .expect(204);
    assert_eq!(
        fixture.ada.unread(fixture.room).await,
        (0, 0, 1),
        "following again changes nothing"
    );
}

async fn is_following(person: &Account, at: (i64, i64)) -> bool {
    person.thread(at).await["following"] == true
}

#[tokio::test]
async fn users_mentioned_by_an_edited_answer_follow_its_thread() {
    let fixture = Fixture::new().await;
    let answer = fixture.bob.answer(fixture.at(), "one").await;
    let edited = fixture.bob.edit((fixture.room, id(&answer)), "one @cleo");
    edited.await.expect(200);
    assert_eq!(fixture.cleo.unread(fixture.room).await, (0, 1, 1));
    let path = format!("/rooms/{}/read", fixture.room);
    fixture
        .cleo
        .send("PUT", &path, &json!({}))
        .await
        .expect(200);
    assert_eq!(fixture.cleo.unread(fixture.room).await, (0, 0, 0));
    let mentions = fixture.cleo.get("/mentions").await.expect(200).json();
    assert_eq!(mentions["messages"][0]["unread"], false);
}

#[tokio::test]
async fn the_read_position_of_a_thread_only_moves_forward_to_answers_of_the_thread() {
    let fixture = Fixture::new().await;
    let mut answers = Vec::new();
    for text in ["one", "two", "three"] {
        answers.push(id(&fixture.bob.answer(fixture.at(), text).await));
    }
    let posted = id(&fixture.bob.say(fixture.room, "in the room").await);
    let read = async |up_to: i64, status: u16| {
        let body = json!({"up_to": up_to});
        let sent = fixture
            .ada
            .send_to_message("PUT", fixture.at(), "/thread/read", body);
        sent.await.expect(status);
        fixture.ada.unread(fixture.room).await
    };
    assert_eq!(fixture.ada.unread(fixture.room).await, (1, 0, 3));
    assert_eq!(read(answers[1], 204).await, (1, 0, 1));
    assert_eq!(
        read(answers[0], 204).await,
        (1, 0, 1),
        "the position does not move back"
    );
    assert_eq!(
        read(posted, 422).await,
        (1, 0, 1),
        "a message of the room is not an answer"
    );
    assert_eq!(read(99_999, 422).await, (1, 0, 1));
    let threads = fixture.ada.get("/threads").await.expect(200).json();
    let thread = &threads["threads"][0];
    assert_eq!(id(&thread["root"]), fixture.root);
    assert_eq!(
        (id(&thread["last"]), &thread["unread"]),
        (answers[2], &json!(1))
    );
    fixture
        .bob
        .delete((fixture.room, answers[2]))
        .await
        .expect(200);
    assert_eq!(fixture.ada.unread(fixture.room).await, (1, 0, 0));

    fixture.bob.answer(fixture.at(), "four").await;
    assert_eq!(fixture.ada.unread(fixture.room).await, (1, 0, 1));
    fixture
        .ada
        .send("POST", "/read", &json!({}))
        .await
        .expect(204);
    assert_eq!(
        fixture.ada.unread(fixture.room).await,
        (0, 0, 0),
        "all rooms and threads are read"
    );
    fixture.bob.answer(fixture.at(), "five").await;
    let rooms = fixture.ada.get("/rooms").await.expect(200).json();
    let found = rooms["rooms"].as_array().expect("a list").iter();
    let counts: Vec<&Value> = found.map(|room| &room["unread"]["threads"]).collect();
    assert!(counts.contains(&&json!(1)), "{rooms}");
    let page = fixture
        .ada
        .browser()
        .await
        .page("/threads")
        .await
        .expect(200)
        .text();
    assert!(page.contains("five"), "{page}");
}

#[tokio::test]
async fn opening_the_page_of_a_thread_marks_it_as_read() {
    let fixture = Fixture::new().await;
    let answer = fixture.bob.answer(fixture.at(), "one").await;
    let browser = fixture.ada.browser().await;
    let path = format!("/rooms/{}/messages/{}/thread", fixture.room, fixture.root);
    assert_eq!(fixture.ada.unread(fixture.room).await, (0, 0, 1));
    let page = browser.page(&path).await.expect(200).text();
    assert!(
        page.contains(&format!("id=\"message-{}\"", id(&answer))),
        "{page}"
    );
    assert_eq!(fixture.ada.unread(fixture.room).await, (0, 0, 0));
    let form = [("body", "by the form"), ("client_id", "c-1")];
    let sent = browser.submit(&path, &form).await.expect(303);
    let thread = fixture.ada.thread(fixture.at()).await;
    let last = listed(&thread).last().expect("an answer");
    assert_eq!(last["body"], "by the form");
    assert!(
        sent.header("location")
            .ends_with(&format!("#message-{}", id(last)))
    );
    let stop = [("following", "false")];
    browser
        .submit(&format!("{path}/following"), &stop)
        .await
        .expect(303);
    assert!(!is_following(&fixture.ada, fixture.at()).await);
}

#[tokio::test]
async fn a_reply_can_quote_only_existing_messages_of_its_room() {
    let fixture = Fixture::new().await;
    let reply = fixture.bob.reply(fixture.at(), "this one").await;
    assert_eq!(reply["thread"], Value::Null);
    let quote = &reply["reply_to"];
    assert_eq!(
        (id(quote), &quote["excerpt"]),
        (fixture.root, &json!("what is it?"))
    );
    assert_eq!(quote["author"]["username"], "ada");
    let answer = fixture.bob.answer(fixture.at(), "beside").await;
    let gone = fixture.ada.say(fixture.room, "gone").await;
    fixture
        .ada
        .delete((fixture.room, id(&gone)))
        .await
        .expect(200);
    let elsewhere = fixture.ada.say(1, "in the lobby").await;
    let path = format!("/rooms/{}/messages", fixture.room);
    for to in [id(&answer), id(&gone), id(&elsewhere), 99_999, -1] {
        let body = json!({"body": "no", "reply_to": to, "client_id": "kept"});
        let refused = fixture.bob.send("POST", &path, &body).await.expect(409);
        assert!(refused.detail().contains("still here"), "{to}");
    }
    for thread in [id(&gone), id(&elsewhere), 99_999] {
        let body = json!({"body": "no", "thread": thread});
        fixture.bob.send("POST", &path, &body).await.expect(409);
        let path = format!("{path}/{thread}/thread");
        let status = if thread == id(&gone) { 409 } else { 404 };
        let sent = fixture
            .bob
            .send("POST", &path, &json!({"body": "no"}))
            .await;
        sent.expect(status);
    }
    let page = fixture.cleo.open_live(fixture.room).await;
    let mut page = page.after_sidebar().await; // before it, an edit would be part of the replay
    fixture
        .ada
        .edit(fixture.at(), "what was it?")
        .await
        .expect(200);
    let quote = format!("#quote-{}", id(&reply));
    page.pushed(&quote, |html| html.contains("what was it?"))
        .await;
}

#[tokio::test]
async fn threads_are_not_accessible_to_outsiders_and_removed_members() {
    let fixture = Fixture::new().await;
    let answer = fixture.bob.answer(fixture.at(), "hushhush").await;
    let eve = Account::register(&fixture.server, "eve").await;
    let body = json!({"body": "hello", "up_to": 1});
    for at in [
        fixture.at(),
        (fixture.room, id(&answer)),
        (1, fixture.root),
        (1, 99_999),
    ] {
        for (method, end) in [
            ("GET", "/thread"),
            ("POST", "/thread"),
            ("PUT", "/thread/following"),
            ("DELETE", "/thread/following"),
            ("PUT", "/thread/read"),
        ] {
            let reply = eve.send_to_message(method, at, end, body.clone()).await;
            assert_eq!(reply.status, 404, "{method} {at:?}{end}");
            assert!(!reply.text().contains("hushhush"));
        }
    }
    fixture
        .cleo
        .request_message("PUT", fixture.at(), "/thread/following")
        .await
        .expect(204);
    fixture.ada.remove_member(fixture.room, "cleo").await;
    fixture.bob.answer(fixture.at(), "hushhush @cleo").await;
    for path in ["/threads", "/mentions"] {
        let text = fixture.cleo.get(path).await.expect(200).text();
        assert!(!text.contains("hushhush"), "{path}");
    }
    fixture.ada.invite(fixture.room, "cleo").await;
    assert_eq!(
        fixture.cleo.unread(fixture.room).await,
        (0, 0, 0),
        "earlier answers count as read"
    );
    fixture.bob.answer(fixture.at(), "welcome back").await;
    assert_eq!(fixture.cleo.unread(fixture.room).await, (0, 0, 1));
}

//! Answers in threads: where they stand, who is told of them, and what stays of a thread.

use serde_json::{Value, json};

use crate::harness::account::Account;
use crate::harness::html;
use crate::harness::live::Event;
use crate::harness::message_actions::{id, ids, listed, rev};
use crate::harness::server::Server;

/// Ada, Bob and Cleo in an open room, and a message of Ada's.
struct Place {
    server: Server,
    ada: Account,
    bob: Account,
    cleo: Account,
    room: i64,
    root: i64,
}

impl Place {
    async fn new() -> Place {
        let server = Server::unlimited();
        let ada = Account::register(&server, "ada").await;
        let bob = Account::register(&server, "bob").await;
        let cleo = Account::register(&server, "cleo").await;
        let room = ada.make("workshop", "closed").await;
        ada.invite(room, "bob").await;
        ada.invite(room, "cleo").await;
        let root = id(&ada.say(room, "what is it?").await);
        for person in [&bob, &cleo] {
            let path = format!("/rooms/{room}/read");
            person.send("PUT", &path, &json!({})).await.expect(200);
        }
        Place {
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
async fn answers_stand_in_their_thread_and_among_the_changes() {
    let place = Place::new().await;
    let before = place.list("").await;
    let answer = place.bob.answer(place.at(), "a thread").await;
    assert_eq!(answer["thread"], place.root);
    let newest = place.list("").await;
    assert_eq!(ids(&newest), [place.root], "not in the room");
    let gap = format!("?since=0&before={}", id(&answer) + 1);
    for query in ["?since=0", "?before=99999", &*gap] {
        assert_eq!(ids(&place.list(query).await), [place.root], "{query}");
    }
    let after = place.list(&format!("?after={}", before["rev"])).await;
    assert_eq!(ids(&after), [id(&answer), place.root]);
    assert_eq!(after["rev"], rev(&answer) + 1);

    let root = place.cleo.message(place.at()).await;
    let answers = &root["answers"];
    assert_eq!(
        (&answers["count"], &answers["last_by"]),
        (&json!(1), &json!("bob"))
    );
    assert_eq!(answers["last_at"], answer["created_at"]);
    let thread = place.cleo.thread(place.at()).await;
    assert_eq!(thread["root"], root);
    assert_eq!(listed(&thread), &[answer]);
    assert_eq!(
        (&thread["more"], &thread["following"]),
        (&json!(false), &json!(false))
    );
    let page = place.cleo.browser().await;
    let page = page.page(&format!("/rooms/{}", place.room)).await.text();
    assert!(
        page.contains("1 reply · Last reply by <b dir=\"auto\">bob</b>"),
        "{page}"
    );
    assert!(!page.contains("a thread"), "{page}");
}

#[tokio::test]
async fn an_answer_to_an_answer_stands_in_the_same_thread() {
    let place = Place::new().await;
    let first = place.bob.answer(place.at(), "one").await;
    let second = place.cleo.answer((place.room, id(&first)), "two").await;
    assert_eq!(second["thread"], place.root);
    let by_post = json!({"body": "three", "thread": id(&second)});
    let path = format!("/rooms/{}/messages", place.room);
    let third = place.ada.send("POST", &path, &by_post).await;
    let third = third.expect(201).json();
    let thread = place.ada.thread((place.room, id(&third))).await;
    assert_eq!(id(&thread["root"]), place.root);
    assert_eq!(ids(&thread), [id(&first), id(&second), id(&third)]);
    let end = format!("/thread?before={}", id(&third));
    let before = place
        .ada
        .at("GET", place.at(), &end)
        .await
        .expect(200)
        .json();
    assert_eq!(ids(&before), [id(&first), id(&second)]);
    let bodies: Vec<&Value> = listed(&thread).iter().map(|one| &one["body"]).collect();
    assert_eq!(bodies, ["one", "two", "three"]);
}

#[tokio::test]
async fn a_long_thread_comes_in_parts() {
    let place = Place::new().await;
    let mut answers = Vec::new();
    for number in 0..130 {
        let text = format!("answer {number}");
        answers.push(id(&place.bob.answer(place.at(), &text).await));
    }
    let newest = place.ada.thread(place.at()).await;
    assert_eq!(
        (ids(&newest), &newest["more"]),
        (answers[30..].to_vec(), &json!(true))
    );
    let end = format!("/thread?before={}", answers[30]);
    let older = place
        .ada
        .at("GET", place.at(), &end)
        .await
        .expect(200)
        .json();
    assert_eq!(
        (ids(&older), &older["more"]),
        (answers[..30].to_vec(), &json!(false))
    );
    assert_eq!(
        place.ada.unread(place.room).await,
        (0, 0, 100),
        "and no more is counted"
    );
}

#[tokio::test]
async fn a_thread_without_answers_is_a_message_again() {
    let place = Place::new().await;
    let mut page = place.cleo.listen(place.room).await;
    let first = place.bob.answer(place.at(), "one").await;
    let second = place.cleo.answer(place.at(), "two").await;
    place
        .cleo
        .delete((place.room, id(&second)))
        .await
        .expect(200);
    let root = place.ada.message(place.at()).await;
    assert_eq!(root["answers"]["last_at"], first["created_at"]);
    place.bob.delete((place.room, id(&first))).await.expect(200);
    let root = place.ada.message(place.at()).await;
    assert_eq!(root["answers"], Value::Null);
    let thread = place.ada.thread(place.at()).await;
    let deleted: Vec<&Value> = listed(&thread).iter().map(|one| &one["deleted"]).collect();
    assert_eq!(deleted, [true, true], "the places stay");
    let now = root["rev"].to_string();
    let beside = format!("#root-{}", place.root);
    let pushed = page.pushed(&beside, |html| html.contains(&now)).await;
    assert!(!pushed.contains("message__thread"), "{pushed}");
    // What is edited is also edited beside the room, where nothing was answered.
    place.ada.edit(place.at(), "what was it?").await.expect(200);
    page.pushed(&beside, |html| html.contains("what was it?"))
        .await;
    place.ada.delete(place.at()).await.expect(200);
    let path = format!("/rooms/{}/messages/{}/thread", place.room, place.root);
    let late = place
        .bob
        .send("POST", &path, &json!({"body": "late"}))
        .await;
    assert!(late.expect(409).detail().contains("deleted"));
}

#[tokio::test]
async fn what_is_pushed_to_a_thread_is_what_it_shows() {
    let place = Place::new().await;
    let mut page = place.cleo.listen(place.room).await;
    let answer = place.bob.answer(place.at(), "one *two*").await;
    let target = format!("#thread-{}", place.root);
    let pushed = page.pushed(&target, |_| true).await;
    let beside = format!("/rooms/{}/messages/{}/thread", place.room, place.root);
    let browser = place.cleo.browser().await;
    let side = browser.fragment(&beside).await.expect(200).text();
    let shown = html::inside(&side, &format!("#thread-{}", place.root)).expect("the answers");
    let lines = html::lines(&shown);
    assert_eq!(lines.len(), 1);
    assert!(pushed.contains(&lines[0].html), "{pushed}");
    let root = html::inside(&side, &format!("#root-{}", place.root)).expect("the root");
    let pushed = page
        .pushed(&format!("#root-{}", place.root), |_| true)
        .await;
    assert!(pushed.contains(&root), "{pushed} {root}");
    let in_room = |event: &Event| matches!(event, Event::Message(line) if line.id == id(&answer));
    assert!(!page.unread().any(in_room));
}

#[tokio::test]
async fn who_asked_answered_or_was_named_follows() {
    let place = Place::new().await;
    place.bob.answer(place.at(), "one").await;
    let following = async |person: &Account| place_following(person, place.at()).await;
    assert!(following(&place.ada).await, "who asked");
    assert!(following(&place.bob).await, "who answered");
    assert!(!following(&place.cleo).await);
    assert_eq!(place.ada.unread(place.room).await, (0, 0, 1));
    assert_eq!(place.cleo.unread(place.room).await, (0, 0, 0));
    let second = place.bob.answer(place.at(), "one for @cleo").await;
    assert!(following(&place.cleo).await, "who was named");
    assert_eq!(place.cleo.unread(place.room).await, (0, 1, 1));
    let mentions = place.cleo.get("/mentions").await.expect(200).json();
    assert_eq!(
        (
            id(&listed(&mentions)[0]),
            &mentions["messages"][0]["unread"]
        ),
        (id(&second), &json!(true))
    );

    place
        .ada
        .at("DELETE", place.at(), "/thread/following")
        .await
        .expect(204);
    assert_eq!(place.ada.unread(place.room).await, (0, 0, 0));
    place.ada.answer(place.at(), "I answer all the same").await;
    place.bob.answer(place.at(), "and I").await;
    assert!(!following(&place.ada).await, "she said no");
    assert_eq!(place.ada.unread(place.room).await, (0, 0, 0));
    place
        .ada
        .at("PUT", place.at(), "/thread/following")
        .await
        .expect(204);
    assert_eq!(place.ada.unread(place.room).await, (0, 0, 0), "from now on");
    let last = place.bob.answer(place.at(), "and more").await;
    assert_eq!(place.ada.unread(place.room).await, (0, 0, 1));
    place
        .ada
        .at("PUT", (place.room, id(&last)), "/thread/following")
        .await
        .expect(204);
    assert_eq!(
        place.ada.unread(place.room).await,
        (0, 0, 1),
        "she does already"
    );
}

async fn place_following(person: &Account, at: (i64, i64)) -> bool {
    person.thread(at).await["following"] == true
}

#[tokio::test]
async fn an_edited_answer_makes_followers_of_those_it_names() {
    let place = Place::new().await;
    let answer = place.bob.answer(place.at(), "one").await;
    let edited = place.bob.edit((place.room, id(&answer)), "one @cleo");
    edited.await.expect(200);
    assert_eq!(place.cleo.unread(place.room).await, (0, 1, 1));
    let path = format!("/rooms/{}/read", place.room);
    place.cleo.send("PUT", &path, &json!({})).await.expect(200);
    assert_eq!(place.cleo.unread(place.room).await, (0, 0, 0));
    let mentions = place.cleo.get("/mentions").await.expect(200).json();
    assert_eq!(mentions["messages"][0]["unread"], false);
}

#[tokio::test]
async fn a_thread_is_read_forward_and_to_its_end_only() {
    let place = Place::new().await;
    let mut answers = Vec::new();
    for text in ["one", "two", "three"] {
        answers.push(id(&place.bob.answer(place.at(), text).await));
    }
    let said = id(&place.bob.say(place.room, "in the room").await);
    let read = async |up_to: i64, status: u16| {
        let body = json!({"up_to": up_to});
        let sent = place.ada.tell("PUT", place.at(), "/thread/read", body);
        sent.await.expect(status);
        place.ada.unread(place.room).await
    };
    assert_eq!(place.ada.unread(place.room).await, (1, 0, 3));
    assert_eq!(read(answers[1], 204).await, (1, 0, 1));
    assert_eq!(read(answers[0], 204).await, (1, 0, 1), "never back");
    assert_eq!(read(said, 422).await, (1, 0, 1), "that is no answer");
    assert_eq!(read(99_999, 422).await, (1, 0, 1));
    let threads = place.ada.get("/threads").await.expect(200).json();
    let thread = &threads["threads"][0];
    assert_eq!(id(&thread["root"]), place.root);
    assert_eq!(
        (id(&thread["last"]), &thread["unread"]),
        (answers[2], &json!(1))
    );
    place.bob.delete((place.room, answers[2])).await.expect(200);
    assert_eq!(place.ada.unread(place.room).await, (1, 0, 0));

    place.bob.answer(place.at(), "four").await;
    assert_eq!(place.ada.unread(place.room).await, (1, 0, 1));
    place
        .ada
        .send("POST", "/read", &json!({}))
        .await
        .expect(204);
    assert_eq!(place.ada.unread(place.room).await, (0, 0, 0), "everything");
    place.bob.answer(place.at(), "five").await;
    let rooms = place.ada.get("/rooms").await.expect(200).json();
    let found = rooms["rooms"].as_array().expect("a list").iter();
    let counts: Vec<&Value> = found.map(|room| &room["unread"]["threads"]).collect();
    assert!(counts.contains(&&json!(1)), "{rooms}");
    let page = place
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
async fn the_page_of_a_thread_says_that_it_was_seen() {
    let place = Place::new().await;
    let answer = place.bob.answer(place.at(), "one").await;
    let browser = place.ada.browser().await;
    let path = format!("/rooms/{}/messages/{}/thread", place.room, place.root);
    assert_eq!(place.ada.unread(place.room).await, (0, 0, 1));
    let page = browser.page(&path).await.expect(200).text();
    assert!(
        page.contains(&format!("id=\"message-{}\"", id(&answer))),
        "{page}"
    );
    assert_eq!(place.ada.unread(place.room).await, (0, 0, 0));
    let form = [("body", "by the form"), ("client_id", "c-1")];
    let sent = browser.submit(&path, &form).await.expect(303);
    let thread = place.ada.thread(place.at()).await;
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
    assert!(!place_following(&place.ada, place.at()).await);
}

#[tokio::test]
async fn a_reply_quotes_what_is_there_in_its_own_room() {
    let place = Place::new().await;
    let reply = place.bob.reply(place.at(), "this one").await;
    assert_eq!(reply["thread"], Value::Null);
    let quote = &reply["reply_to"];
    assert_eq!(
        (id(quote), &quote["excerpt"]),
        (place.root, &json!("what is it?"))
    );
    assert_eq!(quote["author"]["username"], "ada");
    let answer = place.bob.answer(place.at(), "beside").await;
    let gone = place.ada.say(place.room, "gone").await;
    place.ada.delete((place.room, id(&gone))).await.expect(200);
    let elsewhere = place.ada.say(1, "in the lobby").await;
    let path = format!("/rooms/{}/messages", place.room);
    for to in [id(&answer), id(&gone), id(&elsewhere), 99_999, -1] {
        let body = json!({"body": "no", "reply_to": to, "client_id": "kept"});
        let refused = place.bob.send("POST", &path, &body).await.expect(409);
        assert!(refused.detail().contains("still here"), "{to}");
    }
    for thread in [id(&gone), id(&elsewhere), 99_999] {
        let body = json!({"body": "no", "thread": thread});
        place.bob.send("POST", &path, &body).await.expect(409);
        let path = format!("{path}/{thread}/thread");
        let status = if thread == id(&gone) { 409 } else { 404 };
        let sent = place.bob.send("POST", &path, &json!({"body": "no"})).await;
        sent.expect(status);
    }
    let mut page = place.cleo.listen(place.room).await;
    place.ada.edit(place.at(), "what was it?").await.expect(200);
    let quote = format!("#quote-{}", id(&reply));
    page.pushed(&quote, |html| html.contains("what was it?"))
        .await;
}

#[tokio::test]
async fn threads_of_other_rooms_are_not_there() {
    let place = Place::new().await;
    let answer = place.bob.answer(place.at(), "hushhush").await;
    let eve = Account::register(&place.server, "eve").await;
    let body = json!({"body": "hello", "up_to": 1});
    for at in [
        place.at(),
        (place.room, id(&answer)),
        (1, place.root),
        (1, 99_999),
    ] {
        for (method, end) in [
            ("GET", "/thread"),
            ("POST", "/thread"),
            ("PUT", "/thread/following"),
            ("DELETE", "/thread/following"),
            ("PUT", "/thread/read"),
        ] {
            let reply = eve.tell(method, at, end, body.clone()).await;
            assert_eq!(reply.status, 404, "{method} {at:?}{end}");
            assert!(!reply.text().contains("hushhush"));
        }
    }
    place
        .cleo
        .at("PUT", place.at(), "/thread/following")
        .await
        .expect(204);
    place.ada.put_out(place.room, "cleo").await;
    place.bob.answer(place.at(), "hushhush @cleo").await;
    for path in ["/threads", "/mentions"] {
        let text = place.cleo.get(path).await.expect(200).text();
        assert!(!text.contains("hushhush"), "{path}");
    }
    place.ada.invite(place.room, "cleo").await;
    assert_eq!(
        place.cleo.unread(place.room).await,
        (0, 0, 0),
        "what was said before"
    );
    place.bob.answer(place.at(), "welcome back").await;
    assert_eq!(place.cleo.unread(place.room).await, (0, 0, 1));
}

//! `@room`, `@here` and names: who is notified, and for how long.

use serde_json::{Value, json};

use crate::harness::account::Account;
use crate::harness::http::send;
use crate::harness::message_actions::{id, ids, listed};
use crate::harness::server::Server;
use crate::harness::wait_for;

/// Olga owns a room; Ada, Bob and Cleo are in it.
struct Place {
    server: Server,
    olga: Account,
    ada: Account,
    bob: Account,
    cleo: Account,
    room: i64,
}

impl Place {
    async fn new() -> Place {
        let server = Server::unlimited();
        Account::register(&server, "root").await; // runs the server
        let olga = Account::register(&server, "olga").await;
        let ada = Account::register(&server, "ada").await;
        let bob = Account::register(&server, "bob").await;
        let cleo = Account::register(&server, "cleo").await;
        let room = olga.make("workshop", "closed").await;
        for name in ["ada", "bob", "cleo"] {
            olga.invite(room, name).await;
        }
        Place {
            server,
            olga,
            ada,
            bob,
            cleo,
            room,
        }
    }
}

/// The numbers of the messages that name somebody, and whether each is unread.
async fn mentions(person: &Account) -> Vec<(i64, bool)> {
    let list = person.get("/mentions").await.expect(200).json();
    let one = |message: &Value| (id(message), message["unread"] == true);
    listed(&list).iter().map(one).collect()
}

#[tokio::test]
async fn an_owner_calls_everybody_and_a_member_nobody() {
    let place = Place::new().await;
    let said = place.ada.say(place.room, "@room look").await;
    assert_eq!(said["html"], "<p>@room look</p>");
    assert_eq!(place.bob.unread(place.room).await, (1, 0, 0));
    let said = place.olga.say(place.room, "@room look").await;
    assert_ne!(said["html"], "<p>@room look</p>");
    for person in [&place.ada, &place.bob, &place.cleo] {
        assert_eq!(person.unread(place.room).await.1, 1, "{}", person.name);
        assert_eq!(mentions(person).await, [(id(&said), true)]);
    }
    assert_eq!(place.olga.unread(place.room).await.1, 0, "not oneself");
    assert_eq!(mentions(&place.olga).await, []);
    let both = place.olga.say(place.room, "@room and @ada too").await;
    assert_eq!(
        place.ada.unread(place.room).await.1,
        2,
        "one message is one"
    );
    let path = format!("/rooms/{}/read", place.room);
    let read = json!({"up_to": id(&said)});
    place.ada.send("PUT", &path, &read).await.expect(200);
    assert_eq!(place.ada.unread(place.room).await.1, 1);
    assert_eq!(
        mentions(&place.ada).await,
        [(id(&both), true), (id(&said), false)]
    );
}

#[tokio::test]
async fn who_is_here_is_called_by_name() {
    let place = Place::new().await;
    let mut here = place.bob.listen(place.room).await;
    here.present(&["bob"]).await;
    let elsewhere = place.cleo.listen(1).await;
    place.ada.say(place.room, "@here hello").await;
    assert_eq!(place.bob.unread(place.room).await.1, 0, "she may not");
    let said = place.olga.say(place.room, "@here hello").await;
    let at = (place.room, id(&said));
    assert_eq!(place.bob.unread(place.room).await.1, 1);
    assert_eq!(place.cleo.unread(place.room).await.1, 1, "in another room");
    assert_eq!(place.ada.unread(place.room).await.1, 0, "she is not here");
    assert_eq!(place.olga.unread(place.room).await.1, 0);
    drop(elsewhere);
    here.close().await;
    // An edit calls the same people still, whoever is here by then.
    place.olga.edit(at, "@here hello, @ada").await.expect(200);
    for person in [&place.bob, &place.cleo, &place.ada] {
        assert_eq!(person.unread(place.room).await.1, 1, "{}", person.name);
    }
    place.olga.edit(at, "hello").await.expect(200);
    for person in [&place.bob, &place.cleo, &place.ada] {
        assert_eq!(person.unread(place.room).await.1, 0, "{}", person.name);
    }
    let mut here = place.ada.listen(place.room).await;
    here.present(&["ada"]).await;
    place.olga.edit(at, "@here after all").await.expect(200);
    assert_eq!(
        place.ada.unread(place.room).await.1,
        1,
        "one that comes with an edit"
    );
}

#[tokio::test]
async fn in_a_direct_conversation_anybody_calls() {
    let place = Place::new().await;
    let room = place.ada.direct(&["bob", "cleo"]).await;
    place.ada.say(room, "@room hello").await;
    assert_eq!(place.bob.unread(room).await, (1, 1, 0));
    assert_eq!(place.cleo.unread(room).await, (1, 1, 0));
    assert_eq!(mentions(&place.olga).await, []);
}

#[tokio::test]
async fn in_a_thread_who_follows_it_is_called() {
    let place = Place::new().await;
    let root = (
        place.room,
        id(&place.ada.say(place.room, "what is it?").await),
    );
    place.bob.answer(root, "one").await;
    let called = place.olga.answer(root, "@room decide").await;
    assert_eq!(place.ada.unread(place.room).await, (0, 1, 2));
    assert_eq!(place.bob.unread(place.room).await, (1, 1, 1));
    assert_eq!(place.cleo.unread(place.room).await, (1, 0, 0));
    assert_eq!(mentions(&place.ada).await, [(id(&called), true)]);
    assert_eq!(mentions(&place.cleo).await, []);
    let path = format!("/rooms/{}/read", place.room);
    place.ada.send("PUT", &path, &json!({})).await.expect(200);
    assert_eq!(place.ada.unread(place.room).await, (0, 0, 0));
    assert_eq!(mentions(&place.ada).await, [(id(&called), false)]);
}

#[tokio::test]
async fn past_two_hundred_who_are_here_everybody_is_called() {
    let mut server = Server::unlimited();
    let root = Account::register(&server, "root").await;
    let ada = Account::register(&server, "ada").await;
    let mut sockets = Vec::new();
    for person in server.register_many(201).await {
        sockets.push(person.listen(1).await);
    }
    wait_for("all to be here", async || {
        (root.room(1).await["online"] == 201).then_some(())
    })
    .await;
    let at = (1, id(&root.say(1, "@here").await));
    assert_eq!(ada.unread(1).await, (1, 1, 0), "who is not here too");
    root.edit(at, "@here again").await.expect(200);
    assert_eq!(ada.unread(1).await, (1, 1, 0));
    sockets.truncate(200);
    wait_for("one to be gone", async || {
        (root.room(1).await["online"] == 200).then_some(())
    })
    .await;
    root.say(1, "@here").await;
    assert_eq!(ada.unread(1).await, (2, 1, 0));
}

#[tokio::test]
async fn twenty_names_take_effect() {
    let mut server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let people = server.register_many(21).await;
    let names: Vec<String> = people.iter().map(|one| format!("@{}", one.name)).collect();
    ada.say(1, &names.join(" ")).await;
    for (number, person) in people.iter().enumerate() {
        let named = i64::from(number < 20);
        assert_eq!(person.unread(1).await, (1, named, 0), "{number}");
    }
    ada.say(1, "I, @ada").await;
    assert_eq!(ada.unread(1).await, (0, 0, 0));
    assert_eq!(mentions(&ada).await, []);
}

#[tokio::test]
async fn who_leaves_a_room_sees_its_mentions_no_more() {
    let place = Place::new().await;
    let said = place.olga.say(place.room, "@ada hushhush").await;
    let lobby = place.bob.say(1, "@ada hello").await;
    assert_eq!(
        mentions(&place.ada).await,
        [(id(&lobby), true), (id(&said), true)]
    );
    let path = format!("/rooms/{}/members/ada", place.room);
    send(place.ada.ask("DELETE", &path)).await.expect(204);
    assert_eq!(mentions(&place.ada).await, [(id(&lobby), true)]);
    let page = place
        .ada
        .browser()
        .await
        .page("/mentions")
        .await
        .expect(200)
        .text();
    assert!(
        page.contains("hello") && !page.contains("hushhush"),
        "{page}"
    );
}

#[tokio::test]
async fn mentions_come_fifty_at_a_time() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let bob = Account::register(&server, "bob").await;
    let mut said = Vec::new();
    for number in 0..53 {
        said.push(id(&ada.say(1, &format!("@bob {number}")).await));
    }
    said.reverse();
    let first = bob.get("/mentions").await.expect(200).json();
    assert_eq!(
        (ids(&first), &first["more"]),
        (said[..50].to_vec(), &json!(true))
    );
    let rest = bob.get("/mentions?skip=50").await.expect(200).json();
    assert_eq!(
        (ids(&rest), &rest["more"]),
        (said[50..].to_vec(), &json!(false))
    );
    bob.get("/mentions?skip=x").await.expect(422);
}

#[tokio::test]
async fn names_are_offered_to_members_and_calls_to_who_may_call() {
    let place = Place::new().await;
    let path = format!("/rooms/{}/names", place.room);
    let names = async |person: &Account, q: &str| {
        let found = person
            .get(&format!("{path}?q={q}"))
            .await
            .expect(200)
            .json();
        let people = found["people"].as_array().expect("a list").iter();
        let people: Vec<Value> = people.map(|one| one["username"].clone()).collect();
        (json!(people), found["calls"].clone())
    };
    place.cleo.say(place.room, "hello").await;
    place.bob.say(place.room, "hello").await;
    let all = names(&place.olga, "").await;
    assert_eq!(
        all,
        (
            json!(["bob", "cleo", "ada", "olga"]),
            json!(["room", "here"])
        )
    );
    assert_eq!(names(&place.ada, "@C").await, (json!(["cleo"]), json!([])));
    assert_eq!(names(&place.olga, "ro").await, (json!([]), json!(["room"])));
    assert_eq!(names(&place.olga, "%25").await, (json!([]), json!([])));
    let eve = Account::register(&place.server, "eve").await;
    eve.get(&path).await.expect(404);
}

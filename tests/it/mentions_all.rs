//! `@room`, `@here` and mentions of users: permissions, recipients and the mentions page.

use serde_json::{Value, json};

use crate::harness::account::Account;
use crate::harness::http::send;
use crate::harness::message_actions::{id, ids, listed};
use crate::harness::server::Server;
use crate::harness::wait_for;

/// Olga owns a room; Ada, Bob and Cleo are in it.
struct Fixture {
    server: Server,
    olga: Account,
    ada: Account,
    bob: Account,
    cleo: Account,
    room: i64,
}

impl Fixture {
    async fn new() -> Fixture {
        let server = Server::unlimited();
        Account::register(&server, "root").await; // the administrator of the server
        let olga = Account::register(&server, "olga").await;
        let ada = Account::register(&server, "ada").await;
        let bob = Account::register(&server, "bob").await;
        let cleo = Account::register(&server, "cleo").await;
        let room = olga.create_room("workshop", "closed").await;
        for name in ["ada", "bob", "cleo"] {
            olga.invite(room, name).await;
        }
        Fixture {
            server,
            olga,
            ada,
            bob,
            cleo,
            room,
        }
    }
}

/// The ids of the messages that mention a user, and whether each is unread.
async fn mentions(person: &Account) -> Vec<(i64, bool)> {
    let list = person.get("/mentions").await.expect(200).json();
    let one = |message: &Value| (id(message), message["unread"] == true);
    listed(&list).iter().map(one).collect()
}

#[tokio::test]
async fn an_owner_can_mention_the_whole_room_and_a_member_cannot() {
    let fixture = Fixture::new().await;
    let posted = fixture.ada.say(fixture.room, "@room look").await;
    assert_eq!(posted["html"], "<p>@room look</p>");
    assert_eq!(fixture.bob.unread(fixture.room).await, (1, 0, 0));
    let posted = fixture.olga.say(fixture.room, "@room look").await;
    assert_ne!(posted["html"], "<p>@room look</p>");
    for person in [&fixture.ada, &fixture.bob, &fixture.cleo] {
        assert_eq!(person.unread(fixture.room).await.1, 1, "{}", person.name);
        assert_eq!(mentions(person).await, [(id(&posted), true)]);
    }
    assert_eq!(
        fixture.olga.unread(fixture.room).await.1,
        0,
        "the author is not mentioned"
    );
    assert_eq!(mentions(&fixture.olga).await, []);
    let both = fixture.olga.say(fixture.room, "@room and @ada too").await;
    assert_eq!(
        fixture.ada.unread(fixture.room).await.1,
        2,
        "a message counts as one mention"
    );
    let path = format!("/rooms/{}/read", fixture.room);
    let read = json!({"up_to": id(&posted)});
    fixture.ada.send("PUT", &path, &read).await.expect(200);
    assert_eq!(fixture.ada.unread(fixture.room).await.1, 1);
    assert_eq!(
        mentions(&fixture.ada).await,
        [(id(&both), true), (id(&posted), false)]
    );
}

#[tokio::test]
async fn here_mentions_the_online_members_of_a_room() {
    let fixture = Fixture::new().await;
    let mut here = fixture.bob.open_live(fixture.room).await;
    here.wait_for_presence(&["bob"]).await;
    let elsewhere = fixture.cleo.open_live(1).await;
    fixture.ada.say(fixture.room, "@here hello").await;
    assert_eq!(
        fixture.bob.unread(fixture.room).await.1,
        0,
        "a member may not use @here"
    );
    let posted = fixture.olga.say(fixture.room, "@here hello").await;
    let at = (fixture.room, id(&posted));
    assert_eq!(fixture.bob.unread(fixture.room).await.1, 1);
    assert_eq!(
        fixture.cleo.unread(fixture.room).await.1,
        1,
        "a member who is online in another room"
    );
    assert_eq!(
        fixture.ada.unread(fixture.room).await.1,
        0,
        "an offline member is not mentioned"
    );
    assert_eq!(fixture.olga.unread(fixture.room).await.1, 0);
    drop(elsewhere);
    here.close().await;
    // An edit keeps the members that @here mentioned, even if they are offline by now.
    fixture.olga.edit(at, "@here hello, @ada").await.expect(200);
    for person in [&fixture.bob, &fixture.cleo, &fixture.ada] {
        assert_eq!(person.unread(fixture.room).await.1, 1, "{}", person.name);
    }
    fixture.olga.edit(at, "hello").await.expect(200);
    for person in [&fixture.bob, &fixture.cleo, &fixture.ada] {
        assert_eq!(person.unread(fixture.room).await.1, 0, "{}", person.name);
    }
    let mut here = fixture.ada.open_live(fixture.room).await;
    here.wait_for_presence(&["ada"]).await;
    fixture.olga.edit(at, "@here after all").await.expect(200);
    assert_eq!(
        fixture.ada.unread(fixture.room).await.1,
        1,
        "an edit that adds @here mentions online members"
    );
}

#[tokio::test]
async fn any_member_of_a_direct_conversation_can_mention_the_whole_room() {
    let fixture = Fixture::new().await;
    let room = fixture.ada.direct(&["bob", "cleo"]).await;
    fixture.ada.say(room, "@room hello").await;
    assert_eq!(fixture.bob.unread(room).await, (1, 1, 0));
    assert_eq!(fixture.cleo.unread(room).await, (1, 1, 0));
    assert_eq!(mentions(&fixture.olga).await, []);
}

#[tokio::test]
async fn in_a_thread_room_mentions_only_its_followers() {
    let fixture = Fixture::new().await;
    let root = (
        fixture.room,
        id(&fixture.ada.say(fixture.room, "what is it?").await),
    );
    fixture.bob.answer(root, "one").await;
    let answer = fixture.olga.answer(root, "@room decide").await;
    assert_eq!(fixture.ada.unread(fixture.room).await, (0, 1, 2));
    assert_eq!(fixture.bob.unread(fixture.room).await, (1, 1, 1));
    assert_eq!(fixture.cleo.unread(fixture.room).await, (1, 0, 0));
    assert_eq!(mentions(&fixture.ada).await, [(id(&answer), true)]);
    assert_eq!(mentions(&fixture.cleo).await, []);
    let path = format!("/rooms/{}/read", fixture.room);
    fixture.ada.send("PUT", &path, &json!({})).await.expect(200);
    assert_eq!(fixture.ada.unread(fixture.room).await, (0, 0, 0));
    assert_eq!(mentions(&fixture.ada).await, [(id(&answer), false)]);
}

#[tokio::test]
async fn here_mentions_all_members_when_more_than_200_are_online() {
    let mut server = Server::unlimited();
    let root = Account::register(&server, "root").await;
    let ada = Account::register(&server, "ada").await;
    let mut sockets = Vec::new();
    for person in server.register_many(201).await {
        sockets.push(person.open_live(1).await);
    }
    wait_for("all to be online", async || {
        (root.room(1).await["online"] == 201).then_some(())
    })
    .await;
    let at = (1, id(&root.say(1, "@here").await));
    assert_eq!(
        ada.unread(1).await,
        (1, 1, 0),
        "an offline member is mentioned too"
    );
    root.edit(at, "@here again").await.expect(200);
    assert_eq!(ada.unread(1).await, (1, 1, 0));
    sockets.truncate(200);
    wait_for("one to be offline", async || {
        (root.room(1).await["online"] == 200).then_some(())
    })
    .await;
    root.say(1, "@here").await;
    assert_eq!(ada.unread(1).await, (2, 1, 0));
}

#[tokio::test]
async fn only_the_first_20_mentions_of_a_message_count() {
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
async fn mentions_in_a_room_disappear_for_a_user_who_leaves_it() {
    let fixture = Fixture::new().await;
    let posted = fixture.olga.say(fixture.room, "@ada hushhush").await;
    let lobby = fixture.bob.say(1, "@ada hello").await;
    assert_eq!(
        mentions(&fixture.ada).await,
        [(id(&lobby), true), (id(&posted), true)]
    );
    let path = format!("/rooms/{}/members/ada", fixture.room);
    send(fixture.ada.ask("DELETE", &path)).await.expect(204);
    assert_eq!(mentions(&fixture.ada).await, [(id(&lobby), true)]);
    let page = fixture
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
async fn the_mentions_page_has_50_messages() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let bob = Account::register(&server, "bob").await;
    let mut posted = Vec::new();
    for number in 0..53 {
        posted.push(id(&ada.say(1, &format!("@bob {number}")).await));
    }
    posted.reverse();
    let first = bob.get("/mentions").await.expect(200).json();
    assert_eq!(
        (ids(&first), &first["more"]),
        (posted[..50].to_vec(), &json!(true))
    );
    let rest = bob.get("/mentions?skip=50").await.expect(200).json();
    assert_eq!(
        (ids(&rest), &rest["more"]),
        (posted[50..].to_vec(), &json!(false))
    );
    bob.get("/mentions?skip=x").await.expect(422);
}

#[tokio::test]
async fn mention_candidates_are_only_for_members_and_room_mentions_only_for_owners() {
    let fixture = Fixture::new().await;
    let path = format!("/rooms/{}/names", fixture.room);
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
    fixture.cleo.say(fixture.room, "hello").await;
    fixture.bob.say(fixture.room, "hello").await;
    let all = names(&fixture.olga, "").await;
    assert_eq!(
        all,
        (
            json!(["bob", "cleo", "ada", "olga"]),
            json!(["room", "here"])
        )
    );
    assert_eq!(
        names(&fixture.ada, "@C").await,
        (json!(["cleo"]), json!([]))
    );
    assert_eq!(
        names(&fixture.olga, "ro").await,
        (json!([]), json!(["room"]))
    );
    assert_eq!(names(&fixture.olga, "%25").await, (json!([]), json!([])));
    let eve = Account::register(&fixture.server, "eve").await;
    eve.get(&path).await.expect(404);
}

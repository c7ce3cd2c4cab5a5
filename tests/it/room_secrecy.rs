//! Users outside a private room cannot tell whether it exists.

use serde_json::{Value, json};

use crate::harness::account::Account;
use crate::harness::browser::Browser;
use crate::harness::http::{Reply, page_accept, send};
use crate::harness::server::Server;
use crate::harness::socket::Heard;

/// Everything that can be asked of a room: method, the end of the address, and what is sent along.
const DOORS: [(&str, &str, Option<&str>); 58] = [
    ("GET", "", None),
    ("HEAD", "", None),
    ("PATCH", "", Some("name=x")),
    ("DELETE", "", Some("name=x")),
    ("GET", "/messages", None),
    ("GET", "/messages?limit=1", None),
    ("GET", "/messages?limit=wrong", None),
    ("GET", "/messages?before=3", None),
    ("GET", "/messages?after=0", None),
    ("GET", "/messages?since=1&before=5", None),
    ("POST", "/messages", Some("body=hello")),
    ("POST", "/messages", Some("body=")),
    ("GET", "/members", None),
    ("GET", "/members?skip=1", None),
    ("POST", "/members", Some("username=ada")),
    ("POST", "/members", Some("username=nobody-at-all")),
    ("POST", "/members/ada", Some("role=none")),
    ("POST", "/members/eve", Some("role=none")),
    ("PATCH", "/members/ada", Some("role=owner")),
    ("DELETE", "/members/eve", None),
    ("GET", "/settings", None),
    ("POST", "/settings", Some("name=x&topic=y&kind=open")),
    ("POST", "/deletion", Some("name=x")),
    ("PUT", "/read", Some("up_to=1")),
    ("POST", "/read", Some("unread_from=1")),
    ("PUT", "/preferences", Some("hidden=true")),
    ("GET", "/messages?since=0", None),
    ("GET", "/messages?on=2020-01-01", None),
    ("GET", "/messages?on=wrong", None),
    ("POST", "/messages", Some("body=hello&reply_to=1")),
    ("POST", "/messages", Some("body=hello&thread=1")),
    ("GET", "/pins", None),
    ("GET", "/names?q=b", None),
    ("GET", "/messages/1", None),
    ("HEAD", "/messages/1", None),
    ("GET", "/messages/99999", None),
    ("GET", "/messages/x", None),
    ("PATCH", "/messages/1", Some("body=x")),
    ("POST", "/messages/1", Some("body=x")),
    ("POST", "/messages/1", Some("body=")),
    ("DELETE", "/messages/1", None),
    ("POST", "/messages/1/deletion", None),
    ("GET", "/messages/1/edits", None),
    ("GET", "/messages/1/reactions", None),
    ("POST", "/messages/1/reactions", Some("emoji=%3Atada%3A")),
    ("PUT", "/messages/1/reactions/:tada:", None),
    ("PUT", "/messages/1/reactions/none", None),
    ("DELETE", "/messages/1/reactions/:tada:", None),
    ("GET", "/messages/1/thread", None),
    ("POST", "/messages/1/thread", Some("body=x")),
    ("PUT", "/messages/1/thread/following", None),
    ("DELETE", "/messages/1/thread/following", None),
    ("PUT", "/messages/1/thread/read", Some("up_to=1")),
    ("PUT", "/messages/1/pin", None),
    ("DELETE", "/messages/1/pin", None),
    ("PUT", "/messages/1/saved", None),
    ("DELETE", "/messages/1/saved", None),
    ("POST", "/messages/1/saved", Some("saved=true")),
];

/// How somebody asks.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Surface {
    Json,
    Page,
    Fragment,
}

const SURFACES: [Surface; 3] = [Surface::Json, Surface::Page, Surface::Fragment];

/// Eve, who has an account, and the places that are not hers.
struct World {
    server: Server,
    ada: Account,
    bob: Account,
    eve: Account,
    closed: i64,
    open: i64,
    direct: i64,
    deleted: i64,
}

impl World {
    async fn new() -> World {
        let server = Server::unlimited();
        let ada = Account::register(&server, "ada").await;
        let bob = Account::register(&server, "bob").await;
        let eve = Account::register(&server, "eve").await;
        let closed = bob.make("secretplans", "closed").await;
        let open = bob.make("gardening", "open").await;
        let deleted = bob.make("over", "closed").await;
        let direct = bob.direct(&["ada"]).await;
        for room in [closed, open, deleted, direct] {
            bob.say(room, "between us").await;
        }
        let topic = json!({"topic": "hushhush"});
        let path = format!("/rooms/{closed}");
        bob.send("PATCH", &path, &topic).await.expect(200);
        let path = format!("/rooms/{deleted}");
        let sure = json!({"name": "over"});
        bob.send("DELETE", &path, &sure).await.expect(204);
        World {
            server,
            ada,
            bob,
            eve,
            closed,
            open,
            direct,
            deleted,
        }
    }

    /// All rooms that are none of Eve's, the one that never was first.
    fn places(&self) -> Vec<String> {
        let there = [self.closed, self.open, self.direct, self.deleted];
        let there = there.iter().map(i64::to_string);
        let never = ["987654", "0", "-5", "x", "1x", "99999999999999999999999"];
        never.map(String::from).into_iter().chain(there).collect()
    }
}

#[tokio::test]
async fn outsiders_get_the_same_answer_everywhere() {
    let world = World::new().await;
    let (eve, places) = (&world.eve, world.places());
    let browser = eve.browser().await;
    let (mut count, mut wrong) = (0, Vec::new());
    for surface in SURFACES {
        for (method, end, sent) in DOORS {
            let mut first = None;
            for place in &places {
                let path = format!("/rooms/{place}{end}");
                let reply = ask(surface, eve, &browser, (method, &path, sent)).await;
                let seen = seen(&reply);
                let expected = first.get_or_insert_with(|| seen.clone());
                if seen != *expected {
                    wrong.push(format!("{surface:?} {method} {path}: {seen:?}"));
                }
                if reply.status != 404 {
                    wrong.push(format!("{surface:?} {method} {path}: {}", reply.status));
                }
                count += 1;
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {count}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert_eq!(count, 3 * DOORS.len() * 10);
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_the_same_way_in_any_room() {
    let world = World::new().await;
    for body in ["{", "[]", "{\"body\":5,\"username\":5}"] {
        for end in ["/messages", "/members"] {
            let mut first = None;
            for place in world.places() {
                let path = format!("/rooms/{place}{end}");
                let request = world.eve.ask("POST", &path).body(body);
                let reply = send(request.header("content-type", "application/json")).await;
                let seen = seen(&reply);
                assert_eq!(*first.get_or_insert(seen.clone()), seen, "{path} {body}");
            }
        }
    }
}

#[tokio::test]
async fn sockets_of_outsiders_are_closed_alike() {
    let world = World::new().await;
    for place in world.places() {
        for query in ["", "?after=0", "?after=3&list=1", "?after=x"] {
            let path = format!("/rooms/{place}/live{query}");
            let mut socket = world.eve.open(&path).await.expect("it is accepted");
            assert_eq!(socket.hear().await, Heard::Closed(1008), "{path}");
            assert_eq!(socket.reason.as_deref(), Some("not a member"), "{path}");
        }
    }
}

#[tokio::test]
async fn an_open_room_lets_people_in_and_a_closed_one_does_not_exist() {
    let world = World::new().await;
    let (eve, browser) = (&world.eve, world.eve.browser().await);
    for place in world.places() {
        if place == world.open.to_string() {
            continue;
        }
        let path = format!("/rooms/{place}/members");
        for sent in [None, Some("username="), Some("username=eve")] {
            for surface in SURFACES {
                let reply = ask(surface, eve, &browser, ("POST", &path, sent)).await;
                assert_eq!(reply.status, 404, "{surface:?} {path} {sent:?}");
            }
        }
    }
    let path = format!("/rooms/{}/members", world.open);
    let came = browser.submit(&path, &[]).await.expect(303);
    assert_eq!(came.header("location"), format!("/rooms/{}", world.open));
    eve.say(world.open, "hello").await;
    let again = eve.send("POST", &path, &json!({})).await.expect(422);
    assert!(again.detail().ends_with('.'), "{}", again.detail());

    let joined = world.ada.send("POST", &path, &json!({})).await.expect(201);
    assert_eq!(joined.json()["username"], "ada");
    let names: Vec<String> = eve
        .members(world.open)
        .await
        .into_iter()
        .map(|m| m.0)
        .collect();
    assert_eq!(names, ["ada", "bob", "eve"]);
}

#[tokio::test]
async fn an_archived_open_room_takes_nobody_in() {
    let world = World::new().await;
    let path = format!("/rooms/{}", world.open);
    let rest = json!({"archived": true});
    world.bob.send("PATCH", &path, &rest).await.expect(200);
    let join = format!("{path}/members");
    world.eve.send("POST", &join, &json!({})).await.expect(404);
    let found = world.eve.get("/rooms?q=gardening").await.json();
    assert_eq!(found["rooms"], json!([]), "nor does it stand in the list");
}

#[tokio::test]
async fn searching_finds_nothing_that_is_closed() {
    let world = World::new().await;
    let (hers, his) = (world.eve.browser().await, world.bob.browser().await);
    let paths = [
        "/rooms",
        "/rooms?q=secretpl",
        "/rooms?q=hush",
        "/rooms?archived=1",
        "/search?q=secretpl",
        "/search?q=hush",
        "/search?q=secret-pl",
        "/search?q=",
        "/search",
        "/people/bob",
        "/people",
        "/directs/new",
        "/profile",
        "/mentions",
        "/threads",
        "/saved",
        "/messages?q=between",
        "/",
    ];
    for path in paths {
        for surface in SURFACES {
            let reply = ask(surface, &world.eve, &hers, ("GET", path, None)).await;
            let text = reply.text();
            for secret in ["secretplans", "hushhush", "between us"] {
                assert!(!text.contains(secret), "{surface:?} {path}: {text}");
            }
            for room in [world.closed, world.direct] {
                let link = format!("/rooms/{room}\"");
                assert!(!text.contains(&link), "{surface:?} {path}: {text}");
            }
        }
    }
    for path in ["/rooms?q=secretpl", "/rooms?q=hush", "/search?q=secretpl"] {
        for surface in SURFACES {
            let reply = ask(surface, &world.bob, &his, ("GET", path, None)).await;
            let text = reply.expect(200).text();
            assert!(text.contains("secretplans"), "{surface:?} {path}: {text}");
        }
    }
    for path in ["/rooms?q=", "/rooms", "/search?q=ada", "/search?q=bob"] {
        let found = world.eve.get(path).await.expect(200).json();
        assert!(kinds(&found).iter().all(|kind| kind == "open"), "{found}");
    }
    let found = world.bob.get("/search?q=ada").await.expect(200).json();
    assert_eq!(kinds(&found), ["direct"], "its people find it by name");
}

#[tokio::test]
async fn a_name_does_not_tell_that_a_closed_room_has_it() {
    let world = World::new().await;
    for name in ["secretplans", "Secret-Plans 2", "over"] {
        world.eve.make(name, "open").await;
    }
    world.eve.make("secretplans", "closed").await;
    let taken = json!({"name": "Garden-ing"});
    world.eve.send("POST", "/rooms", &taken).await.expect(409);
}

#[tokio::test]
async fn a_message_of_another_room_is_no_message_at_all() {
    let world = World::new().await;
    let (mine, path) = (world.eve.make("mine", "closed").await, "read");
    let theirs = world.bob.say(world.closed, "secret").await["id"].clone();
    for field in ["up_to", "unread_from"] {
        let path = format!("/rooms/{mine}/{path}");
        let there = world.eve.send("PUT", &path, &json!({field: theirs})).await;
        let never = world.eve.send("PUT", &path, &json!({field: 99_999})).await;
        assert_eq!((there.status, never.status), (422, 422));
        assert_eq!(there.detail(), never.detail());
    }
    let path = format!("/rooms/{mine}/messages?before={theirs}");
    let before = world.eve.get(&path).await.expect(200).json();
    assert_eq!(before["messages"], json!([]), "a number, no more");
}

#[tokio::test]
async fn outsiders_hear_nothing_of_what_is_said() {
    let world = World::new().await;
    let shared = world.bob.make("shared", "open").await;
    world.bob.invite(shared, "eve").await;
    let mut everywhere = [
        world.eve.listen_at("/live").await,
        world.eve.listen(1).await,
    ];
    for socket in &mut everywhere {
        socket.pushed("#sidebar", |_| true).await;
    }
    for room in [world.closed, world.direct, world.open] {
        world.bob.say(room, "@eve cannot hear this").await;
    }
    world.bob.invite(world.closed, "ada").await;
    world.ada.say(world.closed, "nor this").await;
    world.bob.say(shared, "but this").await;
    let badge = format!("#unread-{shared}");
    for socket in &mut everywhere {
        socket.pushed(&badge, |html| html.contains(">1<")).await;
        for room in [world.closed, world.direct, world.open] {
            assert!(socket.waiting_for(&format!("#unread-{room}")).is_empty());
        }
        let heard = format!("{:?}", socket.unread().collect::<Vec<_>>());
        for secret in ["secretplans", "hear this", "nor this", "hushhush"] {
            assert!(!heard.contains(secret), "{heard}");
        }
        assert!(socket.waiting_for("#sidebar").is_empty(), "{heard}");
    }
    drop(world.server);
}

#[tokio::test]
async fn a_mention_of_an_outsider_is_none_when_they_come_in_later() {
    let world = World::new().await;
    world.bob.say(world.closed, "not for @eve").await;
    world.bob.invite(world.closed, "eve").await;
    let unread = world.eve.room(world.closed).await["unread"].clone();
    assert_eq!(
        (&unread["unread"], &unread["mentions"]),
        (&json!(0), &json!(0))
    );
    world.bob.say(world.closed, "but this is for @Eve").await;
    let unread = world.eve.room(world.closed).await["unread"].clone();
    assert_eq!(
        (&unread["unread"], &unread["mentions"]),
        (&json!(1), &json!(1))
    );
}

async fn ask(
    surface: Surface,
    person: &Account,
    browser: &Browser,
    (method, path, sent): (&str, &str, Option<&str>),
) -> Reply {
    let request = match surface {
        Surface::Json => person.ask(method, path),
        Surface::Page => browser.ask(method, path).header("accept", page_accept()),
        Surface::Fragment => {
            let request = browser.ask(method, path).header("accept", "text/html");
            request.header("hx-request", "true")
        }
    };
    let request = request.header("origin", &person.origin);
    let form = "application/x-www-form-urlencoded";
    let request = match sent {
        Some(sent) => request.header("content-type", form).body(sent.to_string()),
        None if method == "POST" => request.header("content-type", form),
        None => request,
    };
    send(request).await
}

/// All that somebody sees of an answer.
fn seen(reply: &Reply) -> (u16, Vec<(String, String)>, String) {
    let headers = reply.headers.iter().filter(|(name, _)| *name != "date");
    let headers = headers.map(|(name, value)| (name.to_string(), format!("{value:?}")));
    (reply.status, headers.collect(), reply.text())
}

fn kinds(found: &Value) -> Vec<String> {
    let rooms = found["rooms"].as_array().expect("a list").iter();
    rooms
        .map(|room| room["kind"].as_str().expect("a kind").to_string())
        .collect()
}

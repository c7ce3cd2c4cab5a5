//! Users who are not members of a room cannot tell whether it exists.

use serde_json::{Value, json};

use crate::harness::account::Account;
use crate::harness::browser::Browser;
use crate::harness::http::{Reply, page_accept, send};
use crate::harness::server::Server;
use crate::harness::socket::Received;
use crate::harness::uploads::{multipart, png};

/// All requests about a room: method, end of the path, and form body.
const REQUESTS: [(&str, &str, Option<&str>); 75] = [
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
    ("POST", "/messages", Some("body=&files=0123456789abcdef")),
    ("GET", "/files", None),
    ("HEAD", "/files", None),
    ("GET", "/files?kind=image&q=plan&view=list", None),
    ("GET", "/messages/1/files", None),
    ("POST", "/messages/1/files/0123456789abcdef", Some("alt=x")),
    ("PATCH", "/messages/1/files/0123456789abcdef", Some("alt=x")),
    ("DELETE", "/messages/1/previews/0", None),
    ("DELETE", "/messages/1/previews/x", None),
    ("POST", "/messages/1/previews/0/deletion", None),
    ("POST", "/picture", Some("picture=x")),
    ("DELETE", "/picture", None),
    ("POST", "/picture/removal", None),
    ("GET", "/picture/1/48", None),
    ("GET", "/picture/1/7", None),
    ("GET", "/picture/99/384", None),
    ("HEAD", "/picture/x/48", None),
];

/// Kind of client.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Surface {
    Json,
    Page,
    Fragment,
}

pub const SURFACES: [Surface; 3] = [Surface::Json, Surface::Page, Surface::Fragment];

/// Three accounts, and rooms of which Eve is not a member.
struct Fixture {
    server: Server,
    ada: Account,
    bob: Account,
    eve: Account,
    closed: i64,
    open: i64,
    direct: i64,
    deleted: i64,
}

impl Fixture {
    async fn new() -> Fixture {
        let server = Server::unlimited();
        let ada = Account::register(&server, "ada").await;
        let bob = Account::register(&server, "bob").await;
        let eve = Account::register(&server, "eve").await;
        let closed = bob.create_room("secretplans", "closed").await;
        let open = bob.create_room("gardening", "open").await;
        let deleted = bob.create_room("over", "closed").await;
        let direct = bob.direct(&["ada"]).await;
        for room in [closed, open, deleted, direct] {
            bob.say(room, "between us").await;
        }
        let topic = json!({"topic": "hushhush"});
        let path = format!("/rooms/{closed}");
        bob.send("PATCH", &path, &topic).await.expect(200);
        let path = format!("/rooms/{deleted}");
        let confirmation = json!({"name": "over"});
        bob.send("DELETE", &path, &confirmation).await.expect(204);
        Fixture {
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

    /// Rooms that Eve cannot access, starting with ids that never existed.
    fn inaccessible_rooms(&self) -> Vec<String> {
        let there = [self.closed, self.open, self.direct, self.deleted];
        let there = there.iter().map(i64::to_string);
        let never = ["987654", "0", "-5", "x", "1x", "99999999999999999999999"];
        never.map(String::from).into_iter().chain(there).collect()
    }
}

#[tokio::test]
async fn outsiders_get_the_same_response_for_existing_and_unknown_rooms() {
    let fixture = Fixture::new().await;
    let (eve, rooms) = (&fixture.eve, fixture.inaccessible_rooms());
    let browser = eve.browser().await;
    let (mut count, mut wrong) = (0, Vec::new());
    for surface in SURFACES {
        for (method, end, sent) in REQUESTS {
            let mut first = None;
            for room in &rooms {
                let path = format!("/rooms/{room}{end}");
                // An open room offers to join it, and nothing but its page does.
                let is_offer = surface == Surface::Page && ["GET", "HEAD"].contains(&method);
                if is_offer && *room == fixture.open.to_string() {
                    let offered = ask(surface, eve, &browser, (method, &path, sent)).await;
                    assert_eq!(offered.status, 200, "{method} {path}");
                    count += 1;
                    continue;
                }
                let reply = ask(surface, eve, &browser, (method, &path, sent)).await;
                let actual = observable(&reply);
                let expected = first.get_or_insert_with(|| actual.clone());
                if actual != *expected {
                    wrong.push(format!("{surface:?} {method} {path}: {actual:?}"));
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
    assert_eq!(count, 3 * REQUESTS.len() * 10);
}

#[tokio::test]
async fn forms_with_files_get_the_same_response_for_every_room() {
    let fixture = Fixture::new().await;
    let eve = &fixture.eve;
    let (kind, body) = multipart(&[("body", "hello")], &[("a.png", &png(8, 8))]);
    for end in ["/messages", "/messages/1/thread", "/picture"] {
        let mut first = None;
        for room in fixture.inaccessible_rooms() {
            let form = eve.ask("POST", &format!("/rooms/{room}{end}"));
            let form = form.header("content-type", &kind).body(body.clone());
            let actual = observable(&send(form).await);
            assert_eq!(actual.0, 404, "{room} {end}");
            assert_eq!(*first.get_or_insert(actual.clone()), actual, "{room} {end}");
        }
    }
    assert_eq!(eve.get("/files").await.json()["used"], 0, "nothing is kept");
}

#[tokio::test]
async fn quotes_are_the_same_for_messages_of_every_room() {
    let fixture = Fixture::new().await;
    let (eve, browser) = (&fixture.eve, fixture.eve.browser().await);
    let mut first = None;
    for room in fixture.inaccessible_rooms() {
        for message in ["1", "2", "3", "4", "99999", "0"] {
            let path = format!("/rooms/{room}/messages/{message}/quote");
            let shown = browser.fragment(&path).await.expect(200);
            let actual = observable(&shown);
            assert_eq!(*first.get_or_insert(actual.clone()), actual, "{path}");
            assert!(!shown.text().contains("between us"));
            let other = eve.get(&path).await;
            assert!([303, 404].contains(&other.status), "{path}");
            assert!(!other.text().contains("between us"));
        }
    }
}

#[tokio::test]
async fn invalid_json_gets_the_same_response_for_every_room() {
    let fixture = Fixture::new().await;
    for body in ["{", "[]", "{\"body\":5,\"username\":5}"] {
        for end in ["/messages", "/members"] {
            let mut first = None;
            for room in fixture.inaccessible_rooms() {
                let path = format!("/rooms/{room}{end}");
                let request = fixture.eve.ask("POST", &path).body(body);
                let reply = send(request.header("content-type", "application/json")).await;
                let actual = observable(&reply);
                assert_eq!(
                    *first.get_or_insert(actual.clone()),
                    actual,
                    "{path} {body}"
                );
            }
        }
    }
}

#[tokio::test]
async fn sockets_of_outsiders_are_closed_with_the_same_code_and_reason() {
    let fixture = Fixture::new().await;
    for room in fixture.inaccessible_rooms() {
        for query in ["", "?after=0", "?after=3&list=1", "?after=x"] {
            let path = format!("/rooms/{room}/live{query}");
            let mut socket = fixture
                .eve
                .open(&path)
                .await
                .expect("the upgrade is accepted");
            assert_eq!(socket.receive().await, Received::Closed(1008), "{path}");
            assert_eq!(socket.reason.as_deref(), Some("not a member"), "{path}");
        }
    }
}

#[tokio::test]
async fn users_can_join_open_rooms_and_get_404_for_closed_ones() {
    let fixture = Fixture::new().await;
    let (eve, browser) = (&fixture.eve, fixture.eve.browser().await);
    for room in fixture.inaccessible_rooms() {
        if room == fixture.open.to_string() {
            continue;
        }
        let path = format!("/rooms/{room}/members");
        for sent in [None, Some("username="), Some("username=eve")] {
            for surface in SURFACES {
                let reply = ask(surface, eve, &browser, ("POST", &path, sent)).await;
                assert_eq!(reply.status, 404, "{surface:?} {path} {sent:?}");
            }
        }
    }
    let path = format!("/rooms/{}/members", fixture.open);
    let joined = browser.submit(&path, &[]).await.expect(303);
    assert_eq!(
        joined.header("location"),
        format!("/rooms/{}", fixture.open)
    );
    eve.say(fixture.open, "hello").await;
    let again = eve.send("POST", &path, &json!({})).await.expect(422);
    assert!(again.detail().ends_with('.'), "{}", again.detail());

    let joined = fixture
        .ada
        .send("POST", &path, &json!({}))
        .await
        .expect(201);
    assert_eq!(joined.json()["username"], "ada");
    let names: Vec<String> = eve
        .members(fixture.open)
        .await
        .into_iter()
        .map(|m| m.0)
        .collect();
    assert_eq!(names, ["ada", "bob", "eve"]);
}

#[tokio::test]
async fn an_archived_open_room_cannot_be_joined() {
    let fixture = Fixture::new().await;
    let path = format!("/rooms/{}", fixture.open);
    let archive = json!({"archived": true});
    fixture.bob.send("PATCH", &path, &archive).await.expect(200);
    let join = format!("{path}/members");
    fixture
        .eve
        .send("POST", &join, &json!({}))
        .await
        .expect(404);
    let found = fixture.eve.get("/rooms?q=gardening").await.json();
    assert_eq!(found["rooms"], json!([]), "the room is not listed");
}

#[tokio::test]
async fn lists_and_searches_do_not_reveal_closed_rooms() {
    let fixture = Fixture::new().await;
    let (hers, his) = (fixture.eve.browser().await, fixture.bob.browser().await);
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
            let reply = ask(surface, &fixture.eve, &hers, ("GET", path, None)).await;
            let text = reply.text();
            for secret in ["secretplans", "hushhush", "between us"] {
                assert!(!text.contains(secret), "{surface:?} {path}: {text}");
            }
            for room in [fixture.closed, fixture.direct] {
                let link = format!("/rooms/{room}\"");
                assert!(!text.contains(&link), "{surface:?} {path}: {text}");
            }
        }
    }
    for path in ["/rooms?q=secretpl", "/rooms?q=hush", "/search?q=secretpl"] {
        for surface in SURFACES {
            let reply = ask(surface, &fixture.bob, &his, ("GET", path, None)).await;
            let text = reply.expect(200).text();
            assert!(text.contains("secretplans"), "{surface:?} {path}: {text}");
        }
    }
    for path in ["/rooms?q=", "/rooms", "/search?q=ada", "/search?q=bob"] {
        let found = fixture.eve.get(path).await.expect(200).json();
        assert!(kinds(&found).iter().all(|kind| kind == "open"), "{found}");
    }
    let found = fixture.bob.get("/search?q=ada").await.expect(200).json();
    assert_eq!(kinds(&found), ["direct"], "members find it by name");
}

#[tokio::test]
async fn a_name_of_a_closed_room_can_be_used_again() {
    let fixture = Fixture::new().await;
    for name in ["secretplans", "Secret-Plans 2", "over"] {
        fixture.eve.create_room(name, "open").await;
    }
    fixture.eve.create_room("secretplans", "closed").await;
    let taken = json!({"name": "Garden-ing"});
    fixture.eve.send("POST", "/rooms", &taken).await.expect(409);
}

#[tokio::test]
async fn a_message_of_another_room_is_treated_as_unknown() {
    let fixture = Fixture::new().await;
    let (mine, path) = (fixture.eve.create_room("mine", "closed").await, "read");
    let theirs = fixture.bob.say(fixture.closed, "secret").await["id"].clone();
    for field in ["up_to", "unread_from"] {
        let path = format!("/rooms/{mine}/{path}");
        let there = fixture
            .eve
            .send("PUT", &path, &json!({field: theirs}))
            .await;
        let never = fixture
            .eve
            .send("PUT", &path, &json!({field: 99_999}))
            .await;
        assert_eq!((there.status, never.status), (422, 422));
        assert_eq!(there.detail(), never.detail());
    }
    let path = format!("/rooms/{mine}/messages?before={theirs}");
    let before = fixture.eve.get(&path).await.expect(200).json();
    assert_eq!(before["messages"], json!([]), "the id is only a position");
}

#[tokio::test]
async fn outsiders_receive_no_pushes_about_a_room() {
    let fixture = Fixture::new().await;
    let shared = fixture.bob.create_room("shared", "open").await;
    fixture.bob.invite(shared, "eve").await;
    let mut sockets = [
        fixture.eve.open_live_at("/live").await,
        fixture.eve.open_live(1).await,
    ];
    for socket in &mut sockets {
        socket.pushed("#sidebar", |_| true).await;
    }
    for room in [fixture.closed, fixture.direct, fixture.open] {
        fixture.bob.say(room, "@eve cannot hear this").await;
    }
    fixture.bob.invite(fixture.closed, "ada").await;
    fixture.ada.say(fixture.closed, "nor this").await;
    fixture.bob.say(shared, "but this").await;
    let badge = format!("#unread-{shared}");
    for socket in &mut sockets {
        socket.pushed(&badge, |html| html.contains(">1<")).await;
        for room in [fixture.closed, fixture.direct, fixture.open] {
            assert!(socket.pending_for(&format!("#unread-{room}")).is_empty());
        }
        let received = format!("{:?}", socket.pending().collect::<Vec<_>>());
        for secret in ["secretplans", "hear this", "nor this", "hushhush"] {
            assert!(!received.contains(secret), "{received}");
        }
        assert!(socket.pending_for("#sidebar").is_empty(), "{received}");
    }
    drop(fixture.server);
}

#[tokio::test]
async fn a_mention_of_an_outsider_does_not_count_after_they_join() {
    let fixture = Fixture::new().await;
    fixture.bob.say(fixture.closed, "not for @eve").await;
    fixture.bob.invite(fixture.closed, "eve").await;
    let unread = fixture.eve.room(fixture.closed).await["unread"].clone();
    assert_eq!(
        (&unread["unread"], &unread["mentions"]),
        (&json!(0), &json!(0))
    );
    fixture
        .bob
        .say(fixture.closed, "but this is for @Eve")
        .await;
    let unread = fixture.eve.room(fixture.closed).await["unread"].clone();
    assert_eq!(
        (&unread["unread"], &unread["mentions"]),
        (&json!(1), &json!(1))
    );
}

pub async fn ask(
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

/// The observable parts of a response: status code, headers except `Date`, and body.
pub fn observable(reply: &Reply) -> (u16, Vec<(String, String)>, String) {
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

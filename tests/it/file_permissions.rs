//! Permissions of all URLs of files and pictures: every role, in every kind of room. Users without access get what they
//! would get for a file that does not exist.

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::harness::account::Account;
use crate::harness::browser::Browser;
use crate::harness::emoji::emoji_form;
use crate::harness::http::{client, send};
use crate::harness::message_actions::id;
use crate::harness::server::Server;
use crate::harness::uploads::{PART, id_of, png, webm};
use crate::harness::wait_for;
use crate::harness::website::{Dns, Website};
use crate::room_secrecy::{SURFACES, ask, observable};

/// Roles in the order of the status codes in [`CHANGES`]; the first account is the administrator of the server.
const ROLES: [&str; 7] = [
    "outsider", "removed", "root", "member", "author", "owner", "admin",
];
const KINDS: [&str; 3] = ["open", "closed", "direct"];
/// Number of the roles at the start of [`ROLES`] that are not in the room. `root` is an administrator.
const OUTSIDE: usize = 3;

/// URLs that only members of the room can read, with placeholders for ids, and the header `Range`.
const READS: [(&str, &str, &str); 15] = [
    ("GET", "/files/{text}/a.txt", ""),
    ("GET", "/files/{text}/another-name", ""),
    ("GET", "/files/{text}/a.txt?download=1", ""),
    ("GET", "/files/{text}/a.txt", "bytes=0-1"),
    ("GET", "/files/{text}/a.txt", "bytes=-1"),
    ("HEAD", "/files/{text}/a.txt", ""),
    ("GET", "/files/{text}/a.txt/text", ""),
    ("GET", "/files/{picture}/p.png", ""),
    ("GET", "/files/{picture}/p.png?copy=small", ""),
    ("GET", "/files/{picture}/p.png?copy=large", ""),
    ("HEAD", "/files/{picture}/p.png?copy=small", ""),
    ("GET", "/files/{video}/v.webm", ""),
    ("GET", "/files/{video}/v.webm?copy=poster", ""),
    ("GET", "/files/{video}/v.webm?copy=poster", "bytes=1-2"),
    ("GET", "/previews/{preview}", ""),
];

/// Status code for each role.
type Codes = [u16; 7];

/// Method, URL, the form as a JSON object, and the status codes in rooms and in direct conversations.
type Change = (&'static str, &'static str, &'static str, Codes, Codes);

/// Changes of files, pictures and uploads.
const CHANGES: [Change; 14] = [
    (
        "PATCH",
        "/rooms/{room}/messages/{message}/files/{picture}",
        r#"{"alt":"A dot"}"#,
        [404, 404, 404, 403, 200, 403, 403],
        [404, 404, 404, 403, 200, 403, 403],
    ),
    (
        "POST",
        "/rooms/{room}/messages/{message}/files/{picture}",
        r#"{"alt":"A dot"}"#,
        [404, 404, 404, 403, 200, 403, 403],
        [404, 404, 404, 403, 200, 403, 403],
    ),
    (
        "DELETE",
        "/files/{picture}",
        "{}",
        [404, 404, 404, 404, 204, 404, 404],
        [404, 404, 404, 404, 204, 404, 404],
    ),
    (
        "POST",
        "/files/{picture}",
        "{}",
        [404, 404, 404, 404, 204, 404, 404],
        [404, 404, 404, 404, 204, 404, 404],
    ),
    (
        "DELETE",
        "/rooms/{room}/messages/{message}/previews/0",
        "{}",
        [404, 404, 404, 403, 200, 200, 200],
        [404, 404, 404, 403, 200, 403, 403],
    ),
    (
        "POST",
        "/rooms/{room}/messages/{message}/previews/0/deletion",
        "{}",
        [404, 404, 404, 403, 200, 200, 200],
        [404, 404, 404, 403, 200, 403, 403],
    ),
    (
        "DELETE",
        "/rooms/{room}/picture",
        "{}",
        [404, 404, 404, 403, 403, 200, 200],
        [404, 404, 404, 403, 403, 403, 403],
    ),
    (
        "POST",
        "/rooms/{room}/picture/removal",
        "{}",
        [404, 404, 404, 403, 403, 200, 200],
        [404, 404, 404, 403, 403, 403, 403],
    ),
    ("HEAD", "/uploads/{upload}", "", OWN_200, OWN_200),
    ("PATCH", "/uploads/{upload}", "", OWN_204, OWN_204),
    ("DELETE", "/uploads/{upload}", "", OWN_204, OWN_204),
    ("PUT", "/uploads/{upload}/poster", "", OWN_204, OWN_204),
    ("DELETE", "/files/{upload}", "{}", OWN_204, OWN_204),
    (
        "POST",
        "/rooms/{room}/messages",
        r#"{"body":"","files":["{finished}"]}"#,
        [404, 404, 404, 409, 201, 409, 409],
        [404, 404, 404, 409, 201, 409, 409],
    ),
];

/// Unposted uploads belong to their author alone.
const OWN_200: Codes = [404, 404, 404, 404, 200, 404, 404];
const OWN_204: Codes = [404, 404, 404, 404, 204, 404, 404];

/// A server with all accounts, and a website with a preview that has a picture.
struct Fixture {
    server: Server,
    site: Website,
    #[allow(dead_code, reason = "it answers as long as it lives")]
    dns: Dns,
    people: HashMap<&'static str, Account>,
}

impl Fixture {
    async fn new() -> Fixture {
        let (site, dns) = (Website::start().await, Dns::start().await);
        site.set_body("/p", "image/png", &png(80, 80));
        let args = site.args(&dns);
        let server = Server::start_with(&args.iter().map(String::as_str).collect::<Vec<_>>());
        let mut people = HashMap::new();
        for name in ["root", "outsider", "removed", "member", "author", "owner"] {
            people.insert(name, Account::register(&server, name).await);
        }
        Fixture {
            server,
            site,
            dns,
            people,
        }
    }

    /// The account that has a role. The administrator is `admin` in rooms and `root` outside of them.
    fn account(&self, role: &str) -> &Account {
        &self.people[if role == "admin" { "root" } else { role }]
    }

    /// A room, with the administrator or without.
    async fn room(&self, kind: &str, has_admin: bool) -> i64 {
        let owner = &self.people["owner"];
        let mut names = vec!["member", "author"];
        names.extend(has_admin.then_some("root"));
        if kind == "direct" {
            return owner.direct(&names).await;
        }
        let room = owner
            .create_room(&format!("{kind} {has_admin}"), kind)
            .await;
        names.push("removed");
        for name in names {
            owner.invite(room, name).await;
        }
        owner.remove_member(room, "removed").await;
        room
    }

    /// Posts files and a link as the author, begins an upload, and returns the values of all placeholders.
    async fn post(&self, room: i64) -> HashMap<&'static str, String> {
        let author = &self.people["author"];
        let video = author.begin("v.webm", webm(1).len() as u64).await;
        author.send_part(&video, 0, &webm(1)).await.expect(204);
        let poster = author.ask("PUT", &format!("{video}/poster"));
        send(poster.body(png(40, 40))).await.expect(204);
        let files = [
            author.upload("a.txt", b"between us").await,
            author.upload("p.png", &png(1_000, 900)).await,
            id_of(&video),
        ];
        let named: Vec<&str> = files.iter().map(String::as_str).collect();
        // Rooms with the same link would share the preview and its picture.
        let page = "<title>A</title><meta property=og:image content=/p>";
        self.site.set_page(&format!("/{room}"), page);
        let link = format!("http://site.test/{room}");
        let message = author.post_files(room, &link, &named).await;
        let at = (room, id(&message));
        let preview = wait_for("the preview", async || {
            let message = author.message(at).await;
            message["previews"][0]["picture_url"].as_str().map(id_of)
        })
        .await;
        let [text, picture, video] = files;
        HashMap::from([
            ("{room}", room.to_string()),
            ("{message}", at.1.to_string()),
            ("{text}", text),
            ("{picture}", picture),
            ("{video}", video),
            ("{preview}", preview),
            ("{finished}", author.upload("f.txt", b"x").await),
            ("{upload}", id_of(&author.begin("u.txt", 3).await)),
        ])
    }
}

/// Replaces the placeholders.
fn filled(template: &str, values: &HashMap<&'static str, String>) -> String {
    let mut text = template.to_owned();
    for (name, value) in values {
        text = text.replace(name, value);
    }
    text
}

/// Values of the placeholders that stand for nothing.
fn missing(room: bool) -> HashMap<&'static str, String> {
    let token = "zzzzzzzzzzzzzzzzzzzzzz".to_owned();
    let mut values = HashMap::from([("{message}", "987654".to_owned())]);
    for name in ["{text}", "{picture}", "{video}", "{upload}", "{finished}"] {
        values.insert(name, token.clone());
    }
    values.insert("{preview}", "987654".into());
    if room {
        values.insert("{room}", "987654".into());
    }
    values
}

#[tokio::test]
async fn files_are_read_by_members_and_seem_not_to_exist_for_others() {
    let fixture = Fixture::new().await;
    let mut browsers: HashMap<&str, Browser> = HashMap::new();
    for role in &ROLES[..OUTSIDE] {
        browsers.insert(role, fixture.account(role).browser().await);
    }
    let (mut count, mut wrong) = (0, Vec::new());
    for kind in KINDS {
        for has_admin in [false, true] {
            let room = fixture.room(kind, has_admin).await;
            let values = fixture.post(room).await;
            let inside = ROLES[OUTSIDE..].iter();
            for role in inside.filter(|_| has_admin) {
                for (method, url, range) in READS {
                    let path = filled(url, &values);
                    let request = fixture.account(role).ask(method, &path);
                    let reply = send(request.header("range", range)).await;
                    let expected = if range.is_empty() { 200 } else { 206 };
                    if reply.status != expected {
                        wrong.push(format!("{kind} {role} {method} {url}: {}", reply.status));
                    }
                    count += 1;
                }
            }
            let outside = ROLES[..OUTSIDE].iter();
            for role in outside.filter(|role| has_admin == (**role != "root")) {
                let account = fixture.account(role);
                for (method, url, range) in READS {
                    for surface in SURFACES {
                        let both = [&values, &missing(true)].map(|values| filled(url, values));
                        let mut seen = Vec::new();
                        for path in &both {
                            let request = (method, &**path, None);
                            let reply = ask(surface, account, &browsers[role], request).await;
                            seen.push(observable(&reply));
                        }
                        if seen[0] != seen[1] || seen[0].0 != 404 {
                            wrong.push(format!("{kind} {role} {surface:?} {url}: {seen:?}"));
                        }
                        count += 1;
                    }
                    let part = account.ask(method, &filled(url, &values));
                    let part = send(part.header("range", range)).await;
                    if part.status != 404 {
                        wrong.push(format!("{kind} {role} {url} {range}: {}", part.status));
                    }
                }
            }
            for (method, url, _) in READS {
                let [there, never] = [&values, &missing(true)].map(|values| filled(url, values));
                for accept in ["application/json", "text/html"] {
                    let mut seen = Vec::new();
                    for path in [&there, &never] {
                        let url = format!("{}{path}", fixture.server.origin());
                        let request = client().request(method.parse().expect("a method"), url);
                        let reply = send(request.header("accept", accept)).await;
                        seen.push((reply.status, reply.bytes));
                    }
                    if seen[0] != seen[1] || ![401, 303].contains(&seen[0].0) {
                        wrong.push(format!("{kind} without a session {url}: {seen:?}"));
                    }
                    count += 1;
                }
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {count}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    let members = READS.len() * (ROLES.len() - OUTSIDE);
    let others = READS.len() * SURFACES.len() * OUTSIDE;
    assert_eq!(
        count,
        KINDS.len() * (members + others + 2 * 2 * READS.len())
    );
}

#[tokio::test]
async fn files_are_changed_by_those_who_may_and_seem_not_to_exist_for_others() {
    let fixture = Fixture::new().await;
    let (mut count, mut wrong) = (0, Vec::new());
    for kind in KINDS {
        for has_admin in [false, true] {
            let room = fixture.room(kind, has_admin).await;
            let mut values = fixture.post(room).await;
            for (method, url, form, codes, in_direct) in CHANGES {
                let codes = if kind == "direct" { in_direct } else { codes };
                for (role, expected) in ROLES.into_iter().zip(codes) {
                    // The administrator can be outside only in a room of its own.
                    if has_admin == (role == "root") {
                        continue;
                    }
                    let status = change(&fixture, role, (method, url, form), &values).await;
                    if status.0 != expected {
                        wrong.push(format!("{kind} {role} {method} {url}: {}", status.0));
                    }
                    if expected < 300 && method != "HEAD" {
                        values = fixture.post(room).await;
                    }
                    let is_outside = ROLES[..OUTSIDE].contains(&role);
                    if expected == 404 && (is_outside || !url.contains("{room}")) {
                        let never = missing(true);
                        let never = change(&fixture, role, (method, url, form), &never).await;
                        if never != status {
                            wrong.push(format!("{kind} {role} {method} {url}: {never:?}"));
                        }
                    }
                    count += 1;
                }
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {count}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert_eq!(count, KINDS.len() * CHANGES.len() * ROLES.len());
}

/// Sends a change and returns the status code and the body.
async fn change(
    fixture: &Fixture,
    role: &str,
    (method, url, form): (&str, &str, &str),
    values: &HashMap<&'static str, String>,
) -> (u16, Vec<u8>) {
    let (account, path) = (fixture.account(role), filled(url, values));
    let request = account.tus(method, &path);
    let request = match (method, form) {
        (_, form) if !form.is_empty() => {
            let form: Value = serde_json::from_str(&filled(form, values)).expect("JSON");
            request.json(&form)
        }
        ("PATCH", _) => request
            .header("upload-offset", 0)
            .header("content-type", PART)
            .body("abc"),
        ("PUT", _) => request.body(png(8, 8)),
        _ => request,
    };
    let reply = send(request).await;
    (reply.status, reply.bytes)
}

#[tokio::test]
async fn only_admins_see_the_storage_and_change_emoji() {
    let fixture = Fixture::new().await;
    let root = &fixture.people["root"];
    root.add_emoji("there", &png(8, 8)).await;
    for role in ["outsider", "member", "owner"] {
        let account = &fixture.people[role];
        let missing = account.get("/nothing").await.expect(404);
        for query in ["", "?by=rooms", "?by=people", "?skip=1"] {
            let refused = account.get(&format!("/storage{query}")).await.expect(404);
            assert_eq!(observable(&refused), observable(&missing), "{role} {query}");
        }
        account.try_add_emoji("mine", &png(8, 8)).await.expect(403);
        for (method, end) in [("DELETE", ""), ("POST", "/deletion")] {
            for name in ["there", "nothing"] {
                let path = format!("/emoji/custom/{name}{end}");
                send(account.ask(method, &path)).await.expect(403);
            }
        }
    }
    let origin = fixture.server.origin();
    let (kind, body) = emoji_form("mine", &png(8, 8));
    for (method, path) in [
        ("GET", "/storage"),
        ("GET", "/files"),
        ("GET", "/people/owner/files"),
        ("GET", "/people/nobody-at-all/files"),
        ("POST", "/emoji/custom"),
        ("DELETE", "/emoji/custom/there"),
        ("POST", "/emoji/custom/there/deletion"),
        ("POST", "/uploads"),
        ("POST", "/profile/picture"),
        ("DELETE", "/profile/picture"),
    ] {
        let request =
            client().request(method.parse().expect("a method"), format!("{origin}{path}"));
        let request = request.header("accept", "application/json");
        let request = request.header("content-type", &kind).body(body.clone());
        assert_eq!(send(request).await.status, 401, "{method} {path}");
    }
    root.get("/storage").await.expect(200);
    let remove = root.ask("DELETE", "/emoji/custom/there");
    send(remove).await.expect(204);
}

#[tokio::test]
async fn the_files_of_a_person_are_those_of_shared_rooms() {
    let fixture = Fixture::new().await;
    let room = fixture.room("closed", true).await;
    let values = fixture.post(room).await;
    for role in ["outsider", "removed", "member", "root"] {
        let listed = fixture.people[role].get("/people/author/files").await;
        let listed = listed.expect(200).json();
        let is_there = listed.to_string().contains(&values["{text}"]);
        let has_access = ["member", "root"].contains(&role);
        assert_eq!(is_there, has_access, "{role}: {listed}");
    }
    let (path, name) = (format!("/rooms/{room}"), json!({"name": "closed true"}));
    let owner = &fixture.people["owner"];
    owner.send("DELETE", &path, &name).await.expect(204);
    let own = fixture.people["author"].get("/people/author/files").await;
    assert!(!own.text().contains(&values["{text}"]));
}

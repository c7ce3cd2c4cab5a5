//! Fixtures for the table of pages: users, rooms and messages, so that every page has content.

use std::collections::BTreeMap;

use diesel::connection::SimpleConnection;
use serde_json::{Value, json};

use crate::harness::account::Account;
use crate::harness::database;
use crate::harness::invites::{in_a_month, redeem};
use crate::harness::live::LiveSocket;
use crate::harness::one_time_codes::code;
use crate::harness::proxy::Proxy;
use crate::harness::server::Server;
use crate::harness::uploads::png;
use crate::harness::website::{Dns, Website};
use crate::pages::{Page, Step, Who};
use crate::window::Window;

use Step::{Click, Disconnect, Js, Type, Wait};

/// A server with users, rooms and messages, behind a proxy that can drop connections.
pub struct Fixtures {
    _server: Server,
    /// Website that messages link to.
    _website: (Website, Dns),
    pub proxy: Proxy,
    pub ada: Account,
    grace: Account,
    joan: Account,
    /// Values of the session cookies.
    cookies: BTreeMap<Who, String>,
    /// Ids of rooms and messages by the names in braces in `Page::path`.
    ids: BTreeMap<&'static str, i64>,
    /// Path of an invite link.
    invitation: String,
}

impl Fixtures {
    pub async fn create() -> Fixtures {
        let website = Self::start_website().await;
        let args = website.0.args(&website.1);
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let server = Server::start_with(&args);
        let proxy = Proxy::before(server.address()).await;
        let ada = Account::register(&server, "ada").await;
        let grace = Account::register(&server, "grace").await;
        let joan = Account::register(&server, "joan").await;
        Account::register(&server, "mary").await;
        keep_online(grace.open_live(1).await);
        let mut cookies = BTreeMap::new();
        for (who, account) in [(Who::Ada, &ada), (Who::Joan, &joan)] {
            cookies.insert(who, account.browser().await.session());
        }
        Self::protect(&Account::register(&server, "linus").await).await;
        // Joan has to enter her password again before her account.
        let outdated = "UPDATE sessions SET confirmed_at = 0 WHERE user_id = 3";
        let set = database::connect(&server.data()).batch_execute(outdated);
        set.expect("a valid statement");
        let mut fixtures = Fixtures {
            _server: server,
            _website: website,
            proxy,
            ada,
            grace,
            joan,
            cookies,
            ids: BTreeMap::new(),
            invitation: String::new(),
        };
        fixtures.fill().await;
        fixtures
    }

    /// Turns the second factor of an account on.
    async fn protect(account: &Account) {
        let begun = account
            .send("POST", "/account/second-factor", &json!({}))
            .await;
        let secret = begun.expect(201).json()["secret"].take();
        let first = json!({"code": code(secret.as_str().expect("a text"), 0)});
        let path = "/account/second-factor/confirmation";
        account.send("POST", path, &first).await.expect(200);
    }

    /// Starts a website with a page that has a picture, and one that has none.
    async fn start_website() -> (Website, Dns) {
        let (site, dns) = (Website::start().await, Dns::start().await);
        let head = "<meta property=og:title content='High water in the old harbor, told by those who were there'>
            <meta property=og:image content=/harbor.png><meta property=og:site_name content='The Tide Tables'>
            <meta name=description content='When the tide comes in, and what it leaves behind.'>";
        site.set_page("/tide", head);
        site.set_page("/plain", "<title>A page without a picture</title>");
        site.set_body("/harbor.png", "image/png", &png(1200, 630));
        (site, dns)
    }

    /// Creates a room with files of every kind. Returns it and a message with a picture.
    async fn create_room_with_files(ada: &Account) -> (i64, i64) {
        let room = ada.create_room("files", "open").await;
        let mut pictures = Vec::new();
        for (number, size) in [(1200, 800), (30, 20), (300, 900)].into_iter().enumerate() {
            let name = format!("picture {number}.png");
            pictures.push(ada.upload(&name, &png(size.0, size.1)).await);
        }
        let first = json!({"body": "One picture", "files": [pictures[0]], "alts": ["A red field"]});
        let path = format!("/rooms/{room}/messages");
        let first = ada.send("POST", &path, &first).await.expect(201).json();
        ada.post_files(room, "", &[&pictures[1], &pictures[2]])
            .await;
        let mut others = Vec::new();
        for (name, bytes) in [
            ("film.mp4", &b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom"[..]),
            ("song.mp3", b"ID3\x04\0\0\0\0\0\0"),
            (
                "report with a long name that does not fit into one line.pdf",
                b"%PDF-1.7\n",
            ),
            ("notes.txt", b"hello"),
            ("shapes.rs", include_bytes!("fixtures.rs")),
        ] {
            others.push(ada.upload(name, bytes).await);
        }
        let others: Vec<&str> = others.iter().map(String::as_str).collect();
        ada.post_files(room, "Everything else", &others).await;
        (room, first["id"].as_i64().expect("an id"))
    }

    /// Creates rooms of every kind, messages, mentions and unread counts.
    async fn fill(&mut self) {
        let (ada, grace, joan) = (&self.ada, &self.grace, &self.joan);
        let profile = json!({"display_name": "Grace Hopper", "about": "The shortest way home", "time_zone": "America/New_York"});
        grace.send("PATCH", "/profile", &profile).await.expect(200);
        let mut ids = BTreeMap::new();
        let topic = json!({"name": "design", "topic": "What we are working on", "kind": "open"});
        let design = ada.send("POST", "/rooms", &topic).await.expect(201).json()["id"].clone();
        let design = design.as_i64().expect("an id is an integer");
        ada.invite(design, "grace").await;
        ada.invite(design, "joan").await;
        ada.set_role(design, "grace", "owner").await;
        let empty = ada.create_room("empty", "open").await;
        let closed = ada.create_room("salaries", "closed").await;
        ada.invite(closed, "grace").await;
        let archived = ada.create_room("last year", "open").await;
        ada.say(archived, "That was it").await;
        let path = format!("/rooms/{archived}");
        ada.send("PATCH", &path, &json!({"archived": true}))
            .await
            .expect(200);
        let other = grace.create_room("not joined by ada", "open").await;
        grace.say(other, "come in").await;
        ids.insert("other", other);
        let private = ada.create_room("plans for joan", "closed").await;
        for name in ["joan", "mary"] {
            ada.try_invite(private, name).await;
        }
        ids.insert("private", private);
        let leaving = grace.create_room("short stay", "closed").await;
        grace.invite(leaving, "joan").await;
        let direct = grace.direct(&["ada"]).await;
        let group = ada.direct(&["grace", "joan"]).await;

        let mut older = Value::Null;
        for number in 1..=60 {
            let message = grace.say(1, &format!("number {number}")).await;
            if number == 20 {
                older = message["id"].clone();
            }
        }
        for (account, text) in [
            (
                grace,
                "Good morning! Notes: https://example.com/notes?build=42#times",
            ),
            (ada, "Reading them now: https://example.com/notes"),
            (ada, "    indented\n\nwith an empty line"),
            (joan, "السطر من اليمين إلى اليسار"),
            (grace, "🎉"),
        ] {
            account.say(1, text).await;
        }
        for (room, text) in [
            (design, "@ada @joan can you look?"),
            (design, "It is nearly done"),
            (direct, "Have you a minute?"),
            (closed, "for few eyes"),
        ] {
            grace.say(room, text).await;
        }
        ada.add_emoji("red-square", &png(32, 32)).await;
        grace.say(1, "A picture in a line :red-square:").await;
        let full = Self::post_full_message(ada, grace, design).await;
        let (files, picture) = Self::create_room_with_files(ada).await;
        ids.extend([("files", files), ("picture", picture)]);
        let links = ada.create_room("links", "open").await;
        ada.say(links, "http://site.test/tide and http://site.test/plain")
            .await;
        ids.insert("links", links);
        let path = format!("/rooms/{design}/preferences");
        ada.send("PUT", &path, &json!({"favourite": true})).await;
        ids.extend([
            ("busy", 1),
            ("design", design),
            ("empty", empty),
            ("closed", closed),
        ]);
        ids.extend([
            ("archived", archived),
            ("direct", direct),
            ("group", group),
            ("leaving", leaving),
        ]);
        ids.insert("older", older.as_i64().expect("an id is an integer"));
        ids.insert("full", full);
        let link = json!({"rooms": [design, closed], "note": "For the work on the new harbor", "guest_until": in_a_month()});
        let invitation = ada.create_link(link).await.path;
        redeem(&self._server, &invitation, "visitor")
            .await
            .expect(201);
        ada.create_link(json!({"max_uses": 1, "expires_in_days": 7}))
            .await;
        grace.create_link(json!({"rooms": [design]})).await;
        self.invitation = invitation;
        Self::moderate([ada, grace, joan]).await;
        self.ids = ids;
    }

    /// Makes an open and a resolved report, a notice for Joan, and someone whom Joan has blocked.
    async fn moderate([ada, grace, joan]: [&Account; 3]) {
        let details = "They post this in every room, and it has nothing to do with our work here.";
        let report = json!({"reason": "spam", "details": details});
        for (author, reporter) in [(joan, grace), (grace, joan)] {
            let message = author.say(1, "Everything is half price today only!").await;
            let path = format!("/rooms/1/messages/{}/reports", message["id"]);
            reporter.send("POST", &path, &report).await.expect(201);
        }
        let decision =
            json!({"action": "warn", "note": "Please keep advertising out of the Lobby."});
        let path = "/moderation/1/resolution";
        ada.send("POST", path, &decision).await.expect(204);
        joan.send("PUT", "/people/mary/block", &json!({}))
            .await
            .expect(204);
    }

    /// Posts a message with formatting, an edit, a reaction, a pin, a thread and a quoting reply, and a deleted
    /// message. Returns the id of the first one.
    async fn post_full_message(ada: &Account, grace: &Account, room: i64) -> i64 {
        let text = "**Look** at `this`, @grace:\n\n```rust\nlet a = 1; // one\n```\n\n> quoted\n\n1. first";
        let message = ada.say(room, text).await;
        let id = message["id"].as_i64().expect("an id is an integer");
        let path = format!("/rooms/{room}/messages/{id}");
        let edit = json!({"body": format!("{text}\n2. second")});
        ada.send("PATCH", &path, &edit).await.expect(200);
        for (verb, path, body, status) in [
            (
                "POST",
                format!("{path}/reactions"),
                json!({"emoji": "🎉"}),
                200,
            ),
            (
                "POST",
                format!("{path}/thread"),
                json!({"body": "An answer for @ada"}),
                201,
            ),
            ("PUT", format!("{path}/pin"), json!({}), 200),
            ("PUT", format!("{path}/saved"), json!({}), 204),
        ] {
            grace.send(verb, &path, &body).await.expect(status);
        }
        ada.send("PUT", &format!("{path}/saved"), &json!({}))
            .await
            .expect(204);
        let reply = json!({"body": "A reply", "reply_to": id});
        let messages = format!("/rooms/{room}/messages");
        grace.send("POST", &messages, &reply).await.expect(201);
        let deleted = grace.say(room, "taken back").await["id"].clone();
        let deleted = format!("{messages}/{deleted}");
        grace.send("DELETE", &deleted, &json!({})).await.expect(200);
        id
    }

    /// Path of a page, with ids in place of the names in braces.
    pub fn path(&self, page: &Page) -> String {
        let mut path = page.path.replace("{invitation}", &self.invitation);
        for (name, id) in &self.ids {
            path = path.replace(&format!("{{{name}}}"), &id.to_string());
        }
        assert!(!path.contains('{'), "{path} contains an unknown name");
        path
    }

    /// Replaces the session of the browser by that of a user, or by none.
    pub async fn log_in(&self, window: &Window, who: Who) {
        window.cdp("Network.clearBrowserCookies", json!({})).await;
        if let Some(session) = self.cookies.get(&who) {
            let cookie = json!({"name": "chatterbox", "value": session, "url": window.origin});
            window.cdp("Network.setCookie", cookie).await;
        }
    }

    /// Opens a page and runs its steps.
    pub async fn open(&self, window: &Window, page: &Page) {
        let path = self.path(page);
        window.goto(&path).await;
        let shown = window.path().await;
        assert!(
            path.starts_with(&shown),
            "{}: opened {shown} instead of {path}",
            page.name
        );
        for step in page.steps {
            match step {
                Click(css) => window.click(css).await,
                Type(css, text) => window.type_into(css, text).await,
                Js(expression) => drop(window.js(expression).await),
                Wait(expression) => drop(window.wait(page.name, expression).await),
                Disconnect => {
                    self.proxy.refuse_everything(true);
                    self.proxy.cut();
                }
            }
        }
    }
}

/// Reads a socket for the rest of the test. The server closes a socket that does not answer its pings.
fn keep_online(mut socket: LiveSocket) {
    tokio::spawn(async move { socket.close_code().await });
}

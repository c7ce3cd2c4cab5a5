//! Rights of each role on each route of reports, notices, blocks and the audit log, as JSON and from pages.

use diesel::connection::SimpleConnection;
use serde_json::{Value, json};

use crate::harness::account::Account;
use crate::harness::browser::Browser;
use crate::harness::database::{connect, number};
use crate::harness::http::send;
use crate::harness::server::Server;
use crate::reports::moderator;

/// The order of the letters in [`TABLE`]. All but the outsider are in the room of the message.
const ROLES: [&str; 5] = ["guest", "member", "moderator", "admin", "outsider"];

/// Routes with what each role gets: `y` success, `f` 403, `n` 404. `M` stands for the path of a message, `R` for the id of
/// an open report, `O` for the id of the user.
const TABLE: [(&str, &str, &str); 14] = [
    ("GET", "M/reports", "yyyyn"),
    ("POST", "M/reports", "yyyyn"),
    ("GET", "/moderation", "ffyyf"),
    ("GET", "/moderation?resolved=1", "ffyyf"),
    ("POST", "/moderation/R/resolution", "ffyyf"),
    ("GET", "/notices", "yyyyy"),
    ("DELETE", "/notices/1", "yyyyy"),
    ("POST", "/notices/1/dismissal", "yyyyy"),
    ("GET", "/blocks", "yyyyy"),
    ("GET", "/blocks/O-0-0.css", "yyyyy"),
    ("PUT", "/people/author/block", "yyyyy"),
    ("DELETE", "/people/author/block", "yyyyy"),
    ("POST", "/people/author/block", "yyyyy"),
    ("GET", "/admin/audit", "fffyf"),
];

struct Fixture {
    author: Account,
    reporter: Account,
    room: i64,
    people: Vec<(Account, Browser)>,
}

impl Fixture {
    async fn new(server: &Server) -> Fixture {
        let admin = Account::register(server, "root").await;
        let moderating = moderator(server, &admin, "mo").await;
        let author = Account::register(server, "author").await;
        let [member, outsider, reporter] = ["mel", "olga", "reporter"];
        let member = Account::register(server, member).await;
        let outsider = Account::register(server, outsider).await;
        let reporter = Account::register(server, reporter).await;
        // Only an invite link makes guests.
        let guest = Account::register(server, "gus").await;
        let statement = "UPDATE users SET role = 'guest' WHERE username = 'gus'";
        let set = connect(&server.data()).batch_execute(statement);
        set.expect("valid SQL");
        let room = author.create_room("a room", "closed").await;
        let mut people = Vec::new();
        for (account, role) in [guest, member, moderating, admin, outsider]
            .into_iter()
            .zip(ROLES)
        {
            if role != "outsider" {
                author.invite(room, &account.name).await;
            }
            let browser = account.browser().await;
            people.push((account, browser));
        }
        author.invite(room, "reporter").await;
        Fixture {
            author,
            reporter,
            room,
            people,
        }
    }

    /// A new message as its path, with a report by someone else as its id.
    async fn reported(&self) -> (String, String) {
        let message = self.author.say(self.room, "a message").await;
        let path = format!("/rooms/{}/messages/{}", self.room, message["id"]);
        let reports = format!("{path}/reports");
        let report = json!({"reason": "spam"});
        let made = self
            .reporter
            .send("POST", &reports, &report)
            .await
            .expect(201);
        (path, made.json()["id"].to_string())
    }
}

fn body(path: &str) -> Value {
    match path.rsplit('/').next() {
        Some("reports") => json!({"reason": "other"}),
        Some("resolution") => json!({"action": "dismiss"}),
        Some("block") => json!({"blocked": "true"}),
        _ => json!({}),
    }
}

fn letter(status: u16) -> char {
    match status {
        200..=399 => 'y',
        403 => 'f',
        404 => 'n',
        _ => '?',
    }
}

#[tokio::test]
async fn every_role_gets_what_the_table_says_as_json_and_from_pages() {
    let server = Server::unlimited();
    let fixture = Fixture::new(&server).await;
    let mut conn = connect(&server.data());
    let mut cells = 0;
    for (method, route, expected) in TABLE {
        for (((account, browser), expected), role) in
            fixture.people.iter().zip(expected.chars()).zip(ROLES)
        {
            for is_form in [false, true] {
                if is_form && !["GET", "POST"].contains(&method) {
                    continue;
                }
                let (message, report) = fixture.reported().await;
                let own = format!(
                    "SELECT id AS number FROM users WHERE username = '{}'",
                    account.name
                );
                let own = number(&mut conn, &own);
                let path = route.replacen('M', &message, 1);
                let path = path.replace("/R/", &format!("/{report}/"));
                let path = path.replace("/O-", &format!("/{own}-"));
                let fields = body(&path);
                let reply = match (is_form, method) {
                    (false, "GET" | "DELETE") => send(account.ask(method, &path)).await,
                    (false, _) => account.send(method, &path, &fields).await,
                    (true, "GET") => browser.page(&path).await,
                    (true, _) => {
                        let fields = fields.as_object().expect("fields").iter();
                        let fields: Vec<(&str, &str)> = fields
                            .map(|(name, value)| (&**name, value.as_str().expect("text")))
                            .collect();
                        browser.submit(&path, &fields).await
                    }
                };
                let got = letter(reply.status);
                let cell = format!("{method} {route} by a {role}, form: {is_form}");
                assert_eq!(got, expected, "{cell}: {}", reply.status);
                cells += 1;
            }
        }
    }
    assert_eq!(cells, 14 * 5 + 11 * 5, "every role, route and medium");
}

#[tokio::test]
async fn without_a_session_nothing_of_it_is_reached() {
    let server = Server::unlimited();
    let fixture = Fixture::new(&server).await;
    let (message, report) = fixture.reported().await;
    let anonymous = fixture
        .author
        .with_token("0b9d4b8e-4c3b-4bb1-9f0b-1f6a5f0c8a11");
    for (method, route, _) in TABLE {
        let path = route.replacen('M', &message, 1);
        let path = path
            .replace("/R/", &format!("/{report}/"))
            .replace("/O-", "/1-");
        let reply = match method {
            "GET" | "DELETE" => send(anonymous.ask(method, &path)).await,
            _ => anonymous.send(method, &path, &body(&path)).await,
        };
        assert_eq!(reply.status, 401, "{method} {path}");
    }
}

//! Every route that a guest may, or may not, use: as JSON and as a page or form.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::harness::account::Account;
use crate::harness::server::Server;

/// Rooms and messages in the table, by the names in braces.
struct Places {
    /// Room of the guest, in which a member wrote `message`.
    own: i64,
    message: i64,
    /// Open room without the guest.
    open: i64,
    other_message: i64,
    /// Invite-only room without the guest.
    closed: i64,
}

/// Routes about the server, the session, own data or files with unguessable names, and those whose requests are
/// multipart or sockets, which other tests send.
const OTHERS: [&str; 66] = [
    "/",
    "/account/confirmation",
    "/account/confirmation/options",
    "/account/deletion",
    "/account/email",
    "/account/email/:token",
    "/account/email/removal",
    "/account/export",
    "/account/name",
    "/account/passkeys",
    "/account/passkeys/:passkey",
    "/account/passkeys/:passkey/removal",
    "/account/passkeys/options",
    "/account/password",
    "/account/second-factor",
    "/account/second-factor/confirmation",
    "/account/second-factor/recovery-codes",
    "/account/second-factor/removal",
    "/account/sessions",
    "/account/sessions/:session",
    "/account/sessions/:session/end",
    "/account/sessions/end",
    "/admin/settings/logo",
    "/admin/settings/logo/removal",
    "/assets/:file",
    "/at/:file",
    "/blocks/:file",
    "/brand/:file",
    "/e/:token",
    "/emoji/custom/:emoji",
    "/files/:token",
    "/files/:token/:file",
    "/files/:token/:file/text",
    "/forgot",
    "/health",
    "/live",
    "/login",
    "/login/code",
    "/login/passkey",
    "/login/passkey/options",
    "/logout",
    "/mentions/read",
    "/moderation/:report/resolution",
    "/new/:file",
    "/notices/:notice",
    "/notices/:notice/dismissal",
    "/people/:name/block",
    "/people/:name/suspension/end",
    "/previews/:preview",
    "/profile/picture",
    "/profile/picture/removal",
    "/read",
    "/register",
    "/reset/:token",
    "/rooms/:room/bans/:name/end",
    "/rooms/:room/live",
    "/rooms/:room/messages/:message/reports",
    "/rooms/:room/picture",
    "/safe",
    "/setup",
    "/threads/read",
    "/u/:file",
    "/u/:user/:picture/:side",
    "/uploads",
    "/uploads/:token",
    "/ws",
];

/// Method, path, body, and the expected status as JSON and as a page or form; 0 for a route without a form.
type Cell = (&'static str, &'static str, &'static str, u16, u16);

const READING: &[Cell] = &[
    ("GET", "/rooms", "", 200, 200),
    ("GET", "/rooms?mine=1", "", 200, 200),
    ("GET", "/rooms?archived=1", "", 200, 200),
    ("GET", "/rooms/new", "", 403, 403),
    ("GET", "/admin", "", 403, 403),
    ("GET", "/admin/settings", "", 403, 403),
    ("GET", "/admin/people", "", 403, 403),
    ("GET", "/admin/audit", "", 403, 403),
    ("GET", "/moderation", "", 403, 403),
    ("GET", "/blocks", "", 200, 200),
    ("GET", "/notices", "", 200, 200),
    ("GET", "/rooms/{own}", "", 200, 200),
    ("GET", "/rooms/{own}/messages", "", 200, 200),
    ("GET", "/rooms/{own}/members", "", 200, 200),
    ("GET", "/rooms/{own}/settings", "", 200, 200),
    ("GET", "/rooms/{own}/pins", "", 200, 200),
    ("GET", "/rooms/{own}/files", "", 200, 200),
    ("GET", "/rooms/{own}/names?q=", "", 200, 200),
    ("GET", "/rooms/{own}/messages/{message}", "", 200, 200),
    (
        "GET",
        "/rooms/{own}/messages/{message}/thread",
        "",
        200,
        200,
    ),
    ("GET", "/rooms/{own}/messages/{message}/edits", "", 200, 200),
    (
        "GET",
        "/rooms/{own}/messages/{message}/reactions",
        "",
        200,
        200,
    ),
    ("GET", "/rooms/{open}", "", 404, 404),
    ("GET", "/rooms/{open}/messages", "", 404, 404),
    ("GET", "/rooms/{open}/members", "", 404, 404),
    ("GET", "/rooms/{open}/settings", "", 404, 404),
    ("GET", "/rooms/{open}/pins", "", 404, 404),
    ("GET", "/rooms/{open}/files", "", 404, 404),
    ("GET", "/rooms/{open}/names?q=", "", 404, 404),
    ("GET", "/rooms/{open}/messages/{other}", "", 404, 404),
    ("GET", "/rooms/{open}/messages/{other}/thread", "", 404, 404),
    ("GET", "/rooms/{open}/messages/{other}/edits", "", 404, 404),
    (
        "GET",
        "/rooms/{open}/messages/{other}/reactions",
        "",
        404,
        404,
    ),
    ("GET", "/rooms/{closed}", "", 404, 404),
    ("GET", "/rooms/{closed}/messages", "", 404, 404),
    ("GET", "/rooms/{closed}/members", "", 404, 404),
    ("GET", "/people", "", 200, 200),
    ("GET", "/people/bob", "", 200, 200),
    ("GET", "/people/bob/files", "", 200, 200),
    ("GET", "/people/carol", "", 404, 404),
    ("GET", "/people/carol/files", "", 404, 404),
    ("GET", "/people/guy", "", 200, 200),
    ("GET", "/people/bob/removal", "", 403, 403),
    ("GET", "/search?q=a", "", 200, 200),
    ("GET", "/messages?q=hello", "", 200, 200),
    ("GET", "/mentions", "", 200, 200),
    ("GET", "/threads", "", 200, 200),
    ("GET", "/saved", "", 200, 200),
    ("GET", "/invitations", "", 200, 200),
    ("GET", "/invites", "", 403, 403),
    ("GET", "/files", "", 200, 200),
    ("GET", "/storage", "", 404, 404),
    ("GET", "/account", "", 200, 200),
    ("GET", "/preferences", "", 200, 200),
    ("GET", "/profile", "", 200, 200),
    ("GET", "/emoji/custom", "", 200, 200),
    ("GET", "/emoji", "", 200, 200),
    ("GET", "/directs/new", "", 200, 200),
    ("GET", "/shortcuts", "", 200, 200),
    ("GET", "/rooms/{open}/messages/{other}/files", "", 404, 404),
    ("GET", "/rooms/{open}/messages/{other}/quote", "", 303, 303),
    ("GET", "/rooms/{open}/picture/1/24", "", 404, 404),
];

const WRITING: &[Cell] = &[
    ("POST", "/rooms", r#"{"name":"Mine"}"#, 403, 403),
    (
        "POST",
        "/people/carol/role",
        r#"{"role":"admin"}"#,
        403,
        403,
    ),
    (
        "POST",
        "/people/carol/suspension",
        r#"{"days":"1"}"#,
        403,
        403,
    ),
    ("POST", "/people/carol/reset", "{}", 403, 403),
    (
        "POST",
        "/people/bob/removal",
        r#"{"messages":"keep"}"#,
        403,
        403,
    ),
    ("DELETE", "/people/bob", r#"{"messages":"keep"}"#, 403, 0),
    (
        "POST",
        "/rooms/{own}/members/carol/time-out",
        r#"{"minutes":"1"}"#,
        403,
        403,
    ),
    ("POST", "/rooms/{own}/bans/carol", "{}", 403, 403),
    ("POST", "/invites", r#"{"max_uses":"1"}"#, 403, 403),
    ("POST", "/invites/1/suspensions", "{}", 403, 403),
    ("POST", "/invites/1/revocation", "{}", 404, 404),
    ("POST", "/rooms/{open}/members", "{}", 404, 404),
    ("POST", "/rooms/{closed}/members", "{}", 404, 404),
    (
        "POST",
        "/rooms/{own}/members",
        r#"{"username":"carol"}"#,
        403,
        403,
    ),
    (
        "POST",
        "/rooms/{own}/members",
        r#"{"username":"nobody"}"#,
        403,
        403,
    ),
    (
        "POST",
        "/rooms/{open}/messages",
        r#"{"body":"x"}"#,
        404,
        404,
    ),
    (
        "POST",
        "/rooms/{closed}/messages",
        r#"{"body":"x"}"#,
        404,
        404,
    ),
    ("POST", "/directs", r#"{"with":"carol"}"#, 422, 422),
    ("POST", "/directs", r#"{"with":"bob, carol"}"#, 422, 422),
    (
        "POST",
        "/rooms/{own}/settings",
        r#"{"name":"Ours"}"#,
        403,
        403,
    ),
    (
        "POST",
        "/rooms/{own}/deletion",
        r#"{"name":"Project"}"#,
        403,
        403,
    ),
    (
        "POST",
        "/rooms/{own}/members/bob",
        r#"{"role":"none"}"#,
        403,
        403,
    ),
    (
        "POST",
        "/rooms/{own}/messages/{message}",
        r#"{"body":"x"}"#,
        403,
        403,
    ),
    (
        "POST",
        "/rooms/{own}/messages/{message}/deletion",
        "{}",
        403,
        403,
    ),
    (
        "POST",
        "/rooms/{own}/messages/{message}/pin",
        r#"{"pinned":"true"}"#,
        403,
        403,
    ),
    (
        "POST",
        "/rooms/{open}/messages/{other}/reactions",
        r#"{"emoji":"👍"}"#,
        404,
        404,
    ),
    ("POST", "/emoji/custom/x/deletion", "{}", 403, 403),
    ("POST", "/invite/wrong", "{}", 410, 410),
    ("DELETE", "/invites/1", "{}", 404, 0),
    (
        "POST",
        "/invitations/{closed}",
        r#"{"answer":"accept"}"#,
        404,
        404,
    ),
    ("POST", "/rooms/{open}/picture/removal", "{}", 404, 404),
    ("POST", "/rooms/{open}/invitations/bob", "{}", 404, 404),
    ("POST", "/rooms/{open}/read", "{}", 404, 404),
    ("POST", "/rooms/{open}/preferences", "{}", 404, 404),
    ("POST", "/rooms/{open}/draft", "{}", 404, 404),
    (
        "POST",
        "/rooms/{open}/messages/{other}/files",
        "{}",
        404,
        404,
    ),
    (
        "POST",
        "/rooms/{open}/messages/{other}/files/1",
        "{}",
        404,
        404,
    ),
    (
        "POST",
        "/rooms/{open}/messages/{other}/previews/1/deletion",
        "{}",
        404,
        404,
    ),
    (
        "DELETE",
        "/rooms/{open}/messages/{other}/previews/1",
        "{}",
        404,
        0,
    ),
    (
        "PUT",
        "/rooms/{open}/messages/{other}/reactions/x",
        "{}",
        404,
        0,
    ),
    (
        "POST",
        "/rooms/{open}/messages/{other}/thread/following",
        "{}",
        404,
        404,
    ),
    (
        "PUT",
        "/rooms/{open}/messages/{other}/thread/read",
        "{}",
        404,
        0,
    ),
    (
        "POST",
        "/rooms/{open}/messages/{other}/saved",
        "{}",
        404,
        404,
    ),
    ("POST", "/uploads/x/poster", "{}", 405, 405),
    (
        "POST",
        "/rooms/{own}/messages",
        r#"{"body":"as a form or as JSON"}"#,
        201,
        303,
    ),
    (
        "POST",
        "/rooms/{own}/messages/{message}/reactions",
        r#"{"emoji":"👍"}"#,
        200,
        303,
    ),
    ("POST", "/directs", r#"{"with":"bob"}"#, 201, 303),
];

impl Places {
    fn fill(&self, path: &str) -> String {
        [
            ("{own}", self.own),
            ("{message}", self.message),
            ("{open}", self.open),
            ("{other}", self.other_message),
            ("{closed}", self.closed),
        ]
        .into_iter()
        .fold(path.to_string(), |path, (name, id)| {
            path.replace(name, &id.to_string())
        })
    }
}

async fn places(server: &Server) -> (Account, Places) {
    let (ada, bob, carol) = Account::register_three(server).await;
    let own = ada.create_room("Project", "closed").await;
    ada.invite(own, "bob").await;
    let (open, closed) = (
        carol.create_room("Garden", "open").await,
        carol.create_room("Den", "closed").await,
    );
    let id = |message: Value| message["id"].as_i64().expect("an id");
    let places = Places {
        own,
        message: id(bob.say(own, "hello").await),
        open,
        other_message: id(carol.say(open, "hello").await),
        closed,
    };
    (ada.invite_guest(server, "guy", &[own]).await, places)
}

#[tokio::test]
async fn a_guest_reads_only_what_is_in_their_rooms() {
    let server = Server::unlimited();
    let (guy, places) = places(&server).await;
    let browser = guy.browser().await;
    for (_, path, _, as_json, as_page) in READING {
        let path = places.fill(path);
        let reply = guy.get(&path).await;
        assert_eq!(reply.status, *as_json, "{path} as JSON");
        for name in ["carol", "Garden", "Den"] {
            let text = reply.text();
            assert!(*as_json == 404 || !text.contains(name), "{name} in {path}");
        }
        let page = browser.page(&path).await;
        assert_eq!(page.status, *as_page, "{path} as a page");
        for name in ["carol", "Garden", "Den"] {
            assert!(
                !page.text().contains(&format!(">{name}<")),
                "{name} in {path}"
            );
        }
    }
}

#[tokio::test]
async fn a_guest_changes_only_what_a_member_of_the_room_may() {
    let server = Server::unlimited();
    let (guy, places) = places(&server).await;
    let browser = guy.browser().await;
    for (method, path, body, as_json, as_form) in WRITING {
        let (path, body): (_, Value) =
            (places.fill(path), serde_json::from_str(body).expect("JSON"));
        let reply = guy.send(method, &path, &body).await;
        assert_eq!(
            reply.status,
            *as_json,
            "{method} {path} {body} as JSON: {}",
            reply.text()
        );
        if *as_form == 0 {
            continue;
        }
        let fields = body.as_object().expect("an object").iter();
        let fields: Vec<(&str, &str)> = fields
            .map(|(name, value)| (name.as_str(), value.as_str().expect("text")))
            .collect();
        let reply = browser.submit(&path, &fields).await;
        assert_eq!(reply.status, *as_form, "{path} {body} as a form");
    }
    guy.send("PATCH", "/profile", &json!({"about": "a visitor"}))
        .await
        .expect(200);
}

#[test]
fn every_route_has_a_row_or_is_named_as_another_one() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/routes.rs");
    let source = fs::read_to_string(source).expect("the routes can be read");
    let routes = source.split(".at(").skip(1);
    let routes: Vec<&str> = routes.filter_map(|rest| rest.split('"').nth(1)).collect();
    assert!(routes.len() > 60, "{routes:?}");
    let fits = |route: &str, path: &str| {
        let path = path.split('?').next().unwrap_or_default();
        let (parts, of_path) = (route.split('/'), path.split('/'));
        parts.clone().count() == of_path.clone().count()
            && parts
                .zip(of_path)
                .all(|(part, of_path)| part.starts_with(':') || part == of_path)
    };
    let has_row = |route: &str| {
        READING
            .iter()
            .chain(WRITING)
            .any(|cell| fits(route, cell.1))
    };
    for route in &routes {
        assert!(
            has_row(route) || OTHERS.contains(route),
            "{route} has no row"
        );
    }
    for other in OTHERS {
        assert!(routes.contains(&other), "{other} is no route");
    }
}

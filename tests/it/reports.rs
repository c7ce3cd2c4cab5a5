//! Reports of messages: who makes them, what moderators see, and what a decision does.

use diesel::connection::SimpleConnection;
use serde_json::{Value, json};

use crate::harness::account::Account;
use crate::harness::database::{connect, number};
use crate::harness::http::{Reply, send};
use crate::harness::server::Server;

/// The people of a report.
struct People {
    /// Admin of the server.
    root: Account,
    /// Moderator.
    mo: Account,
    /// Author of the reported messages.
    ada: Account,
    /// Reporter.
    bob: Account,
}

async fn people(server: &Server) -> People {
    let root = Account::register(server, "root").await;
    let mo = moderator(server, &root, "mo").await;
    let ada = Account::register(server, "ada").await;
    let bob = Account::register(server, "bob").await;
    People { root, mo, ada, bob }
}

/// Registers an account and makes it a moderator.
pub async fn moderator(server: &Server, admin: &Account, name: &str) -> Account {
    let account = Account::register(server, name).await;
    let role = json!({"role": "moderator"});
    let path = format!("/people/{name}/role");
    admin.send("PATCH", &path, &role).await.expect(204);
    account
}

impl Account {
    /// Reports a message as spam; accepts any status code.
    async fn report(&self, message: &Value) -> Reply {
        let (room, id) = (&message["room"], &message["id"]);
        let path = format!("/rooms/{room}/messages/{id}/reports");
        self.send("POST", &path, &json!({"reason": "spam"})).await
    }

    /// Decides about a report; accepts any status code.
    async fn decide(&self, report: i64, decision: Value) -> Reply {
        let path = format!("/moderation/{report}/resolution");
        self.send("POST", &path, &decision).await
    }

    async fn reports(&self, query: &str) -> Vec<Value> {
        let reply = self.get(&format!("/moderation{query}")).await.expect(200);
        let reports = reply.json()["reports"].take();
        reports.as_array().expect("a list").clone()
    }

    /// Texts of the notices.
    async fn notices(&self) -> Vec<String> {
        let reply = self.get("/notices").await.expect(200).json();
        let notices = reply["notices"].as_array().expect("a list").iter();
        let text = |notice: &Value| notice["text"].as_str().expect("text").to_owned();
        notices.map(text).collect()
    }
}

#[tokio::test]
async fn a_report_keeps_the_text_that_was_reported_and_names_the_reporter_to_moderators_only() {
    let server = Server::unlimited();
    let People { mo, ada, bob, .. } = people(&server).await;
    let message = ada.post("buy my books").await;
    let path = format!("/rooms/1/messages/{}", message["id"]);
    let report = json!({"reason": "other", "details": "  again and again "});
    let made = bob.send("POST", &format!("{path}/reports"), &report).await;
    assert_eq!(made.expect(201).json(), json!({"id": 1}));
    let edit = json!({"body": "hello"});
    ada.send("PATCH", &path, &edit).await.expect(200);
    let reports = mo.reports("").await;
    assert_eq!(reports.len(), 1);
    assert_eq!(reports[0]["message"]["body"], "buy my books");
    assert_eq!(reports[0]["message"]["author"]["username"], "ada");
    assert_eq!(reports[0]["message"]["room"], "Lobby");
    assert_eq!(reports[0]["reporter"]["username"], "bob");
    assert_eq!(reports[0]["details"], "again and again");
    assert_eq!(reports[0]["resolution"], Value::Null);
    ada.get("/moderation").await.expect(403);
    ada.decide(1, json!({"action": "dismiss"}))
        .await
        .expect(403);
}

#[tokio::test]
async fn the_moderator_of_a_private_room_sees_the_message_and_not_the_room() {
    let server = Server::unlimited();
    let People { mo, ada, bob, .. } = people(&server).await;
    let closed = ada.create_room("salaries", "closed").await;
    ada.invite(closed, "bob").await;
    let direct = ada.direct(&["bob"]).await;
    for room in [closed, direct] {
        let message = ada.say(room, "not nice").await;
        bob.report(&message).await.expect(201);
    }
    for report in mo.reports("").await {
        assert_eq!(report["message"]["body"], "not nice");
        assert_eq!(report["message"]["room"], Value::Null);
        assert_eq!(report["message"]["url"], Value::Null);
    }
    let page = mo.browser().await.page("/moderation").await.expect(200);
    assert!(!page.text().contains("salaries"), "{}", page.text());
    assert!(page.text().contains("an invite-only room"));
    assert!(page.text().contains("a direct conversation"));
    mo.decide(1, json!({"action": "delete"})).await.expect(204);
    let read = ada
        .get(&format!("/rooms/{closed}/messages"))
        .await
        .expect(200);
    assert_eq!(read.json()["messages"][0]["deleted"], true);
    let mut conn = connect(&server.data());
    let named = "SELECT COUNT(*) AS number FROM audit_log WHERE target LIKE '%salaries%'";
    assert_eq!(
        number(&mut conn, named),
        0,
        "the audit log does not name it"
    );
}

#[tokio::test]
async fn a_message_of_ones_own_a_deleted_one_and_one_reported_before_cannot_be_reported() {
    let server = Server::unlimited();
    let People { ada, bob, .. } = people(&server).await;
    let message = ada.post("hello").await;
    ada.report(&message).await.expect(422);
    bob.report(&message).await.expect(201);
    let again = bob.report(&message).await.expect(409);
    assert!(again.detail().contains("already reported"));
    let gone = ada.post("gone").await;
    let path = format!("/rooms/1/messages/{}", gone["id"]);
    send(ada.ask("DELETE", &path)).await.expect(200);
    bob.report(&gone).await.expect(409);
    let missing = json!({"room": 1, "id": 999});
    bob.report(&missing).await.expect(404);
    let path = format!("/rooms/1/messages/{}/reports", message["id"]);
    for body in [
        json!({}),
        json!({"reason": "boring"}),
        json!({"reason": "spam", "details": "x".repeat(501)}),
    ] {
        bob.send("POST", &path, &body).await.expect(422);
    }
}

#[tokio::test]
async fn reports_are_limited_per_hour() {
    let server = Server::start();
    let (ada, bob) = (
        Account::register(&server, "ada").await,
        Account::register(&server, "bob").await,
    );
    let message = ada.post("hello").await;
    bob.report(&message).await.expect(201);
    for _ in 1..20 {
        bob.report(&message).await.expect(409);
    }
    let refused = bob.report(&message).await.expect(429);
    assert!(refused.has("retry-after"));
}

#[tokio::test]
async fn a_decision_acts_tells_the_reporters_and_the_author_and_is_recorded() {
    let server = Server::unlimited();
    let People { root, mo, ada, bob } = people(&server).await;
    let carol = Account::register(&server, "carol").await;
    let cases = [
        (
            json!({"action": "delete"}),
            true,
            None,
            "The message was removed.",
        ),
        (
            json!({"action": "warn", "note": "Be kind."}),
            false,
            Some("A moderator warns you about this message. Be kind."),
            "The author was warned.",
        ),
        (json!({"action": "dismiss"}), false, None, "it can stay."),
    ];
    for (number, (decision, deletes, warning, outcome)) in cases.into_iter().enumerate() {
        let message = ada.post("hello").await;
        for reporter in [&bob, &carol] {
            reporter.report(&message).await.expect(201);
        }
        let open = mo.reports("").await;
        let id = open[0]["id"].as_i64().expect("an id");
        mo.decide(id, decision.clone()).await.expect(204);
        assert!(mo.reports("").await.is_empty(), "both reports are resolved");
        let path = format!("/rooms/1/messages/{}", message["id"]);
        let now = ada.get(&path).await.expect(200).json();
        assert_eq!(now["deleted"], deletes, "{decision}");
        for reporter in [&bob, &carol] {
            let notices = reporter.notices().await;
            assert_eq!(notices.len(), number + 1);
            assert!(notices[0].ends_with(outcome), "{notices:?}");
        }
        if let Some(warning) = warning {
            assert_eq!(ada.notices().await, [warning]);
        }
    }
    assert_eq!(ada.notices().await.len(), 1, "only the warning");
    let resolved = mo.reports("?resolved=1").await;
    assert_eq!(resolved.len(), 6);
    assert_eq!(resolved[0]["resolution"]["action"], "dismiss");
    assert_eq!(resolved[0]["resolution"]["by"]["username"], "mo");
    let log = root.get("/admin/audit").await.expect(200).json();
    let actions = log["entries"].as_array().expect("a list").iter();
    let actions: Vec<_> = actions.map(|one| one["action"].clone()).collect();
    assert_eq!(
        actions,
        [
            "report.dismissed",
            "user.warned",
            "message.deleted",
            "role.changed"
        ]
    );
}

#[tokio::test]
async fn a_suspension_after_a_report_ends_the_sessions_of_the_author() {
    let server = Server::unlimited();
    let People { root, mo, ada, bob } = people(&server).await;
    let mut socket = ada.open_live(1).await;
    let message = ada.post("hello").await;
    bob.report(&message).await.expect(201);
    mo.decide(1, json!({"action": "suspend", "days": 30}))
        .await
        .expect(422);
    let decision = json!({"action": "suspend", "days": 7, "delete_message": true});
    mo.decide(1, decision).await.expect(204);
    while socket.next_message_or_close().await.is_some() {}
    assert_eq!(socket.closed, Some(1008));
    ada.get("/rooms").await.expect(401);
    assert!(bob.notices().await[0].contains("suspended"));
    // A moderator cannot suspend an admin, and then nothing of the decision happens.
    let message = root.post("hello from the admin").await;
    bob.report(&message).await.expect(201);
    let decision = json!({"action": "suspend", "days": 1, "delete_message": true});
    mo.decide(2, decision).await.expect(403);
    assert_eq!(mo.reports("").await.len(), 1);
    let path = format!("/rooms/1/messages/{}", message["id"]);
    let now = bob.get(&path).await.expect(200).json();
    assert_eq!(now["deleted"], false);
}

#[tokio::test]
async fn a_time_out_after_a_report_keeps_the_author_from_posting_in_that_room_only() {
    let server = Server::unlimited();
    let People { root, mo, ada, bob } = people(&server).await;
    let message = ada.post("hello").await;
    bob.report(&message).await.expect(201);
    for minutes in [json!(null), json!(0), json!(40_321)] {
        let decision = json!({"action": "time_out", "minutes": minutes});
        mo.decide(1, decision).await.expect(422);
    }
    let browser = mo.browser().await;
    let page = browser.page("/moderation").await.expect(200).text();
    assert!(page.contains("Time out the author"), "{page}");
    let form = [("action", "time_out"), ("minutes", "60")];
    let decided = browser.submit("/moderation/1/resolution", &form).await;
    decided.expect(303);
    let refused = ada.try_post("again", "a-1").await.expect(403);
    assert!(
        refused.detail().contains("timed out"),
        "{}",
        refused.detail()
    );
    let other = ada.create_room("elsewhere", "open").await;
    ada.say(other, "still here").await;
    assert_eq!(
        ada.notices().await,
        ["You were timed out for 1 hour because of this message."]
    );
    assert!(bob.notices().await[0].contains("The author was timed out."));
    let resolved = mo.reports("?resolved=1").await;
    assert_eq!(resolved[0]["resolution"]["action"], "time_out");
    let log = root.get("/admin/audit?action=member.timed_out").await;
    let entry = log.expect(200).json()["entries"][0].to_string();
    for part in ["\"mo\"", "\"ada, Lobby\"", "Spam, for 1 hour"] {
        assert!(entry.contains(part), "{part} in {entry}");
    }
}

#[tokio::test]
async fn a_time_out_after_a_report_needs_a_member_below_the_moderator_and_a_room() {
    let server = Server::unlimited();
    let People { root, mo, ada, bob } = people(&server).await;
    let time_out = json!({"action": "time_out", "minutes": 10, "delete_message": true});
    let by_admin = root.post("hello from the admin").await;
    bob.report(&by_admin).await.expect(201);
    mo.decide(1, time_out.clone()).await.expect(403);
    let direct = ada.direct(&["bob"]).await;
    let message = ada.say(direct, "not nice").await;
    bob.report(&message).await.expect(201);
    let refused = mo.decide(2, time_out.clone()).await.expect(409);
    assert!(refused.detail().contains("direct conversations"));
    let closed = ada.create_room("salaries", "closed").await;
    for name in ["bob", "root"] {
        ada.invite(closed, name).await;
    }
    let message = ada.say(closed, "not nice").await;
    bob.report(&message).await.expect(201);
    let page = mo.browser().await.page("/moderation").await.expect(200);
    assert_eq!(page.text().matches("Time out the author").count(), 1);
    let leave = format!("/rooms/{closed}/members/ada");
    send(ada.ask("DELETE", &leave)).await;
    let refused = mo.decide(3, time_out).await.expect(409);
    assert!(refused.detail().contains("no longer in this room"));
    assert_eq!(mo.reports("").await.len(), 3, "nothing was decided");
}

#[tokio::test]
async fn of_two_moderators_the_second_is_told_that_it_was_handled() {
    let server = Server::unlimited();
    let People { root, mo, ada, bob } = people(&server).await;
    let message = ada.post("hello").await;
    bob.report(&message).await.expect(201);
    let decision = json!({"action": "dismiss"});
    let (first, second) = tokio::join!(
        mo.decide(1, decision.clone()),
        root.decide(1, decision.clone())
    );
    let mut answers = [first.status, second.status];
    answers.sort_unstable();
    assert_eq!(answers, [204, 409]);
    let late = root.browser().await;
    let form = [("action", "delete")];
    let page = late.submit("/moderation/1/resolution", &form).await;
    assert!(
        page.expect(409)
            .text()
            .contains("already handled this report")
    );
    assert_eq!(bob.notices().await.len(), 1, "the reporter is told once");
    root.decide(99, decision).await.expect(404);
}

#[tokio::test]
async fn no_one_decides_about_their_own_message_or_sees_who_reported_it() {
    let server = Server::unlimited();
    let People { root, mo, bob, .. } = people(&server).await;
    let message = mo.post("by a moderator").await;
    bob.report(&message).await.expect(201);
    assert!(mo.reports("").await.is_empty());
    mo.decide(1, json!({"action": "dismiss"})).await.expect(403);
    let sidebar = mo.browser().await.page("/rooms").await.expect(200).text();
    assert!(!sidebar.contains("visually-hidden\"> open"), "no badge");
    assert_eq!(root.reports("").await.len(), 1);
    root.decide(1, json!({"action": "dismiss"}))
        .await
        .expect(204);
}

#[tokio::test]
async fn open_reports_and_notices_are_counted_live() {
    let server = Server::unlimited();
    let People { mo, ada, bob, .. } = people(&server).await;
    let message = ada.post("hello").await;
    let mut moderator = mo.open_live(1).await.after_sidebar().await;
    let mut author = ada.open_live(1).await.after_sidebar().await;
    bob.report(&message).await.expect(201);
    let is_counted = |html: &str| html.contains("1<span class=\"visually-hidden\"> open</span>");
    moderator.pushed("#sidebar", is_counted).await;
    mo.decide(1, json!({"action": "warn"})).await.expect(204);
    moderator.pushed("#sidebar", |html| !is_counted(html)).await;
    let has_notice = |html: &str| html.contains("href=\"/notices\"");
    author.pushed("#sidebar", has_notice).await;
    send(ada.ask("DELETE", "/notices/1")).await.expect(204);
    author.pushed("#sidebar", |html| !has_notice(html)).await;
    send(ada.ask("DELETE", "/notices/1")).await.expect(204);
    let of_bob = bob.notices().await.len();
    send(ada.ask("DELETE", "/notices/2")).await.expect(204);
    assert_eq!(bob.notices().await.len(), of_bob, "only one’s own");
}

#[tokio::test]
async fn reports_work_without_scripts_and_a_refusal_keeps_the_text() {
    let server = Server::unlimited();
    let People { mo, ada, bob, .. } = people(&server).await;
    let id = ada.post("hello").await["id"].clone();
    let (reporter, moderator) = (bob.browser().await, mo.browser().await);
    let permalink = format!("/rooms/1/messages/{id}");
    let form = format!("{permalink}/reports");
    let page = reporter.page(&permalink).await.expect(200).text();
    assert!(page.contains(&format!("href=\"{form}\"")));
    let page = reporter.page(&form).await.expect(200).text();
    assert!(page.contains("A moderator will see this message and your name."));
    let fields = [("reason", ""), ("details", "my words")];
    let refused = reporter.submit(&form, &fields).await.expect(422).text();
    assert!(refused.contains("my words") && refused.contains("role=\"alert\""));
    let fields = [("reason", "harassment"), ("details", "my words")];
    let sent = reporter.submit(&form, &fields).await.expect(303);
    let sent = reporter.page(sent.header("location")).await.expect(200);
    assert!(
        sent.text()
            .contains("A moderator will look at the message.")
    );
    let queue = moderator.page("/moderation").await.expect(200).text();
    assert!(queue.contains("my words") && queue.contains("Harassment"));
    let fields = [
        ("action", "warn"),
        ("note", "Be kind."),
        ("delete_message", "true"),
    ];
    let answer = moderator.submit("/moderation/1/resolution", &fields).await;
    assert_eq!(answer.expect(303).header("location"), "/moderation");
    let author = ada.browser().await;
    let notices = author.page("/notices").await.expect(200).text();
    assert!(notices.contains("Be kind.") && notices.contains("hello"));
    author.submit("/notices/1/dismissal", &[]).await.expect(303);
    let notices = author.page("/notices").await.expect(200).text();
    assert!(notices.contains("No notices."));
}

#[tokio::test]
async fn the_text_of_a_report_is_erased_ninety_days_after_the_decision() {
    let mut server = Server::unlimited();
    let People { mo, ada, bob, .. } = people(&server).await;
    for text in ["a secret of long ago", "still open"] {
        let message = ada.post(text).await;
        bob.report(&message).await.expect(201);
    }
    mo.decide(1, json!({"action": "delete"})).await.expect(204);
    server.stop();
    let age = "UPDATE reports SET reported_at = 0, resolved_at = resolved_at - 7776000001";
    connect(&server.data())
        .batch_execute(age)
        .expect("valid SQL");
    server.start_again();
    let mo = mo.through(&server.origin());
    while !mo.reports("?resolved=1").await.is_empty() {
        tokio::task::yield_now().await;
    }
    assert_eq!(mo.reports("").await.len(), 1, "open reports stay");
}

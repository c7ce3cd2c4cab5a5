//! Roles on the server, suspension and reinstatement: who may change them, and what ends at once.

use serde_json::{Value, json};

use crate::harness::account::{Account, PASSWORD};
use crate::harness::database::{connect, number};
use crate::harness::http::{Reply, post_json, send};
use crate::harness::message_actions::id;
use crate::harness::server::Server;

impl Account {
    async fn change_role(&self, name: &str, role: &str) -> Reply {
        let path = format!("/people/{name}/role");
        self.send("PATCH", &path, &json!({"role": role})).await
    }

    async fn suspend(&self, name: &str, form: &Value) -> Reply {
        let path = format!("/people/{name}/suspension");
        self.send("PUT", &path, form).await
    }

    async fn reinstate(&self, name: &str) -> Reply {
        let path = format!("/people/{name}/suspension");
        send(self.ask("DELETE", &path)).await
    }
}

/// The admin ada, the moderator mo, and the members bob and carol.
async fn four(server: &Server) -> [Account; 4] {
    let ada = Account::register(server, "ada").await;
    let mo = Account::register(server, "mo").await;
    let bob = Account::register(server, "bob").await;
    let carol = Account::register(server, "carol").await;
    ada.change_role("mo", "moderator").await.expect(204);
    [ada, mo, bob, carol]
}

async fn try_log_in(server: &Server, name: &str) -> Reply {
    let account = json!({"username": name, "password": PASSWORD});
    post_json(&format!("{}/login", server.origin()), &account).await
}

#[tokio::test]
async fn admins_change_roles_and_others_do_not() {
    let server = Server::unlimited();
    let [ada, mo, bob, _] = four(&server).await;
    for (account, status) in [(&mo, 403), (&bob, 403), (&ada, 204)] {
        account.change_role("carol", "admin").await.expect(status);
    }
    let carol = ada.get("/people/carol").await.expect(200).json();
    assert_eq!(
        (&carol["role"], &carol["admin"]),
        (&json!("admin"), &json!(true))
    );
    for role in ["guest", "owner", ""] {
        ada.change_role("bob", role).await.expect(422);
    }
    ada.change_role("nobody", "admin").await.expect(404);
}

#[tokio::test]
async fn a_role_is_in_effect_at_once_in_open_sessions() {
    let server = Server::unlimited();
    let [ada, _, bob, _] = four(&server).await;
    bob.get("/admin/people").await.expect(403);
    ada.change_role("bob", "admin").await.expect(204);
    bob.get("/admin/people").await.expect(200);
    // Also in rooms: an admin may delete the messages of others.
    let message = ada.post("hello").await;
    bob.delete((1, id(&message))).await.expect(200);
}

#[tokio::test]
async fn the_last_admin_stays() {
    let server = Server::unlimited();
    let [ada, ..] = four(&server).await;
    let refused = ada.change_role("ada", "member").await.expect(409);
    assert!(refused.detail().contains("needs an admin"));
    ada.suspend("ada", &json!({})).await.expect(409);
    ada.change_role("bob", "admin").await.expect(204);
    ada.change_role("ada", "member").await.expect(204);
    ada.change_role("bob", "member").await.expect(403);
}

#[tokio::test]
async fn of_two_admins_who_demote_each_other_at_once_one_stays() {
    for _ in 0..5 {
        let server = Server::unlimited();
        let [ada, _, bob, _] = four(&server).await;
        ada.change_role("bob", "admin").await.expect(204);
        let (one, other) = tokio::join!(
            ada.change_role("bob", "member"),
            bob.change_role("ada", "member")
        );
        let mut statuses = [one.status, other.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [204, 403]);
        let mut conn = connect(&server.data());
        let admins = number(
            &mut conn,
            "SELECT COUNT(*) AS number FROM users WHERE is_admin",
        );
        assert_eq!(admins, 1);
    }
}

#[tokio::test]
async fn suspension_ends_sessions_and_sockets_and_refuses_log_ins_with_words() {
    let server = Server::unlimited();
    let [ada, _, bob, _] = four(&server).await;
    let mut sockets = [
        bob.open_live(1).await,
        bob.open_live_at("/live").await,
        Account::log_in(&server, "bob").await.open_live(1).await,
    ];
    ada.suspend("bob", &json!({"reason": "spam"}))
        .await
        .expect(204);
    ada.post("after the suspension").await;
    for socket in &mut sockets {
        while let Some(message) = socket.next_message_or_close().await {
            assert_ne!(message.text, "after the suspension");
        }
        assert_eq!(socket.closed, Some(1008));
    }
    bob.get("/rooms").await.expect(401);
    let refused = try_log_in(&server, "bob").await.expect(403);
    assert!(refused.detail().contains("Your account is suspended"));
    let wrong = json!({"username": "bob", "password": "not his password"});
    let unknown = post_json(&format!("{}/login", server.origin()), &wrong).await;
    unknown.expect(401); // says nothing about the account
    ada.reinstate("bob").await.expect(204);
    try_log_in(&server, "bob").await.expect(200);
}

#[tokio::test]
async fn a_suspension_with_an_end_is_over_then() {
    use diesel::connection::SimpleConnection;
    let server = Server::unlimited();
    let [ada, ..] = four(&server).await;
    ada.suspend("bob", &json!({"days": 7})).await.expect(204);
    let refused = try_log_in(&server, "bob").await.expect(403);
    assert!(refused.detail().contains("suspended until"));
    let statement = "UPDATE users SET suspended_until = 1 WHERE username = 'bob'";
    let over = connect(&server.data()).batch_execute(statement);
    over.expect("a valid statement");
    try_log_in(&server, "bob").await.expect(200);
    for days in [json!(0), json!(-1), json!(4000), json!("week")] {
        ada.suspend("bob", &json!({"days": days})).await.expect(422);
    }
}

#[tokio::test]
async fn moderators_suspend_members_for_a_week_at_most() {
    let server = Server::unlimited();
    let [ada, mo, bob, _] = four(&server).await;
    ada.change_role("carol", "moderator").await.expect(204);
    mo.suspend("bob", &json!({"days": 8})).await.expect(403);
    mo.suspend("bob", &json!({})).await.expect(403);
    mo.suspend("carol", &json!({"days": 1})).await.expect(403);
    mo.suspend("ada", &json!({"days": 1})).await.expect(403);
    bob.suspend("mo", &json!({"days": 1})).await.expect(403);
    mo.suspend("bob", &json!({"days": "7"})).await.expect(204);
    bob.get("/rooms").await.expect(401);
    mo.reinstate("bob").await.expect(204);
    ada.suspend("carol", &json!({})).await.expect(204);
    mo.reinstate("carol").await.expect(403);
}

#[tokio::test]
async fn the_profile_has_the_forms_for_those_who_may_use_them() {
    let server = Server::unlimited();
    let [ada, mo, bob, _] = four(&server).await;
    for (account, role, suspension) in
        [(&ada, true, true), (&mo, false, true), (&bob, false, false)]
    {
        let page = account
            .browser()
            .await
            .page("/people/carol")
            .await
            .expect(200);
        let text = page.text();
        assert_eq!(
            text.contains("/people/carol/role"),
            role,
            "{}",
            account.name
        );
        assert_eq!(
            text.contains("/people/carol/suspension"),
            suspension,
            "{}",
            account.name
        );
    }
    let browser = ada.browser().await;
    let reply = browser
        .submit("/people/carol/role", &[("role", "moderator")])
        .await;
    assert_eq!(reply.expect(303).header("location"), "/people/carol");
    let fields = [("days", "1"), ("reason", "noise")];
    browser
        .submit("/people/carol/suspension", &fields)
        .await
        .expect(303);
    let page = browser.page("/people/carol").await.expect(200).text();
    assert!(page.contains("Suspended until") && page.contains("Reinstate"));
    browser
        .submit("/people/carol/suspension/end", &[])
        .await
        .expect(303);
    let refused = browser
        .submit("/people/ada/role", &[("role", "member")])
        .await;
    assert!(refused.expect(409).text().contains("needs an admin"));
}

#[tokio::test]
async fn accounts_are_listed_by_role_and_state() {
    let server = Server::unlimited();
    let [ada, mo, ..] = four(&server).await;
    ada.suspend("bob", &json!({})).await.expect(204);
    let names = async |query: &str| -> Vec<String> {
        let list = mo
            .get(&format!("/admin/people{query}"))
            .await
            .expect(200)
            .json();
        let people = list["people"]
            .as_array()
            .expect("people are a list")
            .clone();
        people
            .iter()
            .map(|one| one["username"].as_str().unwrap_or_default().to_owned())
            .collect()
    };
    assert_eq!(names("").await, ["ada", "bob", "carol", "mo"]);
    assert_eq!(names("?role=admin").await, ["ada"]);
    assert_eq!(names("?role=moderator").await, ["mo"]);
    assert_eq!(names("?role=suspended").await, ["bob"]);
    assert_eq!(names("?role=guest").await, Vec::<String>::new());
    assert_eq!(names("?q=car").await, ["carol"]);
}

#[tokio::test]
async fn every_change_is_in_the_audit_log_which_takes_no_changes() {
    use diesel::connection::SimpleConnection;
    let server = Server::unlimited();
    let [ada, ..] = four(&server).await;
    ada.suspend("bob", &json!({"reason": "spam"}))
        .await
        .expect(204);
    ada.reinstate("bob").await.expect(204);
    ada.reinstate("bob").await.expect(204); // changes nothing
    let mut conn = connect(&server.data());
    for (action, count) in [
        ("role.changed", 1),
        ("user.suspended", 1),
        ("user.reinstated", 1),
    ] {
        let query = format!(
            "SELECT COUNT(*) AS number FROM audit_log WHERE action = '{action}' AND actor = 'ada'"
        );
        assert_eq!(number(&mut conn, &query), count, "{action}");
    }
    assert!(
        conn.batch_execute("UPDATE audit_log SET actor = 'bob'")
            .is_err()
    );
}

//! The audit log: its page for admins, filters, pages and retention.

use diesel::connection::SimpleConnection;
use serde_json::{Value, json};

use crate::harness::account::Account;
use crate::harness::database::connect;
use crate::harness::server::Server;

/// Ids of the entries that a query finds, and whether there are more.
async fn found(admin: &Account, query: &str) -> (Vec<i64>, bool) {
    let reply = admin.get(&format!("/admin/audit{query}")).await.expect(200);
    let page = reply.json();
    let entries = page["entries"].as_array().expect("a list").iter();
    let ids = entries.map(|entry| entry["id"].as_i64().expect("an id"));
    (ids.collect(), page["more"] == true)
}

/// Changes the role of a user.
async fn appoint(admin: &Account, name: &str, role: &str) {
    let path = format!("/people/{name}/role");
    admin
        .send("PATCH", &path, &json!({"role": role}))
        .await
        .expect(204);
}

#[tokio::test]
async fn entries_are_newest_first_and_filtered_by_action_actor_and_person() {
    let server = Server::unlimited();
    let (ada, bob, _) = Account::register_three(&server).await;
    appoint(&ada, "bob", "admin").await; // 1
    appoint(&bob, "carol", "moderator").await; // 2
    let suspension = json!({"days": 2, "reason": "spam"});
    let path = "/people/carol/suspension";
    ada.send("PUT", path, &suspension).await.expect(204); // 3
    for (query, ids) in [
        ("", vec![3, 2, 1]),
        ("?action=role.changed", vec![2, 1]),
        ("?actor=bob", vec![2]),
        ("?user=@carol", vec![3, 2]),
        ("?user=carol&actor=ada", vec![3]),
        ("?user=carol&action=user.reinstated", vec![]),
        ("?before=3", vec![2, 1]),
        ("?before=2&user=carol", vec![]),
    ] {
        assert_eq!(found(&ada, query).await, (ids, false), "{query}");
    }
    let entry = ada.get("/admin/audit").await.expect(200).json()["entries"][0].take();
    assert_eq!(entry["action"], "user.suspended");
    assert_eq!(entry["actor"], "ada");
    assert_eq!(entry["target"], "carol");
    let details = entry["details"].as_str().expect("text");
    assert!(details.ends_with(": spam"), "{details}");
    for query in ["?actor=nemo", "?action=user.hugged", "?before=x"] {
        ada.get(&format!("/admin/audit{query}")).await.expect(422);
    }
}

#[tokio::test]
async fn the_page_links_people_keeps_the_filter_and_has_pages() {
    let server = Server::unlimited();
    let (ada, ..) = Account::register_three(&server).await;
    let browser = ada.browser().await;
    let page = browser.page("/admin/audit").await.expect(200).text();
    assert!(page.contains("No entries yet."));
    for number in 0..52 {
        appoint(&ada, "bob", ["moderator", "member"][number % 2]).await;
    }
    let (first, more) = found(&ada, "").await;
    assert_eq!((first.len(), first[0], more), (50, 52, true));
    assert_eq!(found(&ada, "?before=3").await, (vec![2, 1], false));
    let page = browser
        .page("/admin/audit?user=bob")
        .await
        .expect(200)
        .text();
    for part in [
        "href=\"/people/ada\"",
        "href=\"/people/bob\"",
        "value=\"bob\"",
        "/admin/audit?before=3&#38;user=bob",
        "member → moderator",
    ] {
        assert!(page.contains(part), "{part} in {page}");
    }
    let refused = browser
        .page("/admin/audit?actor=nemo")
        .await
        .expect(422)
        .text();
    assert!(refused.contains("No one here has the username “nemo”"));
    assert!(refused.contains("value=\"nemo\""));
}

#[tokio::test]
async fn entries_outlive_a_new_name_and_the_room_that_they_name() {
    let server = Server::unlimited();
    let (ada, bob, _) = Account::register_three(&server).await;
    let room = ada.create_room("short lived", "open").await;
    ada.invite(room, "bob").await;
    let message = bob.say(room, "buy").await;
    let path = format!("/rooms/{room}/messages/{}/reports", message["id"]);
    ada.send("POST", &path, &json!({"reason": "spam"}))
        .await
        .expect(201);
    let decision = json!({"action": "delete"});
    ada.send("POST", "/moderation/1/resolution", &decision)
        .await
        .expect(204);
    let deletion = json!({"name": "short lived"});
    ada.send("DELETE", &format!("/rooms/{room}"), &deletion)
        .await
        .expect(204);
    let entry = ada.get("/admin/audit").await.expect(200).json()["entries"][0].take();
    assert_eq!(entry["target"], "bob, short lived");
    assert_eq!(entry["room_id"], room);
    assert_eq!(entry["details"], "Spam");
}

#[tokio::test]
async fn old_entries_are_removed_after_the_days_of_the_setting() {
    let mut server = Server::unlimited();
    let (ada, ..) = Account::register_three(&server).await;
    for role in ["moderator", "member"] {
        appoint(&ada, "bob", role).await;
    }
    server.stop();
    // Rows cannot be updated, so an old one is inserted.
    let old = |days: i64| {
        format!(
            "INSERT INTO audit_log (at, actor, action) VALUES
             (CAST(strftime('%s', 'now') AS INTEGER) * 1000 - {days} * 86400000, '', 'role.changed')"
        )
    };
    let mut conn = connect(&server.data());
    for days in [364, 366] {
        conn.batch_execute(&old(days)).expect("valid SQL");
    }
    let update = "UPDATE audit_log SET actor = 'someone else'";
    assert!(
        conn.batch_execute(update).is_err(),
        "the log is append-only"
    );
    let forever = "INSERT INTO settings (key, value) VALUES ('audit_retention_days', '0')";
    conn.batch_execute(forever).expect("valid SQL");
    server.start_again();
    let ada = ada.through(&server.origin());
    ada.post("a write after the start").await;
    assert_eq!(
        found(&ada, "").await.0,
        [4, 3, 2, 1],
        "0 stores them forever"
    );
    server.stop();
    let days = "DELETE FROM settings WHERE key = 'audit_retention_days'";
    conn.batch_execute(days).expect("valid SQL");
    server.start_again();
    let ada = ada.through(&server.origin());
    while found(&ada, "").await.0.len() > 3 {
        tokio::task::yield_now().await;
    }
    assert_eq!(found(&ada, "").await.0, [3, 2, 1]);
}

#[tokio::test]
async fn the_setting_of_the_retention_is_one_of_the_settings() {
    let keys: Value = json!(chatterbox::settings::KEYS);
    assert!(keys.to_string().contains("audit_retention_days"));
}

//! Invite links that cannot be used: the reason is told, and nothing is created.

use diesel::connection::SimpleConnection;
use serde_json::json;

use crate::harness::account::{Account, PASSWORD};
use crate::harness::browser::Browser;
use crate::harness::database::{connect, number};
use crate::harness::html::{attribute, tag_of, text_of};
use crate::harness::http::{get_json, get_page, send};
use crate::harness::invites::{NewLink, redeem};
use crate::harness::server::Server;

fn change(server: &Server, statement: &str) {
    let mut conn = connect(&server.data());
    conn.batch_execute(statement).expect("a valid statement");
}

/// Asserts that a link is refused with these words, as JSON and as a page, when opened and when used.
async fn assert_refused(server: &Server, link: &NewLink, words: &str) {
    let url = format!("{}{}", server.origin(), link.path);
    let before = number(
        &mut connect(&server.data()),
        "SELECT COUNT(*) AS number FROM users",
    );
    let opened = get_json(&url).await.expect(410).detail();
    assert!(opened.contains(words), "{opened}");
    let page = text_of(&get_page(&url).await.expect(410).text());
    assert!(page.contains(words), "{page}");
    let used = redeem(server, &link.path, "late")
        .await
        .expect(410)
        .detail();
    assert!(used.contains(words), "{used}");
    let browser = Browser::new(&server.origin());
    let form = [("username", "late"), ("password", PASSWORD)];
    let page = browser.submit(&link.path, &form).await.expect(410).text();
    assert!(text_of(&page).contains(words), "{page}");
    let typed = attribute(tag_of(&page, "#username").expect("a box"), "value");
    assert_eq!(
        typed.as_deref(),
        Some("late"),
        "the form keeps the username"
    );
    let after = number(
        &mut connect(&server.data()),
        "SELECT COUNT(*) AS number FROM users",
    );
    assert_eq!(before, after);
}

#[tokio::test]
async fn expired_used_up_and_revoked_links_say_so() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let expired = ada.create_link(json!({"expires_in_days": 1})).await;
    change(
        &server,
        &format!(
            "UPDATE invite_links SET expires_at = 1 WHERE id = {}",
            expired.id
        ),
    );
    assert_refused(&server, &expired, "has expired").await;
    let used = ada.create_link(json!({"max_uses": 1})).await;
    redeem(&server, &used.path, "bob").await.expect(201);
    assert_refused(&server, &used, "already been used").await;
    let revoked = ada.create_link(json!({})).await;
    send(ada.ask("DELETE", &format!("/invites/{}", revoked.id)))
        .await
        .expect(204);
    assert_refused(&server, &revoked, "was revoked").await;
    let path = "/invite/AAAAAAAAAAAAAAAAAAAAAA".to_string();
    assert_refused(&server, &NewLink { id: 0, path }, "isn’t valid").await;
}

#[tokio::test]
async fn a_link_dies_with_the_right_of_its_creator() {
    let server = Server::unlimited();
    let (_, bob, carol) = Account::register_three(&server).await;
    let (of_bob, of_carol) = (
        bob.create_link(json!({})).await,
        carol.create_link(json!({})).await,
    );
    let words = "no longer valid";
    change(
        &server,
        &format!(
            "UPDATE users SET suspended_until = {} WHERE username = 'bob'",
            i64::MAX
        ),
    );
    assert_refused(&server, &of_bob, words).await;
    change(
        &server,
        "UPDATE users SET suspended_until = 1 WHERE username = 'bob'",
    );
    redeem(&server, &of_bob.path, "dora").await.expect(201);
    change(
        &server,
        "UPDATE users SET role = 'guest' WHERE username = 'carol'",
    );
    assert_refused(&server, &of_carol, words).await;
}

#[tokio::test]
async fn links_work_only_while_the_settings_let_their_creator_invite_people() {
    let server = Server::unlimited();
    let (ada, bob, _) = Account::register_three(&server).await;
    let (of_ada, of_bob) = (
        ada.create_link(json!({})).await,
        bob.create_link(json!({})).await,
    );
    let set = async |who: &str| {
        let change = json!({"invite_people": who});
        let set = ada.send("PATCH", "/admin/settings", &change).await;
        set.expect(200);
    };
    set("admins").await;
    assert_refused(&server, &of_bob, "no longer valid").await;
    redeem(&server, &of_ada.path, "dora").await.expect(201);
    assert_eq!(bob.links().await[0]["state"], "withdrawn");
    let browser = bob.browser().await;
    let page = browser.page("/invites").await.expect(200).text();
    let why = "Only admins of this server can invite people.";
    assert!(text_of(&page).contains(why), "{page}");
    assert!(!page.contains("Create link"));
    let people = browser.page("/people").await.expect(200).text();
    assert!(!people.contains("button--primary\" href=\"/invites\""));
    bob.send("POST", "/invites", &json!({})).await.expect(403);
    set("members").await;
    redeem(&server, &of_bob.path, "erin").await.expect(201);
}

#[tokio::test]
async fn where_everyone_may_invite_the_links_of_guests_work() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let room = ada.create_room("Project", "closed").await;
    let guy = ada.invite_guest(&server, "guy", &[room]).await;
    guy.get("/invites").await.expect(403);
    let everyone = json!({"invite_people": "everyone"});
    let set = ada.send("PATCH", "/admin/settings", &everyone).await;
    set.expect(200);
    let link = guy.create_link(json!({})).await;
    assert_eq!(guy.links().await[0]["state"], "active");
    redeem(&server, &link.path, "fred").await.expect(201);
}

#[tokio::test]
async fn a_link_that_is_revoked_while_its_form_is_open_keeps_what_was_typed() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let link = ada.create_link(json!({})).await;
    let browser = Browser::new(&server.origin());
    browser.page(&link.path).await.expect(200);
    send(ada.ask("DELETE", &format!("/invites/{}", link.id)))
        .await
        .expect(204);
    let form = [("username", "bob"), ("password", PASSWORD)];
    let page = browser.submit(&link.path, &form).await.expect(410).text();
    let typed = attribute(tag_of(&page, "#username").expect("a box"), "value");
    assert_eq!(typed.as_deref(), Some("bob"));
    assert!(text_of(&page).contains("This invitation was revoked."));
}

#[tokio::test]
async fn a_taken_name_and_a_short_password_leave_the_link_unused() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let link = ada.create_link(json!({"max_uses": 1})).await;
    let browser = Browser::new(&server.origin());
    for (name, password, status, error) in [
        ("ADA", PASSWORD, 409, "username-error"),
        ("bob", "short", 422, "password-error"),
        ("b b", PASSWORD, 422, "username-error"),
    ] {
        let form = [("username", name), ("password", password)];
        let page = browser
            .submit(&link.path, &form)
            .await
            .expect(status)
            .text();
        assert!(tag_of(&page, &format!("#{error}")).is_some(), "{name}");
        assert!(text_of(&page).contains("ada invites you to"));
    }
    redeem(&server, &link.path, "ada").await.expect(409);
    assert_eq!(ada.links().await[0]["uses"], 0);
    redeem(&server, &link.path, "bob").await.expect(201);
}

#[tokio::test]
async fn a_closed_server_takes_no_new_accounts_but_lets_users_join() {
    let server = Server::unlimited();
    let (ada, bob, _) = Account::register_three(&server).await;
    let room = ada.create_room("Plans", "closed").await;
    let link = ada.create_link(json!({"rooms": [room]})).await;
    change(
        &server,
        "INSERT INTO settings (key, value) VALUES ('registration', 'closed')",
    );
    let mut server = server;
    server.stop();
    server.start_again();
    let refused = redeem(&server, &link.path, "dora").await.expect(403);
    assert!(refused.detail().contains("isn’t accepting new accounts"));
    let page = get_page(&format!("{}{}", server.origin(), link.path))
        .await
        .expect(200);
    assert!(!page.text().contains("type=\"password\""));
    bob.send("POST", &link.path, &json!({})).await.expect(200);
}

#[tokio::test]
async fn unknown_tokens_are_limited_per_address_and_known_ones_are_not_counted() {
    let server = Server::start();
    let ada = Account::register(&server, "ada").await;
    let link = ada.create_link(json!({})).await;
    let url = |path: &str| format!("{}{path}", server.origin());
    for _ in 0..40 {
        get_json(&url(&link.path)).await.expect(200);
    }
    for _ in 0..30 {
        get_json(&url("/invite/wrong")).await.expect(410);
    }
    let refused = get_json(&url("/invite/wrong")).await.expect(429);
    assert!(refused.has("retry-after"));
    assert!(refused.detail().contains("Too many invalid invitations"));
}

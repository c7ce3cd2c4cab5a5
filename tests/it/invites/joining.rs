//! Registration through an invite link, and joining with an account.

use serde_json::json;

use crate::harness::account::{Account, PASSWORD};
use crate::harness::browser::Browser;
use crate::harness::database::{connect, number};
use crate::harness::html::text_of;
use crate::harness::http::{get_json, get_page, post_json, send, try_send};
use crate::harness::invites::{redeem, redemption};
use crate::harness::server::Server;

#[tokio::test]
async fn a_visitor_sees_who_invites_to_what_registers_and_lands_in_the_room() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let profile = json!({"display_name": "Ada Lovelace"});
    ada.send("PATCH", "/profile", &profile).await.expect(200);
    let room = ada.create_room("Plans", "closed").await;
    let fields = json!({"rooms": [room], "note": "For the review"});
    let link = ada.create_link(fields).await;
    let browser = Browser::new(&server.origin());
    let page = browser.page(&link.path).await.expect(200).text();
    let text = text_of(&page);
    for part in [
        "Ada Lovelace invites you to Chatterbox",
        "For the review",
        "# Plans",
        "Create account",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    let mut watching = ada.open_live(room).await.after_sidebar().await;
    let account = [("username", "bob"), ("password", PASSWORD)];
    let joined = browser.submit(&link.path, &account).await.expect(303);
    assert_eq!(joined.header("location"), format!("/rooms/{room}"));
    browser.page(joined.header("location")).await.expect(200);
    browser.page("/rooms/1").await.expect(200);
    watching.wait_for_system_line("bob joined the room").await;
    let members = ada.members(room).await;
    assert_eq!(members[1], ("bob".to_string(), "member".to_string()));
    let person = ada.get("/people/bob").await.expect(200).json();
    assert_eq!(person["invited_by"], "ada");
    let profile = ada.browser().await.page("/people/bob").await.expect(200);
    assert!(text_of(&profile.text()).contains("Invited by"));
    let own = Account::log_in(&server, "bob").await;
    let person = own.get("/people/bob").await.expect(200).json();
    assert!(person["invited_by"].is_null(), "only admins see it");
}

#[tokio::test]
async fn a_user_logs_in_returns_to_the_invitation_and_joins() {
    let server = Server::unlimited();
    let (ada, bob, _) = Account::register_three(&server).await;
    let room = ada.create_room("Plans", "closed").await;
    let link = ada
        .create_link(json!({"rooms": [room], "max_uses": 1}))
        .await;
    let browser = Browser::new(&server.origin());
    let page = browser.page(&link.path).await.expect(200).text();
    let log_in = format!("/login?next={}", link.path.replace('/', "%2F"));
    assert!(
        page.contains(&log_in) || page.contains(&format!("/login?next={}", link.path)),
        "{page}"
    );
    let form = [
        ("username", "bob"),
        ("password", PASSWORD),
        ("next", &link.path),
    ];
    let back = browser.submit("/login", &form).await.expect(303);
    assert_eq!(back.header("location"), link.path);
    let page = browser.page(&link.path).await.expect(200).text();
    assert!(
        text_of(&page).contains("You’re logged in as bob.") && !page.contains("type=\"password\"")
    );
    for _ in 0..2 {
        let joined = browser.submit(&link.path, &[]).await.expect(303);
        assert_eq!(joined.header("location"), format!("/rooms/{room}"));
    }
    bob.get(&format!("/rooms/{room}")).await.expect(200);
    let listed = &ada.links().await[0];
    assert_eq!(
        (&listed["uses"], &listed["state"]),
        (&json!(1), &json!("used_up"))
    );
    assert_eq!(
        listed["joined"],
        json!([{"username": "bob", "new_account": false}])
    );
}

#[tokio::test]
async fn a_member_of_all_its_rooms_does_not_use_a_link_up() {
    let server = Server::unlimited();
    let (ada, bob, _) = Account::register_three(&server).await;
    let link = ada.create_link(json!({"rooms": [1], "max_uses": 1})).await;
    let joined = bob
        .send("POST", &link.path, &json!({}))
        .await
        .expect(200)
        .json();
    assert_eq!(joined, json!({"rooms": [{"id": 1, "name": "Lobby"}]}));
    redeem(&server, &link.path, "dora").await.expect(201);
}

#[tokio::test]
async fn programs_read_the_offer_and_register_as_json() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let room = ada.create_room("Plans", "closed").await;
    let link = ada
        .create_link(json!({"rooms": [room], "note": "hi"}))
        .await;
    let offer = get_json(&format!("{}{}", server.origin(), link.path)).await;
    assert_eq!(
        offer.expect(200).json(),
        json!({
            "server": "Chatterbox", "invited_by": {"username": "ada", "display_name": ""}, "note": "hi",
            "rooms": [{"id": room, "name": "Plans"}], "guest_until": null, "expires_at": null, "registration": true
        })
    );
    let registered = redeem(&server, &link.path, "bob").await.expect(201).json();
    assert_eq!(
        registered,
        json!({"username": "bob", "rooms": [{"id": room, "name": "Plans"}]})
    );
    let url = format!("{}{}", server.origin(), link.path);
    let nobody = post_json(&url, &json!({})).await;
    assert_eq!(nobody.status, 401, "there is no account to join with");
}

#[tokio::test]
async fn fifty_parallel_redemptions_of_a_single_use_create_one_account() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let link = ada.create_link(json!({"max_uses": 1})).await;
    let mut attempts = tokio::task::JoinSet::new();
    for first in b'a'..b'k' {
        for second in ["aa", "bb", "kk", "xx", "zz"] {
            let name = format!("{}{second}", char::from(first));
            attempts.spawn(try_send(redemption(&server, &link.path, &name)));
        }
    }
    let replies = attempts.join_all().await;
    let replies: Vec<_> = replies
        .into_iter()
        .map(|reply| reply.expect("a response"))
        .collect();
    let (created, refused): (Vec<_>, Vec<_>) =
        replies.iter().partition(|reply| reply.status == 201);
    assert_eq!((created.len(), refused.len()), (1, 49));
    for reply in refused {
        assert_eq!(reply.status, 410);
        assert_eq!(
            reply.detail(),
            "This invitation has already been used. Ask for a new one."
        );
    }
    let mut conn = connect(&server.data());
    assert_eq!(number(&mut conn, "SELECT COUNT(*) AS number FROM users"), 2);
    assert_eq!(
        number(&mut conn, "SELECT uses AS number FROM invite_links"),
        1
    );
}

#[tokio::test]
async fn rooms_that_were_deleted_archived_or_left_by_the_inviter_are_skipped() {
    let server = Server::unlimited();
    let (ada, bob, _) = Account::register_three(&server).await;
    let mut rooms = Vec::new();
    for name in ["deleted", "archived", "left", "demoted", "stays"] {
        let room = bob.create_room(name, "closed").await;
        bob.invite(room, "ada").await;
        rooms.push(room);
    }
    let link = bob.create_link(json!({"rooms": rooms})).await;
    let path = |room: i64| format!("/rooms/{room}");
    let name = json!({"name": "deleted"});
    bob.send("DELETE", &path(rooms[0]), &name).await.expect(204);
    let archived = json!({"archived": true});
    bob.send("PATCH", &path(rooms[1]), &archived)
        .await
        .expect(200);
    bob.remove_member(rooms[2], "bob").await;
    ada.set_role(rooms[3], "ada", "owner").await;
    ada.set_role(rooms[3], "bob", "member").await;
    let page = get_page(&format!("{}{}", server.origin(), link.path)).await;
    let text = text_of(&page.expect(200).text());
    for name in ["deleted", "archived", "left", "demoted"] {
        assert!(!text.contains(&format!("# {name}")), "{name}");
    }
    let registered = redeem(&server, &link.path, "dora").await.expect(201).json();
    assert_eq!(
        registered["rooms"],
        json!([{"id": rooms[4], "name": "stays"}])
    );
}

#[tokio::test]
async fn each_step_is_in_the_audit_log_without_tokens() {
    let server = Server::unlimited();
    let (ada, bob, _) = Account::register_three(&server).await;
    let link = bob.create_link(json!({"max_uses": 3})).await;
    redeem(&server, &link.path, "dora").await.expect(201);
    let path = format!("/invites/{}", link.id);
    send(ada.ask("DELETE", &path)).await.expect(204);
    let mut conn = connect(&server.data());
    for (action, actor) in [("created", "bob"), ("used", "dora"), ("revoked", "ada")] {
        let query = format!(
            "SELECT COUNT(*) AS number FROM audit_log WHERE action = 'invite_link.{action}' AND actor = '{actor}'"
        );
        assert_eq!(number(&mut conn, &query), 1, "{action}");
    }
    let query = format!(
        "SELECT COUNT(*) AS number FROM audit_log WHERE target || details LIKE '%{}%'",
        link.token()
    );
    assert_eq!(number(&mut conn, &query), 0);
}

//! Creating, listing and revoking invite links.

use serde_json::{Value, json};

use crate::harness::account::Account;
use crate::harness::html::{attribute, tag_of, text_of};
use crate::harness::http::send;
use crate::harness::invites::{NewLink, in_a_month, redeem};
use crate::harness::server::Server;

#[tokio::test]
async fn a_link_has_the_fields_that_it_was_created_with() {
    let server = Server::unlimited();
    let (ada, bob, _) = Account::register_three(&server).await;
    let room = bob.create_room("Plans", "closed").await;
    let fields = json!({"expires_in_days": 7, "max_uses": 5, "note": " for\nfriends ", "rooms": [room, 1, room]});
    let created = bob.send("POST", "/invites", &fields).await;
    let created = created.expect(201).json();
    assert!(
        created["url"]
            .as_str()
            .expect("text")
            .starts_with(&server.origin())
    );
    for link in [&created, &bob.links().await[0]] {
        assert_eq!(link["state"], "active");
        assert_eq!((&link["max_uses"], &link["uses"]), (&json!(5), &json!(0)));
        assert_eq!(link["note"], "for friends");
        assert_eq!(link["created_by"], "bob");
        assert_eq!(link["guest_until"], Value::Null);
        let names = link["rooms"].as_array().expect("a list").iter();
        let names: Vec<_> = names.map(|room| room["name"].clone()).collect();
        assert_eq!(names, ["Lobby", "Plans"]);
    }
    assert!(
        bob.links().await[0]["url"].is_null(),
        "the address is shown once"
    );
    let plain = ada.create_link(json!({})).await;
    let links = ada.links().await;
    assert_eq!(links[0]["id"], plain.id);
    assert_eq!(
        (&links[0]["expires_at"], &links[0]["max_uses"]),
        (&Value::Null, &Value::Null)
    );
}

#[tokio::test]
async fn users_see_their_own_links_and_admins_all_but_not_the_names_of_private_rooms() {
    let server = Server::unlimited();
    let (ada, bob, carol) = Account::register_three(&server).await;
    let room = bob.create_room("Plans", "closed").await;
    let link = bob.create_link(json!({"rooms": [room, 1]})).await;
    assert!(carol.links().await.is_empty());
    let seen = ada.links().await;
    assert_eq!(seen[0]["created_by"], "bob");
    assert_eq!(
        (
            seen[0]["rooms"].as_array().map(Vec::len),
            &seen[0]["other_rooms"]
        ),
        (Some(1), &json!(1))
    );
    let page = ada
        .browser()
        .await
        .page("/invites")
        .await
        .expect(200)
        .text();
    assert!(page.contains("1 private room") && !page.contains("Plans"));
    let path = format!("/invites/{}", link.id);
    send(carol.ask("DELETE", &path)).await.expect(404);
    let form = format!("{path}/revocation");
    carol.browser().await.submit(&form, &[]).await.expect(404);
    send(ada.ask("DELETE", &path)).await.expect(204);
    send(bob.ask("DELETE", &path)).await.expect(204);
    assert_eq!(bob.links().await[0]["state"], "revoked");
}

#[tokio::test]
async fn a_link_offers_only_rooms_to_which_its_creator_may_add_people() {
    let server = Server::unlimited();
    let (ada, bob, carol) = Account::register_three(&server).await;
    let room = ada.create_room("Plans", "closed").await;
    ada.invite(room, "bob").await;
    let archived = bob.create_room("Old", "open").await;
    bob.send(
        "PATCH",
        &format!("/rooms/{archived}"),
        &json!({"archived": true}),
    )
    .await
    .expect(200);
    let direct = bob.direct(&["carol"]).await;
    for (account, rooms) in [
        (&bob, room),
        (&carol, room),
        (&bob, archived),
        (&bob, direct),
        (&bob, 99),
    ] {
        let fields = json!({"rooms": [rooms]});
        let refused = account.send("POST", "/invites", &fields).await.expect(422);
        assert!(refused.detail().contains("can’t add people"), "{rooms}");
    }
    let page = bob
        .browser()
        .await
        .page("/invites")
        .await
        .expect(200)
        .text();
    assert!(page.contains("name=\"room-1\"") && !page.contains(&format!("name=\"room-{room}\"")));
}

#[tokio::test]
async fn fields_out_of_range_stay_in_the_form_with_the_error_at_their_field() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let browser = ada.browser().await;
    let long = "x".repeat(201);
    for (field, value, error) in [
        ("expires_in_days", "0", "expires-error"),
        ("max_uses", "many", "uses-error"),
        ("note", &*long, "note-error"),
        ("guest_until", "2020-01-01", "until-error"),
    ] {
        let mut form = vec![
            ("room-1", "on"),
            ("note", "hello friends"),
            ("guest", "false"),
        ];
        if field == "guest_until" {
            form.push(("guest", "true"));
        }
        form.push((field, value));
        let page = browser.submit("/invites", &form).await.expect(422).text();
        assert!(tag_of(&page, &format!("#{error}")).is_some(), "{field}");
        assert!(page.contains("name=\"room-1\" checked"), "{field}");
        let note = attribute(tag_of(&page, "#note").expect("a box"), "value");
        let typed = if field == "note" {
            value
        } else {
            "hello friends"
        };
        assert_eq!(note.as_deref(), Some(typed), "{field}");
    }
    let form = [("guest", "true"), ("guest_until", &*in_a_month())];
    let page = browser.submit("/invites", &form).await.expect(422).text();
    assert!(text_of(&page).contains("Choose at least one room."));
    for fields in [
        json!({"max_uses": "x"}),
        json!({"guest": true, "rooms": [1]}),
        json!({"guest_until": "2020-01-01", "rooms": [1]}),
    ] {
        ada.send("POST", "/invites", &fields).await.expect(422);
    }
    assert!(ada.links().await.is_empty());
}

#[tokio::test]
async fn a_form_shows_the_new_link_once_with_its_qr_code() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let browser = ada.browser().await;
    let form = [
        ("expires_in_days", "7"),
        ("max_uses", "1"),
        ("guest", "false"),
        ("room-1", "on"),
    ];
    let reply = browser.submit("/invites", &form).await.expect(201);
    assert!(reply.header("cache-control").contains("no-store"));
    let page = reply.text();
    let url = attribute(tag_of(&page, "#invite-url").expect("a box"), "value").expect("an address");
    let link = NewLink::of(&json!({"url": url, "id": 1}));
    assert_eq!(link.token().len(), 22);
    assert!(page.contains("<svg class=\"qr-code\"") && !page.contains("style="));
    let list = browser.page("/invites").await.expect(200).text();
    assert!(!list.contains(link.token()));
    redeem(&server, &link.path, "bob").await.expect(201);
    let list = browser.page("/invites").await.expect(200).text();
    assert!(text_of(&list).contains("Joined: bob"), "{list}");
}

#[tokio::test]
async fn admins_suspend_everyone_who_joined_through_a_link_and_their_sockets_close() {
    let server = Server::unlimited();
    let (ada, bob, carol) = Account::register_three(&server).await;
    let room = bob.create_room("Plans", "open").await;
    let link = bob.create_link(json!({"rooms": [room]})).await;
    redeem(&server, &link.path, "dora").await.expect(201);
    carol.send("POST", &link.path, &json!({})).await.expect(200);
    let dora = Account::log_in(&server, "dora").await;
    let mut socket = dora.open_live(room).await;
    let path = format!("/invites/{}/suspensions", link.id);
    let refused = bob.send("POST", &path, &json!({})).await.expect(403);
    assert!(refused.detail().contains("admin"));
    let undone = ada.send("POST", &path, &json!({})).await.expect(200).json();
    assert_eq!(undone, json!({"suspended": 1}));
    while socket.next_message_or_close().await.is_some() {}
    assert_eq!(socket.closed, Some(1008));
    dora.get("/rooms").await.expect(401);
    carol.get("/rooms").await.expect(200);
    redeem(&server, &link.path, "erin").await.expect(410);
    assert_eq!(bob.links().await[0]["state"], "revoked");
}

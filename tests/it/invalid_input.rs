//! Refused input and refused changes of rooms: names, members, owners and default rooms.

use serde_json::{Value, json};

use crate::harness::account::Account;
use crate::harness::browser::Browser;
use crate::harness::html::{attribute, inside, shown, tag_of, text_of};
use crate::harness::http::{Reply, send};
use crate::harness::server::Server;

const MARKUP: &str = "<b>\"R&D\"</b> <script>alert('x')</script>";

/// Checks that a response is a refusal with a status code and a sentence, and returns the sentence.
#[track_caller]
fn refused(reply: Reply, status: u16) -> String {
    let detail = reply.expect(status).detail();
    let sentence = detail.contains(' ') && detail.ends_with('.');
    assert!(sentence, "{detail:?}");
    detail
}

/// Checks that the page shows the form again, with the input and an announced error.
#[track_caller]
fn form_is_shown_again(reply: Reply, status: u16, field: &str, typed: &str) {
    let page = shown(&reply.expect(status).text());
    let alert = page.contains("role=\"alert\"");
    assert!(alert, "the refusal is announced: {page}");
    let tag = tag_of(&page, &format!("#{field}")).expect("the input");
    let shown_value = attribute(tag, "value").expect("a value");
    assert_eq!(shown_value, typed);
    assert!(tag.contains("aria-invalid=\"true\""), "{tag}");
}

async fn create(person: &Account, room: Value) -> Reply {
    person.send("POST", "/rooms", &room).await
}

async fn patch(person: &Account, room: i64, change: Value) -> Reply {
    let path = format!("/rooms/{room}");
    person.send("PATCH", &path, &change).await
}

#[tokio::test]
async fn invalid_room_names_topics_and_kinds_are_refused() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let browser = ada.browser().await;
    let room = ada.create_room("design", "open").await;
    let settings = format!("/rooms/{room}/settings");
    let (long, very_long) = ("x".repeat(49), "ü".repeat(2_500));
    for name in [
        "",
        "   ",
        "\u{200B}\u{202E}",
        "###",
        "-_-",
        &long,
        &very_long,
    ] {
        refused(create(&ada, json!({"name": name})).await, 422);
        refused(patch(&ada, room, json!({"name": name})).await, 422);
        let form = [("name", name), ("topic", "kept"), ("kind", "closed")];
        let page = browser.submit("/rooms", &form).await;
        let text = page.text();
        form_is_shown_again(page, 422, "name", name);
        let topic = tag_of(&text, "#topic").expect("the topic input");
        assert_eq!(attribute(topic, "value").as_deref(), Some("kept"));
        assert!(text.contains("value=\"closed\" checked"), "{text}");
        let form = [("name", name), ("topic", "kept")];
        form_is_shown_again(browser.submit(&settings, &form).await, 422, "name", name);
    }
    refused(create(&ada, json!({})).await, 422);
    refused(create(&ada, json!({"name": 5})).await, 422);
    refused(
        create(&ada, json!({"name": "x", "kind": "direct"})).await,
        422,
    );
    refused(create(&ada, json!({"name": "x", "kind": "odd"})).await, 422);
    let topic = "t".repeat(241);
    refused(
        create(&ada, json!({"name": "x", "topic": topic})).await,
        422,
    );
    refused(patch(&ada, room, json!({"topic": topic})).await, 422);
    refused(patch(&ada, room, json!({"kind": "direct"})).await, 422);
    refused(patch(&ada, room, json!({"archived": "maybe"})).await, 422);
    assert_eq!(ada.room(room).await["name"], "design");
    let fits = "ß".repeat(48);
    let made = create(&ada, json!({"name": fits})).await.expect(201).json();
    assert_eq!(made["name"], fits);
    let made = create(&ada, json!({"name": " #two \n words "})).await;
    assert_eq!(made.expect(201).json()["name"], "two words");
}

#[tokio::test]
async fn a_name_that_looks_like_the_name_of_an_open_room_is_refused() {
    let server = Server::unlimited();
    let (ada, bob, _) = Account::register_three(&server).await;
    let room = ada.create_room("Design Team", "open").await;
    let browser = bob.browser().await;
    for name in [
        "Design Team",
        "design-team",
        "DESIGN_TEAM",
        "desіgn team",
        "Lobby",
    ] {
        refused(create(&bob, json!({"name": name})).await, 409);
        let form = [("name", name)];
        form_is_shown_again(browser.submit("/rooms", &form).await, 409, "name", name);
        let closed = create(&bob, json!({"name": name, "kind": "closed"})).await;
        let closed = closed.expect(201).json()["id"].as_i64().expect("an id");
        refused(patch(&bob, closed, json!({"kind": "open"})).await, 409);
        assert_eq!(bob.room(closed).await["kind"], "closed");
    }
    let other = bob.create_room("another", "open").await;
    let taken = json!({"name": "design team", "topic": "not this either"});
    refused(patch(&bob, other, taken).await, 409);
    assert_eq!(
        bob.room(other).await["topic"],
        "",
        "a refused change changes nothing"
    );
    let same = patch(&ada, room, json!({"name": "DESIGN TEAM"})).await;
    assert_eq!(
        same.expect(200).json()["name"],
        "DESIGN TEAM",
        "a room may take its own name"
    );
}

#[tokio::test]
async fn markup_in_a_room_name_is_escaped_everywhere() {
    let server = Server::unlimited();
    let (ada, bob, _) = Account::register_three(&server).await;
    let made = create(&ada, json!({"name": MARKUP, "topic": MARKUP})).await;
    let made = made.expect(201).json();
    assert_eq!(
        (&made["name"], &made["topic"]),
        (&json!(MARKUP), &json!(MARKUP))
    );
    let room = made["id"].as_i64().expect("an id");
    ada.invite(room, "bob").await;
    let browser = bob.browser().await;
    let paths = ["", "/members", "/settings", "/messages"].map(|end| format!("/rooms/{room}{end}"));
    let more = ["/rooms", "/rooms?q=r%26d", "/search?q=r%26d", "/profile"].map(String::from);
    for path in paths.iter().chain(&more) {
        let page = browser.page(path).await.expect(200).text();
        assert!(
            !page.contains("<script>") && !page.contains("<b>\""),
            "{path}"
        );
        let row = inside(&page, &format!("#room-{room}")).expect("the row of the room");
        let name = inside(&row, "sidebar-row__name").expect("the name of the room");
        assert_eq!(text_of(&name), MARKUP, "{path}");
    }
    let page = browser.page(&paths[0]).await.expect(200).text();
    let title = page
        .split("<title>")
        .nth(1)
        .and_then(|rest| rest.split("</title>").next());
    assert_eq!(
        text_of(title.expect("a title")),
        format!("{MARKUP} · Chatterbox")
    );
    let topic = inside(&page, "room__topic").expect("the topic");
    assert_eq!(text_of(&topic), MARKUP);
    let options = browser.fragment("/search?q=r%26d").await.expect(200).text();
    assert!(
        !options.contains("<script>") && options.contains("R&#38;D"),
        "{options}"
    );
    let echo = browser
        .page("/search?q=%3Cscript%3E")
        .await
        .expect(200)
        .text();
    assert!(!echo.contains("<script>"), "the query is escaped");
    let mut live = bob.open_live_at("/live").await;
    let list = live
        .pushed("#sidebar", |html| html.contains("R&#38;D"))
        .await;
    assert!(!list.contains("<script>"));
}

#[tokio::test]
async fn only_existing_users_can_be_added_to_a_room() {
    let server = Server::unlimited();
    let (ada, bob, _) = Account::register_three(&server).await;
    let room = bob.create_room("design", "closed").await;
    let path = format!("/rooms/{room}/members");
    let (browser, long) = (bob.browser().await, "x".repeat(3_000));
    bob.try_invite(room, " @ADA ").await.expect(202);
    ada.answer_invitation(room, "accept").await.expect(201);
    for (name, status) in [
        ("nobody", 422),
        ("", 422),
        (&*long, 422),
        ("<b>x</b>", 422),
        ("сarol", 422),
        ("bob", 409),
        ("BOB", 409),
        ("ada", 409),
        ("@Ada", 409),
    ] {
        let body = json!({"username": name});
        refused(bob.send("POST", &path, &body).await, status);
        let form = [("username", name)];
        form_is_shown_again(browser.submit(&path, &form).await, status, "username", name);
    }
    let count = bob.members(room).await.len();
    assert_eq!((count, ada.members(room).await.len()), (2, 2));
    for (method, sent) in [("DELETE", json!({})), ("PATCH", json!({"role": "owner"}))] {
        for name in ["carol", "nobody", "%3Cb%3E"] {
            let path = format!("{path}/{name}");
            refused(bob.send(method, &path, &sent).await, 404);
        }
    }
    let odd = json!({"role": "king"});
    refused(bob.send("PATCH", &format!("{path}/ada"), &odd).await, 422);
}

#[tokio::test]
async fn a_user_cannot_leave_the_last_default_room_or_a_room_without_other_members() {
    let server = Server::unlimited();
    let (ada, bob, carol) = Account::register_three(&server).await;
    let browser = bob.browser().await;
    let leave = async |person: &Account, room: i64| {
        let path = format!("/rooms/{room}/members/{}", person.name);
        send(person.ask("DELETE", &path)).await
    };
    let lobby = refused(leave(&bob, 1).await, 409);
    assert!(
        lobby.contains("hide"),
        "the refusal says what the user can do: {lobby}"
    );
    let page = browser
        .submit("/rooms/1/members/bob", &[("role", "none")])
        .await;
    let page = page.expect(409).text();
    assert!(
        page.contains("role=\"alert\"") && page.contains(&lobby),
        "{page}"
    );

    let room = bob.create_room("design", "closed").await;
    let last = refused(leave(&bob, room).await, 409);
    assert!(last.contains("delete"), "{last}");
    bob.invite(room, "carol").await;
    bob.invite(room, "ada").await;
    leave(&bob, room).await.expect(204);
    let member = |name: &str, role: &str| (name.to_string(), role.to_string());
    let expected = [member("ada", "member"), member("carol", "owner")];
    assert_eq!(
        carol.members(room).await,
        expected,
        "the oldest member becomes the owner"
    );
    patch(&carol, room, json!({"topic": "mine now"}))
        .await
        .expect(200);

    let second = ada.create_room("second", "open").await;
    patch(&ada, second, json!({"default": true}))
        .await
        .expect(200);
    let join = format!("/rooms/{second}/members");
    bob.send("POST", &join, &json!({})).await.expect(201);
    leave(&bob, 1).await.expect(204);
    refused(leave(&bob, second).await, 409);
    let dora = Account::register(&server, "dora").await;
    dora.room(second).await;
    let open = carol.create_room("open to all", "open").await;
    leave(&carol, open).await.expect(204);
}

#[tokio::test]
async fn a_room_never_loses_its_last_owner() {
    let server = Server::unlimited();
    let (ada, bob, carol) = Account::register_three(&server).await;
    let room = bob.create_room("design", "closed").await;
    bob.invite(room, "carol").await;
    bob.invite(room, "ada").await;
    let path = format!("/rooms/{room}/members/bob");
    let member_role = json!({"role": "member"});
    refused(bob.send("PATCH", &path, &member_role).await, 409);
    refused(ada.send("PATCH", &path, &member_role).await, 409);
    ada.remove_member(room, "bob").await;
    let roles = carol.members(room).await;
    assert_eq!(roles[1], ("carol".into(), "owner".into()), "{roles:?}");
    ada.remove_member(room, "carol").await;
    let roles = ada.members(room).await;
    assert_eq!(roles, [("ada".into(), "owner".into())]);
}

#[tokio::test]
async fn a_room_without_an_owner_gets_none_when_a_member_leaves() {
    let server = Server::unlimited();
    let (ada, bob, _) = Account::register_three(&server).await;
    ada.remove_member(1, "bob").await;
    let second = ada.create_room("second", "open").await;
    patch(&ada, second, json!({"default": true}))
        .await
        .expect(200);
    let carol = Account::log_in(&server, "carol").await;
    let join = format!("/rooms/{second}/members");
    ada.send("POST", "/rooms/1/members", &json!({"username": "bob"}))
        .await
        .expect(201);
    carol.send("POST", &join, &json!({})).await.expect(201);
    send(ada.ask("DELETE", "/rooms/1/members/ada"))
        .await
        .expect(204);
    let roles = bob.members(1).await;
    assert!(roles.iter().all(|(_, role)| role == "member"), "{roles:?}");
}

#[tokio::test]
async fn the_last_default_room_cannot_be_archived_closed_unset_or_deleted() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let browser = ada.browser().await;
    for change in [
        json!({"archived": true}),
        json!({"kind": "closed"}),
        json!({"default": false}),
    ] {
        refused(patch(&ada, 1, change).await, 409);
    }
    refused(
        ada.send("DELETE", "/rooms/1", &json!({"name": "Lobby"}))
            .await,
        409,
    );
    let form = [("name", "Lobby")];
    let page = browser.submit("/rooms/1/deletion", &form).await.expect(409);
    assert!(page.text().contains("role=\"alert\""));
    let room = ada.create_room("second", "open").await;
    let confirmation = json!({"name": "Second"});
    refused(
        ada.send("DELETE", &format!("/rooms/{room}"), &confirmation)
            .await,
        422,
    );
    let path = format!("/rooms/{room}/deletion");
    let page = browser.submit(&path, &[("name", "")]).await;
    assert!(page.expect(422).text().contains("role=\"alert\""));
    patch(&ada, room, json!({"default": true}))
        .await
        .expect(200);
    patch(&ada, 1, json!({"archived": true})).await.expect(200);
    assert_eq!(ada.room(1).await["default"], false);
    let bob = Account::register(&server, "bob").await;
    bob.get("/rooms/1").await.expect(404);
    assert_eq!(bob.room(room).await["name"], "second");
}

#[tokio::test]
async fn one_of_two_concurrent_renames_is_refused() {
    let server = Server::unlimited();
    let (ada, bob, _) = Account::register_three(&server).await;
    let room = bob.create_room("design", "open").await;
    bob.invite(room, "ada").await;
    let by = |name: &str| json!({"name": name, "name_was": "design"});
    let (first, second) = tokio::join!(
        patch(&ada, room, by("from ada")),
        patch(&bob, room, by("from bob"))
    );
    let mut statuses = [first.status, second.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409]);
    let (current, refusal) = match first.status {
        200 => ("from ada", second),
        _ => ("from bob", first),
    };
    assert!(refused(refusal, 409).contains(current));
    assert_eq!(ada.room(room).await["name"], current);
    let browser: Browser = bob.browser().await;
    let form = [
        ("name", "third"),
        ("name_was", "design"),
        ("topic", "typed"),
    ];
    let path = format!("/rooms/{room}/settings");
    let page = browser.submit(&path, &form).await;
    let is_current = tag_of(&page.text(), "#name").is_some() && page.text().contains(current);
    assert!(is_current, "the form has the current name");
    form_is_shown_again(page, 409, "name", "third");
    let form = [("name", "third"), ("name_was", current)];
    browser.submit(&path, &form).await.expect(303);
}

//! Unread counts, read positions, preferences and typing indicators.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::time::timeout;

use crate::harness::PUSH_DEADLINE;
use crate::harness::account::Account;
use crate::harness::html::{self, text_of};
use crate::harness::live::LiveSocket;
use crate::harness::message_actions::id;
use crate::harness::server::Server;

/// A room of Bob with Carol as a member. Ada, the administrator of the server, is not a member.
async fn room_of_two(server: &Server, kind: &str) -> (Account, Account, Account, i64) {
    let ada = Account::register(server, "ada").await;
    let bob = Account::register(server, "bob").await;
    let carol = Account::register(server, "carol").await;
    let room = bob.create_room("design", kind).await;
    bob.invite(room, "carol").await;
    (ada, bob, carol, room)
}

async fn unread(person: &Account, room: i64) -> (i64, i64) {
    let row = person.room(room).await["unread"].clone();
    let number = |name: &str| row[name].as_i64().expect("a number");
    (number("unread"), number("mentions"))
}

async fn put(person: &Account, room: i64, body: Value) -> Value {
    let path = format!("/rooms/{room}/read");
    person.send("PUT", &path, &body).await.expect(200).json()
}

#[tokio::test]
async fn unread_badges_are_pushed_to_members_on_other_pages_and_not_to_outsiders() {
    let server = Server::unlimited();
    let (ada, bob, carol, room) = room_of_two(&server, "closed").await;
    let target = format!("#unread-{room}");
    let mut hers = [
        carol.open_live_at("/live").await.after_sidebar().await,
        carol.open_live(1).await.after_sidebar().await,
    ];
    let mut outside = ada.open_live_at("/live").await.after_sidebar().await;
    bob.say(room, "one").await;
    bob.say(room, "two, @carol").await;
    for socket in &mut hers {
        let push = socket.pushed(&target, |html| html.contains(">@1<")).await;
        assert!(push.contains("hx-swap=\"outerHTML\""), "{push}");
        let badges = html::inside(&push, &target).expect("the badges of the row");
        assert_eq!(text_of(&badges), "@1 mention", "a row has one badge");
    }
    bob.say(1, "for all").await;
    outside
        .pushed("#unread-1", |html| html.contains(">1<"))
        .await;
    assert!(outside.pending_for(&target).is_empty());
    assert_eq!(unread(&carol, room).await, (2, 1));
    assert_eq!(
        unread(&bob, room).await,
        (0, 0),
        "own messages are not unread"
    );
}

#[tokio::test]
async fn page_and_push_render_unread_badges_identically() {
    let server = Server::unlimited();
    let (_, bob, carol, room) = room_of_two(&server, "open").await;
    let target = format!("#unread-{room}");
    let mut hers = carol.open_live_at("/live").await.after_sidebar().await;
    bob.say(room, "hello @carol").await;
    let push = hers.pushed(&target, |html| html.contains(">@1<")).await;
    let page = carol
        .browser()
        .await
        .page("/rooms/1")
        .await
        .expect(200)
        .text();
    let tag = html::tag_of(&page, &target).expect("its badges");
    let inner = html::inside(&page, &target).expect("its badges");
    assert!(
        push.contains(&format!("{tag}{inner}</span>")),
        "{push} {tag}"
    );
}

#[tokio::test]
async fn reading_in_one_tab_clears_the_badge_in_all_other_tabs() {
    let server = Server::unlimited();
    let (_, bob, carol, room) = room_of_two(&server, "open").await;
    let target = format!("#unread-{room}");
    let mut reading = carol.open_live(room).await;
    let mut others = [
        carol.open_live_at("/live").await.after_sidebar().await,
        carol.open_live(1).await.after_sidebar().await,
    ];
    let first = id(&bob.say(room, "first").await);
    let last = id(&bob.say(room, "second @carol").await);
    for socket in &mut others {
        socket.pushed(&target, |html| html.contains(">@1<")).await;
    }
    assert_eq!(reading.messages_until(last).await.len(), 2);
    for (read, left) in [(first, "@1 mention"), (last, "")] {
        assert!(reading.send(&json!({"read": read})).await);
        for socket in &mut others {
            let mark = format!("data-read=\"{read}\"");
            let push = socket.pushed(&target, |html| html.contains(&mark));
            let push = timeout(PUSH_DEADLINE, push)
                .await
                .expect("before the deadline");
            let badges = html::inside(&push, &target).expect("the badges");
            assert_eq!(text_of(&badges), left);
        }
    }
    assert_eq!(unread(&carol, room).await, (0, 0));
}

#[tokio::test]
async fn only_unread_from_moves_a_read_position_back() {
    let server = Server::unlimited();
    let (_, bob, carol, room) = room_of_two(&server, "open").await;
    let mut ids = Vec::new();
    for number in 0..4 {
        ids.push(id(&bob.say(room, &format!("number {number}")).await));
    }
    let row = put(&carol, room, json!({"up_to": ids[2]})).await;
    assert_eq!((&row["read"], &row["unread"]), (&json!(ids[2]), &json!(1)));
    let row = put(&carol, room, json!({"up_to": ids[0]})).await;
    assert_eq!((&row["read"], &row["unread"]), (&json!(ids[2]), &json!(1)));
    let mut live = carol.open_live(room).await;
    live.send(&json!({"read": ids[1]})).await;
    live.send_text("an invalid frame, answered after the earlier frames")
        .await;
    live.next_notice().await;
    let position = carol.room(room).await["unread"]["read"].clone();
    assert_eq!(position, ids[2], "a frame does not move the position back");
    let row = put(&carol, room, json!({"unread_from": ids[1]})).await;
    assert_eq!(row["unread"], 3);
    let read = row["read"].as_i64().expect("a position");
    assert!(ids[0] <= read && read < ids[1]);
    let row = put(&carol, room, json!({})).await;
    assert_eq!(row["unread"], 0, "an empty body marks everything as read");
}

#[tokio::test]
async fn marking_as_unread_shows_the_badge_in_all_tabs() {
    let server = Server::unlimited();
    let (_, bob, carol, room) = room_of_two(&server, "open").await;
    let message = id(&bob.say(room, "read me twice").await);
    put(&carol, room, json!({})).await;
    let mut hers = carol.open_live_at("/live").await.after_sidebar().await;
    let mut here = carol.open_live(room).await.after_sidebar().await;
    put(&carol, room, json!({"unread_from": message})).await;
    let target = format!("#unread-{room}");
    for socket in [&mut hers, &mut here] {
        let push = socket.pushed(&target, |html| html.contains(">1<"));
        timeout(PUSH_DEADLINE, push)
            .await
            .expect("before the deadline");
    }
    let browser = carol.browser().await;
    let page = browser
        .page(&format!("/rooms/{room}"))
        .await
        .expect(200)
        .text();
    let sheet = format!("/new/{message}.css");
    assert!(
        page.contains(&sheet),
        "the stylesheet shows the line for new messages without scripts"
    );
    browser.page(&sheet).await.expect(200);
}

#[tokio::test]
async fn all_rooms_can_be_marked_as_read_with_one_request() {
    let server = Server::unlimited();
    let (ada, bob, carol, room) = room_of_two(&server, "closed").await;
    let direct = bob.direct(&["carol"]).await;
    for each_room in [1, room, direct] {
        bob.say(each_room, "unread").await;
        assert_eq!(unread(&carol, each_room).await.0, 1);
    }
    let browser = carol.browser().await;
    let form = [("back", "/rooms/1")];
    let done = browser.submit("/read", &form).await.expect(303);
    assert_eq!(done.header("location"), "/rooms/1");
    for each_room in [1, room, direct] {
        assert_eq!(unread(&carol, each_room).await, (0, 0));
    }
    assert_eq!(
        unread(&ada, 1).await.0,
        1,
        "other users keep their unread messages"
    );
    bob.say(direct, "again").await;
    carol.send("POST", "/read", &json!({})).await.expect(204);
    assert_eq!(unread(&carol, direct).await.0, 0);
}

#[tokio::test]
async fn a_form_redirects_only_within_this_site() {
    let server = Server::unlimited();
    let (_, _, carol, room) = room_of_two(&server, "closed").await;
    let browser = carol.browser().await;
    let own = format!("/rooms/{room}");
    for (back, expected) in [
        ("/rooms/1?x=y", "/rooms/1?x=y"),
        ("", &*own),
        ("https://elsewhere.example/", &*own),
        ("//elsewhere.example/", &*own),
        ("/\\elsewhere.example/", &*own),
        ("/rooms/1\r\nx: y", &*own),
        ("javascript:alert(1)", &*own),
    ] {
        for end in ["read", "preferences"] {
            let form = [("back", back)];
            let path = format!("/rooms/{room}/{end}");
            let done = browser.submit(&path, &form).await.expect(303);
            assert_eq!(done.header("location"), expected, "{back:?}");
        }
    }
}

#[tokio::test]
async fn a_read_position_must_be_a_message_of_the_room() {
    let server = Server::unlimited();
    let (_, bob, carol, room) = room_of_two(&server, "closed").await;
    let message = id(&bob.say(room, "hello").await);
    let elsewhere = id(&bob.say(1, "in the lobby").await);
    let path = format!("/rooms/{room}/read");
    for body in [
        json!({"up_to": elsewhere}),
        json!({"up_to": 0}),
        json!({"up_to": -1}),
        json!({"up_to": "x"}),
        json!({"up_to": 1.5}),
        json!({"up_to": true}),
        json!({"unread_from": 99_999}),
        json!({"up_to": message, "unread_from": message}),
    ] {
        let refused = carol.send("PUT", &path, &body).await.expect(422);
        assert!(refused.detail().ends_with('.'), "{}", refused.detail());
    }
    assert_eq!(unread(&carol, room).await.0, 1);
    let browser = carol.browser().await;
    let text = message.to_string();
    browser.submit(&path, &[("up_to", &text)]).await.expect(303);
    assert_eq!(unread(&carol, room).await.0, 0, "forms send ids as text");
}

#[tokio::test]
async fn room_preferences_apply_only_to_the_user_who_set_them() {
    let server = Server::unlimited();
    let (_, bob, carol, room) = room_of_two(&server, "open").await;
    let mut hers = carol.open_live_at("/live").await.after_sidebar().await;
    let path = format!("/rooms/{room}/preferences");
    let set = async |preference: Value| {
        carol
            .send("PUT", &path, &preference)
            .await
            .expect(200)
            .json()
    };
    let row = set(json!({"notify": "mentions", "favourite": true})).await;
    assert_eq!(
        (&row["notify"], &row["favourite"]),
        (&json!("mentions"), &json!(true))
    );
    hers.pushed("#sidebar", |html| html.contains("Favorites"))
        .await;
    bob.say(room, "quiet").await;
    bob.say(room, "loud @carol").await;
    let target = format!("#unread-{room}");
    let push = hers.pushed(&target, |html| html.contains("@1")).await;
    assert!(
        !push.contains("unread</span>"),
        "only mentions are counted: {push}"
    );
    let row = set(json!({"hidden": true})).await;
    assert_eq!(
        (&row["hidden"], &row["notify"]),
        (&json!(true), &json!("mentions"))
    );
    hers.pushed("#sidebar", |html| !html.contains("design"))
        .await;
    assert_eq!(bob.room(room).await["unread"]["hidden"], false);
    for preference in [
        json!({"notify": "x"}),
        json!({"hidden": "perhaps"}),
        json!({"favourite": 3}),
    ] {
        let refused = carol.send("PUT", &path, &preference).await.expect(422);
        assert!(refused.detail().ends_with('.'), "{}", refused.detail());
    }
}

#[tokio::test]
async fn a_hidden_direct_conversation_is_shown_again_after_a_message() {
    let server = Server::unlimited();
    let (_, bob, carol, _) = room_of_two(&server, "open").await;
    let direct = bob.direct(&["carol"]).await;
    let mut hers = carol.open_live_at("/live").await.after_sidebar().await;
    let row = format!("room-{direct}\"");
    let path = format!("/rooms/{direct}/preferences");
    carol
        .send("PUT", &path, &json!({"hidden": true}))
        .await
        .expect(200);
    hers.pushed("#sidebar", |html| !html.contains(&row)).await;
    bob.say(direct, "hello again").await;
    hers.pushed("#sidebar", |html| html.contains(&row)).await;
}

#[tokio::test]
async fn a_typing_indicator_is_pushed_once_and_ends_after_a_timeout_or_a_post() {
    let server = Server::unlimited();
    let (_, bob, carol, room) = room_of_two(&server, "open").await;
    let (mut his, mut hers) = (bob.open_live(room).await, open_idle(&carol, room).await);
    let mut elsewhere = open_idle(&carol, 1).await;
    let started = Instant::now();
    for _ in 0..20 {
        his.send(&json!({"typing": true})).await;
    }
    let push = hers.pushed("#typing", |html| html.contains("bob")).await;
    let mut late = carol.open_live(room).await;
    late.pushed("#typing", |html| html.contains("bob")).await;
    assert!(
        push.contains("hx-swap=\"innerHTML\"") && push.contains("data-author="),
        "{push}"
    );
    let last = Instant::now();
    hers.pushed("#typing", |html| !html.contains("bob")).await;
    let took = last.elapsed();
    assert!(
        took > Duration::from_secs(4),
        "the indicator ended after {took:?}"
    );
    assert!(
        took < Duration::from_secs(8),
        "the indicator ended after {took:?}"
    );
    assert!(
        hers.pending_for("#typing").is_empty(),
        "two pushes in {:?}",
        started.elapsed()
    );

    his.send(&json!({"typing": true})).await;
    hers.pushed("#typing", |html| html.contains("bob")).await;
    his.post("a message", "c1").await;
    let sent = Instant::now();
    hers.pushed("#typing", |html| !html.contains("bob")).await;
    assert!(
        sent.elapsed() < Duration::from_secs(3),
        "a post ends the indicator"
    );
    bob.say(1, "in the lobby").await;
    elsewhere.next_message().await;
    assert!(
        elsewhere.pending_for("#typing").is_empty(),
        "the indicator is for that room only"
    );
}

/// Opens a socket in a room where no user is typing, and waits until it has been told so.
async fn open_idle(account: &Account, room: i64) -> LiveSocket {
    let mut socket = account.open_live(room).await;
    socket.pushed("#typing", |html| !html.contains("<b")).await;
    socket
}

#[tokio::test]
async fn typing_indicators_are_pushed_at_most_once_a_second() {
    let server = Server::unlimited();
    let (ada, bob, carol, room) = room_of_two(&server, "open").await;
    bob.invite(room, "ada").await;
    let mut watching = open_idle(&carol, room).await;
    let (mut first, mut second) = (bob.open_live(room).await, ada.open_live(room).await);
    let started = Instant::now();
    first.send(&json!({"typing": true})).await;
    watching
        .pushed("#typing", |html| html.contains("bob"))
        .await;
    second.send(&json!({"typing": true})).await;
    let both = |html: &str| html.contains("bob") && html.contains("ada");
    watching.pushed("#typing", both).await;
    first.post("done", "c1").await;
    second.post("done too", "c2").await;
    let no_user = |html: &str| !html.contains("<b");
    watching.pushed("#typing", no_user).await;
    let allowed = 1 + started.elapsed().as_secs();
    let others = watching.pending_for("#typing").len() as u64;
    assert!(
        3 + others <= allowed + 1,
        "{others} more in {:?}",
        started.elapsed()
    );
}

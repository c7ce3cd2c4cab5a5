//! What is unread, who is told so, and how reading it in one place is seen in all.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::time::timeout;

use crate::harness::account::Account;
use crate::harness::html::{self, text_of};
use crate::harness::live::LiveSocket;
use crate::harness::server::Server;

/// What has to happen at once happens within this time.
const AT_ONCE: Duration = Duration::from_secs(1);

async fn settled(mut socket: LiveSocket) -> LiveSocket {
    socket.pushed("#sidebar", |_| true).await;
    socket
}

/// Bob's room with Carol in it; Ada, the admin, is outside.
async fn room_of_two(server: &Server, kind: &str) -> (Account, Account, Account, i64) {
    let ada = Account::register(server, "ada").await;
    let bob = Account::register(server, "bob").await;
    let carol = Account::register(server, "carol").await;
    let room = bob.make("design", kind).await;
    bob.invite(room, "carol").await;
    (ada, bob, carol, room)
}

fn id(message: &Value) -> i64 {
    message["id"].as_i64().expect("a message has an id")
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
async fn a_badge_is_pushed_to_people_elsewhere_and_to_no_outsider() {
    let server = Server::unlimited();
    let (ada, bob, carol, room) = room_of_two(&server, "closed").await;
    let target = format!("#unread-{room}");
    let mut hers = [
        settled(carol.listen_at("/live").await).await,
        settled(carol.listen(1).await).await,
    ];
    let mut outside = settled(ada.listen_at("/live").await).await;
    bob.say(room, "one").await;
    bob.say(room, "two, @carol").await;
    for socket in &mut hers {
        let both = socket.pushed(&target, |html| html.contains(">2<")).await;
        assert!(both.contains("hx-swap=\"outerHTML\""), "{both}");
        let badges = html::inside(&both, &target).expect("the badges of the row");
        assert_eq!(text_of(&badges), "@1 mention2 unread");
    }
    bob.say(1, "for all").await;
    outside
        .pushed("#unread-1", |html| html.contains(">1<"))
        .await;
    assert!(outside.waiting_for(&target).is_empty());
    assert_eq!(unread(&carol, room).await, (2, 1));
    assert_eq!(unread(&bob, room).await, (0, 0), "one's own is not unread");
}

#[tokio::test]
async fn the_page_and_the_push_have_the_same_badges() {
    let server = Server::unlimited();
    let (_, bob, carol, room) = room_of_two(&server, "open").await;
    let target = format!("#unread-{room}");
    let mut hers = settled(carol.listen_at("/live").await).await;
    bob.say(room, "hello @carol").await;
    let push = hers.pushed(&target, |html| html.contains(">1<")).await;
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
async fn reading_in_one_tab_clears_the_badge_in_all_others() {
    let server = Server::unlimited();
    let (_, bob, carol, room) = room_of_two(&server, "open").await;
    let target = format!("#unread-{room}");
    let mut reading = carol.listen(room).await;
    let mut others = [
        settled(carol.listen_at("/live").await).await,
        settled(carol.listen(1).await).await,
    ];
    let first = id(&bob.say(room, "first").await);
    let last = id(&bob.say(room, "second @carol").await);
    for socket in &mut others {
        socket.pushed(&target, |html| html.contains(">2<")).await;
    }
    assert_eq!(reading.messages_until(last).await.len(), 2);
    for (read, left) in [(first, "@1 mention1 unread"), (last, "")] {
        assert!(reading.say(&json!({"read": read})).await);
        for socket in &mut others {
            let mark = format!("data-read=\"{read}\"");
            let push = socket.pushed(&target, |html| html.contains(&mark));
            let push = timeout(AT_ONCE, push).await.expect("at once");
            let badges = html::inside(&push, &target).expect("the badges");
            assert_eq!(text_of(&badges), left);
        }
    }
    assert_eq!(unread(&carol, room).await, (0, 0));
}

#[tokio::test]
async fn a_position_never_goes_back_but_by_unread_from() {
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
    let mut live = carol.listen(room).await;
    live.say(&json!({"read": ids[1]})).await;
    live.say_text("what is refused is answered in its turn")
        .await;
    live.next_notice().await;
    let position = carol.room(room).await["unread"]["read"].clone();
    assert_eq!(position, ids[2], "nor by a frame");
    let row = put(&carol, room, json!({"unread_from": ids[1]})).await;
    assert_eq!(row["unread"], 3);
    let read = row["read"].as_i64().expect("a position");
    assert!(ids[0] <= read && read < ids[1]);
    let row = put(&carol, room, json!({})).await;
    assert_eq!(row["unread"], 0, "nothing named: all of it");
}

#[tokio::test]
async fn marking_unread_puts_the_badge_back_everywhere() {
    let server = Server::unlimited();
    let (_, bob, carol, room) = room_of_two(&server, "open").await;
    let message = id(&bob.say(room, "read me twice").await);
    put(&carol, room, json!({})).await;
    let mut hers = settled(carol.listen_at("/live").await).await;
    let mut here = settled(carol.listen(room).await).await;
    put(&carol, room, json!({"unread_from": message})).await;
    let target = format!("#unread-{room}");
    for socket in [&mut hers, &mut here] {
        let push = socket.pushed(&target, |html| html.contains(">1<"));
        timeout(AT_ONCE, push).await.expect("at once");
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
        "the line stands above it without scripts"
    );
    browser.page(&sheet).await.expect(200);
}

#[tokio::test]
async fn everything_is_read_at_once() {
    let server = Server::unlimited();
    let (ada, bob, carol, room) = room_of_two(&server, "closed").await;
    let direct = bob.direct(&["carol"]).await;
    for place in [1, room, direct] {
        bob.say(place, "unread").await;
        assert_eq!(unread(&carol, place).await.0, 1);
    }
    let browser = carol.browser().await;
    let form = [("back", "/rooms/1")];
    let done = browser.submit("/read", &form).await.expect(303);
    assert_eq!(done.header("location"), "/rooms/1");
    for place in [1, room, direct] {
        assert_eq!(unread(&carol, place).await, (0, 0));
    }
    assert_eq!(unread(&ada, 1).await.0, 1, "that was hers alone");
    bob.say(direct, "again").await;
    carol.send("POST", "/read", &json!({})).await.expect(204);
    assert_eq!(unread(&carol, direct).await.0, 0);
}

#[tokio::test]
async fn a_form_leads_back_to_this_site_only() {
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
async fn a_position_must_be_a_message_of_the_room() {
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
    assert_eq!(unread(&carol, room).await.0, 0, "forms send text");
}

#[tokio::test]
async fn what_a_person_wants_of_a_room_holds_for_them_alone() {
    let server = Server::unlimited();
    let (_, bob, carol, room) = room_of_two(&server, "open").await;
    let mut hers = settled(carol.listen_at("/live").await).await;
    let path = format!("/rooms/{room}/preferences");
    let set = async |wish: Value| carol.send("PUT", &path, &wish).await.expect(200).json();
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
        "no count of the rest: {push}"
    );
    let row = set(json!({"hidden": true})).await;
    assert_eq!(
        (&row["hidden"], &row["notify"]),
        (&json!(true), &json!("mentions"))
    );
    hers.pushed("#sidebar", |html| !html.contains("design"))
        .await;
    assert_eq!(bob.room(room).await["unread"]["hidden"], false);
    for wish in [
        json!({"notify": "x"}),
        json!({"hidden": "perhaps"}),
        json!({"favourite": 3}),
    ] {
        let refused = carol.send("PUT", &path, &wish).await.expect(422);
        assert!(refused.detail().ends_with('.'), "{}", refused.detail());
    }
}

#[tokio::test]
async fn a_hidden_conversation_comes_back_with_a_message() {
    let server = Server::unlimited();
    let (_, bob, carol, _) = room_of_two(&server, "open").await;
    let direct = bob.direct(&["carol"]).await;
    let mut hers = settled(carol.listen_at("/live").await).await;
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
async fn who_writes_is_shown_calmly_and_for_a_while() {
    let server = Server::unlimited();
    let (_, bob, carol, room) = room_of_two(&server, "open").await;
    let (mut his, mut hers) = (bob.listen(room).await, carol.listen(room).await);
    let mut elsewhere = carol.listen(1).await;
    let begun = Instant::now();
    for _ in 0..20 {
        his.say(&json!({"typing": true})).await;
    }
    let push = hers.pushed("#typing", |html| html.contains("bob")).await;
    assert!(
        push.contains("hx-swap=\"innerHTML\"") && push.contains("data-author="),
        "{push}"
    );
    let last = Instant::now();
    hers.pushed("#typing", |html| !html.contains("bob")).await;
    let took = last.elapsed();
    assert!(took > Duration::from_secs(4), "gone after {took:?}");
    assert!(took < Duration::from_secs(8), "gone after {took:?}");
    assert!(
        hers.waiting_for("#typing").is_empty(),
        "two pushes in {:?}",
        begun.elapsed()
    );

    his.say(&json!({"typing": true})).await;
    hers.pushed("#typing", |html| html.contains("bob")).await;
    his.post("what he wrote", "c1").await;
    let sent = Instant::now();
    hers.pushed("#typing", |html| !html.contains("bob")).await;
    assert!(sent.elapsed() < Duration::from_secs(3), "he has sent it");
    bob.say(1, "in the lobby").await;
    elsewhere.next_message().await;
    assert!(
        elsewhere.waiting_for("#typing").is_empty(),
        "in that room only"
    );
}

#[tokio::test]
async fn several_who_write_are_told_at_most_once_a_second() {
    let server = Server::unlimited();
    let (ada, bob, carol, room) = room_of_two(&server, "open").await;
    bob.invite(room, "ada").await;
    let mut watching = carol.listen(room).await;
    let (mut first, mut second) = (bob.listen(room).await, ada.listen(room).await);
    let begun = Instant::now();
    first.say(&json!({"typing": true})).await;
    watching
        .pushed("#typing", |html| html.contains("bob"))
        .await;
    second.say(&json!({"typing": true})).await;
    let both = |html: &str| html.contains("bob") && html.contains("ada");
    watching.pushed("#typing", both).await;
    first.post("done", "c1").await;
    second.post("done too", "c2").await;
    let nobody = |html: &str| !html.contains("<b");
    watching.pushed("#typing", nobody).await;
    let allowed = 1 + begun.elapsed().as_secs();
    let others = watching.waiting_for("#typing").len() as u64;
    assert!(
        3 + others <= allowed + 1,
        "{others} more in {:?}",
        begun.elapsed()
    );
}

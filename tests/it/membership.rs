//! Joining, leaving, removal and changes of a room, as open sockets receive them.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::time::timeout;

use crate::harness::account::Account;
use crate::harness::database::{connect, number};
use crate::harness::html;
use crate::harness::http::send;
use crate::harness::live::Event;
use crate::harness::server::{Server, UNLIMITED};
use crate::harness::{PATIENCE, PUSH_DEADLINE, client_id, wait_for};

async fn change(person: &Account, room: i64, change: Value) -> Value {
    let changed = person
        .send("PATCH", &format!("/rooms/{room}"), &change)
        .await;
    changed.expect(200).json()
}

#[tokio::test]
async fn a_room_appears_in_the_sidebar_of_a_user_who_is_added() {
    let server = Server::unlimited();
    let (ada, bob, carol) = Account::register_three(&server).await;
    let room = bob.create_room("design", "closed").await;
    let mut hers = [
        carol.open_live_at("/live").await.after_sidebar().await,
        carol.open_live(1).await.after_sidebar().await,
    ];
    let mut others = ada.open_live_at("/live").await.after_sidebar().await;
    bob.invite(room, "carol").await;
    for socket in &mut hers {
        let list = socket
            .pushed("#sidebar", |html| html.contains("design"))
            .await;
        assert!(list.contains("hx-swap=\"outerMorph\""), "{list}");
        let row = html::inside(&list, &format!("#room-{room}")).expect("the row of the room");
        assert!(row.contains(&format!("href=\"/rooms/{room}\"")), "{row}");
        assert!(row.contains("invite-only room"), "{row}");
    }
    let page = carol
        .browser()
        .await
        .page("/rooms/1")
        .await
        .expect(200)
        .text();
    let beside = html::inside(&page, &format!("#room-{room}")).expect("the page has the row");
    let list = html::inside(&page, "#sidebar").expect("a list");
    assert!(list.contains("design") && beside.contains("design"));

    let direct = carol.direct(&["ada"]).await;
    let row = format!("room-{direct}\"");
    let list = others.pushed("#sidebar", |html| html.contains(&row)).await;
    assert!(
        !list.contains("design"),
        "the list contains a room of others: {list}"
    );
}

#[tokio::test]
async fn earlier_messages_count_as_read_for_a_new_member() {
    let server = Server::unlimited();
    let (_, bob, carol) = Account::register_three(&server).await;
    let room = bob.create_room("design", "open").await;
    bob.say(room, "before the join").await;
    let join = format!("/rooms/{room}/members");
    carol.send("POST", &join, &json!({})).await.expect(201);
    assert_eq!(carol.room(room).await["unread"]["unread"], 0);
    bob.say(room, "now").await;
    assert_eq!(carol.room(room).await["unread"]["unread"], 1);
}

/// Time until the socket of a removed member was closed, its close code, and the received revs.
struct RemovedTab {
    took: Duration,
    code: u16,
    revs: Vec<i64>,
}

#[tokio::test]
async fn a_removed_member_receives_no_message_that_was_posted_after_the_removal() {
    let server = Server::unlimited();
    let (ada, bob, carol) = Account::register_three(&server).await;
    let room = bob.create_room("design", "closed").await;
    bob.invite(room, "ada").await;
    bob.invite(room, "carol").await;
    let mut tabs = Vec::new();
    for _ in 0..3 {
        tabs.push(carol.open_live(room).await);
    }
    let mut elsewhere = [
        carol.open_live(1).await.after_sidebar().await,
        carol.open_live_at("/live").await.after_sidebar().await,
    ];
    let posting = [ada.clone(), bob.clone(), ada.clone(), bob.clone()]
        .map(|person| tokio::spawn(async move { post_many(&person, room, 120).await }));
    for tab in &mut tabs {
        tab.messages(10).await; // until messages arrive
    }
    let listening = tabs.into_iter().map(|mut tab| {
        tokio::spawn(async move {
            let mut revs = Vec::new();
            while let Some(line) = tab.next_message_or_close().await {
                revs.push(line.rev);
            }
            (
                Instant::now(),
                tab.closed.expect("the socket is closed"),
                revs,
            )
        })
    });
    let listening: Vec<_> = listening.collect();
    bob.remove_member(room, "carol").await;
    let removed = Instant::now();
    let mut removed_tabs = Vec::new();
    for one in listening {
        let one = timeout(PATIENCE, one).await.expect("every tab is closed");
        let (ended, code, revs) = one.expect("the task does not panic");
        let took = ended.saturating_duration_since(removed);
        removed_tabs.push(RemovedTab { took, code, revs });
    }
    let mut after = Vec::new();
    for one in posting {
        let posted = one.await.expect("the task does not panic").into_iter();
        after.extend(
            posted
                .filter(|(started, _)| *started > removed)
                .map(|(_, rev)| rev),
        );
    }
    assert!(
        after.len() > 50,
        "only {} messages were posted after the removal",
        after.len()
    );
    for RemovedTab { took, code, revs } in removed_tabs {
        assert_eq!(code, 1008);
        assert!(took < PUSH_DEADLINE, "the close took {took:?}");
        let late: Vec<&i64> = revs.iter().filter(|rev| after.contains(rev)).collect();
        assert!(late.is_empty(), "{late:?}");
    }
    carol.get(&format!("/rooms/{room}")).await.expect(404);
    carol.try_post_in(room, "hello?").await.expect(404);
    assert_eq!(carol.open_live(room).await.close_code().await, 1008);
    let row = format!("room-{room}\"");
    for socket in &mut elsewhere {
        socket.pushed("#sidebar", |html| !html.contains(&row)).await;
        bob.say(1, "@carol are you there?").await;
    }
    elsewhere[0].next_message().await;
    elsewhere[1].pushed("#unread-1", |_| true).await;
}

/// Posts `count` messages. Returns the time before each post, and its rev.
async fn post_many(person: &Account, room: i64, count: usize) -> Vec<(Instant, i64)> {
    let mut posted = Vec::new();
    for number in 0..count {
        let started = Instant::now();
        let message = person.say(room, &format!("message {number}")).await;
        posted.push((started, message["rev"].as_i64().expect("a rev")));
    }
    posted
}

#[tokio::test]
async fn removal_from_the_first_room_closes_the_text_socket_too() {
    let server = Server::unlimited();
    let (ada, bob, _) = Account::register_three(&server).await;
    let (mut plain, mut live) = (bob.text_socket().await, bob.open_live(1).await);
    plain.users(&["bob"]).await;
    let mut nowhere = bob.open_live_at("/live").await.after_sidebar().await;
    ada.remove_member(1, "bob").await;
    let ended = async { (plain.close_code().await, live.close_code().await) };
    assert_eq!(
        timeout(PUSH_DEADLINE, ended)
            .await
            .expect("before the deadline"),
        (1008, 1008)
    );
    nowhere
        .pushed("#sidebar", |html| !html.contains("room-1\""))
        .await;
    assert_eq!(
        bob.text_socket().await.close_code().await,
        1008,
        "the user has no room"
    );
    let browser = bob.browser().await;
    let home = browser.page("/").await.expect(303);
    assert_eq!(home.header("location"), "/rooms");

    let room = bob.create_room("mine", "open").await;
    let mut plain = bob.text_socket().await;
    plain.users(&["bob"]).await;
    plain.send("into the oldest of my rooms").await;
    plain.line("Me", "into the oldest of my rooms").await;
    assert_eq!(bob.room(room).await["rev"], 1);
}

#[tokio::test]
async fn a_changed_room_name_or_kind_is_pushed_to_the_members() {
    let server = Server::unlimited();
    let (ada, bob, carol) = Account::register_three(&server).await;
    let room = bob.create_room("design", "closed").await;
    bob.invite(room, "carol").await;
    let mut hers = carol.open_live_at("/live").await.after_sidebar().await;
    let mut inside = carol.open_live(room).await.after_sidebar().await;
    let mut others = ada.open_live_at("/live").await.after_sidebar().await;
    change(&bob, room, json!({"name": "drawing board"})).await;
    for socket in [&mut hers, &mut inside] {
        let list = socket.pushed("#sidebar", |html| html.contains("drawing board"));
        assert!(!list.await.contains("design"));
    }
    let opened = change(&bob, room, json!({"kind": "open"})).await;
    assert_eq!(opened["kind"], "open");
    let row = format!("#room-{room}");
    let is_open = |html: &str| {
        let row = html::inside(html, &row);
        row.is_some_and(|row| !row.contains("invite-only room"))
    };
    hers.pushed("#sidebar", is_open).await;
    let join = format!("/rooms/{room}/members");
    ada.send("POST", &join, &json!({})).await.expect(201);
    let list = others.pushed("#sidebar", |html| html.contains("drawing board"));
    list.await;
}

#[tokio::test]
async fn an_archived_room_can_be_read_but_not_written() {
    let server = Server::unlimited();
    let (ada, bob, carol) = Account::register_three(&server).await;
    let room = bob.create_room("design", "open").await;
    bob.invite(room, "carol").await;
    bob.say(room, "the last word").await;
    let mut elsewhere = carol.open_live_at("/live").await.after_sidebar().await;
    let mut inside = carol.open_live(room).await;
    inside.next_message().await;
    let row = format!("room-{room}\"");
    change(&bob, room, json!({"archived": true})).await;
    elsewhere
        .pushed("#sidebar", |html| !html.contains(&row))
        .await;

    for person in [&bob, &carol] {
        let refused = person
            .try_post_in(room, "one more")
            .await
            .expect(403)
            .detail();
        assert!(refused.contains("archived"), "{refused}");
        let path = format!("/rooms/{room}/members");
        let body = json!({"username": "ada"});
        person.send("POST", &path, &body).await.expect(403);
    }
    inside.post("by socket", "c1").await;
    let notice = inside.next_notice().await;
    assert_eq!(notice.client_id.as_deref(), Some("c1"));
    assert!(notice.text.contains("archived"), "{}", notice.text);
    let browser = carol.browser().await;
    let form = [("body", "by form")];
    let path = format!("/rooms/{room}/messages");
    let page = browser.submit(&path, &form).await.expect(403).text();
    assert!(page.contains("archived"), "{page}");
    let page = browser
        .page(&format!("/rooms/{room}"))
        .await
        .expect(200)
        .text();
    assert_eq!(html::message_elements(&page).len(), 1);
    assert!(
        html::tag_of(&page, "#composer").is_none(),
        "an archived room has no composer"
    );
    assert_eq!(carol.room(room).await["archived"], true);
    let archived = carol.get("/rooms?archived=1").await.json();
    assert_eq!(archived["rooms"][0]["id"], room);
    assert_eq!(
        ada.get("/rooms?archived=1").await.json()["rooms"],
        json!([])
    );

    change(&bob, room, json!({"archived": false})).await;
    elsewhere
        .pushed("#sidebar", |html| html.contains(&row))
        .await;
    carol.say(room, "after the restore").await;
}

#[tokio::test]
async fn a_deleted_room_is_closed_for_all_members_and_its_rows_are_removed() {
    let server = Server::unlimited();
    let (ada, bob, carol) = Account::register_three(&server).await;
    let room = bob.create_room("design", "open").await;
    for name in ["ada", "carol"] {
        bob.invite(room, name).await;
    }
    let mut inside = [carol.open_live(room).await, bob.open_live(room).await];
    let mut elsewhere = carol.open_live_at("/live").await.after_sidebar().await;
    let writing = [ada.clone(), carol.clone()]
        .map(|person| tokio::spawn(async move { write_until_gone(&person, room).await }));
    for socket in &mut inside {
        socket.messages(600).await;
        socket.post("and one by socket", &client_id()).await;
    }
    let path = format!("/rooms/{room}");
    let confirmation = json!({"name": "design"});
    bob.send("DELETE", &path, &confirmation).await.expect(204);
    let ends = async { [inside[0].close_code().await, inside[1].close_code().await] };
    assert_eq!(
        timeout(PUSH_DEADLINE, ends)
            .await
            .expect("before the deadline"),
        [1008, 1008]
    );
    let again = bob.create_room("Design", "open").await;
    assert_ne!(again, room, "the name is free, but the id is not reused");
    for one in writing {
        let (posted, last) = one.await.expect("the task does not panic");
        assert!(posted > 100);
        assert_eq!(last, 404, "the room is not found after the deletion");
    }
    let row = format!("room-{room}\"");
    elsewhere
        .pushed("#sidebar", |html| !html.contains(&row))
        .await;
    for person in [&ada, &bob, &carol] {
        person.get(&path).await.expect(404);
        person.get(&format!("{path}/messages")).await.expect(404);
    }
    let data = server.data();
    wait_for("the messages to be removed", async || {
        let rows = rows_of(&data, room);
        (rows == 0).then_some(())
    })
    .await;
    bob.say(again, "a new beginning").await;
}

/// Posts until a post is refused. Returns the number of posts and the last status code.
async fn write_until_gone(person: &Account, room: i64) -> (usize, u16) {
    let mut posted = 0;
    loop {
        match person.try_post_in(room, "another message").await.status {
            201 => posted += 1,
            other => return (posted, other),
        }
    }
}

/// Number of rows of a room in the database.
fn rows_of(data: &Path, room: i64) -> i64 {
    let rows = format!(
        "SELECT (SELECT COUNT(*) FROM messages WHERE room_id = {room}) \
         + (SELECT COUNT(*) FROM members WHERE room_id = {room}) \
         + (SELECT COUNT(*) FROM mentions WHERE room_id = {room}) \
         + (SELECT COUNT(*) FROM rooms WHERE id = {room}) AS number"
    );
    number(&mut connect(data), &rows)
}

#[tokio::test]
async fn the_rows_of_a_deleted_room_are_removed_after_a_kill_and_restart() {
    let mut server = Server::executable(&UNLIMITED);
    let (ada, bob, _) = Account::register_three(&server).await;
    let room = bob.create_room("design", "open").await;
    bob.invite(room, "ada").await;
    for number in 0..40 {
        bob.say(room, &format!("@ada number {number}")).await;
    }
    let path = format!("/rooms/{room}");
    let confirmation = json!({"name": "design"});
    bob.send("DELETE", &path, &confirmation).await.expect(204);
    server.kill9();
    server.start_again();
    ada.get(&path).await.expect(404);
    let data = server.data();
    wait_for("the messages to be removed", async || {
        (rows_of(&data, room) == 0).then_some(())
    })
    .await;
    bob.create_room("design", "open").await;
}

#[tokio::test]
async fn leaving_a_room_closes_only_the_sockets_of_that_user() {
    let server = Server::unlimited();
    let (_, bob, carol) = Account::register_three(&server).await;
    let room = bob.create_room("design", "open").await;
    bob.invite(room, "carol").await;
    let (mut hers, mut his) = (carol.open_live(room).await, bob.open_live(room).await);
    let path = format!("/rooms/{room}/members/carol");
    send(carol.ask("DELETE", &path)).await.expect(204);
    let ended = timeout(PUSH_DEADLINE, hers.close_code()).await;
    assert_eq!(ended.expect("before the deadline"), 1008);
    bob.say(room, "still here").await;
    assert_eq!(his.next_message().await.text, "still here");
    let received = hers
        .pending()
        .any(|event| matches!(event, Event::Message(_)));
    assert!(!received, "a user who left receives no message");
    let join = format!("/rooms/{room}/members");
    carol.send("POST", &join, &json!({})).await.expect(201);
    carol.say(room, "back again").await;
    assert_eq!(his.next_message().await.text, "back again");
}

//! Coming in, being put out and what changes in a room, while people watch.

use std::time::{Duration, Instant};

use diesel::{Connection, QueryableByName, RunQueryDsl, SqliteConnection, sql_types::BigInt};
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::harness::account::Account;
use crate::harness::html;
use crate::harness::http::send;
use crate::harness::live::{Event, LiveSocket};
use crate::harness::server::{Server, UNLIMITED};
use crate::harness::{PATIENCE, client_id, wait_for};

/// What has to happen at once happens within this time.
const AT_ONCE: Duration = Duration::from_secs(1);

/// The admin and two more.
async fn three(server: &Server) -> (Account, Account, Account) {
    (
        Account::register(server, "ada").await,
        Account::register(server, "bob").await,
        Account::register(server, "carol").await,
    )
}

/// A socket that has shown its sidebar.
async fn settled(mut socket: LiveSocket) -> LiveSocket {
    socket.pushed("#sidebar", |_| true).await;
    socket
}

async fn change(person: &Account, room: i64, change: Value) -> Value {
    let changed = person
        .send("PATCH", &format!("/rooms/{room}"), &change)
        .await;
    changed.expect(200).json()
}

#[tokio::test]
async fn a_room_appears_for_whoever_is_brought_in() {
    let server = Server::unlimited();
    let (ada, bob, carol) = three(&server).await;
    let room = bob.make("design", "closed").await;
    let mut hers = [
        settled(carol.listen_at("/live").await).await,
        settled(carol.listen(1).await).await,
    ];
    let mut others = settled(ada.listen_at("/live").await).await;
    bob.invite(room, "carol").await;
    for socket in &mut hers {
        let list = socket
            .pushed("#sidebar", |html| html.contains("design"))
            .await;
        assert!(list.contains("hx-swap=\"outerMorph\""), "{list}");
        let row = html::inside(&list, &format!("#room-{room}")).expect("a row of its own");
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
    let beside = html::inside(&page, &format!("#room-{room}")).expect("the page has it");
    let list = html::inside(&page, "#sidebar").expect("a list");
    assert!(list.contains("design") && beside.contains("design"));

    let direct = carol.direct(&["ada"]).await;
    let row = format!("room-{direct}\"");
    let list = others.pushed("#sidebar", |html| html.contains(&row)).await;
    assert!(!list.contains("design"), "that is not hers: {list}");
}

#[tokio::test]
async fn who_comes_in_has_read_what_was_said_before() {
    let server = Server::unlimited();
    let (_, bob, carol) = three(&server).await;
    let room = bob.make("design", "open").await;
    bob.say(room, "long ago").await;
    let join = format!("/rooms/{room}/members");
    carol.send("POST", &join, &json!({})).await.expect(201);
    assert_eq!(carol.room(room).await["unread"]["unread"], 0);
    bob.say(room, "now").await;
    assert_eq!(carol.room(room).await["unread"]["unread"], 1);
}

/// What a removed person's socket still heard.
struct Heard {
    took: Duration,
    code: u16,
    revs: Vec<i64>,
}

#[tokio::test]
async fn nothing_reaches_who_was_put_out_however_fast_others_write() {
    let server = Server::unlimited();
    let (ada, bob, carol) = three(&server).await;
    let room = bob.make("design", "closed").await;
    bob.invite(room, "ada").await;
    bob.invite(room, "carol").await;
    let mut tabs = Vec::new();
    for _ in 0..3 {
        tabs.push(carol.listen(room).await);
    }
    let mut elsewhere = [
        settled(carol.listen(1).await).await,
        settled(carol.listen_at("/live").await).await,
    ];
    let storm = [ada.clone(), bob.clone(), ada.clone(), bob.clone()]
        .map(|person| tokio::spawn(async move { storm(&person, room, 120).await }));
    for tab in &mut tabs {
        tab.messages(10).await; // the storm goes on
    }
    let listening = tabs.into_iter().map(|mut tab| {
        tokio::spawn(async move {
            let mut revs = Vec::new();
            while let Some(line) = tab.next_message_or_end().await {
                revs.push(line.rev);
            }
            (Instant::now(), tab.closed.expect("it ended"), revs)
        })
    });
    let listening: Vec<_> = listening.collect();
    bob.put_out(room, "carol").await;
    let out = Instant::now();
    let mut heard = Vec::new();
    for one in listening {
        let one = timeout(PATIENCE, one).await.expect("every tab ends");
        let (ended, code, revs) = one.expect("a tab");
        let took = ended.saturating_duration_since(out);
        heard.push(Heard { took, code, revs });
    }
    let mut after = Vec::new();
    for one in storm {
        let posted = one.await.expect("the storm ends").into_iter();
        after.extend(posted.filter(|(begun, _)| *begun > out).map(|(_, rev)| rev));
    }
    assert!(after.len() > 50, "only {} came after", after.len());
    for Heard { took, code, revs } in heard {
        assert_eq!(code, 1008);
        assert!(took < AT_ONCE, "it took {took:?}");
        let late: Vec<&i64> = revs.iter().filter(|rev| after.contains(rev)).collect();
        assert!(late.is_empty(), "{late:?}");
    }
    carol.get(&format!("/rooms/{room}")).await.expect(404);
    carol.try_say(room, "hello?").await.expect(404);
    assert_eq!(carol.listen(room).await.ended().await, 1008);
    let row = format!("room-{room}\"");
    for socket in &mut elsewhere {
        socket.pushed("#sidebar", |html| !html.contains(&row)).await;
        bob.say(1, "@carol are you there?").await;
    }
    elsewhere[0].next_message().await;
    elsewhere[1].pushed("#unread-1", |_| true).await;
}

/// Posts so many messages; of each, when it was begun and its rev.
async fn storm(person: &Account, room: i64, count: usize) -> Vec<(Instant, i64)> {
    let mut posted = Vec::new();
    for number in 0..count {
        let begun = Instant::now();
        let message = person.say(room, &format!("storm {number}")).await;
        posted.push((begun, message["rev"].as_i64().expect("a rev")));
    }
    posted
}

#[tokio::test]
async fn who_is_put_out_of_the_first_room_loses_the_plain_socket_too() {
    let server = Server::unlimited();
    let (ada, bob, _) = three(&server).await;
    let (mut plain, mut live) = (bob.plain().await, bob.listen(1).await);
    plain.users(&["bob"]).await;
    let mut nowhere = settled(bob.listen_at("/live").await).await;
    ada.put_out(1, "bob").await;
    let ended = async { (plain.ended().await, live.ended().await) };
    assert_eq!(
        timeout(AT_ONCE, ended).await.expect("at once"),
        (1008, 1008)
    );
    nowhere
        .pushed("#sidebar", |html| !html.contains("room-1\""))
        .await;
    assert_eq!(bob.plain().await.ended().await, 1008, "there is no room");
    let browser = bob.browser().await;
    let home = browser.page("/").await.expect(303);
    assert_eq!(home.header("location"), "/rooms");

    let room = bob.make("mine", "open").await;
    let mut plain = bob.plain().await;
    plain.users(&["bob"]).await;
    plain.say("into the oldest of my rooms").await;
    plain.line("Me", "into the oldest of my rooms").await;
    assert_eq!(bob.room(room).await["rev"], 1);
}

#[tokio::test]
async fn a_new_name_is_pushed_to_everyone_in_the_room() {
    let server = Server::unlimited();
    let (ada, bob, carol) = three(&server).await;
    let room = bob.make("design", "closed").await;
    bob.invite(room, "carol").await;
    let mut hers = settled(carol.listen_at("/live").await).await;
    let mut inside = settled(carol.listen(room).await).await;
    let mut others = settled(ada.listen_at("/live").await).await;
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
async fn an_archived_room_is_read_and_not_written() {
    let server = Server::unlimited();
    let (ada, bob, carol) = three(&server).await;
    let room = bob.make("design", "open").await;
    bob.invite(room, "carol").await;
    bob.say(room, "the last word").await;
    let mut elsewhere = settled(carol.listen_at("/live").await).await;
    let mut inside = carol.listen(room).await;
    inside.next_message().await;
    let row = format!("room-{room}\"");
    change(&bob, room, json!({"archived": true})).await;
    elsewhere
        .pushed("#sidebar", |html| !html.contains(&row))
        .await;

    for person in [&bob, &carol] {
        let refused = person.try_say(room, "one more").await.expect(403).detail();
        assert!(refused.contains("archived"), "{refused}");
        let path = format!("/rooms/{room}/members");
        let guest = json!({"username": "ada"});
        person.send("POST", &path, &guest).await.expect(403);
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
    assert_eq!(html::lines(&page).len(), 1);
    assert!(
        html::tag_of(&page, "#composer").is_none(),
        "no box to write in"
    );
    assert_eq!(carol.room(room).await["archived"], true);
    let kept = carol.get("/rooms?archived=1").await.json();
    assert_eq!(kept["rooms"][0]["id"], room);
    assert_eq!(
        ada.get("/rooms?archived=1").await.json()["rooms"],
        json!([])
    );

    change(&bob, room, json!({"archived": false})).await;
    elsewhere
        .pushed("#sidebar", |html| html.contains(&row))
        .await;
    carol.say(room, "and on it goes").await;
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

#[tokio::test]
async fn a_deleted_room_ends_for_everyone_at_once() {
    let server = Server::unlimited();
    let (ada, bob, carol) = three(&server).await;
    let room = bob.make("design", "open").await;
    for name in ["ada", "carol"] {
        bob.invite(room, name).await;
    }
    let mut inside = [carol.listen(room).await, bob.listen(room).await];
    let mut elsewhere = settled(carol.listen_at("/live").await).await;
    let writing = [ada.clone(), carol.clone()]
        .map(|person| tokio::spawn(async move { write_until_gone(&person, room).await }));
    for socket in &mut inside {
        socket.messages(600).await;
        socket.post("and one by socket", &client_id()).await;
    }
    let path = format!("/rooms/{room}");
    let sure = json!({"name": "design"});
    bob.send("DELETE", &path, &sure).await.expect(204);
    let ends = async { [inside[0].ended().await, inside[1].ended().await] };
    assert_eq!(timeout(AT_ONCE, ends).await.expect("at once"), [1008, 1008]);
    let again = bob.make("Design", "open").await;
    assert_ne!(
        again, room,
        "the name is free, the number is not used again"
    );
    for one in writing {
        let (posted, last) = one.await.expect("somebody who writes");
        assert!(posted > 100);
        assert_eq!(last, 404, "then it is gone");
    }
    let row = format!("room-{room}\"");
    elsewhere
        .pushed("#sidebar", |html| !html.contains(&row))
        .await;
    for person in [&ada, &bob, &carol] {
        person.get(&path).await.expect(404);
        person.get(&format!("{path}/messages")).await.expect(404);
    }
    let database = server.data().join("chatterbox.db");
    wait_for("the messages to be removed", async || {
        let left = left_of(&database.display().to_string(), room);
        (left == 0).then_some(())
    })
    .await;
    bob.say(again, "a new beginning").await;
}

/// Posts until that is refused: how many, and how it ended.
async fn write_until_gone(person: &Account, room: i64) -> (usize, u16) {
    let mut posted = 0;
    loop {
        match person.try_say(room, "on and on").await.status {
            201 => posted += 1,
            other => return (posted, other),
        }
    }
}

/// Rows that a room still has in the database.
fn left_of(path: &str, room: i64) -> i64 {
    let mut conn = SqliteConnection::establish(path).expect("the database opens");
    let rows = format!(
        "SELECT (SELECT COUNT(*) FROM messages WHERE room_id = {room}) \
         + (SELECT COUNT(*) FROM members WHERE room_id = {room}) \
         + (SELECT COUNT(*) FROM mentions WHERE room_id = {room}) \
         + (SELECT COUNT(*) FROM rooms WHERE id = {room}) AS count"
    );
    let found: Count = diesel::sql_query(rows)
        .get_result(&mut conn)
        .expect("a row");
    found.count
}

#[tokio::test]
async fn what_is_left_of_a_deleted_room_goes_after_a_restart() {
    let mut server = Server::executable(&UNLIMITED);
    let (ada, bob, _) = three(&server).await;
    let room = bob.make("design", "open").await;
    bob.invite(room, "ada").await;
    for number in 0..40 {
        bob.say(room, &format!("@ada number {number}")).await;
    }
    let path = format!("/rooms/{room}");
    let sure = json!({"name": "design"});
    bob.send("DELETE", &path, &sure).await.expect(204);
    server.kill9();
    server.start_again();
    ada.get(&path).await.expect(404);
    let database = server.data().join("chatterbox.db").display().to_string();
    wait_for("the messages to be removed", async || {
        (left_of(&database, room) == 0).then_some(())
    })
    .await;
    bob.make("design", "open").await;
}

#[tokio::test]
async fn leaving_closes_ones_own_sockets_and_no_others() {
    let server = Server::unlimited();
    let (_, bob, carol) = three(&server).await;
    let room = bob.make("design", "open").await;
    bob.invite(room, "carol").await;
    let (mut hers, mut his) = (carol.listen(room).await, bob.listen(room).await);
    let path = format!("/rooms/{room}/members/carol");
    send(carol.ask("DELETE", &path)).await.expect(204);
    let ended = timeout(AT_ONCE, hers.ended()).await;
    assert_eq!(ended.expect("at once"), 1008);
    bob.say(room, "still here").await;
    assert_eq!(his.next_message().await.text, "still here");
    let heard = hers
        .unread()
        .any(|event| matches!(event, Event::Message(_)));
    assert!(!heard, "she has gone");
    let join = format!("/rooms/{room}/members");
    carol.send("POST", &join, &json!({})).await.expect(201);
    carol.say(room, "back again").await;
    assert_eq!(his.next_message().await.text, "back again");
}

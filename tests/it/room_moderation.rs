//! Time-outs, bans, slow mode and rooms for announcements.

use diesel::connection::SimpleConnection;
use serde_json::{Value, json};

use crate::harness::account::Account;
use crate::harness::client_id;
use crate::harness::database::{connect, number};
use crate::harness::http::{Reply, send};
use crate::harness::message_actions::id;
use crate::harness::server::Server;

/// Room for all, owned by ada; mo is a moderator of the server, bob and carol are members.
struct Place {
    server: Server,
    ada: Account,
    mo: Account,
    bob: Account,
    carol: Account,
    room: i64,
}

impl Place {
    async fn new() -> Place {
        let server = Server::unlimited();
        let root = Account::register(&server, "root").await;
        let mut people = Vec::new();
        for name in ["ada", "mo", "bob", "carol"] {
            people.push(Account::register(&server, name).await);
        }
        let role = json!({"role": "moderator"});
        root.send("PATCH", "/people/mo/role", &role)
            .await
            .expect(204);
        let [ada, mo, bob, carol] = people.try_into().ok().expect("four people");
        let room = ada.create_room("garden", "open").await;
        for name in ["mo", "bob", "carol"] {
            ada.invite(room, name).await;
        }
        Place {
            server,
            ada,
            mo,
            bob,
            carol,
            room,
        }
    }

    async fn change(&self, by: &Account, change: Value) -> Reply {
        by.send("PATCH", &format!("/rooms/{}", self.room), &change)
            .await
    }

    async fn time_out(&self, by: &Account, name: &str, minutes: i64) -> Reply {
        let path = format!("/rooms/{}/members/{name}/time-out", self.room);
        by.send("PUT", &path, &json!({"minutes": minutes})).await
    }

    async fn ban(&self, by: &Account, method: &str, name: &str) -> Reply {
        let path = format!("/rooms/{}/bans/{name}", self.room);
        send(by.ask(method, &path)).await
    }

    async fn post_with(&self, by: &Account, client_id: &str) -> Reply {
        let message = json!({"body": "hello", "client_id": client_id});
        by.send("POST", &format!("/rooms/{}/messages", self.room), &message)
            .await
    }

    fn sql(&self, statement: &str) {
        let done = connect(&self.server.data()).batch_execute(statement);
        done.expect("a valid statement");
    }
}

#[tokio::test]
async fn a_member_who_is_timed_out_reads_but_does_not_post_or_react() {
    let place = Place::new().await;
    let message = place.carol.say(place.room, "hello").await;
    place.time_out(&place.ada, "bob", 10).await.expect(204);
    let mut socket = place.bob.open_live(place.room).await;
    let refused = place
        .bob
        .try_post_in(place.room, "me too")
        .await
        .expect(403);
    assert!(
        refused.detail().contains("again in 10 minutes"),
        "{}",
        refused.detail()
    );
    place
        .bob
        .react((place.room, id(&message)), "👍")
        .await
        .expect(403);
    socket.post("me too", &client_id()).await;
    assert!(socket.next_notice().await.text.contains("timed out"));
    let page = place
        .bob
        .browser()
        .await
        .page(&format!("/rooms/{}", place.room))
        .await;
    assert!(page.expect(200).text().contains("You’ve been timed out."));
    let room = place.bob.room(place.room).await;
    assert!(room["timed_out_until"].is_string());
    place.time_out(&place.ada, "bob", 0).await.expect(204);
    place.bob.say(place.room, "thanks").await;
}

#[tokio::test]
async fn a_time_out_ends_by_itself_and_has_bounds() {
    let place = Place::new().await;
    for minutes in [-1, 40_321] {
        place.time_out(&place.ada, "bob", minutes).await.expect(422);
    }
    place.time_out(&place.ada, "bob", 40_320).await.expect(204);
    place.bob.try_post_in(place.room, "hello").await.expect(403);
    place.sql("UPDATE members SET timed_out_until = timed_out_until - 40320 * 60000");
    // Nothing told the server, so this also shows that the end is checked when a message is posted.
    place.bob.say(place.room, "hello").await;
}

#[tokio::test]
async fn moderators_act_on_members_and_not_on_owners() {
    let place = Place::new().await;
    let message = place.carol.say(place.room, "noise").await;
    for (by, name, status) in [
        (&place.bob, "carol", 403),
        (&place.mo, "ada", 403),
        (&place.mo, "mo", 403),
        (&place.ada, "mo", 204),
        (&place.mo, "carol", 204),
        (&place.mo, "root", 404),
        (&place.mo, "nobody", 404),
    ] {
        place.time_out(by, name, 1).await.expect(status);
    }
    place.time_out(&place.ada, "mo", 0).await.expect(204);
    place
        .mo
        .delete((place.room, id(&message)))
        .await
        .expect(200);
    place
        .change(&place.mo, json!({"name": "meadow"}))
        .await
        .expect(403);
    place
        .change(&place.mo, json!({"slow_mode": 10}))
        .await
        .expect(403);
    place.ban(&place.mo, "PUT", "ada").await.expect(403);
    place.ban(&place.bob, "PUT", "carol").await.expect(403);
    let remove = format!("/rooms/{}/members/ada", place.room);
    send(place.mo.ask("DELETE", &remove)).await.expect(403);
    place.mo.remove_member(place.room, "carol").await;
}

#[tokio::test]
async fn a_banned_user_is_out_at_once_and_stays_out() {
    let place = Place::new().await;
    let mut socket = place.bob.open_live(place.room).await;
    place.ban(&place.mo, "PUT", "bob").await.expect(204);
    place.ada.say(place.room, "after the ban").await;
    while let Some(message) = socket.next_message_or_close().await {
        assert_ne!(message.text, "after the ban");
    }
    assert_eq!(socket.closed, Some(1008));
    let join = format!("/rooms/{}/members", place.room);
    let refused = place.bob.send("POST", &join, &json!({})).await.expect(403);
    assert!(refused.detail().contains("banned"), "{}", refused.detail());
    let add = json!({"username": "bob"});
    let refused = place.ada.send("POST", &join, &add).await.expect(409);
    assert_eq!(refused.detail(), "bob is banned from this room.");
    let list = place.ada.get(&join).await.expect(200).json();
    assert_eq!(list["banned"][0]["username"], "bob");
    assert!(place.carol.get(&join).await.expect(200).json()["banned"].is_null());
    place.ban(&place.ada, "DELETE", "bob").await.expect(204);
    place.ban(&place.ada, "DELETE", "bob").await.expect(404);
    place.bob.send("POST", &join, &json!({})).await.expect(201);
}

#[tokio::test]
async fn a_user_can_be_banned_before_they_join() {
    let place = Place::new().await;
    let dan = Account::register(&place.server, "dan").await;
    place.ban(&place.ada, "PUT", "dan").await.expect(204);
    place.ban(&place.ada, "PUT", "dan").await.expect(204); // changes nothing
    let join = format!("/rooms/{}/members", place.room);
    dan.send("POST", &join, &json!({})).await.expect(403);
    place.ban(&place.ada, "PUT", "ada").await.expect(409);
}

#[tokio::test]
async fn only_owners_and_moderators_post_announcements() {
    let place = Place::new().await;
    place
        .change(&place.ada, json!({"announcements": true}))
        .await
        .expect(200);
    let refused = place.bob.try_post_in(place.room, "hello").await.expect(403);
    assert_eq!(
        refused.detail(),
        "Only owners and moderators can post in this room."
    );
    place.mo.say(place.room, "news").await;
    let news = place.ada.say(place.room, "more news").await;
    place
        .bob
        .react((place.room, id(&news)), "🎉")
        .await
        .expect(200);
    let page = place
        .bob
        .browser()
        .await
        .page(&format!("/rooms/{}", place.room))
        .await;
    let page = page.expect(200).text();
    assert!(page.contains("Only owners and moderators can post in this room."));
    assert!(!page.contains("id=\"composer\"") && page.contains("react"));
    place
        .change(&place.ada, json!({"announcements": false}))
        .await
        .expect(200);
    place.bob.say(place.room, "hello").await;
}

#[tokio::test]
async fn slow_mode_limits_members_over_all_their_connections() {
    let place = Place::new().await;
    place
        .change(&place.ada, json!({"slow_mode": 30}))
        .await
        .expect(200);
    let bob = &place.bob;
    place.post_with(bob, "first").await.expect(201);
    let refused = place.post_with(bob, "second").await.expect(429);
    let text = "Slow mode is on. You can post again in ";
    assert!(refused.detail().starts_with(text), "{}", refused.detail());
    let wait: u64 = refused.header("retry-after").parse().expect("seconds");
    assert!((1..=30).contains(&wait));
    let mut socket = Account::log_in(&place.server, "bob")
        .await
        .open_live(place.room)
        .await;
    socket.post("third", &client_id()).await;
    assert!(socket.next_notice().await.text.contains("Slow mode"));
    // A repeated post is no second one.
    place.post_with(bob, "first").await.expect(200);
    for by in [&place.ada, &place.mo] {
        by.say(place.room, "one").await;
        by.say(place.room, "two").await;
    }
    place.sql("UPDATE members SET posted_at = posted_at - 30000");
    place.post_with(bob, "fourth").await.expect(201);
}

#[tokio::test]
async fn of_twenty_posts_at_once_slow_mode_takes_one() {
    let place = Place::new().await;
    place
        .change(&place.ada, json!({"slow_mode": 60}))
        .await
        .expect(200);
    let posts = (0..20).map(|n| {
        let (place, id) = (&place, format!("post-{n}"));
        async move { place.post_with(&place.bob, &id).await.status }
    });
    let mut statuses = futures_util::future::join_all(posts).await;
    statuses.sort_unstable();
    assert_eq!(statuses, [vec![201], vec![429; 19]].concat());
}

#[tokio::test]
async fn unusable_intervals_are_refused() {
    let place = Place::new().await;
    for seconds in [json!(-1), json!(3601), json!("soon"), json!(1.5)] {
        let refused = place
            .change(&place.ada, json!({"slow_mode": seconds}))
            .await;
        refused.expect(422);
    }
    assert_eq!(place.ada.room(place.room).await["slow_mode"], 0);
}

#[tokio::test]
async fn the_members_page_has_forms_for_moderation() {
    let place = Place::new().await;
    let browser = place.mo.browser().await;
    let members = format!("/rooms/{}/members", place.room);
    let minutes = [("minutes", "10")];
    browser
        .submit(&format!("{members}/bob/time-out"), &minutes)
        .await
        .expect(303);
    let page = browser.page(&members).await.expect(200).text();
    assert!(page.contains("Timed out") && page.contains("End time-out"));
    let end = [("minutes", "0")];
    browser
        .submit(&format!("{members}/bob/time-out"), &end)
        .await
        .expect(303);
    let bans = format!("/rooms/{}/bans/carol", place.room);
    browser.submit(&bans, &[]).await.expect(303);
    let page = browser.page(&members).await.expect(200).text();
    assert!(page.contains("Unban carol"));
    browser
        .submit(&format!("{bans}/end"), &[])
        .await
        .expect(303);
    let page = browser.page(&members).await.expect(200).text();
    assert!(!page.contains("Unban carol"));
}

#[tokio::test]
async fn moderation_is_in_the_audit_log_without_names_of_private_rooms() {
    let place = Place::new().await;
    let closed = place.ada.create_room("salaries", "closed").await;
    place.ada.invite(closed, "bob").await;
    place.time_out(&place.ada, "bob", 5).await.expect(204);
    let path = format!("/rooms/{closed}/bans/bob");
    send(place.ada.ask("PUT", &path)).await.expect(204);
    place
        .change(&place.ada, json!({"slow_mode": 10}))
        .await
        .expect(200);
    let mut conn = connect(&place.server.data());
    for (action, target) in [
        ("member.timed_out", "bob, garden"),
        ("member.banned", "bob, a private room"),
        ("room.restricted", "garden"),
    ] {
        let query = format!(
            "SELECT COUNT(*) AS number FROM audit_log
             WHERE action = '{action}' AND target = '{target}' AND actor = 'ada'"
        );
        assert_eq!(number(&mut conn, &query), 1, "{action}");
    }
}

//! Pinned messages, shared by a room, and saved messages, private to a user.

use serde_json::{Value, json};

use crate::harness::account::Account;
use crate::harness::http::send;
use crate::harness::message_actions::{id, ids, rev};
use crate::harness::server::Server;

/// Olga owns a room, Ada is in it, Eve is not; Root runs the server.
struct Place {
    olga: Account,
    ada: Account,
    eve: Account,
    room: i64,
    server: Server,
}

impl Place {
    async fn new() -> Place {
        let server = Server::unlimited();
        Account::register(&server, "root").await;
        let olga = Account::register(&server, "olga").await;
        let ada = Account::register(&server, "ada").await;
        let eve = Account::register(&server, "eve").await;
        let room = olga.make("workshop", "closed").await;
        olga.invite(room, "ada").await;
        Place {
            olga,
            ada,
            eve,
            room,
            server,
        }
    }

    async fn pins(&self) -> Vec<i64> {
        let path = format!("/rooms/{}/pins", self.room);
        ids(&self.ada.get(&path).await.expect(200).json())
    }
}

#[tokio::test]
async fn who_runs_a_room_pins_and_everyone_in_it_sees_that() {
    let place = Place::new().await;
    let one = place.ada.say(place.room, "one").await;
    let two = (place.room, id(&place.ada.say(place.room, "two").await));
    let at = (place.room, id(&one));
    place.ada.at("PUT", at, "/pin").await.expect(403);
    place.eve.at("PUT", at, "/pin").await.expect(404);
    let pinned = place.olga.at("PUT", at, "/pin").await.expect(200).json();
    assert!(pinned["pinned_at"].is_string());
    assert_eq!(rev(&pinned), rev(&one) + 2);
    let again = place.olga.at("PUT", at, "/pin").await.expect(200).json();
    assert_eq!(again, pinned);
    place.olga.at("PUT", two, "/pin").await.expect(200);
    assert_eq!(place.pins().await, [two.1, at.1], "the last one first");
    let path = format!("/rooms/{}/pins", place.room);
    place.eve.get(&path).await.expect(404);
    let page = place.ada.browser().await;
    let text = page.page(&path).await.expect(200).text();
    assert!(
        text.contains("id=\"pins\"") && text.contains("one"),
        "{text}"
    );
    place.ada.at("DELETE", at, "/pin").await.expect(403);
    let free = place.olga.at("DELETE", at, "/pin").await.expect(200).json();
    assert_eq!(free["pinned_at"], Value::Null);
    let again = place.olga.at("DELETE", at, "/pin").await.expect(200).json();
    assert_eq!(again, free);
    assert_eq!(place.pins().await, [two.1]);
    let form = [("pinned", "false")];
    let end = format!("/rooms/{}/messages/{}/pin", place.room, two.1);
    page.submit(&end, &form).await.expect(403);
    let hers = place.olga.browser().await;
    let back = hers.submit(&end, &form).await.expect(303);
    assert!(
        back.header("location")
            .ends_with(&format!("#message-{}", two.1))
    );
    assert!(place.pins().await.is_empty());
    let rest = json!({"archived": true});
    let path = format!("/rooms/{}", place.room);
    place.olga.send("PATCH", &path, &rest).await.expect(200);
    place.olga.at("PUT", at, "/pin").await.expect(403);
}

#[tokio::test]
async fn in_a_direct_conversation_anybody_pins() {
    let place = Place::new().await;
    let room = place.olga.direct(&["ada"]).await;
    let at = (room, id(&place.olga.say(room, "one").await));
    place.ada.at("PUT", at, "/pin").await.expect(200);
    place.eve.at("DELETE", at, "/pin").await.expect(404);
    place.olga.at("DELETE", at, "/pin").await.expect(200);
}

#[tokio::test]
async fn a_room_keeps_a_hundred_pins() {
    let place = Place::new().await;
    let mut all = Vec::new();
    for number in 0..=100 {
        let said = place.ada.say(place.room, &format!("{number}")).await;
        all.push((place.room, id(&said)));
    }
    for at in &all[..100] {
        place.olga.at("PUT", *at, "/pin").await.expect(200);
    }
    let full = place.olga.at("PUT", all[100], "/pin").await.expect(409);
    assert!(full.detail().contains("100"));
    place.olga.at("PUT", all[0], "/pin").await.expect(200); // it is pinned already
    place.ada.delete(all[50]).await.expect(200);
    place.olga.at("PUT", all[100], "/pin").await.expect(200);
    assert_eq!(place.pins().await.len(), 100);
}

#[tokio::test]
async fn what_is_saved_is_for_oneself_alone() {
    let place = Place::new().await;
    let said = place.olga.say(place.room, "one").await;
    let at = (place.room, id(&said));
    let other = (place.room, id(&place.olga.say(place.room, "two").await));
    let lobby = (1, id(&place.eve.say(1, "three").await));
    for at in [at, lobby, at] {
        place.ada.at("PUT", at, "/saved").await.expect(204);
    }
    let saved = async |person: &Account| {
        let saved = person.get("/saved").await.expect(200).json();
        ids(&saved)
    };
    assert_eq!(
        saved(&place.ada).await,
        [lobby.1, at.1],
        "the last one first"
    );
    assert!(saved(&place.olga).await.is_empty());
    assert_eq!(place.olga.message(at).await, said, "nobody sees it");
    let path = format!("/saved?room={}", place.room);
    let here = place.ada.get(&path).await.expect(200).json();
    assert_eq!(here["ids"], json!([at.1]));
    assert_eq!(
        place.olga.get(&path).await.expect(200).json()["ids"],
        json!([])
    );

    for method in ["PUT", "DELETE"] {
        place.eve.at(method, at, "/saved").await.expect(404);
        place.ada.at(method, (1, at.1), "/saved").await.expect(404);
        place
            .ada
            .at(method, (1, 99_999), "/saved")
            .await
            .expect(404);
    }
    place.eve.get(&path).await.expect(404);
    assert_eq!(saved(&place.ada).await, [lobby.1, at.1]);
    place.ada.at("DELETE", other, "/saved").await.expect(204);
    place.ada.at("DELETE", lobby, "/saved").await.expect(204);
    assert_eq!(saved(&place.ada).await, [at.1]);
    let page = place.ada.browser().await;
    let form = [("saved", "true"), ("back", "/saved")];
    let end = format!("/rooms/{}/messages/{}/saved", place.room, other.1);
    let back = page.submit(&end, &form).await.expect(303);
    assert_eq!(back.header("location"), "/saved");
    let text = page.page("/saved").await.expect(200).text();
    assert!(text.contains("two") && text.contains("one"), "{text}");
}

#[tokio::test]
async fn who_is_out_of_a_room_sees_nothing_saved_of_it() {
    let place = Place::new().await;
    let at = (
        place.room,
        id(&place.olga.say(place.room, "hushhush").await),
    );
    place.ada.at("PUT", at, "/saved").await.expect(204);
    place.olga.put_out(place.room, "ada").await;
    let path = format!("/saved?room={}", place.room);
    place.ada.get(&path).await.expect(404);
    let saved = place.ada.get("/saved").await.expect(200).json();
    assert!(ids(&saved).is_empty());
    let page = place.ada.browser().await.page("/saved").await.text();
    assert!(!page.contains("hushhush"), "{page}");
    place.olga.invite(place.room, "ada").await;
    let saved = place.ada.get("/saved").await.expect(200).json();
    assert_eq!(ids(&saved), [at.1], "it is theirs again");
    let name = json!({"name": "workshop"});
    let path = format!("/rooms/{}", place.room);
    send(place.olga.ask("DELETE", &path).json(&name))
        .await
        .expect(204);
    let saved = place.ada.get("/saved").await.expect(200).json();
    assert!(ids(&saved).is_empty());
    drop(place.server);
}

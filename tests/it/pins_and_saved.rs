//! Pinned messages, shared by a room, and saved messages, private to a user.

use serde_json::{Value, json};

use crate::harness::account::Account;
use crate::harness::http::send;
use crate::harness::message_actions::{id, ids, rev};
use crate::harness::server::Server;

/// A room of Olga with Ada as a member. Eve is not a member; Root is the administrator of the server.
struct Fixture {
    olga: Account,
    ada: Account,
    eve: Account,
    room: i64,
    server: Server,
}

impl Fixture {
    async fn new() -> Fixture {
        let server = Server::unlimited();
        Account::register(&server, "root").await;
        let olga = Account::register(&server, "olga").await;
        let ada = Account::register(&server, "ada").await;
        let eve = Account::register(&server, "eve").await;
        let room = olga.create_room("workshop", "closed").await;
        olga.invite(room, "ada").await;
        Fixture {
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
async fn only_owners_can_pin_and_all_members_see_the_pins() {
    let fixture = Fixture::new().await;
    let one = fixture.ada.say(fixture.room, "one").await;
    let two = (
        fixture.room,
        id(&fixture.ada.say(fixture.room, "two").await),
    );
    let at = (fixture.room, id(&one));
    fixture
        .ada
        .request_message("PUT", at, "/pin")
        .await
        .expect(403);
    fixture
        .eve
        .request_message("PUT", at, "/pin")
        .await
        .expect(404);
    let pinned = fixture
        .olga
        .request_message("PUT", at, "/pin")
        .await
        .expect(200)
        .json();
    assert!(pinned["pinned_at"].is_string());
    assert_eq!(rev(&pinned), rev(&one) + 2);
    let again = fixture
        .olga
        .request_message("PUT", at, "/pin")
        .await
        .expect(200)
        .json();
    assert_eq!(again, pinned);
    fixture
        .olga
        .request_message("PUT", two, "/pin")
        .await
        .expect(200);
    assert_eq!(fixture.pins().await, [two.1, at.1], "the newest first");
    let path = format!("/rooms/{}/pins", fixture.room);
    fixture.eve.get(&path).await.expect(404);
    let page = fixture.ada.browser().await;
    let text = page.page(&path).await.expect(200).text();
    assert!(
        text.contains("id=\"pins\"") && text.contains("one"),
        "{text}"
    );
    fixture
        .ada
        .request_message("DELETE", at, "/pin")
        .await
        .expect(403);
    let unpinned = fixture
        .olga
        .request_message("DELETE", at, "/pin")
        .await
        .expect(200)
        .json();
    assert_eq!(unpinned["pinned_at"], Value::Null);
    let again = fixture
        .olga
        .request_message("DELETE", at, "/pin")
        .await
        .expect(200)
        .json();
    assert_eq!(again, unpinned);
    assert_eq!(fixture.pins().await, [two.1]);
    let form = [("pinned", "false")];
    let end = format!("/rooms/{}/messages/{}/pin", fixture.room, two.1);
    page.submit(&end, &form).await.expect(403);
    let hers = fixture.olga.browser().await;
    let back = hers.submit(&end, &form).await.expect(303);
    assert!(
        back.header("location")
            .ends_with(&format!("#message-{}", two.1))
    );
    assert!(fixture.pins().await.is_empty());
    let archive = json!({"archived": true});
    let path = format!("/rooms/{}", fixture.room);
    fixture
        .olga
        .send("PATCH", &path, &archive)
        .await
        .expect(200);
    fixture
        .olga
        .request_message("PUT", at, "/pin")
        .await
        .expect(403);
}

#[tokio::test]
async fn any_member_of_a_direct_conversation_can_pin() {
    let fixture = Fixture::new().await;
    let room = fixture.olga.direct(&["ada"]).await;
    let at = (room, id(&fixture.olga.say(room, "one").await));
    fixture
        .ada
        .request_message("PUT", at, "/pin")
        .await
        .expect(200);
    fixture
        .eve
        .request_message("DELETE", at, "/pin")
        .await
        .expect(404);
    fixture
        .olga
        .request_message("DELETE", at, "/pin")
        .await
        .expect(200);
}

#[tokio::test]
async fn a_room_has_at_most_100_pins() {
    let fixture = Fixture::new().await;
    let mut all = Vec::new();
    for number in 0..=100 {
        let posted = fixture.ada.say(fixture.room, &format!("{number}")).await;
        all.push((fixture.room, id(&posted)));
    }
    for at in &all[..100] {
        fixture
            .olga
            .request_message("PUT", *at, "/pin")
            .await
            .expect(200);
    }
    let full = fixture
        .olga
        .request_message("PUT", all[100], "/pin")
        .await
        .expect(409);
    assert!(full.detail().contains("100"));
    fixture
        .olga
        .request_message("PUT", all[0], "/pin")
        .await
        .expect(200); // already pinned
    fixture.ada.delete(all[50]).await.expect(200);
    fixture
        .olga
        .request_message("PUT", all[100], "/pin")
        .await
        .expect(200);
    assert_eq!(fixture.pins().await.len(), 100);
}

#[tokio::test]
async fn saved_messages_are_private_to_a_user() {
    let fixture = Fixture::new().await;
    let posted = fixture.olga.say(fixture.room, "one").await;
    let at = (fixture.room, id(&posted));
    let other = (
        fixture.room,
        id(&fixture.olga.say(fixture.room, "two").await),
    );
    let lobby = (1, id(&fixture.eve.say(1, "three").await));
    for at in [at, lobby, at] {
        fixture
            .ada
            .request_message("PUT", at, "/saved")
            .await
            .expect(204);
    }
    let saved = async |person: &Account| {
        let saved = person.get("/saved").await.expect(200).json();
        ids(&saved)
    };
    assert_eq!(
        saved(&fixture.ada).await,
        [lobby.1, at.1],
        "the newest first"
    );
    assert!(saved(&fixture.olga).await.is_empty());
    assert_eq!(
        fixture.olga.message(at).await,
        posted,
        "the message does not show that it is saved"
    );
    let path = format!("/saved?room={}", fixture.room);
    let here = fixture.ada.get(&path).await.expect(200).json();
    assert_eq!(here["ids"], json!([at.1]));
    assert_eq!(
        fixture.olga.get(&path).await.expect(200).json()["ids"],
        json!([])
    );

    for method in ["PUT", "DELETE"] {
        fixture
            .eve
            .request_message(method, at, "/saved")
            .await
            .expect(404);
        fixture
            .ada
            .request_message(method, (1, at.1), "/saved")
            .await
            .expect(404);
        fixture
            .ada
            .request_message(method, (1, 99_999), "/saved")
            .await
            .expect(404);
    }
    fixture.eve.get(&path).await.expect(404);
    assert_eq!(saved(&fixture.ada).await, [lobby.1, at.1]);
    fixture
        .ada
        .request_message("DELETE", other, "/saved")
        .await
        .expect(204);
    fixture
        .ada
        .request_message("DELETE", lobby, "/saved")
        .await
        .expect(204);
    assert_eq!(saved(&fixture.ada).await, [at.1]);
    let page = fixture.ada.browser().await;
    let form = [("saved", "true"), ("back", "/saved")];
    let end = format!("/rooms/{}/messages/{}/saved", fixture.room, other.1);
    let back = page.submit(&end, &form).await.expect(303);
    assert_eq!(back.header("location"), "/saved");
    let text = page.page("/saved").await.expect(200).text();
    assert!(text.contains("two") && text.contains("one"), "{text}");
}

#[tokio::test]
async fn saved_messages_of_a_room_are_hidden_from_removed_members() {
    let fixture = Fixture::new().await;
    let at = (
        fixture.room,
        id(&fixture.olga.say(fixture.room, "hushhush").await),
    );
    fixture
        .ada
        .request_message("PUT", at, "/saved")
        .await
        .expect(204);
    fixture.olga.remove_member(fixture.room, "ada").await;
    let path = format!("/saved?room={}", fixture.room);
    fixture.ada.get(&path).await.expect(404);
    let saved = fixture.ada.get("/saved").await.expect(200).json();
    assert!(ids(&saved).is_empty());
    let page = fixture.ada.browser().await.page("/saved").await.text();
    assert!(!page.contains("hushhush"), "{page}");
    fixture.olga.invite(fixture.room, "ada").await;
    let saved = fixture.ada.get("/saved").await.expect(200).json();
    assert_eq!(
        ids(&saved),
        [at.1],
        "the saved message is shown again after a new invitation"
    );
    let name = json!({"name": "workshop"});
    let path = format!("/rooms/{}", fixture.room);
    send(fixture.olga.ask("DELETE", &path).json(&name))
        .await
        .expect(204);
    let saved = fixture.ada.get("/saved").await.expect(200).json();
    assert!(ids(&saved).is_empty());
    drop(fixture.server);
}

//! Blocking someone for oneself: folded messages, refused direct messages, no mentions.

use serde_json::{Value, json};

use crate::harness::account::Account;
use crate::harness::html::attribute;
use crate::harness::http::send;
use crate::harness::server::Server;

impl Account {
    async fn block(&self, name: &str) {
        let path = format!("/people/{name}/block");
        send(self.ask("PUT", &path)).await.expect(204);
    }

    async fn unblock(&self, name: &str) {
        let path = format!("/people/{name}/block");
        send(self.ask("DELETE", &path)).await.expect(204);
    }

    /// URL of the stylesheet that folds messages on the account's pages.
    async fn block_styles(&self, path: &str) -> Option<String> {
        let page = self.browser().await.page(path).await.expect(200).text();
        let mut links = page.split("<link rel=\"stylesheet\"").skip(1);
        links.find_map(|link| attribute(link, "href").filter(|href| href.starts_with("/blocks/")))
    }

    async fn mention_inbox(&self) -> Value {
        self.get("/mentions").await.expect(200).json()["messages"].take()
    }

    /// Unread mentions in the first room.
    async fn mentions(&self) -> Value {
        self.room(1).await["unread"]["mentions"].clone()
    }
}

#[tokio::test]
async fn only_the_blocker_gets_a_stylesheet_that_folds_the_messages() {
    let server = Server::unlimited();
    let (ada, bob, carol) = Account::register_three(&server).await;
    bob.post("hello").await;
    assert_eq!(ada.block_styles("/rooms/1").await, None);
    ada.block("bob").await;
    let first = ada.block_styles("/rooms/1").await.expect("a stylesheet");
    assert_eq!(ada.block_styles("/mentions").await.as_ref(), Some(&first));
    let styles = send(ada.ask("GET", &first)).await.expect(200);
    assert!(styles.header("content-type").starts_with("text/css"));
    assert!(styles.header("cache-control").contains("immutable"));
    let css = styles.text();
    assert!(css.contains(".message[data-author=\"2\"]"), "{css}");
    assert!(!css.contains("data-author=\"3\""));
    assert_eq!(bob.block_styles("/rooms/1").await, None);
    send(bob.ask("GET", &first)).await.expect(404);
    ada.block("carol").await;
    let second = ada.block_styles("/rooms/1").await.expect("a stylesheet");
    assert_ne!(first, second, "the URL changes with the list");
    ada.unblock("bob").await;
    let third = ada.block_styles("/rooms/1").await.expect("a stylesheet");
    assert!(![first, second].contains(&third));
    ada.unblock("carol").await;
    assert_eq!(ada.block_styles("/rooms/1").await, None);
    drop(carol);
}

#[tokio::test]
async fn the_list_shows_whom_one_has_blocked_and_forms_change_it() {
    let server = Server::unlimited();
    let (ada, ..) = Account::register_three(&server).await;
    let browser = ada.browser().await;
    let profile = browser.page("/people/bob").await.expect(200).text();
    assert!(profile.contains("Block…"));
    let form = [("blocked", "true")];
    let done = browser.submit("/people/bob/block", &form).await.expect(303);
    assert_eq!(done.header("location"), "/people/bob");
    let profile = browser.page("/people/bob").await.expect(200).text();
    assert!(profile.contains("Unblock"));
    let card = browser.fragment("/people/bob").await.expect(200).text();
    assert!(card.contains("Unblock"));
    let list = ada.get("/blocks").await.expect(200).json();
    assert_eq!(list["people"][0]["username"], "bob");
    let page = browser.page("/blocks").await.expect(200).text();
    assert!(page.contains("@bob") && !page.contains("@carol"));
    let form = [("blocked", "false"), ("back", "/blocks")];
    let done = browser.submit("/people/bob/block", &form).await.expect(303);
    assert_eq!(done.header("location"), "/blocks");
    let page = browser.page("/blocks").await.expect(200).text();
    assert!(page.contains("You haven’t blocked anyone."));
    send(ada.ask("PUT", "/people/ada/block")).await.expect(422);
    send(ada.ask("PUT", "/people/nemo/block")).await.expect(404);
    ada.block("bob").await;
    ada.block("bob").await; // twice is once
    ada.unblock("bob").await;
    ada.unblock("bob").await;
}

#[tokio::test]
async fn a_blocked_person_cannot_write_directly_and_is_not_told_why() {
    let server = Server::unlimited();
    let (ada, bob, carol) = Account::register_three(&server).await;
    let direct = bob.direct(&["ada"]).await;
    let message = bob.say(direct, "before").await;
    ada.block("bob").await;
    let refused = bob.try_post_in(direct, "after").await.expect(403);
    assert_eq!(refused.detail(), "You can’t send messages to this person.");
    let path = format!("/rooms/{direct}/messages/{}", message["id"]);
    let edit = json!({"body": "an edit as a message"});
    bob.send("PATCH", &path, &edit).await.expect(403);
    send(bob.ask("DELETE", &path)).await.expect(200);
    // A group stays as it was, a new one with the blocker is refused.
    let group = carol.direct(&["ada", "bob"]).await;
    bob.say(group, "to both").await;
    let dave = Account::register(&server, "dave").await;
    let with = json!({"usernames": ["ada", "dave"]});
    let refused = bob.send("POST", "/directs", &with).await.expect(403);
    assert_eq!(refused.detail(), "You can’t send messages to this person.");
    carol.block("bob").await;
    let with = json!({"usernames": ["carol"]});
    bob.send("POST", "/directs", &with).await.expect(403);
    // The blocker can still write, and others are not concerned.
    ada.say(direct, "one last word").await;
    bob.direct(&["dave"]).await;
    dave.direct(&["ada"]).await;
    ada.unblock("bob").await;
    bob.say(direct, "again").await;
}

#[tokio::test]
async fn mentions_of_a_blocked_person_do_not_notify() {
    let server = Server::unlimited();
    let (ada, bob, carol) = Account::register_three(&server).await;
    bob.block("carol").await;
    carol.post("@bob are you there?").await;
    assert_eq!(bob.mentions().await, 0);
    let late = carol.post("hello").await;
    let path = format!("/rooms/1/messages/{}", late["id"]);
    let edit = json!({"body": "hello @bob"});
    carol.send("PATCH", &path, &edit).await.expect(200);
    assert_eq!(bob.mentions().await, 0);
    assert_eq!(bob.mention_inbox().await, json!([]));
    ada.post("@bob are you there?").await;
    assert_eq!(bob.mentions().await, 1, "others still notify");
    bob.unblock("carol").await;
    assert_eq!(bob.mentions().await, 1, "earlier ones do not come back");
    carol.post("@bob and now?").await;
    assert_eq!(bob.mentions().await, 2);
}

#[tokio::test]
async fn calls_of_a_blocked_person_to_the_whole_room_do_not_notify() {
    let server = Server::unlimited();
    let (ada, bob, carol) = Account::register_three(&server).await;
    bob.block("ada").await;
    let called = ada.post("@room look here").await;
    assert_eq!(bob.mentions().await, 0);
    assert_eq!(carol.mentions().await, 1);
    assert_eq!(bob.mention_inbox().await, json!([]));
    bob.unblock("ada").await;
    assert_eq!(bob.mention_inbox().await[0]["id"], called["id"]);
}

#[tokio::test]
async fn a_reply_of_a_blocked_person_makes_no_one_follow_the_thread() {
    let server = Server::unlimited();
    let (_, bob, carol) = Account::register_three(&server).await;
    bob.block("carol").await;
    let root = bob.post("a question").await;
    let reply = json!({"body": "an answer", "thread": root["id"]});
    carol
        .send("POST", "/rooms/1/messages", &reply)
        .await
        .expect(201);
    assert_eq!(bob.room(1).await["unread"]["threads"], 0);
}

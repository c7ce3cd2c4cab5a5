//! Preferences of a user, and undoing "Mark all as read".

use serde_json::json;

use crate::harness::account::Account;
use crate::harness::server::Server;

#[tokio::test]
async fn preferences_are_stored_for_the_account_and_change_its_pages() {
    let mut server = Server::start();
    let ada = Account::register(&server, "ada").await;
    let bob = Account::register(&server, "bob").await;
    let (hers, his) = (ada.browser().await, bob.browser().await);
    let before = ada.get("/preferences").await;
    let default = json!({"theme": "system", "density": "comfortable", "clock": "locale"});
    assert_eq!(before.expect(200).json(), default);
    let page = hers.page("/rooms/1").await.expect(200);
    assert!(page.text().contains("data-theme=\"system\""));
    let change = json!({"theme": "dark", "density": "compact"});
    let chosen = json!({"theme": "dark", "density": "compact", "clock": "locale"});
    let changed = ada.send("PATCH", "/preferences", &change).await;
    assert_eq!(changed.expect(200).json(), chosen);
    for path in ["/rooms/1", "/preferences", "/people"] {
        let page = hers.page(path).await.expect(200).text();
        let html = page.split_once("<head>").expect("a head").0;
        for attribute in ["data-theme=\"dark\"", "data-density=\"compact\""] {
            assert!(html.contains(attribute), "{path}: {html}");
        }
        let other = his.page(path).await.expect(200).text();
        assert!(other.contains("data-theme=\"system\""), "{path}");
    }
    // An unknown choice changes nothing.
    for refused in [
        json!({"theme": "pink"}),
        json!({"density": "", "clock": "24"}),
    ] {
        ada.send("PATCH", "/preferences", &refused)
            .await
            .expect(422);
    }
    let fields = [("theme", "light"), ("density", "compact"), ("clock", "24")];
    hers.submit("/preferences", &fields).await.expect(303);
    server.stop();
    server.start_again();
    let after = ada.get("/preferences").await;
    let chosen = json!({"theme": "light", "density": "compact", "clock": "24"});
    assert_eq!(after.expect(200).json(), chosen);
}

#[tokio::test]
async fn a_page_in_the_cache_of_the_browser_follows_the_preferences() {
    let server = Server::start();
    let ada = Account::register(&server, "ada").await;
    let browser = ada.browser().await;
    let tag = async || {
        let page = browser.page("/rooms/1").await.expect(200);
        page.header("etag").to_owned()
    };
    let before = tag().await;
    assert_eq!(tag().await, before);
    ada.send("PATCH", "/preferences", &json!({"theme": "dark"}))
        .await
        .expect(200);
    assert_ne!(tag().await, before);
}

#[tokio::test]
async fn marking_all_as_read_is_undone_once_and_for_oneself_only() {
    let server = Server::start();
    let ada = Account::register(&server, "ada").await;
    let bob = Account::register(&server, "bob").await;
    let room = ada.create_room("design", "open").await;
    ada.invite(room, "bob").await;
    ada.say(room, "one").await;
    ada.say(room, "two @bob").await;
    let unread = async || {
        let rooms = bob.get("/rooms").await.expect(200);
        let rooms = rooms.json()["rooms"].clone();
        let rooms = rooms.as_array().expect("an array").clone();
        let design = rooms.iter().find(|each| each["id"] == room);
        let unread = &design.expect("the room")["unread"];
        (unread["unread"].clone(), unread["mentions"].clone())
    };
    assert_eq!(unread().await, (json!(2), json!(1)));
    bob.send("POST", "/read", &json!({})).await.expect(204);
    assert_eq!(unread().await, (json!(0), json!(0)));
    ada.send("POST", "/read", &json!({"undo": true}))
        .await
        .expect(204);
    assert_eq!(unread().await, (json!(0), json!(0)));
    let undo = json!({"undo": true});
    bob.send("POST", "/read", &undo).await.expect(204);
    assert_eq!(unread().await, (json!(2), json!(1)));
    // A second time there is nothing to undo.
    let all = format!("/rooms/{room}/read");
    bob.send("PUT", &all, &json!({})).await.expect(200);
    bob.send("POST", "/read", &undo).await.expect(204);
    assert_eq!(unread().await, (json!(0), json!(0)));
}

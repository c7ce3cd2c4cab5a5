//! Whose messages are found: those of the rooms one is in, at the time, and no trace of any other.

use serde_json::json;

use super::{finds, search, until_indexed};
use crate::harness::account::Account;
use crate::harness::browser::Browser;
use crate::harness::http::{get_json, send};
use crate::harness::server::Server;

#[tokio::test]
async fn members_find_what_outsiders_do_not() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await; // the admin, who is no exception
    let bob = Account::register(&server, "bob").await;
    let eve = Account::register(&server, "eve").await;
    let closed = bob.make("secretplans", "closed").await;
    let open = bob.make("gardening", "open").await;
    let direct = bob.direct(&["ada"]).await;
    for (room, text) in [
        (closed, "treasure in the closed room"),
        (open, "treasure in the open room"),
        (direct, "treasure between us"),
    ] {
        bob.say(room, text).await;
    }
    until_indexed(&ada).await;
    let all = [
        "treasure between us",
        "treasure in the open room",
        "treasure in the closed room",
    ];
    assert_eq!(finds(&bob, "treasure").await, all);
    assert_eq!(finds(&ada, "treasure").await, ["treasure between us"]);
    assert_eq!(finds(&bob, "easur").await, all);
    for text in [
        "treasure",
        "easur",
        "\"treasure in the closed\"",
        "treasure in:secretplans",
        "in:secretplans",
        "in:gardening",
        "from:bob",
        "from:bob -nothing",
        "treasure OR lobby",
        "\u{E002}r2 treasure",
    ] {
        let browser = eve.browser().await;
        let answer = search(&eve, text).await;
        assert_eq!(answer["messages"], json!([]), "{text}");
        let page = browser
            .page(&format!("/messages?{}", super::encoded(text)))
            .await;
        let page = page.expect(200).text();
        for secret in ["between us", "closed room", "open room", "results\""] {
            assert!(!page.contains(secret), "{text}: {page}");
        }
    }
    let unknown = search(&eve, "in:never-was").await["notes"].to_string();
    let hidden = search(&eve, "in:secretplans").await["notes"].to_string();
    assert_eq!(
        unknown.replace("never-was", "secretplans"),
        hidden,
        "no name tells that a room exists"
    );
}

#[tokio::test]
async fn who_comes_in_finds_and_who_is_put_out_does_not() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let bob = Account::register(&server, "bob").await;
    let room = ada.make("plans", "closed").await;
    ada.say(room, "the hidden lamp").await;
    until_indexed(&ada).await;
    assert_eq!(finds(&bob, "lamp").await, Vec::<String>::new());
    ada.invite(room, "bob").await;
    assert_eq!(finds(&bob, "lamp").await, ["the hidden lamp"]);
    ada.put_out(room, "bob").await;
    assert_eq!(finds(&bob, "lamp").await, Vec::<String>::new());
    assert_eq!(finds(&bob, "lamp in:plans").await, Vec::<String>::new());
    assert_eq!(finds(&ada, "lamp").await, ["the hidden lamp"]);
}

#[tokio::test]
async fn a_room_that_is_deleted_takes_its_messages_along() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let room = ada.make("over", "open").await;
    for number in 0..120 {
        ada.say(room, &format!("gone with it {number}")).await;
    }
    ada.post("gone, but elsewhere").await;
    until_indexed(&ada).await;
    let path = format!("/rooms/{room}");
    ada.send("DELETE", &path, &json!({"name": "over"}))
        .await
        .expect(204);
    assert_eq!(finds(&ada, "gone").await, ["gone, but elsewhere"]);
    until_indexed(&ada).await;
    assert_eq!(finds(&ada, "gone").await, ["gone, but elsewhere"]);
}

#[tokio::test]
async fn strangers_are_asked_to_log_in() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let nobody = Browser::new(&server.origin());
    let reply = nobody.page("/messages?q=x").await.expect(303);
    assert_eq!(reply.header("location"), "/login");
    get_json(&format!("{}/messages?q=x", server.origin()))
        .await
        .expect(401);
    nobody.fragment("/messages?q=x").await.expect(401);
    let refused = send(ada.ask("POST", "/messages")).await.expect(405);
    assert_eq!(refused.header("allow"), "GET, HEAD");
}

#[tokio::test]
async fn the_ways_to_search_lead_to_each_other() {
    let server = Server::unlimited();
    let browser = Account::register(&server, "ada").await.browser().await;
    let link = "href=\"/messages?q=two%20words\"";
    for text in [
        browser.page("/search?q=two+words").await,
        browser.fragment("/search?q=two+words").await,
    ] {
        let text = text.expect(200).text();
        assert!(text.contains(link), "{text}");
    }
    let page = browser
        .page("/messages?q=two+words")
        .await
        .expect(200)
        .text();
    assert!(page.contains("href=\"/search?q=two%20words\""), "{page}");
    assert!(page.contains("No results for"), "{page}");
    let page = browser.page("/messages").await.expect(200).text();
    assert!(page.contains("<details class=\"tips\" open>"), "{page}");
    assert!(!page.contains("No results"), "{page}");
}

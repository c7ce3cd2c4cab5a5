//! Access rights: a user finds messages of their own rooms, and learns nothing about other rooms.

use serde_json::json;

use super::{finds, search, until_indexed};
use crate::harness::account::Account;
use crate::harness::browser::Browser;
use crate::harness::http::{get_json, send};
use crate::harness::server::Server;

#[tokio::test]
async fn only_members_find_the_messages_of_a_room() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await; // the administrator of the server, who has no special access
    let bob = Account::register(&server, "bob").await;
    let eve = Account::register(&server, "eve").await;
    let closed = bob.create_room("secretplans", "closed").await;
    let open = bob.create_room("gardening", "open").await;
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
        "the note does not tell whether the room exists"
    );
}

#[tokio::test]
async fn messages_are_found_after_joining_and_not_after_being_removed() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let bob = Account::register(&server, "bob").await;
    let room = ada.create_room("plans", "closed").await;
    ada.say(room, "the hidden lamp").await;
    until_indexed(&ada).await;
    assert_eq!(finds(&bob, "lamp").await, Vec::<String>::new());
    ada.invite(room, "bob").await;
    assert_eq!(finds(&bob, "lamp").await, ["the hidden lamp"]);
    ada.remove_member(room, "bob").await;
    assert_eq!(finds(&bob, "lamp").await, Vec::<String>::new());
    assert_eq!(finds(&bob, "lamp in:plans").await, Vec::<String>::new());
    assert_eq!(finds(&ada, "lamp").await, ["the hidden lamp"]);
}

#[tokio::test]
async fn messages_of_a_deleted_room_are_not_found() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let room = ada.create_room("over", "open").await;
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
async fn a_search_without_a_session_leads_to_the_login() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let stranger = Browser::new(&server.origin());
    let reply = stranger.page("/messages?q=x").await.expect(303);
    assert_eq!(reply.header("location"), "/login?next=%2Fmessages%3Fq%3Dx");
    get_json(&format!("{}/messages?q=x", server.origin()))
        .await
        .expect(401);
    stranger.fragment("/messages?q=x").await.expect(401);
    let refused = send(ada.ask("POST", "/messages")).await.expect(405);
    assert_eq!(refused.header("allow"), "GET, HEAD");
}

#[tokio::test]
async fn the_message_search_and_the_room_search_link_to_each_other() {
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

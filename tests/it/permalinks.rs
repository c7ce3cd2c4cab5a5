//! Links to messages, answers and days: the page around a message, and access to it.

use serde_json::json;

use crate::harness::account::Account;
use crate::harness::html;
use crate::harness::message_actions::{id, ids};
use crate::harness::server::Server;

async fn owner_outsider_and_room(server: &Server) -> (Account, Account, i64) {
    let ada = Account::register(server, "ada").await;
    let eve = Account::register(server, "eve").await;
    let room = ada.create_room("workshop", "closed").await;
    (ada, eve, room)
}

#[tokio::test]
async fn a_permalink_shows_the_messages_around_its_message() {
    let server = Server::unlimited();
    let (ada, _, room) = owner_outsider_and_room(&server).await;
    let mut posted = Vec::new();
    for number in 0..160 {
        posted.push(id(&ada.say(room, &format!("number {number}")).await));
    }
    let browser = ada.browser().await;
    let page = async |number: usize| {
        let path = format!("/rooms/{room}/messages/{}", posted[number]);
        browser.page(&path).await.expect(200).text()
    };
    for (number, older, newer) in [(40, true, true), (3, false, true), (100, true, true)] {
        let text = page(number).await;
        let shown: Vec<i64> = html::message_elements(&text)
            .iter()
            .map(|line| line.id)
            .collect();
        let at = shown.iter().position(|id| *id == posted[number]);
        let at = at.expect("the message is on the page");
        assert!(shown.len() - at > 20, "the page has later messages");
        assert!(at == number || at >= 20, "the page has earlier messages");
        let from = posted
            .iter()
            .position(|id| *id == shown[0])
            .expect("a posted message");
        assert_eq!(
            shown,
            posted[from..from + shown.len()],
            "no message is missing"
        );
        let style = format!("/at/{}.css", posted[number]);
        assert!(text.contains(&style));
        assert_eq!(text.contains("class=\"older\""), older, "{number}");
        assert_eq!(text.contains("class=\"newer\""), newer, "{number}");
        assert!(
            !text.contains("hx-ws:connect=\"/rooms"),
            "a page of older messages has no socket"
        );
    }
    let text = page(159).await;
    assert!(
        text.contains("hx-ws:connect=\"/rooms"),
        "a page with the newest message has a socket"
    );
    let shown: Vec<i64> = html::message_elements(&text)
        .iter()
        .map(|line| line.id)
        .collect();
    assert_eq!(shown, posted[110..]);
    let style = browser
        .page(&format!("/at/{}.css", posted[3]))
        .await
        .expect(200);
    assert!(style.text().contains(&format!("#message-{}", posted[3])));
    browser.page("/at/x.css").await.expect(404);
}

#[tokio::test]
async fn a_permalink_works_only_for_members_and_in_its_room() {
    let server = Server::unlimited();
    let (ada, eve, room) = owner_outsider_and_room(&server).await;
    let hers = id(&ada.say(room, "hushhush").await);
    let lobby = id(&ada.say(1, "hello").await);
    let allowed = [
        (&ada, room, hers, 200),
        (&ada, 1, lobby, 200),
        (&eve, 1, lobby, 200),
    ];
    let refused = [
        (&eve, room, hers, 404),
        (&ada, 1, hers, 404),
        (&ada, room, lobby, 404),
        (&ada, room, 99_999, 404),
        (&ada, room, 0, 404),
    ];
    for (person, room, id, status) in allowed.into_iter().chain(refused) {
        let path = format!("/rooms/{room}/messages/{id}");
        let browser = person.browser().await;
        for reply in [
            person.get(&path).await,
            browser.page(&path).await,
            browser.fragment(&path).await,
        ] {
            let reply = reply.expect(status);
            assert_eq!(
                reply.text().contains("hushhush"),
                id == hers && status == 200
            );
        }
    }
    for name in ["x", "1x", "-1", "99999999999999999999", ""] {
        ada.get(&format!("/rooms/{room}/messages/{name}"))
            .await
            .expect(404);
    }
}

#[tokio::test]
async fn the_permalink_of_an_answer_redirects_to_its_thread() {
    let server = Server::unlimited();
    let (ada, eve, room) = owner_outsider_and_room(&server).await;
    let root = id(&ada.say(room, "what is it?").await);
    let answer = id(&ada.answer((room, root), "a thread").await);
    let path = format!("/rooms/{room}/messages/{answer}");
    let browser = ada.browser().await;
    let redirect = browser.page(&path).await.expect(303);
    let thread = format!("/rooms/{room}/messages/{root}/thread");
    assert_eq!(
        redirect.header("location"),
        format!("{thread}#message-{answer}")
    );
    let text = browser.page(&thread).await.expect(200).text();
    assert!(text.contains(&format!("id=\"message-{answer}\"")));
    assert_eq!(ada.get(&path).await.expect(200).json()["thread"], root);
    eve.browser().await.page(&path).await.expect(404);
}

#[tokio::test]
async fn the_permalink_of_a_deleted_message_shows_a_placeholder() {
    let server = Server::unlimited();
    let (ada, _, room) = owner_outsider_and_room(&server).await;
    let posted = id(&ada.say(room, "hushhush").await);
    ada.delete((room, posted)).await.expect(200);
    let path = format!("/rooms/{room}/messages/{posted}");
    let text = ada.browser().await.page(&path).await.expect(200).text();
    assert!(text.contains("This message was deleted.") && !text.contains("hushhush"));
    assert!(
        !text.contains("message-actions-noscript__edit"),
        "a deleted message has no actions"
    );
}

#[tokio::test]
async fn a_link_to_a_day_redirects_to_its_first_message() {
    let server = Server::unlimited();
    let (ada, eve, room) = owner_outsider_and_room(&server).await;
    let browser = ada.browser().await;
    let path = format!("/rooms/{room}/messages?on=");
    let target = async |day: &str| {
        let reply = browser.page(&format!("{path}{day}")).await.expect(303);
        reply.header("location").to_string()
    };
    assert_eq!(
        target("2020-01-01").await,
        format!("/rooms/{room}"),
        "the room is empty"
    );
    let posted = ada.say(room, "the first").await;
    ada.say(room, "the second").await;
    let first = format!("/rooms/{room}/messages/{0}#message-{0}", id(&posted));
    let today = posted["created_at"].as_str().expect("a time")[..10].to_string();
    for day in ["2020-01-01", &*today] {
        assert_eq!(target(day).await, first, "{day}");
    }
    assert_eq!(
        target("2999-12-31").await,
        format!("/rooms/{room}"),
        "no message on or after that day"
    );
    for day in ["", "today", "2026-13-01", "2026-02-30", "1"] {
        browser.page(&format!("{path}{day}")).await.expect(422);
    }
    let day = format!("{path}2020-01-01");
    eve.browser().await.page(&day).await.expect(404);
}

#[tokio::test]
async fn messages_after_a_message_are_listed_in_pages() {
    let server = Server::unlimited();
    let (ada, _, room) = owner_outsider_and_room(&server).await;
    let mut posted = Vec::new();
    for number in 0..60 {
        posted.push(id(&ada.say(room, &format!("number {number}")).await));
    }
    let list = async |query: &str| {
        let path = format!("/rooms/{room}/messages?{query}");
        let list = ada.get(&path).await.expect(200).json();
        (ids(&list), list["more"].clone())
    };
    let since = format!("since={}", posted[4]);
    assert_eq!(list(&since).await, (posted[5..55].to_vec(), json!(true)));
    let since = format!("since={}&before={}&limit=3", posted[4], posted[9]);
    assert_eq!(list(&since).await, (posted[5..8].to_vec(), json!(true)));
    let since = format!("since={}&before={}", posted[7], posted[9]);
    assert_eq!(list(&since).await, (posted[8..9].to_vec(), json!(false)));
    let browser = ada.browser().await;
    let newer = format!("/rooms/{room}/messages?since={}", posted[4]);
    let page = browser.page(&newer).await.expect(200).text();
    let shown: Vec<i64> = html::message_elements(&page)
        .iter()
        .map(|line| line.id)
        .collect();
    assert_eq!(shown, posted[5..55]);
    let link = format!("?since={}\"", posted[54]);
    assert!(page.contains(&link), "{page}");
    // A fragment has a link to newer messages, except for the last one.
    let rest = browser.fragment(&newer).await.expect(200).text();
    assert!(rest.contains(&link), "{rest}");
    let end = format!("/rooms/{room}/messages?since={}", posted[54]);
    let last = browser.fragment(&end).await.expect(200).text();
    assert!(!last.contains("class=\"newer\""), "{last}");
    assert_eq!(html::message_elements(&last).len(), 5);
}

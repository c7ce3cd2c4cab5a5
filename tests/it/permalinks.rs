//! Links to messages: the surrounding page, and access to it.

use serde_json::json;

use crate::harness::account::Account;
use crate::harness::html;
use crate::harness::message_actions::{id, ids};
use crate::harness::server::Server;

async fn people(server: &Server) -> (Account, Account, i64) {
    let ada = Account::register(server, "ada").await;
    let eve = Account::register(server, "eve").await;
    let room = ada.make("workshop", "closed").await;
    (ada, eve, room)
}

#[tokio::test]
async fn an_address_shows_the_room_around_its_message() {
    let server = Server::unlimited();
    let (ada, _, room) = people(&server).await;
    let mut said = Vec::new();
    for number in 0..160 {
        said.push(id(&ada.say(room, &format!("number {number}")).await));
    }
    let browser = ada.browser().await;
    let page = async |number: usize| {
        let path = format!("/rooms/{room}/messages/{}", said[number]);
        browser.page(&path).await.expect(200).text()
    };
    for (number, older, newer) in [(40, true, true), (3, false, true), (100, true, true)] {
        let text = page(number).await;
        let shown: Vec<i64> = html::lines(&text).iter().map(|line| line.id).collect();
        let at = shown.iter().position(|id| *id == said[number]);
        let at = at.expect("it is there");
        assert!(shown.len() - at > 20, "with what came after it");
        assert!(at == number || at >= 20, "and before it");
        let from = said
            .iter()
            .position(|id| *id == shown[0])
            .expect("one of them");
        assert_eq!(shown, said[from..from + shown.len()], "without a hole");
        let style = format!("/at/{}.css", said[number]);
        assert!(text.contains(&style));
        assert_eq!(text.contains("class=\"older\""), older, "{number}");
        assert_eq!(text.contains("class=\"newer\""), newer, "{number}");
        assert!(
            !text.contains("hx-ws:connect=\"/rooms"),
            "an old page stands still"
        );
    }
    let text = page(159).await;
    assert!(text.contains("hx-ws:connect=\"/rooms"), "a new one goes on");
    let shown: Vec<i64> = html::lines(&text).iter().map(|line| line.id).collect();
    assert_eq!(shown, said[110..]);
    let style = browser
        .page(&format!("/at/{}.css", said[3]))
        .await
        .expect(200);
    assert!(style.text().contains(&format!("#message-{}", said[3])));
    browser.page("/at/x.css").await.expect(404);
}

#[tokio::test]
async fn an_address_is_good_for_members_and_in_its_room() {
    let server = Server::unlimited();
    let (ada, eve, room) = people(&server).await;
    let hers = id(&ada.say(room, "hushhush").await);
    let lobby = id(&ada.say(1, "hello").await);
    let hearing = [
        (&ada, room, hers, 200),
        (&ada, 1, lobby, 200),
        (&eve, 1, lobby, 200),
    ];
    let deaf = [
        (&eve, room, hers, 404),
        (&ada, 1, hers, 404),
        (&ada, room, lobby, 404),
        (&ada, room, 99_999, 404),
        (&ada, room, 0, 404),
    ];
    for (person, room, id, status) in hearing.into_iter().chain(deaf) {
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
async fn the_address_of_an_answer_leads_into_its_thread() {
    let server = Server::unlimited();
    let (ada, eve, room) = people(&server).await;
    let root = id(&ada.say(room, "what is it?").await);
    let answer = id(&ada.answer((room, root), "a thread").await);
    let path = format!("/rooms/{room}/messages/{answer}");
    let browser = ada.browser().await;
    let beside = browser.page(&path).await.expect(303);
    let thread = format!("/rooms/{room}/messages/{root}/thread");
    assert_eq!(
        beside.header("location"),
        format!("{thread}#message-{answer}")
    );
    let text = browser.page(&thread).await.expect(200).text();
    assert!(text.contains(&format!("id=\"message-{answer}\"")));
    assert_eq!(ada.get(&path).await.expect(200).json()["thread"], root);
    eve.browser().await.page(&path).await.expect(404);
}

#[tokio::test]
async fn what_was_deleted_keeps_its_address() {
    let server = Server::unlimited();
    let (ada, _, room) = people(&server).await;
    let said = id(&ada.say(room, "hushhush").await);
    ada.delete((room, said)).await.expect(200);
    let path = format!("/rooms/{room}/messages/{said}");
    let text = ada.browser().await.page(&path).await.expect(200).text();
    assert!(text.contains("This message was deleted.") && !text.contains("hushhush"));
    assert!(
        !text.contains("message-actions-noscript__edit"),
        "nothing is to be done with it"
    );
}

#[tokio::test]
async fn a_day_leads_to_its_first_message() {
    let server = Server::unlimited();
    let (ada, eve, room) = people(&server).await;
    let browser = ada.browser().await;
    let path = format!("/rooms/{room}/messages?on=");
    let to = async |day: &str| {
        let reply = browser.page(&format!("{path}{day}")).await.expect(303);
        reply.header("location").to_string()
    };
    assert_eq!(
        to("2020-01-01").await,
        format!("/rooms/{room}"),
        "there is nothing"
    );
    let said = ada.say(room, "the first").await;
    ada.say(room, "the second").await;
    let first = format!("/rooms/{room}/messages/{0}#message-{0}", id(&said));
    let today = said["created_at"].as_str().expect("a time")[..10].to_string();
    for day in ["2020-01-01", &*today] {
        assert_eq!(to(day).await, first, "{day}");
    }
    assert_eq!(to("2999-12-31").await, format!("/rooms/{room}"), "nor yet");
    for day in ["", "today", "2026-13-01", "2026-02-30", "1"] {
        browser.page(&format!("{path}{day}")).await.expect(422);
    }
    let day = format!("{path}2020-01-01");
    eve.browser().await.page(&day).await.expect(404);
}

#[tokio::test]
async fn what_follows_a_message_is_read_on() {
    let server = Server::unlimited();
    let (ada, _, room) = people(&server).await;
    let mut said = Vec::new();
    for number in 0..60 {
        said.push(id(&ada.say(room, &format!("number {number}")).await));
    }
    let list = async |query: &str| {
        let path = format!("/rooms/{room}/messages?{query}");
        let list = ada.get(&path).await.expect(200).json();
        (ids(&list), list["more"].clone())
    };
    let since = format!("since={}", said[4]);
    assert_eq!(list(&since).await, (said[5..55].to_vec(), json!(true)));
    let since = format!("since={}&before={}&limit=3", said[4], said[9]);
    assert_eq!(list(&since).await, (said[5..8].to_vec(), json!(true)));
    let since = format!("since={}&before={}", said[7], said[9]);
    assert_eq!(list(&since).await, (said[8..9].to_vec(), json!(false)));
    let browser = ada.browser().await;
    let newer = format!("/rooms/{room}/messages?since={}", said[4]);
    let page = browser.page(&newer).await.expect(200).text();
    let shown: Vec<i64> = html::lines(&page).iter().map(|line| line.id).collect();
    assert_eq!(shown, said[5..55]);
    let link = format!("?since={}\"", said[54]);
    assert!(page.contains(&link), "{page}");
    // The fragment of that link ends with a link of its own, and begins without one.
    let rest = browser.fragment(&newer).await.expect(200).text();
    assert!(rest.contains(&link), "{rest}");
    let end = format!("/rooms/{room}/messages?since={}", said[54]);
    let last = browser.fragment(&end).await.expect(200).text();
    assert!(!last.contains("class=\"newer\""), "{last}");
    assert_eq!(html::lines(&last).len(), 5);
}

//! Reading back: pages, fragments and JSON, by message id and by rev.

use serde_json::Value;

use crate::harness::account::Account;
use crate::harness::html::{self, Line, attribute, inside, tags};
use crate::harness::http::get_page;
use crate::harness::live::{Event, events};
use crate::harness::server::Server;

#[tokio::test]
async fn the_first_page_has_the_newest_fifty_and_links_lead_back() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let posted = ids(&ada.post_many("number", 120).await);
    let browser = ada.browser().await;

    let page = browser.page("/rooms/1").await.expect(200).text();
    assert_eq!(line_ids(&html::lines(&page)), posted[70..]);
    let list = html::tag_of(&page, "#messages").expect("the list");
    assert_eq!(
        attribute(list, "data-rev"),
        Some(ada.rev().await.to_string())
    );

    let mut link = older(&page).expect("a link to older ones");
    for expected in [&posted[20..70], &posted[..20]] {
        let fragment = browser.fragment(&link).await.expect(200).text();
        assert!(
            !fragment.contains("<html") && !fragment.contains("hx-partial"),
            "a fragment is bare"
        );
        assert_eq!(line_ids(&html::lines(&fragment)), *expected);
        let archive = browser.page(&link).await.expect(200).text();
        assert!(
            archive.contains("<html"),
            "the same link is a page for a browser"
        );
        assert_eq!(line_ids(&html::lines(&archive)), *expected);
        assert!(
            !archive.contains("hx-ws:connect"),
            "an archive page has no socket"
        );
        link = older(&fragment).unwrap_or_default();
    }
    assert_eq!(link, "", "there is nothing before the first message");
}

#[tokio::test]
async fn a_short_room_has_no_older_link() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let browser = ada.browser().await;
    assert_eq!(
        older(&browser.page("/rooms/1").await.expect(200).text()),
        None
    );
    ada.post_many("number", 50).await;
    let page = browser.page("/rooms/1").await.expect(200).text();
    assert_eq!(older(&page), None);
    assert_eq!(html::lines(&page).len(), 50);
    ada.post("number 51").await;
    assert!(older(&browser.page("/rooms/1").await.expect(200).text()).is_some());
}

#[tokio::test]
async fn reading_on_from_a_message_ends_at_the_newest() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let posted = ids(&ada.post_many("number", 130).await);
    let browser = ada.browser().await;
    let here = format!("/rooms/1/messages/{}", posted[40]);
    let page = browser.page(&here).await.expect(200).text();
    assert!(line_ids(&html::lines(&page)).contains(&posted[40]));
    let mut read = line_ids(&html::lines(&page));
    let mut link = newer(&page);
    while let Some(next) = link {
        let part = browser.fragment(&next).await.expect(200).text();
        assert_eq!(older(&part), None, "what is before it stands there already");
        read.extend(line_ids(&html::lines(&part)));
        link = newer(&part);
    }
    let first = posted.iter().position(|id| *id == read[0]);
    assert_eq!(read, posted[first.expect("one of them")..]);
}

#[tokio::test]
async fn a_thread_is_html_in_its_page_and_alone() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let root = ids(&[ada.post("shall we?").await])[0];
    let path = format!("/rooms/1/messages/{root}/thread");
    let browser = ada.browser().await;
    browser
        .submit(&path, &[("body", "<b>yes</b>")])
        .await
        .expect(303);
    for answer in [browser.page(&path).await, browser.fragment(&path).await] {
        let text = answer.expect(200).text();
        assert!(text.contains(&format!("id=\"thread-{root}\"")));
        assert!(
            !text.contains("<b>yes"),
            "what people wrote is escaped once"
        );
        assert!(!text.contains("&lt;div") && !text.contains("&amp;lt;"));
    }
}

#[tokio::test]
async fn json_pages_go_back_by_id() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let posted = ada.post_many("number", 30).await;
    let newest = posted[29]["rev"].clone();

    let all = read(&ada, "").await;
    assert_eq!(all.messages, posted);
    assert_eq!((all.rev, all.more), (newest.clone(), false));
    let last = read(&ada, "?limit=10").await;
    assert_eq!((last.messages.as_slice(), last.more), (&posted[20..], true));
    assert_eq!(last.rev, newest);
    let before = read(&ada, &format!("?before={}&limit=10", posted[20]["id"])).await;
    assert_eq!(
        (before.messages.as_slice(), before.more),
        (&posted[10..20], true)
    );
    let first = read(&ada, &format!("?before={}&limit=10", posted[10]["id"])).await;
    assert_eq!(
        (first.messages.as_slice(), first.more),
        (&posted[..10], false)
    );
    let nothing = read(&ada, &format!("?before={}", posted[0]["id"])).await;
    assert_eq!((nothing.messages.len(), nothing.more), (0, false));
}

#[tokio::test]
async fn json_changes_go_on_by_rev() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let posted = ada.post_many("number", 30).await;
    let rev = |at: usize| posted[at]["rev"].clone();

    let rest = read(&ada, &format!("?after={}", rev(24))).await;
    assert_eq!(
        (rest.messages.as_slice(), rest.more),
        (&posted[25..], false)
    );
    assert_eq!(rest.rev, rev(29));
    let none = read(&ada, &format!("?after={}", rev(29))).await;
    assert_eq!(
        (none.messages.len(), none.rev, none.more),
        (0, rev(29), false)
    );

    let mut seen = vec![];
    let mut after = rev(4);
    loop {
        let page = read(&ada, &format!("?after={after}&limit=7")).await;
        assert!(page.messages.len() <= 7);
        after = page.messages.last().expect("more means more")["rev"].clone();
        seen.extend(page.messages);
        if !page.more {
            break;
        }
    }
    assert_eq!(seen, posted[5..]);
}

#[tokio::test]
async fn no_answer_is_longer_than_two_hundred() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let posted = ada.post_many("number", 210).await;
    let page = read(&ada, "?limit=200").await;
    assert_eq!((page.messages.as_slice(), page.more), (&posted[10..], true));
    for limit in ["201", "100000", "0", "-1", "many"] {
        let reply = ada.get(&format!("/rooms/1/messages?limit={limit}")).await;
        match reply.status {
            200 => assert!(reply.json()["messages"].as_array().expect("a list").len() <= 200),
            status => assert!([400, 422].contains(&status), "limit={limit}: {status}"),
        }
    }
    assert_eq!(ada.history().await, posted);
}

#[tokio::test]
async fn nonsense_in_the_address_is_not_a_fault_of_the_server() {
    let server = Server::start();
    let ada = Account::register(&server, "ada").await;
    ada.post("here").await;
    let browser = ada.browser().await;
    for query in [
        "before=x",
        "after=x",
        "before=-1",
        "after=99999999999999999999",
        "before=1&after=1",
        "until=x&after=0",
    ] {
        let path = format!("/rooms/1/messages?{query}");
        for status in [
            ada.get(&path).await.status,
            browser.page(&path).await.status,
            browser.fragment(&path).await.status,
        ] {
            assert!([200, 400, 404, 422].contains(&status), "{query}: {status}");
        }
    }
}

#[tokio::test]
async fn the_fallback_polls_what_the_socket_would_send() {
    let server = Server::unlimited();
    let (ada, bob) = (
        Account::register(&server, "ada").await,
        Account::register(&server, "bob").await,
    );
    let browser = ada.browser().await;
    let posted = bob.post_many("number", 60).await;
    let mut watching = bob.live(ada.rev().await).await;
    watching.present(&["bob"]).await;

    let after = posted[9]["rev"].clone();
    let answer = browser
        .fragment(&format!("/rooms/1/messages?after={after}"))
        .await
        .expect(200)
        .text();
    let found = events(&answer);
    let lines: Vec<Line> = found.iter().filter_map(as_message).collect();
    assert_eq!(line_ids(&lines), ids(&posted[10..]));
    let present = found.iter().find_map(|event| match event {
        Event::Presence { people, .. } => Some(people.clone()),
        _ => None,
    });
    assert_eq!(present, Some(vec!["bob".to_string()]));

    let newest = posted[59]["rev"].clone();
    let answer = browser
        .fragment(&format!("/rooms/1/messages?after={newest}"))
        .await
        .expect(200)
        .text();
    assert_eq!(html::lines(&answer).len(), 0, "nothing new");
}

#[tokio::test]
async fn there_is_no_other_room() {
    let server = Server::start();
    let ada = Account::register(&server, "ada").await;
    let browser = ada.browser().await;
    for path in [
        "/rooms/2",
        "/rooms/0",
        "/rooms/-1",
        "/rooms/x",
        "/rooms/2/messages",
        "/rooms/1/nothing",
    ] {
        let page = browser.page(path).await.expect(404);
        assert!(
            page.text().contains("<html"),
            "{path} is an error page for a browser"
        );
        assert!(page.text().contains("href=\"/"), "{path} offers a way back");
        ada.get(path).await.expect(404).detail();
        let fragment = browser.fragment(path).await.expect(404).text();
        assert!(!fragment.contains("<html"), "{path} is a fragment for htmx");
    }
    let post = ada
        .ask("POST", "/rooms/2/messages")
        .json(&serde_json::json!({"body": "x"}));
    crate::harness::http::send(post).await.expect(404).detail();
    let url = ada.socket_url("/rooms/2/live?after=0");
    let bearer = format!("Bearer {}", ada.token);
    let socket = crate::harness::socket::Socket::open(&url, &[("authorization", &bearer)]).await;
    assert_eq!(socket.expect("accepted first").ended().await, 1008);
}

#[tokio::test]
async fn outsiders_read_nothing() {
    let server = Server::start();
    let ada = Account::register(&server, "ada").await;
    ada.post("for members").await;
    let stranger = ada.with_token("00000000-0000-4000-8000-000000000000");
    for path in ["/rooms/1", "/rooms/1/messages", "/rooms/1/messages?after=0"] {
        let reply = stranger.get(path).await.expect(401);
        assert!(!reply.detail().contains("for members"));
        let page = get_page(&format!("{}{path}", server.origin())).await;
        assert_eq!(page.status, 303, "{path}");
        let nobody = crate::harness::browser::Browser::new(&server.origin());
        let fragment = nobody.fragment(path).await;
        assert!(!fragment.text().contains("for members"), "{path}");
    }
    for after in [0, 1] {
        assert_eq!(stranger.live(after).await.ended().await, 1008);
    }
    let url = ada.socket_url("/rooms/1/live");
    let nobody = crate::harness::socket::Socket::open(&url, &[]).await;
    assert_eq!(nobody.expect("accepted first").ended().await, 1008);
}

struct Page {
    messages: Vec<Value>,
    rev: Value,
    more: bool,
}

async fn read(person: &Account, query: &str) -> Page {
    let answer = person
        .get(&format!("/rooms/1/messages{query}"))
        .await
        .expect(200)
        .json();
    let keys: Vec<&String> = answer.as_object().expect("an object").keys().collect();
    assert_eq!(keys, ["messages", "more", "rev"]);
    Page {
        messages: answer["messages"].as_array().expect("a list").clone(),
        rev: answer["rev"].clone(),
        more: answer["more"].as_bool().expect("a flag"),
    }
}

fn older(html: &str) -> Option<String> {
    let element = inside(&html::shown(html), "older")?;
    attribute(tags(&element, "a").first()?, "href")
}

/// Where the link to newer messages leads.
fn newer(html: &str) -> Option<String> {
    let element = inside(&html::shown(html), "newer")?;
    attribute(tags(&element, "a").first()?, "href")
}

fn ids(messages: &[Value]) -> Vec<i64> {
    messages
        .iter()
        .map(|message| message["id"].as_i64().expect("an id"))
        .collect()
}

fn line_ids(lines: &[Line]) -> Vec<i64> {
    lines.iter().map(|line| line.id).collect()
}

fn as_message(event: &Event) -> Option<Line> {
    match event {
        Event::Message(line) => Some(line.clone()),
        _ => None,
    }
}

//! Message history as pages, fragments and JSON, by message id and by rev.

use serde_json::Value;

use crate::harness::account::Account;
use crate::harness::html::{self, MessageElement, attribute, inside, tags};
use crate::harness::http::get_page;
use crate::harness::live::{Event, events};
use crate::harness::message_actions::ids_of;
use crate::harness::server::Server;

#[tokio::test]
async fn the_first_page_has_the_newest_50_messages_and_links_to_older_ones() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let posted = ids_of(&ada.post_many("number", 120).await);
    let browser = ada.browser().await;

    let page = browser.page("/rooms/1").await.expect(200).text();
    assert_eq!(
        html::element_ids(&html::message_elements(&page)),
        posted[70..]
    );
    let list = html::tag_of(&page, "#messages").expect("the list");
    assert_eq!(
        attribute(list, "data-rev"),
        Some(ada.rev().await.to_string())
    );

    let mut link = older(&page).expect("a link to older messages");
    for expected in [&posted[20..70], &posted[..20]] {
        let fragment = browser.fragment(&link).await.expect(200).text();
        assert!(
            !fragment.contains("<html") && !fragment.contains("hx-partial"),
            "a fragment has no document and no partials"
        );
        assert_eq!(
            html::element_ids(&html::message_elements(&fragment)),
            *expected
        );
        let archive = browser.page(&link).await.expect(200).text();
        assert!(
            archive.contains("<html"),
            "the same link is a page without htmx"
        );
        assert_eq!(
            html::element_ids(&html::message_elements(&archive)),
            *expected
        );
        assert!(
            !archive.contains("hx-ws:connect"),
            "an archive page has no socket"
        );
        link = older(&fragment).unwrap_or_default();
    }
    assert_eq!(link, "", "no link before the first message");
}

#[tokio::test]
async fn a_room_with_at_most_50_messages_has_no_link_to_older_ones() {
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
    assert_eq!(html::message_elements(&page).len(), 50);
    ada.post("number 51").await;
    assert!(older(&browser.page("/rooms/1").await.expect(200).text()).is_some());
}

#[tokio::test]
async fn links_to_newer_messages_lead_to_the_newest_one() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let posted = ids_of(&ada.post_many("number", 130).await);
    let browser = ada.browser().await;
    let here = format!("/rooms/1/messages/{}", posted[40]);
    let page = browser.page(&here).await.expect(200).text();
    assert!(html::element_ids(&html::message_elements(&page)).contains(&posted[40]));
    let mut read = html::element_ids(&html::message_elements(&page));
    let mut link = newer(&page);
    while let Some(next) = link {
        let part = browser.fragment(&next).await.expect(200).text();
        assert_eq!(
            older(&part),
            None,
            "the older messages are on the page already"
        );
        read.extend(html::element_ids(&html::message_elements(&part)));
        link = newer(&part);
    }
    let first = posted.iter().position(|id| *id == read[0]);
    assert_eq!(read, posted[first.expect("a posted message")..]);
}

#[tokio::test]
async fn a_thread_is_escaped_once_in_its_page_and_fragment() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let root = ids_of(&[ada.post("shall we?").await])[0];
    let path = format!("/rooms/1/messages/{root}/thread");
    let browser = ada.browser().await;
    browser
        .submit(&path, &[("body", "<b>yes</b>")])
        .await
        .expect(303);
    for answer in [browser.page(&path).await, browser.fragment(&path).await] {
        let text = answer.expect(200).text();
        assert!(text.contains(&format!("id=\"thread-{root}\"")));
        assert!(!text.contains("<b>yes"), "user text is escaped");
        assert!(!text.contains("&lt;div") && !text.contains("&amp;lt;"));
    }
}

#[tokio::test]
async fn json_pages_before_an_id_lead_to_older_messages() {
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
async fn json_pages_after_a_rev_lead_to_newer_changes() {
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
        after = page
            .messages
            .last()
            .expect("a page is not empty while there are more")["rev"]
            .clone();
        seen.extend(page.messages);
        if !page.more {
            break;
        }
    }
    assert_eq!(seen, posted[5..]);
}

#[tokio::test]
async fn a_response_has_at_most_200_messages() {
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
async fn invalid_query_parameters_are_not_a_server_error() {
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
async fn the_polling_fallback_returns_the_updates_of_the_socket() {
    let server = Server::unlimited();
    let (ada, bob) = (
        Account::register(&server, "ada").await,
        Account::register(&server, "bob").await,
    );
    let browser = ada.browser().await;
    let posted = bob.post_many("number", 60).await;
    let mut watching = bob.live(ada.rev().await).await;
    watching.wait_for_presence(&["bob"]).await;

    let after = posted[9]["rev"].clone();
    let answer = browser
        .fragment(&format!("/rooms/1/messages?after={after}"))
        .await
        .expect(200)
        .text();
    let found = events(&answer);
    let lines: Vec<MessageElement> = found.iter().filter_map(as_message).collect();
    assert_eq!(html::element_ids(&lines), ids_of(&posted[10..]));
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
    assert_eq!(html::message_elements(&answer).len(), 0, "no new messages");
}

#[tokio::test]
async fn unknown_rooms_are_not_found() {
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
        assert!(page.text().contains("href=\"/"), "{path} has a link back");
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
    assert_eq!(
        socket.expect("the upgrade is accepted").close_code().await,
        1008
    );
}

#[tokio::test]
async fn history_is_not_readable_without_a_valid_session() {
    let server = Server::start();
    let ada = Account::register(&server, "ada").await;
    ada.post("for members").await;
    let stranger = ada.with_token("00000000-0000-4000-8000-000000000000");
    for path in ["/rooms/1", "/rooms/1/messages", "/rooms/1/messages?after=0"] {
        let reply = stranger.get(path).await.expect(401);
        assert!(!reply.detail().contains("for members"));
        let page = get_page(&format!("{}{path}", server.origin())).await;
        assert_eq!(page.status, 303, "{path}");
        let logged_out = crate::harness::browser::Browser::new(&server.origin());
        let fragment = logged_out.fragment(path).await;
        assert!(!fragment.text().contains("for members"), "{path}");
    }
    for after in [0, 1] {
        assert_eq!(stranger.live(after).await.close_code().await, 1008);
    }
    let url = ada.socket_url("/rooms/1/live");
    let logged_out = crate::harness::socket::Socket::open(&url, &[]).await;
    assert_eq!(
        logged_out
            .expect("the upgrade is accepted")
            .close_code()
            .await,
        1008
    );
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

/// The target of the link to older messages.
fn older(html: &str) -> Option<String> {
    link_in(html, "older")
}

/// The target of the link to newer messages.
fn newer(html: &str) -> Option<String> {
    link_in(html, "newer")
}

fn link_in(html: &str, class: &str) -> Option<String> {
    let element = inside(&html::shown(html), class)?;
    attribute(tags(&element, "a").first()?, "href")
}

fn as_message(event: &Event) -> Option<MessageElement> {
    match event {
        Event::Message(line) => Some(line.clone()),
        _ => None,
    }
}

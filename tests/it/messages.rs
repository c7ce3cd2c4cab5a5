//! Posting and rendering messages over HTTP, sockets and forms.

use serde_json::{Value, json};

use crate::harness::account::Account;
use crate::harness::client_id;
use crate::harness::html::{self, MessageElement};
use crate::harness::http::send;
use crate::harness::live::Event;
use crate::harness::server::Server;

#[tokio::test]
async fn a_message_has_exactly_the_fields_of_the_contract() {
    let server = Server::start();
    let ada = Account::register(&server, "ada").await;
    let id = client_id();
    let message = ada
        .try_post("hello <you>\nthere", &id)
        .await
        .expect(201)
        .json();
    let fields = [
        "id",
        "room",
        "rev",
        "client_id",
        "author",
        "body",
        "html",
        "created_at",
        "edited_at",
        "deleted",
        // Newer fields come after the original ones.
        "pinned_at",
        "pinned_by",
        "reply_to",
        "thread",
        "answers",
        "reactions",
        "files",
        "previews",
    ];
    let mut sorted = fields;
    sorted.sort();
    assert_eq!(keys(&message), sorted);
    let text = ada.get("/rooms/1/messages").await.expect(200).text();
    let places = fields.map(|field| text.find(&format!("\"{field}\":")));
    assert!(places.is_sorted(), "{text}");
    assert_eq!(
        (&message["pinned_at"], &message["reactions"]),
        (&Value::Null, &json!([]))
    );
    assert_eq!(keys(&message["author"]), ["display_name", "id", "username"]);
    assert!(message["id"].is_i64() && message["rev"].is_i64() && message["author"]["id"].is_i64());
    assert_eq!(message["room"], 1);
    assert_eq!(message["client_id"], id);
    assert_eq!(message["author"]["username"], "ada");
    assert_eq!(message["body"], "hello <you>\nthere");
    assert_eq!(
        (&message["edited_at"], &message["deleted"]),
        (&Value::Null, &json!(false))
    );
    let html = message["html"].as_str().expect("html");
    assert!(html.starts_with("<p>") && html.ends_with("</p>"), "{html}");
    assert!(
        html.contains("&lt;you&gt;<br>there") || html.contains("&#60;you&#62;<br>there"),
        "{html}"
    );
    is_utc_millis(message["created_at"].as_str().expect("a time"));
    assert_eq!(ada.history().await, [message]);
}

#[tokio::test]
async fn a_repeated_client_id_returns_the_first_message() {
    let server = Server::start();
    let (ada, bob) = (
        Account::register(&server, "ada").await,
        Account::register(&server, "bob").await,
    );
    let id = client_id();
    let first = ada.try_post("once", &id).await.expect(201).json();
    let again = ada.try_post("once", &id).await.expect(200).json();
    assert_eq!(first, again);
    let changed = ada.try_post("another text", &id).await.expect(200).json();
    assert_eq!(first, changed);
    let theirs = bob
        .try_post("the id of another person", &id)
        .await
        .expect(201)
        .json();
    assert_ne!(first["id"], theirs["id"]);
    assert_eq!(ada.history().await, [first, theirs]);
}

#[tokio::test]
async fn each_post_without_a_client_id_is_a_new_message() {
    let server = Server::start();
    let ada = Account::register(&server, "ada").await;
    let mut live = ada.live(0).await;
    for _ in 0..2 {
        send(
            ada.ask("POST", "/rooms/1/messages")
                .json(&json!({"body": "again"})),
        )
        .await
        .expect(201);
        live.send(&json!({"body": "again"})).await;
    }
    let ids: Vec<i64> = live.messages(4).await.iter().map(|line| line.id).collect();
    assert!(ids.windows(2).all(|pair| pair[0] < pair[1]), "{ids:?}");
    assert_eq!(ada.history().await.len(), 4);
}

#[tokio::test]
async fn http_and_socket_share_client_ids() {
    let server = Server::start();
    let ada = Account::register(&server, "ada").await;
    let (mut mine, mut other) = (ada.live(0).await, ada.live(0).await);
    let (first, second) = (client_id(), client_id());
    mine.post("by socket", &first).await;
    let line = mine.next_message().await;
    assert_eq!(line.client_id, first);
    let again = ada.try_post("by socket", &first).await.expect(200).json();
    assert_eq!(again["id"], line.id);

    ada.try_post("by http", &second).await.expect(201);
    assert_eq!(mine.next_message().await.client_id, second);
    mine.post("by http", &second).await;
    let repeated = mine.find("the repeated message", |event| match event {
        Event::Replaced(line) => Some(line.clone()),
        _ => None,
    });
    assert_eq!(repeated.await.client_id, second);

    let end = ada.post("end").await["id"].as_i64().expect("an id");
    let received = other.messages_until(end).await;
    assert_eq!(texts(&received), ["by socket", "by http", "end"]);
    assert!(
        !other
            .pending()
            .any(|event| matches!(event, Event::Replaced(_))),
        "only the sender receives the repeated message"
    );
}

#[tokio::test]
async fn every_change_takes_the_next_rev() {
    let server = Server::start();
    let (ada, bob) = (
        Account::register(&server, "ada").await,
        Account::register(&server, "bob").await,
    );
    let mut live = bob.live(0).await;
    for number in 0..6 {
        match number % 3 {
            0 => drop(ada.post("by token").await),
            1 => drop(live.post("by socket", &client_id()).await),
            _ => drop(bob.post("by another").await),
        }
        live.next_message().await;
    }
    let revs: Vec<i64> = ada
        .history()
        .await
        .iter()
        .map(|message| message["rev"].as_i64().expect("rev"))
        .collect();
    let expected: Vec<i64> = (revs[0]..revs[0] + 6).collect();
    assert_eq!(revs, expected);
    assert_eq!(ada.rev().await, revs[5]);
}

#[tokio::test]
async fn a_message_has_at_most_10_000_characters() {
    let server = Server::start();
    let ada = Account::register(&server, "ada").await;
    let (mut live, browser) = (ada.live(0).await, ada.browser().await);
    for character in ["x", "€", "😀"] {
        let fits = character.repeat(10_000);
        assert_eq!(ada.post(&fits).await["body"], fits);
        let refused = ada
            .try_post(&format!("{fits}{character}"), &client_id())
            .await
            .expect(422);
        assert!(
            refused.detail().contains("10,000") || refused.detail().contains("10000"),
            "{}",
            refused.detail()
        );
        assert_eq!(live.next_message().await.text, fits);
    }
    let (good, bad) = ("y".repeat(10_000), "z".repeat(10_001));
    live.post(&bad, "too-long").await;
    let notice = live.next_notice().await;
    assert_eq!(notice.client_id.as_deref(), Some("too-long"));
    assert!(
        notice.text.contains("10,000") || notice.text.contains("10000"),
        "{}",
        notice.text
    );
    live.post(&good, "just-right").await;
    assert_eq!(live.next_message().await.client_id, "just-right");

    let form = [("body", &*bad), ("client_id", "too-long-form")];
    let page = browser.submit("/rooms/1/messages", &form).await.expect(422);
    let page = html::shown(&page.text());
    assert!(
        html::inside(&page, "#composer")
            .expect("the composer")
            .contains(&bad),
        "the composer keeps the text"
    );
    assert!(page.contains("role=\"alert\""), "the refusal is announced");
}

#[tokio::test]
async fn empty_messages_are_refused() {
    let server = Server::start();
    let ada = Account::register(&server, "ada").await;
    let (mut live, browser) = (ada.live(0).await, ada.browser().await);
    for (number, body) in ["", "   ", "\n\r\n\t", "\u{200b}\u{2060}", "\u{3000}", "\0"]
        .into_iter()
        .enumerate()
    {
        ada.try_post(body, &client_id()).await.expect(422).detail();
        live.post(body, &format!("empty-{number}")).await;
        assert_eq!(
            live.next_notice().await.client_id,
            Some(format!("empty-{number}"))
        );
        browser
            .submit("/rooms/1/messages", &[("body", body), ("client_id", "e")])
            .await
            .expect(422);
    }
    for body in [
        json!({}),
        json!({"body": 5}),
        json!({"body": null}),
        json!([]),
    ] {
        let reply = send(ada.ask("POST", "/rooms/1/messages").json(&body)).await;
        assert!(
            [400, 422].contains(&reply.status),
            "{body}: {}",
            reply.status
        );
        reply.detail();
    }
    assert!(ada.history().await.is_empty());
}

#[tokio::test]
async fn message_text_is_never_rendered_as_markup() {
    let server = Server::start();
    let ada = Account::register(&server, "ada").await;
    let browser = ada.browser().await;
    let inputs = [
        "<script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "' onmouseover='alert(1)",
        "</article><hx-partial hx-target=\"#presence\">gone</hx-partial>",
        "&lt;b&gt; &amp; {{ 7*7 }}",
        "http://x.example/\"onclick=\"alert(1)",
        "http://x.example/<script>",
    ];
    let mut live = ada.live(0).await;
    for input in inputs {
        let message = ada.post(input).await;
        assert_eq!(message["body"], input, "the stored text is unchanged");
        let line = live.next_message().await;
        assert_eq!(line.text, input, "the visible text is unchanged");
        for markup in [message["html"].as_str().expect("html"), &line.html] {
            let lower = markup.to_lowercase();
            assert!(
                !lower.contains("<script") && !lower.contains("<img src=x"),
                "{markup}"
            );
            for tag in html::tags(markup, "a") {
                assert!(html::attribute(tag, "onclick").is_none(), "{tag}");
            }
            assert_eq!(lower.matches("<hx-partial").count(), 0, "{markup}");
        }
    }
    let shown = browser.message_elements().await;
    assert_eq!(texts(&shown), inputs);
}

#[tokio::test]
async fn only_http_addresses_become_links() {
    let server = Server::start();
    let ada = Account::register(&server, "ada").await;
    let html = |message: Value| message["html"].as_str().expect("html").to_string();
    let linked = html(
        ada.post("see https://example.com/a?b=1&c=2, and http://example.org.")
            .await,
    );
    let tags = html::tags(&linked, "a");
    let targets: Vec<_> = tags
        .iter()
        .filter_map(|tag| html::attribute(tag, "href"))
        .collect();
    assert_eq!(
        targets,
        ["https://example.com/a?b=1&c=2", "http://example.org"]
    );
    for tag in tags {
        assert_eq!(
            html::attribute(tag, "rel").as_deref(),
            Some("noopener noreferrer nofollow")
        );
    }
    for text in [
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "vbscript:x",
        "no link",
    ] {
        assert!(!html(ada.post(text).await).contains("<a"), "{text}");
    }
}

#[tokio::test]
async fn line_breaks_are_kept_and_messages_of_only_emoji_are_large() {
    let server = Server::start();
    let ada = Account::register(&server, "ada").await;
    let mut live = ada.live(0).await;
    for body in ["one\ntwo\n\nfour", "one\r\ntwo\r\n\r\nfour"] {
        ada.post(body).await;
        assert_eq!(live.next_message().await.text, "one\ntwo\n\nfour");
    }
    for (body, large) in [
        ("🎉", true),
        ("👩‍👩‍👧‍👧 🇫🇷 👍🏽", true),
        ("🎉 party", false),
        ("42", false),
        ("#", false),
    ] {
        ada.post(body).await;
        let line = live.next_message().await;
        assert_eq!(
            line.has_class("message--large"),
            large,
            "{body}: {}",
            line.tag
        );
    }
}

#[tokio::test]
async fn consecutive_messages_of_an_author_are_grouped_for_all_users() {
    let server = Server::start();
    let (ada, bob) = (
        Account::register(&server, "ada").await,
        Account::register(&server, "bob").await,
    );
    let (mut hers, mut his) = (ada.live(0).await, bob.live(0).await);
    for author in [&ada, &ada, &bob, &bob, &bob, &ada] {
        author.post("a word").await;
    }
    let (hers, his) = (hers.messages(6).await, his.messages(6).await);
    let continued: Vec<bool> = hers
        .iter()
        .map(|line| line.has_class("message--continued"))
        .collect();
    assert_eq!(continued, [false, true, false, true, true, false]);
    assert_eq!(hers, his);
    let names: Vec<&str> = hers.iter().map(|line| &*line.author).collect();
    assert_eq!(
        names,
        ["ada", "ada", "bob", "bob", "bob", "ada"],
        "a grouped message still has its author"
    );
}

#[tokio::test]
async fn page_push_and_fragment_render_a_message_identically() {
    let server = Server::start();
    let (ada, bob) = (
        Account::register(&server, "ada").await,
        Account::register(&server, "bob").await,
    );
    let mut live = ada.live(0).await;
    for (author, body) in [
        (&ada, "plain"),
        (&ada, "https://example.com"),
        (&bob, "<b>🎉</b>\nx"),
        (&bob, "🎉"),
    ] {
        author.post(body).await;
    }
    let pushed = live.messages(4).await;
    let (hers, his) = (ada.browser().await, bob.browser().await);
    assert_eq!(hers.message_elements().await, pushed);
    assert_eq!(his.message_elements().await, pushed);
    let caught_up = bob.live(0).await.messages(4).await;
    assert_eq!(caught_up, pushed);
    let older = hers
        .fragment(&format!("/rooms/1/messages?before={}", pushed[3].id))
        .await
        .expect(200)
        .text();
    assert_eq!(html::message_elements(&older), pushed[..3]);
    let polled = his
        .fragment("/rooms/1/messages?after=0")
        .await
        .expect(200)
        .text();
    assert_eq!(html::message_elements(&polled), pushed);
}

#[tokio::test]
async fn a_repeated_form_post_is_stored_once() {
    let server = Server::start();
    let ada = Account::register(&server, "ada").await;
    let browser = ada.browser().await;
    let page = browser.page("/rooms/1").await.expect(200).text();
    let composer = html::tag_of(&page, "#composer").expect("the composer");
    assert_eq!(
        html::attribute(composer, "action").as_deref(),
        Some("/rooms/1/messages")
    );
    let fields = html::inside(&page, "#composer").expect("its fields");
    let hidden = html::tags(&fields, "input")
        .into_iter()
        .find(|tag| tag.contains("name=\"client_id\""));
    let id = html::attribute(hidden.expect("a client id"), "value").expect("with a value");
    uuid::Uuid::parse_str(&id).expect("a fresh UUID");
    for _ in 0..2 {
        let posted = browser
            .submit(
                "/rooms/1/messages",
                &[("body", "by form"), ("client_id", &id)],
            )
            .await
            .expect(303);
        assert!(posted.header("location").starts_with("/rooms/1"));
    }
    assert_eq!(texts(&browser.message_elements().await), ["by form"]);
    let stranger = crate::harness::browser::Browser::new(&server.origin());
    let reply = stranger
        .submit(
            "/rooms/1/messages",
            &[("body", "without a session"), ("client_id", "x")],
        )
        .await;
    assert!([303, 401].contains(&reply.status), "{}", reply.status);
    assert_eq!(ada.history().await.len(), 1);
}

fn keys(value: &Value) -> Vec<&str> {
    value
        .as_object()
        .expect("an object")
        .keys()
        .map(String::as_str)
        .collect()
}

fn texts(lines: &[MessageElement]) -> Vec<&str> {
    lines.iter().map(|line| &*line.text).collect()
}

/// `2026-11-22T09:15:00.123Z`
#[track_caller]
fn is_utc_millis(time: &str) {
    let shape: String = time
        .chars()
        .map(|c| if c.is_ascii_digit() { '0' } else { c })
        .collect();
    assert_eq!(shape, "0000-00-00T00:00:00.000Z", "{time}");
}

#[tokio::test]
async fn pages_of_long_messages_are_shorter_and_complete() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    for n in 0..60 {
        ada.post(&format!("{n} {}", "é".repeat(9_000))).await;
    }
    let (mut after, mut seen, mut pages) = (0, Vec::new(), 0);
    loop {
        let path = format!("/rooms/1/messages?after={after}&limit=200");
        let page = ada.get(&path).await.expect(200).json();
        let messages = page["messages"].as_array().expect("messages");
        seen.extend(
            messages
                .iter()
                .map(|message| message["rev"].as_i64().expect("a rev")),
        );
        (after, pages) = (page["rev"].as_i64().expect("a rev"), pages + 1);
        if page["more"] == false {
            break;
        }
    }
    assert_eq!(seen, (1..=60).collect::<Vec<i64>>());
    assert!(pages > 2, "{pages} pages");
    let page = ada
        .browser()
        .await
        .page("/rooms/1")
        .await
        .expect(200)
        .text();
    let has_older_link = page
        .split("?before=")
        .skip(1)
        .any(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    assert!(has_older_link, "the page links to older messages");
}

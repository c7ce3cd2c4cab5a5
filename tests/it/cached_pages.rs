//! Pages cached in the server and in the browser.

use crate::harness::account::Account;
use crate::harness::browser::Browser;
use crate::harness::html::{attribute, tags};
use crate::harness::http::{Reply, client, page_accept, send};
use crate::harness::server::Server;
use crate::harness::wait_for;

async fn get_if_changed(browser: &Browser, path: &str, tag: &str) -> Reply {
    let ask = browser.ask("GET", path).header("accept", page_accept());
    send(ask.header("if-none-match", tag)).await
}

fn tag(reply: &Reply) -> String {
    assert_eq!(reply.header("cache-control"), "private, no-cache");
    let tag = reply.header("etag");
    assert!(tag.starts_with("W/\"") && tag.ends_with('"'), "{tag}");
    tag.to_owned()
}

#[tokio::test]
async fn an_unchanged_room_page_is_answered_with_304() {
    let server = Server::start();
    let ada = Account::register(&server, "ada").await;
    let grace = Account::register(&server, "grace").await;
    let (bob, hers) = (grace.browser().await, ada.browser().await);
    let first = tag(&hers.page("/rooms/1").await.expect(200));
    for named in [&*first, "*", &format!("\"other\", {first}")] {
        let unchanged = get_if_changed(&hers, "/rooms/1", named).await.expect(304);
        assert!(unchanged.bytes.is_empty());
        assert_eq!(tag(&unchanged), first);
        assert!(unchanged.header("vary").contains("cookie"));
    }
    get_if_changed(&bob, "/rooms/1", &first).await.expect(200);
    get_if_changed(&hers, "/rooms/1?watch=1", &first)
        .await
        .expect(200);
    ada.post("something new").await;
    let second = get_if_changed(&hers, "/rooms/1", &first).await.expect(200);
    assert!(second.text().contains("something new"));
    let second = tag(&second);
    get_if_changed(&hers, "/rooms/1", &second).await.expect(304);
    let mut live = grace.live(0).await;
    live.wait_for_presence(&["grace"]).await;
    // The first frame lists her already; her presence counts immediately after it.
    let third = wait_for("a page that lists the reader who arrived", || async {
        let page = get_if_changed(&hers, "/rooms/1", &second).await;
        (page.status == 200).then(|| page.text())
    })
    .await;
    assert!(
        third.contains("data-user=\"2\""),
        "the page lists the users who are online"
    );
}

#[tokio::test]
async fn a_page_contains_every_message_that_was_acknowledged_before() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let bob = Account::register(&server, "bob").await.browser().await;
    for number in 0..120 {
        ada.post(&format!("number {number}.")).await;
        let page = bob.page("/rooms/1").await.expect(200).text();
        assert!(page.contains(&format!("number {number}.")), "{number}");
        assert_eq!(
            page.matches("class=\"message__body\"").count(),
            (number + 1).min(50)
        );
    }
}

#[tokio::test]
async fn every_part_of_the_history_as_json_contains_the_changes_that_were_acknowledged_before() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    for number in 0..9 {
        ada.post(&format!("number {number}")).await;
    }
    let paths = ["", "?limit=3", "?before=5&limit=2", "?since=2", "?after=4"];
    for (round, text) in ["one", "two", "three"].into_iter().enumerate() {
        let edit = serde_json::json!({ "body": text });
        ada.send("PATCH", "/rooms/1/messages/4", &edit)
            .await
            .expect(200);
        ada.post(text).await;
        for path in paths {
            let path = format!("/rooms/1/messages{path}");
            let read = ada.get(&path).await.expect(200).text();
            let again = ada.get(&path).await.expect(200).text();
            assert_eq!(read, again, "{path}");
            let rev = 11 + 2 * round;
            assert!(read.contains(&format!("\"rev\":{rev},\"more\"")), "{read}");
            let is_shown = read.contains(&format!("\"body\":\"{text}\""));
            assert!(is_shown, "{path} in round {round}: {read}");
        }
    }
}

#[tokio::test]
async fn a_page_after_a_restart_contains_all_earlier_messages() {
    let mut server = Server::start();
    let ada = Account::register(&server, "ada").await;
    ada.post("before the restart").await;
    let browser = ada.browser().await;
    let first = tag(&browser.page("/rooms/1").await.expect(200));
    server.stop();
    server.start_again();
    let page = get_if_changed(&browser, "/rooms/1", &first)
        .await
        .expect(200);
    assert!(page.text().contains("before the restart"));
    ada.post("after the restart").await;
    let page = browser.page("/rooms/1").await.expect(200).text();
    assert!(page.contains("before the restart") && page.contains("after the restart"));
}

#[tokio::test]
async fn a_compressed_page_has_the_same_content() {
    let server = Server::start();
    let ada = Account::register(&server, "ada").await;
    ada.post_many("<b>&amp; ünïcödé 李小龙</b>", 15).await;
    let browser = ada.browser().await;
    let ask = || {
        browser
            .ask("GET", "/rooms/1")
            .header("accept", page_accept())
    };
    let compressed = send(ask().header("accept-encoding", "gzip"))
        .await
        .expect(200);
    assert_eq!(compressed.header("content-encoding"), "gzip");
    assert!(compressed.header("vary").contains("accept-encoding"));
    let mut text = String::new();
    let mut gzip = flate2::read::GzDecoder::new(&compressed.bytes[..]);
    std::io::Read::read_to_string(&mut gzip, &mut text).expect("valid gzip");
    let plain = browser.page("/rooms/1").await.expect(200).text();
    assert!(compressed.bytes.len() < plain.len() / 3);
    // The form of each page has its own client id.
    let without_id = |page: &str| {
        page.split("name=\"client_id\"")
            .map(|part| part[40..].len())
            .sum::<usize>()
    };
    assert_eq!(without_id(&text), without_id(&plain));
    assert_eq!(messages(&text), messages(&plain));
}

fn messages(page: &str) -> &str {
    let (_, list) = page.split_once("id=\"messages\"").expect("a list");
    list.split_once("id=\"outbox\"").expect("its end").0
}

#[tokio::test]
async fn fragments_json_lists_and_login_forms_have_entity_tags() {
    let server = Server::start();
    let ada = Account::register(&server, "ada").await;
    ada.post_many("n", 10).await;
    let browser = ada.browser().await;
    let older = |tag: &str| {
        let ask = browser.ask("GET", "/rooms/1/messages?before=9");
        send(
            ask.header("hx-request", "true")
                .header("if-none-match", tag.to_owned()),
        )
    };
    let part = tag(&older("\"none\"").await.expect(200));
    older(&part).await.expect(304);
    let json = |tag: &str| {
        let ask = ada.ask("GET", "/rooms/1/messages?limit=3");
        send(ask.header("if-none-match", tag.to_owned()))
    };
    let list = tag(&json(&part).await.expect(200));
    json(&list).await.expect(304);
    ada.post("one more").await;
    older(&part).await.expect(200);
    json(&list).await.expect(200);
    for path in ["/login", "/register"] {
        let ask = |tag: &str| {
            let ask = client().get(format!("{}{path}", server.origin()));
            send(
                ask.header("accept", page_accept())
                    .header("if-none-match", tag.to_owned()),
            )
        };
        let form = tag(&ask(&part).await.expect(200));
        ask(&form).await.expect(304);
    }
}

#[tokio::test]
async fn two_messages_with_the_same_form_client_id_are_both_stored() {
    let server = Server::start();
    let ada = Account::register(&server, "ada").await;
    let browser = ada.browser().await;
    for body in ["from one tab", "from the other tab", "from one tab"] {
        let fields = [("body", body), ("client_id", "the-same-page")];
        browser
            .submit("/rooms/1/messages", &fields)
            .await
            .expect(303);
    }
    let history = ada.history().await;
    let bodies: Vec<_> = history.iter().filter_map(|m| m["body"].as_str()).collect();
    assert_eq!(
        bodies,
        ["from one tab", "from the other tab"],
        "a repeated message is stored once"
    );
}

/// Bytes that a first visit of a page may load, all included: over HTTPS, where browsers accept Brotli, and over plain
/// HTTP, where they accept gzip alone.
const MOST_OF_A_FIRST_VISIT: [(&str, usize); 2] = [("gzip, deflate, br", 51_200), ("gzip", 54_272)];

#[tokio::test]
async fn a_first_visit_of_the_login_page_or_a_room_loads_less_than_50_kb() {
    let server = Server::start();
    let ada = Account::register(&server, "ada").await;
    ada.post_many("a typical **message** in `a room`", 20).await;
    let (stranger, browser) = (Browser::new(&server.origin()), ada.browser().await);
    for (browser, path) in [(stranger, "/login"), (browser, "/rooms/1")] {
        let page = browser.page(path).await.expect(200).text();
        let mut addresses = vec![path.to_owned()];
        addresses.extend(loaded(&page));
        // Imports that run before the user acts count, too.
        for at in 1..addresses.len() {
            if addresses[at].ends_with(".js") {
                addresses.extend(imported(&browser, &addresses[at]).await);
            }
        }
        addresses.sort();
        addresses.dedup();
        for (encodings, most) in MOST_OF_A_FIRST_VISIT {
            let mut sizes = Vec::new();
            for address in &addresses {
                let size = compressed_size(&browser, address, encodings).await;
                sizes.push((size, address));
            }
            assert!(sizes.len() > 3, "{path} loads styles and scripts");
            let all: usize = sizes.iter().map(|(size, _)| size).sum();
            assert!(all < most, "{encodings}: {all}: {sizes:?}");
        }
    }
}

/// Size of a response (bytes) for a browser that accepts these encodings.
async fn compressed_size(browser: &Browser, path: &str, encodings: &str) -> usize {
    let ask = browser
        .ask("GET", path)
        .header("accept", page_accept())
        .header("accept-encoding", encodings);
    send(ask).await.expect(200).bytes.len()
}

/// The paths that a script imports.
async fn imported(browser: &Browser, path: &str) -> Vec<String> {
    let text = send(browser.ask("GET", path)).await.expect(200).text();
    let imports = text.lines().filter(|line| line.contains(" \"/assets/"));
    imports
        .filter_map(|line| line.split('"').nth(1))
        .filter(|address| address.ends_with(".js"))
        .map(str::to_owned)
        .collect()
}

/// The paths on this server that a page loads.
fn loaded(page: &str) -> Vec<String> {
    let elements = ["link", "script", "img"].into_iter();
    let tags = elements.flat_map(|name| tags(page, name));
    let addresses = tags.filter_map(|tag| attribute(tag, "src").or(attribute(tag, "href")));
    addresses
        .filter(|address| address.starts_with('/'))
        .collect()
}

#[tokio::test]
async fn one_stylesheet_and_two_non_blocking_scripts_load_before_the_first_paint() {
    let server = Server::start();
    let browser = Account::register(&server, "ada").await.browser().await;
    let page = browser.page("/rooms/1").await.expect(200).text();
    let (head, body) = page.split_once("<body>").expect("a body");
    let is_style = |tag: &&str| attribute(tag, "rel").as_deref() == Some("stylesheet");
    assert_eq!(
        tags(head, "link")
            .iter()
            .map(|t| &**t)
            .filter(is_style)
            .count(),
        1
    );
    // Neither script blocks: the first is deferred, and modules are always deferred.
    let scripts = tags(&page, "script");
    assert_eq!(scripts.len(), 2);
    assert!(scripts[0].contains(" defer"), "htmx comes first");
    assert_eq!(attribute(scripts[1], "type").as_deref(), Some("module"));
    assert_eq!(tags(head, "script").len(), 2);
    // The stylesheet of the user comes after the header and before the messages, so that the layout does not shift.
    let own = body.find("/u/1.css").expect("the stylesheet of the user");
    assert!(own > body.find("<header").expect("a header"));
    assert!(own < body.find("id=\"messages\"").expect("a list"));
}

#[tokio::test]
async fn logging_out_clears_the_cache_of_the_browser() {
    let server = Server::start();
    let browser = Account::register(&server, "ada").await.browser().await;
    let out = browser.submit("/logout", &[]).await.expect(303);
    assert_eq!(out.header("clear-site-data"), "\"cache\"");
}

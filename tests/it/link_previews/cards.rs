//! Cards: who sees them when, what they say, and which links have one.

use serde_json::json;

use super::{Web, all_jobs, previews};
use crate::harness::account::{Account, PASSWORD};
use crate::harness::browser::Browser;
use crate::harness::html::message_elements;
use crate::harness::live::Event;
use crate::harness::message_actions::id;
use crate::harness::server::Server;
use crate::harness::wait_for;
use crate::harness::website::Answer;

const HEAD: &str = "<title>Plain</title><meta property=og:title content='Tide &amp; time'>
    <meta name=description content='When the water comes.'><meta property=og:site_name content=Tides>";

#[tokio::test]
async fn a_card_appears_for_readers_without_a_mark_of_an_edit() {
    let web = Web::start().await;
    web.site.set_page("/tide", HEAD);
    let (ada, grace) = (
        Account::register(&web.server, "ada").await,
        Account::register(&web.server, "grace").await,
    );
    let mut live = grace.live(grace.rev().await).await;
    let message = ada.post("see http://site.test/tide now").await;
    assert_eq!(message["previews"], json!([]), "a post does not wait");
    let posted = live.next_message().await;
    assert!(!posted.html.contains("link-preview"));
    let replaced = live
        .find("the card", |event| match event {
            Event::Replaced(message) => Some(message.clone()),
            _ => None,
        })
        .await;
    assert!(replaced.rev > posted.rev);
    for part in [
        "Tide &#38; time",
        "When the water comes.",
        "Tides",
        "http://site.test/tide",
    ] {
        assert!(replaced.html.contains(part), "{part}: {}", replaced.html);
    }
    assert!(!replaced.html.contains("message__edited"));
    let shown = previews(&grace, &message, 1).await;
    assert_eq!(
        shown[0],
        json!({"place": 0, "url": "http://site.test/tide", "title": "Tide & time",
            "description": "When the water comes.", "site": "Tides", "picture_url": null,
            "width": null, "height": null, "quoted": null})
    );
    assert!(grace.message((1, id(&message))).await["edited_at"].is_null());
    let browser = Browser::log_in(&web.server.origin(), "grace", PASSWORD).await;
    let page = browser.page("/rooms/1").await.text();
    assert_eq!(message_elements(&page)[0].html, replaced.html);
}

#[tokio::test]
async fn up_to_three_links_have_a_card_in_their_order() {
    let web = Web::start().await;
    for n in 1..=4 {
        web.site
            .set_page(&format!("/{n}"), &format!("<title>Page {n}</title>"));
    }
    let ada = Account::register(&web.server, "ada").await;
    let text = "http://site.test/3 http://site.test/1 http://site.test/3 www.site.test/2 http://site.test/4";
    let shown = previews(&ada, &ada.post(text).await, 3).await;
    let titles: Vec<_> = shown.iter().map(|one| one["title"].clone()).collect();
    assert_eq!(titles, ["Page 3", "Page 1", "Page 2"]);
    assert_eq!(shown[2]["site"], "site.test");
    assert_eq!(web.site.connections(), 3);
}

#[tokio::test]
async fn links_in_angle_brackets_code_and_quotes_have_no_card() {
    let web = Web::start().await;
    web.site.set_page("/a", "<title>A</title>");
    web.site.set_page("/named", "<title>Named</title>");
    let ada = Account::register(&web.server, "ada").await;
    for text in [
        "<http://site.test/a>",
        "`http://site.test/a`",
        "```\nhttp://site.test/a\n```",
        "> http://site.test/a\n\nyes",
        "ada@site.test",
        "no link",
    ] {
        ada.post(text).await;
    }
    let named = ada.post("[a name](http://site.test/named)").await;
    previews(&ada, &named, 1).await;
    all_jobs(&web.server).await;
    assert_eq!(web.site.connections(), 1);
    for message in ada
        .history()
        .await
        .iter()
        .filter(|one| one["id"] != named["id"])
    {
        assert_eq!(message["previews"], json!([]), "{message}");
    }
}

#[tokio::test]
async fn hostile_pages_are_shown_as_short_text() {
    let web = Web::start().await;
    let long = "x".repeat(10_000);
    web.site
        .set_page("/script", "<title><script>alert(1)</script></title>");
    web.site
        .set_page("/rtl", "<title>\u{202E}gpj.exe \u{2066}end</title>");
    web.site.set_page(
        "/long",
        &format!("<title>{long}</title><meta name=description content={long}>"),
    );
    let ada = Account::register(&web.server, "ada").await;
    let text = "http://site.test/script http://site.test/rtl http://site.test/long";
    let message = ada.post(text).await;
    let shown = previews(&ada, &message, 3).await;
    assert_eq!(shown[0]["title"], "<script>alert(1)</script>");
    assert_eq!(shown[1]["title"], "gpj.exe end");
    let length = |field: &str| shown[2][field].as_str().expect("a text").chars().count();
    assert_eq!((length("title"), length("description")), (200, 400));
    let browser = Browser::log_in(&web.server.origin(), "ada", PASSWORD).await;
    let html = browser.page("/rooms/1").await.text();
    assert!(html.contains("&#60;script&#62;alert(1)"), "{html}");
    assert!(!html.contains("<script>alert"));
}

#[tokio::test]
async fn pages_that_cannot_be_read_have_no_card_and_are_not_asked_again() {
    let web = Web::start().await;
    let site = &web.site;
    site.set_body("/gzip", "application/gzip", b"\x1f\x8b\x08");
    site.set_page("/empty", "");
    site.redirect("/inner", "http://127.0.0.1/");
    site.redirect("/loop", "/loop");
    let bomb =
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\n\r\n\x1f\x8b\x08";
    site.set("/bomb", Answer::Bytes(bomb.to_vec()));
    let ada = Account::register(&web.server, "ada").await;
    for path in ["gzip", "empty", "inner", "missing", "bomb"] {
        ada.post(&format!("http://site.test/{path}")).await;
    }
    all_jobs(&web.server).await;
    let asked = site.connections();
    for path in ["gzip", "empty", "inner", "missing", "bomb"] {
        let again = ada.post(&format!("again http://site.test/{path}")).await;
        assert_eq!(again["previews"], json!([]));
    }
    all_jobs(&web.server).await;
    assert_eq!(site.connections(), asked);
    for message in ada.history().await {
        assert_eq!(message["previews"], json!([]), "{message}");
    }
}

#[tokio::test]
async fn titles_are_read_in_the_encoding_of_the_page() {
    let web = Web::start().await;
    let ada = Account::register(&web.server, "ada").await;
    let utf_16: Vec<u8> = "\u{FEFF}<title>Tëst 中</title>"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    for (number, (kind, page, title)) in [
        (
            "text/html",
            &b"<script charset=utf-8></script><meta charset=windows-1251><title>\xCF\xF0\xE8</title>"[..],
            "При",
        ),
        ("text/html; charset=gbk", b"<title>\xD6\xD0</title>", "中"),
        (
            "text/html",
            b"<meta http-equiv=content-type content='text/html; charset=Shift_JIS'><title>\x93\xFA</title>",
            "日",
        ),
        ("text/html; charset=utf-8", &utf_16, "Tëst 中"),
    ]
    .into_iter()
    .enumerate()
    {
        web.site.set_body(&format!("/{number}"), kind, page);
        let message = ada.post(&format!("http://site.test/{number}")).await;
        let shown = previews(&ada, &message, 1).await;
        assert_eq!(shown[0]["title"], title);
    }
}

#[tokio::test]
async fn a_page_is_fetched_once_for_several_messages() {
    let web = Web::start().await;
    web.site.set_page("/a", "<title>A</title>");
    let ada = Account::register(&web.server, "ada").await;
    for text in ["http://site.test/a", "again http://site.test/a"] {
        previews(&ada, &ada.post(text).await, 1).await;
    }
    assert_eq!(web.site.connections(), 1);
}

#[tokio::test]
async fn an_edit_shows_the_cards_of_the_new_links() {
    let web = Web::start().await;
    web.site.set_page("/a", "<title>qxzA</title>");
    web.site.set_page("/b", "<title>qxzB</title>");
    let ada = Account::register(&web.server, "ada").await;
    let message = ada.post("http://site.test/a").await;
    previews(&ada, &message, 1).await;
    let at = (1, id(&message));
    ada.edit(at, "http://site.test/b").await.expect(200);
    wait_for("the other card", async || {
        (ada.message(at).await["previews"][0]["title"] == "qxzB").then_some(())
    })
    .await;
    ada.edit(at, "nothing").await.expect(200);
    previews(&ada, &message, 0).await;
    ada.edit(at, "http://site.test/b <http://site.test/a>")
        .await
        .expect(200);
    previews(&ada, &message, 1).await;
}

#[tokio::test]
async fn a_server_without_previews_makes_no_requests() {
    let web = Web::start_with(&["--link-previews", "off"]).await;
    web.site.set_page("/a", "<title>A</title>");
    let ada = Account::register(&web.server, "ada").await;
    let message = ada.post("http://site.test/a").await;
    ada.edit((1, id(&message)), "http://site.test/a!")
        .await
        .expect(200);
    all_jobs(&web.server).await;
    assert_eq!(web.site.connections(), 0);
}

#[tokio::test]
async fn a_kill_while_a_page_is_fetched_repeats_it_at_the_next_start() {
    let web = Web::start().await;
    let mut args = web.site.args(&web.dns);
    args.extend(["--password-cost", "4"].map(str::to_owned));
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let mut server = Server::executable(&args);
    web.site.set("/slow", Answer::Silence);
    let ada = Account::register(&server, "ada").await;
    let message = ada.post("http://site.test/slow").await;
    wait_for("the request", async || {
        (web.site.connections() == 1).then_some(())
    })
    .await;
    server.kill9();
    web.site.set_page("/slow", "<title>Quick</title>");
    server.start_again();
    let ada = ada.through(&server.origin());
    let shown = previews(&ada, &message, 1).await;
    assert_eq!(shown[0]["title"], "Quick");
}

#[tokio::test]
async fn slow_websites_do_not_hold_up_posts_and_other_jobs() {
    let web = Web::start().await;
    web.site.set("/slow", Answer::Silence);
    web.site.set_page("/a", "<title>A</title>");
    let ada = Account::register(&web.server, "ada").await;
    let room = ada.create_room("short", "open").await;
    ada.say(room, "text").await;
    for n in 0..6 {
        ada.post(&format!("http://site.test/slow http://{n}.test/slow"))
            .await;
    }
    let name = json!({"name": "short"});
    ada.send("DELETE", &format!("/rooms/{room}"), &name).await;
    let started = std::time::Instant::now();
    wait_for("the messages of the room to be removed", async || {
        let mut conn = crate::harness::database::connect(&web.server.data());
        let query = format!("SELECT COUNT(*) AS number FROM messages WHERE room_id = {room}");
        (crate::harness::database::number(&mut conn, &query) == 0).then_some(())
    })
    .await;
    assert!(started.elapsed() < std::time::Duration::from_secs(5));
    assert!(web.site.connections() <= 4, "two messages at a time");
}

//! Links to rooms that their reader has not joined, and to pages that need a log-in.

use serde_json::json;

use crate::harness::account::{Account, PASSWORD};
use crate::harness::browser::Browser;
use crate::harness::html::{attribute, tags, text_of};
use crate::harness::server::Server;

/// The hidden input `next` of the form on a page.
fn next_of(page: &str) -> Option<String> {
    let inputs = tags(page, "input").into_iter();
    let mut named = inputs.filter(|tag| attribute(tag, "name").as_deref() == Some("next"));
    attribute(named.next()?, "value")
}

#[tokio::test]
async fn a_link_to_an_open_room_shows_it_and_offers_to_join() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let bob = Account::register(&server, "bob").await;
    let room = ada.create_room("design", "open").await;
    let topic = json!({"topic": "Shapes & colors"});
    ada.send("PATCH", &format!("/rooms/{room}"), &topic)
        .await
        .expect(200);
    let first = ada.say(room, "the **first** one").await["id"]
        .as_i64()
        .expect("an id");
    for number in 0..30 {
        ada.say(room, &format!("filler {number}")).await;
    }
    let browser = bob.browser().await;
    let room_path = format!("/rooms/{room}");
    let link = format!("/rooms/{room}/messages/{first}");
    for (path, shown, hidden) in [
        (&room_path, "filler 29", "first"),
        (&link, "the first one", "filler 29"),
        (
            &format!("/rooms/{room}/messages?before={first}"),
            "filler 29",
            "first",
        ),
        (
            &format!("/rooms/{room}/messages/999999"),
            "filler 29",
            "first",
        ),
        (&format!("{link}/thread"), "the first one", "filler 29"),
        (&format!("/rooms/{room}/members"), "filler 29", "first"),
    ] {
        let page = browser.page(path).await.expect(200).text();
        let text = text_of(&page);
        assert!(
            text.contains("# design") && text.contains("Shapes & colors"),
            "{path}: {text}"
        );
        assert!(
            text.contains("1 member") && text.contains("Join room"),
            "{path}: {text}"
        );
        assert!(
            text.contains(shown) && !text.contains(hidden),
            "{path}: {text}"
        );
        assert!(
            !page.contains("name=\"emoji\"") && !page.contains("id=\"composer\""),
            "{path}"
        );
        bob.get(path).await.expect(404);
        browser.fragment(path).await.expect(404);
    }

    let joined = browser
        .submit(&format!("{room_path}/members"), &[("back", &link)])
        .await
        .expect(303);
    assert_eq!(joined.header("location"), link);
    let page = browser.page(&link).await.expect(200).text();
    assert!(
        page.contains("id=\"composer\"") || page.contains("the <strong>first</strong> one"),
        "{page}"
    );
    let foreign = ["//evil.example", "https://evil.example", "/\\evil.example"];
    for (number, back) in foreign.into_iter().enumerate() {
        let eve = Account::register(&server, &format!("eve{number}")).await;
        let eve = eve.browser().await;
        let joined = eve
            .submit(&format!("{room_path}/members"), &[("back", back)])
            .await
            .expect(303);
        assert_eq!(joined.header("location"), room_path);
    }
}

#[tokio::test]
async fn rooms_that_cannot_be_joined_are_not_shown() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let bob = Account::register(&server, "bob").await;
    let closed = ada.create_room("salaries", "closed").await;
    let archived = ada.create_room("over", "open").await;
    Account::register(&server, "carol").await;
    let direct = ada.direct(&["carol"]).await;
    for room in [closed, archived, direct] {
        ada.say(room, "between us").await;
    }
    let archive = json!({"archived": true});
    ada.send("PATCH", &format!("/rooms/{archived}"), &archive)
        .await
        .expect(200);
    let browser = bob.browser().await;
    let unknown = browser.page("/rooms/987654").await.expect(404).text();
    for room in [closed, archived, direct] {
        let page = browser
            .page(&format!("/rooms/{room}"))
            .await
            .expect(404)
            .text();
        assert_eq!(page, unknown);
    }
}

#[tokio::test]
async fn a_log_in_leads_to_the_page_that_was_asked_for() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let wanted = "/rooms/1/messages?before=9&x=%C3%A4";
    let stranger = Browser::new(&server.origin());
    let asked = stranger.page(wanted).await.expect(303);
    let log_in = asked.header("location").to_owned();
    assert!(
        log_in.starts_with("/login?next=%2Frooms%2F1%2Fmessages"),
        "{log_in}"
    );
    let form = stranger.page(&log_in).await.expect(200).text();
    assert_eq!(next_of(&form).as_deref(), Some(wanted));
    let register = form
        .split("href=\"/register")
        .nth(1)
        .expect("a link to register");
    assert!(
        register.starts_with("?next=/rooms/1/messages%3Fbefore%3D9"),
        "{register}"
    );

    let wrong = [
        ("username", "ada"),
        ("password", "wrong password"),
        ("next", wanted),
    ];
    let refused = stranger.submit("/login", &wrong).await.expect(401).text();
    assert_eq!(
        next_of(&refused).as_deref(),
        Some(wanted),
        "a second try leads there, too"
    );
    let right = [
        ("username", "ada"),
        ("password", PASSWORD),
        ("next", wanted),
    ];
    let reply = stranger.submit("/login", &right).await.expect(303);
    assert_eq!(reply.header("location"), wanted);
    let new = [
        ("username", "bob"),
        ("password", PASSWORD),
        ("next", wanted),
    ];
    let reply = Browser::new(&server.origin())
        .submit("/register", &new)
        .await
        .expect(303);
    assert_eq!(reply.header("location"), wanted);
    let hers = ada.browser().await;
    assert_eq!(
        hers.page(&log_in).await.expect(303).header("location"),
        wanted
    );
    assert_eq!(
        hers.page("/login").await.expect(303).header("location"),
        "/"
    );
}

#[tokio::test]
async fn a_log_in_leads_to_no_other_site() {
    let server = Server::unlimited();
    Account::register(&server, "ada").await;
    for next in [
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https://evil.example",
        "https:evil.example",
        "http:/evil.example",
        "HTTPS://evil.example",
        "javascript:alert(1)",
        "data:text/html,x",
        "\t//evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "/\r\n//evil.example",
        " //evil.example",
        "%2F%2Fevil.example",
        "evil.example",
        "@evil.example",
        ".evil.example",
        "?x",
        "#x",
        "",
        "/login",
        "/login?next=//evil.example",
        "/register",
        "/\u{0}/evil",
        "/ä",
        "//evil.example/%2e%2e",
    ] {
        let stranger = Browser::new(&server.origin());
        let query = serde_urlencoded::to_string([("next", next)]).expect("plain text");
        let form = stranger
            .page(&format!("/login?{query}"))
            .await
            .expect(200)
            .text();
        assert_eq!(next_of(&form), None, "{next:?}");
        assert!(!form.contains("evil"), "{next:?}");
        let log_in = [("username", "ada"), ("password", PASSWORD), ("next", next)];
        let reply = stranger.submit("/login", &log_in).await.expect(303);
        assert_eq!(reply.header("location"), "/", "{next:?}");
        let again = stranger.page(&format!("/login?{query}")).await.expect(303);
        assert_eq!(again.header("location"), "/", "{next:?}");
    }
    let two = Browser::new(&server.origin());
    let form = two
        .page("/login?next=/people&next=/rooms")
        .await
        .expect(200)
        .text();
    assert_eq!(
        next_of(&form),
        None,
        "a repeated parameter counts for nothing"
    );
}

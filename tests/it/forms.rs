//! Accounts as forms, and sessions in cookies.

use std::time::{Duration, Instant};

use crate::harness::account::{Account, PASSWORD};
use crate::harness::browser::Browser;
use crate::harness::html::{attribute, tags, text_of};
use crate::harness::http::{client, get_json, get_page, send};
use crate::harness::server::Server;
use crate::harness::socket::Socket;

#[tokio::test]
async fn the_login_and_registration_pages_link_to_each_other() {
    let server = Server::start();
    Account::register(&server, "bob").await;
    for path in ["/login", "/register"] {
        let page = get_page(&format!("{}{path}", server.origin()))
            .await
            .expect(200)
            .text();
        let links: Vec<String> = tags(&page, "a")
            .iter()
            .filter_map(|tag| attribute(tag, "href"))
            .collect();
        assert!(
            links.contains(&"/login".to_string()) && links.contains(&"/register".to_string()),
            "{links:?}"
        );
        let current = tags(&page, "a")
            .into_iter()
            .find(|tag| tag.contains("aria-current=\"page\""));
        assert_eq!(
            current.and_then(|tag| attribute(tag, "href")).as_deref(),
            Some(path)
        );
        let form = tags(&page, "form")
            .into_iter()
            .find(|tag| attribute(tag, "action").as_deref() == Some(path));
        assert_eq!(
            attribute(form.expect("its form"), "method").map(|method| method.to_lowercase()),
            Some("post".into())
        );
        for name in ["username", "password"] {
            assert!(
                tags(&page, "input")
                    .iter()
                    .any(|tag| attribute(tag, "name").as_deref() == Some(name))
            );
        }
    }
}

#[tokio::test]
async fn registering_and_logging_in_with_a_form_leads_to_the_room() {
    let server = Server::start();
    Account::register(&server, "bob").await;
    let browser = Browser::new(&server.origin());
    redirects_to_login(&browser, "/").await;
    redirects_to_login(&browser, "/rooms/1").await;
    get_json(&format!("{}/rooms/1", server.origin()))
        .await
        .expect(401)
        .detail();

    let form = [("username", "ada"), ("password", PASSWORD)];
    let made = browser.submit("/register", &form).await.expect(303);
    assert!(
        ["/", "/rooms/1"].contains(&made.header("location")),
        "{}",
        made.header("location")
    );
    let root = browser.page("/").await.expect(303);
    assert_eq!(root.header("location"), "/rooms/1");
    browser.page("/rooms/1").await.expect(200);

    let other = Browser::log_in(&server.origin(), "ada", PASSWORD).await;
    assert_ne!(
        other.session(),
        browser.session(),
        "each login creates a new session"
    );
    let again = browser.submit("/login", &form).await.expect(303);
    assert!(
        again.has("set-cookie"),
        "a login during a session creates a new session"
    );
}

#[tokio::test]
async fn a_refused_form_keeps_its_input_and_shows_the_reason() {
    let server = Server::start();
    Account::register(&server, "ada").await;
    let cases = [
        ("/register", "grace <3", PASSWORD, 422),
        ("/register", "grace", "short", 422),
        ("/register", "Ada", PASSWORD, 409),
        ("/login", "ada", "not the password", 401),
        ("/login", "nobody", "not the password", 401),
    ];
    for (path, name, password, status) in cases {
        let browser = Browser::new(&server.origin());
        let reply = browser
            .submit(path, &[("username", name), ("password", password)])
            .await
            .expect(status);
        let page = reply.text();
        assert!(
            page.contains("role=\"alert\""),
            "{path} {name}: not announced"
        );
        assert!(
            page.contains("aria-invalid=\"true\"") || status == 401,
            "{path} {name}: no field is marked"
        );
        let field = tags(&page, "input")
            .into_iter()
            .find(|tag| attribute(tag, "name").as_deref() == Some("username"));
        assert_eq!(
            attribute(field.expect("the field"), "value").as_deref(),
            Some(name),
            "the typed name is kept"
        );
        assert!(
            !page.contains(password),
            "{path}: the page contains the password"
        );
        assert!(!reply.has("set-cookie"));
    }
}

#[tokio::test]
async fn the_session_cookie_is_limited_to_this_site() {
    let server = Server::start();
    Account::register(&server, "ada").await;
    let form = [("username", "ada"), ("password", PASSWORD)];
    let browser = Browser::new(&server.origin());
    let cookie = session_cookie(&browser.submit("/login", &form).await.expect(303).cookies());
    let has = |cookie: &str, part: &str| cookie.to_lowercase().split("; ").any(|one| one == part);
    for part in ["httponly", "samesite=lax", "path=/"] {
        assert!(has(&cookie, part), "{part} is missing in {cookie}");
    }
    assert!(
        !has(&cookie, "secure") && !cookie.starts_with("__Host-"),
        "a browser would refuse this cookie over plain HTTP: {cookie}"
    );
    assert!(!cookie.to_lowercase().contains("domain="));
    uuid::Uuid::parse_str(&browser.session()).expect("the session is a UUID");

    let forged = browser
        .submission("/login", &form)
        .header("origin", &browser.origin);
    let reply = send(forged.header("x-forwarded-proto", "https"))
        .await
        .expect(303);
    assert!(
        !has(&session_cookie(&reply.cookies()), "secure"),
        "the client is not a trusted proxy"
    );
    assert!(!reply.has("strict-transport-security"));
}

#[tokio::test]
async fn behind_a_trusted_proxy_with_https_the_cookie_is_secure() {
    let server = Server::start_with(&["--trusted-proxies", "127.0.0.1,::1"]);
    Account::register(&server, "ada").await;
    let form = [("username", "ada"), ("password", PASSWORD)];
    let login = || {
        client()
            .post(format!("{}/login", server.origin()))
            .form(&form)
    };
    let secure = login()
        .header("x-forwarded-proto", "https")
        .header("sec-fetch-site", "same-origin");
    let reply = send(secure).await.expect(303);
    let cookie = session_cookie(&reply.cookies());
    assert!(cookie.starts_with("__Host-"), "{cookie}");
    assert!(
        cookie
            .to_lowercase()
            .split("; ")
            .any(|part| part == "secure"),
        "{cookie}"
    );
    assert!(reply.has("strict-transport-security"));

    let pair = cookie.split(';').next().expect("a pair");
    let room = client()
        .get(format!("{}/rooms/1", server.origin()))
        .header("cookie", pair);
    send(room.header("x-forwarded-proto", "https"))
        .await
        .expect(200);

    let plain = send(login().header("sec-fetch-site", "same-origin"))
        .await
        .expect(303);
    assert!(
        !session_cookie(&plain.cookies())
            .to_lowercase()
            .contains("secure")
    );
    assert!(!plain.has("strict-transport-security"));
}

#[tokio::test]
async fn a_token_is_accepted_as_a_bearer_token_a_query_parameter_and_a_cookie() {
    let server = Server::start();
    let ada = Account::register(&server, "ada").await;
    let browser = ada.browser().await;
    let by_cookie = ada.with_token(&browser.session());
    by_cookie.post("a cookie's value as bearer").await;
    let url = ada.socket_url(&format!(
        "/rooms/1/live?after=0&token={}",
        browser.session()
    ));
    assert!(
        Socket::open(&url, &[]).await.is_ok(),
        "a token in the query"
    );
    let mut live = browser
        .live_from(&browser.origin)
        .await
        .expect("a cookie from a page of this site");
    assert_eq!(live.next_message().await.text, "a cookie's value as bearer");
}

#[tokio::test]
async fn sessions_survive_a_restart() {
    let mut server = Server::executable(&[]);
    let ada = Account::register(&server, "ada").await;
    let browser = ada.browser().await;
    server.stop();
    server.start_again();
    browser.page("/rooms/1").await.expect(200);
    ada.post("still here").await;
    server.kill9();
    server.start_again();
    browser.page("/rooms/1").await.expect(200);
}

#[tokio::test]
async fn logging_out_closes_all_sockets_of_the_session_within_two_seconds() {
    let server = Server::start();
    let ada = Account::register(&server, "ada").await;
    let browser = ada.browser().await;
    let same = ada.with_token(&browser.session());
    let mut page = browser
        .live_from(&browser.origin)
        .await
        .expect("the socket opens");
    let cookie = browser.cookie();
    let (mut second, mut plain, mut other) = (
        same.live(0).await,
        same.text_socket().await,
        ada.live(0).await,
    );
    ada.post("all sockets are open").await;
    for socket in [&mut page, &mut second, &mut other] {
        socket.next_message().await;
    }
    let is_message = |frame: &str| frame.ends_with(": all sockets are open");
    plain.find("the message", is_message).await;

    let started = Instant::now();
    let out = browser.submit("/logout", &[]).await.expect(303);
    assert!(
        out.header("location").starts_with("/login"),
        "{}",
        out.header("location")
    );
    assert!(out.has("set-cookie"), "the cookie is removed");
    assert_eq!(
        (
            page.close_code().await,
            second.close_code().await,
            plain.close_code().await
        ),
        (1008, 1008, 1008)
    );
    assert!(
        started.elapsed() < Duration::from_secs(2),
        "took {:?}",
        started.elapsed()
    );

    same.try_post("too late", "late").await.expect(401).detail();
    redirects_to_login(&browser, "/rooms/1").await;
    let stale = client().get(format!("{}/rooms/1", server.origin()));
    let stale = stale.header("cookie", cookie).header("accept", "text/html");
    send(stale).await.expect(303);

    ada.post("the other session lives").await;
    assert_eq!(other.next_message().await.text, "the other session lives");
}

#[tokio::test]
async fn an_invalid_cookie_counts_as_logged_out() {
    let server = Server::start();
    let ada = Account::register(&server, "ada").await;
    let browser = ada.browser().await;
    let name = browser
        .cookie()
        .split('=')
        .next()
        .expect("a name")
        .to_string();
    let unknown = uuid::Uuid::new_v4().to_string();
    for value in ["", "x", "%00", "\"quoted\"", &unknown, &"a".repeat(3_000)] {
        let request = client()
            .get(format!("{}/rooms/1", server.origin()))
            .header("accept", "text/html");
        let reply = send(request.header("cookie", format!("{name}={value}"))).await;
        assert_eq!(reply.status, 303, "{value:?}: {}", text_of(&reply.text()));
    }
}

async fn redirects_to_login(browser: &Browser, path: &str) {
    let reply = browser.page(path).await.expect(303);
    assert!(
        reply.header("location").starts_with("/login"),
        "{path} leads to {}",
        reply.header("location")
    );
}

/// The cookie of the session. That of the device follows and has the same attributes.
#[track_caller]
fn session_cookie(cookies: &[String]) -> String {
    let [session, device] = cookies else {
        panic!("{cookies:?}");
    };
    let (name, _) = session.split_once('=').expect("a cookie is a pair");
    assert!(device.starts_with(&format!("{name}-device=")), "{device}");
    let attributes = |cookie: &str| {
        let parts = cookie.split("; ").skip(1);
        let kept = parts.filter(|part| !part.starts_with("Max-Age="));
        kept.map(String::from).collect::<Vec<_>>()
    };
    assert_eq!(attributes(session), attributes(device));
    session.clone()
}

//! Properties of every response: headers, caching, compression, status codes.

use std::io::Read;

use serde_json::json;

use crate::harness::account::Account;
use crate::harness::html::{attribute, tags};
use crate::harness::http::{Reply, client, get, get_json, get_page, page_accept, send};
use crate::harness::server::Server;

const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; \
    media-src 'self' blob:; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; \
    frame-ancestors 'none'; manifest-src 'self'; worker-src 'self'";

#[tokio::test]
async fn every_response_has_the_security_headers() {
    let server = Server::start();
    let ada = Account::register(&server, "ada").await;
    let browser = ada.browser().await;
    let url = |path: &str| format!("{}{path}", server.origin());
    let room = browser.page("/rooms/1").await.expect(200);
    let asset = assets_of(&room.text()).remove(0);
    let upgrade = browser
        .ask("GET", "/rooms/1/live")
        .header("origin", "https://evil.example");
    let upgrade = upgrade
        .header("connection", "Upgrade")
        .header("upgrade", "websocket");
    let upgrade = upgrade
        .header("sec-websocket-version", "13")
        .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");
    let answers = [
        (200, get_page(&url("/login")).await),
        (200, room),
        (200, get_json(&server.origin()).await),
        (200, get(&url("/health")).await),
        (200, get(&url(&asset)).await),
        (303, get_page(&url("/")).await),
        (
            303,
            browser.submit("/rooms/1/messages", &[("body", "x")]).await,
        ),
        (401, get_json(&url("/rooms/1/messages")).await),
        (
            403,
            send(
                browser
                    .submission("/logout", &[])
                    .header("origin", "https://evil.example"),
            )
            .await,
        ),
        (404, get_page(&url("/nowhere")).await),
        (404, get(&url("/assets/app-0000.css")).await),
        (405, send(client().put(url("/login"))).await),
        (
            413,
            send(
                browser
                    .submission("/rooms/1/messages", &[("body", &*"x".repeat(1 << 20))])
                    .header("origin", server.origin()),
            )
            .await,
        ),
        (
            422,
            browser
                .submit("/register", &[("username", "x"), ("password", "x")])
                .await,
        ),
        (422, ada.try_post("", "c").await),
    ];
    for (status, reply) in &answers {
        assert_eq!(
            reply.status,
            *status,
            "{}",
            String::from_utf8_lossy(&reply.bytes)
        );
        has_security_headers(reply);
    }
    let refused = send(upgrade).await;
    if refused.status != 101 {
        has_security_headers(&refused);
    }
}

#[tokio::test]
async fn unknown_methods_and_paths_are_answered_in_the_accepted_format() {
    let server = Server::start();
    let url = |path: &str| format!("{}{path}", server.origin());
    for path in [
        "/nowhere",
        "/rooms",
        "/u/999.svg",
        "/u/x.css",
        "/assets/../Cargo.toml",
        "/assets/%2e%2e/x",
        "/%ff",
    ] {
        let page = get_page(&url(path)).await;
        assert!([303, 404].contains(&page.status), "{path}: {}", page.status);
    }
    get_json(&url("/nowhere")).await.expect(404).detail();
    let page = get_page(&url("/nowhere")).await.expect(404).text();
    assert!(
        page.contains("<html") && page.contains("href=\"/"),
        "a page with a link back"
    );
    let fragment = client().get(url("/nowhere")).header("hx-request", "true");
    assert!(!send(fragment).await.expect(404).text().contains("<html"));
    send(
        client()
            .delete(url("/login"))
            .header("accept", "application/json"),
    )
    .await
    .expect(405)
    .detail();
    let refused = send(client().put(url("/rooms/1/messages")))
        .await
        .expect(405);
    assert_eq!(refused.header("allow"), "GET, HEAD, POST");
    for path in ["/ws", "/rooms/1/live"] {
        let upgrade = client()
            .head(url(path))
            .header("connection", "upgrade")
            .header("upgrade", "websocket")
            .header("sec-websocket-version", "13")
            .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");
        send(upgrade).await.expect(405);
    }
}

#[tokio::test]
async fn assets_are_immutable_compressed_and_revalidated() {
    let server = Server::start();
    Account::register(&server, "ada").await;
    let page = get_page(&format!("{}/login", server.origin()))
        .await
        .expect(200)
        .text();
    let assets = assets_of(&page);
    assert!(
        assets.iter().any(|path| path.ends_with(".css"))
            && assets.iter().any(|path| path.ends_with(".js")),
        "{assets:?}"
    );
    for path in assets {
        let ask = || client().get(format!("{}{path}", server.origin()));
        let plain = send(ask()).await.expect(200);
        let cache = plain.header("cache-control");
        assert!(
            cache.contains("public")
                && cache.contains("immutable")
                && cache.contains("max-age=31536000"),
            "{cache}"
        );
        assert!(
            plain
                .header("vary")
                .to_lowercase()
                .contains("accept-encoding"),
            "{path}"
        );
        assert!(!plain.has("content-encoding") && !plain.has("set-cookie"));
        let compressed = [
            (
                "br",
                send(ask().header("accept-encoding", "gzip, br")).await,
            ),
            ("gzip", send(ask().header("accept-encoding", "gzip")).await),
        ];
        for (encoding, reply) in compressed {
            assert_eq!(reply.header("content-encoding"), encoding, "{path}");
            assert_eq!(decompressed(&reply), plain.bytes, "{path} by {encoding}");
            assert!(reply.bytes.len() < plain.bytes.len());
            assert_ne!(
                reply.header("etag"),
                plain.header("etag"),
                "each encoding has its own tag"
            );
            let tag = reply.header("etag").to_string();
            let revalidated = send(
                ask()
                    .header("accept-encoding", encoding)
                    .header("if-none-match", &tag),
            )
            .await;
            assert_eq!((revalidated.status, revalidated.bytes.len()), (304, 0));
            assert_eq!(revalidated.header("etag"), tag);
            assert!(revalidated.header("cache-control").contains("immutable"));
        }
        let refused = send(ask().header("accept-encoding", "br;q=0, gzip;q=0")).await;
        assert!(
            !refused.has("content-encoding"),
            "{path} was requested without compression"
        );
        let tag = plain.header("etag").to_string();
        assert!(
            tag.starts_with('"') && tag.ends_with('"') && tag.len() > 4,
            "{tag}"
        );
        for list in [
            tag.clone(),
            format!("\"other\", {tag}"),
            format!("W/{tag}"),
            "*".to_string(),
        ] {
            let revalidated = send(ask().header("if-none-match", &list)).await;
            assert_eq!(
                (revalidated.status, revalidated.bytes.len()),
                (304, 0),
                "{list}"
            );
        }
        send(ask().header("if-none-match", "\"other\""))
            .await
            .expect(200);
    }
}

#[tokio::test]
async fn styles_of_users_are_immutable_and_their_letters_are_soon_revalidated() {
    let server = Server::start();
    let ada = Account::register(&server, "ada").await;
    let id = ada.post("x").await["author"]["id"].as_i64().expect("an id");
    let picture = ada.get(&format!("/u/{id}.svg")).await.expect(200);
    let stranger = get_page(&format!("{}/u/{id}.svg", server.origin())).await;
    assert_eq!(stranger.status, 303, "pictures are only for users");
    assert!(picture.header("content-type").starts_with("image/svg+xml"));
    assert!(picture.text().contains("<svg"));
    let style = get(&format!("{}/u/{id}.css", server.origin()))
        .await
        .expect(200);
    assert!(style.header("content-type").starts_with("text/css"));
    assert!(
        style.text().contains(&format!("[data-author=\"{id}\"]")),
        "{}",
        style.text()
    );
    assert!(style.header("cache-control").contains("immutable"));
    let cache = picture.header("cache-control");
    assert_eq!(
        cache, "private, max-age=60, stale-while-revalidate=86400",
        "a name may change"
    );
    let again = |tag: String| {
        let ask = ada.ask("GET", &format!("/u/{id}.svg"));
        send(ask.header("if-none-match", tag))
    };
    let tag = picture.header("etag").to_owned();
    let unchanged = again(tag.clone()).await.expect(304);
    assert_eq!(
        unchanged.header("cache-control"),
        "private, max-age=60, stale-while-revalidate=86400"
    );
    let rename = ada.ask("PATCH", "/account");
    send(rename.json(&json!({"username": "lovelace"})))
        .await
        .expect(204);
    let renamed = again(tag).await.expect(200);
    assert!(renamed.text().contains(">LO<"), "{}", renamed.text());
}

#[tokio::test]
async fn pages_are_compressed_and_always_revalidated() {
    let server = Server::start();
    let ada = Account::register(&server, "ada").await;
    let browser = ada.browser().await;
    let ask = || {
        browser
            .ask("GET", "/rooms/1")
            .header("accept", page_accept())
    };
    let plain = send(ask()).await.expect(200);
    for (accepted, encoding) in [("br, gzip", "gzip"), ("gzip", "gzip"), ("br", "")] {
        let reply = send(ask().header("accept-encoding", accepted))
            .await
            .expect(200);
        assert_eq!(reply.header("content-encoding"), encoding);
        let page = String::from_utf8(decompressed(&reply)).expect("UTF-8");
        assert!(page.contains("id=\"composer\""));
        assert!(
            reply
                .header("vary")
                .to_lowercase()
                .contains("accept-encoding")
        );
    }
    let fragment = browser.fragment("/rooms/1/messages?after=0").await;
    for reply in [
        plain,
        fragment,
        ada.get("/rooms/1/messages").await,
        ada.try_post("x", "c").await,
    ] {
        let cache = reply.header("cache-control");
        assert!(
            cache.contains("private") && cache.contains("no-"),
            "{cache:?}"
        );
    }
}

#[tokio::test]
async fn a_room_page_with_all_assets_is_smaller_than_50_kib() {
    let server = Server::start();
    let browser = Account::register(&server, "ada").await.browser().await;
    let ask = |path: &str| {
        browser
            .ask("GET", path)
            .header("accept", page_accept())
            .header("accept-encoding", "gzip, br")
    };
    let page = send(ask("/rooms/1")).await.expect(200);
    let mut total = page.bytes.len();
    for path in assets_of(&String::from_utf8(decompressed(&page)).expect("UTF-8")) {
        total += send(ask(&path)).await.expect(200).bytes.len();
    }
    assert!(total < 50 * 1024, "{total} bytes");
}

#[tokio::test]
async fn head_returns_the_headers_of_get_without_a_body() {
    let server = Server::start();
    let browser = Account::register(&server, "ada").await.browser().await;
    let asset = assets_of(&browser.page("/rooms/1").await.text()).remove(0);
    for path in ["/login", "/rooms/1", "/health", &asset] {
        let ask = |method: &str| browser.ask(method, path).header("accept", page_accept());
        let (got, headed) = (send(ask("GET")).await, send(ask("HEAD")).await);
        assert_eq!(
            (headed.status, headed.bytes.len()),
            (got.status, 0),
            "{path}"
        );
        assert_eq!(
            headed.header("content-type"),
            got.header("content-type"),
            "{path}"
        );
        has_security_headers(&headed);
    }
}

#[tokio::test]
async fn the_page_has_a_language_a_viewport_and_no_inline_code() {
    let server = Server::start();
    Account::register(&server, "ada").await;
    let page = get_page(&format!("{}/login", server.origin()))
        .await
        .expect(200);
    assert!(
        page.header("content-type")
            .to_lowercase()
            .starts_with("text/html; charset=utf-8")
    );
    let html = page.text();
    assert!(attribute(tags(&html, "html")[0], "lang").is_some());
    assert!(html.contains("name=\"viewport\"") && html.contains("<title>"));
    assert!(
        !html.contains(" style=\"") && !html.contains("<style") && !html.contains(" onclick="),
        "the content security policy forbids it"
    );
    for script in tags(&html, "script") {
        assert!(attribute(script, "src").is_some(), "inline: {script}");
    }
}

/// Scripts, styles and icons that a page links with a hash.
fn assets_of(page: &str) -> Vec<String> {
    let links = tags(page, "link")
        .into_iter()
        .filter_map(|tag| attribute(tag, "href"));
    let scripts = tags(page, "script")
        .into_iter()
        .filter_map(|tag| attribute(tag, "src"));
    links
        .chain(scripts)
        .filter(|path| path.starts_with("/assets/"))
        .collect()
}

fn decompressed(reply: &Reply) -> Vec<u8> {
    let mut plain = Vec::new();
    let done = match reply.header("content-encoding") {
        "br" => brotli::Decompressor::new(&*reply.bytes, 4_096).read_to_end(&mut plain),
        "gzip" => flate2::read::GzDecoder::new(&*reply.bytes).read_to_end(&mut plain),
        "" => (&*reply.bytes).read_to_end(&mut plain),
        other => panic!("compressed as {other:?}"),
    };
    done.expect("the body can be decompressed");
    plain
}

#[track_caller]
#[tokio::test]
async fn only_pages_with_a_composer_may_use_the_microphone() {
    let server = Server::start();
    let ada = Account::register(&server, "ada").await;
    let browser = ada.browser().await;
    let message = format!("/rooms/1/messages/{}", ada.post("a question").await["id"]);
    for (path, policy) in [
        ("/rooms/1", "microphone=(self)"),
        (&*message, "microphone=(self)"),
        (&*format!("{message}/thread"), "microphone=(self)"),
        ("/rooms/1/members", "microphone=()"),
        ("/rooms", "microphone=()"),
        ("/saved", "microphone=()"),
    ] {
        let page = browser.page(path).await.expect(200);
        let found = page.header("permissions-policy");
        assert!(found.contains(policy), "{path}: {found}");
        for feature in ["camera=()", "display-capture=()", "geolocation=()"] {
            assert!(found.contains(feature), "{path}: {found}");
        }
    }
    let outsider = Account::register(&server, "bob").await.browser().await;
    let room = ada.create_room("secret", "closed").await;
    let refused = outsider.page(&format!("/rooms/{room}")).await.expect(404);
    assert!(
        refused
            .header("permissions-policy")
            .contains("microphone=()")
    );
}

fn has_security_headers(reply: &Reply) {
    let status = reply.status;
    assert_eq!(reply.header("content-security-policy"), CSP, "{status}");
    assert_eq!(
        reply.header("x-content-type-options"),
        "nosniff",
        "{status}"
    );
    assert_eq!(
        reply.header("cross-origin-opener-policy"),
        "same-origin",
        "{status}"
    );
    for name in ["referrer-policy", "permissions-policy"] {
        assert!(reply.has(name), "{status} without {name}");
    }
    assert!(
        !reply.has("strict-transport-security"),
        "{status}: HSTS is for HTTPS only"
    );
    assert!(
        !reply.has("server") && !reply.has("x-powered-by"),
        "{status}"
    );
}

#[tokio::test]
async fn every_response_has_the_current_date() {
    let server = Server::start();
    let ada = Account::register(&server, "ada").await;
    let start = jiff::Timestamp::now().as_second();
    for path in [
        "/rooms/1/messages",
        "/health",
        "/nothing",
        "/rooms/99",
        "/login",
    ] {
        let reply = send(ada.ask("GET", path)).await;
        let date = jiff::fmt::rfc2822::parse(reply.header("date")).expect("a date");
        let now = jiff::Timestamp::now().as_second();
        let sent = date.timestamp().as_second();
        assert!((start..=now).contains(&sent), "{path}: {date}");
        assert!(reply.header("date").ends_with(" GMT"), "{path}");
    }
}

#[tokio::test]
async fn supported_socket_compression_is_accepted() {
    let server = Server::start();
    let ada = Account::register(&server, "ada").await;
    let open = async |offer: &str| {
        let upgrade = ada
            .ask("GET", "/rooms/1/live")
            .header("connection", "Upgrade")
            .header("upgrade", "websocket")
            .header("sec-websocket-version", "13")
            .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")
            .header("sec-websocket-extensions", offer);
        let answer = send(upgrade).await.expect(101);
        answer.header("sec-websocket-extensions").to_owned()
    };
    assert_eq!(
        open("permessage-deflate; client_max_window_bits").await,
        "permessage-deflate; server_no_context_takeover; client_no_context_takeover"
    );
    assert_eq!(
        open("permessage-deflate; server_max_window_bits=8").await,
        ""
    );
}

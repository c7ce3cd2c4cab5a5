//! Slow, large and endless answers end in time, and requests tell nothing.

use std::time::{Duration, Instant};

use chatterbox::outgoing::{Limits, Policy, Url};

use super::{Internet, LIMITS, get};
use crate::harness::website::Answer;

const ONE_SECOND: Limits = Limits {
    time: Duration::from_secs(1),
    redirects: 3,
};

#[tokio::test]
async fn at_most_three_redirects_are_followed() {
    let internet = Internet::start().await;
    let client = internet.client(Policy::Public, &[]);
    let site = &internet.site;
    site.redirect("/loop", "/loop");
    let endless = get(&client, "http://site.test/loop").await;
    assert_eq!(endless, Err("too many redirects".into()));
    assert_eq!(site.connections(), 4);
    for (from, to) in [("/1", "/2"), ("/2", "/3"), ("/3", "/")] {
        site.redirect(from, to);
    }
    let page = get(&client, "http://site.test/1").await;
    assert!(page.expect("a page").contains("public"));
}

#[tokio::test]
async fn an_endless_body_is_cut_and_a_large_one_refused() {
    let internet = Internet::start().await;
    let client = internet.client(Policy::Public, &[]);
    let head = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 268435456\r\n\r\n";
    let endless = Answer::Endless(head.into(), vec![b'x'; 64 << 10]);
    internet.site.set("/large", endless);
    let url = Url::parse("http://site.test/large").expect("a URL");
    let open = async || client.get(&url, "*/*", LIMITS).await.expect("an answer");
    let start = open().await.start_of_body(1000).await.expect("a start");
    assert_eq!(start.len(), 1000);
    let whole = open().await.whole_body(1 << 20).await;
    assert_eq!(
        whole.expect_err("a refusal").to_string(),
        "the response is too large"
    );
}

#[tokio::test]
async fn a_slow_server_is_left_after_the_time_for_all() {
    let internet = Internet::start().await;
    let client = internet.client(Policy::Public, &[]);
    internet.site.set("/silent", Answer::Silence);
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf";
    internet
        .site
        .set("/half", Answer::Endless(head.into(), Vec::new()));
    internet.site.redirect("/late", "/silent");
    let started = Instant::now();
    for path in ["/silent", "/late"] {
        let url = Url::parse(&format!("http://site.test{path}")).expect("a URL");
        let answer = client.get(&url, "*/*", ONE_SECOND).await;
        assert_eq!(
            answer.err().expect("none").to_string(),
            "no response in time"
        );
    }
    assert!(started.elapsed() < Duration::from_secs(6));
}

#[tokio::test]
async fn a_head_without_end_is_no_answer() {
    let internet = Internet::start().await;
    let client = internet.client(Policy::Public, &[]);
    let endless = Answer::Endless("HTTP/1.1 200 OK\r\n".into(), b"X-Long: 1\r\n".repeat(100));
    internet.site.set("/head", endless);
    internet
        .site
        .set("/no-http", Answer::Bytes(b"SSH-2.0-x\r\n".to_vec()));
    for path in ["/head", "/no-http"] {
        let answer = get(&client, &format!("http://site.test{path}")).await;
        assert!(answer.is_err(), "{path}");
    }
}

#[tokio::test]
async fn a_request_asks_for_no_compression_and_has_no_cookies() {
    let internet = Internet::start().await;
    let client = internet.client(Policy::Public, &[]);
    let cookie =
        "HTTP/1.1 302 Found\r\nSet-Cookie: a=b\r\nLocation: /\r\nContent-Length: 0\r\n\r\n";
    internet.site.set("/cookie", Answer::Bytes(cookie.into()));
    get(&client, "http://site.test/cookie?q=1#fragment")
        .await
        .ok();
    get(&client, "http://site.test/cookie")
        .await
        .expect("a page");
    let requests = internet.site.requests();
    assert!(
        requests[0].starts_with("GET /cookie?q=1 HTTP/1.1\r\n"),
        "{requests:?}"
    );
    for request in &requests {
        let request = request.to_lowercase();
        assert!(request.contains("accept-encoding: identity\r\n"));
        assert!(request.contains("host: site.test\r\n"));
        assert!(!request.contains("cookie:") && !request.contains("referer"));
    }
}

#[tokio::test]
async fn a_server_whose_certificate_no_one_knows_is_not_asked() {
    let internet = Internet::start().await;
    let client = internet.client(Policy::Public, &[]);
    // The website speaks no TLS, so that the handshake fails before a request is sent.
    assert!(get(&client, "https://site.test/").await.is_err());
    assert_eq!(internet.site.requests(), [""; 0]);
}

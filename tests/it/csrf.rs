//! Only pages of this site can change data with a user's cookie (CSRF).

use reqwest::RequestBuilder;

use crate::harness::account::{Account, PASSWORD};
use crate::harness::browser::Browser;
use crate::harness::http::{Reply, send};
use crate::harness::server::Server;
use crate::harness::socket::Socket;

const FOREIGN: &str = "https://evil.example";

#[tokio::test]
async fn a_form_of_another_site_cannot_post() {
    let server = Server::start();
    let ada = Account::register(&server, "ada").await;
    let browser = ada.browser().await;
    let post = || {
        browser.submission(
            "/rooms/1/messages",
            &[("body", "sent by another site"), ("client_id", "c")],
        )
    };
    for forged in forged_requests(post, &server) {
        refused(&send(forged).await);
    }
    assert!(ada.history().await.is_empty(), "nothing was stored");

    browser
        .submit(
            "/rooms/1/messages",
            &[("body", "my own"), ("client_id", "c")],
        )
        .await
        .expect(303);
    send(
        post()
            .header("sec-fetch-site", "same-origin")
            .header("origin", server.origin()),
    )
    .await
    .expect(303);
    assert_eq!(ada.history().await.len(), 2, "pages of this site may post");
}

#[tokio::test]
async fn a_form_of_another_site_cannot_log_in_or_out() {
    let server = Server::start();
    let ada = Account::register(&server, "ada").await;
    let browser = ada.browser().await;
    for forged in forged_requests(|| browser.submission("/logout", &[]), &server) {
        refused(&send(forged).await);
    }
    browser.page("/rooms/1").await.expect(200);

    let account = [("username", "ada"), ("password", PASSWORD)];
    for path in ["/login", "/register"] {
        for forged in forged_requests(
            || Browser::new(&server.origin()).submission(path, &account),
            &server,
        ) {
            let reply = send(forged).await;
            refused(&reply);
            assert!(!reply.has("set-cookie"), "{path} set a cookie");
        }
    }
}

#[tokio::test]
async fn json_of_another_site_cannot_post_with_the_cookie() {
    let server = Server::start();
    let ada = Account::register(&server, "ada").await;
    let browser = ada.browser().await;
    let post = || {
        let request = browser
            .ask("POST", "/rooms/1/messages")
            .header("accept", "application/json");
        request
            .header("content-type", "text/plain")
            .body("{\"body\":\"sent by another site\"}")
    };
    for forged in forged_requests(post, &server) {
        let reply = send(forged).await;
        refused(&reply);
        reply.detail();
    }
    assert!(ada.history().await.is_empty());
}

#[tokio::test]
async fn a_page_of_another_site_cannot_use_a_bearer_token() {
    let server = Server::start();
    let ada = Account::register(&server, "ada").await;
    let message = serde_json::json!({"body": "from a program"});
    let post = || ada.ask("POST", "/rooms/1/messages").json(&message);
    refused(&send(post().header("origin", FOREIGN)).await);
    refused(&send(post().header("sec-fetch-site", "cross-site")).await);
    let url = ada.socket_url("/rooms/1/live?after=0");
    let bearer = format!("Bearer {}", ada.token);
    let open = |origin: &'static str| {
        let (url, bearer) = (url.clone(), bearer.clone());
        async move { Socket::open(&url, &[("authorization", &bearer), ("origin", origin)]).await }
    };
    assert_eq!(open(FOREIGN).await.err(), Some(403));
    assert!(ada.history().await.is_empty(), "nothing was stored");
    send(post()).await.expect(201);
    open("http://localhost:3000")
        .await
        .expect("a page of this machine names its token");
}

#[tokio::test]
async fn a_page_of_another_site_cannot_read_a_socket_with_the_cookie() {
    let server = Server::start();
    let ada = Account::register(&server, "ada").await;
    let browser = ada.browser().await;
    ada.post("not for them").await;
    let other_port = format!("http://127.0.0.1:{}", server.address().port() ^ 1);
    for origin in [FOREIGN, "null", &other_port] {
        match browser.live_from(origin).await {
            Err(status) => assert_eq!(status, 403, "{origin}"),
            Ok(mut live) => {
                assert!(
                    live.next_message_or_close().await.is_none(),
                    "{origin} received a message"
                );
                assert_eq!(live.closed, Some(1008), "{origin}");
            }
        }
    }
    let mut live = browser
        .live_from(&server.origin())
        .await
        .expect("a page of this site");
    assert_eq!(live.next_message().await.text, "not for them");
}

/// A request with the headers that a browser sends for pages of other sites.
fn forged_requests(request: impl Fn() -> RequestBuilder, server: &Server) -> Vec<RequestBuilder> {
    let lookalike = format!("{}.evil.example", server.origin());
    vec![
        request().header("origin", FOREIGN),
        request().header("origin", "null"),
        request().header("origin", lookalike),
        request().header("sec-fetch-site", "cross-site"),
        request()
            .header("sec-fetch-site", "cross-site")
            .header("origin", FOREIGN),
    ]
}

#[track_caller]
fn refused(reply: &Reply) {
    assert_eq!(
        reply.status,
        403,
        "{}",
        String::from_utf8_lossy(&reply.bytes)
    );
}

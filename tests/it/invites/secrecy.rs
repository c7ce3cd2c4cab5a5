//! Tokens of invite links are neither stored, nor logged, nor sent to other pages.

use std::fs;

use serde_json::json;

use crate::harness::account::Account;
use crate::harness::browser::Browser;
use crate::harness::database::{connect, number};
use crate::harness::http::get_page;
use crate::harness::invites::redeem;
use crate::harness::server::Server;

#[tokio::test]
async fn the_data_folder_and_the_log_do_not_contain_the_token() {
    let mut server =
        Server::executable(&["--log", "trace", "--limits", "off", "--password-cost", "4"]);
    let ada = Account::register(&server, "ada").await;
    let link = ada.create_link(json!({})).await;
    let (token, url) = (link.token(), format!("{}{}", server.origin(), link.path));
    get_page(&url).await.expect(200);
    get_page(&format!(
        "{}/login?next=%2Finvite%2F{token}",
        server.origin()
    ))
    .await
    .expect(200);
    redeem(&server, &link.path, "bob").await.expect(201);
    ada.send(
        "POST",
        &link.path,
        &json!({"username": "x".repeat(50), "password": "short"}),
    )
    .await;
    ada.get("/the-last-request").await;
    server.wait_for_output("/the-last-request").await;
    assert!(!server.output().contains(token), "the log has the token");
    assert!(
        server.output().contains("/invite/"),
        "the log has the request"
    );
    let rows = number(
        &mut connect(&server.data()),
        "SELECT length(token_hash) AS number FROM invite_links",
    );
    assert_eq!(rows, 32);
    server.stop();
    for file in fs::read_dir(server.data()).expect("the data folder") {
        let path = file.expect("a file").path();
        let bytes = fs::read(&path).unwrap_or_default();
        let has_token = bytes
            .windows(token.len())
            .any(|part| part == token.as_bytes());
        assert!(!has_token, "{}", path.display());
    }
}

#[tokio::test]
async fn pages_with_a_token_send_no_path_as_referrer_and_are_not_cached() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let link = ada.create_link(json!({"max_uses": 1})).await;
    let browser = Browser::new(&server.origin());
    let encoded = link.path.replace('/', "%2F");
    let log_in = format!("/login?next={encoded}");
    let register = format!("/register?next={}", link.path);
    for path in [&link.path, &log_in, &register] {
        let page = browser.page(path).await.expect(200);
        assert_eq!(page.header("referrer-policy"), "strict-origin", "{path}");
        assert!(page.header("cache-control").contains("no-store"), "{path}");
        assert!(!page.text().contains("http-equiv"), "{path}");
    }
    redeem(&server, &link.path, "bob").await.expect(201);
    let gone = browser.page(&link.path).await.expect(410);
    assert_eq!(gone.header("referrer-policy"), "strict-origin");
    let other = browser.page("/login").await.expect(200);
    assert_eq!(other.header("referrer-policy"), "same-origin");
}

//! Contents of the log, and data that must never be in it.

use serde_json::Value;

use crate::harness::account::{Account, PASSWORD};
use crate::harness::client_id;
use crate::harness::http::get_page;
use crate::harness::server::Server;

#[tokio::test]
async fn the_log_contains_no_messages_passwords_or_tokens() {
    let server = Server::executable(&["--log", "trace"]);
    let ada = Account::register(&server, "ada").await;
    let browser = ada.browser().await;
    let secret = "a sentence for friends alone";
    ada.post(secret).await;
    let (mut live, mut plain) = (ada.live(0).await, ada.text_socket().await);
    live.post(secret, &client_id()).await;
    plain.send(secret).await;
    live.messages(3).await;
    browser
        .submit("/rooms/1/messages", &[("body", secret)])
        .await
        .expect(303);
    browser
        .submit(
            "/login",
            &[("username", "ada"), ("password", "a wrong secret")],
        )
        .await
        .expect(401);
    ada.get("/rooms/1?token=in-the-address").await;
    ada.get("/the-last-request").await;
    server.wait_for_output("/the-last-request").await;
    let log = server.output();
    for text in [
        secret,
        PASSWORD,
        "a wrong secret",
        &*ada.token,
        &*browser.session(),
        "in-the-address",
    ] {
        assert!(!log.contains(text), "{text:?} is in the log");
    }
}

#[tokio::test]
async fn each_line_of_a_json_log_is_a_json_object() {
    let server = Server::executable(&["--log", "debug", "--log-format", "json", "--limits", "off"]);
    get_page(&format!("{}/setup", server.origin()))
        .await
        .expect(200);
    server.wait_for_output("/setup").await;
    let output = server.output();
    let lines: Vec<&str> = output
        .lines()
        .filter(|line| *line != server.first_line())
        .collect();
    assert!(!lines.is_empty());
    for line in lines {
        let json: Value = serde_json::from_str(line).unwrap_or_else(|_| panic!("not JSON: {line}"));
        assert!(json.is_object());
    }
}

#[tokio::test]
async fn with_log_off_nothing_is_logged() {
    let server = Server::executable(&["--log", "off"]);
    get_page(&format!("{}/nowhere", server.origin()))
        .await
        .expect(404);
    assert_eq!(server.output().trim(), server.first_line());
}

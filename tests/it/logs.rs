//! Contents of the log, and data that must never be in it.

use serde_json::Value;

use crate::harness::account::{Account, PASSWORD};
use crate::harness::client_id;
use crate::harness::http::get_page;
use crate::harness::server::Server;

#[tokio::test]
async fn no_log_holds_what_people_wrote_or_what_opens_doors() {
    let server = Server::executable(&["--log", "trace"]);
    let ada = Account::register(&server, "ada").await;
    let browser = ada.browser().await;
    let secret = "a sentence for friends alone";
    ada.post(secret).await;
    let (mut live, mut plain) = (ada.live(0).await, ada.plain().await);
    live.post(secret, &client_id()).await;
    plain.say(secret).await;
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
    let log = server.output();
    assert!(
        log.contains("/rooms/1"),
        "requests are logged at this level: {log}"
    );
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
async fn json_logs_are_json_line_by_line() {
    let server = Server::executable(&["--log", "debug", "--log-format", "json", "--limits", "off"]);
    get_page(&format!("{}/login", server.origin()))
        .await
        .expect(200);
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
async fn off_means_off() {
    let server = Server::executable(&["--log", "off"]);
    get_page(&format!("{}/nowhere", server.origin()))
        .await
        .expect(404);
    assert_eq!(server.output().trim(), server.first_line());
}

//! The original project's page, opened from a file, which has the origin `null`.

use serde_json::json;

use crate::harness::account::Account;
use crate::harness::http::{client, send};
use crate::harness::server::Server;
use crate::harness::socket::Socket;
use crate::harness::text_socket::{TextSocket, users_in};

#[tokio::test]
async fn a_page_opened_from_a_file_can_register_log_in_and_chat() {
    let server = Server::start();
    let post = |path: &str, body: serde_json::Value| {
        let request = client()
            .post(format!("{}{path}", server.origin()))
            .header("origin", "null");
        send(
            request
                .header("sec-fetch-site", "cross-site")
                .header("sec-fetch-mode", "cors")
                .json(&body),
        )
    };
    let account = json!({"username": "visitor", "password": "a long password"});
    let made = post("/register", account.clone()).await.expect(200);
    assert_eq!(made.json()["message"], "User registered successfully");
    let again = post("/register", account.clone()).await.expect(400);
    assert_eq!(again.detail(), "Username already exists");
    let token = post("/login", account).await.expect(200).json()["token"]
        .as_str()
        .expect("a token")
        .to_string();

    let bob = Account::register(&server, "bob").await;
    let mut his = bob.live(0).await;
    let url = format!("ws://{}/ws?token={token}", server.address());
    let socket = Socket::open(&url, &[("origin", "null")])
        .await
        .expect("any origin may connect");
    let mut page = TextSocket::over(socket);
    let first = page.next().await;
    assert!(users_in(&first).is_some(), "{first:?}");
    page.line("Server", "visitor joined the chat!").await;
    his.wait_for_presence(&["bob", "visitor"]).await;
    page.send("hello from a file").await;
    page.line("Me", "hello from a file").await;
    assert_eq!(his.next_message().await.text, "hello from a file");
    bob.post("welcome").await;
    page.line("bob", "welcome").await;
}

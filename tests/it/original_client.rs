//! The original project's page: served on another port of this machine, or opened from a file, which has the origin
//! `null` and must be allowed.

use serde_json::json;

use crate::harness::account::Account;
use crate::harness::http::{client, send};
use crate::harness::server::Server;
use crate::harness::socket::Socket;
use crate::harness::text_socket::{TextSocket, users_in};

#[tokio::test]
async fn a_page_of_another_port_can_register_log_in_and_chat() {
    for origin in ["http://127.0.0.1:5500", "http://localhost:5500"] {
        register_log_in_and_chat(&Server::start(), origin).await;
    }
}

#[tokio::test]
async fn a_page_opened_from_a_file_can_do_so_if_it_is_allowed() {
    let server = Server::start_with(&["--allow-origin", "null"]);
    register_log_in_and_chat(&server, "null").await;
}

async fn register_log_in_and_chat(server: &Server, origin: &'static str) {
    let post = |path: &str, body: serde_json::Value| {
        let request = client()
            .post(format!("{}{path}", server.origin()))
            .header("origin", origin);
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

    let bob = Account::register(server, "bob").await;
    let mut his = bob.live(0).await;
    let url = format!("ws://{}/ws?token={token}", server.address());
    let socket = Socket::open(&url, &[("origin", origin)])
        .await
        .expect("the page may connect");
    let mut page = TextSocket::over(socket);
    let first = page.next().await;
    assert!(users_in(&first).is_some(), "{first:?}");
    page.line("Server", "visitor joined the chat!").await;
    his.wait_for_presence(&["bob", "visitor"]).await;
    page.send("hello from a page").await;
    page.line("Me", "hello from a page").await;
    assert_eq!(his.next_message().await.text, "hello from a page");
    bob.post("welcome").await;
    page.line("bob", "welcome").await;
}

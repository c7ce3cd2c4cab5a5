//! Forms with files that are refused: the reason, the text, and nothing that is left of the files.

use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::removal::files;
use crate::harness::account::Account;
use crate::harness::html::text_of;
use crate::harness::server::Server;
use crate::harness::uploads::{multipart, noise};
use crate::harness::wait_for;

/// Longest wait for an answer.
const PATIENCE: Duration = Duration::from_secs(60);

async fn no_uploads(account: &Account, server: &Server) {
    let own = account.get("/files").await.expect(200).json();
    assert_eq!(own["uploads"], json!([]));
    // A job removes their rows and contents.
    wait_for("free space and an empty folder", async || {
        let own = account.get("/files").await.expect(200).json();
        (own["used"] == 0 && files(server).is_empty()).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_form_that_is_refused_says_why_and_leaves_no_files() {
    let server = Server::start_with(&["--limits", "off", "--max-file", "1000"]);
    let ada = Account::register(&server, "ada").await;
    let browser = ada.browser().await;
    let root = ada.post("a question").await;
    let thread = format!("/rooms/1/messages/{}/thread", root["id"]);
    let large: (&str, &[u8]) = ("big.bin", &[1; 1_001]);
    let eleven = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"];
    let eleven = eleven.map(|name| (name, &b"x"[..]));
    let long = "x".repeat(10_001);
    for (text, sent, status, reason) in [
        (
            "my words",
            &[("a.txt", &b"a"[..]), large, ("c.txt", b"c")][..],
            413,
            "“big.bin” is too large. Files can be up to 1 KB. Choose your files again.",
        ),
        (
            "my words",
            &eleven,
            422,
            "A message can have up to 10 files. Send the rest in another message. Choose your files again.",
        ),
        (
            &long,
            &[("a.txt", b"a")],
            422,
            "at most 10,000 characters. Choose your files again.",
        ),
    ] {
        for path in ["/rooms/1/messages", &thread] {
            let form = multipart(&[("body", text)], sent);
            let refused = browser.submit_multipart(path, form).await.expect(status);
            let page = refused.text();
            assert!(text_of(&page).contains(reason), "{}", text_of(&page));
            assert!(page.contains(&format!(">{text}</textarea>")), "{path}");
            no_uploads(&ada, &server).await;
        }
    }
    // A form without files has none to choose.
    let form = multipart(&[("body", &long)], &[("", b"")]);
    let refused = browser.submit_multipart("/rooms/1/messages", form).await;
    let page = refused.expect(422).text();
    assert!(!page.contains("Choose your files"), "{page}");
}

#[tokio::test]
async fn a_form_that_is_sent_twice_keeps_its_files_once() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let browser = ada.browser().await;
    for _ in 0..2 {
        let form = multipart(&[("body", "x"), ("client_id", "c")], &[("a.txt", b"a")]);
        let posted = browser.submit_multipart("/rooms/1/messages", form).await;
        posted.expect(303);
    }
    assert_eq!(ada.history().await.len(), 1);
    let own = ada.get("/files").await.expect(200).json();
    assert_eq!(own["uploads"], json!([]));
    // A job removes the second file.
    wait_for("the space of one file", async || {
        let own = ada.get("/files").await.expect(200).json();
        (own["used"] == 1).then_some(())
    })
    .await;
}

#[tokio::test]
async fn the_rest_of_a_refused_form_is_read_so_that_the_answer_arrives() {
    let server = Server::start_with(&["--limits", "off", "--max-file", "1000"]);
    let ada = Account::register(&server, "ada").await;
    let large = noise(40 << 20, 1);
    let (kind, body) = multipart(&[("body", "x")], &[("a.bin", &large), ("b.bin", b"b")]);
    let mut stream = TcpStream::connect(server.address())
        .await
        .expect("a connection");
    let head = format!(
        "POST /rooms/1/messages HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\n\
         Content-Type: {kind}\r\nContent-Length: {}\r\n\r\n",
        server.address(),
        ada.token,
        body.len()
    );
    stream.write_all(head.as_bytes()).await.expect("it is sent");
    let sent = timeout(PATIENCE, stream.write_all(&body)).await;
    sent.expect("the server reads").expect("all is read");
    let mut start = [0; 12];
    let answer = timeout(PATIENCE, stream.read_exact(&mut start)).await;
    answer.expect("an answer").expect("a response");
    assert_eq!(&start, b"HTTP/1.1 413");
    no_uploads(&ada, &server).await;
}

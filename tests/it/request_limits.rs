//! Requests that are too large or too slow, sent over raw TCP.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::harness::account::Account;
use crate::harness::http::get;
use crate::harness::server::Server;

const MEGABYTE: usize = 1 << 20;

#[tokio::test]
async fn a_large_body_is_refused_before_it_arrives() {
    let server = Server::start();
    let ada = Account::register(&server, "ada").await;
    let head = post_head(&ada, &server, &format!("Content-Length: {}", 1_u64 << 40));
    let mut stream = TcpStream::connect(server.address())
        .await
        .expect("a connection");
    stream
        .write_all(head.as_bytes())
        .await
        .expect("the head is sent");
    let answer = read_answer(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    assert!(answer.contains("\"detail\""), "{answer}");
    assert!(
        answer.to_lowercase().contains("content-security-policy"),
        "{answer}"
    );
}

#[tokio::test]
async fn a_large_body_in_chunks_is_refused_while_it_streams() {
    let server = Server::start();
    let ada = Account::register(&server, "ada").await;
    let mut stream = TcpStream::connect(server.address())
        .await
        .expect("a connection");
    let head = post_head(&ada, &server, "Transfer-Encoding: chunked");
    stream
        .write_all(head.as_bytes())
        .await
        .expect("the head is sent");
    let chunk = format!("10000\r\n{}\r\n", "x".repeat(65_536));
    let mut sent = 0;
    while sent < 64 * MEGABYTE && stream.write_all(chunk.as_bytes()).await.is_ok() {
        sent += 65_536;
    }
    assert!(sent < 32 * MEGABYTE, "{sent} bytes were accepted");
    let answer = read_answer(&mut stream).await;
    assert!(
        answer.is_empty() || answer.starts_with("HTTP/1.1 413"),
        "{answer}"
    );
    assert!(ada.history().await.is_empty());
    get(&format!("{}/health", server.origin()))
        .await
        .expect(200);
}

#[tokio::test]
async fn connections_without_complete_headers_are_closed_after_ten_seconds() {
    let server = Server::start();
    let trickle = "GET /health HTTP/1.1\r\nHost: x\r\nX-Slow: ";
    let (silent, slow, second) = tokio::join!(
        time_until_closed(server.address(), "", false),
        time_until_closed(server.address(), trickle, true),
        time_until_closed(
            server.address(),
            "GET /health HTTP/1.1\r\nHost: x\r\n\r\nGET / HT",
            false
        ),
    );
    for (client, took) in [
        ("silent", silent),
        ("slow", slow),
        ("second request", second),
    ] {
        assert!(
            took > Duration::from_secs(7),
            "{client} was closed after {took:?}"
        );
        assert!(
            took < Duration::from_secs(20),
            "{client} was closed after {took:?}"
        );
    }
}

#[tokio::test]
async fn a_connection_with_a_stalled_body_is_closed() {
    let server = Server::start();
    let ada = Account::register(&server, "ada").await;
    let head = post_head(&ada, &server, "Content-Length: 40") + "{\"body\":";
    let took = time_until_closed(server.address(), &head, false).await;
    assert!(took < Duration::from_secs(60), "{took:?}");
    assert!(ada.history().await.is_empty());
}

#[tokio::test]
async fn many_or_long_headers_are_not_a_server_error() {
    let server = Server::start();
    let many: String = (0..300)
        .map(|number| format!("X-{number}: y\r\n"))
        .collect();
    let long = format!("X-Long: {}\r\n", "y".repeat(MEGABYTE));
    for headers in [many, long] {
        let mut stream = TcpStream::connect(server.address())
            .await
            .expect("a connection");
        let request = format!("GET /health HTTP/1.1\r\nHost: x\r\n{headers}\r\n");
        let _ = stream.write_all(request.as_bytes()).await;
        let answer = read_answer(&mut stream).await;
        assert!(!answer.starts_with("HTTP/1.1 5"), "{answer}");
    }
    get(&format!("{}/health", server.origin()))
        .await
        .expect(200);
}

#[tokio::test]
async fn idle_connections_do_not_block_new_ones() {
    let server = Server::start();
    let mut idle = Vec::new();
    for _ in 0..200 {
        idle.push(
            TcpStream::connect(server.address())
                .await
                .expect("a connection"),
        );
    }
    get(&format!("{}/health", server.origin()))
        .await
        .expect(200);
}

fn post_head(person: &Account, server: &Server, length: &str) -> String {
    format!(
        "POST /rooms/1/messages HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\n\
         Content-Type: application/json\r\nAccept: application/json\r\n{length}\r\n\r\n",
        server.address(),
        person.token
    )
}

/// Reads the response until it is complete, the connection ends, or no bytes arrive for 15 seconds.
async fn read_answer(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    let mut buffer = [0; 4_096];
    let wait = Duration::from_secs(15);
    while let Ok(Ok(count @ 1..)) = tokio::time::timeout(wait, stream.read(&mut buffer)).await {
        answer.extend_from_slice(&buffer[..count]);
        let text = String::from_utf8_lossy(&answer);
        if text
            .split_once("\r\n\r\n")
            .is_some_and(|(_, body)| body.ends_with('}'))
        {
            break;
        }
    }
    String::from_utf8_lossy(&answer).into_owned()
}

/// Time until the server closes a connection that sent `start`, and then single bytes if `trickle`.
async fn time_until_closed(address: SocketAddr, start: &str, trickle: bool) -> Duration {
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    stream
        .write_all(start.as_bytes())
        .await
        .expect("the start is sent");
    let started = Instant::now();
    let mut buffer = [0; 4_096];
    while started.elapsed() < Duration::from_secs(90) {
        let step = Duration::from_millis(500);
        match tokio::time::timeout(step, stream.read(&mut buffer)).await {
            Ok(Ok(0) | Err(_)) => return started.elapsed(),
            Ok(Ok(_)) => continue,
            Err(_) if trickle && stream.write_all(b"y").await.is_err() => return started.elapsed(),
            Err(_) => continue,
        }
    }
    panic!("the connection is still open after 90 seconds");
}

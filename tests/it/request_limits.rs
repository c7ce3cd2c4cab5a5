//! Requests that are too large or too slow, sent over raw TCP.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinSet;

use crate::harness::account::Account;
use crate::harness::http::get;
use crate::harness::server::{Server, UNLIMITED};

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

#[tokio::test]
async fn a_request_names_exactly_one_host() {
    let server = Server::start();
    for (hosts, status) in [
        ("", 400),
        ("Host: a\r\nHost: b\r\n", 400),
        ("Host: a\r\nHost: a\r\n", 400),
        ("Host: a\r\n", 200),
    ] {
        let mut stream = TcpStream::connect(server.address())
            .await
            .expect("a connection");
        let request = format!("GET /health HTTP/1.1\r\n{hosts}\r\n");
        stream
            .write_all(request.as_bytes())
            .await
            .expect("the request is sent");
        let answer = read_answer(&mut stream).await;
        let expected = format!("HTTP/1.1 {status} ");
        assert!(answer.starts_with(&expected), "{hosts:?}: {answer}");
    }
}

#[tokio::test]
async fn slow_bodies_of_one_address_have_a_bounded_share_of_memory() {
    let server = Server::start();
    let ada = Account::register(&server, "ada").await;
    let size = 250_000;
    let head = post_head(&ada, &server, &format!("Content-Length: {size}"));
    let mut slow = Vec::new();
    let mut refused = 0;
    for _ in 0..100 {
        let mut stream = TcpStream::connect(server.address())
            .await
            .expect("a connection");
        let start = format!("{head}{}", "x".repeat(size - 1));
        let _ = stream.write_all(start.as_bytes()).await; // it may have been refused meanwhile
        slow.push(stream);
    }
    for stream in &mut slow {
        let mut start = [0; 12];
        let read = stream.read_exact(&mut start);
        if let Ok(Ok(_)) = tokio::time::timeout(Duration::from_millis(50), read).await {
            assert_eq!(&start, b"HTTP/1.1 503");
            refused += 1;
        }
    }
    assert!(
        (70..=85).contains(&refused),
        "{refused} of 100 were refused"
    );
    ada.post("a small one still fits").await;
    drop(slow);
}

#[tokio::test]
async fn hundreds_of_slow_bodies_take_little_more_than_their_share_of_memory() {
    const CONNECTIONS: usize = 400;
    /// Bodies of 250 kB, which take 256 KiB, that are received at the same time.
    const RECEIVED: usize = 20;
    /// Growth that this may cost a program without optimization, with the parts of its file that it uses (bytes).
    const MOST_GROWN: usize = 24 * MEGABYTE;
    let server = Server::executable(&UNLIMITED);
    let ada = Account::register(&server, "ada").await;
    ada.post("hello").await;
    let before = server.peak_memory();
    let size = 250_000;
    let head = post_head(&ada, &server, &format!("Content-Length: {size}"));
    let request = format!("{head}{}", "x".repeat(size - 1));
    let mut ended = JoinSet::new();
    for _ in 0..CONNECTIONS {
        let (address, request) = (server.address(), request.clone());
        ended.spawn(async move {
            let mut stream = TcpStream::connect(address).await.expect("a connection");
            let _ = stream.write_all(request.as_bytes()).await; // it may have been refused
            while let Ok(1..) = stream.read(&mut [0; 4_096]).await {}
        });
    }
    for _ in 0..CONNECTIONS - RECEIVED {
        let refused = tokio::time::timeout(Duration::from_secs(15), ended.join_next()).await;
        refused.expect("most bodies are refused at once");
    }
    let grown = server.peak_memory() - before;
    assert!(grown < MOST_GROWN, "{} kB", grown >> 10);
    ada.post("others are not refused").await;
}

#[tokio::test]
async fn pages_that_no_one_reads_make_room_for_those_that_are_read() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let long = "word ".repeat(1_900);
    for n in 0..50 {
        ada.post(&format!("{n} {long}")).await;
    }
    let page = ada.get("/rooms/1/messages").await.expect(200);
    let size = page.bytes.len();
    let request = format!(
        "GET /rooms/1/messages HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\n\
         Accept: application/json\r\n\r\n",
        server.address(),
        ada.token
    );
    let mut unread = Vec::new();
    for _ in 0..=64 * MEGABYTE / size {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket
            .set_recv_buffer_size(4 << 10)
            .expect("a small buffer");
        let connected = socket.connect(server.address()).await;
        let mut stream = connected.expect("a connection");
        let sent = stream.write_all(request.as_bytes()).await;
        sent.expect("the request is sent");
        stream.readable().await.expect("the response starts");
        unread.push(stream);
    }
    let first = read_all(&mut unread[0]).await;
    assert!(
        first < size,
        "the oldest was closed after {first} of {size} bytes"
    );
    let last = unread.last_mut().expect("there are some");
    assert!(read_all(last).await >= size);
    ada.get("/rooms/1").await.expect(200);
}

/// Number of bytes until the connection ends, or until none arrive for 2 seconds.
async fn read_all(stream: &mut TcpStream) -> usize {
    let (mut total, mut buffer) = (0, [0; 4_096]);
    let wait = Duration::from_secs(2);
    while let Ok(Ok(count @ 1..)) = tokio::time::timeout(wait, stream.read(&mut buffer)).await {
        total += count;
    }
    total
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

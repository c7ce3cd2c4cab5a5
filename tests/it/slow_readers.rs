//! Slow clients and the connection limit: missed messages are announced, and a logout closes their sockets.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use crate::harness::account::Account;
use crate::harness::server::{PROGRAM, Server};
use crate::harness::stalled::Stalled;
use crate::harness::wait_for;

/// More messages than fit into the socket buffers and the log of the room.
const MANY: usize = 250;

#[tokio::test]
async fn a_slow_text_socket_is_told_how_many_messages_it_missed() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let mut late = Stalled::open_at(&ada, "/ws").await;
    let padding = "&".repeat(9_900); // five times as long in HTML: in all, more than a room holds for a slow connection
    for n in 0..MANY {
        ada.post(&format!("n{n}. {padding}")).await;
    }
    let all = late.read_until(&format!("n{}. ", MANY - 1)).await;
    let (_, all) = all.split_once("Online Users").expect("the first frame");
    let received: Vec<usize> = all
        .split(": n")
        .skip(1)
        .map(|line| {
            line.split_once('.')
                .expect("a number")
                .0
                .parse()
                .expect("a number")
        })
        .collect();
    assert!(
        received.windows(2).all(|pair| pair[0] < pair[1]),
        "in order, once each: {received:?}"
    );
    let gaps: Vec<_> = received
        .windows(2)
        .filter(|pair| pair[0] + 1 != pair[1])
        .collect();
    let notices = all.matches(" messages are left out.").count();
    assert_eq!((gaps.len(), notices), (1, 1), "{gaps:?}");
    let missed = gaps[0][1] - gaps[0][0] - 1;
    assert!(all.contains(&format!("Server: {missed} messages are left out.")));
}

#[tokio::test]
async fn a_logout_closes_a_socket_that_does_not_read() {
    let server = Server::unlimited();
    let (ada, bob) = (
        Account::register(&server, "ada").await,
        Account::register(&server, "bob").await,
    );
    let stalled = Stalled::open(&ada).await;
    let padding = "x".repeat(9_000);
    for _ in 0..60 {
        bob.post(&padding).await;
    }
    let is_open = || is_established(server.address().port(), stalled.port());
    assert!(is_open(), "the server waits for the client");
    let logout = ada.ask("POST", "/logout");
    crate::harness::http::send(logout).await.expect(200);
    let closed = wait_for("the close of the socket", async || {
        (!is_open()).then_some(())
    });
    tokio::time::timeout(Duration::from_secs(5), closed)
        .await
        .expect("the socket is closed before its write deadline");
}

/// Whether the connection between the server's port and a client port is established.
fn is_established(port: u16, peer: u16) -> bool {
    let table = std::fs::read_to_string("/proc/net/tcp").expect("the kernel's table");
    let (local, remote) = (format!(":{port:04X}"), format!(":{peer:04X}"));
    table.lines().any(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        fields[1].ends_with(&local) && fields[2].ends_with(&remote) && fields[3] == "01"
    })
}

#[test]
fn a_connection_over_the_limit_gets_503_with_retry_after() {
    let home = TempDir::new().expect("a temporary folder");
    let script = r#"ulimit -n 80; exec "$0" --listen 127.0.0.1:0 --data data --log off"#;
    let mut server = Command::new("sh")
        .args(["-c", script, PROGRAM])
        .current_dir(home.path())
        .stdout(Stdio::piped())
        .spawn()
        .expect("a server with few descriptors");
    let mut line = String::new();
    let stdout = server.stdout.take().expect("stdout is piped");
    BufReader::new(stdout)
        .read_line(&mut line)
        .expect("its first line");
    let address = line
        .trim()
        .rsplit("//")
        .next()
        .expect("an address")
        .to_string();
    let connect = || TcpStream::connect(&address).expect("the kernel accepts");
    let open: Vec<TcpStream> = (0..16).map(|_| connect()).collect();
    let mut refused = connect();
    let request = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n";
    refused.write_all(request).expect("the request is sent");
    let mut answer = String::new();
    refused
        .read_to_string(&mut answer)
        .expect("a response, then the end of the connection");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
    assert!(
        head.starts_with("HTTP/1.1 503") && head.contains("Retry-After"),
        "{head}"
    );
    assert!(
        head.contains(&format!("Content-Length: {}\r\n", body.len()))
            || head.ends_with(&format!("Content-Length: {}", body.len())),
        "{answer}"
    );
    assert!(body.ends_with('}'), "{body}");
    drop(open);
    let health = "GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    let accepts_again = || {
        let mut stream = connect();
        let mut answer = String::new();
        let _ = stream.write_all(health.as_bytes());
        let _ = stream.read_to_string(&mut answer);
        answer.starts_with("HTTP/1.1 200")
    };
    assert!(
        (0..100).any(|_| accepts_again()),
        "closed connections free their slots"
    );
    server.kill().expect("the server can be killed");
    server.wait().expect("the server can be waited for");
}

//! Clients that read slowly: missed messages are announced, and a log-out reaches them.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use crate::harness::account::Account;
use crate::harness::server::{PROGRAM, Server};
use crate::harness::stalled::Stalled;
use crate::harness::wait_for;

/// More than the buffers between server and reader hold, and more than the tail of the log.
const MANY: usize = 1_200;

#[tokio::test]
async fn a_plain_client_that_reads_late_is_told_what_it_missed() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let mut late = Stalled::open_at(&ada, "/ws").await;
    let padding = "x".repeat(1_000);
    for n in 0..MANY {
        ada.post(&format!("n{n}. {padding}")).await;
    }
    let all = late.read_until(&format!("n{}. ", MANY - 1)).await;
    let (_, all) = all.split_once("Online Users").expect("the first frame");
    let heard: Vec<usize> = all
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
        heard.windows(2).all(|pair| pair[0] < pair[1]),
        "in order, once each: {heard:?}"
    );
    let holes: Vec<_> = heard
        .windows(2)
        .filter(|pair| pair[0] + 1 != pair[1])
        .collect();
    let said = all.matches(" messages are left out.").count();
    assert_eq!((holes.len(), said), (1, 1), "{holes:?}");
    let count = holes[0][1] - holes[0][0] - 1;
    assert!(all.contains(&format!("Server: {count} messages are left out.")));
}

#[tokio::test]
async fn logging_out_cuts_a_socket_that_does_not_read() {
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
    assert!(is_open(), "the server waits for its reader");
    let out = ada.ask("POST", "/logout");
    crate::harness::http::send(out).await.expect(200);
    let cut = wait_for("the end of the socket", async || (!is_open()).then_some(()));
    tokio::time::timeout(Duration::from_secs(5), cut)
        .await
        .expect("long before its write deadline");
}

/// Whether the kernel has this connection of the server's port open.
fn is_established(port: u16, peer: u16) -> bool {
    let table = std::fs::read_to_string("/proc/net/tcp").expect("the kernel's table");
    let (local, remote) = (format!(":{port:04X}"), format!(":{peer:04X}"));
    table.lines().any(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        fields[1].ends_with(&local) && fields[2].ends_with(&remote) && fields[3] == "01"
    })
}

#[test]
fn one_connection_too_many_is_told_so() {
    let home = TempDir::new().expect("a temporary folder");
    let script = r#"ulimit -n 80; exec "$0" --listen 127.0.0.1:0 --data data --log off"#;
    let mut few = Command::new("sh")
        .args(["-c", script, PROGRAM])
        .current_dir(home.path())
        .stdout(Stdio::piped())
        .spawn()
        .expect("a server with few descriptors");
    let mut line = String::new();
    let stdout = few.stdout.take().expect("it is piped");
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
    let taken: Vec<TcpStream> = (0..16).map(|_| connect()).collect();
    let mut refused = connect();
    let question = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n";
    refused.write_all(question).expect("it is read");
    let mut answer = String::new();
    refused
        .read_to_string(&mut answer)
        .expect("an answer, then the end");
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
    drop(taken);
    let health = "GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    let is_back = || {
        let mut stream = connect();
        let mut answer = String::new();
        let _ = stream.write_all(health.as_bytes());
        let _ = stream.read_to_string(&mut answer);
        answer.starts_with("HTTP/1.1 200")
    };
    assert!((0..100).any(|_| is_back()), "places are given back");
    few.kill().expect("it can be killed");
    few.wait().expect("it can be waited for");
}

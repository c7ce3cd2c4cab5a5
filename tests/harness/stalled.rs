//! A client that opens a socket and does not read from it.

use std::time::Duration;

use socket2::{Domain, Protocol, Socket, Type};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::account::Account;

/// An open socket with a tiny receive buffer, kept until dropped.
pub struct Stalled {
    stream: TcpStream,
}

impl Stalled {
    /// Opens the page's socket, reads the answer's first line, and falls silent.
    pub async fn open(person: &Account) -> Stalled {
        Stalled::open_at(person, "/rooms/1/live?after=0").await
    }

    /// The same at another address.
    pub async fn open_at(person: &Account, path: &str) -> Stalled {
        let host = person.origin.trim_start_matches("http://").to_string();
        let address: std::net::SocketAddr = host.parse().expect("an address");
        let socket =
            Socket::new(Domain::IPV4, Type::STREAM, Some(Protocol::TCP)).expect("a socket");
        socket.set_recv_buffer_size(4_096).expect("a small buffer");
        socket.connect(&address.into()).expect("the server accepts");
        socket.set_nonblocking(true).expect("a non-blocking socket");
        let mut stream = TcpStream::from_std(socket.into()).expect("a socket for tokio");
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
             Authorization: Bearer {}\r\n\r\n",
            person.token
        );
        stream
            .write_all(request.as_bytes())
            .await
            .expect("the request is taken");
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).await.expect("an answer");
        assert_eq!(&answer, b"HTTP/1.1 101");
        Stalled { stream }
    }

    /// The port at this end.
    pub fn port(&self) -> u16 {
        self.stream.local_addr().expect("it is connected").port()
    }

    /// Reads on until `last` has come: all bytes, frame headers among them.
    pub async fn read_until(&mut self, last: &str) -> String {
        let mut seen = Vec::new();
        loop {
            let read = timeout(Duration::from_secs(20), self.stream.read_buf(&mut seen));
            let count = read.await.expect("more comes").expect("the socket lives");
            let text = String::from_utf8_lossy(&seen);
            assert!(
                count > 0,
                "{last} never came: …{}",
                &text[text.len().saturating_sub(300)..]
            );
            if text.contains(last) {
                return text.into_owned();
            }
        }
    }
}

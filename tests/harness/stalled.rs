//! A client that opens a socket and does not read from it.

use std::time::Duration;

use socket2::{Domain, Protocol, Socket, Type};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::account::Account;

/// An open socket with a small receive buffer.
pub struct Stalled {
    stream: TcpStream,
}

impl Stalled {
    /// Opens the page's socket, reads the start of the response, and stops reading.
    pub async fn open(person: &Account) -> Stalled {
        Stalled::open_at(person, "/rooms/1/live?after=0").await
    }

    /// Opens a socket at any path, like [`Stalled::open`].
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
            .expect("the request is sent");
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).await.expect("an answer");
        assert_eq!(&answer, b"HTTP/1.1 101");
        Stalled { stream }
    }

    /// The local port.
    pub fn port(&self) -> u16 {
        self.stream
            .local_addr()
            .expect("the socket is connected")
            .port()
    }

    /// Reads until `last` was received. Returns all bytes, including frame headers, as text.
    pub async fn read_until(&mut self, last: &str) -> String {
        let mut seen = Vec::new();
        loop {
            let read = timeout(Duration::from_secs(20), self.stream.read_buf(&mut seen));
            let count = read
                .await
                .expect("more bytes in time")
                .expect("an open socket");
            let text = String::from_utf8_lossy(&seen);
            assert!(
                count > 0,
                "{last} was not received: …{}",
                &text[text.len().saturating_sub(300)..]
            );
            if text.contains(last) {
                return text.into_owned();
            }
        }
    }
}

//! A reader that opens the page's socket and then never reads again.

use socket2::{Domain, Protocol, Socket, Type};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::person::Person;

/// An open socket with a tiny receive buffer, kept until dropped.
pub struct Stalled {
    _stream: TcpStream,
}

impl Stalled {
    /// Upgrades, reads the answer's first line, and falls silent.
    pub async fn open(person: &Person) -> Stalled {
        let host = person.origin.trim_start_matches("http://").to_string();
        let address: std::net::SocketAddr = host.parse().expect("an address");
        let socket =
            Socket::new(Domain::IPV4, Type::STREAM, Some(Protocol::TCP)).expect("a socket");
        socket.set_recv_buffer_size(4_096).expect("a small buffer");
        socket.connect(&address.into()).expect("the server accepts");
        socket.set_nonblocking(true).expect("a non-blocking socket");
        let mut stream = TcpStream::from_std(socket.into()).expect("a socket for tokio");
        let request = format!(
            "GET /rooms/1/live?after=0 HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
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
        Stalled { _stream: stream }
    }
}

//! WebSocket clients of a test run: one thread drives all connections and counts the messages of each.

use std::{
    io::{self, Read, Write},
    net::SocketAddr,
    time::Duration,
};

use mio::{Events, Interest, Poll, Token, net::TcpStream};

use crate::sequence_tag::{Received, SequenceTag};

/// Size of the read buffer (bytes); all connections share it.
const BUFFER: usize = 256 << 10;
/// Limit of concurrent handshakes.
const OPENING: usize = 128;

/// Address and session token of a connection.
#[derive(Clone)]
pub struct ClientConfig {
    pub address: SocketAddr,
    pub token: String,
}

/// One connection.
pub struct Client {
    stream: TcpStream,
    /// Bytes that wait to be written.
    outbox: Vec<u8>,
    /// Start of a frame that is not complete yet.
    partial: Vec<u8>,
    upgraded: bool,
    /// Closed by the server.
    pub closed: bool,
    /// The client does not read at present.
    pub paused: bool,
    pub received: Received,
}

/// All connections of a run.
pub struct Clients {
    pub list: Vec<Client>,
    tag: SequenceTag,
    epoll: Poll,
    events: Events,
    buffer: Vec<u8>,
}

/// One message received by one client.
pub struct Delivery {
    pub client: usize,
    pub number: u64,
}

impl Clients {
    /// No connections yet; `tag` locates the numbers of messages.
    pub fn new(tag: SequenceTag) -> Clients {
        Clients {
            list: Vec::new(),
            tag,
            epoll: Poll::new().expect("an epoll instance"),
            events: Events::with_capacity(1024),
            buffer: vec![0; BUFFER],
        }
    }

    /// Opens `count` more connections and waits for their handshakes.
    pub fn open(&mut self, config: &ClientConfig, count: usize) {
        let before = self.list.len();
        for index in before..before + count {
            let client = self.connect(config, index, 0);
            self.list.push(client);
            while self.opening(before) >= OPENING {
                self.poll(Duration::from_secs(10), |_| {});
            }
        }
        while self.opening(before) > 0 {
            self.poll(Duration::from_secs(10), |_| {});
        }
    }

    fn opening(&self, from: usize) -> usize {
        let recent = &self.list[from.max(self.list.len().saturating_sub(2 * OPENING))..];
        recent.iter().filter(|client| !client.upgraded).count()
    }

    /// Reconnects a client; it continues after the newest rev that it received.
    pub fn reopen(&mut self, config: &ClientConfig, index: usize) {
        let rev = self.list[index].received.rev;
        let mut client = self.connect(config, index, rev);
        std::mem::swap(&mut client.received, &mut self.list[index].received);
        self.list[index] = client;
    }

    /// Whether every handshake has completed.
    pub fn all_open(&self) -> bool {
        self.list.iter().all(|client| client.upgraded)
    }

    fn connect(&mut self, config: &ClientConfig, index: usize, after: i64) -> Client {
        let mut stream = TcpStream::connect(config.address).expect("a socket");
        let both = Interest::READABLE | Interest::WRITABLE;
        let registry = self.epoll.registry();
        registry
            .register(&mut stream, Token(index), both)
            .expect("a new socket");
        let request = format!(
            "GET /rooms/1/live?after={after} HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade\r\n\
             Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nAuthorization: Bearer {}\r\n\r\n",
            config.address, config.token
        );
        Client {
            stream,
            outbox: request.into_bytes(),
            partial: Vec::new(),
            upgraded: false,
            closed: false,
            paused: false,
            received: Received::default(),
        }
    }

    /// Drops a connection without a close frame.
    pub fn disconnect(&mut self, index: usize) {
        let client = &mut self.list[index];
        let _ = self.epoll.registry().deregister(&mut client.stream);
        let _ = client.stream.shutdown(std::net::Shutdown::Both);
        client.partial = Vec::new();
    }

    /// Local port of a connection.
    pub fn local_port(&self, index: usize) -> u16 {
        let address = self.list[index].stream.local_addr();
        address.expect("the socket was connected").port()
    }

    /// Appends a text frame to a client's outbox; [`Clients::flush`] writes it.
    pub fn queue(&mut self, index: usize, text: &str) {
        let outbox = &mut self.list[index].outbox;
        outbox.push(0x81);
        match text.len() {
            len @ ..=125 => outbox.push(0x80 | len as u8),
            len => {
                outbox.push(0x80 | 126);
                outbox.extend_from_slice(&(len as u16).to_be_bytes());
            }
        }
        outbox.extend_from_slice(&[0; 4]); // a zero mask leaves the text unchanged
        outbox.extend_from_slice(text.as_bytes());
    }

    /// Appends frames to a client's outbox.
    pub fn queue_bytes(&mut self, index: usize, frames: &[u8]) {
        self.list[index].outbox.extend_from_slice(frames);
    }

    /// Writes a client's outbox as far as the kernel accepts it.
    pub fn flush(&mut self, index: usize) {
        self.list[index].flush();
    }

    /// Waits at most `wait` for events and reads all readable sockets; calls `on_message` for each message.
    pub fn poll(&mut self, wait: Duration, mut on_message: impl FnMut(Delivery)) {
        match self.epoll.poll(&mut self.events, Some(wait)) {
            Err(e) if e.kind() == io::ErrorKind::Interrupted => return,
            polled => polled.expect("epoll works"),
        }
        for event in &self.events {
            let index = event.token().0;
            let Some(client) = self.list.get_mut(index) else {
                continue;
            };
            if event.is_writable() {
                client.flush();
            }
            if !client.paused && (event.is_readable() || event.is_read_closed()) {
                client.read(&mut self.buffer, &self.tag, |number| {
                    on_message(Delivery {
                        client: index,
                        number,
                    });
                });
            }
        }
    }

    /// Lets a paused client read again, starting with the bytes in its receive buffer.
    pub fn resume(&mut self, index: usize, mut on_message: impl FnMut(Delivery)) {
        let client = &mut self.list[index];
        client.paused = false;
        client.read(&mut self.buffer, &self.tag, |number| {
            on_message(Delivery {
                client: index,
                number,
            });
        });
    }

    /// Records a message that a client fetched over HTTP.
    pub fn record_fetched(&mut self, index: usize, rev: i64, number: u64) {
        self.list[index].received.record_fetched(rev, number);
    }
}

impl Client {
    /// Whether the handshake has completed and everything is written.
    pub fn is_idle(&self) -> bool {
        self.upgraded && self.outbox.is_empty()
    }

    fn flush(&mut self) {
        while !self.outbox.is_empty() {
            match self.stream.write(&self.outbox) {
                Ok(count) => drop(self.outbox.drain(..count)),
                Err(_) => return, // not connected, full or closed; received finds out which
            }
        }
    }

    /// Reads until the receive buffer is empty. A short read has emptied it; later bytes raise a new event.
    fn read(&mut self, buffer: &mut [u8], tag: &SequenceTag, mut on_message: impl FnMut(u64)) {
        loop {
            match self.stream.read(buffer) {
                Ok(0) => return self.closed = true,
                Ok(count) => {
                    self.parse(&buffer[..count], tag, &mut on_message);
                    if count < buffer.len() {
                        return;
                    }
                }
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => return,
                Err(e) if e.kind() == io::ErrorKind::NotConnected => return,
                Err(_) => return self.closed = true,
            }
        }
    }

    fn parse(&mut self, bytes: &[u8], tag: &SequenceTag, on_message: &mut impl FnMut(u64)) {
        let joined;
        let mut rest = bytes;
        if !self.partial.is_empty() {
            self.partial.extend_from_slice(bytes);
            joined = std::mem::take(&mut self.partial);
            rest = &joined;
        }
        if !self.upgraded {
            let Some(end) = rest.windows(4).position(|w| w == b"\r\n\r\n") else {
                return self.partial = rest.to_vec();
            };
            assert!(
                rest.starts_with(b"HTTP/1.1 101"),
                "{:?}",
                String::from_utf8_lossy(rest)
            );
            self.upgraded = true;
            rest = &rest[end + 4..];
        }
        while let Some((payload, size)) = frame(rest) {
            if let Some(number) = self.received.record(payload, tag) {
                on_message(number);
            }
            rest = &rest[size..];
        }
        if !rest.is_empty() {
            self.partial = rest.to_vec();
        }
    }
}

/// Payload and total size of the first frame; `None` if it is not complete.
fn frame(bytes: &[u8]) -> Option<(&[u8], usize)> {
    let &[_, short, ref rest @ ..] = bytes else {
        return None;
    };
    let (len, head) = match short {
        126 => (usize::from(u16::from_be_bytes(*rest.first_chunk()?)), 4),
        127 => (u64::from_be_bytes(*rest.first_chunk()?) as usize, 10),
        len => (usize::from(len), 2),
    };
    Some((bytes.get(head..head + len)?, head + len))
}

//! Many WebSocket connections in one thread, counted and compared while they are read.

use std::{
    io::{self, Read, Write},
    net::SocketAddr,
    time::Duration,
};

use mio::{Events, Interest, Poll, Token, net::TcpStream};

use crate::mark::{Mark, Reading};

/// Bytes taken from a socket at once; all connections share the buffer.
const BUFFER: usize = 256 << 10;
/// Handshakes that are under way at once.
const OPENING: usize = 128;

/// How to open a socket: where, and the request's other headers.
#[derive(Clone)]
pub struct Door {
    pub address: SocketAddr,
    pub token: String,
}

/// One connection.
pub struct Member {
    stream: TcpStream,
    /// What the kernel did not take yet.
    outbox: Vec<u8>,
    /// The beginning of a frame whose end has not come.
    carry: Vec<u8>,
    upgraded: bool,
    /// Closed by the server.
    pub ended: bool,
    /// Not read at present.
    pub stalled: bool,
    /// What it has heard.
    pub reading: Reading,
}

/// All connections of a run.
pub struct Crowd {
    pub members: Vec<Member>,
    mark: Mark,
    poll: Poll,
    events: Events,
    buffer: Vec<u8>,
}

/// A message that arrived.
pub struct Arrival {
    pub member: usize,
    pub number: u64,
}

impl Crowd {
    /// Nobody yet; messages are found by `mark`.
    pub fn new(mark: Mark) -> Crowd {
        Crowd {
            members: Vec::new(),
            mark,
            poll: Poll::new().expect("an epoll instance"),
            events: Events::with_capacity(1024),
            buffer: vec![0; BUFFER],
        }
    }

    /// Opens `count` more sockets and waits for all their handshakes.
    pub fn open(&mut self, door: &Door, count: usize) {
        let before = self.members.len();
        for place in before..before + count {
            let member = self.connect(door, place, 0);
            self.members.push(member);
            while self.opening(before) >= OPENING {
                self.turn(Duration::from_secs(10), |_| {});
            }
        }
        while self.opening(before) > 0 {
            self.turn(Duration::from_secs(10), |_| {});
        }
    }

    fn opening(&self, from: usize) -> usize {
        let news = &self.members[from.max(self.members.len().saturating_sub(2 * OPENING))..];
        news.iter().filter(|member| !member.upgraded).count()
    }

    /// Opens a socket again in the place of `member`, from the rev it has.
    pub fn reopen(&mut self, door: &Door, place: usize) {
        let rev = self.members[place].reading.rev;
        let mut member = self.connect(door, place, rev);
        std::mem::swap(&mut member.reading, &mut self.members[place].reading);
        self.members[place] = member;
    }

    /// Whether all are open.
    pub fn is_open(&self) -> bool {
        self.members.iter().all(|member| member.upgraded)
    }

    fn connect(&mut self, door: &Door, place: usize, after: i64) -> Member {
        let mut stream = TcpStream::connect(door.address).expect("a socket");
        let both = Interest::READABLE | Interest::WRITABLE;
        let registry = self.poll.registry();
        registry
            .register(&mut stream, Token(place), both)
            .expect("a new socket");
        let request = format!(
            "GET /rooms/1/live?after={after} HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade\r\n\
             Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nAuthorization: Bearer {}\r\n\r\n",
            door.address, door.token
        );
        Member {
            stream,
            outbox: request.into_bytes(),
            carry: Vec::new(),
            upgraded: false,
            ended: false,
            stalled: false,
            reading: Reading::default(),
        }
    }

    /// Cuts a connection without a word.
    pub fn cut(&mut self, place: usize) {
        let member = &mut self.members[place];
        let _ = self.poll.registry().deregister(&mut member.stream);
        let _ = member.stream.shutdown(std::net::Shutdown::Both);
        member.carry = Vec::new();
    }

    /// Our port of a connection.
    pub fn port(&self, place: usize) -> u16 {
        let ours = self.members[place].stream.local_addr();
        ours.expect("it was connected").port()
    }

    /// Puts a frame into the outbox of a member; [`Crowd::flush`] sends it.
    pub fn say(&mut self, place: usize, text: &str) {
        let outbox = &mut self.members[place].outbox;
        outbox.push(0x81);
        match text.len() {
            len @ ..=125 => outbox.push(0x80 | len as u8),
            len => {
                outbox.push(0x80 | 126);
                outbox.extend_from_slice(&(len as u16).to_be_bytes());
            }
        }
        outbox.extend_from_slice(&[0; 4]); // a mask of zeros changes nothing
        outbox.extend_from_slice(text.as_bytes());
    }

    /// Writes what waits in a member's outbox, as far as the kernel takes it.
    pub fn flush(&mut self, place: usize) {
        self.members[place].flush();
    }

    /// Waits at most so long, reads from all who have something, and tells of each message.
    pub fn turn(&mut self, wait: Duration, mut hear: impl FnMut(Arrival)) {
        match self.poll.poll(&mut self.events, Some(wait)) {
            Err(e) if e.kind() == io::ErrorKind::Interrupted => return,
            polled => polled.expect("epoll works"),
        }
        for event in &self.events {
            let place = event.token().0;
            let Some(member) = self.members.get_mut(place) else {
                continue;
            };
            if event.is_writable() {
                member.flush();
            }
            if !member.stalled && (event.is_readable() || event.is_read_closed()) {
                member.read(&mut self.buffer, &self.mark, |number| {
                    hear(Arrival {
                        member: place,
                        number,
                    });
                });
            }
        }
    }

    /// Lets a stalled member read again, what its kernel still has.
    pub fn resume(&mut self, place: usize, mut hear: impl FnMut(Arrival)) {
        let member = &mut self.members[place];
        member.stalled = false;
        member.read(&mut self.buffer, &self.mark, |number| {
            hear(Arrival {
                member: place,
                number,
            });
        });
    }

    /// Takes a message that came to a member by another way, with its rev.
    pub fn fetched(&mut self, place: usize, rev: i64, number: u64) {
        self.members[place].reading.fetched(rev, number);
    }
}

impl Member {
    fn flush(&mut self) {
        while !self.outbox.is_empty() {
            match self.stream.write(&self.outbox) {
                Ok(count) => drop(self.outbox.drain(..count)),
                Err(_) => return, // not connected yet, full, or over: reading will tell
            }
        }
    }

    /// Reads until the kernel has no more. A short read has emptied it: the next bytes are a new event.
    fn read(&mut self, buffer: &mut [u8], mark: &Mark, mut hear: impl FnMut(u64)) {
        loop {
            match self.stream.read(buffer) {
                Ok(0) => return self.ended = true,
                Ok(count) => {
                    self.take(&buffer[..count], mark, &mut hear);
                    if count < buffer.len() {
                        return;
                    }
                }
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => return,
                Err(e) if e.kind() == io::ErrorKind::NotConnected => return,
                Err(_) => return self.ended = true,
            }
        }
    }

    fn take(&mut self, bytes: &[u8], mark: &Mark, hear: &mut impl FnMut(u64)) {
        let joined;
        let mut rest = bytes;
        if !self.carry.is_empty() {
            self.carry.extend_from_slice(bytes);
            joined = std::mem::take(&mut self.carry);
            rest = &joined;
        }
        if !self.upgraded {
            let Some(end) = rest.windows(4).position(|w| w == b"\r\n\r\n") else {
                return self.carry = rest.to_vec();
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
            if let Some(number) = self.reading.take(payload, mark) {
                hear(number);
            }
            rest = &rest[size..];
        }
        if !rest.is_empty() {
            self.carry = rest.to_vec();
        }
    }
}

/// The payload of the first frame, and the size of the whole frame; none if it is not all there.
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

//! The floor: one thread, epoll, and ready bytes.

use std::{
    io::{self, Read, Write},
    net::SocketAddr,
};

use chatterbox::live::frame::{self, Opcode};
use mio::{
    Events, Interest, Poll, Token,
    net::{TcpListener, TcpStream},
};

use super::{Template, number};

/// One group at most (bytes), as in Chatterbox.
const GROUP: usize = 64 << 10;
const DOOR: Token = Token(usize::MAX);
/// Like Chatterbox.
const SEND_BUFFER: usize = 64 << 10;

struct Peer {
    stream: TcpStream,
    inbox: Vec<u8>,
    rest: Vec<u8>,
    upgraded: bool,
}

/// Serves for ever.
pub fn run(template: &Template, grouped: bool) {
    let address: SocketAddr = ([127, 0, 0, 1], 0).into();
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None);
    let socket = socket.expect("a socket");
    socket.bind(&address.into()).expect("a free port");
    socket.listen(4096).expect("a listener");
    socket.set_nonblocking(true).expect("a listener");
    let mut door = TcpListener::from_std(socket.into());
    println!("http://{}", door.local_addr().expect("an address"));
    let mut poll = Poll::new().expect("an epoll instance");
    let mut events = Events::with_capacity(1024);
    poll.registry()
        .register(&mut door, DOOR, Interest::READABLE)
        .expect("a new listener");
    let (mut peers, mut queue, mut buffer) = (Vec::new(), Vec::new(), vec![0; 64 << 10]);
    loop {
        poll.poll(&mut events, None).expect("epoll works");
        for event in &events {
            match event.token() {
                DOOR => accept(&door, &poll, &mut peers),
                Token(place) => {
                    peers[place].flush();
                    peers[place].read(&mut buffer, &mut queue);
                }
            }
        }
        let frames = queue.drain(..).map(|number| encoded(template, number));
        if grouped {
            let mut group = Vec::new();
            for frame in frames {
                group.extend_from_slice(&frame);
                if group.len() > GROUP {
                    give(&mut peers, &std::mem::take(&mut group));
                }
            }
            give(&mut peers, &group);
        } else {
            frames.for_each(|frame| give(&mut peers, &frame));
        }
    }
}

fn encoded(template: &Template, number: u64) -> Vec<u8> {
    let mut out = Vec::new();
    frame::encode(&mut out, Opcode::Text, &template.stamped(number));
    out
}

fn accept(door: &TcpListener, poll: &Poll, peers: &mut Vec<Peer>) {
    while let Ok((mut stream, _)) = door.accept() {
        stream.set_nodelay(true).expect("a TCP socket");
        let small = socket2::SockRef::from(&stream).set_send_buffer_size(SEND_BUFFER);
        small.expect("a TCP socket");
        let both = Interest::READABLE | Interest::WRITABLE;
        let registered = poll
            .registry()
            .register(&mut stream, Token(peers.len()), both);
        registered.expect("a new socket");
        peers.push(Peer {
            stream,
            inbox: Vec::new(),
            rest: Vec::new(),
            upgraded: false,
        });
    }
}

fn give(peers: &mut [Peer], bytes: &[u8]) {
    if bytes.is_empty() {
        return;
    }
    for peer in peers.iter_mut().filter(|peer| peer.upgraded) {
        let written = match peer.rest.is_empty() {
            true => peer.stream.write(bytes).unwrap_or(0),
            false => 0,
        };
        peer.rest.extend_from_slice(&bytes[written..]);
    }
}

impl Peer {
    fn flush(&mut self) {
        while !self.rest.is_empty() {
            match self.stream.write(&self.rest) {
                Ok(count) => drop(self.rest.drain(..count)),
                Err(_) => return,
            }
        }
    }

    fn read(&mut self, buffer: &mut [u8], queue: &mut Vec<u64>) {
        loop {
            match self.stream.read(buffer) {
                Ok(0) => return,
                Ok(count) => self.inbox.extend_from_slice(&buffer[..count]),
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => break,
                Err(_) => return,
            }
        }
        if !self.upgraded {
            if self.inbox.ends_with(b"\r\n\r\n") {
                let _ = self
                    .stream
                    .write(b"HTTP/1.1 101 Switching Protocols\r\n\r\n");
                self.upgraded = true;
                self.inbox = Vec::new();
            }
            return;
        }
        // The generator masks with zeros, so that the text stands there as it is.
        let mut used = 0;
        while let Some(&[_, short, ref rest @ ..]) = self.inbox.get(used..) {
            let (len, head) = match (short & 0x7F, rest) {
                (126, &[high, low, ..]) => (usize::from(u16::from_be_bytes([high, low])), 8),
                (126, _) => break,
                (len, _) => (usize::from(len), 6),
            };
            let Some(text) = self.inbox.get(used + head..used + head + len) else {
                break;
            };
            queue.extend(number(text));
            used += head + len;
        }
        self.inbox.drain(..used);
        if self.inbox.is_empty() {
            self.inbox = Vec::new();
        }
    }
}

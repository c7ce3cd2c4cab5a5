//! Baseline: one thread with epoll that writes prepared bytes; the cost of the kernel alone.

use std::{
    io::{self, Read, Write},
    net::SocketAddr,
};

use chatterbox::live::frame::{self, Opcode};
use mio::{
    Events, Interest, Poll, Token,
    net::{TcpListener, TcpStream},
};

use crate::{baseline::SampleFrame, sequence_tag::number_in};

/// Largest group (bytes), as in Chatterbox.
const GROUP: usize = 64 << 10;
const LISTENER: Token = Token(usize::MAX);
/// `SO_SNDBUF`, as in Chatterbox.
const SEND_BUFFER: usize = 64 << 10;

struct Connection {
    stream: TcpStream,
    inbox: Vec<u8>,
    /// Bytes that the kernel has not accepted yet.
    outbox: Vec<u8>,
    upgraded: bool,
}

/// Serves until the process is killed.
pub fn run(sample: &SampleFrame, grouped: bool) {
    let address: SocketAddr = ([127, 0, 0, 1], 0).into();
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None);
    let socket = socket.expect("a socket");
    socket.bind(&address.into()).expect("a free port");
    socket.listen(4096).expect("a listener");
    socket.set_nonblocking(true).expect("a listener");
    let mut listener = TcpListener::from_std(socket.into());
    println!("http://{}", listener.local_addr().expect("an address"));
    let mut poll = Poll::new().expect("an epoll instance");
    let mut events = Events::with_capacity(1024);
    poll.registry()
        .register(&mut listener, LISTENER, Interest::READABLE)
        .expect("a new listener");
    let (mut connections, mut queue, mut buffer) = (Vec::new(), Vec::new(), vec![0; 64 << 10]);
    loop {
        poll.poll(&mut events, None).expect("epoll works");
        for event in &events {
            match event.token() {
                LISTENER => accept(&listener, &poll, &mut connections),
                Token(index) => {
                    connections[index].flush();
                    connections[index].read(&mut buffer, &mut queue);
                }
            }
        }
        let frames = queue.drain(..).map(|number| encode(sample, number));
        if grouped {
            let mut group = Vec::new();
            for frame in frames {
                group.extend_from_slice(&frame);
                if group.len() > GROUP {
                    send_to_all(&mut connections, &std::mem::take(&mut group));
                }
            }
            send_to_all(&mut connections, &group);
        } else {
            frames.for_each(|frame| send_to_all(&mut connections, &frame));
        }
    }
}

fn encode(sample: &SampleFrame, number: u64) -> Vec<u8> {
    let mut out = Vec::new();
    frame::encode(&mut out, Opcode::Text, &sample.with_number(number));
    out
}

fn accept(listener: &TcpListener, poll: &Poll, connections: &mut Vec<Connection>) {
    while let Ok((mut stream, _)) = listener.accept() {
        stream.set_nodelay(true).expect("a TCP socket");
        let small = socket2::SockRef::from(&stream).set_send_buffer_size(SEND_BUFFER);
        small.expect("a TCP socket");
        let both = Interest::READABLE | Interest::WRITABLE;
        let registered = poll
            .registry()
            .register(&mut stream, Token(connections.len()), both);
        registered.expect("a new socket");
        connections.push(Connection {
            stream,
            inbox: Vec::new(),
            outbox: Vec::new(),
            upgraded: false,
        });
    }
}

fn send_to_all(connections: &mut [Connection], bytes: &[u8]) {
    if bytes.is_empty() {
        return;
    }
    for connection in connections
        .iter_mut()
        .filter(|connection| connection.upgraded)
    {
        let written = match connection.outbox.is_empty() {
            true => connection.stream.write(bytes).unwrap_or(0),
            false => 0,
        };
        connection.outbox.extend_from_slice(&bytes[written..]);
    }
}

impl Connection {
    fn flush(&mut self) {
        while !self.outbox.is_empty() {
            match self.stream.write(&self.outbox) {
                Ok(count) => drop(self.outbox.drain(..count)),
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
        // The load generator uses a zero mask, so the text needs no decoding.
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
            queue.extend(number_in(text));
            used += head + len;
        }
        self.inbox.drain(..used);
        if self.inbox.is_empty() {
            self.inbox = Vec::new();
        }
    }
}

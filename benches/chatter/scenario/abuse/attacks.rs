//! The attacks.

use std::{
    io::{ErrorKind, Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpStream},
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

use serde_json::json;
use socket2::{Domain, Socket, Type};

use super::{Attack, OTHERS, Target};
use crate::{
    clients::Clients,
    fixture::{self, PASSWORD},
    http::HttpClient,
    report::Figures,
    sequence_tag::SequenceTag,
};

/// All attacks, after a run without one.
pub const ATTACKS: [Attack; 11] = [
    attack("no abuse", |target| {
        thread::sleep(target.options.time(super::SECONDS));
        Figures::new()
    }),
    attack("text frames without end", |t| frames(t, TEXT_FRAME)),
    attack("pings without end", |t| frames(t, PING_FRAME)),
    attack("500 cancelled log-ins", cancelled_log_ins),
    attack("200 log-ins a second", |t| log_ins(t, |_| false)),
    attack("200 log-ins a second, half of them cancelled", |t| {
        log_ins(t, |number| number % 2 == 0)
    }),
    attack("rooms and invitations without end", rooms),
    attack("1,000 slow request bodies", slow_bodies),
    Attack {
        sql: LONG_MESSAGES,
        ..attack("600 unread responses", unread_responses)
    },
    Attack {
        max_files: Some(1_000),
        ..attack("connections of one address", connections)
    },
    Attack {
        sql: MANY_ROOMS,
        ..attack("3,000 rooms marked as read without end", read_marks)
    },
];

const fn attack(name: &'static str, run: fn(&Target) -> Figures) -> Attack {
    Attack {
        name,
        sql: "",
        max_files: None,
        run,
    }
}

/// Frames of a client with a mask of zeros: a text of 7 bytes, and an empty ping.
const TEXT_FRAME: &[u8] = b"\x81\x87\0\0\0\0{\"a\":1}";
const PING_FRAME: &[u8] = b"\x89\x80\0\0\0\0";
/// Size of one write of frames (bytes).
const WRITE_BYTES: usize = 64 << 10;

/// Sockets of one account that send frames. A socket that was closed is opened again.
fn frames(target: &Target, frame: &[u8]) -> Figures {
    let many = frame.repeat(WRITE_BYTES / frame.len());
    let (mut clients, mut closed) = (Clients::new(SequenceTag::unknown()), 0);
    clients.open(&target.attacker, 20);
    while !target.is_over() {
        for index in 0..clients.list.len() {
            if clients.list[index].closed {
                clients.reopen(&target.attacker, index);
                closed += 1;
            } else if clients.list[index].is_idle() {
                clients.queue_bytes(index, &many);
            }
            clients.flush(index);
        }
        clients.poll(Duration::ZERO, |_| {});
        thread::sleep(Duration::from_millis(2)); // leaves the core to the threads that measure
    }
    Figures::from([("closed", f64::from(closed))])
}

/// Log-ins from five addresses that hang up after 3 ms, each with a name of its own.
fn cancelled_log_ins(target: &Target) -> Figures {
    for number in 0..target.count(500) {
        let user = format!("person-{number}");
        let body = json!({ "username": user, "password": PASSWORD }).to_string();
        let mut stream = connect_from(10 + number as u8 % 5, target.server.address);
        let _ = stream.write_all(head(target, "POST /login", body.len()).as_bytes());
        let _ = stream.write_all(body.as_bytes());
        thread::sleep(Duration::from_millis(3));
    }
    wait(target);
    Figures::new()
}

/// Log-ins each second from 200 addresses with wrong passwords, half of them for names that exist. The client of a
/// cancelled one hangs up at once.
fn log_ins(target: &Target, is_cancelled: fn(usize) -> bool) -> Figures {
    const PER_SECOND: u32 = 200;
    let (started, mut open, mut sent) = (Instant::now(), Vec::new(), 0_usize);
    let is_closed = |stream: &mut TcpStream| matches!(stream.read(&mut [0; 1024]), Ok(0));
    while !target.is_over() {
        let name = match sent % 4 {
            0 | 1 => fixture::username(sent % 4),
            _ => format!("nobody-{sent}"),
        };
        let body = json!({ "username": name, "password": "not the password" }).to_string();
        let mut stream = connect_from(10 + (sent % 200) as u8, target.server.address);
        let _ = stream.write_all(head(target, "POST /login", body.len()).as_bytes());
        let _ = stream.write_all(body.as_bytes());
        if !is_cancelled(sent) {
            open.push(stream);
        }
        open.retain_mut(|stream| !is_closed(stream));
        sent += 1;
        let next = started + Duration::from_secs(1) / PER_SECOND * sent as u32;
        thread::sleep(next.saturating_duration_since(Instant::now()));
    }
    let seconds = started.elapsed().as_secs_f64();
    Figures::from([("log_ins_per_s", sent as f64 / seconds)])
}

/// Closed rooms, with another user added or invited to each.
fn rooms(target: &Target) -> Figures {
    let [made, invited] = [AtomicUsize::new(0), AtomicUsize::new(0)];
    let token = &*target.attacker.token;
    let make = |worker: usize| {
        let mut http = HttpClient::connect(target.server.address);
        for number in 0.. {
            if target.is_over() || made.load(Ordering::Relaxed) >= 20_000 {
                return;
            }
            let room = json!({ "name": format!("Room {worker} {number}"), "kind": "closed" });
            let response = http.post("/rooms", token, &room);
            if response.status != 201 {
                continue;
            }
            made.fetch_add(1, Ordering::Relaxed);
            let room: serde_json::Value = serde_json::from_slice(&response.body).expect("JSON");
            let members = format!("/rooms/{}/members", room["id"]);
            let victim = json!({ "username": fixture::username(0) });
            let status = http.post(&members, token, &victim).status;
            invited.fetch_add(
                usize::from(status == 201 || status == 202),
                Ordering::Relaxed,
            );
        }
    };
    thread::scope(|scope| {
        (0..4).for_each(|worker| drop(scope.spawn(move || make(worker))));
    });
    let mut http = HttpClient::connect(target.server.address);
    let victim = &target.fixture.tokens[0];
    let session = format!("Cookie: chatterbox={victim}\r\nAccept: text/html\r\n");
    let page = http.get("/rooms/1", &session);
    Figures::from([
        ("rooms", made.into_inner() as f64),
        ("invited", invited.into_inner() as f64),
        ("page_kb", page.body.len() as f64 / 1024.0),
    ])
}

/// Messages that never end, all but one byte of each.
fn slow_bodies(target: &Target) -> Figures {
    const BODY: usize = 250_000;
    let head = head(target, "POST /rooms/1/messages", BODY);
    let request = [head.as_bytes(), &[b' '; BODY - 1]].concat();
    let connect = |_| connect_from(9, target.server.address);
    let streams: Vec<TcpStream> = (0..target.count(1_000)).map(connect).collect();
    let mut sent = vec![0; streams.len()];
    while !target.is_over() {
        for (mut stream, sent) in streams.iter().zip(&mut sent) {
            *sent += stream.write(&request[*sent..]).unwrap_or(0);
        }
        thread::sleep(Duration::from_millis(1));
    }
    Figures::from([("sent_kb", sent.iter().sum::<usize>() as f64 / 1024.0)])
}

/// 200 messages of 1,000 characters in the first room.
const LONG_MESSAGES: &str = "
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200)
    INSERT INTO messages (room_id, author_id, client_id, body, html, html_version, place, created_rev, rev, created_at)
    SELECT 1, 1, 'long' || i, printf('%.1000c', 'x'), printf('%.1000c', 'x'), 0, 1, i, i, i FROM n;
    UPDATE rooms SET rev = 200 WHERE id = 1;";

/// Large responses that no one reads.
fn unread_responses(target: &Target) -> Figures {
    let request = head(target, "GET /rooms/1/messages?limit=200", 0);
    let connect = |_| {
        let mut stream = connect_from(9, target.server.address);
        let _ = stream.write_all(request.as_bytes());
        stream
    };
    let streams: Vec<TcpStream> = (0..target.count(600)).map(connect).collect();
    wait(target);
    drop(streams);
    Figures::new()
}

/// Idle connections of one address, while others ask for `/health` over connections of their own.
fn connections(target: &Target) -> Figures {
    let server = target.server.address;
    let mut idle: Vec<TcpStream> = (0..1_100).map(|_| connect_from(9, server)).collect();
    let (mut probes, mut refused) = (0_u8, 0);
    while !target.is_over() {
        for stream in &mut idle {
            let read = stream.read(&mut [0]);
            if !read.is_err_and(|e| e.kind() == ErrorKind::WouldBlock) {
                *stream = connect_from(9, server); // the server closed it
            }
        }
        probes += 1;
        refused += u8::from(!is_answered(server, 100 + probes));
        thread::sleep(Duration::from_millis(50));
    }
    Figures::from([
        ("probes", f64::from(probes)),
        ("probes_refused", f64::from(refused)),
    ])
}

fn is_answered(server: SocketAddr, host: u8) -> bool {
    let mut stream = connect_from(host, server);
    let _ = stream.set_nonblocking(false);
    let _ = stream.set_read_timeout(Some(Duration::from_secs(1)));
    let request = format!("GET /health HTTP/1.1\r\nHost: {server}\r\nConnection: close\r\n\r\n");
    let mut response = [0; 12];
    stream.write_all(request.as_bytes()).is_ok()
        && stream.read_exact(&mut response).is_ok()
        && response.ends_with(b" 200")
}

/// 3,000 rooms of the attacker, each with a message.
const MANY_ROOMS: &str = "
    WITH RECURSIVE n(i) AS (SELECT 1001 UNION ALL SELECT i + 1 FROM n WHERE i < 4000)
    INSERT INTO rooms (id, name, kind, created_at, rev) SELECT i, 'Room ' || i, 1, 0, 1 FROM n;
    INSERT INTO members (room_id, user_id, joined_at, role) SELECT id, 4, 0, 0 FROM rooms WHERE id > 1000;
    INSERT INTO messages (room_id, author_id, client_id, body, place, created_rev, rev, created_at)
    SELECT id, 1, 'first' || id, 'hello', 1, 1, 1, 0 FROM rooms WHERE id > 1000;";

/// Marks all rooms as read, again and again.
fn read_marks(target: &Target) -> Figures {
    let mut http = HttpClient::connect(target.server.address);
    let mut count = 0;
    while !target.is_over() {
        let response = http.post("/read", &target.attacker.token, &json!({}));
        count += u32::from(response.status == 204);
    }
    Figures::from([("marked", f64::from(count))])
}

fn wait(target: &Target) {
    thread::sleep(target.end.saturating_duration_since(Instant::now()));
}

/// Head of a JSON request by the attacker.
fn head(target: &Target, start: &str, length: usize) -> String {
    let host = target.server.address;
    let token = &target.fixture.tokens[OTHERS];
    format!(
        "{start} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\nAccept: application/json\r\n\
         Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
    )
}

/// Connects from `127.0.0.host`. Reads and writes do not wait.
fn connect_from(host: u8, server: SocketAddr) -> TcpStream {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
    let _ = socket.set_recv_buffer_size(4 << 10); // little is hidden in the kernel
    let from = SocketAddr::from((Ipv4Addr::new(127, 0, 0, host), 0));
    socket
        .bind(&from.into())
        .expect("an address of this machine");
    let _ = socket.connect_timeout(&server.into(), Duration::from_secs(1));
    let _ = socket.set_nonblocking(true);
    socket.into()
}

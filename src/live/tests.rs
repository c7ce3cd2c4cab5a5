//! Delivery from a log to real streams, TCP and others.

mod sessions;

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWriteExt, DuplexStream, duplex},
    net::{TcpListener, TcpSocket, TcpStream},
    sync::Semaphore,
    task::JoinHandle,
};

use super::{registry::SessionGrant, transport::Transport, *};
use crate::{
    db::ids::{RoomId, SessionId, UserId},
    error::Result,
};

const ROOM: RoomId = RoomId(1);
/// Size of a message (bytes). Far fewer than 100 fit into a stream that is not read.
const LARGE: usize = 1_500;

/// Stand-in for the database: every message up to the newest.
#[derive(Default)]
struct MessageStore {
    newest: AtomicI64,
    reads: AtomicUsize,
    /// Number of texts of clients.
    texts: AtomicUsize,
}

struct EchoHandler(Arc<MessageStore>);

impl SocketHandler for EchoHandler {
    const READS_HTML: bool = true;

    async fn on_open(&mut self) -> Result<Vec<String>> {
        Ok(vec!["hello".into()])
    }

    async fn replay(&mut self, rev: i64) -> Result<Replay> {
        self.0.reads.fetch_add(1, Ordering::SeqCst);
        let newest = self.0.newest.load(Ordering::SeqCst);
        Ok(Replay {
            pieces: (rev + 1..=newest).map(message).collect(),
            rev: newest,
        })
    }

    fn on_text(&mut self, text: String) -> TextReply {
        self.0.texts.fetch_add(1, Ordering::SeqCst);
        Box::pin(async { Some(text) })
    }
}

fn message(rev: i64) -> String {
    format!("<{rev}>{}", "x".repeat(LARGE))
}

struct TestRoom {
    live: Arc<Live>,
    stored: Arc<MessageStore>,
}

impl TestRoom {
    fn empty() -> TestRoom {
        TestRoom {
            live: Live::start(),
            stored: Arc::default(),
        }
    }

    /// Stores and publishes the next messages as one group.
    fn publish(&self, count: i64) {
        for _ in 0..count {
            let rev = self.stored.newest.fetch_add(1, Ordering::SeqCst) + 1;
            let publication = Publication::new(Some(rev), &message(rev), None);
            self.live.publish(ROOM, publication);
        }
        self.live.flush();
    }

    fn serve(&self, transport: Transport) -> JoinHandle<()> {
        self.serve_as(UserId(1), transport, FrameEncoding::Plain)
    }

    /// Opens a TCP connection, and reads its first frame.
    async fn join(&self) -> TcpStream {
        let (transport, mut peer) = tcp().await;
        self.serve(transport);
        assert_eq!(text(&mut peer).await, "hello");
        peer
    }

    /// Sends a publication to the first user alone.
    fn send(&self, text: &str) {
        let publication = Publication::new(None, text, None);
        self.live.send_to(UserId(1), publication);
    }

    fn serve_as(
        &self,
        user: UserId,
        transport: Transport,
        encoding: FrameEncoding,
    ) -> JoinHandle<()> {
        let (live, handler) = (self.live.clone(), EchoHandler(self.stored.clone()));
        let permit = Arc::new(Semaphore::new(1)).try_acquire_owned();
        let permit = Arc::new(permit.expect("the only one"));
        let socket = Socket::new(transport, Bytes::new(), 1024, permit).with_encoding(encoding);
        let grant = SessionGrant {
            session: SessionId(1),
            user,
            expires_at: i64::MAX,
            limited: false,
        };
        tokio::spawn(serve(&live, ROOM, socket, grant, (0, handler)))
    }

    fn reads(&self) -> usize {
        self.stored.reads.load(Ordering::SeqCst)
    }
}

/// Both ends of a TCP connection with small buffers: the server's, and the peer's.
async fn tcp() -> (Transport, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let peer = TcpSocket::new_v4().expect("a socket");
    peer.set_recv_buffer_size(8 << 10).expect("a small buffer");
    let (peer, accepted) = tokio::join!(peer.connect(address), listener.accept());
    let (ours, _) = accepted.expect("a connection");
    let small = socket2::SockRef::from(&ours).set_send_buffer_size(8 << 10);
    small.expect("a small buffer");
    let peer = peer.expect("a connection");
    (Transport::Shared(Arc::new(ours)), peer)
}

fn other() -> (Transport, DuplexStream) {
    let (ours, peer) = duplex(8 << 10);
    (Transport::Owned(Box::new(ours)), peer)
}

/// Reads frames until the message `last`. Returns the revs of all messages in them.
async fn revs_until(peer: &mut (impl AsyncRead + Unpin), last: i64) -> Vec<i64> {
    let mut revs = Vec::new();
    while revs.last() != Some(&last) {
        revs.extend(rev_of(&text(peer).await));
    }
    revs
}

/// Rev of a message; `None` for other texts.
fn rev_of(text: &str) -> Option<i64> {
    let (rev, _) = text.strip_prefix('<')?.split_once('>')?;
    Some(rev.parse().expect("a number"))
}

/// Payload of the next frame.
async fn text(peer: &mut (impl AsyncRead + Unpin)) -> String {
    let read = async {
        assert_eq!(peer.read_u8().await.expect("a frame"), 0x81);
        let len = match peer.read_u8().await.expect("a length") {
            126 => peer.read_u16().await.expect("a length").into(),
            short => usize::from(short),
        };
        let mut text = vec![0; len];
        peer.read_exact(&mut text).await.expect("a payload");
        String::from_utf8(text).expect("UTF-8")
    };
    let read = tokio::time::timeout(Duration::from_secs(20), read);
    read.await.expect("the next frame comes")
}

#[tokio::test]
async fn a_connection_with_many_frames_lets_others_run_after_a_few() {
    const FRAMES: usize = 400;
    let (room, (transport, mut peer)) = (TestRoom::empty(), other());
    let frame = *b"\x81\x81\0\0\0\0x"; // a masked text of one letter
    let written = peer.write_all(&frame.repeat(FRAMES)).await;
    written.expect("it fits into the stream");
    room.serve(transport);
    let (mut handled, mut most_in_a_turn) = (0, 0);
    while handled < FRAMES {
        tokio::task::yield_now().await;
        let now = room.stored.texts.load(Ordering::SeqCst);
        most_in_a_turn = most_in_a_turn.max(now - handled);
        handled = now;
    }
    assert!(most_in_a_turn <= 8, "{most_in_a_turn}");
}

async fn receives_every_group(transport: Transport, mut peer: impl AsyncRead + Unpin) {
    let (room, peer) = (TestRoom::empty(), &mut peer);
    room.serve(transport);
    assert_eq!(text(peer).await, "hello");
    for burst in [1, 2, 64, 1, 100, 7] {
        let before = room.stored.newest.load(Ordering::SeqCst);
        room.publish(burst);
        let last = before + burst;
        let all: Vec<i64> = (before + 1..=last).collect();
        assert_eq!(revs_until(peer, last).await, all);
    }
    assert_eq!(room.reads(), 1, "the database was read once, at the start");
}

#[tokio::test]
async fn every_kind_of_stream_receives_every_group_once_and_in_order() {
    let (transport, peer) = tcp().await;
    receives_every_group(transport, peer).await;
    let (transport, peer) = other();
    receives_every_group(transport, peer).await;
}

#[tokio::test]
async fn a_reader_that_stalled_continues_from_the_log_or_the_database_and_then_live() {
    for (count, is_in_log) in [(500, true), (2_000, true), (8_000, false)] {
        let room = TestRoom::empty();
        let mut peer = room.join().await;
        (0..count / 10).for_each(|_| room.publish(10));
        let all: Vec<i64> = (1..=count).collect();
        assert_eq!(revs_until(&mut peer, count).await, all);
        assert_eq!(room.reads() == 1, is_in_log, "{count} messages");
        room.publish(1);
        assert_eq!(revs_until(&mut peer, count + 1).await, [count + 1]);
    }
}

#[tokio::test]
async fn posts_wait_for_readers_that_are_late_but_not_for_one_that_has_stalled() {
    let room = TestRoom::empty();
    let mut peer = room.join().await;
    let channel = room.live.channel(ROOM);
    let until = async |is_congested: bool| {
        while is_admitted(&channel) == is_congested {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    assert!(is_admitted(&channel));
    room.publish(1_000);
    until(true).await;
    let Admission::Later(turn) = channel.admit() else {
        panic!("the reader is still late");
    };
    let (revs, ()) = tokio::join!(revs_until(&mut peer, 1_000), turn.wait());
    assert_eq!(revs.len(), 1_000);
    assert!(!is_admitted(&channel), "a post that waited is first");
    drop(turn);
    assert!(is_admitted(&channel));

    room.publish(1_000);
    until(true).await;
    until(false).await;
    assert_eq!(revs_until(&mut peer, 2_000).await.len(), 1_000);
}

#[tokio::test]
async fn few_posts_wait_for_late_readers_and_further_ones_are_refused() {
    let room = TestRoom::empty();
    let _peer = room.join().await;
    let channel = room.live.channel(ROOM);
    room.publish(1_000);
    while is_admitted(&channel) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let mut waiting = Vec::new();
    while let Admission::Later(turn) = channel.admit() {
        waiting.push(turn);
    }
    assert_eq!(waiting.len(), 128);
    assert!(matches!(channel.admit(), Admission::Refused));
    waiting.pop();
    assert!(matches!(channel.admit(), Admission::Later(_)));
}

fn is_admitted(channel: &Arc<channel::Channel>) -> bool {
    matches!(channel.admit(), Admission::Now)
}

#[tokio::test]
async fn replies_are_never_inside_a_publication() {
    let room = TestRoom::empty();
    let mut peer = room.join().await;
    let (mut from, mut to) = peer.split();
    let send = async {
        for _ in 0..100 {
            let sent = to.write_all(b"\x81\x82\0\0\0\0hi");
            sent.await.expect("the server reads");
            room.publish(3);
        }
    };
    let receive = async {
        let mut seen = BTreeMap::new();
        while seen.values().sum::<usize>() < 400 {
            let text = text(&mut from).await;
            let kind = if text == "hi" { "answer" } else { "message" };
            *seen.entry(kind).or_insert(0) += 1;
        }
        seen
    };
    let (seen, ()) = tokio::join!(receive, send);
    assert_eq!(seen, BTreeMap::from([("answer", 100), ("message", 300)]));
}

#[tokio::test]
async fn messages_of_a_reader_that_is_behind_are_read_all_the_same() {
    let room = TestRoom::empty();
    let (transport, mut peer) = other();
    room.serve(transport);
    assert_eq!(text(&mut peer).await, "hello");
    room.publish(200);
    assert_eq!(revs_until(&mut peer, 1).await, [1]); // the rest does not fit
    let question = peer.write_all(b"\x81\x85\0\0\0\0still");
    question.await.expect("there is room");
    let mut revs = Vec::new();
    let answer = loop {
        let text = text(&mut peer).await;
        match rev_of(&text) {
            Some(rev) => revs.push(rev),
            None => break text,
        }
    };
    assert_eq!(answer, "still");
    assert!(revs.len() < 150, "{} messages before it", revs.len());
    revs.extend(revs_until(&mut peer, 200).await);
    assert!(revs.into_iter().eq(2..=200), "once each, in order");
}

#[tokio::test]
async fn a_closed_connection_receives_nothing_more() {
    let room = TestRoom::empty();
    let (transport, mut peer) = tcp().await;
    let served = room.serve(transport);
    assert_eq!(text(&mut peer).await, "hello");
    room.publish(1);
    assert_eq!(revs_until(&mut peer, 1).await, [1]);
    room.live.registry().end_session(UserId(1), SessionId(1));
    room.publish(1);
    ends_with_its_session(&mut peer).await;
    drop(peer);
    served.await.expect("it does not panic");
}

#[tokio::test]
async fn publications_are_compressed_only_where_agreed() {
    let room = TestRoom::empty();
    let (plain, mut reader) = tcp().await;
    let (compressed, mut other) = tcp().await;
    room.serve(plain);
    room.serve_as(UserId(1), compressed, FrameEncoding::Compressed);
    assert_eq!(text(&mut reader).await, "hello");
    assert_eq!(text(&mut other).await, "hello", "too short to be worth it");
    room.publish(3);
    assert_eq!(revs_until(&mut reader, 3).await, [1, 2, 3]);
    for rev in 1..=3 {
        let frame = frame::compressed_text(message(rev).as_bytes()).expect("it shrinks");
        let mut received = vec![0; frame.len()];
        let read = other.read_exact(&mut received).await;
        read.expect("a whole frame");
        assert_eq!(received, frame);
    }
}

#[tokio::test]
async fn a_reader_that_stalled_delays_no_other() {
    let room = TestRoom::empty();
    let (_stalled, mut reader) = (room.join().await, room.join().await);
    for last in (10..=400).step_by(10) {
        room.publish(10);
        let all: Vec<i64> = (last - 9..=last).collect();
        assert_eq!(revs_until(&mut reader, last).await, all);
    }
}

#[tokio::test]
async fn a_publication_to_a_user_reaches_all_their_connections_in_order_and_no_one_else() {
    let room = TestRoom::empty();
    let mut first = room.join().await;
    let (transport, mut second) = other();
    room.serve(transport);
    let (transport, mut stranger) = tcp().await;
    room.serve_as(UserId(2), transport, FrameEncoding::Plain);
    assert_eq!(text(&mut stranger).await, "hello");
    assert_eq!(text(&mut second).await, "hello");
    for number in 0..20 {
        room.send(&format!("for you {number}"));
        tokio::task::yield_now().await;
    }
    for number in 0..20 {
        let expected = format!("for you {number}");
        assert_eq!(text(&mut first).await, expected);
        assert_eq!(text(&mut second).await, expected);
    }
    room.publish(1);
    let next = text(&mut stranger).await;
    assert_eq!(next, message(1), "nothing came before it");
}

#[tokio::test]
async fn publications_to_a_user_and_to_a_room_do_not_disturb_each_other() {
    let room = TestRoom::empty();
    let mut peer = room.join().await;
    let send = async {
        for number in 0..100 {
            room.send(&number.to_string());
            room.publish(3);
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    let receive = async {
        let (mut personal, mut revs) = (Vec::new(), Vec::new());
        while personal.len() < 100 || revs.len() < 300 {
            let text = text(&mut peer).await;
            match rev_of(&text) {
                Some(rev) => revs.push(rev),
                None => personal.push(text.parse::<i64>().expect("a number")),
            }
        }
        (personal, revs)
    };
    let ((personal, revs), ()) = tokio::join!(receive, send);
    assert!(personal.into_iter().eq(0..100));
    assert!(revs.into_iter().eq(1..=300));
}

#[tokio::test]
async fn a_stalled_connection_is_closed_when_its_queue_is_full_and_delays_no_other() {
    let room = TestRoom::empty();
    let (transport, mut stalled) = tcp().await;
    let served = room.serve(transport);
    assert_eq!(text(&mut stalled).await, "hello", "it reads no more");
    let mut reader = room.join().await;
    let large = "x".repeat(LARGE);
    for _ in 0..1_000 {
        room.send(&large);
        assert_eq!(text(&mut reader).await, large);
    }
    let end = tokio::time::timeout(Duration::from_secs(20), served);
    end.await.expect("it is closed").expect("it does not panic");
}

/// The clock advances only while all tasks are idle.
#[tokio::test(start_paused = true)]
async fn half_a_minute_without_progress_closes_a_connection() {
    let room = TestRoom::empty();
    room.stored.newest.store(100, Ordering::SeqCst); // more than the stream holds
    let (transport, peer) = other();
    let started = tokio::time::Instant::now();
    room.serve(transport).await.expect("it does not panic");
    assert_eq!(started.elapsed(), Duration::from_secs(30));
    drop(peer);

    let (transport, mut peer) = other();
    let served = room.serve(transport);
    let started = tokio::time::Instant::now();
    let mut some = vec![0; 8 << 10];
    while started.elapsed() < Duration::from_secs(200) {
        tokio::time::sleep(Duration::from_secs(25)).await;
        peer.read_exact(&mut some).await.expect("it goes on");
    }
    assert!(!served.is_finished());
}

/// Asserts that the server ends the stream with the close frame of an ended session and sends nothing else.
async fn ends_with_its_session(peer: &mut TcpStream) {
    let mut rest = Vec::new();
    let end = tokio::time::timeout(Duration::from_secs(20), peer.read_to_end(&mut rest));
    end.await.expect("the stream ends").expect("in good order");
    assert_eq!(rest, frame::close(1008, "log in again"), "and nothing else");
}

//! One WebSocket on its stream: reads events, writes frames under a deadline, and closes cleanly.

use std::{
    cell::RefCell,
    future::poll_fn,
    io::{self, IoSlice},
    sync::Arc,
    task::{Poll, ready},
    time::{Duration, Instant},
};

use bytes::{Bytes, BytesMut};
use tokio::{net::TcpStream, task::coop::consume_budget, time::timeout};

use super::{
    frame::{self, Decoder, FrameEvent, FrameRate, Opcode, Violation},
    publication::FrameEncoding,
    transport::Transport,
};

/// Write that makes no progress for this long ends the connection.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);
/// Time for the peer to answer our close frame.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);
/// Maximum number of frames in one system call.
const BUFFERS: usize = 128;
/// Size of a read (bytes). All connections of a thread share one buffer.
const READ_SIZE: usize = 16 << 10;

thread_local! {
    static READ_BUFFER: RefCell<Vec<u8>> = RefCell::new(vec![0; READ_SIZE]);
}

/// Message from the client. Control frames are answered by [`Socket::handle_control`].
#[derive(Debug)]
pub enum Received {
    /// Text message.
    Text(String),
    /// Binary message.
    Binary(Vec<u8>),
    /// Ping or pong, for which nothing is left to do.
    Control,
    /// The connection is closed, cleanly or not.
    Closed,
}

/// Open connection. Dropping it closes the stream without a close frame.
pub struct Socket {
    transport: Transport,
    inbox: BytesMut,
    decoder: Decoder,
    encoding: FrameEncoding,
    /// Time of the oldest ping after which nothing was received.
    unanswered_ping: Option<Instant>,
    _permit: Arc<dyn Send + Sync>,
}

impl Socket {
    /// Takes over a stream after the response 101. `early` holds bytes that the peer has already sent. `permit` is
    /// released when the socket is dropped.
    pub fn new(
        transport: Transport,
        early: Bytes,
        max_message: usize,
        permit: Arc<dyn Send + Sync>,
    ) -> Socket {
        Socket {
            transport,
            inbox: BytesMut::from(&early[..]),
            decoder: Decoder::new(max_message),
            encoding: FrameEncoding::Plain,
            unanswered_ping: None,
            _permit: permit,
        }
    }

    /// Uses this encoding in both directions from now on.
    pub fn with_encoding(self, encoding: FrameEncoding) -> Socket {
        let decoder = match encoding {
            FrameEncoding::Plain => self.decoder,
            FrameEncoding::Compressed => self.decoder.accepting_compressed(),
        };
        Socket {
            decoder,
            encoding,
            ..self
        }
    }

    /// Closes the connection with 1013 when the client sends more frames.
    pub fn with_frame_rate(self, rate: FrameRate) -> Socket {
        Socket {
            decoder: self.decoder.limited_to(rate),
            ..self
        }
    }

    /// The stream, if the publisher can write to it as well.
    pub fn shared_stream(&self) -> Option<Arc<TcpStream>> {
        match &self.transport {
            Transport::Shared(stream) => Some(stream.clone()),
            Transport::Owned(_) => None,
        }
    }

    /// Time since the oldest ping after which nothing was received; zero if there is none.
    pub fn time_since_unanswered_ping(&self) -> Duration {
        let ping = self.unanswered_ping;
        ping.map_or(Duration::ZERO, |at| at.elapsed())
    }

    /// Next control frame or whole message; `None` at the end of the stream. Cancel-safe. A client that sends frames
    /// without end takes turns with the other tasks, although its frames are in memory already.
    pub async fn next(&mut self) -> Result<Option<FrameEvent>, Violation> {
        consume_budget().await;
        loop {
            if let Some(event) = self.decoder.next(&mut self.inbox)? {
                return Ok(Some(event));
            }
            if self.inbox.is_empty() {
                self.inbox = BytesMut::new(); // an idle connection holds no buffer
            }
            match self.fill().await {
                Ok(0) | Err(_) => return Ok(None),
                Ok(_) => self.unanswered_ping = None,
            }
        }
    }

    async fn fill(&mut self) -> io::Result<usize> {
        let (transport, inbox) = (&mut self.transport, &mut self.inbox);
        poll_fn(|cx| {
            READ_BUFFER.with_borrow_mut(|buffer| {
                let count = ready!(transport.poll_read(cx, buffer))?;
                inbox.extend_from_slice(&buffer[..count]);
                Poll::Ready(Ok(count))
            })
        })
        .await
    }

    /// Answers control frames and violations, and returns the rest to the caller. Not cancel-safe.
    pub async fn handle_control(
        &mut self,
        event: Result<Option<FrameEvent>, Violation>,
    ) -> Received {
        match event {
            Ok(Some(FrameEvent::Text(text))) => Received::Text(text),
            Ok(Some(FrameEvent::Binary(bytes))) => Received::Binary(bytes),
            Ok(Some(FrameEvent::Pong(_))) => Received::Control,
            Ok(Some(FrameEvent::Ping(payload))) => {
                match self.write(&[frame::frame(Opcode::Pong, &payload)]).await {
                    Ok(()) => Received::Control,
                    Err(_) => Received::Closed,
                }
            }
            Ok(Some(FrameEvent::Close(reason))) => {
                let code = reason.map_or(1000, |(code, _)| code);
                let _ = self.write(&[frame::close(code, "")]).await;
                let _ = self.shut_down().await;
                Received::Closed
            }
            Err(violation) => {
                self.close(violation.code, violation.reason).await;
                Received::Closed
            }
            Ok(None) => Received::Closed,
        }
    }

    /// Ping for the caller to write. Anything received after it resets [`Socket::time_since_unanswered_ping`].
    pub fn ping(&mut self) -> Vec<u8> {
        self.unanswered_ping.get_or_insert_with(Instant::now);
        frame::frame(Opcode::Ping, b"")
    }

    /// Encoding that was agreed with the peer.
    pub fn encoding(&self) -> FrameEncoding {
        self.encoding
    }

    /// Encodes one text message for this peer.
    pub fn encode_text(&self, text: &str) -> Bytes {
        let compressed = match self.encoding {
            FrameEncoding::Plain => None,
            FrameEncoding::Compressed => frame::compressed_text(text.as_bytes()),
        };
        compressed.unwrap_or_else(|| frame::text_message(text))
    }

    /// Writes encoded frames; `TimedOut` after 30 s without progress. The frames are not joined, so that slow
    /// connections share the bytes that wait for them. Not cancel-safe: nothing can follow a frame that is cut.
    pub async fn write(&mut self, mut frames: &[impl AsRef<[u8]>]) -> io::Result<()> {
        // Number of written bytes from the start of `frames`.
        let mut cut = 0;
        while let [first, rest @ ..] = frames {
            if first.as_ref().len() <= cut {
                (frames, cut) = (rest, cut - first.as_ref().len());
                continue;
            }
            let write = poll_fn(|cx| {
                let mut buffers = [IoSlice::new(&[]); BUFFERS];
                for (buffer, frame) in buffers.iter_mut().zip(frames) {
                    *buffer = IoSlice::new(frame.as_ref());
                }
                buffers[0] = IoSlice::new(&first.as_ref()[cut..]);
                let count = frames.len().min(BUFFERS);
                self.transport.poll_write(cx, &buffers[..count])
            });
            let written = timeout(WRITE_TIMEOUT, write).await??;
            if written == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
            cut += written;
        }
        timeout(WRITE_TIMEOUT, poll_fn(|cx| self.transport.poll_flush(cx))).await?
    }

    async fn shut_down(&mut self) -> io::Result<()> {
        let shutdown = poll_fn(|cx| self.transport.poll_shutdown(cx));
        timeout(CLOSE_TIMEOUT, shutdown).await?
    }

    /// Sends a close frame and waits briefly for the answer (RFC 6455, section 7.1).
    pub async fn close(&mut self, code: u16, reason: &str) {
        if self.write(&[frame::close(code, reason)]).await.is_err() {
            return;
        }
        let _ = self.shut_down().await;
        let drain = async {
            while self.fill().await.is_ok_and(|count| count > 0) {
                self.inbox.clear();
            }
        };
        let _ = timeout(CLOSE_TIMEOUT, drain).await;
    }
}

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
        sync::Semaphore,
    };

    use super::*;

    /// A socket that has received `early` bytes, and its peer.
    async fn pair(early: Bytes) -> (Socket, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let (peer, accepted) = tokio::join!(TcpStream::connect(address), listener.accept());
        let permit = Arc::new(Semaphore::new(1)).try_acquire_owned();
        let permit = permit.expect("the only one");
        let (stream, _) = accepted.expect("a connection");
        let transport = Transport::Shared(Arc::new(stream));
        let socket = Socket::new(transport, early, 1024, Arc::new(permit));
        (socket, peer.expect("a connection"))
    }

    #[tokio::test]
    async fn frames_in_memory_do_not_hold_up_other_tasks() {
        const FRAMES: usize = 10_000;
        let pong = [0x8A, 0x80, 0, 0, 0, 0];
        let (mut socket, _peer) = pair(Bytes::from(pong.repeat(FRAMES))).await;
        let reader = tokio::spawn(async move {
            for _ in 0..FRAMES {
                let event = socket.next().await;
                assert!(matches!(event, Ok(Some(FrameEvent::Pong(_)))));
            }
        });
        let mut turns = 0;
        while !reader.is_finished() {
            turns += 1;
            tokio::task::yield_now().await;
        }
        reader.await.expect("all frames are read");
        assert!(turns > FRAMES / 1000, "{turns} turns of another task");
    }

    #[tokio::test]
    async fn frames_of_any_size_arrive_whole_at_a_slow_peer() {
        let (mut socket, mut peer) = pair(Bytes::new()).await;
        let lengths = (0..700).map(|n| n % 90).chain([20_000_000, 0, 1, 200_000]);
        let frames: Vec<Bytes> = lengths
            .enumerate()
            .map(|(n, length)| (0..length).map(|at| (n + at % 251) as u8).collect())
            .collect();
        let expected = frames.concat();
        let writing = tokio::spawn(async move {
            socket.write(&frames).await.expect("the peer reads");
            socket.write(&[b""; 0]).await.expect("nothing to write");
        });
        let mut received = Vec::new();
        let mut part = vec![0; 7919];
        while received.len() < expected.len() {
            let count = peer.read(&mut part).await.expect("the socket is there");
            received.extend_from_slice(&part[..count]);
        }
        assert!(received == expected);
        writing.await.expect("all is written");
    }

    #[tokio::test]
    async fn a_ping_is_unanswered_until_anything_is_received() {
        let (mut socket, mut peer) = pair(Bytes::new()).await;
        assert_eq!(socket.time_since_unanswered_ping(), Duration::ZERO);
        let ping = socket.ping();
        socket.write(&[ping]).await.expect("the peer is there");
        while socket.time_since_unanswered_ping() < Duration::from_millis(2) {
            tokio::task::yield_now().await;
        }
        let elapsed = socket.time_since_unanswered_ping();
        socket.ping(); // does not reset it
        assert!(socket.time_since_unanswered_ping() >= elapsed);
        let pong = peer.write_all(&[0x8A, 0x80, 0, 0, 0, 0]);
        pong.await.expect("the socket is there");
        assert!(matches!(socket.next().await, Ok(Some(FrameEvent::Pong(_)))));
        assert_eq!(socket.time_since_unanswered_ping(), Duration::ZERO);
    }
}

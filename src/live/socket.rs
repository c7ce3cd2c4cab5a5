//! One WebSocket on its TCP stream: reads events, writes frames under a deadline, closes in good order.

use std::{
    cell::RefCell,
    future::poll_fn,
    io,
    sync::Arc,
    task::{Poll, ready},
    time::{Duration, Instant},
};

use bytes::{Bytes, BytesMut};
use tokio::{net::TcpStream, sync::OwnedSemaphorePermit, time::timeout};

use super::{
    frame::{self, Decoder, Event, Opcode, Violation},
    publication::FrameEncoding,
    transport::Transport,
};

/// A write that makes no progress for this long ends the connection.
const STALLED: Duration = Duration::from_secs(30);
/// How long the peer may take to answer our close frame.
const FAREWELL: Duration = Duration::from_secs(2);
/// Bytes taken from the kernel at once; the buffer is shared by all connections of a thread.
const READ: usize = 16 << 10;

thread_local! {
    static SCRATCH: RefCell<Vec<u8>> = RefCell::new(vec![0; READ]);
}

/// What a peer said, after control frames have been dealt with.
#[derive(Debug)]
pub enum Received {
    /// A text message.
    Text(String),
    /// A binary message.
    Binary(Vec<u8>),
    /// A ping or pong; nothing to do.
    Control,
    /// The connection is over, cleanly or not.
    Closed,
}

/// An open connection. Dropping it closes the stream without a word.
pub struct Socket {
    transport: Transport,
    inbox: BytesMut,
    decoder: Decoder,
    encoding: FrameEncoding,
    /// When the oldest ping that nothing came after was sent.
    pinged_at: Option<Instant>,
    _place: Arc<OwnedSemaphorePermit>,
}

impl Socket {
    /// Takes over a stream after the 101; `early` is what the peer sent meanwhile.
    pub fn new(
        transport: Transport,
        early: Bytes,
        max_message: usize,
        place: Arc<OwnedSemaphorePermit>,
    ) -> Socket {
        let decoder = Decoder::new(max_message);
        let inbox = BytesMut::from(&early[..]);
        Socket {
            transport,
            inbox,
            decoder,
            encoding: FrameEncoding::Plain,
            pinged_at: None,
            _place: place,
        }
    }

    /// Takes and sends messages in this encoding from now on.
    pub fn with_encoding(mut self, encoding: FrameEncoding) -> Socket {
        self.encoding = encoding;
        if encoding == FrameEncoding::Compressed {
            self.decoder = self.decoder.accepting_compressed();
        }
        self
    }

    /// The stream, if somebody else may write to it between two frames.
    pub fn shared_stream(&self) -> Option<Arc<TcpStream>> {
        match &self.transport {
            Transport::Shared(stream) => Some(stream.clone()),
            Transport::Own(_) => None,
        }
    }

    /// How long the peer has owed a sign of life: the time since a ping that nothing came after.
    pub fn time_since_unanswered_ping(&self) -> Duration {
        self.pinged_at.map_or(Duration::ZERO, |at| at.elapsed())
    }

    /// The next frame or message. Cancel-safe: nothing is lost when another branch of a `select!` wins.
    pub async fn next(&mut self) -> Result<Option<Event>, Violation> {
        loop {
            if let Some(event) = self.decoder.next(&mut self.inbox)? {
                return Ok(Some(event));
            }
            if self.inbox.is_empty() {
                self.inbox = BytesMut::new(); // an idle connection holds no buffer
            }
            match self.fill().await {
                Ok(0) | Err(_) => return Ok(None),
                Ok(_) => self.pinged_at = None,
            }
        }
    }

    async fn fill(&mut self) -> io::Result<usize> {
        let (transport, inbox) = (&mut self.transport, &mut self.inbox);
        poll_fn(|cx| {
            SCRATCH.with_borrow_mut(|scratch| {
                let count = ready!(transport.poll_read(cx, scratch))?;
                inbox.extend_from_slice(&scratch[..count]);
                Poll::Ready(Ok(count))
            })
        })
        .await
    }

    /// Answers control frames and violations, and says what is left for the caller. Not cancel-safe.
    pub async fn handle_control(&mut self, event: Result<Option<Event>, Violation>) -> Received {
        match event {
            Ok(Some(Event::Text(text))) => Received::Text(text),
            Ok(Some(Event::Binary(bytes))) => Received::Binary(bytes),
            Ok(Some(Event::Pong(_))) => Received::Control,
            Ok(Some(Event::Ping(payload))) => match self.control(Opcode::Pong, &payload).await {
                Ok(()) => Received::Control,
                Err(_) => Received::Closed,
            },
            Ok(Some(Event::Close(said))) => {
                let echo = said.map_or_else(
                    || frame::close(1000, ""),
                    |(code, _)| frame::close(code, ""),
                );
                let _ = self.write(&echo).await;
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

    /// A ping to be written; any frame in answer resets [`Socket::time_since_unanswered_ping`].
    pub fn ping(&mut self) -> Vec<u8> {
        self.pinged_at.get_or_insert_with(Instant::now);
        let mut out = Vec::new();
        frame::encode(&mut out, Opcode::Ping, b"");
        out
    }

    /// How this peer takes frames.
    pub fn encoding(&self) -> FrameEncoding {
        self.encoding
    }

    /// One text message as this peer takes it.
    pub fn encode_text(&self, text: &str) -> Bytes {
        match self.encoding {
            FrameEncoding::Plain => frame::text_message(text),
            FrameEncoding::Compressed => {
                frame::compressed_text(text.as_bytes()).unwrap_or_else(|| frame::text_message(text))
            }
        }
    }

    async fn control(&mut self, opcode: Opcode, payload: &[u8]) -> io::Result<()> {
        let mut out = Vec::with_capacity(payload.len() + 2);
        frame::encode(&mut out, opcode, payload);
        self.write(&out).await
    }

    /// Writes encoded frames. Not cancel-safe: a frame cut short ends the connection's meaning.
    ///
    /// # Errors
    /// `TimedOut` after 30 s without progress, or what the stream says.
    pub async fn write(&mut self, mut frames: &[u8]) -> io::Result<()> {
        while !frames.is_empty() {
            let write = poll_fn(|cx| self.transport.poll_write(cx, frames));
            let written = timeout(STALLED, write).await??;
            if written == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
            frames = &frames[written..];
        }
        timeout(STALLED, poll_fn(|cx| self.transport.poll_flush(cx))).await?
    }

    async fn shut_down(&mut self) -> io::Result<()> {
        timeout(FAREWELL, poll_fn(|cx| self.transport.poll_shutdown(cx))).await?
    }

    /// Sends a close frame and waits a moment for the answer (RFC 6455, section 7.1).
    pub async fn close(&mut self, code: u16, reason: &str) {
        if self.write(&frame::close(code, reason)).await.is_err() {
            return;
        }
        let _ = self.shut_down().await;
        let drain = async {
            while self.fill().await.is_ok_and(|count| count > 0) {
                self.inbox.clear()
            }
        };
        let _ = timeout(FAREWELL, drain).await;
    }
}

#[cfg(test)]
mod tests {
    use tokio::{io::AsyncWriteExt, net::TcpListener, sync::Semaphore};

    use super::*;

    async fn pair() -> (Socket, TcpStream) {
        let subscriber = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = subscriber.local_addr().expect("an address");
        let (peer, accepted) = tokio::join!(TcpStream::connect(address), subscriber.accept());
        let place = Arc::new(Semaphore::new(1))
            .try_acquire_owned()
            .expect("the only one");
        let (stream, _) = accepted.expect("a connection");
        let transport = Transport::Shared(Arc::new(stream));
        let socket = Socket::new(transport, Bytes::new(), 1024, Arc::new(place));
        (socket, peer.expect("a connection"))
    }

    #[tokio::test]
    async fn silence_begins_with_a_ping_and_ends_with_any_answer() {
        let (mut socket, mut peer) = pair().await;
        assert_eq!(
            socket.time_since_unanswered_ping(),
            Duration::ZERO,
            "nobody asked yet"
        );
        let ping = socket.ping();
        socket.write(&ping).await.expect("the peer is there");
        while socket.time_since_unanswered_ping() < Duration::from_millis(2) {
            tokio::task::yield_now().await;
        }
        let silent = socket.time_since_unanswered_ping();
        socket.ping();
        assert!(
            socket.time_since_unanswered_ping() >= silent,
            "a second ping does not begin it anew"
        );
        peer.write_all(&[0x8A, 0x80, 0, 0, 0, 0])
            .await
            .expect("a pong is taken");
        assert!(matches!(socket.next().await, Ok(Some(Event::Pong(_)))));
        assert_eq!(socket.time_since_unanswered_ping(), Duration::ZERO);
    }
}

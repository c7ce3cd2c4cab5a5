//! Loop of one connection: delivers what follows its cursor, reads from the peer, sends heartbeats.

use std::{
    collections::VecDeque,
    convert::Infallible,
    future::{Future, ready},
    pin::{Pin, pin},
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use tokio::{
    task::yield_now,
    time::{Instant, Sleep, sleep, timeout},
};

use super::{
    channel::Channel,
    close_reason::CloseReason,
    cursor::Cursor,
    frame::{FrameEvent, Violation},
    handler::{REPLAY_LIMIT, SocketHandler, TextReply},
    hub::Live,
    log::{LogRead, STEP_BYTES},
    publication::Publication,
    registry::{Registration, SessionGrant},
    socket::{Received, Socket},
    subscriber::{DirectWriter, Subscriber},
};
use crate::{
    db::{ids::RoomId, time},
    error::{Error, Result},
};

/// Interval of pings and of the handler's heartbeats.
const HEARTBEAT_INTERVAL: Duration = Duration::from_secs(20);
/// Time after which a peer that has not answered a ping is considered gone.
const PING_TIMEOUT: Duration = Duration::from_secs(45);
/// The time for the rest of an unfinished write when the connection is being closed.
const FINAL_WRITE_TIMEOUT: Duration = Duration::from_millis(500);

/// Maximum number of messages whose replies are pending. While it is reached, nothing is read.
const MAX_PENDING_REPLIES: usize = 64;

/// Number of frames after which a connection lets the other tasks run, although more frames are in memory already.
const FRAMES_A_TURN: u8 = 4;

/// The stream is over, so no close frame can be sent.
const CONNECTION_LOST: CloseReason = CloseReason(1006, "");

/// Serves `socket` in a room until one side closes it. `after` is the newest rev that the client has, or 0.
///
/// Deliberately not an `async fn`, which would store its arguments twice in every connection's future.
pub fn serve<H: SocketHandler + 'static>(
    live: &Live,
    room: RoomId,
    socket: Socket,
    grant: SessionGrant,
    (after, handler): (i64, H),
) -> impl Future<Output = ()> + Send + use<H> {
    let encoding = socket.encoding();
    let stream = socket.shared_stream().filter(|_| H::READS_HTML);
    let direct = stream.map(|stream| DirectWriter { stream, encoding });
    let subscriber = Arc::new(Subscriber::new(direct, grant.expires_at));
    let registration = live.registry().register(grant, room, subscriber.clone());
    let channel = live.channel(room);
    let subscription = channel.subscribe(subscriber.clone());
    let mut connection = Connection {
        socket,
        channel,
        subscriber,
        handler,
        replies: VecDeque::new(),
        frames: 0,
    };
    async move {
        let Err(reason) = match &registration {
            Ok(registration) => connection.run(after, registration).await,
            Err(reason) => Err(*reason),
        };
        Box::pin(connection.close(reason)).await;
        drop((registration, subscription));
    }
}

struct Connection<H> {
    socket: Socket,
    channel: Arc<Channel>,
    subscriber: Arc<Subscriber>,
    handler: H,
    replies: VecDeque<TextReply>,
    /// Number of frames in this turn.
    frames: u8,
}

impl<H: SocketHandler> Connection<H> {
    /// Runs until there is a reason to close. Rare steps are boxed, so that an idle connection is small.
    async fn run(
        &mut self,
        after: i64,
        registration: &Registration,
    ) -> Result<Infallible, CloseReason> {
        Box::pin(self.handler.authorize()).await?;
        let cursor = Box::pin(self.open(after)).await?;
        self.handler.on_ready();
        self.subscriber.set_cursor(cursor);
        let (mut heartbeat, mut has_more) = (pin!(sleep(self.until_heartbeat())), true);
        loop {
            tokio::select! {
                biased; // an answer to a ping is read before the timeout is checked
                event = self.socket.next(), if self.replies.len() < MAX_PENDING_REPLIES => {
                    Box::pin(self.handle(event, registration)).await?;
                }
                reply = next_reply(&mut self.replies) => {
                    Box::pin(self.interrupt(reply.into_iter().collect())).await?;
                }
                () = self.handler.invalidated() => Box::pin(self.send_updates()).await?,
                () = heartbeat.as_mut() => Box::pin(self.heartbeat(heartbeat.as_mut())).await?,
                () = self.subscriber.woken(), if !has_more => {}
                () = ready(()), if has_more => {} // the peer is read between two deliveries
            }
            has_more = Box::pin(self.deliver_next()).await?;
        }
    }

    /// Starts from the log if it reaches back to `after` and holds few enough changes, else from the database.
    async fn open(&mut self, after: i64) -> Result<Cursor, CloseReason> {
        match self.channel.cursor_after(after, REPLAY_LIMIT) {
            Some(cursor) if after > 0 => {
                self.subscriber.set_cursor(cursor);
                self.send_opening().await?;
                Ok(cursor)
            }
            _ => self.recover(after).await,
        }
    }

    /// Sends what the database has after `rev`, and the state that only publications carry. The cursor is taken first,
    /// so that nothing is missed in between; what is in both is skipped by its rev.
    async fn recover(&mut self, rev: i64) -> Result<Cursor, CloseReason> {
        let mut cursor = self.channel.cursor_at_head(rev);
        self.subscriber.set_cursor(cursor);
        self.send_opening().await?;
        let replay = self.handler.replay(rev).await.map_err(server_error)?;
        self.send_texts(replay.pieces).await?;
        cursor.rev = replay.rev;
        Ok(cursor)
    }

    async fn send_opening(&mut self) -> Result<(), CloseReason> {
        let texts = self.handler.on_open().await.map_err(server_error)?;
        self.send_texts(texts).await
    }

    async fn send_updates(&mut self) -> Result<(), CloseReason> {
        let updates = self.handler.updates().await.map_err(server_error)?;
        self.interrupt(updates).await
    }

    /// Disables direct writes, and sends these texts, if there are any.
    async fn interrupt(&mut self, texts: Vec<String>) -> Result<(), CloseReason> {
        if texts.is_empty() {
            return Ok(());
        }
        self.reclaim().await?;
        self.send_texts(texts).await
    }

    /// Delivers the next publications and returns whether more follow. At the head of the log it enables direct writes.
    /// The error is the reason to close the connection.
    async fn deliver_next(&mut self) -> Result<bool, CloseReason> {
        let mut cursor = self.reclaim().await?;
        if let Some(reason) = self.subscriber.close_reason(time::now()) {
            return Err(reason);
        }
        let personal = self.subscriber.take_queue();
        if !personal.is_empty() {
            let frames = self.frames(&personal);
            self.write(&frames).await?;
        }
        match self.channel.read(&mut cursor) {
            LogRead::Next(publications) => {
                let frames = self.frames(&publications);
                self.write(&frames).await?;
            }
            LogRead::Behind => cursor = self.recover(cursor.rev).await?,
            LogRead::AtHead => {
                let is_queue_empty = self.subscriber.enable_direct_writes(cursor);
                // Something may have been appended before direct writes were enabled.
                return Ok(!is_queue_empty || !self.channel.is_at_head(cursor));
            }
        }
        self.subscriber.set_cursor(cursor);
        Ok(true)
    }

    /// Disables direct writes, and sends what the publisher could not. From here on only this task writes.
    async fn reclaim(&mut self) -> Result<Cursor, CloseReason> {
        let (cursor, unsent) = self.subscriber.reclaim();
        self.write_all(&[unsent]).await?;
        Ok(cursor)
    }

    async fn close(&mut self, reason: CloseReason) {
        if reason != CONNECTION_LOST && self.reclaim().await.is_ok() {
            self.socket.close(reason.0, reason.1).await;
        }
    }

    async fn handle(
        &mut self,
        event: Result<Option<FrameEvent>, Violation>,
        registration: &Registration,
    ) -> Result<(), CloseReason> {
        self.frames = (self.frames + 1) % FRAMES_A_TURN;
        if self.frames == 0 {
            yield_now().await;
        }
        if let Ok(Some(FrameEvent::Text(text))) = event {
            let now = time::now();
            if let Some(reason) = self.subscriber.close_reason(now) {
                return Err(reason);
            }
            registration.record_use(now);
            self.replies.push_back(self.handler.on_text(text));
            return Ok(());
        }
        self.reclaim().await?;
        match self.socket.handle_control(event).await {
            Received::Control | Received::Text(_) => Ok(()),
            Received::Binary(_) => Err(CloseReason(1003, "send text")),
            Received::Closed => Err(CONNECTION_LOST),
        }
    }

    /// Time until the next heartbeat, at which the connection also ends if its session has ended.
    fn until_heartbeat(&self) -> Duration {
        let left = self.subscriber.time_left(time::now());
        HEARTBEAT_INTERVAL.min(left)
    }

    async fn heartbeat(&mut self, timer: Pin<&mut Sleep>) -> Result<(), CloseReason> {
        if let Some(reason) = self.subscriber.close_reason(time::now()) {
            return Err(reason);
        }
        if self.socket.time_since_unanswered_ping() > PING_TIMEOUT {
            return Err(CloseReason(1001, "no sign of life"));
        }
        self.reclaim().await?;
        let mut frames = self.socket.ping();
        if let Some(text) = self.handler.heartbeat() {
            frames.extend_from_slice(&self.socket.encode_text(&text));
        }
        self.write(&[frames]).await?;
        timer.reset(Instant::now() + self.until_heartbeat());
        Ok(())
    }

    /// Writes in steps, so that a slow connection holds few encoded frames.
    async fn send_texts(&mut self, texts: Vec<String>) -> Result<(), CloseReason> {
        let (mut frames, mut bytes) = (Vec::new(), 0);
        for text in texts {
            let frame = self.socket.encode_text(&text);
            bytes += frame.len();
            frames.push(frame);
            if bytes > STEP_BYTES {
                self.write(&frames).await?;
                frames.clear();
                bytes = 0;
            }
        }
        self.write(&frames).await
    }

    fn frames(&self, publications: &[Arc<Publication>]) -> Vec<Bytes> {
        let encode = |publication: &Arc<Publication>| match H::READS_HTML {
            true => Some(publication.frame(self.socket.encoding()).clone()),
            false => {
                let text = self.handler.encode(publication)?;
                Some(self.socket.encode_text(&text))
            }
        };
        publications.iter().filter_map(encode).collect()
    }

    /// Writes frames unless the connection is to be closed: the user may have lost the right to see what was read just
    /// before.
    async fn write(&mut self, frames: &[impl AsRef<[u8]>]) -> Result<(), CloseReason> {
        match self.subscriber.close_reason(0) {
            Some(reason) => Err(reason),
            None => self.write_all(frames).await,
        }
    }

    /// Writes all bytes. When the connection is to be closed meanwhile, a slow peer has a short time to take the rest;
    /// after a frame that is cut, nothing can follow.
    async fn write_all(&mut self, frames: &[impl AsRef<[u8]>]) -> Result<(), CloseReason> {
        let mut write = pin!(self.socket.write(frames));
        while self.subscriber.close_reason(0).is_none() {
            tokio::select! {
                biased;
                written = &mut write => return written.map_err(|_| CONNECTION_LOST),
                () = self.subscriber.woken() => {}
            }
        }
        match timeout(FINAL_WRITE_TIMEOUT, write).await {
            Ok(Ok(())) => Ok(()),
            _ => Err(CONNECTION_LOST),
        }
    }
}

/// Next reply, in the order of the messages. Cancel-safe.
async fn next_reply(replies: &mut VecDeque<TextReply>) -> Option<String> {
    match replies.front_mut() {
        Some(reply) => {
            let text = reply.await;
            replies.pop_front();
            text
        }
        None => std::future::pending().await,
    }
}

fn server_error(error: Error) -> CloseReason {
    tracing::error!(?error, "a live connection could not be served");
    CloseReason(1011, "something went wrong on the server")
}

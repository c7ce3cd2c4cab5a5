//! The loop of one connection: deliver what follows the cursor, hear the peer, keep the time.

use std::{
    collections::VecDeque,
    convert::Infallible,
    future::{Future, ready},
    pin::{Pin, pin},
    sync::Arc,
    time::Duration,
};

use tokio::time::{Instant, Sleep, sleep, timeout};

use super::{
    Live,
    channel::Channel,
    frame::{Event, Violation},
    handler::{REPLAY_LIMIT, SocketHandler, TextReply},
    log::{Cursor, STEP_BYTES, Step},
    publication::Publication,
    registry::{CloseReason, SessionGrant},
    socket::{Received, Socket},
    subscriber::{Direct, Subscriber},
};
use crate::{
    db::{ids::RoomId, time},
    error::{Error, Result},
};

/// A ping and, where the client takes one, a heartbeat this often.
const BEAT: Duration = Duration::from_secs(20);
/// A peer that leaves a ping without any answer for so long is gone.
const SILENT: Duration = Duration::from_secs(45);
/// When a connection is ended in the middle of a write, the peer has so long to take the rest.
const CUT: Duration = Duration::from_millis(500);

/// Messages of one connection that wait for their answers; no more are read until one is answered.
const IN_FLIGHT: usize = 64;

/// Serves `socket` in a room until one side ends it. `after` is the newest rev that the peer has; 0 for
/// none. What the future needs is in it once: an `async fn` would keep its arguments beside it.
pub fn serve<C: SocketHandler + 'static>(
    live: &Live,
    room: RoomId,
    socket: Socket,
    grant: SessionGrant,
    (after, client): (i64, C),
) -> impl Future<Output = ()> + Send + use<C> {
    let encoding = socket.encoding();
    let stream = socket.shared_stream().filter(|_| C::READS_HTML);
    let direct = stream.map(|stream| Direct { stream, encoding });
    let subscriber = Arc::new(Subscriber::new(direct, grant.expires_at));
    let seat = live.registry().register(grant, room, subscriber.clone());
    let channel = live.channel(room);
    let place = channel.subscribe(subscriber.clone());
    let mut connection = Connection {
        socket,
        channel,
        subscriber,
        client,
        answers: VecDeque::new(),
    };
    async move {
        let Err(ending) = match &seat {
            Ok(_) => connection.run(after).await,
            Err(ending) => Err(*ending),
        };
        Box::pin(connection.close(ending)).await;
        drop((seat, place));
    }
}

/// The stream is over: nobody is left to whom a close frame could be sent.
const GONE: CloseReason = CloseReason(1006, "");

struct Connection<C> {
    socket: Socket,
    channel: Arc<Channel>,
    subscriber: Arc<Subscriber>,
    client: C,
    answers: VecDeque<TextReply>,
}

impl<C: SocketHandler> Connection<C> {
    /// Runs until there is a reason to end. What is rare is boxed, so that waiting costs little memory.
    async fn run(&mut self, after: i64) -> Result<Infallible, CloseReason> {
        Box::pin(self.client.authorize()).await?;
        let cursor = Box::pin(self.open(after)).await?;
        self.client.on_ready();
        self.subscriber.keep(cursor);
        let (mut beat, mut behind) = (pin!(sleep(BEAT)), true);
        loop {
            tokio::select! {
                biased; // what was heard meanwhile counts before the silence is judged
                event = self.socket.next(), if self.answers.len() < IN_FLIGHT => {
                    Box::pin(self.hear(event)).await?;
                }
                answer = first(&mut self.answers) => Box::pin(self.answer(answer)).await?,
                () = self.client.invalidated() => Box::pin(self.tell()).await?,
                () = beat.as_mut() => Box::pin(self.beat(beat.as_mut())).await?,
                () = self.subscriber.woken(), if !behind => {}
                () = ready(()), if behind => {} // it is heard between two steps, however slow it is
            }
            behind = Box::pin(self.go_on()).await?;
        }
    }

    /// From the log if it reaches back to `after` without being too much, else from the database.
    async fn open(&mut self, after: i64) -> Result<Cursor, CloseReason> {
        match self.channel.cursor_after(after, REPLAY_LIMIT) {
            Some(cursor) if after > 0 => {
                self.on_open().await?;
                Ok(cursor)
            }
            _ => self.recover(after).await,
        }
    }

    /// Sends what the database has after `rev`, and the state that only lives in publications. The
    /// cursor is taken first, so that nothing falls between: what is in both is skipped by its rev.
    async fn recover(&mut self, rev: i64) -> Result<Cursor, CloseReason> {
        let mut cursor = self.channel.cursor_at_head(rev);
        self.on_open().await?;
        let caught = self.client.replay(rev).await.map_err(failed)?;
        self.say(caught.pieces).await?;
        cursor.rev = caught.rev;
        Ok(cursor)
    }

    async fn on_open(&mut self) -> Result<(), CloseReason> {
        let greeting = self.client.on_open().await.map_err(failed)?;
        self.say(greeting).await
    }

    async fn tell(&mut self) -> Result<(), CloseReason> {
        let news = self.client.updates().await.map_err(failed)?;
        if news.is_empty() {
            return Ok(());
        }
        self.take_back().await?;
        self.say(news).await
    }

    /// After whatever happened: the end, or the next of what was published meanwhile. At the head the
    /// stream is lent. Says whether there is more.
    async fn go_on(&mut self) -> Result<bool, CloseReason> {
        let mut cursor = self.take_back().await?;
        if let Some(ending) = self.subscriber.ending(time::now()) {
            return Err(ending);
        }
        match self.channel.read(&mut cursor) {
            Step::Next(next) => {
                let frames = self.frames(&next);
                self.write(&frames).await?;
            }
            Step::Behind => cursor = self.recover(cursor.rev).await?,
            Step::Head => {
                self.subscriber.lend(cursor);
                return Ok(!self.channel.ends_at(cursor)); // something may have come before it was lent
            }
        }
        self.subscriber.keep(cursor);
        Ok(true)
    }

    /// From here on only this task writes; what the publisher could not write goes out first.
    async fn take_back(&mut self) -> Result<Cursor, CloseReason> {
        let (cursor, rest) = self.subscriber.take_back();
        self.push_out(&rest).await?;
        Ok(cursor)
    }

    async fn close(&mut self, CloseReason(code, reason): CloseReason) {
        if code != GONE.0 && self.take_back().await.is_ok() {
            self.socket.close(code, reason).await;
        }
    }

    async fn hear(&mut self, event: Result<Option<Event>, Violation>) -> Result<(), CloseReason> {
        if let Ok(Some(Event::Text(text))) = event {
            self.answers.push_back(self.client.on_text(text));
            return Ok(());
        }
        self.take_back().await?;
        match self.socket.handle_control(event).await {
            Received::Control | Received::Text(_) => Ok(()),
            Received::Binary(_) => Err(CloseReason(1003, "send text")),
            Received::Closed => Err(GONE),
        }
    }

    async fn answer(&mut self, answer: Option<String>) -> Result<(), CloseReason> {
        let Some(text) = answer else {
            return Ok(());
        };
        self.take_back().await?;
        self.say(vec![text]).await
    }

    async fn beat(&mut self, next: Pin<&mut Sleep>) -> Result<(), CloseReason> {
        if self.socket.time_since_unanswered_ping() > SILENT {
            return Err(CloseReason(1001, "no sign of life"));
        }
        self.take_back().await?;
        let mut frames = self.socket.ping();
        if let Some(text) = self.client.heartbeat() {
            frames.extend_from_slice(&self.socket.encode_text(&text));
        }
        self.write(&frames).await?;
        next.reset(Instant::now() + BEAT);
        Ok(())
    }

    /// In steps, so that a slow reader of much holds little.
    async fn say(&mut self, texts: Vec<String>) -> Result<(), CloseReason> {
        let mut frames = Vec::new();
        for text in texts {
            frames.extend_from_slice(&self.socket.encode_text(&text));
            if frames.len() > STEP_BYTES {
                self.write(&frames).await?;
                frames.clear();
            }
        }
        self.write(&frames).await
    }

    fn frames(&self, next: &[Arc<Publication>]) -> Vec<u8> {
        let mut out = Vec::new();
        for publication in next {
            if C::READS_HTML {
                out.extend_from_slice(publication.frame(self.socket.encoding()));
            } else if let Some(text) = self.client.encode(publication) {
                out.extend_from_slice(&self.socket.encode_text(&text));
            }
        }
        out
    }

    /// Nothing is begun on a connection that has ended: what was read just before may be none of its
    /// peer's business any more.
    async fn write(&mut self, frames: &[u8]) -> Result<(), CloseReason> {
        match self.subscriber.ending(0) {
            Some(ending) => Err(ending),
            None => self.push_out(frames).await,
        }
    }

    /// A slow peer does not keep an ended connection open: a frame that is cut is the end of it.
    async fn push_out(&mut self, frames: &[u8]) -> Result<(), CloseReason> {
        let mut write = pin!(self.socket.write(frames));
        while self.subscriber.ending(0).is_none() {
            tokio::select! {
                biased;
                written = &mut write => return written.map_err(|_| GONE),
                () = self.subscriber.woken() => {}
            }
        }
        match timeout(CUT, write).await {
            Ok(Ok(())) => Ok(()),
            _ => Err(GONE),
        }
    }
}

/// The next answer, in the order of the questions. Cancel-safe.
async fn first(answers: &mut VecDeque<TextReply>) -> Option<String> {
    match answers.front_mut() {
        Some(answer) => {
            let text = answer.await;
            answers.pop_front();
            text
        }
        None => std::future::pending().await,
    }
}

fn failed(error: Error) -> CloseReason {
    tracing::error!(?error, "a live connection could not be served");
    CloseReason(1011, "something went wrong on the server")
}

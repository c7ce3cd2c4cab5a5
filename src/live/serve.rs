//! The loop of one connection: deliver what follows the cursor, hear the peer, keep the time.

use std::{convert::Infallible, future::Future, pin::pin, sync::Arc, time::Duration};

use bytes::Bytes;
use tokio::time::{MissedTickBehavior, interval, timeout};

use super::{
    frame::{Event, Violation},
    log::{Cursor, Publication, Step, Topic},
    seats::{Ending, Seat},
    socket::{Heard, Socket},
};
use crate::{
    db::time,
    error::{Error, Result},
};

/// A ping and, where the client takes one, a heartbeat this often.
const BEAT: Duration = Duration::from_secs(20);
/// A peer that leaves a ping without any answer for so long is gone.
const SILENT: Duration = Duration::from_secs(45);
/// When a connection is ended in the middle of a write, the peer has so long to take the rest.
const CUT: Duration = Duration::from_millis(500);

/// Changes that somebody gets at once who comes back; what is further back is behind a link.
pub const CATCH_UP: i64 = 200;

/// Frames that lead from an older rev to `rev`.
pub struct CatchUp {
    /// Encoded frames, ready to be written.
    pub frames: Vec<u8>,
    /// The newest rev that they contain.
    pub rev: i64,
}

/// What differs between kinds of connection.
pub trait Client: Send {
    /// What the connection hears first, and again when publications had to be skipped.
    fn greet(&mut self) -> Result<Bytes>;

    /// Reads from the database what changed after `rev`; the newest page if `rev` is 0 or in the future.
    fn catch_up(&mut self, rev: i64) -> impl Future<Output = Result<CatchUp>> + Send;

    /// Called once, when the connection has caught up and hears everything from now on.
    fn arrive(&mut self);

    /// Adds a publication as this kind of client reads it.
    fn phrase(&self, publication: &Publication, out: &mut Vec<u8>);

    /// Acts on a text message; the answer goes to this connection alone.
    fn hear(&mut self, text: String) -> impl Future<Output = Option<Bytes>> + Send;

    /// A frame that shows the client that the connection lives, if it takes one.
    fn heartbeat(&self) -> Option<Bytes>;
}

/// Serves `socket` until one side ends it. `after` is the newest rev that the peer has; 0 for none.
pub async fn serve(socket: Socket, topic: Arc<Topic>, after: i64, seat: Seat, client: impl Client) {
    let mut connection = Connection {
        socket,
        topic,
        seat,
        client,
    };
    let Err(Ending(code, reason)) = connection.run(after).await;
    if code != GONE.0 {
        connection.socket.close(code, reason).await;
    }
}

/// The stream is over: nobody is left to whom a close frame could be sent.
const GONE: Ending = Ending(1006, "");

struct Connection<C> {
    socket: Socket,
    topic: Arc<Topic>,
    seat: Seat,
    client: C,
}

impl<C: Client> Connection<C> {
    /// Runs until there is a reason to end.
    async fn run(&mut self, after: i64) -> Result<Infallible, Ending> {
        let mut news = self.topic.listen();
        let mut beat = interval(BEAT);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        beat.reset();
        let mut cursor = self.open(after).await?;
        self.client.arrive();
        loop {
            news.borrow_and_update();
            self.deliver(&mut cursor).await?;
            tokio::select! {
                biased; // what was heard meanwhile counts before the silence is judged
                event = self.socket.next() => self.hear(event).await?,
                _ = news.changed() => {}
                () = self.seat.changed() => {}
                _ = beat.tick() => self.beat().await?,
            }
        }
    }

    /// From the tail if it reaches back to `after` without being too much, else from the database.
    async fn open(&mut self, after: i64) -> Result<Cursor, Ending> {
        match self.topic.cursor_after(after, CATCH_UP) {
            Some(cursor) if after > 0 => {
                self.greet().await?;
                Ok(cursor)
            }
            _ => self.recover(after).await,
        }
    }

    /// Sends what the database has after `rev`, and the state that only lives in publications. The
    /// cursor is taken first, so that nothing falls between: what is in both is skipped by its rev.
    async fn recover(&mut self, rev: i64) -> Result<Cursor, Ending> {
        let mut cursor = self.topic.cursor_at_head(rev);
        self.greet().await?;
        let caught = self.client.catch_up(rev).await.map_err(failed)?;
        self.write(&caught.frames).await?;
        cursor.rev = caught.rev;
        Ok(cursor)
    }

    async fn greet(&mut self) -> Result<(), Ending> {
        let greeting = self.client.greet().map_err(failed)?;
        self.write(&greeting).await
    }

    /// Sends all that follows the cursor, as long as the session lasts.
    async fn deliver(&mut self, cursor: &mut Cursor) -> Result<(), Ending> {
        loop {
            if let Some(ending) = self.seat.ending(time::now()) {
                return Err(ending);
            }
            match self.topic.read(cursor) {
                Step::Head => return Ok(()),
                Step::Behind => *cursor = self.recover(cursor.rev).await?,
                Step::Next(next) => {
                    let frames = phrase_all(&next, &self.client);
                    self.write(&frames).await?;
                }
            }
        }
    }

    async fn hear(&mut self, event: Result<Option<Event>, Violation>) -> Result<(), Ending> {
        match self.socket.settle(event).await {
            Heard::Text(text) => match self.client.hear(text).await {
                Some(answer) => self.write(&answer).await,
                None => Ok(()),
            },
            Heard::Binary(_) => Err(Ending(1003, "send text")),
            Heard::Sign => Ok(()),
            Heard::Gone => Err(GONE),
        }
    }

    async fn beat(&mut self) -> Result<(), Ending> {
        if self.socket.silence() > SILENT {
            return Err(Ending(1001, "no sign of life"));
        }
        self.socket.ping().await.map_err(|_| GONE)?;
        match self.client.heartbeat() {
            Some(frame) => self.write(&frame).await,
            None => Ok(()),
        }
    }

    /// A slow peer does not keep an ended connection open: a frame that is cut is the end of it.
    async fn write(&mut self, frames: &[u8]) -> Result<(), Ending> {
        let mut write = pin!(self.socket.write(frames));
        tokio::select! {
            biased;
            written = &mut write => return written.map_err(|_| GONE),
            () = self.seat.changed() => {}
        }
        match timeout(CUT, write).await {
            Ok(Ok(())) => Ok(()),
            _ => Err(GONE),
        }
    }
}

fn phrase_all(next: &[Arc<Publication>], client: &impl Client) -> Vec<u8> {
    let mut out = Vec::with_capacity(next.iter().map(|p| p.html.len()).sum());
    for publication in next {
        client.phrase(publication, &mut out);
    }
    out
}

fn failed(error: Error) -> Ending {
    tracing::error!(?error, "a live connection could not be served");
    Ending(1011, "something went wrong on the server")
}

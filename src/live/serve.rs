//! The loop of one connection: deliver what follows the cursor, hear the peer, keep the time.

use std::{future::Future, sync::Arc, time::Duration};

use bytes::Bytes;
use tokio::time::{MissedTickBehavior, interval};

use super::{
    log::{Cursor, Publication, Step, Topic},
    seats::{Ending, Seat},
    socket::{Heard, Socket},
};
use crate::{db::time, error::Result};

/// A ping and, where the client takes one, a heartbeat this often.
const BEAT: Duration = Duration::from_secs(20);
/// A peer that says nothing for so long, not even a pong, is gone.
const SILENT: Duration = Duration::from_secs(65);

/// Frames that lead from an older rev to `rev`.
pub struct CatchUp {
    /// Encoded frames, ready to be written.
    pub frames: Vec<u8>,
    /// The newest rev that they contain.
    pub rev: i64,
}

/// What differs between kinds of connection.
pub trait Client: Send {
    /// What the connection hears first, before any publication.
    fn greet(&mut self) -> impl Future<Output = Result<Vec<u8>>> + Send;

    /// Reads from the database what changed after `rev`; the newest page if `rev` is 0 or in the future.
    fn catch_up(&mut self, rev: i64) -> impl Future<Output = Result<CatchUp>> + Send;

    /// Adds a publication as this kind of client reads it.
    fn phrase(&self, publication: &Publication, out: &mut Vec<u8>);

    /// Acts on a text message; the answer goes to this connection alone.
    fn hear(&mut self, text: String) -> impl Future<Output = Option<Bytes>> + Send;

    /// A frame that shows the client that the connection lives, if it takes one.
    fn heartbeat(&self) -> Option<Bytes>;
}

/// Serves `socket` until one side ends it. `after`: the newest rev that the peer has, or none to begin
/// with whatever [`Client::catch_up`] gives for 0.
pub async fn serve(
    mut socket: Socket,
    topic: Arc<Topic>,
    after: i64,
    seat: Seat,
    mut client: impl Client,
) {
    let ending = run(&mut socket, &topic, after, seat, &mut client).await;
    if let Some(Ending(code, reason)) = ending {
        socket.close(code, reason).await;
    }
}

/// Returns how to close, or none when the stream is over.
async fn run(
    socket: &mut Socket,
    topic: &Topic,
    after: i64,
    mut seat: Seat,
    client: &mut impl Client,
) -> Option<Ending> {
    let mut news = topic.listen();
    let mut beat = interval(BEAT);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    beat.reset();
    let mut place = Place::Opening(after);
    match client.greet().await {
        Ok(frames) => socket.write(&frames).await.ok()?,
        Err(error) => return Some(failed(&error)),
    }
    loop {
        news.borrow_and_update();
        loop {
            if let Some(ending) = seat.ending(time::now()) {
                return Some(ending);
            }
            match place.advance(topic, client).await {
                Ok(Some(frames)) => socket.write(&frames).await.ok()?,
                Ok(None) => break,
                Err(error) => return Some(failed(&error)),
            }
        }
        tokio::select! {
            event = socket.next() => match socket.settle(event).await {
                Heard::Text(text) => if let Some(answer) = client.hear(text).await {
                    socket.write(&answer).await.ok()?;
                },
                Heard::Binary(_) => return Some(Ending(1003, "send text")),
                Heard::Sign => {}
                Heard::Gone => return None,
            },
            _ = news.changed() => {}
            () = seat.changed() => {}
            _ = beat.tick() => {
                if socket.silence() > SILENT {
                    return Some(Ending(1001, "no sign of life"));
                }
                socket.ping().await.ok()?;
                if let Some(frame) = client.heartbeat() {
                    socket.write(&frame).await.ok()?;
                }
            }
        }
    }
}

/// Where a connection stands.
enum Place {
    /// It has everything up to this rev, and no cursor yet.
    Opening(i64),
    /// It stands in the tail.
    Tail(Cursor),
}

impl Place {
    /// The next frames and the move past them; none at the head. From the tail where it reaches back
    /// far enough, otherwise from the database: live, catch-up and slow reader are this one step.
    async fn advance(
        &mut self,
        topic: &Topic,
        client: &mut impl Client,
    ) -> Result<Option<Vec<u8>>> {
        let rev = match self {
            Place::Tail(cursor) => match topic.read(cursor) {
                Step::Head => return Ok(None),
                Step::Next(next) => return Ok(Some(phrase_all(&next, client))),
                Step::Behind => cursor.rev,
            },
            Place::Opening(rev) => *rev,
        };
        if rev > 0
            && let Place::Opening(_) = self
            && let Some(cursor) = topic.cursor_after(rev)
        {
            *self = Place::Tail(cursor);
            return Ok(Some(Vec::new()));
        }
        let mut cursor = topic.cursor_at_head(rev);
        let caught = client.catch_up(rev).await?;
        cursor.rev = caught.rev;
        *self = Place::Tail(cursor);
        Ok(Some(caught.frames))
    }
}

fn phrase_all(next: &[Arc<Publication>], client: &impl Client) -> Vec<u8> {
    let mut out = Vec::with_capacity(next.iter().map(|p| p.html.len()).sum());
    for publication in next {
        client.phrase(publication, &mut out);
    }
    out
}

fn failed(error: &crate::error::Error) -> Ending {
    tracing::error!(?error, "a live connection could not be served");
    Ending(1011, "something went wrong on the server")
}

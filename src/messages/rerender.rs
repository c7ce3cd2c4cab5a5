//! Renders messages again, in the background, after the renderer has changed or an emoji was removed.

use std::sync::atomic::Ordering;

use super::{Messages, markup, store};
use crate::{
    db::{Conn, Db, Tx},
    error::Result,
    events::Event,
    jobs::{self, Job, JobHandler},
};

/// Messages in one write.
const BATCH: i64 = 200;

/// Job that renders all messages of another version of the renderer. The table `upkeep` stores its progress.
pub struct RerenderMessages;

impl JobHandler for RerenderMessages {
    const KIND: &'static str = "messages.rerender";

    fn has_work(conn: &mut Conn) -> Result<bool> {
        Ok(store::rerendered(conn, markup::VERSION)?.is_some())
    }

    async fn run(&self, db: &Db, job: &Job) -> Result<()> {
        while rerender_batch(db, job).await? {}
        Ok(())
    }
}

/// Renders a batch on a reading connection, then stores the messages that have not changed meanwhile. Returns whether
/// there is more to do.
async fn rerender_batch(db: &Db, job: &Job) -> Result<bool> {
    let read = |conn: &mut Conn| {
        let after = store::rerendered(conn, markup::VERSION)?;
        let batch = after.map(|after| store::outdated(conn, after, BATCH));
        batch.transpose()
    };
    let Some((last, rendered)) = db.read(read).await? else {
        return Ok(false);
    };
    let (job, has_more) = (job.clone(), last.is_some());
    let write = move |tx: &mut Tx| {
        for message in &rendered {
            store::set_html(tx.conn, message)?;
        }
        if !has_more {
            job.complete(tx)?;
        }
        store::set_rerendered(tx.conn, markup::VERSION, last)
    };
    db.write(write).await?;
    Ok(has_more)
}

/// Job that renders the messages with a removed emoji again. Its payload is the token of the emoji.
pub struct RerenderEmoji(pub Messages);

impl JobHandler for RerenderEmoji {
    const KIND: &'static str = "messages.emoji";

    async fn run(&self, db: &Db, job: &Job) -> Result<()> {
        let mut after = Some(0);
        while let Some(start) = after {
            let token = job.payload.clone();
            let read = move |conn: &mut Conn| store::with_emoji(conn, &token, start);
            let (next, rendered) = db.read(read).await?;
            if rendered.is_empty() {
                after = next;
                continue;
            }
            // The same messages are read again: one that has changed meanwhile is left for the next round.
            let write = move |tx: &mut Tx| {
                let mut messages = rendered.iter();
                messages.try_for_each(|message| store::set_html(tx.conn, message))
            };
            db.write(write).await?;
            self.0.names.fetch_add(1, Ordering::Release);
        }
        Ok(())
    }
}

/// Has messages rendered again whose emoji is removed in this transaction.
pub fn on_event(tx: &mut Tx, event: &Event) -> Result<()> {
    match event {
        Event::EmojiChanged {
            removed: Some(token),
        } => jobs::add::<RerenderEmoji>(tx, token),
        _ => Ok(()),
    }
}

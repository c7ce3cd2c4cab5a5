//! Background jobs that render messages again after the renderer has changed or an emoji was removed.

use std::sync::atomic::Ordering;

use super::{Messages, markup, store};
use crate::{
    db::{Conn, Db, Tx, ids::UserId},
    error::Result,
    events::Event,
    jobs::{self, Job, JobHandler},
};

/// Number of messages per transaction.
const BATCH: i64 = 200;

/// Job that renders messages from earlier versions of the renderer again. Progress is stored in the table `upkeep`.
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

/// Renders a batch on a read connection, then stores the messages that haven't changed in the meantime. Returns whether
/// there are more.
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

/// Job that renders messages with a removed emoji again. The payload is the token of the emoji.
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
            // Continue from the same position: messages that changed in the meantime are found again in the next round.
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

/// Job that renders the messages again that mention a user with a new username. The payload is the id of the user.
pub struct RerenderMentions(pub Messages);

impl JobHandler for RerenderMentions {
    const KIND: &'static str = "messages.mentions";

    async fn run(&self, db: &Db, job: &Job) -> Result<()> {
        let Ok(user) = job.payload.parse().map(UserId) else {
            return Ok(());
        };
        let mut after = 0;
        loop {
            let read = move |conn: &mut Conn| store::mentioning_user(conn, user, (after, BATCH));
            let rendered = db.read(read).await?;
            let Some(last) = rendered.last() else {
                return Ok(());
            };
            after = last.id.0;
            // Messages that changed in the meantime were rendered with the new name.
            let write = move |tx: &mut Tx| {
                let mut messages = rendered.iter();
                messages.try_for_each(|message| store::set_html(tx.conn, message))
            };
            db.write(write).await?;
            self.0.names.fetch_add(1, Ordering::Release);
        }
    }
}

/// Schedules rendering if a user is renamed, or an emoji is removed in this transaction.
pub fn on_event(tx: &mut Tx, event: &Event) -> Result<()> {
    match event {
        Event::EmojiChanged {
            removed: Some(token),
        } => jobs::add::<RerenderEmoji>(tx, token),
        Event::UserRenamed(user) => jobs::add::<RerenderMentions>(tx, &user.to_string()),
        _ => Ok(()),
    }
}

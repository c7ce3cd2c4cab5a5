//! Background erasure of all messages of a deleted user.

use super::{Messages, changed_event::changed_event, store};
use crate::{
    db::{
        Conn, Db, Tx,
        ids::{MessageId, RoomId, UserId},
        time,
    },
    error::Result,
    events::Event,
    files,
    jobs::{self, Job, JobHandler},
    link_previews, notifications,
};

/// Messages in one transaction.
const BATCH: i64 = 10;

/// Job that deletes all messages of a user, as if they had done it one by one. The payload is the id of the user.
pub struct EraseAuthor(pub Messages);

impl JobHandler for EraseAuthor {
    const KIND: &'static str = "messages.erase";

    async fn run(&self, db: &Db, job: &Job) -> Result<()> {
        let Ok(user) = job.payload.parse().map(UserId) else {
            return Ok(());
        };
        loop {
            let find = move |conn: &mut Conn| store::written_by(conn, user, BATCH);
            let batch = db.read(find).await?;
            if batch.is_empty() {
                return Ok(());
            }
            let messages = self.0.clone();
            let erase = move |tx: &mut Tx| {
                let mut all = batch.iter();
                all.try_for_each(|message| erase(tx, &messages, *message))
            };
            db.write(erase).await?;
            tokio::task::yield_now().await;
        }
    }
}

/// Deletes a message with its files and previews. Readers get the change.
fn erase(tx: &mut Tx, messages: &Messages, (room, id): (RoomId, MessageId)) -> Result<()> {
    let message = store::one(tx.conn, room, id)?;
    let Some(message) = message.filter(|message| message.deleted_at.is_none()) else {
        return Ok(());
    };
    let mut concerned = notifications::concerned(tx.conn, id, message.thread)?;
    store::delete(tx.conn, &message, time::now())?;
    tx.erases();
    files::detach(tx, id)?;
    link_previews::detach(tx, id)?;
    let events = &messages.app.events;
    let changed = store::stamp(tx.conn, room, id)?;
    let event = changed_event(&changed, std::mem::take(&mut concerned))?;
    events.emit(tx, event.with_erased_text())?;
    if let Some(root) = message.thread {
        let root = store::stamp(tx.conn, room, root)?;
        events.emit(tx, changed_event(&root, Vec::new())?)?;
    }
    Ok(())
}

/// Schedules the erasure for a user who is removed in this transaction.
pub fn on_event(tx: &mut Tx, event: &Event) -> Result<()> {
    match event {
        Event::UserRemoved { user, erase: true } => jobs::add::<EraseAuthor>(tx, &user.to_string()),
        _ => Ok(()),
    }
}

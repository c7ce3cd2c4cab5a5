//! Job that erases messages when their retention is over.
//!
//! They are erased like deleted ones, and no longer listed: texts, files, reactions and earlier versions are gone, and
//! open pages show that they were deleted. Their rows stay, because revs have no gaps.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use parking_lot::Mutex;

use super::{changed_event, store};
use crate::{
    app::App,
    db::{
        Conn, Db, Tx,
        ids::{MessageId, RoomId},
        time,
    },
    error::Result,
    events::Event,
    files,
    jobs::{self, Job, JobHandler},
    link_previews, notifications,
    rooms::{self, Retention},
    settings,
};

/// Messages in the first write. Later batches adapt, so that other writes never wait long.
const FIRST_BATCH: usize = 4;
const MAX_BATCH: usize = 100;
/// Target duration of one write.
const TARGET: Duration = Duration::from_millis(40);
/// Time until the next look at old messages (ms). The runner of jobs may come earlier.
const PAUSE: i64 = 60 * 60 * 1000;

/// Key of the retention of the server.
const SETTING: &str = "retention_days";

/// Job that erases all messages whose retention is over.
pub struct EraseOldMessages {
    app: App,
    /// The newest message of each room that is erased with all before it.
    erased: Mutex<HashMap<RoomId, MessageId>>,
}

impl EraseOldMessages {
    /// Handler that has not looked at any room yet.
    pub fn new(app: App) -> EraseOldMessages {
        app.events.in_transaction(on_event);
        EraseOldMessages {
            app,
            erased: Mutex::default(),
        }
    }

    /// Retention of each room.
    async fn retentions(&self, db: &Db) -> Result<Vec<(RoomId, Retention)>> {
        // The cached settings may not have the commit yet that added the job.
        let read = |conn: &mut Conn| {
            let server = settings::stored(conn, SETTING)?;
            Ok((server, rooms::retentions(conn)?))
        };
        let (server, of_rooms) = db.read(read).await?;
        let server = server.and_then(|days| days.parse().ok()).unwrap_or(0);
        let retention = |days: i64| Retention::of_room(server, u32::try_from(days).unwrap_or(0));
        let all = of_rooms
            .into_iter()
            .map(|(room, days)| (room, retention(days)));
        Ok(all.filter(|(_, one)| one.days().is_some()).collect())
    }

    /// Erases the old messages of a room, in batches.
    async fn erase(&self, db: &Db, room: RoomId, retention: Retention) -> Result<()> {
        let mut batch = FIRST_BATCH;
        while let Some(cutoff) = retention.cutoff(time::now()) {
            let after = self.erased.lock().get(&room).copied();
            let app = self.app.clone();
            let read = move |conn: &mut Conn| store::old(conn, room, (after, cutoff), MAX_BATCH);
            let mut old = db.read(read).await?;
            old.truncate(batch);
            let Some(last) = old.last().copied() else {
                return Ok(());
            };
            let write = move |tx: &mut Tx| {
                old.iter()
                    .try_for_each(|id| erase_one(tx, &app, (room, *id)))
            };
            let started = Instant::now();
            db.write(write).await?;
            self.erased.lock().insert(room, last);
            batch = match started.elapsed() {
                took if took > TARGET => (batch / 2).max(1),
                _ => (batch * 2).min(MAX_BATCH),
            };
            tokio::task::yield_now().await;
        }
        Ok(())
    }
}

impl JobHandler for EraseOldMessages {
    const KIND: &'static str = "messages.erase_old";
    const AT_ONCE: usize = 1;

    fn has_work(conn: &mut Conn) -> Result<bool> {
        let of_server = settings::stored(conn, SETTING)?;
        let is_set = of_server.is_some_and(|days| days != "0");
        Ok(is_set || rooms::has_retentions(conn)?)
    }

    async fn run(&self, db: &Db, job: &Job) -> Result<()> {
        let retentions = self.retentions(db).await?;
        for (room, retention) in &retentions {
            self.erase(db, *room, *retention).await?;
        }
        let (job, is_set) = (job.clone(), !retentions.is_empty());
        let complete = move |tx: &mut Tx| {
            job.complete(tx)?;
            match is_set {
                true => jobs::add_once_at::<Self>(tx, time::now() + PAUSE),
                false => Ok(()),
            }
        };
        db.write(complete).await
    }
}

/// Looks at old messages after the transaction.
pub fn erase_old_soon(tx: &mut Tx) -> Result<()> {
    jobs::add::<EraseOldMessages>(tx, "")
}

/// Looks at the messages of a room whose retention may have changed.
fn on_event(tx: &mut Tx, event: &Event) -> Result<()> {
    match event {
        Event::RoomChanged(room) if rooms::has_retention(tx.conn, *room)? => erase_old_soon(tx),
        _ => Ok(()),
    }
}

/// Erases a message, and tells open pages.
fn erase_one(tx: &mut Tx, app: &App, (room, id): (RoomId, MessageId)) -> Result<()> {
    let Some(message) = store::one(tx.conn, room, id)? else {
        return Ok(());
    };
    let mut concerned = notifications::concerned(tx.conn, id, message.thread)?;
    store::expire(tx.conn, &message, time::now())?;
    tx.erases();
    files::detach(tx, id)?;
    link_previews::detach(tx, id)?;
    let mut changed = vec![store::stamp(tx.conn, room, id)?];
    if let Some(root) = message.thread {
        changed.push(store::stamp(tx.conn, room, root)?);
    }
    for one in &changed {
        let mut event = changed_event(one, std::mem::take(&mut concerned))?;
        if one.message.id == id {
            event = event.with_erased_text();
        }
        app.events.emit(tx, event)?;
    }
    Ok(())
}

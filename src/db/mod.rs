//! The database: reads on a small pool of connections, writes on one thread with group commit.
//!
//! Invariant: when [`Db::write`] returns, the change is on disk (WAL, `synchronous=FULL`), and its publications were
//! made before, in commit order.

pub mod accents;
pub mod cache;
mod checkpoint;
pub mod fts;
pub mod id_list;
pub mod ids;
mod open;
pub mod permissions;
mod pool;
mod sqlite_errors;
pub mod text_quota;
pub mod time;
mod writer;

use std::{
    future::Future,
    path::{Path, PathBuf},
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use diesel::{ExpressionMethods, RunQueryDsl, SqliteConnection};
use tokio::sync::{Mutex, watch};

use crate::{
    error::{Error, Result},
    schema::pulse,
};
pub use open::{FILE, FolderLock, lock};
pub use writer::Tx;
use {
    checkpoint::Checkpointer,
    writer::{Signals, Writer, WriterThread},
};

/// The connection that store functions take.
pub type Conn = SqliteConnection;

/// Time for which a change that the disk did not take counts, unless it takes another one.
const DISK_FAILURE: Duration = Duration::from_secs(5);
/// Free space of the disk (bytes) below which it counts as full.
const MIN_FREE: u64 = 1 << 20;
/// Longest wait of a starting server for the lock of its folder.
const LOCK_PATIENCE: Duration = Duration::from_secs(2);
/// Longest wait for the write of a check.
const CHECK_TIMEOUT: Duration = Duration::from_secs(5);
/// Shortest time between two writes of checks.
const CHECK_INTERVAL: Duration = Duration::from_secs(1);

/// Escapes the wildcards of LIKE in a text, with `\\` as the escape character.
pub fn literal(text: &str) -> String {
    let pattern = text.replace('\\', "\\\\");
    pattern.replace('%', "\\%").replace('_', "\\_")
}

/// The open database of one data folder. Cheap to clone.
#[derive(Clone)]
pub struct Db {
    readers: Arc<pool::Pool>,
    writer: Arc<Writer>,
    last_check: Arc<Mutex<Option<Instant>>>,
    signals: Arc<Signals>,
    folder: Arc<PathBuf>,
}

impl Db {
    /// Opens, locks, checks and migrates the database in `folder`, and creates it if it is missing.
    /// `after_group` is called on the writer thread after all publications of a commit and before the answers; it must
    /// not block. An error is one sentence for the operator, and leaves an existing database unchanged.
    pub fn open(folder: &Path, after_group: impl Fn() + Send + 'static) -> Result<Db, String> {
        Db::open_locked(folder, Db::lock(folder)?, after_group)
    }

    /// Takes the lock of a folder for a server. It waits for a moment, because a command of the operator may have it.
    /// An error is one sentence for the operator.
    pub fn lock(folder: &Path) -> Result<FolderLock, String> {
        let wrong = "The clock of this computer stands before 1970. Set it, then start again.";
        time::check_clock().map_err(|_| wrong.to_owned())?;
        let in_use = || {
            let name = folder.display();
            format!("Another Chatterbox already uses the data folder {name}.")
        };
        lock(folder, LOCK_PATIENCE)?.ok_or_else(in_use)
    }

    /// Like [`Db::open`], with the lock of the folder.
    pub fn open_locked(
        folder: &Path,
        lock: FolderLock,
        after_group: impl Fn() + Send + 'static,
    ) -> Result<Db, String> {
        let opened = open::open_locked(folder, lock)?;
        let checkpointer = Checkpointer::start(opened.checkpoints, checkpoint::DEFAULT_POLICY);
        let signals = Arc::new(Signals::default());
        let thread = WriterThread {
            conn: opened.writer,
            checkpointer,
            after_group: Box::new(after_group),
            signals: signals.clone(),
            cautious_until: None,
        };
        Ok(Db {
            readers: Arc::new(pool::Pool::start(opened.readers, &opened.path)),
            writer: Arc::new(Writer::start(thread, opened.lock)),
            last_check: Arc::default(),
            signals,
            folder: Arc::new(folder.to_owned()),
        })
    }

    /// Runs `read` on a connection of its own and waits for it, for the start of the server. An error is one sentence
    /// for the operator.
    pub fn read_at_start<T>(&self, read: impl FnOnce(&mut Conn) -> Result<T>) -> Result<T, String> {
        let mut conn = open::reader(&self.folder.join(open::FILE))?;
        read(&mut conn).map_err(|error| format!("The database can’t be read: {error:?}."))
    }

    /// Runs `read` on a reading connection, off the async threads.
    pub async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&mut Conn) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.readers.run(read).await
    }

    /// Runs `write` in a transaction on the writer thread and returns after the commit. The call itself queues it, not
    /// the first poll, so writes run in the order of the calls. A failed write undoes only itself.
    /// It must not do anything slow.
    ///
    /// # Errors
    /// The error of `write`; `Unavailable` when the queue is full or the commit failed; `WrongClock`.
    pub fn write<T, F>(&self, write: F) -> impl Future<Output = Result<T>> + Send + use<T, F>
    where
        T: Send + 'static,
        F: FnOnce(&mut Tx) -> Result<T> + Send + 'static,
    {
        let checked = time::check_clock();
        let queued = checked.map(|()| self.writer.run(write));
        async move { queued?.await }
    }

    /// Like [`Db::write`], but without a savepoint, which takes about a quarter of the time of a post. `check` reads
    /// what the write depends on, may refuse it, and must not change the database. An error of `change` undoes the
    /// whole transaction, also what other writes have changed in it; they fail with `Unavailable`, and for a minute all
    /// writes get savepoints.
    ///
    /// # Errors
    /// The error of `check`; otherwise those of [`Db::write`].
    pub fn write_checked<C, T, F, G>(
        &self,
        check: F,
        change: G,
    ) -> impl Future<Output = Result<T>> + Send + use<C, T, F, G>
    where
        T: Send + 'static,
        F: FnOnce(&mut Tx) -> Result<C> + Send + 'static,
        G: FnOnce(&mut Tx, C) -> Result<T> + Send + 'static,
    {
        let checked = time::check_clock();
        let queued = checked.map(|()| self.writer.run_checked(check, change));
        async move { queued?.await }
    }

    /// Receiver that changes with every commit from now on.
    pub fn commits(&self) -> watch::Receiver<()> {
        self.signals.commits.subscribe()
    }

    /// Number of commits since the start. What was read before is current while it stays the same.
    pub fn commit_count(&self) -> u64 {
        self.signals.commit_count.load(Ordering::SeqCst)
    }

    /// Waits for a commit that called [`Tx::adds_jobs`]. At most one task may wait; a commit before the call counts.
    pub async fn jobs_added(&self) {
        self.signals.jobs_added.notified().await;
    }

    /// Waits until [`Db::close`] is called.
    pub async fn closing(&self) {
        let mut closing = self.signals.closing.subscribe();
        let _ = closing.wait_for(|closing| *closing).await;
    }

    /// Whether [`Db::close`] was called.
    pub fn is_closing(&self) -> bool {
        *self.signals.closing.borrow()
    }

    /// Finds out whether the disk takes changes: the last one was taken, there is free space, and a row can be written.
    /// Calls are serialized, and at most one write a second is made.
    ///
    /// # Errors
    /// `Disk` if the disk is full or failing, `Unavailable` if the row was not written in 5 s.
    pub async fn check(&self) -> Result<()> {
        let mut last_check = self.last_check.lock().await;
        let failed_at = *self.signals.disk_failed_at.lock();
        if failed_at.is_some_and(|at| at.elapsed() < DISK_FAILURE) {
            return Err(Error::Disk);
        }
        if last_check.is_some_and(|at| at.elapsed() < CHECK_INTERVAL) {
            return Ok(());
        }
        let outcome = tokio::time::timeout(CHECK_TIMEOUT, self.probe()).await;
        let outcome = outcome.unwrap_or(Err(Error::Unavailable(CHECK_TIMEOUT)));
        *last_check = outcome.is_ok().then(Instant::now);
        outcome
    }

    async fn probe(&self) -> Result<()> {
        let folder = self.folder.clone();
        let free = tokio::task::spawn_blocking(move || free_space(&folder)).await;
        if free.ok().flatten().is_some_and(|free| free < MIN_FREE) {
            return Err(Error::Disk);
        }
        let write = self.write(|tx| {
            let update = diesel::update(pulse::table).set(pulse::at.eq(time::now()));
            update.execute(tx.conn)?;
            Ok(())
        });
        write.await
    }

    /// Ends the background tasks, commits the queued writes and closes all connections. Later writes and reads are
    /// refused.
    pub async fn close(&self) {
        self.signals.closing.send_replace(true);
        let (writer, readers) = (self.writer.clone(), self.readers.clone());
        let stop = move || {
            writer.stop();
            readers.stop();
        };
        let _ = tokio::task::spawn_blocking(stop).await;
    }
}

/// Free space of the disk with a folder (bytes). `None` if the file system does not tell.
pub fn free_space(folder: &Path) -> Option<u64> {
    let found = rustix::fs::statvfs(folder).ok()?;
    (found.f_blocks > 0).then_some(found.f_bavail.saturating_mul(found.f_frsize))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn free_space_is_that_of_the_file_system_of_a_folder() {
        let home = tempfile::tempdir().expect("a temporary folder");
        assert!(free_space(home.path()).is_some_and(|free| free > MIN_FREE));
        assert_eq!(free_space(&home.path().join("missing")), None);
    }
}

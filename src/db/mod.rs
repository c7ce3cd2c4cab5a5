//! The database: reads on a small pool of connections, writes on one thread with group commit.
//!
//! Invariant: what [`Db::write`] answered is on disk (WAL, `synchronous=FULL`), and its publications
//! went out before the answer, in commit order.

pub mod cache;
mod checkpoint;
pub mod fts;
pub mod ids;
mod open;
mod pool;
pub mod sqlite_errors;
pub mod time;
mod writer;

use std::{
    future::Future,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use diesel::{ExpressionMethods, RunQueryDsl, SqliteConnection};

use tokio::sync::{Mutex, Notify};

use crate::{
    error::{Error, Result},
    schema::pulse,
};
pub use writer::Tx;
use {checkpoint::Checkpointer, writer::Worker, writer::Writer};

/// A connection as store functions take it.
pub type Conn = SqliteConnection;

/// Words as a part of a pattern of LIKE, with `\\` as its escape character.
pub fn literal(words: &str) -> String {
    let mut pattern = String::with_capacity(words.len());
    for c in words.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern
}

/// The open database of one data folder. Cheap to clone.
#[derive(Clone)]
pub struct Db {
    readers: Arc<pool::Pool>,
    writer: Arc<Writer>,
    checked: Arc<Mutex<Option<Instant>>>,
    committed: Arc<Notify>,
}

impl Db {
    /// Opens, locks, checks and migrates the database in `folder`, creating what is missing.
    /// `after_group` is called on the writer thread when all publications of a commit have been made,
    /// before the answers; it must not block.
    ///
    /// # Errors
    /// One sentence for the person at the terminal. Nothing is changed then.
    pub fn open(folder: &Path, after_group: impl Fn() + Send + 'static) -> Result<Db, String> {
        let opened = open::open(folder)?;
        let checkpointer = Checkpointer::start(opened.checkpoints, checkpoint::HABIT);
        let committed = Arc::new(Notify::new());
        let worker = Worker {
            conn: opened.writer,
            checkpointer,
            after_group: Box::new(after_group),
            committed: committed.clone(),
        };
        Ok(Db {
            readers: Arc::new(pool::Pool::new(opened.readers, opened.path)),
            writer: Arc::new(Writer::start(worker, opened.lock)),
            checked: Arc::default(),
            committed,
        })
    }

    /// Runs `job` on a reading connection, off the async threads.
    pub async fn read<T, F>(&self, job: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn) -> Result<T> + Send + 'static,
    {
        self.readers.run(job).await
    }

    /// Runs `job` in a transaction of the writer thread and answers after the commit. It is queued by
    /// the call, not by the first poll: who calls first writes first. A failed job undoes itself alone.
    /// Nothing slow belongs into it.
    ///
    /// # Errors
    /// What `job` returned; `Unavailable` when the queue is full or the commit failed.
    pub fn write<T, F>(&self, job: F) -> impl Future<Output = Result<T>> + Send + use<T, F>
    where
        T: Send + 'static,
        F: FnOnce(&mut Tx) -> Result<T> + Send + 'static,
    {
        self.writer.run(job)
    }

    /// Waits until something was committed since the last time; for the one who does afterwards what no
    /// change has to wait for.
    pub async fn committed(&self) {
        self.committed.notified().await;
    }

    /// Writes one row, to know that the disk takes changes; one at a time, and once a second at most.
    ///
    /// # Errors
    /// What the write met, or `Unavailable` after 5 s.
    pub async fn check(&self) -> Result<()> {
        let mut checked = self.checked.lock().await;
        if checked.is_some_and(|at| at.elapsed() < Duration::from_secs(1)) {
            return Ok(());
        }
        let write = self.write(|tx| {
            diesel::update(pulse::table)
                .set(pulse::at.eq(time::now()))
                .execute(tx.conn)?;
            Ok(())
        });
        let late = Err(Error::Unavailable(Duration::from_secs(5)));
        let outcome = tokio::time::timeout(Duration::from_secs(5), write)
            .await
            .unwrap_or(late);
        *checked = outcome.is_ok().then(Instant::now);
        outcome
    }

    /// Commits what is queued and ends the writer thread. Later writes are refused.
    pub async fn close(&self) {
        let writer = self.writer.clone();
        let _ = tokio::task::spawn_blocking(move || writer.stop()).await;
    }
}

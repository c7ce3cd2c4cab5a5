//! The single writer: a thread that runs all waiting writes in one transaction, commits, publishes and answers.

use std::{
    fs::File,
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use diesel::{
    Connection,
    connection::{AnsiTransactionManager, TransactionManager},
};
use parking_lot::Mutex;
use tokio::sync::{Notify, mpsc, oneshot, watch};

use super::{Conn, checkpoint::Checkpointer};
use crate::error::{Error, Result};

/// Capacity of the queue. Further writes are refused with `Unavailable`.
const QUEUE: usize = 4096;
/// Most writes in one commit: bounds how long the first of them waits.
const GROUP: usize = 256;

/// Tells the caller of a write whether the transaction was committed.
type AnswerFn = Box<dyn FnOnce(Result<()>) + Send>;
/// Runs one write in a savepoint of the transaction that all waiting writes share.
type QueuedWrite = Box<dyn FnOnce(&mut Conn) -> (Effects, AnswerFn) + Send>;

/// Everything that a write causes after its commit.
#[derive(Default)]
struct Effects {
    publications: Vec<Box<dyn FnOnce() + Send>>,
    erases: bool,
    adds_jobs: bool,
    /// The write failed because the disk takes no more data.
    disk_failed: bool,
}

/// One write's part of a transaction.
pub struct Tx<'a> {
    /// The writing connection, for store functions.
    pub conn: &'a mut Conn,
    effects: &'a mut Effects,
}

impl Tx<'_> {
    /// Runs `publish` on the writer thread after the commit, in commit order; never if the write fails.
    /// It must not block.
    pub fn after_commit(&mut self, publish: impl FnOnce() + Send + 'static) {
        self.effects.publications.push(Box::new(publish));
    }

    /// Removes deleted and overwritten data from the write-ahead log as well, within seconds of the commit. The
    /// database file never keeps such data.
    pub fn erases(&mut self) {
        self.effects.erases = true;
    }

    /// Wakes the job runner after the commit.
    pub fn adds_jobs(&mut self) {
        self.effects.adds_jobs = true;
    }
}

/// Handle of the writer thread.
pub struct Writer {
    queue: Mutex<Option<mpsc::Sender<QueuedWrite>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Writer {
    /// Starts the thread. It holds `lock` until it ends.
    pub fn start(mut worker: WriterThread, lock: File) -> Writer {
        let (queue, mut writes) = mpsc::channel(QUEUE);
        let thread = std::thread::Builder::new()
            .name("db-writer".into())
            .spawn(move || {
                while let Some(first) = writes.blocking_recv() {
                    worker.commit(group(first, &mut writes));
                }
                drop(worker);
                drop(lock);
            })
            .expect("a thread can be started while the server starts");
        Writer {
            queue: Mutex::new(Some(queue)),
            thread: Mutex::new(Some(thread)),
        }
    }

    /// See [`super::Db::write`].
    pub fn run<T, F>(&self, write: F) -> impl Future<Output = Result<T>> + Send + use<T, F>
    where
        T: Send + 'static,
        F: FnOnce(&mut Tx) -> Result<T> + Send + 'static,
    {
        let (sender, answer) = oneshot::channel();
        let busy = Error::Unavailable(Duration::from_secs(1));
        let queue = self.queue.lock().clone();
        let write: QueuedWrite = Box::new(move |conn| run_write(conn, write, sender));
        let is_queued = queue.is_some_and(|queue| queue.try_send(write).is_ok());
        async move {
            match is_queued {
                true => answer.await.unwrap_or(Err(busy)),
                false => Err(busy),
            }
        }
    }

    /// Closes the queue, runs the writes in it and waits for the thread to end.
    pub fn stop(&self) {
        self.queue.lock().take();
        let thread = self.thread.lock().take();
        let _ = thread.map(JoinHandle::join);
    }
}

/// Takes all waiting writes, up to a full group.
fn group(first: QueuedWrite, writes: &mut mpsc::Receiver<QueuedWrite>) -> Vec<QueuedWrite> {
    std::thread::yield_now(); // lets tasks that are about to queue a write do so
    let waiting = std::iter::from_fn(|| writes.try_recv().ok());
    std::iter::once(first).chain(waiting).take(GROUP).collect()
}

/// Signals from the writer to background tasks. They carry no data: a task that wakes up reads the database.
#[derive(Default)]
pub struct Signals {
    /// Changes with every commit.
    pub commits: watch::Sender<()>,
    /// Number of commits, increased before one is published or answered.
    pub commit_count: AtomicU64,
    /// Time of the last change that the disk did not take, until it takes one again.
    pub disk_failed_at: Mutex<Option<Instant>>,
    /// Notified after a commit that added jobs. The job runner is its only waiter.
    pub jobs_added: Notify,
    /// True once the database is being closed.
    pub closing: watch::Sender<bool>,
}

/// State of the writer thread.
pub struct WriterThread {
    /// The only connection that writes.
    pub conn: Conn,
    /// Notified of each commit.
    pub checkpointer: Checkpointer,
    /// Called after the publications of a commit and before its answers.
    pub after_group: Box<dyn Fn() + Send>,
    /// Sent after the answers of a commit.
    pub signals: Arc<Signals>,
}

impl WriterThread {
    /// Runs a group in one transaction, then its publications, then its answers.
    fn commit(&mut self, group: Vec<QueuedWrite>) {
        let mut finished = Vec::with_capacity(group.len());
        let outcome = self.conn.immediate_transaction(|conn| {
            for write in group {
                finished.push(write(conn));
                check_transaction(conn)?;
            }
            Ok::<(), Error>(())
        });
        let mut disk_failed = finished.iter().any(|(effects, _)| effects.disk_failed);
        let outcome = outcome.map_err(|error| {
            tracing::error!(?error, "a group of changes could not be committed");
            disk_failed |= error == Error::Disk;
            match disk_failed {
                true => Error::Disk,
                false => Error::Unavailable(Duration::from_secs(2)),
            }
        });
        *self.signals.disk_failed_at.lock() = disk_failed.then(Instant::now);
        self.signals.commit_count.fetch_add(1, Ordering::SeqCst);
        let (effects, answers): (Vec<Effects>, Vec<AnswerFn>) = finished.into_iter().unzip();
        let (mut erases, mut adds_jobs) = (false, false);
        for effects in effects.into_iter().filter(|_| outcome.is_ok()) {
            erases |= effects.erases;
            adds_jobs |= effects.adds_jobs;
            effects.publications.into_iter().for_each(publish);
        }
        publish(&self.after_group);
        for answer in answers {
            answer(outcome.clone());
        }
        self.signals.commits.send_replace(());
        if adds_jobs {
            self.signals.jobs_added.notify_one();
        }
        if erases {
            self.checkpointer.erase();
        }
        self.checkpointer.committed(&mut self.conn);
    }
}

/// Fails if SQLite has rolled the transaction back by itself, as it does on a full disk or without memory. The rest of
/// the group would otherwise be committed alone and never be published.
fn check_transaction(conn: &mut Conn) -> Result<()> {
    match AnsiTransactionManager::transaction_manager_status_mut(conn).transaction_depth() {
        Ok(Some(_)) => Ok(()),
        _ => Err(Error::Internal("SQLite rolled a group back".into())),
    }
}

/// Runs a publication. A panic in it must not end the writer: readers still find the change in the database.
fn publish(publication: impl FnOnce()) {
    if catch_unwind(AssertUnwindSafe(publication)).is_err() {
        tracing::error!("a publication panicked");
    }
}

/// Runs a write in its own savepoint, so that its failure, even a panic, undoes only itself.
fn run_write<T, F>(
    conn: &mut Conn,
    write: F,
    sender: oneshot::Sender<Result<T>>,
) -> (Effects, AnswerFn)
where
    T: Send + 'static,
    F: FnOnce(&mut Tx) -> Result<T>,
{
    let (mut effects, mut disk_failed) = (Effects::default(), false);
    let result = conn.transaction(|conn| {
        let mut tx = Tx {
            conn,
            effects: &mut effects,
        };
        let written = catch_unwind(AssertUnwindSafe(|| write(&mut tx)))
            .unwrap_or_else(|_| Err(Error::Internal("a write panicked".into())));
        disk_failed = matches!(written, Err(Error::Disk)); // the end of the savepoint may replace it
        written
    });
    if result.is_err() {
        effects = Effects {
            disk_failed,
            ..Effects::default()
        };
    }
    let answer: AnswerFn = Box::new(move |committed| {
        let _ = sender.send(committed.and(result));
    });
    (effects, answer)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use diesel::{RunQueryDsl, connection::SimpleConnection, sql_query};

    use super::*;
    use crate::db::Db;

    fn insert(tx: &mut Tx, published: &Arc<AtomicUsize>) -> Result<()> {
        sql_query("INSERT INTO pulse (at) VALUES (1)").execute(tx.conn)?;
        let published = published.clone();
        tx.after_commit(move || {
            published.fetch_add(1, Ordering::SeqCst);
        });
        Ok(())
    }

    #[tokio::test]
    async fn a_full_disk_fails_the_write_and_its_group_and_the_health_check() {
        let home = tempfile::tempdir().expect("a temporary folder");
        let db = Db::open(home.path(), || {}).expect("an empty folder");
        let limit = |pages: &'static str| {
            db.write(move |tx| {
                let pragma = format!("PRAGMA max_page_count = {pages}");
                Ok(tx.conn.batch_execute(&pragma)?)
            })
        };
        let small = || {
            db.write(|tx| {
                sql_query("UPDATE pulse SET at = 1").execute(tx.conn)?;
                Ok(())
            })
        };
        limit("1")
            .await
            .expect("the limit is that of the present size");
        assert_eq!(db.check().await, Ok(()));
        let big = || {
            db.write(|tx| {
                let fill = "CREATE TABLE fill AS SELECT zeroblob(1000000) AS x";
                Ok(tx.conn.batch_execute(fill)?)
            })
        };
        let (big, other) = (big(), small());
        assert_eq!(big.await, Err(Error::Disk));
        let _ = other.await; // in the same group, it fails as well
        big_fails_then_check(&db).await;
        small().await.expect("it needs no space");
        assert_eq!(db.check().await, Ok(()), "the last write succeeded");
        limit("100000").await.expect("there is space");
        db.close().await;
    }

    /// Fills the disk again, and checks that the health check says so.
    async fn big_fails_then_check(db: &Db) {
        let fill = "CREATE TABLE fill AS SELECT zeroblob(1000000) AS x";
        let failed = db.write(move |tx| Ok(tx.conn.batch_execute(fill)?)).await;
        assert_eq!(
            (failed, db.check().await),
            (Err(Error::Disk), Err(Error::Disk))
        );
    }

    #[tokio::test]
    async fn a_group_that_sqlite_rolled_back_leaves_nothing_and_fails_every_write() {
        let home = tempfile::tempdir().expect("a temporary folder");
        let db = Db::open(home.path(), || {}).expect("an empty folder");
        let published = Arc::new(AtomicUsize::new(0));
        let (begun, is_busy) = tokio::sync::oneshot::channel();
        let (go_on, wait) = std::sync::mpsc::channel::<()>();
        let busy = db.write(move |_| {
            let _ = (begun.send(()), wait.recv());
            Ok(())
        });
        is_busy.await.expect("the writer begins");
        let [first, last] = [(); 2].map(|()| published.clone());
        let before = db.write(move |tx| insert(tx, &first));
        let broken = db.write(|tx| -> Result<()> {
            tx.conn.batch_execute("ROLLBACK")?; // as SQLite does when the disk is full
            Err(Error::Internal("a full disk".into()))
        });
        let after = db.write(move |tx| insert(tx, &last));
        go_on.send(()).expect("the writer waits");
        assert_eq!(busy.await, Ok(()), "it was in a group of its own");
        for write in [before.await, broken.await, after.await] {
            assert!(matches!(write, Err(Error::Unavailable(_))), "{write:?}");
        }
        assert_eq!(published.load(Ordering::SeqCst), 0);
        let next = published.clone();
        assert_eq!(db.write(move |tx| insert(tx, &next)).await, Ok(()));
        let count = "UPDATE pulse SET at = 2";
        let rows = db.write(move |tx| Ok(sql_query(count).execute(tx.conn)?));
        assert_eq!(rows.await, Ok(2), "the first row, and the one after");
    }
}

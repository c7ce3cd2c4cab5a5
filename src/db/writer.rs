//! The one writer: a thread that drains its queue into one transaction, commits, publishes, answers.

use std::{
    fs::File,
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, PoisonError},
    thread::JoinHandle,
    time::Duration,
};

use diesel::{
    Connection,
    connection::{AnsiTransactionManager, TransactionManager},
};
use tokio::sync::{Notify, mpsc, oneshot};

use super::{Conn, checkpoint::Checkpointer};
use crate::error::{Error, Result};

/// Jobs that may wait; one more is refused with `Unavailable`.
const QUEUE: usize = 4096;
/// Jobs in one commit at most: bounds the wait of the first of them.
const GROUP: usize = 256;

type Publication = Box<dyn FnOnce() + Send>;
type Answer = Box<dyn FnOnce(Result<()>) + Send>;
type Job = Box<dyn FnOnce(&mut Conn) -> Settled + Send>;

/// A job after its savepoint: what to publish once it is on disk, and whom to tell.
struct Settled {
    publications: Vec<Publication>,
    erases: bool,
    answer: Answer,
}

/// One job's part of a transaction.
pub struct Tx<'a> {
    /// The writing connection, for store functions.
    pub conn: &'a mut Conn,
    publications: &'a mut Vec<Publication>,
    erases: &'a mut bool,
}

impl Tx<'_> {
    /// Runs `publish` on the writer thread after the commit, in commit order; never if the job fails.
    /// It must not block.
    pub fn after_commit(&mut self, publish: impl FnOnce() + Send + 'static) {
        self.publications.push(Box::new(publish));
    }

    /// What this job takes out leaves the write-ahead log within seconds, too. The database file never
    /// keeps what is deleted or overwritten.
    pub fn erases(&mut self) {
        *self.erases = true;
    }
}

/// The way to the writer thread.
pub struct Writer {
    queue: Mutex<Option<mpsc::Sender<Job>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Writer {
    /// Starts the thread. `lock` is held until it ends.
    pub fn start(mut worker: Worker, lock: File) -> Writer {
        let (queue, mut jobs) = mpsc::channel(QUEUE);
        let thread = std::thread::Builder::new()
            .name("db-writer".into())
            .spawn(move || {
                while let Some(first) = jobs.blocking_recv() {
                    worker.commit(group(first, &mut jobs));
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
    pub fn run<T, F>(&self, job: F) -> impl Future<Output = Result<T>> + Send + use<T, F>
    where
        T: Send + 'static,
        F: FnOnce(&mut Tx) -> Result<T> + Send + 'static,
    {
        let (tell, answer) = oneshot::channel();
        let busy = Error::Unavailable(Duration::from_secs(1));
        let queue = self
            .queue
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let job: Job = Box::new(move |conn| settle(conn, job, tell));
        let queued = queue.is_some_and(|queue| queue.try_send(job).is_ok());
        async move {
            if queued {
                answer.await.unwrap_or(Err(busy))
            } else {
                Err(busy)
            }
        }
    }

    /// Lets the queue run empty and waits for the thread.
    pub fn stop(&self) {
        self.queue
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let thread = self
            .thread
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(thread) = thread {
            let _ = thread.join();
        }
    }
}

/// All that waits, up to a whole group.
fn group(first: Job, jobs: &mut mpsc::Receiver<Job>) -> Vec<Job> {
    std::thread::yield_now(); // to whoever is about to queue the next one
    let mut group = vec![first];
    while group.len() < GROUP
        && let Ok(job) = jobs.try_recv()
    {
        group.push(job);
    }
    group
}

/// What the writer thread works with.
pub struct Worker {
    /// The only connection that writes.
    pub conn: Conn,
    /// Told of each commit.
    pub checkpointer: Checkpointer,
    /// Called between the publications of a commit and its answers.
    pub after_group: Box<dyn Fn() + Send>,
    /// Told of each commit, too, after its answers.
    pub committed: Arc<Notify>,
}

impl Worker {
    /// One transaction for the whole group; publications first, then the answers.
    fn commit(&mut self, group: Vec<Job>) {
        let mut settled = Vec::with_capacity(group.len());
        let outcome = self.conn.immediate_transaction(|conn| {
            for job in group {
                settled.push(job(conn));
                still_open(conn)?;
            }
            Ok::<(), Error>(())
        });
        let outcome = outcome.map_err(|error| {
            tracing::error!(?error, "a group of changes could not be committed");
            Error::Unavailable(Duration::from_secs(2))
        });
        let mut answers = Vec::with_capacity(settled.len());
        let mut erases = false;
        for one in settled {
            if outcome.is_ok() {
                erases |= one.erases;
                one.publications.into_iter().for_each(publish);
            }
            answers.push(one.answer);
        }
        publish(&self.after_group);
        for answer in answers {
            answer(outcome.clone());
        }
        self.committed.notify_one();
        if erases {
            self.checkpointer.erase();
        }
        self.checkpointer.committed(&mut self.conn);
    }
}

/// After some errors (a full disk, no memory) SQLite rolls everything back by itself; what came after in
/// the same group would be committed alone, and never published.
fn still_open(conn: &mut Conn) -> Result<()> {
    let status = AnsiTransactionManager::transaction_manager_status_mut(conn);
    match status.transaction_depth() {
        Ok(Some(_)) => Ok(()),
        _ => Err(Error::Internal("SQLite rolled a group back".into())),
    }
}

/// A publication that panics must not take the writer with it: readers still find the change in the database.
fn publish(publication: impl FnOnce()) {
    if catch_unwind(AssertUnwindSafe(publication)).is_err() {
        tracing::error!("a publication panicked");
    }
}

/// Runs one job in its own savepoint, so that its failure, even a panic, undoes only itself.
fn settle<T, F>(conn: &mut Conn, job: F, tell: oneshot::Sender<Result<T>>) -> Settled
where
    T: Send + 'static,
    F: FnOnce(&mut Tx) -> Result<T>,
{
    let (mut publications, mut erases) = (Vec::new(), false);
    let result = conn.transaction(|conn| {
        let mut tx = Tx {
            conn,
            publications: &mut publications,
            erases: &mut erases,
        };
        catch_unwind(AssertUnwindSafe(|| job(&mut tx)))
            .unwrap_or_else(|_| Err(Error::Internal("a write panicked".into())))
    });
    if result.is_err() {
        publications.clear();
    }
    let answer: Answer = Box::new(move |committed| {
        let _ = tell.send(committed.and(result));
    });
    Settled {
        publications,
        erases,
        answer,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    };

    use diesel::{RunQueryDsl, connection::SimpleConnection, sql_query};
    use tempfile::tempdir;

    use crate::{
        db::{Db, Tx},
        error::{Error, Result},
    };

    fn insert(tx: &mut Tx, published: &Arc<AtomicUsize>) -> Result<()> {
        sql_query("INSERT INTO pulse (at) VALUES (1)").execute(tx.conn)?;
        let published = published.clone();
        tx.after_commit(move || {
            published.fetch_add(1, Ordering::SeqCst);
        });
        Ok(())
    }

    #[tokio::test]
    async fn a_group_that_sqlite_rolled_back_leaves_nothing_and_tells_everyone() {
        let home = tempdir().expect("a temporary folder");
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

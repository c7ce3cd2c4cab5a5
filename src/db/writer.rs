//! The single writer: a thread that runs all waiting writes in one transaction, commits, publishes and answers.

use std::{
    any::Any,
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
    Connection, RunQueryDsl,
    connection::{AnsiTransactionManager, TransactionManager},
    define_sql_function,
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
/// Time for which all writes get savepoints after one without has failed.
const CAUTION: Duration = Duration::from_secs(60);

/// Value that a write leaves for the next one of its group.
type Carried = Option<Box<dyn Any + Send>>;
/// Runs one write in the transaction that all waiting writes share.
type QueuedWrite = Box<dyn FnOnce(&mut Conn, &mut GroupState) -> (Effects, AnswerFn) + Send>;

/// State of the transaction of a group.
#[derive(Default)]
struct GroupState {
    carried: Carried,
    /// Whether every write gets a savepoint.
    isolates_all: bool,
}

/// Everything that a write causes after its commit.
#[derive(Default)]
struct Effects {
    publications: Vec<Box<dyn FnOnce() + Send>>,
    erases: bool,
    adds_jobs: bool,
    /// The write failed because the disk takes no more data.
    disk_failed: bool,
    /// The write failed and may have left changes, so its group has to be rolled back.
    fails_group: bool,
}

/// One write's part of a transaction.
pub struct Tx<'a> {
    /// The writing connection, for store functions.
    pub conn: &'a mut Conn,
    effects: &'a mut Effects,
    /// Left by the write before.
    carried: Carried,
    /// Left for the write after.
    carry: &'a mut Carried,
}

impl Tx<'_> {
    /// Runs `publish` on the writer thread after the commit, in commit order; never if the write fails.
    /// It must not block.
    pub fn after_commit(&mut self, publish: impl FnOnce() + Send + 'static) {
        self.effects.publications.push(Box::new(publish));
    }

    /// Leaves a value for the next write of the same transaction, if this one succeeds.
    pub fn carry(&mut self, value: impl Any + Send) {
        *self.carry = Some(Box::new(value));
    }

    /// Takes the value that the previous write of the same transaction left. Nothing has changed the database since.
    /// `None` if that write left none of this type or failed, or if there is none before this one.
    pub fn carried<T: Any>(&mut self) -> Option<T> {
        let value = self.carried.take()?;
        value.downcast().ok().map(|value| *value)
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
        let run: QueuedWrite =
            Box::new(move |conn, group| run_write(conn, &mut group.carried, write, sender));
        self.queue(run, answer)
    }

    /// See [`super::Db::write_checked`].
    pub fn run_checked<C, T, F, G>(
        &self,
        check: F,
        change: G,
    ) -> impl Future<Output = Result<T>> + Send + use<C, T, F, G>
    where
        T: Send + 'static,
        F: FnOnce(&mut Tx) -> Result<C> + Send + 'static,
        G: FnOnce(&mut Tx, C) -> Result<T> + Send + 'static,
    {
        let (sender, answer) = oneshot::channel();
        let run: QueuedWrite = Box::new(move |conn, group| {
            let carried = &mut group.carried;
            match group.isolates_all {
                false => run_checked(conn, carried, check, change, sender),
                true => {
                    let write = |tx: &mut Tx| {
                        let checked = check(tx)?;
                        change(tx, checked)
                    };
                    run_write(conn, carried, write, sender)
                }
            }
        });
        self.queue(run, answer)
    }

    /// Queues a write. The future waits for its answer.
    fn queue<T: Send + 'static>(
        &self,
        write: QueuedWrite,
        answer: oneshot::Receiver<Result<T>>,
    ) -> impl Future<Output = Result<T>> + Send + use<T> {
        let busy = Error::Unavailable(Duration::from_secs(1));
        let queue = self.queue.lock().clone();
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

/// Collects all waiting writes, up to a full group. It yields until no more arrive, because larger groups cost less for
/// each write and each delivery.
fn group(first: QueuedWrite, writes: &mut mpsc::Receiver<QueuedWrite>) -> Vec<QueuedWrite> {
    let mut group = vec![first];
    loop {
        std::thread::yield_now();
        let before = group.len();
        let waiting = std::iter::from_fn(|| writes.try_recv().ok());
        group.extend(waiting.take(GROUP - before));
        if group.len() == before || group.len() == GROUP {
            return group;
        }
    }
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
    /// Time until which all writes get savepoints.
    pub cautious_until: Option<Instant>,
}

impl WriterThread {
    /// Runs a group in one transaction, then its publications, then its answers.
    fn commit(&mut self, group: Vec<QueuedWrite>) {
        let mut finished = Vec::with_capacity(group.len());
        let isolates_all = self
            .cautious_until
            .is_some_and(|until| Instant::now() < until);
        let outcome = self.conn.immediate_transaction(|conn| {
            let mut state = GroupState {
                carried: None,
                isolates_all,
            };
            for write in group {
                let (effects, answer) = write(conn, &mut state);
                let fails_group = effects.fails_group;
                finished.push((effects, answer));
                if fails_group {
                    return Err(Error::Internal("a write without savepoint failed".into()));
                }
                check_transaction(conn)?;
            }
            Ok::<(), Error>(())
        });
        let mut disk_failed = finished.iter().any(|(effects, _)| effects.disk_failed);
        if finished.iter().any(|(effects, _)| effects.fails_group) {
            self.cautious_until = Some(Instant::now() + CAUTION);
        }
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
    carried: &mut Carried,
    write: F,
    sender: oneshot::Sender<Result<T>>,
) -> (Effects, AnswerFn)
where
    T: Send + 'static,
    F: FnOnce(&mut Tx) -> Result<T>,
{
    let (mut effects, mut disk_failed) = (Effects::default(), false);
    let from_before = carried.take();
    let result = conn.transaction(|conn| {
        let mut tx = Tx {
            conn,
            effects: &mut effects,
            carried: from_before,
            carry: &mut *carried,
        };
        let written = caught(|| write(&mut tx));
        disk_failed = matches!(written, Err(Error::Disk)); // the end of the savepoint may replace it
        written
    });
    if result.is_err() {
        *carried = None;
        effects = Effects {
            disk_failed,
            ..Effects::default()
        };
    }
    (effects, answer(sender, result))
}

/// Runs a checked write without a savepoint.
fn run_checked<C, T: Send + 'static>(
    conn: &mut Conn,
    carried: &mut Carried,
    check: impl FnOnce(&mut Tx) -> Result<C>,
    change: impl FnOnce(&mut Tx, C) -> Result<T>,
    sender: oneshot::Sender<Result<T>>,
) -> (Effects, AnswerFn) {
    let mut effects = Effects::default();
    let mut tx = Tx {
        carried: carried.take(),
        conn,
        effects: &mut effects,
        carry: &mut *carried,
    };
    let unchanged = |tx: &mut Tx| {
        let before = total_changes_of(tx.conn);
        let checked = check(tx)?;
        assert_eq!(before, total_changes_of(tx.conn), "a check changes nothing");
        Ok(checked)
    };
    let (result, fails_group) = match caught(|| unchanged(&mut tx)) {
        Ok(checked) => {
            let changed = caught(|| change(&mut tx, checked));
            let failed = changed.is_err();
            (changed, failed)
        }
        Err(error) => {
            // SQLite may have ended the transaction after an error of its own.
            let is_ours = error.status().is_server_error();
            (Err(error), is_ours)
        }
    };
    if let Err(error) = &result {
        *carried = None;
        effects = Effects {
            disk_failed: *error == Error::Disk,
            fails_group,
            ..Effects::default()
        };
    }
    (effects, answer(sender, result))
}

define_sql_function! {
    /// Number of rows that this connection has changed.
    fn total_changes() -> BigInt;
}

/// Number of rows that a connection has changed. `None` without debug assertions.
fn total_changes_of(conn: &mut Conn) -> Option<i64> {
    match cfg!(debug_assertions) {
        true => diesel::select(total_changes()).get_result(conn).ok(),
        false => None,
    }
}

/// Runs a part of a write. A panic is an error.
fn caught<T>(run: impl FnOnce() -> Result<T>) -> Result<T> {
    let panicked = |_| Err(Error::Internal("a write panicked".into()));
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(panicked)
}

fn answer<T: Send + 'static>(sender: oneshot::Sender<Result<T>>, result: Result<T>) -> AnswerFn {
    Box::new(move |committed| {
        let _ = sender.send(committed.and(result));
    })
}

#[cfg(test)]
mod tests;

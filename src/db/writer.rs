//! The one writer: a thread that drains its queue into one transaction, commits, publishes, answers.

use std::{
    fs::File,
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Mutex, PoisonError},
    thread::JoinHandle,
    time::Duration,
};

use diesel::Connection;
use tokio::sync::{mpsc, oneshot};

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
    answer: Answer,
}

/// One job's part of a transaction.
pub struct Tx<'a> {
    /// The writing connection, for store functions.
    pub conn: &'a mut Conn,
    publications: &'a mut Vec<Publication>,
}

impl Tx<'_> {
    /// Runs `publish` on the writer thread after the commit, in commit order; never if the job fails.
    /// It must not block.
    pub fn after_commit(&mut self, publish: impl FnOnce() + Send + 'static) {
        self.publications.push(Box::new(publish));
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
}

impl Worker {
    /// One transaction for the whole group; publications first, then the answers.
    fn commit(&mut self, group: Vec<Job>) {
        let mut settled = Vec::with_capacity(group.len());
        let outcome = self.conn.immediate_transaction(|conn| {
            settled.extend(group.into_iter().map(|job| job(conn)));
            Ok::<(), Error>(())
        });
        let outcome = outcome.map_err(|error| {
            tracing::error!(?error, "a group of changes could not be committed");
            Error::Unavailable(Duration::from_secs(2))
        });
        let mut answers = Vec::with_capacity(settled.len());
        for one in settled {
            if outcome.is_ok() {
                one.publications.into_iter().for_each(publish);
            }
            answers.push(one.answer);
        }
        publish(&self.after_group);
        for answer in answers {
            answer(outcome.clone());
        }
        self.checkpointer.committed(&mut self.conn);
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
    let mut publications = Vec::new();
    let result = conn.transaction(|conn| {
        let mut tx = Tx {
            conn,
            publications: &mut publications,
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
        answer,
    }
}

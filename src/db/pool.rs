//! A pool of threads that each own a reading connection and take reads from one queue.

use std::{
    collections::VecDeque,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::Arc,
    thread::{self, JoinHandle},
};

use parking_lot::{Condvar, Mutex};
use tokio::sync::oneshot;

use super::{Conn, open};
use crate::error::{Error, Result};

/// A read, and the answer to its caller.
type QueuedRead = Box<dyn FnOnce(&mut Reader) + Send>;

/// Runs as many reads at once as there are connections, in the order of the calls. Tokio's blocking threads are not used:
/// there are more of them, they take turns, and each keeps freed memory of its own.
pub struct Pool {
    queue: Arc<Queue>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

/// Reads that wait for a thread.
#[derive(Default)]
struct Queue {
    reads: Mutex<Reads>,
    changed: Condvar,
}

#[derive(Default)]
struct Reads {
    waiting: VecDeque<QueuedRead>,
    is_closed: bool,
}

impl Pool {
    /// Starts a thread for each of these connections to the database at `path`.
    pub fn start(conns: Vec<Conn>, path: &Path) -> Pool {
        let queue = Arc::<Queue>::default();
        let start = |conn| {
            let mut reader = Reader {
                conn: Some(conn),
                path: path.to_owned(),
            };
            let queue = queue.clone();
            let run = move || {
                while let Some(read) = queue.next() {
                    read(&mut reader);
                }
            };
            let started = thread::Builder::new().name("db-reader".into()).spawn(run);
            started.expect("a thread can be started while the server starts")
        };
        let threads = conns.into_iter().map(start).collect();
        Pool {
            threads: Mutex::new(threads),
            queue,
        }
    }

    /// See [`super::Db::read`]. A read whose caller has stopped waiting before it began is left out.
    pub async fn run<T: Send + 'static>(
        &self,
        read: impl FnOnce(&mut Conn) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (sender, answer) = oneshot::channel();
        self.queue.push(Box::new(move |reader| {
            if !sender.is_closed() {
                let _ = sender.send(reader.run(read));
            }
        }));
        let closed = |_| Err(Error::Internal("the readers are closed".into()));
        answer.await.unwrap_or_else(closed)
    }

    /// Ends the threads after the reads that wait, and closes their connections. Further reads are refused. It blocks.
    pub fn stop(&self) {
        self.queue.close();
        let threads = std::mem::take(&mut *self.threads.lock());
        for thread in threads {
            let _ = thread.join();
        }
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.queue.close();
    }
}

impl Queue {
    /// Adds a read. A closed queue drops it, and with it the sender of its answer.
    fn push(&self, read: QueuedRead) {
        let mut reads = self.reads.lock();
        if !reads.is_closed {
            reads.waiting.push_back(read);
            self.changed.notify_one();
        }
    }

    fn close(&self) {
        self.reads.lock().is_closed = true;
        self.changed.notify_all();
    }

    /// Waits for a read; `None` if the queue is closed and empty.
    fn next(&self) -> Option<QueuedRead> {
        let mut reads = self.reads.lock();
        while reads.waiting.is_empty() && !reads.is_closed {
            self.changed.wait(&mut reads);
        }
        reads.waiting.pop_front()
    }
}

/// The connection of one thread.
struct Reader {
    /// `None` after a read that panicked: its connection may be inside a transaction, so it is closed.
    conn: Option<Conn>,
    path: PathBuf,
}

impl Reader {
    fn run<T>(&mut self, read: impl FnOnce(&mut Conn) -> Result<T>) -> Result<T> {
        let open = || open::reader(&self.path).map_err(Error::Internal);
        let mut conn = self.conn.take().map_or_else(open, Ok)?;
        let outcome = catch_unwind(AssertUnwindSafe(|| read(&mut conn)));
        let outcome = outcome.map_err(|_| Error::Internal("a read panicked".into()))?;
        self.conn = Some(conn);
        outcome
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use diesel::{Connection, connection::SimpleConnection};
    use tokio::time::timeout;

    use super::*;

    /// A pool of one connection to an empty database.
    fn pool() -> Pool {
        let path = Path::new(":memory:");
        let conn = open::reader(path).expect("memory is free");
        Pool::start(vec![conn], path)
    }

    #[tokio::test]
    async fn a_read_that_panics_leaves_no_open_transaction_behind() {
        let pool = pool();
        let panics = pool.run(|conn| conn.transaction(|_| -> Result<()> { panic!("on purpose") }));
        assert!(panics.await.is_err());
        let begin = pool.run(|conn| Ok(conn.batch_execute("BEGIN; COMMIT")?));
        assert_eq!(begin.await, Ok(()));
    }

    #[tokio::test]
    async fn a_read_whose_caller_has_left_does_not_run() {
        let pool = Arc::new(pool());
        let (has_begun, begun) = oneshot::channel();
        let (go_on, wait) = std::sync::mpsc::channel::<()>();
        let busy = pool.clone();
        let first = tokio::spawn(async move {
            let first = busy.run(move |_| {
                let _ = (has_begun.send(()), wait.recv());
                Ok(())
            });
            first.await
        });
        begun.await.expect("the thread is free");
        let (ran, has_run) = oneshot::channel::<()>();
        let second = pool.run(move |_| {
            let _ = ran.send(());
            Ok(())
        });
        let left = timeout(Duration::ZERO, second).await;
        assert!(left.is_err());
        go_on.send(()).expect("the first read waits");
        assert_eq!(first.await.expect("no panic"), Ok(()));
        assert!(has_run.await.is_err(), "it was dropped without a run");
    }
}

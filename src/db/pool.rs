//! A pool of reading connections, lent to blocking threads.

use std::{path::PathBuf, sync::Arc};

use parking_lot::Mutex;
use tokio::sync::Semaphore;

use super::{Conn, open};
use crate::error::{Error, Result};

/// Runs as many reads at once as there are connections. Further reads wait without holding a thread.
pub struct Pool {
    /// The connections that run no read.
    idle: Mutex<Vec<Conn>>,
    path: PathBuf,
    permits: Arc<Semaphore>,
}

impl Pool {
    /// Pool of these connections to the database at `path`.
    pub fn new(conns: Vec<Conn>, path: PathBuf) -> Arc<Pool> {
        let permits = Arc::new(Semaphore::new(conns.len()));
        Arc::new(Pool {
            idle: Mutex::new(conns),
            path,
            permits,
        })
    }

    /// See [`super::Db::read`].
    pub async fn run<T: Send + 'static>(
        self: &Arc<Pool>,
        read: impl FnOnce(&mut Conn) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let closed = |_| Error::Internal("the readers are closed".into());
        let permit = self.permits.clone().acquire_owned().await.map_err(closed)?;
        let pool = self.clone();
        let running = tokio::task::spawn_blocking(move || {
            let mut conn = pool.take()?;
            let outcome = read(&mut conn);
            pool.idle.lock().push(conn);
            drop(permit); // only now, even if the caller has stopped waiting
            outcome
        });
        let panicked = |_| Err(Error::Internal("a read panicked".into()));
        running.await.unwrap_or_else(panicked)
    }

    /// Takes a connection, or opens one in place of a connection whose read panicked: it may be inside a transaction
    /// and is never put back.
    fn take(&self) -> Result<Conn> {
        let idle = self.idle.lock().pop();
        idle.map_or_else(|| open::reader(&self.path).map_err(Error::Internal), Ok)
    }
}

#[cfg(test)]
mod tests {
    use diesel::{Connection, connection::SimpleConnection};

    use super::*;

    #[tokio::test]
    async fn a_read_that_panics_leaves_no_open_transaction_behind() {
        let path = PathBuf::from(":memory:");
        let conn = open::reader(&path).expect("memory is free");
        let pool = Pool::new(vec![conn], path);
        let panics = pool.run(|conn| conn.transaction(|_| -> Result<()> { panic!("on purpose") }));
        assert!(panics.await.is_err());
        let begin = pool.run(|conn| Ok(conn.batch_execute("BEGIN; COMMIT")?));
        assert_eq!(begin.await, Ok(()));
    }
}

//! A few reading connections, lent to blocking threads.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::Semaphore;

use super::{Conn, open};
use crate::error::{Error, Result};

/// As many reads at once as there are connections; the others wait without holding a thread.
pub struct Pool {
    shelf: Arc<Shelf>,
    permits: Arc<Semaphore>,
}

/// The connections that nobody uses now.
struct Shelf {
    free: Mutex<Vec<Conn>>,
    path: PathBuf,
}

impl Pool {
    /// Takes over connections to the database at `path`.
    pub fn new(conns: Vec<Conn>, path: PathBuf) -> Pool {
        let permits = Arc::new(Semaphore::new(conns.len()));
        let free = Mutex::new(conns);
        Pool {
            shelf: Arc::new(Shelf { free, path }),
            permits,
        }
    }

    /// See [`super::Db::read`].
    pub async fn run<T, F>(&self, job: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn) -> Result<T> + Send + 'static,
    {
        let closed = |_| Error::Internal("the readers are closed".into());
        let permit = self.permits.clone().acquire_owned().await.map_err(closed)?;
        let shelf = self.shelf.clone();
        let read = tokio::task::spawn_blocking(move || {
            let mut conn = shelf.take()?;
            let outcome = job(&mut conn);
            shelf.put(conn);
            drop(permit); // after the connection is back; it moves in here in case the caller goes away
            outcome
        });
        read.await
            .unwrap_or_else(|_| Err(Error::Internal("a read panicked".into())))
    }
}

impl Shelf {
    /// A connection whose job panicked may be inside a transaction: it is not put back, and this opens
    /// another one in its place.
    fn take(&self) -> Result<Conn> {
        let free = self
            .free
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        free.map_or_else(|| open::reader(&self.path).map_err(Error::Internal), Ok)
    }

    fn put(&self, conn: Conn) {
        self.free
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(conn);
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
        let readers = Pool::new(vec![conn], path);
        let panics =
            readers.run(|conn| conn.transaction(|_| -> Result<()> { panic!("on purpose") }));
        assert!(panics.await.is_err());
        let begin = readers.run(|conn| Ok(conn.batch_execute("BEGIN; COMMIT")?));
        assert_eq!(begin.await, Ok(()));
    }
}

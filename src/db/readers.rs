//! A few reading connections, lent to blocking threads.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::Conn;
use crate::error::{Error, Result};

/// As many reads at once as there are connections; the others wait without holding a thread.
pub struct Readers {
    free: Arc<Mutex<Vec<Conn>>>,
    permits: Arc<Semaphore>,
}

impl Readers {
    /// Takes over connections that are set to `query_only`.
    pub fn new(conns: Vec<Conn>) -> Readers {
        let permits = Arc::new(Semaphore::new(conns.len()));
        Readers {
            free: Arc::new(Mutex::new(conns)),
            permits,
        }
    }

    /// See [`super::Db::read`].
    pub async fn run<T, F>(&self, job: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn) -> Result<T> + Send + 'static,
    {
        let permit = self
            .permits
            .clone()
            .acquire_owned()
            .await
            .map_err(|_| closed())?;
        let conn = self
            .free
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        let conn = Some(conn.ok_or_else(closed)?);
        let mut lent = Lent {
            conn,
            home: self.free.clone(),
            _permit: permit,
        };
        tokio::task::spawn_blocking(move || match &mut lent.conn {
            Some(conn) => job(conn),
            None => Err(closed()),
        })
        .await
        .unwrap_or_else(|_| Err(Error::Internal("a read panicked".into())))
    }
}

/// A connection that goes back to its pool, also when its job panics or its caller went away.
struct Lent {
    conn: Option<Conn>,
    home: Arc<Mutex<Vec<Conn>>>,
    /// Dropped last, when the connection is back.
    _permit: OwnedSemaphorePermit,
}

impl Drop for Lent {
    fn drop(&mut self) {
        if let Some(conn) = self.conn.take() {
            self.home
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(conn);
        }
    }
}

fn closed() -> Error {
    Error::Internal("no reading connection is free".into())
}

//! Locks on stored blobs, keyed by hash, so that a blob isn't removed while an upload stores the same bytes again.

use std::{
    collections::HashMap,
    sync::{Arc, Weak},
};

use parking_lot::Mutex;
use tokio::sync::{OwnedRwLockReadGuard, OwnedRwLockWriteGuard, RwLock};

/// Locks on the blobs that are being stored or removed. Cheap to clone.
#[derive(Clone, Default)]
pub struct BlobLocks(Arc<Mutex<HashMap<String, Weak<RwLock<()>>>>>);

impl BlobLocks {
    /// Acquires a shared lock that prevents removal of the blob. Hold it from before the blob is stored until its row
    /// is committed.
    pub async fn shared(&self, hash: &str) -> OwnedRwLockReadGuard<()> {
        self.of(hash).read_owned().await
    }

    /// Acquires an exclusive lock for removing the blob. Waits for running uploads of the same blob and blocks new
    /// ones.
    pub async fn exclusive(&self, hash: &str) -> OwnedRwLockWriteGuard<()> {
        self.of(hash).write_owned().await
    }

    fn of(&self, hash: &str) -> Arc<RwLock<()>> {
        let mut locks = self.0.lock();
        if let Some(lock) = locks.get(hash).and_then(Weak::upgrade) {
            return lock;
        }
        locks.retain(|_, lock| lock.strong_count() > 0);
        let lock = Arc::default();
        locks.insert(hash.to_owned(), Arc::downgrade(&lock));
        lock
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[tokio::test]
    async fn a_blob_that_is_being_stored_is_not_removed() {
        let locks = BlobLocks::default();
        let (first, second) = (locks.shared("a").await, locks.shared("a").await);
        drop(first);
        assert!(
            locks.exclusive("a").now_or_never().is_none(),
            "it is stored"
        );
        drop(locks.exclusive("b").await);
        drop(second);
        let removing = locks.exclusive("a").await;
        assert!(locks.shared("a").now_or_never().is_none(), "it is removed");
        drop(removing);
        drop(locks.shared("c").await);
        assert_eq!(locks.0.lock().len(), 1, "unused locks are forgotten");
    }
}

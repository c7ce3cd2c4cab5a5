//! Locks of contents by their hash: a content is not removed while an upload stores it again.

use std::{
    collections::HashMap,
    sync::{Arc, Weak},
};

use parking_lot::Mutex;
use tokio::sync::{OwnedRwLockReadGuard, OwnedRwLockWriteGuard, RwLock};

/// Locks of the contents that are stored or removed right now. Cheap to clone.
#[derive(Clone, Default)]
pub struct ContentLocks(Arc<Mutex<HashMap<String, Weak<RwLock<()>>>>>);

impl ContentLocks {
    /// Keeps a content from being removed, from before it is stored until it has a row.
    pub async fn keep(&self, hash: &str) -> OwnedRwLockReadGuard<()> {
        self.of(hash).read_owned().await
    }

    /// Waits until no upload stores a content, and lets none begin to.
    pub async fn remove(&self, hash: &str) -> OwnedRwLockWriteGuard<()> {
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
    async fn a_content_that_is_being_stored_is_not_removed() {
        let locks = ContentLocks::default();
        let (first, second) = (locks.keep("a").await, locks.keep("a").await);
        drop(first);
        assert!(locks.remove("a").now_or_never().is_none(), "it is stored");
        drop(locks.remove("b").await);
        drop(second);
        let removing = locks.remove("a").await;
        assert!(locks.keep("a").now_or_never().is_none(), "it is removed");
        drop(removing);
        drop(locks.keep("c").await);
        assert_eq!(locks.0.lock().len(), 1, "unused locks are forgotten");
    }
}

//! Cache of rendered parts of the rooms' histories, which are the same for all readers.

use std::{
    collections::HashMap,
    future::Future,
    hash::{BuildHasher, Hash, RandomState},
    sync::Arc,
};

use parking_lot::Mutex;

use crate::{
    db::ids::{MessageId, RoomId},
    error::Result,
    messages::Messages,
    web::cached_page::CachedText,
};

/// Limit of the texts in one cache (bytes). The cache is cleared when full.
const MAX_BYTES: usize = 16 << 20;
/// Approximate size of an entry without its text (bytes).
const ENTRY_BYTES: usize = 256;

/// Some messages of a room as HTML or JSON.
pub struct CachedPart {
    /// The room's rev when they were read.
    pub rev: i64,
    /// The version of the names in the text.
    pub names: u64,
    /// The first of these messages.
    pub first: Option<MessageId>,
    pub text: Arc<CachedText>,
}

/// State of a room that a part must show.
#[derive(Clone, Copy)]
pub struct Published {
    /// The newest rev; `None` before the first publication since the start.
    pub rev: Option<i64>,
    /// The version of all users' names.
    pub names: u64,
}

impl Published {
    /// The state at this moment.
    pub fn of(messages: &Messages, room: RoomId) -> Published {
        Published {
            rev: messages.published(room),
            names: messages.names_version(),
        }
    }

    fn is_shown_by(&self, part: &CachedPart) -> bool {
        self.names == part.names && self.rev.is_none_or(|rev| rev <= part.rev)
    }
}

/// Cache of parts. A key names a room and the messages of the part.
pub struct PartCache<K> {
    parts: Mutex<CachedParts<K>>,
    /// Held while a part is read, so that it is read once for all who ask at the same time. Keys share them.
    turns: [tokio::sync::Mutex<()>; TURNS],
    hasher: RandomState,
}

/// Number of parts that can be read at the same time.
const TURNS: usize = 64;

struct CachedParts<K> {
    by_key: HashMap<K, Arc<CachedPart>>,
    bytes: usize,
}

impl<K> Default for PartCache<K> {
    fn default() -> PartCache<K> {
        PartCache {
            parts: Mutex::default(),
            turns: std::array::from_fn(|_| tokio::sync::Mutex::default()),
            hasher: RandomState::new(),
        }
    }
}

impl<K> Default for CachedParts<K> {
    fn default() -> CachedParts<K> {
        CachedParts {
            by_key: HashMap::new(),
            bytes: 0,
        }
    }
}

impl<K: Hash + Eq> PartCache<K> {
    /// A part that is at least as new as any response sent to a client; `read` reads it if the cache has none. A change
    /// is published before it is answered, so a part of the newest published rev is enough. Before the first
    /// publication since the start, nothing has changed.
    pub async fn get_or_read(
        &self,
        key: K,
        published: Published,
        read: impl Future<Output = Result<CachedPart>>,
    ) -> Result<Arc<CachedPart>> {
        if let Some(known) = self.get(&key, published) {
            return Ok(known);
        }
        let turn = self.hasher.hash_one(&key) as usize % TURNS;
        let _turn = self.turns[turn].lock().await;
        if let Some(known) = self.get(&key, published) {
            return Ok(known); // another reader has read it meanwhile
        }
        let part = Arc::new(read.await?);
        self.insert(key, part.clone());
        Ok(part)
    }

    /// Removes the parts of some keys, so that no former texts stay in memory.
    pub fn remove_where(&self, is_outdated: impl Fn(&K) -> bool) {
        let mut parts = self.parts.lock();
        parts.by_key.retain(|key, _| !is_outdated(key));
        parts.bytes = parts.by_key.values().map(|part| size_of(part)).sum();
    }

    fn get(&self, key: &K, published: Published) -> Option<Arc<CachedPart>> {
        let part = self.parts.lock().by_key.get(key).cloned()?;
        published.is_shown_by(&part).then_some(part)
    }

    fn insert(&self, key: K, part: Arc<CachedPart>) {
        let mut parts = self.parts.lock();
        let size = size_of(&part);
        if parts.bytes + size > MAX_BYTES {
            *parts = CachedParts::default();
        }
        parts.bytes += size;
        if let Some(old) = parts.by_key.insert(key, part) {
            parts.bytes -= size_of(&old);
        }
    }
}

fn size_of(part: &CachedPart) -> usize {
    part.text.len() + ENTRY_BYTES
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::error::Error;

    fn unshared(rev: i64, bytes: usize) -> CachedPart {
        CachedPart {
            rev,
            names: 1,
            first: None,
            text: CachedText::new("x".repeat(bytes)),
        }
    }

    fn published(rev: Option<i64>) -> Published {
        Published { rev, names: 1 }
    }

    fn part(rev: i64, bytes: usize) -> Arc<CachedPart> {
        Arc::new(unshared(rev, bytes))
    }

    #[tokio::test]
    async fn readers_who_ask_at_the_same_time_share_one_read() {
        let (cache, reads) = (PartCache::default(), Cell::new(0));
        let read = async |rev| {
            let read = async {
                reads.set(reads.get() + 1);
                tokio::task::yield_now().await;
                Ok(unshared(rev, 9))
            };
            cache.get_or_read(1, published(Some(rev)), read).await
        };
        let (first, second) = tokio::join!(read(5), read(5));
        assert_eq!(
            (first.is_ok(), second.is_ok(), reads.get()),
            (true, true, 1)
        );
        assert!(read(6).await.is_ok_and(|part| part.rev == 6));
        assert_eq!(reads.get(), 2, "a newer rev is read again");
        let failed = async { Err(Error::NotFound) };
        assert!(cache.get_or_read(2, published(None), failed).await.is_err());
        assert!(
            cache.get(&2, published(None)).is_none(),
            "a failure is not stored"
        );
    }

    #[test]
    fn a_part_is_found_until_a_newer_rev_is_published() {
        let cache = PartCache::default();
        cache.insert(1, part(5, 9));
        for (rev, is_found) in [(None, true), (Some(4), true), (Some(5), true)] {
            assert_eq!(cache.get(&1, published(rev)).is_some(), is_found);
        }
        assert!(cache.get(&1, published(Some(6))).is_none());
        assert!(cache.get(&2, published(None)).is_none());
        let renamed = Published {
            names: 2,
            ..published(None)
        };
        assert!(cache.get(&1, renamed).is_none(), "a name has changed");
        cache.insert(1, part(6, 9));
        assert!(cache.get(&1, published(Some(6))).is_some());
    }

    #[test]
    fn removed_parts_leave_memory() {
        let cache = PartCache::default();
        (1..=3).for_each(|key| cache.insert(key, part(5, 9)));
        cache.remove_where(|key| *key == 2);
        let found = [1, 2, 3].map(|key| cache.get(&key, published(None)).is_some());
        assert_eq!(found, [true, false, true]);
        assert_eq!(cache.parts.lock().bytes, 2 * size_of(&part(5, 9)));
    }

    #[test]
    fn all_parts_together_are_bounded() {
        let cache = PartCache::default();
        for key in 0..100_000 {
            cache.insert(key % 70_000, part(1, key as usize % 1_000));
        }
        let parts = cache.parts.lock();
        let bytes: usize = parts.by_key.values().map(|part| size_of(part)).sum();
        assert_eq!(bytes, parts.bytes);
        assert!(bytes <= MAX_BYTES && bytes > MAX_BYTES / 100);
    }
}

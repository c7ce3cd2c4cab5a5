//! A read-through cache: answers from memory save the hop to a reading thread.

use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher},
};

use parking_lot::RwLock;

/// Read-through cache. Entries may be missing but are never stale: every writer calls [`Cache::remove`] or
/// [`Cache::remove_where`] when it commits.
pub struct Cache<K, V> {
    entries: RwLock<Entries<K, V>>,
    capacity: usize,
}

struct Entries<K, V> {
    map: HashMap<K, V>,
    /// Counts the calls of [`Cache::remove_where`], which invalidate reads of every key.
    epoch: u64,
    /// Counts the calls of [`Cache::remove`] in each shard of the keys.
    shard_epochs: [u64; SHARDS],
}

/// Shards of the keys: a removal discards the reads in flight of one key in 256.
const SHARDS: usize = 256;

impl<K: Hash + Eq, V: Clone> Cache<K, V> {
    /// Empty cache. It is cleared when it holds `capacity` entries and another one comes.
    pub fn new(capacity: usize) -> Cache<K, V> {
        let entries = Entries {
            map: HashMap::new(),
            epoch: 0,
            shard_epochs: [0; SHARDS],
        };
        Cache {
            entries: RwLock::new(entries),
            capacity,
        }
    }

    /// Clone of an entry.
    pub fn get(&self, key: &K) -> Option<V> {
        self.entries.read().map.get(key).cloned()
    }

    /// Number to take before the database is read, for [`Cache::insert_if_current`] with the same key.
    pub fn epoch(&self, key: &K) -> u64 {
        self.entries.read().epoch_of(key)
    }

    /// Inserts a value that was read from the database, unless the key may have been removed since `epoch`.
    pub fn insert_if_current(&self, key: K, value: V, epoch: u64) {
        let mut entries = self.entries.write();
        if entries.map.len() >= self.capacity {
            entries.map.clear();
        }
        if entries.epoch_of(&key) == epoch {
            entries.map.insert(key, value);
        }
    }

    /// Changes an entry in place, if it is there.
    pub fn update(&self, key: &K, change: impl FnOnce(&mut V)) {
        if let Some(value) = self.entries.write().map.get_mut(key) {
            change(value);
        }
    }

    /// Removes one entry, in constant time.
    pub fn remove(&self, key: &K) {
        let mut entries = self.entries.write();
        entries.shard_epochs[shard(key)] += 1;
        entries.map.remove(key);
    }

    /// Removes all entries for which `is_outdated` holds. It looks at every entry.
    pub fn remove_where(&self, is_outdated: impl Fn(&K, &V) -> bool) {
        let mut entries = self.entries.write();
        entries.epoch += 1;
        entries.map.retain(|key, value| !is_outdated(key, value));
    }
}

impl<K: Hash, V> Entries<K, V> {
    fn epoch_of(&self, key: &K) -> u64 {
        self.epoch + self.shard_epochs[shard(key)]
    }
}

fn shard(key: &impl Hash) -> usize {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    hasher.finish() as usize % SHARDS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_read_cannot_bring_back_a_removed_entry() {
        let cache = Cache::new(9);
        let before = cache.epoch(&7);
        cache.remove_where(|key, _| *key == 7);
        cache.insert_if_current(7, "old", before);
        assert_eq!(cache.get(&7), None);
        cache.insert_if_current(7, "new", cache.epoch(&7));
        assert_eq!(cache.get(&7), Some("new"));
        cache.remove_where(|key, _| *key == 8);
        assert_eq!(cache.get(&7), Some("new"), "the others stay");
        cache.remove_where(|_, value| *value == "new");
        assert_eq!(cache.get(&7), None);
    }

    #[test]
    fn an_entry_is_changed_in_place() {
        let cache = Cache::new(9);
        (1..=2).for_each(|key| cache.insert_if_current(key, key, cache.epoch(&key)));
        cache.update(&1, |value| *value += 10);
        assert_eq!([1, 2].map(|key| cache.get(&key)), [Some(11), Some(2)]);
    }

    #[test]
    fn removing_one_key_discards_few_other_reads() {
        let cache = Cache::new(1000);
        let before: Vec<u64> = (0..100).map(|key| cache.epoch(&key)).collect();
        cache.remove(&7);
        (0..100).for_each(|key| cache.insert_if_current(key, key, before[key]));
        assert_eq!(cache.get(&7), None);
        assert!((0..100).filter_map(|key| cache.get(&key)).count() > 90);
    }

    #[test]
    fn a_full_cache_starts_again_from_empty() {
        let cache = Cache::new(3);
        (0..10).for_each(|key| cache.insert_if_current(key, key, 0));
        assert_eq!((0..10).filter_map(|key| cache.get(&key)).count(), 1);
    }
}

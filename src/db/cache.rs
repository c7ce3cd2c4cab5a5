//! What was read from the database, in memory: a thread hop costs more than the answer is worth.

use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher},
    sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

/// At most what the database says, never more: who changes it there, forgets it here.
pub struct Cache<K, V> {
    state: RwLock<State<K, V>>,
    most: usize,
}

struct State<K, V> {
    known: HashMap<K, V>,
    /// Counts what was forgotten: what was read from the database before must not be kept after.
    generation: u64,
    /// The same for single entries, by a part of the hash of their key.
    generations: [u64; PARTS],
}

/// One entry that is forgotten hinders the keeping of one in so many others.
const PARTS: usize = 256;

impl<K: Hash + Eq, V: Clone> Cache<K, V> {
    /// Empty; past `most` entries it starts anew.
    pub fn new(most: usize) -> Cache<K, V> {
        let state = State {
            known: HashMap::new(),
            generation: 0,
            generations: [0; PARTS],
        };
        Cache {
            state: RwLock::new(state),
            most,
        }
    }

    /// What is known here.
    pub fn get(&self, key: &K) -> Option<V> {
        self.read().known.get(key).cloned()
    }

    /// To be taken before reading the database, for [`Cache::keep`] with the same key.
    pub fn generation(&self, key: &K) -> u64 {
        let state = self.read();
        state.generation + state.generations[part(key)]
    }

    /// Keeps what was read, unless something was forgotten since `generation`.
    pub fn keep(&self, key: K, value: V, generation: u64) {
        let mut state = self.write();
        if state.known.len() >= self.most {
            state.known.clear();
        }
        if state.generation + state.generations[part(&key)] == generation {
            state.known.insert(key, value);
        }
    }

    /// Changes an entry in place.
    pub fn update(&self, key: &K, change: impl FnOnce(&mut V)) {
        if let Some(value) = self.write().known.get_mut(key) {
            change(value);
        }
    }

    /// Forgets what changed in the database.
    pub fn forget(&self, changed: impl Fn(&K, &V) -> bool) {
        let mut state = self.write();
        state.generation += 1;
        state.known.retain(|key, value| !changed(key, value));
    }

    /// Forgets one entry; cheaper than to look at all of them.
    pub fn forget_one(&self, key: &K) {
        let mut state = self.write();
        state.generations[part(key)] += 1;
        state.known.remove(key);
    }

    fn read(&self) -> RwLockReadGuard<'_, State<K, V>> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State<K, V>> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

fn part(key: &impl Hash) -> usize {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    hasher.finish() as usize % PARTS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_forgotten_cannot_come_back_from_a_slow_read() {
        let cache = Cache::new(9);
        let before = cache.generation(&7);
        cache.forget(|key, _| *key == 7);
        cache.keep(7, "old", before);
        assert_eq!(cache.get(&7), None);
        cache.keep(7, "new", cache.generation(&7));
        assert_eq!(cache.get(&7), Some("new"));
        cache.forget(|key, _| *key == 8);
        assert_eq!(cache.get(&7), Some("new"), "the others stay");
        cache.forget(|_, value| *value == "new");
        assert_eq!(cache.get(&7), None);
    }

    #[test]
    fn one_that_was_forgotten_hinders_few_others() {
        let cache = Cache::new(1000);
        let before: Vec<u64> = (0..100).map(|key| cache.generation(&key)).collect();
        cache.forget_one(&7);
        (0..100).for_each(|key| cache.keep(key, key, before[key]));
        assert_eq!(cache.get(&7), None);
        assert!((0..100).filter_map(|key| cache.get(&key)).count() > 90);
    }

    #[test]
    fn it_does_not_grow_for_ever() {
        let cache = Cache::new(3);
        (0..10).for_each(|key| cache.keep(key, key, 0));
        assert_eq!((0..10).filter_map(|key| cache.get(&key)).count(), 1);
    }
}

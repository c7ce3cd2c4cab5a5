//! What was read from the database, in memory: a thread hop costs more than the answer is worth.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

/// At most what the database says, never more: who changes it there, forgets it here.
pub struct Recall<K, V> {
    state: RwLock<State<K, V>>,
    most: usize,
}

struct State<K, V> {
    known: HashMap<K, V>,
    /// Counts what was forgotten: what was read from the database before must not be kept after.
    generation: u64,
}

impl<K: Hash + Eq, V: Clone> Recall<K, V> {
    /// Empty; past `most` entries it starts anew.
    pub fn new(most: usize) -> Recall<K, V> {
        let state = State {
            known: HashMap::new(),
            generation: 0,
        };
        Recall {
            state: RwLock::new(state),
            most,
        }
    }

    /// What is known here.
    pub fn get(&self, key: &K) -> Option<V> {
        self.read().known.get(key).cloned()
    }

    /// To be taken before reading the database, for [`Recall::keep`].
    pub fn generation(&self) -> u64 {
        self.read().generation
    }

    /// Keeps what was read, unless something was forgotten since `generation`.
    pub fn keep(&self, key: K, value: V, generation: u64) {
        let mut state = self.write();
        if state.known.len() >= self.most {
            state.known.clear();
        }
        if state.generation == generation {
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
        state.generation += 1;
        state.known.remove(key);
    }

    fn read(&self) -> RwLockReadGuard<'_, State<K, V>> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State<K, V>> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_forgotten_cannot_come_back_from_a_slow_read() {
        let recall = Recall::new(9);
        let before = recall.generation();
        recall.forget(|key, _| *key == 7);
        recall.keep(7, "old", before);
        assert_eq!(recall.get(&7), None);
        recall.keep(7, "new", recall.generation());
        assert_eq!(recall.get(&7), Some("new"));
        recall.forget(|key, _| *key == 8);
        assert_eq!(recall.get(&7), Some("new"), "the others stay");
        recall.forget(|_, value| *value == "new");
        assert_eq!(recall.get(&7), None);
    }

    #[test]
    fn it_does_not_grow_for_ever() {
        let recall = Recall::new(3);
        (0..10).for_each(|key| recall.keep(key, key, 0));
        assert_eq!((0..10).filter_map(|key| recall.get(&key)).count(), 1);
    }
}

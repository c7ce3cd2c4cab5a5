//! Results of recent searches. They are valid until the next commit, whatever it changes.

use std::{collections::HashMap, sync::Arc};

use parking_lot::Mutex;

use super::{ResultCursor, SearchResults, SortOrder};
use crate::db::ids::UserId;

/// Limit of the texts in the cache (bytes). The cache is cleared when full.
const MAX_BYTES: usize = 4 << 20;
/// Approximate size of an entry without its texts (bytes).
const ENTRY_BYTES: usize = 1 << 10;

/// A search as its reader sent it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct SearchKey {
    pub reader: UserId,
    pub text: String,
    pub order: SortOrder,
    pub cursor: ResultCursor,
}

/// Cache of results.
#[derive(Default)]
pub struct ResultCache(Mutex<CachedResults>);

#[derive(Default)]
struct CachedResults {
    /// Number of commits before the results were read.
    commits: u64,
    by_key: HashMap<SearchKey, Arc<SearchResults>>,
    bytes: usize,
}

impl ResultCache {
    /// Results of a search, if nothing was committed since they were read.
    pub fn get(&self, key: &SearchKey, commits: u64) -> Option<Arc<SearchResults>> {
        let mut cached = self.0.lock();
        cached.forget_before(commits);
        let is_current = cached.commits == commits;
        is_current.then(|| cached.by_key.get(key).cloned())?
    }

    /// Removes all results, so that no former texts stay in memory.
    pub fn clear(&self) {
        let mut cached = self.0.lock();
        let commits = cached.commits;
        *cached = CachedResults::default();
        cached.commits = commits;
    }

    /// Stores results that were read when there were `commits` commits or more.
    pub fn insert(&self, key: SearchKey, results: &Arc<SearchResults>, commits: u64) {
        let mut cached = self.0.lock();
        cached.forget_before(commits);
        if cached.commits != commits {
            return; // there are newer results already
        }
        let bytes = size_of(&key, results);
        if cached.bytes + bytes > MAX_BYTES {
            *cached = CachedResults::default();
            cached.commits = commits;
        }
        if bytes <= MAX_BYTES && cached.by_key.insert(key, results.clone()).is_none() {
            cached.bytes += bytes;
        }
    }
}

impl CachedResults {
    fn forget_before(&mut self, commits: u64) {
        if self.commits < commits {
            *self = CachedResults::default();
            self.commits = commits;
        }
    }
}

/// Size of an entry. Results of one key and one number of commits are always the same.
fn size_of(key: &SearchKey, results: &SearchResults) -> usize {
    let texts = results.found.iter().map(|found| {
        let message = &found.message;
        2 * message.body.as_str().len() + message.html.as_str().len() + ENTRY_BYTES
    });
    texts.sum::<usize>() + key.text.len() + ENTRY_BYTES
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> SearchKey {
        SearchKey {
            reader: UserId(1),
            text: text.into(),
            order: SortOrder::Newest,
            cursor: ResultCursor::default(),
        }
    }

    #[test]
    fn results_are_found_until_the_next_commit() {
        let (cache, results) = (ResultCache::default(), Arc::default());
        cache.insert(key("tea"), &results, 5);
        assert!(cache.get(&key("tea"), 5).is_some());
        assert!(cache.get(&key("te"), 5).is_none());
        assert!(cache.get(&key("tea"), 6).is_none());
        cache.insert(key("tea"), &results, 5); // a slow read, after the commit
        assert!(cache.get(&key("tea"), 5).is_none());
        assert!(cache.get(&key("tea"), 6).is_none());
        cache.insert(key("tea"), &results, 6);
        cache.clear();
        assert!(cache.get(&key("tea"), 6).is_none());
        assert_eq!(cache.0.lock().bytes, 0);
    }

    #[test]
    fn all_results_together_are_bounded() {
        let cache = ResultCache::default();
        for number in 0..20_000 {
            cache.insert(key(&number.to_string()), &Arc::default(), 1);
        }
        cache.insert(key(&"x".repeat(MAX_BYTES)), &Arc::default(), 1);
        let cached = cache.0.lock();
        let sizes = cached.by_key.iter().map(|(key, found)| size_of(key, found));
        assert_eq!(sizes.sum::<usize>(), cached.bytes);
        assert!(cached.bytes <= MAX_BYTES);
    }
}

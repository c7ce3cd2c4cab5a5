//! A sliding window: at most so many attempts per key in a span of time.

use std::{
    collections::{HashMap, VecDeque},
    hash::Hash,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// How many keys are remembered; past it the one that was quiet longest is forgotten.
const MAX_KEYS: usize = 10_000;

/// Counts attempts per key; remembers at most `limit` attempts of 10,000 keys.
#[derive(Debug)]
pub struct Throttle<K> {
    limit: usize,
    window: Duration,
    /// The counted attempts of each key, oldest first; never empty.
    attempts: Mutex<HashMap<K, VecDeque<Instant>>>,
}

impl<K: Hash + Eq + Clone> Throttle<K> {
    /// Allows `limit` attempts, at least 1, in any span of `window`.
    pub fn new(limit: usize, window: Duration) -> Throttle<K> {
        Throttle {
            limit,
            window,
            attempts: Mutex::default(),
        }
    }

    /// Counts an attempt, or says how long to wait. A refused attempt is not counted.
    pub fn take(&self, key: K, now: Instant) -> Result<(), Duration> {
        let mut all = self.lock();
        if all.len() >= MAX_KEYS && !all.contains_key(&key) {
            self.make_room(&mut all, now);
        }
        let times = all.entry(key).or_default();
        while times.front().is_some_and(|&first| self.expired(first, now)) {
            times.pop_front();
        }
        match times.front() {
            Some(&first) if times.len() >= self.limit => Err(first + self.window - now),
            _ => {
                times.push_back(now);
                Ok(())
            }
        }
    }

    /// Takes back the newest attempt of a key: it turned out not to count.
    pub fn refund(&self, key: &K) {
        let mut all = self.lock();
        if let Some(times) = all.get_mut(key) {
            times.pop_back();
            if times.is_empty() {
                all.remove(key);
            }
        }
    }

    /// Forgets every attempt of a key.
    pub fn clear(&self, key: &K) {
        self.lock().remove(key);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<K, VecDeque<Instant>>> {
        self.attempts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn expired(&self, at: Instant, now: Instant) -> bool {
        now.saturating_duration_since(at) >= self.window
    }

    /// Sweeps what has expired; when that frees nothing, the key that was quiet longest goes.
    fn make_room(&self, all: &mut HashMap<K, VecDeque<Instant>>, now: Instant) {
        all.retain(|_, times| times.back().is_some_and(|&last| !self.expired(last, now)));
        if all.len() >= MAX_KEYS {
            let oldest = all.iter().min_by_key(|(_, times)| times.back().copied());
            if let Some(key) = oldest.map(|(key, _)| key.clone()) {
                all.remove(&key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn times<K: Hash + Eq + Clone>(throttle: &Throttle<K>, key: K, now: Instant) -> usize {
        (0..)
            .take_while(|_| throttle.take(key.clone(), now).is_ok())
            .count()
    }

    #[test]
    fn the_limit_is_reached_and_says_when_to_come_back() {
        let (throttle, start) = (Throttle::new(3, 10 * SECOND), Instant::now());
        assert_eq!(throttle.take("ada", start), Ok(()));
        assert_eq!(throttle.take("ada", start + 4 * SECOND), Ok(()));
        assert_eq!(throttle.take("ada", start + 5 * SECOND), Ok(()));
        assert_eq!(throttle.take("ada", start + 6 * SECOND), Err(4 * SECOND));
        assert_eq!(
            throttle.take("bob", start + 6 * SECOND),
            Ok(()),
            "others are not held up"
        );
        assert_eq!(throttle.take("ada", start + 9 * SECOND), Err(SECOND));
    }

    #[test]
    fn the_window_slides() {
        let (throttle, start) = (Throttle::new(3, 10 * SECOND), Instant::now());
        for at in [0, 4, 5] {
            assert_eq!(throttle.take((), start + at * SECOND), Ok(()));
        }
        assert_eq!(
            throttle.take((), start + 10 * SECOND),
            Ok(()),
            "the first has expired"
        );
        assert_eq!(throttle.take((), start + 10 * SECOND), Err(4 * SECOND));
        assert_eq!(times(&throttle, (), start + 100 * SECOND), 3);
    }

    #[test]
    fn a_refused_attempt_does_not_lengthen_the_wait() {
        let (throttle, start) = (Throttle::new(1, 10 * SECOND), Instant::now());
        assert_eq!(throttle.take((), start), Ok(()));
        for at in 1..10 {
            assert_eq!(
                throttle.take((), start + at * SECOND),
                Err((10 - at) * SECOND)
            );
        }
        assert_eq!(throttle.take((), start + 10 * SECOND), Ok(()));
    }

    #[test]
    fn attempts_can_be_taken_back() {
        let (throttle, now) = (Throttle::new(3, SECOND), Instant::now());
        assert_eq!(times(&throttle, 1, now), 3);
        throttle.refund(&1);
        assert_eq!(times(&throttle, 1, now), 1);
        throttle.clear(&1);
        assert_eq!(times(&throttle, 1, now), 3);
        (0..9).for_each(|_| throttle.refund(&1));
        throttle.refund(&2);
        assert!(throttle.lock().is_empty());
    }

    #[test]
    fn a_clock_that_steps_back_does_no_harm() {
        let (throttle, start) = (Throttle::new(1, SECOND), Instant::now() + SECOND);
        assert_eq!(throttle.take((), start), Ok(()));
        assert!(throttle.take((), start - SECOND / 2).is_err());
    }

    #[test]
    fn memory_is_bounded_and_the_quietest_key_goes_first() {
        let (throttle, start) = (Throttle::new(1, 1000 * SECOND), Instant::now());
        for key in 0..MAX_KEYS {
            throttle
                .take(key, start + SECOND * (key as u32 / 100))
                .expect("the first of its key");
        }
        let now = start + 100 * SECOND;
        for key in MAX_KEYS..MAX_KEYS + 50 {
            throttle.take(key, now).expect("the first of its key");
        }
        assert_eq!(throttle.lock().len(), MAX_KEYS);
        assert!(
            throttle.take(MAX_KEYS - 1, now).is_err(),
            "a recent key is still known"
        );
        assert!(throttle.lock().keys().filter(|&&key| key < 100).count() == 50);
        throttle
            .take(usize::MAX, now + 1000 * SECOND)
            .expect("the first of its key");
        assert_eq!(throttle.lock().len(), 1, "what expired was swept");
    }
}

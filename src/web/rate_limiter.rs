//! Rate limits per key: at most so many uses in a span of time, or a burst and then a steady rate.

use std::{
    collections::{HashMap, VecDeque},
    hash::Hash,
    time::{Duration, Instant},
};

use parking_lot::Mutex;

/// Maximum number of keys in memory. Beyond it, the key that recovers first is evicted.
const MAX_KEYS: usize = 10_000;

/// Counts uses per key under one policy. Memory is bounded: 10,000 keys.
#[derive(Debug)]
pub struct RateLimiter<K, P: RatePolicy> {
    policy: P,
    usage: Mutex<HashMap<K, P::Usage>>,
}

/// Rule that decides whether a key may be used again.
pub trait RatePolicy {
    /// Earlier uses of one key. The default is a key that was never used.
    type Usage: Default;

    /// Counts a use, or returns the time to wait. A refused use is not counted.
    fn take(&self, usage: &mut Self::Usage, now: Instant) -> Result<(), Duration>;

    /// Takes back the newest use.
    fn refund(&self, usage: &mut Self::Usage);

    /// Time from which earlier uses no longer count. `None` without uses.
    fn recovers_at(&self, usage: &Self::Usage) -> Option<Instant>;
}

impl<K: Hash + Eq + Clone, P: RatePolicy> RateLimiter<K, P> {
    /// Limiter without uses.
    pub fn new(policy: P) -> RateLimiter<K, P> {
        RateLimiter {
            policy,
            usage: Mutex::default(),
        }
    }

    /// Counts a use of `key`, or returns the time to wait. A refused use is not counted.
    pub fn take(&self, key: K, now: Instant) -> Result<(), Duration> {
        let mut all = self.usage.lock();
        if all.len() >= MAX_KEYS && !all.contains_key(&key) {
            self.evict(&mut all, now);
        }
        self.policy.take(all.entry(key).or_default(), now)
    }

    /// Takes back the newest use of `key`, for an attempt that turned out not to count.
    pub fn refund(&self, key: &K) {
        let mut all = self.usage.lock();
        if let Some(usage) = all.get_mut(key) {
            self.policy.refund(usage);
            if self.policy.recovers_at(usage).is_none() {
                all.remove(key);
            }
        }
    }

    /// Takes back every use of `key`.
    pub fn clear(&self, key: &K) {
        self.usage.lock().remove(key);
    }

    /// Removes keys that have recovered. If there are none, removes the key that recovers first.
    fn evict(&self, all: &mut HashMap<K, P::Usage>, now: Instant) {
        let recovers_at = |usage: &P::Usage| self.policy.recovers_at(usage);
        all.retain(|_, usage| recovers_at(usage).is_some_and(|at| at > now));
        if all.len() >= MAX_KEYS {
            let first = all.iter().min_by_key(|(_, usage)| recovers_at(usage));
            if let Some(key) = first.map(|(key, _)| key.clone()) {
                all.remove(&key);
            }
        }
    }
}

/// At most `limit` uses (1 or more) in any span of `window`.
#[derive(Debug)]
pub struct SlidingWindow {
    pub limit: usize,
    pub window: Duration,
}

impl RatePolicy for SlidingWindow {
    /// Times of the uses that count, oldest first.
    type Usage = VecDeque<Instant>;

    fn take(&self, times: &mut VecDeque<Instant>, now: Instant) -> Result<(), Duration> {
        let is_expired = |at: Instant| now.saturating_duration_since(at) >= self.window;
        while times.front().is_some_and(|&first| is_expired(first)) {
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

    fn refund(&self, times: &mut VecDeque<Instant>) {
        times.pop_back();
    }

    fn recovers_at(&self, times: &VecDeque<Instant>) -> Option<Instant> {
        times.back().map(|&last| last + self.window)
    }
}

/// Token bucket for each key: each use takes a token, and tokens are refilled at a constant rate.
#[derive(Debug)]
pub struct TokenBucket {
    /// Time in which one token comes back.
    interval: Duration,
    /// Time in which an empty bucket fills.
    depth: Duration,
}

impl TokenBucket {
    /// Allows `burst` uses at once and `per_second` in the long run; both at least 1.
    pub fn new(burst: u32, per_second: u32) -> TokenBucket {
        TokenBucket::every(burst, Duration::from_secs(1) / per_second.max(1))
    }

    /// Allows `burst` uses (1 or more) at once, and one in each `interval` in the long run.
    pub fn every(burst: u32, interval: Duration) -> TokenBucket {
        TokenBucket {
            interval,
            depth: interval * burst.max(1),
        }
    }
}

impl RatePolicy for TokenBucket {
    /// Time at which the bucket is full again (the "generic cell rate algorithm").
    type Usage = Option<Instant>;

    fn take(&self, full_at: &mut Option<Instant>, now: Instant) -> Result<(), Duration> {
        let next = full_at.map_or(now, |at| at.max(now)) + self.interval;
        let level = next - now;
        if level > self.depth {
            return Err(level - self.depth);
        }
        *full_at = Some(next);
        Ok(())
    }

    fn refund(&self, full_at: &mut Option<Instant>) {
        *full_at = full_at.and_then(|at| at.checked_sub(self.interval));
    }

    fn recovers_at(&self, full_at: &Option<Instant>) -> Option<Instant> {
        *full_at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);
    const MS: Duration = Duration::from_millis(1);

    fn window(limit: usize, window: Duration) -> RateLimiter<usize, SlidingWindow> {
        RateLimiter::new(SlidingWindow { limit, window })
    }

    fn bucket(burst: u32, per_second: u32) -> RateLimiter<usize, TokenBucket> {
        RateLimiter::new(TokenBucket::new(burst, per_second))
    }

    /// Uses `key` until it is refused. Returns the number of uses.
    fn exhaust<P: RatePolicy>(limiter: &RateLimiter<usize, P>, key: usize, now: Instant) -> usize {
        let allowed = (0..).take_while(|_| limiter.take(key, now).is_ok());
        allowed.count()
    }

    fn keys<P: RatePolicy>(limiter: &RateLimiter<usize, P>) -> usize {
        limiter.usage.lock().len()
    }

    #[test]
    fn a_window_slides_and_a_refused_use_does_not_lengthen_the_wait() {
        let (limiter, start) = (window(3, 10 * SECOND), Instant::now());
        for (key, at, expected) in [
            (1, 0, Ok(())),
            (1, 4, Ok(())),
            (1, 5, Ok(())),
            (1, 6, Err(4)),
            (2, 6, Ok(())),
            (1, 7, Err(3)),
            (1, 8, Err(2)),
            (1, 9, Err(1)),
            (1, 10, Ok(())),
            (1, 10, Err(4)),
        ] {
            let taken = limiter.take(key, start + at * SECOND);
            let expected = expected.map_err(|seconds: u32| seconds * SECOND);
            assert_eq!(taken, expected, "key {key} after {at} s");
        }
        assert_eq!(exhaust(&limiter, 1, start + 100 * SECOND), 3);
    }

    #[test]
    fn uses_are_refunded_and_cleared_under_both_policies() {
        fn check<P: RatePolicy>(limiter: &RateLimiter<usize, P>, now: Instant) {
            assert_eq!(exhaust(limiter, 1, now), 3);
            limiter.refund(&1);
            assert_eq!(exhaust(limiter, 1, now), 1);
            limiter.clear(&1);
            assert_eq!(exhaust(limiter, 1, now), 3);
            (0..9).for_each(|_| limiter.refund(&1));
            limiter.refund(&2);
            assert_eq!(exhaust(limiter, 1, now), 3, "never more than the limit");
        }
        check(&window(3, SECOND), Instant::now());
        check(&bucket(3, 1), Instant::now());
    }

    #[test]
    fn a_window_without_uses_has_no_entry_and_a_clock_may_step_back() {
        let (limiter, start) = (window(3, SECOND), Instant::now() + SECOND);
        assert_eq!(exhaust(&limiter, 1, start), 3);
        assert!(limiter.take(1, start - SECOND / 2).is_err());
        (0..3).for_each(|_| limiter.refund(&1));
        assert_eq!(keys(&limiter), 0);
    }

    #[test]
    fn a_bucket_allows_a_burst_and_then_the_steady_rate() {
        let (limiter, start) = (bucket(20, 5), Instant::now());
        assert_eq!(exhaust(&limiter, 1, start), 20);
        assert_eq!(exhaust(&limiter, 2, start), 20, "another key");
        assert_eq!(limiter.take(1, start), Err(200 * MS));
        assert_eq!(limiter.take(1, start + 150 * MS), Err(50 * MS));
        assert_eq!(exhaust(&limiter, 1, start + 200 * MS), 1);
        assert_eq!(exhaust(&limiter, 1, start + 1200 * MS), 5);
        let later = exhaust(&limiter, 1, start + 60_000 * MS);
        assert_eq!(later, 20, "no more than a burst");
    }

    #[test]
    fn the_returned_wait_is_long_enough() {
        let (limiter, mut now) = (bucket(3, 7), Instant::now());
        exhaust(&limiter, 1, now);
        for _ in 0..100 {
            now += limiter.take(1, now).expect_err("the bucket is empty");
            assert_eq!(limiter.take(1, now), Ok(()));
        }
    }

    #[test]
    fn memory_is_bounded_and_the_oldest_window_is_evicted_first() {
        let (limiter, start) = (window(1, 1000 * SECOND), Instant::now());
        let take = |key: usize, now| assert_eq!(limiter.take(key, now), Ok(()), "{key}");
        for key in 0..MAX_KEYS {
            take(key, start + SECOND * (key as u32 / 100));
        }
        let now = start + 100 * SECOND;
        for key in MAX_KEYS..MAX_KEYS + 50 {
            take(key, now);
        }
        assert_eq!(keys(&limiter), MAX_KEYS);
        let recent = limiter.take(MAX_KEYS - 1, now);
        assert!(recent.is_err(), "a recent key is still known");
        let oldest = |all: &HashMap<usize, _>| all.keys().filter(|&&key| key < 100).count();
        assert_eq!(oldest(&limiter.usage.lock()), 50);
        take(usize::MAX, now + 1000 * SECOND);
        assert_eq!(keys(&limiter), 1, "expired keys are removed");
    }

    #[test]
    fn memory_is_bounded_and_full_buckets_are_evicted_first() {
        let (limiter, start) = (bucket(20, 5), Instant::now());
        for key in 0..MAX_KEYS + 10 {
            let now = start + MS * (key as u32 / 100);
            assert_eq!(limiter.take(key, now), Ok(()));
        }
        assert_eq!(keys(&limiter), MAX_KEYS);
        let recent = exhaust(&limiter, MAX_KEYS, start + 100 * MS);
        assert_eq!(recent, 19, "a recent key is still known");
        assert_eq!(limiter.take(usize::MAX, start + 60_000 * MS), Ok(()));
        assert_eq!(keys(&limiter), 1);
    }
}

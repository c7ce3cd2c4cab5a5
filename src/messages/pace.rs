//! How fast one person may post: a burst at once, then a steady rate.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// How many people are remembered; past it the one that posted longest ago is forgotten.
const MAX_USERS: usize = 10_000;

/// A bucket of tokens per person; each message takes one.
///
/// A bucket is kept as the one moment at which it will be full again (the "generic cell rate
/// algorithm"), so a person whose moment has passed needs no entry.
#[derive(Debug)]
pub struct Pace {
    /// The time in which one token comes back.
    interval: Duration,
    /// The time in which an empty bucket fills.
    depth: Duration,
    full_at: Mutex<HashMap<i64, Instant>>,
}

impl Pace {
    /// Allows `burst` messages at once and `per_second` in the long run; both at least 1.
    pub fn new(burst: u32, per_second: u32) -> Pace {
        let interval = Duration::from_secs(1) / per_second.max(1);
        Pace {
            interval,
            depth: interval * burst.max(1),
            full_at: Mutex::default(),
        }
    }

    /// Takes a token of this person, or says how long to wait for the next one.
    pub fn take(&self, user: i64, now: Instant) -> Result<(), Duration> {
        let mut all = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        let full_at = all.get(&user).map_or(now, |&at| at.max(now)) + self.interval;
        let level = full_at - now;
        if level > self.depth {
            return Err(level - self.depth);
        }
        if all.len() >= MAX_USERS && !all.contains_key(&user) {
            make_room(&mut all, now);
        }
        all.insert(user, full_at);
        Ok(())
    }
}

/// Forgets full buckets; when that frees nothing, the fullest goes.
fn make_room(all: &mut HashMap<i64, Instant>, now: Instant) {
    all.retain(|_, full_at| *full_at > now);
    if all.len() >= MAX_USERS
        && let Some((&user, _)) = all.iter().min_by_key(|(_, full_at)| **full_at)
    {
        all.remove(&user);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    fn burst(pace: &Pace, user: i64, now: Instant) -> usize {
        (0..).take_while(|_| pace.take(user, now).is_ok()).count()
    }

    #[test]
    fn a_burst_passes_and_then_the_steady_rate() {
        let (pace, start) = (Pace::new(20, 5), Instant::now());
        assert_eq!(burst(&pace, 1, start), 20);
        assert_eq!(pace.take(1, start), Err(200 * MS));
        assert_eq!(pace.take(1, start + 150 * MS), Err(50 * MS));
        assert_eq!(burst(&pace, 1, start + 200 * MS), 1);
        assert_eq!(burst(&pace, 1, start + 1200 * MS), 5);
        assert_eq!(
            burst(&pace, 1, start + 60_000 * MS),
            20,
            "and no more than a burst"
        );
    }

    #[test]
    fn waiting_as_long_as_told_is_enough() {
        let (pace, mut now) = (Pace::new(3, 7), Instant::now());
        burst(&pace, 1, now);
        for _ in 0..100 {
            now += pace.take(1, now).expect_err("the bucket is empty");
            assert_eq!(pace.take(1, now), Ok(()));
        }
    }

    #[test]
    fn everybody_has_a_bucket_of_their_own() {
        let (pace, now) = (Pace::new(2, 1), Instant::now());
        assert_eq!((burst(&pace, 1, now), burst(&pace, 2, now)), (2, 2));
    }

    #[test]
    fn memory_is_bounded_and_full_buckets_are_forgotten() {
        let (pace, start) = (Pace::new(20, 5), Instant::now());
        for user in 0..MAX_USERS as i64 + 10 {
            assert_eq!(pace.take(user, start + MS * (user as u32 / 100)), Ok(()));
        }
        let known = || pace.full_at.lock().expect("no thread failed").len();
        assert_eq!(known(), MAX_USERS);
        assert_eq!(
            burst(&pace, MAX_USERS as i64, start + 100 * MS),
            19,
            "a recent one is known"
        );
        assert_eq!(pace.take(-1, start + 60_000 * MS), Ok(()));
        assert_eq!(known(), 1);
    }
}

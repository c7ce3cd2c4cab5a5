//! Rate limit of the frames of one client.

use std::time::Instant;

use super::header::Violation;

/// Number of frames that a client can send at once.
const BURST: u32 = 1000;
/// Number of frames that it can send in each second after that.
const PER_SECOND: u32 = 100;

const TOO_MANY: Violation = Violation {
    code: 1013,
    reason: "too many frames",
};

/// Token bucket that reads the clock only when it is empty.
#[derive(Debug, Default)]
pub struct FrameRate(Option<Bucket>);

#[derive(Debug)]
struct Bucket {
    left: u32,
    filled_at: Instant,
}

impl FrameRate {
    /// 1,000 frames at once, and 100 a second.
    pub fn limited() -> FrameRate {
        FrameRate(Some(Bucket {
            left: BURST,
            filled_at: Instant::now(),
        }))
    }

    /// No limit.
    pub fn unlimited() -> FrameRate {
        FrameRate(None)
    }

    /// Counts a frame. Returns a violation if the client sent too many.
    pub fn take(&mut self) -> Result<(), Violation> {
        match &mut self.0 {
            Some(bucket) => bucket.take(Instant::now),
            None => Ok(()),
        }
    }
}

impl Bucket {
    fn take(&mut self, now: impl FnOnce() -> Instant) -> Result<(), Violation> {
        if self.left == 0 {
            let now = now();
            let new = now.duration_since(self.filled_at).as_secs_f64() * f64::from(PER_SECOND);
            self.left = new.min(f64::from(BURST)) as u32;
            self.filled_at = now;
        }
        self.left = self.left.checked_sub(1).ok_or(TOO_MANY)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// Sends frames at a rate for a minute. Returns the number of frames that are accepted before the first violation.
    fn accepted(per_second: u32) -> Result<u32, u32> {
        let start = Instant::now();
        let mut bucket = Bucket {
            left: BURST,
            filled_at: start,
        };
        let frames = per_second * 60;
        for frame in 0..frames {
            let now = start + Duration::from_secs(1) * frame / per_second;
            if bucket.take(|| now).is_err() {
                return Err(frame);
            }
        }
        Ok(frames)
    }

    #[test]
    fn a_hundred_frames_a_second_are_accepted_for_ever_and_more_for_seconds() {
        assert_eq!(accepted(10), Ok(600));
        assert_eq!(accepted(100), Ok(6000));
        for per_second in [200, 1000, 100_000] {
            let before = accepted(per_second).expect_err("it is too many");
            assert!(
                (BURST..=2 * BURST).contains(&before),
                "{per_second}: {before}"
            );
        }
    }

    #[test]
    fn without_a_limit_every_frame_is_accepted() {
        let mut rate = FrameRate::unlimited();
        assert!((0..10 * BURST).all(|_| rate.take().is_ok()));
    }
}

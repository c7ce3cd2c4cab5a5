//! How a message is known again: a number near the end of its text, and at a fixed place of its frame.

/// Characters of a number.
pub const DIGITS: usize = 10;

/// Where the number of a message stands in its frame's payload.
#[derive(Clone, Copy)]
pub struct Mark {
    /// Bytes from `#` to the end of the payload.
    from_end: usize,
    /// Whether each message's rev is read, too.
    pub revs: bool,
}

/// The body of message `number`: about 80 characters, as people write.
pub fn body(number: u64) -> String {
    padded(number, 60)
}

/// The body of message `number` with so many bytes of text before the number.
pub fn padded(number: u64, bytes: usize) -> String {
    let words = "The build is green again and the release can go out after lunch, I think. ";
    let text: String = words.chars().cycle().take(bytes).collect();
    format!("{text} #{number:0DIGITS$}")
}

impl Mark {
    /// Finds nothing, but has message 0 kept for [`Mark::learn`].
    pub fn anything() -> Mark {
        Mark {
            from_end: usize::MAX,
            revs: false,
        }
    }

    /// Learns the place from a payload that holds message `number`.
    pub fn learn(payload: &[u8], number: u64) -> Option<Mark> {
        let wanted = format!("#{number:0DIGITS$}");
        let at = payload
            .windows(wanted.len())
            .rposition(|part| part == wanted.as_bytes())?;
        Some(Mark {
            from_end: payload.len() - at,
            revs: false,
        })
    }

    /// The number in a payload, if it is a message.
    pub fn number(&self, payload: &[u8]) -> Option<u64> {
        let at = payload.len().checked_sub(self.from_end)?;
        let (b'#', digits) = payload.get(at..at + 1 + DIGITS)?.split_first()? else {
            return None;
        };
        digits.iter().try_fold(0, |number, digit| {
            digit
                .is_ascii_digit()
                .then(|| number * 10 + u64::from(digit - b'0'))
        })
    }

    /// Puts another number in its place.
    pub fn stamp(&self, payload: &mut [u8], number: u64) {
        let at = payload.len() - self.from_end + 1;
        payload[at..at + DIGITS].copy_from_slice(format!("{number:0DIGITS$}").as_bytes());
    }
}

/// What one connection has heard.
#[derive(Default)]
pub struct Reading {
    /// Messages, with repeats left out where revs are read.
    pub count: u64,
    /// A hash of their numbers in order: equal for all who heard the same.
    pub hash: u64,
    /// The newest rev.
    pub rev: i64,
    /// Messages that came again after a reconnect.
    pub repeats: u64,
    /// Revs that were left out.
    pub holes: u64,
    /// Message 0, if the mark is not known yet.
    pub last: Vec<u8>,
}

impl Reading {
    /// Reads a payload; the number of the message if it is one and is new.
    pub fn take(&mut self, payload: &[u8], mark: &Mark) -> Option<u64> {
        if mark.from_end == usize::MAX && Mark::learn(payload, 0).is_some() {
            self.last = payload.to_vec();
        }
        let number = mark.number(payload)?;
        if mark.revs && !self.follows(rev(payload)?) {
            return None;
        }
        self.count(number);
        Some(number)
    }

    /// Counts a message that came by another way, unless it was there.
    pub fn fetched(&mut self, rev: i64, number: u64) {
        if self.follows(rev) {
            self.count(number);
        }
    }

    fn count(&mut self, number: u64) {
        self.count += 1;
        self.hash = (self.hash.rotate_left(5) ^ number).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }

    fn follows(&mut self, rev: i64) -> bool {
        if rev <= self.rev {
            self.repeats += 1;
            return false;
        }
        if self.rev > 0 {
            self.holes += (rev - self.rev - 1) as u64;
        }
        self.rev = rev;
        true
    }
}

fn rev(payload: &[u8]) -> Option<i64> {
    let name = b"data-rev=\"";
    let at = payload.windows(name.len()).position(|part| part == name)?;
    let digits = payload[at + name.len()..].iter();
    let digits = digits.take_while(|byte| byte.is_ascii_digit());
    Some(digits.fold(0, |rev, digit| rev * 10 + i64::from(digit - b'0')))
}

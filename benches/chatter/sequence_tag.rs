//! Numbers the test messages: each carries a sequence number at a fixed position near the end of its frame.

use std::time::Duration;

/// Digits of a sequence number.
pub const DIGITS: usize = 10;
/// Characters of text before the number, for a message of typical length.
pub const TYPICAL_TEXT: usize = 60;

/// Position of the sequence number in a frame's payload.
#[derive(Clone, Copy)]
pub struct SequenceTag {
    /// Bytes from `#` to the end of the payload.
    from_end: usize,
    /// Whether each message's rev is parsed as well.
    pub with_revs: bool,
}

/// Body of message `number`, about 70 characters long.
pub fn body(number: u64) -> String {
    body_of_length(number, TYPICAL_TEXT)
}

/// Body of message `number` with `length` characters of text before the number.
pub fn body_of_length(number: u64, length: usize) -> String {
    let words = "The build is green again and the release can go out after lunch, I think. ";
    let text: String = words.chars().cycle().take(length).collect();
    format!("{text} #{number:0DIGITS$}")
}

/// Sequence number in the body of a message.
pub fn number_in(body: &[u8]) -> Option<u64> {
    let at = body.iter().rposition(|byte| *byte == b'#')?;
    let digits = body.get(at + 1..at + 1 + DIGITS)?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}

impl SequenceTag {
    /// Matches no message; [`Received::sample`] keeps the payload of message 0 for [`SequenceTag::locate`].
    pub fn unknown() -> SequenceTag {
        SequenceTag {
            from_end: usize::MAX,
            with_revs: false,
        }
    }

    /// Finds the position in a payload that contains message `number`.
    pub fn locate(payload: &[u8], number: u64) -> Option<SequenceTag> {
        let wanted = format!("#{number:0DIGITS$}");
        let at = payload
            .windows(wanted.len())
            .rposition(|part| part == wanted.as_bytes())?;
        Some(SequenceTag {
            from_end: payload.len() - at,
            with_revs: false,
        })
    }

    /// Sequence number of a payload; `None` if it is not a test message.
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

    /// Overwrites the sequence number.
    pub fn set_number(&self, payload: &mut [u8], number: u64) {
        let at = payload.len() - self.from_end + 1;
        payload[at..at + DIGITS].copy_from_slice(format!("{number:0DIGITS$}").as_bytes());
    }
}

/// Summary of the messages that one connection received.
#[derive(Default)]
pub struct Received {
    /// Number of messages; repeats are not counted if revs are parsed.
    pub count: u64,
    /// Order-dependent hash of their numbers: equal for connections that received the same sequence.
    pub hash: u64,
    /// The newest rev.
    pub rev: i64,
    /// Messages that were received again after a reconnect.
    pub repeats: u64,
    /// Revs that were skipped.
    pub gaps: u64,
    /// Own messages that the server refused for now.
    pub refusals: Vec<Refusal>,
    /// Payload of message 0, kept while the tag's position is unknown.
    pub sample: Vec<u8>,
}

/// A message that the server did not take, and the wait that it asked for.
#[derive(Clone, Copy)]
pub struct Refusal {
    pub number: usize,
    pub retry_after: Duration,
}

/// Beginning of a notice for the sender alone.
const NOTICE: &[u8] = b"<hx-partial hx-target=\"#notices\"";

impl Refusal {
    /// Parses the notice of a refused message, whose client id is `n` and its number.
    fn parse(payload: &[u8]) -> Option<Refusal> {
        if !payload.starts_with(NOTICE) {
            return None;
        }
        let seconds = number_after(payload, b"data-retry=\"")?;
        Some(Refusal {
            number: number_after(payload, b"data-client=\"n")? as usize,
            retry_after: Duration::from_secs(seconds as u64),
        })
    }
}

impl Received {
    /// Records a payload. Returns the number of the message if it is one and is new.
    pub fn record(&mut self, payload: &[u8], tag: &SequenceTag) -> Option<u64> {
        if tag.from_end == usize::MAX && SequenceTag::locate(payload, 0).is_some() {
            self.sample = payload.to_vec();
        }
        let Some(number) = tag.number(payload) else {
            self.refusals.extend(Refusal::parse(payload));
            return None;
        };
        if tag.with_revs && !self.advance_to(rev(payload)?) {
            return None;
        }
        self.count(number);
        Some(number)
    }

    /// Records a message that was fetched over HTTP, unless it is known.
    pub fn record_fetched(&mut self, rev: i64, number: u64) {
        if self.advance_to(rev) {
            self.count(number);
        }
    }

    fn count(&mut self, number: u64) {
        self.count += 1;
        self.hash = (self.hash.rotate_left(5) ^ number).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }

    fn advance_to(&mut self, rev: i64) -> bool {
        if rev <= self.rev {
            self.repeats += 1;
            return false;
        }
        if self.rev > 0 {
            self.gaps += (rev - self.rev - 1) as u64;
        }
        self.rev = rev;
        true
    }
}

fn rev(payload: &[u8]) -> Option<i64> {
    number_after(payload, b"data-rev=\"")
}

/// Number in a payload after a text.
fn number_after(payload: &[u8], text: &[u8]) -> Option<i64> {
    let at = payload.windows(text.len()).position(|part| part == text)?;
    let digits = payload[at + text.len()..].iter();
    let digits = digits.take_while(|byte| byte.is_ascii_digit());
    Some(digits.fold(0, |number, digit| number * 10 + i64::from(digit - b'0')))
}

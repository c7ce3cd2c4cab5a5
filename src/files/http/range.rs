//! Range requests (RFC 9110, section 14).

/// Part of a file requested by a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Range {
    /// The whole file: there is no `Range` header, or one that may be ignored (multiple ranges, another unit, or
    /// invalid).
    Whole,
    /// Offset and number of bytes.
    Part(u64, u64),
    /// The range starts beyond the end of the file.
    Unsatisfiable,
}

impl Range {
    /// Parses a `Range` header for a file of `size` bytes.
    pub fn parse(header: &str, size: u64) -> Range {
        let Some(spec) = header.trim().strip_prefix("bytes=") else {
            return Range::Whole;
        };
        let Some((first, last)) = spec.trim().split_once('-') else {
            return Range::Whole;
        };
        let (first, last) = (first.trim(), last.trim());
        let range = match (digits(first), digits(last)) {
            (Some(first), Some(last)) if first <= last => {
                Some((first, last.min(size.saturating_sub(1))))
            }
            (Some(first), None) if last.is_empty() => Some((first, size.saturating_sub(1))),
            (None, Some(count)) if first.is_empty() => match count {
                0 => return Range::Unsatisfiable,
                count => Some((size.saturating_sub(count), size.saturating_sub(1))),
            },
            _ => None,
        };
        match range {
            None => Range::Whole,
            Some((first, _)) if first >= size => Range::Unsatisfiable,
            Some((first, last)) => Range::Part(first, last - first + 1),
        }
    }
}

fn digits(text: &str) -> Option<u64> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_rfc_9110_says() {
        for (header, expected) in [
            ("", Range::Whole),
            ("bytes=0-", Range::Part(0, 100)),
            ("bytes=0-0", Range::Part(0, 1)),
            ("bytes=10-19", Range::Part(10, 10)),
            ("bytes=90-1000", Range::Part(90, 10)),
            ("bytes=-10", Range::Part(90, 10)),
            ("bytes=-1000", Range::Part(0, 100)),
            ("bytes=-0", Range::Unsatisfiable),
            ("bytes=100-", Range::Unsatisfiable),
            ("bytes=99999999999999999999999-", Range::Unsatisfiable),
            ("bytes=20-10", Range::Whole),
            ("bytes=0-1,5-6", Range::Whole),
            ("bytes=a-b", Range::Whole),
            ("bytes=-", Range::Whole),
            ("bytes=+1-2", Range::Whole),
            ("items=0-1", Range::Whole),
        ] {
            assert_eq!(Range::parse(header, 100), expected, "{header}");
        }
        assert_eq!(Range::parse("bytes=0-", 0), Range::Unsatisfiable);
    }
}

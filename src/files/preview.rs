//! Previews of text files, extracted once when the upload is finished.

use std::{fs::File, io, io::Read, path::Path};

/// Maximum number of characters shown per line.
const MAX_LINE: usize = 300;

/// Limits of the preview in a message.
pub const IN_MESSAGES: PreviewLimits = PreviewLimits {
    bytes: 8 << 10,
    lines: 12,
    chars: 1_500,
};
/// Limits of the page that shows a text file.
pub const TEXT_PAGE: PreviewLimits = PreviewLimits {
    bytes: 64 << 10,
    lines: 2_000,
    chars: 64 << 10,
};

/// First lines of a text file, separated by line feeds. Never blank.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextPreview {
    pub text: String,
    /// Whether the file continues after the preview.
    pub is_cut: bool,
}

impl TextPreview {
    /// Returns the value for the database column, in which a trailing line feed marks a truncated preview.
    pub fn to_stored(&self) -> String {
        match self.is_cut {
            true => format!("{}\n", self.text),
            false => self.text.clone(),
        }
    }

    /// Parses the value of the database column.
    pub fn stored(mut text: String) -> TextPreview {
        let is_cut = text.ends_with('\n');
        text.truncate(text.len() - usize::from(is_cut));
        TextPreview { text, is_cut }
    }
}

/// Limits of a text preview.
pub struct PreviewLimits {
    /// Number of bytes read from the file.
    bytes: usize,
    lines: usize,
    chars: usize,
}

impl PreviewLimits {
    /// Extracts the preview of a file. Returns `None` if the file is blank or not UTF-8.
    pub fn of_file(&self, path: &Path) -> io::Result<Option<TextPreview>> {
        let mut start = Vec::with_capacity(self.bytes);
        let mut file = File::open(path)?.take(self.bytes_needed());
        file.read_to_end(&mut start)?;
        Ok(self.first_lines(&start))
    }

    /// Returns the number of leading bytes that [`PreviewLimits::first_lines`] needs.
    pub fn bytes_needed(&self) -> u64 {
        self.bytes as u64 + 1
    }

    /// Extracts the preview from the first bytes of a file. If `start` is longer than [`PreviewLimits::bytes`], the
    /// file is longer than the preview. Returns `None` if the text is blank or not UTF-8.
    pub fn first_lines(&self, start: &[u8]) -> Option<TextPreview> {
        let is_whole = start.len() <= self.bytes;
        let text = decoded(start, is_whole)?;
        let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let text = text.trim_end();
        let (mut shown, mut left, mut is_cut) = (String::new(), self.chars, !is_whole);
        for (number, line) in text.split('\n').enumerate() {
            if number == self.lines || left == 0 {
                is_cut = true;
                break;
            }
            if number > 0 {
                shown.push('\n');
            }
            let fits = left.min(MAX_LINE);
            let mut chars = line.chars();
            shown.extend(chars.by_ref().take(fits).map(visible));
            if chars.next().is_some() {
                shown.push('…');
                is_cut = true;
            }
            left = left.saturating_sub(line.chars().take(fits).count() + 1);
        }
        shown.truncate(shown.trim_end().len());
        let is_blank = shown.chars().all(char::is_whitespace);
        (!is_blank).then_some(TextPreview {
            text: shown,
            is_cut,
        })
    }
}

/// Decodes the first bytes of a file as UTF-8. The last character may be truncated unless these are all the bytes.
fn decoded(start: &[u8], is_whole: bool) -> Option<&str> {
    match std::str::from_utf8(start) {
        Ok(text) => Some(text),
        Err(error) if error.error_len().is_none() && !is_whole => {
            std::str::from_utf8(&start[..error.valid_up_to()]).ok()
        }
        Err(_) => None,
    }
}

/// Replaces control characters and characters that reorder text with U+FFFD.
fn visible(c: char) -> char {
    match c {
        '\t' => c,
        '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => char::REPLACEMENT_CHARACTER,
        c if c.is_control() => char::REPLACEMENT_CHARACTER,
        c => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(bytes: &[u8]) -> Option<(String, bool)> {
        let preview = IN_MESSAGES.first_lines(bytes)?;
        assert_eq!(TextPreview::stored(preview.to_stored()), preview);
        Some((preview.text, preview.is_cut))
    }

    #[test]
    fn short_texts_are_shown_whole() {
        for (bytes, expected) in [
            ("one\ntwo\n", "one\ntwo"),
            ("one\r\ntwo\rthree", "one\ntwo\nthree"),
            ("\u{FEFF}one", "one"),
            ("\n\n  x", "\n\n  x"),
            ("a\tb\u{C}c", "a\tb\u{FFFD}c"),
            ("a\u{202E}b", "a\u{FFFD}b"),
        ] {
            let expected = Some((expected.to_owned(), false));
            assert_eq!(shown(bytes.as_bytes()), expected, "{bytes:?}");
        }
        assert_eq!(shown(b" \n\t\n"), None);
        assert_eq!(shown(b"\xEF\xBB\xBF"), None);
        assert_eq!(shown(b"caf\xE9"), None, "Latin 1");
        assert_eq!(shown("é".as_bytes().split_last().expect("bytes").1), None);
    }

    #[test]
    fn long_texts_are_cut_at_lines_and_characters() {
        let lines: Vec<String> = (1..=13).map(|number| number.to_string()).collect();
        let expected = lines[..12].join("\n");
        assert_eq!(shown(lines.join("\n").as_bytes()), Some((expected, true)));
        let expected = format!("{}…", "é".repeat(300));
        let one_line = "é".repeat(1_000_000);
        assert_eq!(shown(one_line.as_bytes()), Some((expected, true)));
        let wide = format!("{}\n", "x".repeat(300)).repeat(12);
        let (text, is_cut) = shown(wide.as_bytes()).expect("a text");
        assert!(is_cut && text.chars().count() <= 1_501, "{}", text.len());
        let blank_first = format!("x{}", "\n".repeat(9_000));
        assert_eq!(
            shown(blank_first.as_bytes()),
            Some(("x".to_owned(), true)),
            "there may be more"
        );
    }
}

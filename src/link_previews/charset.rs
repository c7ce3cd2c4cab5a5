//! Decoding of page text: UTF-8, or windows-1252, which also covers Latin-1 (WHATWG Encoding).

/// Number of leading bytes in which a page may declare its encoding (WHATWG HTML, section 13.2.3.2).
const DECLARED_IN: usize = 1024;

/// Characters for the windows-1252 bytes 0x80 to 0x9F. All other bytes equal their code points.
const UPPER: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8D}', 'Ž', '\u{8F}',
    '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9D}', 'ž', 'Ÿ',
];

/// Decodes the start of a page. Returns `None` for an unsupported encoding.
pub fn decode(bytes: &[u8], content_type: &str) -> Option<String> {
    if let Some(rest) = bytes.strip_prefix(b"\xEF\xBB\xBF") {
        return Some(String::from_utf8_lossy(rest).into_owned());
    }
    let start = &bytes[..bytes.len().min(DECLARED_IN)];
    let start = String::from_utf8_lossy(start).to_ascii_lowercase();
    let named = named(content_type).or_else(|| named(&start));
    match named.as_deref() {
        Some("utf-8" | "utf8") => Some(String::from_utf8_lossy(bytes).into_owned()),
        Some("windows-1252" | "cp1252" | "iso-8859-1" | "latin1" | "us-ascii" | "ascii") => {
            Some(windows_1252(bytes))
        }
        Some(_) => None,
        None if is_utf8(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
        None => Some(windows_1252(bytes)),
    }
}

/// Returns the lowercase value after `charset=` in a header or the start of a page.
fn named(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("charset=")?;
    let rest = rest.trim_start_matches(['"', '\'', ' ']);
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | ':' | '.');
    let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
    (end > 0).then(|| rest[..end].to_owned())
}

/// Returns whether bytes are UTF-8. The last character may be truncated.
fn is_utf8(bytes: &[u8]) -> bool {
    match std::str::from_utf8(bytes) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none(),
    }
}

/// Decodes a byte of windows-1252.
pub fn character(byte: u8) -> char {
    match byte {
        0x80..=0x9F => UPPER[usize::from(byte - 0x80)],
        other => char::from(other),
    }
}

fn windows_1252(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| character(*byte)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_are_taken_from_the_header_then_the_page_then_the_bytes() {
        for (bytes, header, text) in [
            (
                &b"caf\xC3\xA9"[..],
                "text/html; charset=utf-8",
                Some("café"),
            ),
            (b"caf\xE9", "text/html;charset=\"iso-8859-1\"", Some("café")),
            (b"caf\xE9 \x80", "text/html", Some("café €")),
            (b"caf\xC3\xA9 \xC3", "text/html", Some("café \u{FFFD}")),
            (
                b"\xEF\xBB\xBFcaf\xC3\xA9",
                "text/html; charset=latin1",
                Some("café"),
            ),
            (b"x", "text/html; charset=shift_jis", None),
            (b"<meta charset=koi8-r>", "text/html", None),
        ] {
            assert_eq!(decode(bytes, header).as_deref(), text, "{header}");
        }
        let page = b"<META CHARSET='windows-1252'>\x93\xE9\x94";
        let text = decode(page, "").expect("a known encoding");
        assert!(text.ends_with("“é”"));
    }
}

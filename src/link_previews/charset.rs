//! Decoding of page text (WHATWG Encoding, and WHATWG HTML, section 13.2.3).

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252, X_USER_DEFINED};

use super::head;

/// Decodes the start of a page. A byte order mark comes before the `Content-Type`, which comes before a `meta` element.
/// Without a known encoding, the text is UTF-8 or else windows-1252.
pub fn decode(bytes: &[u8], content_type: &str) -> String {
    let (encoding, mark) = match Encoding::for_bom(bytes) {
        Some(marked) => marked,
        None => (encoding(bytes, content_type), 0),
    };
    let (text, _) = encoding.decode_without_bom_handling(&bytes[mark..]);
    text.into_owned()
}

fn encoding(bytes: &[u8], content_type: &str) -> &'static Encoding {
    let labeled = |label: String| Encoding::for_label(label.as_bytes());
    let in_header = head::charset_of(content_type).and_then(labeled);
    in_header
        .or_else(|| in_page(bytes))
        .unwrap_or(match is_utf8(bytes) {
            true => UTF_8,
            false => WINDOWS_1252,
        })
}

/// Returns the encoding that a page declares. A page whose declaration is readable in ASCII can't be UTF-16.
fn in_page(bytes: &[u8]) -> Option<&'static Encoding> {
    let declared = head::read(&String::from_utf8_lossy(bytes)).charset?;
    let encoding = Encoding::for_label(declared.as_bytes())?;
    Some(match encoding {
        utf_16 if utf_16 == UTF_16LE || utf_16 == UTF_16BE => UTF_8,
        user_defined if user_defined == X_USER_DEFINED => WINDOWS_1252,
        other => other,
    })
}

/// Returns whether bytes are UTF-8. The last character may be truncated.
fn is_utf8(bytes: &[u8]) -> bool {
    match std::str::from_utf8(bytes) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_are_taken_from_the_mark_then_the_header_then_the_page_then_the_bytes() {
        let plain = "text/html";
        for (bytes, header, text) in [
            (&b"caf\xC3\xA9"[..], "text/html; charset=utf-8", "café"),
            (b"caf\xE9", "text/html;charset=\"iso-8859-1\"", "café"),
            (b"caf\xE9 \x80", plain, "café €"),
            (b"caf\xC3\xA9 \xC3", plain, "café \u{FFFD}"),
            (
                b"\xEF\xBB\xBFcaf\xC3\xA9",
                "text/html; charset=latin1",
                "café",
            ),
            (
                b"\x93\xFA\x96\x7B",
                "text/html; CHARSET = Shift_JIS",
                "日本",
            ),
            (b"\xD6\xD0\xCE\xC4", "text/html; charset=gbk", "中文"),
            (
                b"\xCF\xF0\xE8\xE2\xE5\xF2",
                "text/html; charset=cp1251",
                "Привет",
            ),
            (b"\xFF\xFEA\0\xE9\0", plain, "Aé"),
            (b"\xFE\xFF\0A\0\xE9", "text/html; charset=utf-8", "Aé"),
            (b"A\0\xE9\0", "text/html; charset=utf-16", "Aé"),
            (b"caf\xE9.", "text/html; charset=nothing", "café."),
        ] {
            assert_eq!(decode(bytes, header), text, "{header}");
        }
    }

    #[test]
    fn only_meta_elements_of_the_head_declare_an_encoding() {
        for (declaration, expected) in [
            ("<META CHARSET='windows-1251'>", "й"),
            ("<meta name=x><meta charset=\"WINDOWS-1251\" />", "й"),
            (
                "<meta content='text/html; charset=windows-1251' http-equiv=Content-Type>",
                "й",
            ),
            (
                "<script charset=shift_jis></script><meta charset=windows-1251>",
                "й",
            ),
            (
                "<!-- <meta charset=utf-8> --><meta charset=windows-1251>",
                "й",
            ),
            ("<link charset=windows-1251>", "é"),
            (
                "<meta name=description content='charset=windows-1251'>",
                "é",
            ),
            ("</head><meta charset=windows-1251>", "é"),
            ("<meta charset=unknown>", "é"),
            ("<meta charset=x-user-defined>", "é"),
            ("<meta charset=utf-16>", "\u{FFFD}"),
        ] {
            let page = [declaration.as_bytes(), b"<title>\xE9."].concat();
            let text = decode(&page, "text/html");
            assert_eq!(text, format!("{declaration}<title>{expected}."));
        }
    }
}

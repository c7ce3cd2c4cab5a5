//! File names: sanitizing for storage, and encoding for responses.

use std::fmt::Write;

/// Maximum length of a stored name in bytes of UTF-8, the limit of most file systems.
const MAX_BYTES: usize = 255;
/// File name extensions of picture formats that can contain metadata such as EXIF.
const PICTURES: [&str; 10] = [
    "jpg", "jpeg", "png", "gif", "webp", "avif", "heic", "heif", "tif", "tiff",
];
/// Name of a file that was uploaded without one.
const DEFAULT_NAME: &str = "file";

/// Returns a name that is safe to store and show: without folders, control characters, invisible characters or text
/// direction overrides, and at most 255 bytes long. A long name is shortened before its extension.
pub fn sanitized(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let is_allowed = |c: &char| !c.is_control() && !is_invisible(*c);
    let name: String = last.chars().filter(is_allowed).collect();
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    match name.trim_matches('.') {
        "" => DEFAULT_NAME.to_owned(),
        _ => cut(&name),
    }
}

/// Returns whether a name has the extension of a picture that may have metadata.
pub fn is_picture(name: &str) -> bool {
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    let is_same = |known: &&str| known.eq_ignore_ascii_case(extension);
    PICTURES.iter().any(is_same)
}

/// Returns whether a character is invisible or changes the text direction.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{AD}' | '\u{61C}' | '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}')
}

/// Shortens a name, keeping its extension.
fn cut(name: &str) -> String {
    if name.len() <= MAX_BYTES {
        return name.to_owned();
    }
    let (stem, ending) = match name.rfind('.') {
        Some(dot) if name.len() - dot <= 20 => name.split_at(dot),
        _ => (name, ""),
    };
    let room = MAX_BYTES - ending.len();
    let fits = stem
        .char_indices()
        .map(|(at, _)| at)
        .filter(|at| *at <= room);
    let end = fits.max().unwrap_or_default();
    format!("{}{ending}", &stem[..end])
}

/// Encodes a name as the last segment of a URL path (RFC 3986, section 3.3).
pub fn in_path(name: &str) -> String {
    percent_encoded(name, |b| matches!(b, b'-' | b'.' | b'_' | b'~'))
}

/// Returns the value of `Content-Disposition` (RFC 6266): an ASCII name for old clients and, if needed, the full name
/// as in RFC 8187.
pub fn disposition(kind: &str, name: &str) -> String {
    let ascii = |c: char| match c {
        '"' | '\\' | '%' => '_',
        c if c.is_ascii_graphic() || c == ' ' => c,
        _ => '_',
    };
    let plain: String = name.chars().map(ascii).collect();
    let is_plain = plain == name;
    let mut value = format!("{kind}; filename=\"{plain}\"");
    if !is_plain {
        let encoded = percent_encoded(name, |b| b"!#$&+-.^_`|~".contains(&b));
        value += &format!("; filename*=UTF-8''{encoded}");
    }
    value
}

fn percent_encoded(text: &str, is_plain: impl Fn(u8) -> bool) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            byte if byte.is_ascii_alphanumeric() || is_plain(byte) => encoded.push(byte.into()),
            byte => drop(write!(encoded, "%{byte:02X}")),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_no_folders_and_no_invisible_characters() {
        for (name, stored) in [
            ("photo.jpg", "photo.jpg"),
            ("../../etc/passwd", "passwd"),
            ("C:\\Users\\ada\\plan.doc", "plan.doc"),
            ("two\nlines\0.txt", "twolines.txt"),
            ("  a  b .txt ", "a b .txt"),
            ("cod\u{202E}gnp.exe", "codgnp.exe"),
            ("", "file"),
            ("..", "file"),
            (".", "file"),
            ("folder/", "file"),
            (".bashrc", ".bashrc"),
            ("🎉 Ünïcödé.png", "🎉 Ünïcödé.png"),
            ("👨\u{200D}👩.png", "👨\u{200D}👩.png"),
            ("a\u{61C}b.png", "ab.png"),
        ] {
            assert_eq!(sanitized(name), stored, "{name:?}");
        }
    }

    #[test]
    fn a_long_name_keeps_its_ending_and_whole_characters() {
        let name = format!("{}.jpeg", "é".repeat(300));
        let stored = sanitized(&name);
        assert!(
            stored.len() <= 255 && stored.ends_with("é.jpeg"),
            "{stored}"
        );
        assert_eq!(sanitized(&"x".repeat(255)).len(), 255);
        assert_eq!(sanitized(&format!("x.{}", "y".repeat(300))).len(), 255);
    }

    #[test]
    fn responses_say_names_as_rfc_6266_and_8187_want() {
        for (name, expected) in [
            ("plan.pdf", "attachment; filename=\"plan.pdf\""),
            (
                "a \"b\".txt",
                "attachment; filename=\"a _b_.txt\"; filename*=UTF-8''a%20%22b%22.txt",
            ),
            (
                "naïve.txt",
                "attachment; filename=\"na_ve.txt\"; filename*=UTF-8''na%C3%AFve.txt",
            ),
            (
                "50%.txt",
                "attachment; filename=\"50_.txt\"; filename*=UTF-8''50%25.txt",
            ),
        ] {
            assert_eq!(disposition("attachment", name), expected);
        }
        assert_eq!(in_path("a b/ü?.txt"), "a%20b%2F%C3%BC%3F.txt");
    }
}

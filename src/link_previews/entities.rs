//! HTML character references: numeric ones, and the named ones common in titles.

use encoding_rs::WINDOWS_1252;

/// Named references and their characters.
const NAMES: [(&str, &str); 30] = [
    ("amp", "&"),
    ("lt", "<"),
    ("gt", ">"),
    ("quot", "\""),
    ("apos", "'"),
    ("nbsp", "\u{A0}"),
    ("ndash", "–"),
    ("mdash", "—"),
    ("hellip", "…"),
    ("lsquo", "‘"),
    ("rsquo", "’"),
    ("ldquo", "“"),
    ("rdquo", "”"),
    ("laquo", "«"),
    ("raquo", "»"),
    ("bull", "•"),
    ("middot", "·"),
    ("copy", "©"),
    ("reg", "®"),
    ("trade", "™"),
    ("euro", "€"),
    ("auml", "ä"),
    ("ouml", "ö"),
    ("uuml", "ü"),
    ("Auml", "Ä"),
    ("Ouml", "Ö"),
    ("Uuml", "Ü"),
    ("szlig", "ß"),
    ("eacute", "é"),
    ("egrave", "è"),
];
/// Maximum length in bytes of a reference after `&`, including `;`.
const MAX_LENGTH: usize = 12;

/// Replaces the references in a text. Unknown ones are left unchanged.
pub fn decode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut parts = text.split('&');
    out.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let end = part.bytes().take(MAX_LENGTH).position(|b| b == b';');
        let known = end.and_then(|end| Some((referenced(&part[..end])?, end)));
        match known {
            Some((character, end)) => {
                out.push_str(&character);
                out.push_str(&part[end + 1..]);
            }
            None => {
                out.push('&');
                out.push_str(part);
            }
        }
    }
    out
}

fn referenced(name: &str) -> Option<String> {
    let Some(number) = name.strip_prefix('#') else {
        let mut names = NAMES.iter();
        let (_, character) = names.find(|(known, _)| *known == name)?;
        return Some((*character).to_owned());
    };
    let code = match number.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16).ok()?,
        None => number.parse().ok()?,
    };
    let character = match u8::try_from(code) {
        Ok(byte) => windows_1252(byte), // WHATWG HTML, section 13.2.5.80
        Err(_) => char::from_u32(code)?,
    };
    Some(character.to_string())
}

/// Decodes a byte of windows-1252.
fn windows_1252(byte: u8) -> char {
    let bytes = [byte];
    let (text, _) = WINDOWS_1252.decode_without_bom_handling(&bytes);
    text.chars().next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_become_characters_once() {
        for (text, decoded) in [
            ("a &amp;&lt;b&gt; &#39;c&#x27; &#8212;", "a &<b> 'c' —"),
            ("&amp;lt;script&amp;gt;", "&lt;script&gt;"),
            (
                "AT&T & more &unknown; &#xFFFFFFFF; &",
                "AT&T & more &unknown; &#xFFFFFFFF; &",
            ),
            ("&#150;&#0;", "–\0"),
        ] {
            assert_eq!(decode(text), decoded);
        }
    }
}

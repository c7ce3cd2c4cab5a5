//! CSS that an admin adds to all pages.
//!
//! It loads nothing: addresses and imports are refused, also when they are written with escapes. The
//! `Content-Security-Policy` refuses other servers in any case.

use sha2::{Digest, Sha256};

/// Longest stylesheet (bytes).
const MAX: usize = 64 << 10;
/// Parts that load something.
const LOADS: [&str; 5] = ["@import", "url(", "image-set(", "src(", "@font-face"];

/// Checked stylesheet, which may be empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct CustomCss {
    text: String,
    /// Hash in its URL; empty for an empty stylesheet.
    hash: String,
}

impl CustomCss {
    /// Checks a stylesheet. An error is the reason as a sentence.
    pub fn parse(text: &str) -> Result<CustomCss, String> {
        let text = text.replace("\r\n", "\n");
        let text = text.trim();
        if text.is_empty() {
            return Ok(CustomCss::default());
        }
        if text.len() > MAX {
            return Err("Custom CSS can be at most 64 KB.".into());
        }
        if text.contains('\0') {
            return Err("Custom CSS can’t contain the NUL character.".into());
        }
        let plain = unescaped(text).to_ascii_lowercase();
        if let Some(load) = LOADS.iter().find(|load| plain.contains(**load)) {
            return Err(format!(
                "Custom CSS can’t load anything. Remove “{}”.",
                load.trim_end_matches('(')
            ));
        }
        let digest = Sha256::digest(text);
        let hash = digest.iter().take(8).map(|byte| format!("{byte:02x}"));
        Ok(CustomCss {
            hash: hash.collect(),
            text: text.to_owned(),
        })
    }

    /// The stylesheet.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// URL path of the stylesheet; `None` if it is empty.
    pub fn url(&self) -> Option<String> {
        (!self.hash.is_empty()).then(|| format!("/brand/custom-{}.css", self.hash))
    }
}

/// Replaces escapes by their characters (CSS Syntax 3, 4.3.7).
fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(next) = rest.next() {
        if next != '\\' {
            plain.push(next);
            continue;
        }
        let mut digits = String::new();
        while digits.len() < 6
            && let Some(digit) = rest.next_if(char::is_ascii_hexdigit)
        {
            digits.push(digit);
        }
        match u32::from_str_radix(&digits, 16) {
            Ok(number) => {
                rest.next_if(char::is_ascii_whitespace);
                plain.extend(char::from_u32(number));
            }
            Err(_) => plain.extend(rest.next_if(|next| *next != '\n')),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stylesheet_that_loads_nothing_is_taken() {
        let css = CustomCss::parse("\r\n.logo::after {\r\n  content: \"\\2605\";\r\n}\n");
        let css = css.expect("a harmless stylesheet");
        assert_eq!(css.text(), ".logo::after {\n  content: \"\\2605\";\n}");
        assert!(css.url().is_some());
        assert_eq!(CustomCss::parse(" \n").expect("nothing").url(), None);
    }

    #[test]
    fn a_stylesheet_that_loads_something_is_refused_however_it_is_written() {
        for css in [
            "@import 'https://evil.example/a.css';",
            "@IMPORT '/assets/x.css';",
            "body { background: URL(https://evil.example/?x) }",
            "body { background: \\75rl(//evil.example) }",
            "body { background: \\000075 rl(//evil.example) }",
            "body { background: u\\rl(//evil.example) }",
            "@\\69mport '//evil.example';",
            "body { background: image-set('//evil.example/a.png' 1x) }",
        ] {
            assert!(CustomCss::parse(css).is_err(), "{css}");
        }
        assert!(CustomCss::parse(&"a".repeat(MAX + 1)).is_err());
    }
}

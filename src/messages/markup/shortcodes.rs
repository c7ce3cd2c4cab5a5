//! `:shortcodes:` as GitHub has them. The table is a text in the executable, sorted, one a line; `cargo
//! run --example shortcodes` writes it from the crate `emojis`, which would take 20 times its room.

/// `name emoji`, sorted by the name's bytes.
pub const TABLE: &str = include_str!("shortcodes.txt");

/// The longest name.
const MOST: usize = 64;

/// Where the colon is that ends a name; nothing when there is no name.
pub fn end(text: &str) -> Option<usize> {
    let is_part = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_+-".contains(&b);
    let bytes = &text.as_bytes()[..text.len().min(MOST + 1)];
    let end = bytes.iter().position(|b| !is_part(*b))?;
    (end > 0 && bytes[end] == b':').then_some(end)
}

/// The emoji of a name.
pub fn emoji(name: &str) -> Option<&'static str> {
    let mut rest = TABLE;
    loop {
        let middle = rest.as_bytes()[..rest.len() / 2].iter();
        let start = middle.rev().position(|b| *b == b'\n');
        let start = start.map_or(0, |back| rest.len() / 2 - back);
        let line = rest[start..].lines().next()?;
        let (found, emoji) = line.split_once(' ')?;
        match name.cmp(found) {
            std::cmp::Ordering::Equal => return Some(emoji),
            std::cmp::Ordering::Less => rest = &rest[..start],
            std::cmp::Ordering::Greater => rest = rest.get(start + line.len() + 1..)?,
        }
    }
}

/// A text with the emoji that its shortcodes stand for, wherever they are.
pub fn expand(text: &str) -> std::borrow::Cow<'_, str> {
    if !text.contains(':') {
        return text.into();
    }
    let (mut out, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(at) = rest.find(':') {
        out.push_str(&rest[..at]);
        let name = end(&rest[at + 1..]).map(|end| &rest[at + 1..at + 1 + end]);
        match name.and_then(|name| Some((name, emoji(name)?))) {
            Some((name, emoji)) => {
                out.push_str(emoji);
                rest = &rest[at + name.len() + 2..];
            }
            None => {
                out.push(':');
                rest = &rest[at + 1..];
            }
        }
    }
    out.push_str(rest);
    out.into()
}

//! The tokens of a message. They are the same for every database.
//!
//! A message is one line of tokens: its words in order; for each different word its prefixes of two, three and four
//! letters and its trigrams; then its block, its room, its author and a token for each of its properties, such as a link. Short prefixes are thus
//! single tokens, and longer prefixes and parts of words are phrases of such tokens. Everything lies in one column, so
//! a search is one expression, which walks the posting lists of all its tokens at once and stops when a page is full.
//! Tokens that are not words begin with a character that no word contains.

use std::{collections::HashSet, ops::RangeInclusive};

use super::text::{Word, words};
use crate::db::ids::{MessageId, RoomId, UserId};

/// First character of the tokens for trigrams, for prefixes and for properties of a message.
const TRIGRAM: char = '\u{E000}';
const PREFIX: char = '\u{E001}';
const PROPERTY: char = '\u{E002}';
/// First character of the tokens for words with signs after them.
const SIGNED: char = '\u{E003}';
/// Stands between the numbers of two versions.
const VERSION: &str = "\u{E004}";

/// Lengths of the prefixes that are tokens of their own. Phrases of frequent tokens are slow.
pub const PREFIX_LENGTHS: RangeInclusive<usize> = 2..=4;

/// Ids of messages in a block. An index may search on after the range of ids that was asked for, until it finds a match
/// or a posting list ends. A search that could take long therefore asks for one block after the other.
pub const BLOCK: i64 = 1 << 18;

/// Letters of a word that count. Longer words are equal if these are.
const MAX_LETTERS: usize = 64;

/// All tokens of a message, separated by blanks. `text` is what readers see; `body` has the addresses of links.
pub fn line(
    message: MessageId,
    room: RoomId,
    author: UserId,
    (text, body): (&str, &str),
    files: &[Property],
) -> String {
    let words = words(text);
    let mut line = String::with_capacity(text.len() * 6 + 32);
    for word in &words {
        line.push_str(whole(word));
        line.push(' ');
    }
    let mut seen = HashSet::new();
    for word in words.iter().filter(|word| !word.single) {
        if seen.insert(&word.folded) {
            push_prefixes(&mut line, &word.folded);
            push_trigrams(&mut line, &word.folded);
        }
    }
    for word in words.iter().filter(|word| !word.signs.is_empty()) {
        line.push_str(&signed(word));
        line.push(' ');
    }
    push_versions(&mut line, text, &words);
    let properties = [block(message.0), self::room(room), self::author(author)];
    line.push_str(&properties.join(" "));
    let link = has_link(body).then_some(Property::Link);
    for property in link.iter().chain(files) {
        line.push(' ');
        line.push_str(&property.token());
    }
    line
}

/// Contents of a message that search can filter by, besides words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Property {
    Link,
    /// A file of any kind.
    File,
    Image,
    Video,
    Audio,
}

impl Property {
    /// Its token.
    pub fn token(self) -> String {
        let name = match self {
            Property::Link => "link",
            Property::File => "file",
            Property::Image => "image",
            Property::Video => "video",
            Property::Audio => "audio",
        };
        format!("{PROPERTY}{name}")
    }
}

/// Whether a text contains a web address.
fn has_link(text: &str) -> bool {
    text.match_indices("://").any(|(at, _)| {
        let (before, after) = (&text.as_bytes()[..at], text[at + 3..].chars().next());
        let is = |scheme: &str| {
            let start = before.len().saturating_sub(scheme.len());
            before[start..].eq_ignore_ascii_case(scheme.as_bytes())
        };
        (is("http") || is("https")) && after.is_some_and(|c| !c.is_whitespace())
    })
}

/// Token of the messages in the block of `message`.
pub fn block(message: i64) -> String {
    format!("{PROPERTY}b{}", message / BLOCK)
}

/// Token of the messages in a room.
pub fn room(room: RoomId) -> String {
    format!("{PROPERTY}r{room}")
}

/// Token of the messages of an author.
pub fn author(author: UserId) -> String {
    format!("{PROPERTY}u{author}")
}

/// Token of a whole word.
pub fn whole(word: &Word) -> &str {
    first(&word.folded, MAX_LETTERS)
}

/// Token of a word with the signs after it. The index would not take a number sign for a part of a word.
pub fn signed(word: &Word) -> String {
    format!("{SIGNED}{}{}", whole(word), word.signs.replace('#', "♯"))
}

/// Appends the numbers of each version that begins with letters: `1 2 3` for `v1.2.3`.
fn push_versions(line: &mut String, text: &str, words: &[Word]) {
    for (at, word) in words.iter().enumerate() {
        let Some((_, number)) = word.trailing_number() else {
            continue;
        };
        let follows = |pair: &&[Word]| {
            text[pair[0].end..pair[1].start] == *"."
                && pair[1].folded.starts_with(|c: char| c.is_ascii_digit())
        };
        let rest: Vec<&Word> = words[at..]
            .windows(2)
            .take_while(follows)
            .map(|pair| &pair[1])
            .collect();
        if rest.is_empty() {
            continue;
        }
        line.push_str(VERSION);
        let numbers = std::iter::once(number).chain(rest.into_iter().map(whole));
        for number in numbers {
            line.push(' ');
            line.push_str(number);
        }
        line.push(' ');
    }
}

/// Appends the tokens of the prefixes of a word, shortest first.
pub fn push_prefixes(line: &mut String, letters: &str) {
    let ends = letters.char_indices().map(|(at, c)| at + c.len_utf8());
    let shortest = PREFIX_LENGTHS.start() - 1;
    for end in ends.skip(shortest).take(PREFIX_LENGTHS.count()) {
        line.push(PREFIX);
        line.push_str(&letters[..end]);
        line.push(' ');
    }
}

/// Appends the tokens of the trigrams of a word, in order.
pub fn push_trigrams(line: &mut String, letters: &str) {
    let mut starts = letters.char_indices().map(|(at, _)| at);
    let ends = letters.char_indices().map(|(at, c)| at + c.len_utf8());
    for end in ends.skip(2) {
        let start = starts.next().unwrap_or(end);
        line.push(TRIGRAM);
        line.push_str(&letters[start..end]);
        line.push(' ');
    }
}

/// The first `count` characters of a text.
pub fn first(text: &str, count: usize) -> &str {
    let end = text.char_indices().nth(count).map(|(at, _)| at);
    &text[..end.unwrap_or(text.len())]
}

/// Tokens with their first characters in a visible form.
#[cfg(test)]
pub fn visible(tokens: &str) -> String {
    tokens
        .replace(TRIGRAM, "~")
        .replace(PREFIX, "^")
        .replace(PROPERTY, "=")
        .replace(SIGNED, "!")
        .replace(VERSION, "/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_its_words_their_parts_and_its_properties() {
        let line = line(
            MessageId(3 * BLOCK - 1),
            RoomId(5),
            UserId(7),
            ("Café 北京 a café https://x.org", "https://x.org"),
            &[Property::File, Property::Image],
        );
        assert_eq!(
            visible(&line),
            "cafe 北 京 a cafe https x org ^ca ^caf ^cafe ~caf ~afe \
             ^ht ^htt ^http ~htt ~ttp ~tps ^or ^org ~org =b2 =r5 =u7 =link =file =image"
        );
    }

    #[test]
    fn signs_and_versions_have_tokens_of_their_own() {
        let shown = |text: &str| {
            let line = line(MessageId(1), RoomId(5), UserId(7), (text, ""), &[]);
            let tokens = visible(&line);
            let own = tokens
                .split(' ')
                .filter(|token| !token.starts_with(['^', '~', '=']));
            own.collect::<Vec<_>>().join(" ")
        };
        for (text, expected) in [
            ("C++ C#", "c c !c++ !c♯"),
            ("v1.2.3 now", "v1 2 3 now / 1 2 3"),
            ("v1.2, r3.4.", "v1 2 r3 4 / 1 2 / 3 4"),
            ("python3.12", "python3 12 / 3 12"),
            ("1.2.3", "1 2 3"),
            ("v1 2", "v1 2"),
            ("v1.x", "v1 x"),
            ("v.1.2", "v 1 2"),
            ("a1b2.3", "a1b2 3"),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }

    #[test]
    fn links_are_seen() {
        for text in ["http://a", "see HTTPS://x.org", "(https://x)"] {
            assert!(has_link(text), "{text}");
        }
        for text in ["", "http://", "http:// x", "ftp://x", "://x", "日http"] {
            assert!(!has_link(text), "{text}");
        }
    }
}

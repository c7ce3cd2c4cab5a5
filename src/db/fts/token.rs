//! What stands in the index for a message, and how it is asked for.
//!
//! A message is one line of tokens: its words in their order; then, for each word, its beginnings of two, three and
//! four letters and its trigrams, so that short beginnings are one token, and longer ones and insides of words
//! phrases of these; then its block, its room, its author, and whether it has a link. All of it lies in one column,
//! and a search is one expression of FTS5, which walks the lists of messages of all its tokens at once and stops when
//! a page is full. The tokens that are no words begin with a sign that no word has.

use std::collections::HashSet;

use super::text::{Word, words};
use crate::db::ids::{MessageId, RoomId, UserId};

/// Before three letters of a word, its first letters, and what is said of a message.
const INSIDE: char = '\u{E000}';
const BEGIN: char = '\u{E001}';
const ABOUT: char = '\u{E002}';

/// Beginnings of so many letters are tokens of their own: phrases of tokens that many messages have are slow.
const BEGINNINGS: std::ops::RangeInclusive<usize> = 2..=4;

/// Messages of a block. FTS5 goes on looking until it has found something, beyond the numbers that were asked for;
/// only the end of a list of messages stops it. So what could take long is looked for in one block after the other.
pub const BLOCK: i64 = 1 << 18;

/// As far apart as two tokens of a message can be, and more.
const FAR: i64 = 1 << 24;

/// Letters of a word that count: longer ones are alike if these are.
const LETTERS: usize = 64;

/// The line of a message.
pub fn line(message: MessageId, room: RoomId, author: UserId, text: &str) -> String {
    let words = words(text);
    let mut line = String::with_capacity(text.len() * 6 + 32);
    for word in &words {
        line.push_str(whole(word));
        line.push(' ');
    }
    let mut seen = HashSet::new();
    for word in words.iter().filter(|word| !word.single) {
        if seen.insert(&word.folded) {
            beginnings(&mut line, &word.folded);
            trigrams(&mut line, &word.folded);
        }
    }
    let block = message.0 / BLOCK;
    line.push_str(&format!("{ABOUT}b{block} {ABOUT}r{room} {ABOUT}u{author}"));
    if has_link(text) {
        line.push_str(&format!(" {ABOUT}link"));
    }
    line
}

/// Whether there is a web address in a text.
pub fn has_link(text: &str) -> bool {
    text.match_indices("://").any(|(at, _)| {
        let (before, after) = (&text.as_bytes()[..at], text[at + 3..].chars().next());
        let is = |scheme: &str| {
            let start = before.len().saturating_sub(scheme.len());
            before[start..].eq_ignore_ascii_case(scheme.as_bytes())
        };
        (is("http") || is("https")) && after.is_some_and(|c| !c.is_whitespace())
    })
}

/// These words, whole and in this order; some of FTS5's query language, as all that follow.
pub fn phrase(words: &[Word]) -> String {
    quoted(words.iter().map(whole))
}

/// A word that begins so: with two letters or more, or it is this one.
pub fn begins(word: &Word) -> String {
    let (letters, mut tokens) = (whole(word), String::new());
    beginnings(&mut tokens, letters);
    let longest = tokens.split_whitespace().next_back().map(str::to_owned);
    match longest.filter(|_| !word.single) {
        None => phrase(std::slice::from_ref(word)),
        Some(begin) => {
            tokens.clear();
            if first(letters, *BEGINNINGS.end()).len() < letters.len() {
                trigrams(&mut tokens, letters);
            }
            quoted(std::iter::once(&*begin).chain(tokens.split_whitespace()))
        }
    }
}

/// A word with this in it, if that is three letters or more.
pub fn inside(word: &Word) -> Option<String> {
    let mut tokens = String::new();
    trigrams(&mut tokens, whole(word));
    let some = !tokens.is_empty() && !word.single;
    some.then(|| quoted(tokens.split_whitespace()))
}

/// This in a message that has all of these single tokens: a phrase is looked for only where they are.
pub fn among(phrase: String, tokens: &[String]) -> String {
    match phrase.contains(' ') && !tokens.is_empty() {
        true => format!("NEAR({} {phrase}, {FAR})", tokens.join(" ")),
        false => phrase,
    }
}

/// What was said in the block of this message.
pub fn block(message: i64) -> String {
    format!("\"{ABOUT}b{}\"", message / BLOCK)
}

/// What was said in a room.
pub fn room(room: RoomId) -> String {
    format!("\"{ABOUT}r{room}\"")
}

/// What somebody said.
pub fn author(author: UserId) -> String {
    format!("\"{ABOUT}u{author}\"")
}

/// What has a link.
pub fn link() -> String {
    format!("\"{ABOUT}link\"")
}

/// No token has a quotation mark in it.
fn quoted<'a>(tokens: impl Iterator<Item = &'a str>) -> String {
    let all: Vec<&str> = tokens.collect();
    format!("\"{}\"", all.join(" "))
}

fn whole(word: &Word) -> &str {
    first(&word.folded, LETTERS)
}

fn beginnings(line: &mut String, letters: &str) {
    let ends = letters.char_indices().map(|(at, c)| at + c.len_utf8());
    let shortest = BEGINNINGS.start() - 1;
    for end in ends.skip(shortest).take(BEGINNINGS.count()) {
        line.extend([BEGIN]);
        line.push_str(&letters[..end]);
        line.push(' ');
    }
}

fn trigrams(line: &mut String, letters: &str) {
    let mut starts = letters.char_indices().map(|(at, _)| at);
    let ends = letters.char_indices().map(|(at, c)| at + c.len_utf8());
    for end in ends.skip(2) {
        let start = starts.next().unwrap_or(end);
        line.extend([INSIDE]);
        line.push_str(&letters[start..end]);
        line.push(' ');
    }
}

fn first(text: &str, count: usize) -> &str {
    let end = text.char_indices().nth(count).map(|(at, _)| at);
    &text[..end.unwrap_or(text.len())]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_its_words_their_parts_and_what_is_said_of_it() {
        let line = line(
            MessageId(3 * BLOCK - 1),
            RoomId(5),
            UserId(7),
            "Café 北京 a café https://x.org",
        );
        let shown = line
            .replace(INSIDE, "~")
            .replace(BEGIN, "^")
            .replace(ABOUT, "=");
        assert_eq!(
            shown,
            "cafe 北 京 a cafe https x org ^ca ^caf ^cafe ~caf ~afe \
             ^ht ^htt ^http ~htt ~ttp ~tps ^or ^org ~org =b2 =r5 =u7 =link"
        );
    }

    #[test]
    fn parts_of_words_are_asked_for_as_phrases() {
        let ask = |text: &str| {
            let word = &words(text)[0];
            let shown = |text: String| text.replace(INSIDE, "~").replace(BEGIN, "^");
            (shown(begins(word)), inside(word).map(shown))
        };
        assert_eq!(
            ask("Datum"),
            (
                "\"^datu ~dat ~atu ~tum\"".into(),
                Some("\"~dat ~atu ~tum\"".into())
            )
        );
        assert_eq!(
            ask("Data"),
            ("\"^data\"".into(), Some("\"~dat ~ata\"".into()))
        );
        assert_eq!(ask("da"), ("\"^da\"".into(), None));
        assert_eq!(ask("d"), ("\"d\"".into(), None));
        assert_eq!(ask("北"), ("\"北\"".into(), None));
        assert!(begins(&words(&"x".repeat(9_000))[0]).len() < 1_000);
    }

    #[test]
    fn only_phrases_need_to_be_told_where_to_look() {
        let some = [block(BLOCK), room(RoomId(5))];
        let shown = |asked: &str| among(asked.into(), &some).replace(ABOUT, "=");
        assert_eq!(shown("\"a\""), "\"a\"");
        assert_eq!(shown("\"a b\""), "NEAR(\"=b1\" \"=r5\" \"a b\", 16777216)");
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

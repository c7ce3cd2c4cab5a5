//! Sentences about parts of a query that are not searched, or not as they look.

use super::Chunk;
use crate::db::fts::Word;

/// Characters of the query that a sentence repeats.
const QUOTED: usize = 40;

/// The sentence about a part of a query that is no filter, and whose words are given.
pub fn about(chunk: &Chunk, words: &[Word]) -> Option<String> {
    let value: String = chunk.text.trim().chars().take(QUOTED).collect();
    if value.is_empty() {
        return None;
    }
    match chunk.operator.filter(|_| !chunk.exact) {
        Some("before" | "after" | "on") if !chunk.wanted => {
            return Some(format!(
                "Dates can’t be excluded, so “{value}” is searched as text."
            ));
        }
        Some("before" | "after" | "on") => {
            return Some(format!(
                "“{value}” isn’t a date. Use one like 2026-11-20, 2026-11, 2026, today or yesterday."
            ));
        }
        Some("has") => {
            return Some(format!(
                "“has:{value}” isn’t a filter. Use has:link, has:file, has:image, has:video or has:audio."
            ));
        }
        Some("filename") => {
            return Some(format!(
                "“filename:{value}” isn’t a filter. Use a part of a name, like filename:report."
            ));
        }
        _ => {}
    }
    about_words(chunk, words)
}

/// The sentence about the words of a part, which may be the value of a filter.
pub fn about_words(chunk: &Chunk, words: &[Word]) -> Option<String> {
    let value: String = chunk.text.trim().chars().take(QUOTED).collect();
    match words {
        [] => Some(format!(
            "“{value}” has no letters or numbers, so it isn’t searched."
        )),
        [word] if !chunk.exact && !word.single => short(&value, word.folded.chars().count()),
        _ => None,
    }
}

/// Words of one or two letters are not looked for everywhere: they are parts of too many words.
fn short(value: &str, letters: usize) -> Option<String> {
    match letters {
        1 => Some(format!(
            "“{value}” finds only whole words. Two letters find words that start with them, three find parts of words."
        )),
        2 => Some(format!(
            "“{value}” finds only words that start with it. Three letters find parts of words, too."
        )),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::search::query::SearchQuery;

    #[test]
    fn parts_that_are_not_searched_bring_a_note() {
        for (text, expected) in [
            ("", ""),
            ("word", ""),
            ("\"a\" \"ab\"", ""),
            ("北 🎉 :tada:", ""),
            ("on:2026-02-28", ""),
            ("on:2026-02-30", "“2026-02-30” isn’t a date."),
            ("before:2026-13", "“2026-13” isn’t a date."),
            ("after:soon", "“soon” isn’t a date."),
            ("on:31.12.2026", "“31.12.2026” isn’t a date."),
            ("on:2026-11-31 word", "“2026-11-31” isn’t a date."),
            ("on:\"last week\"", "“last week” isn’t a date."),
            ("-on:today", "Dates can’t be excluded"),
            ("has:image filename:plan", ""),
            ("has:poll", "“has:poll” isn’t a filter. Use has:link,"),
            ("filename:***", "“filename:***” isn’t a filter."),
            ("!!!", "“!!!” has no letters or numbers"),
            ("word ???", "“???” has no letters or numbers"),
            ("\"--\" word", "“--” has no letters or numbers"),
            ("c", "“c” finds only whole words."),
            ("C++", "“C++” finds only whole words."),
            ("é", "“é” finds only whole words."),
            ("7", "“7” finds only whole words."),
            ("da", "“da” finds only words that start with it."),
            ("word da", "“da” finds only words that start with it."),
            ("dat", ""),
            ("a.b", ""),
        ] {
            let notes = SearchQuery::parse(text).notes.concat();
            match expected {
                "" => assert_eq!(notes, "", "{text}"),
                _ => assert!(notes.starts_with(expected), "{text}: {notes}"),
            }
        }
        let long = SearchQuery::parse(&"word ".repeat(99)).notes;
        assert!(
            long.concat().starts_with("That’s a long search"),
            "{long:?}"
        );
    }
}

//! Finds the terms of a query in a text, scores the text, and cuts the snippet to show.

use crate::db::fts::{Term, Word, words};

/// Characters of a snippet, and of its part before the first match.
const SNIPPET: usize = 240;
const BEFORE: usize = 60;
/// Characters by which a cut may move to a gap between words.
const SLACK: usize = 20;

/// A part of a snippet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnippetPart {
    pub text: String,
    pub marked: bool,
}

/// A match of a term in a text, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct TermMatch {
    start: usize,
    end: usize,
    quality: MatchQuality,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum MatchQuality {
    Infix,
    Prefix,
    Whole,
}

/// The part of `text` with the most matches, which are marked.
pub fn snippet(text: &str, terms: &[Term]) -> Vec<SnippetPart> {
    let words = words(text);
    let wanted = terms.iter().filter(|term| term.wanted);
    let matches = merged(wanted.flat_map(|term| matches_of(&words, term)).collect());
    let (start, end) = window(text, &matches);
    let mut parts = Vec::new();
    let mut push = |text: &str, marked| {
        if !text.is_empty() {
            let text = text.to_owned();
            parts.push(SnippetPart { text, marked });
        }
    };
    let mut at = start;
    if start > 0 {
        push("… ", false);
    }
    for (from, to) in matches {
        let (from, to) = (from.clamp(at, end), to.clamp(at, end));
        push(&text[at..from], false);
        push(&text[from..to], true);
        at = to;
    }
    push(&text[at..end], false);
    if end < text.len() {
        push(" …", false);
    }
    parts
}

/// How well a text matches. Whole words, neighbouring words and short texts score higher.
pub fn score(text: &str, terms: &[Term]) -> f32 {
    let words = words(text);
    let (mut score, mut all) = (0.0, Vec::new());
    for term in terms.iter().filter(|term| term.wanted) {
        let matches = matches_of(&words, term);
        score += match matches.iter().map(|one| one.quality).max() {
            Some(MatchQuality::Whole) => 4.0,
            Some(MatchQuality::Prefix) => 2.5,
            Some(MatchQuality::Infix) => 1.0,
            None => 0.0,
        };
        score += matches.len().saturating_sub(1).min(3) as f32 * 0.3;
        all.extend(matches);
    }
    all.sort_unstable();
    let near = |pair: &[TermMatch]| pair[1].start > pair[0].end && pair[1].start - pair[0].end <= 2;
    score += all.windows(2).filter(|pair| near(pair)).count().min(4) as f32;
    score - (1.0 + words.len() as f32).ln() * 0.5
}

/// All matches of a term, by the rules of the index.
fn matches_of(text: &[Word], term: &Term) -> Vec<TermMatch> {
    match &term.words[..] {
        [word] if !term.exact && !word.single => {
            text.iter().filter_map(|at| word_match(at, word)).collect()
        }
        words if term.exact => phrase_matches(text, words, false),
        [first @ .., last] => {
            let whole = phrase_matches(text, &term.words, true);
            if !whole.is_empty() || first.is_empty() || last.single {
                return whole;
            }
            let mut apart = phrase_matches(text, first, false);
            let ends = text.iter().filter_map(|at| word_match(at, last));
            apart.extend(ends.filter(|one| one.quality > MatchQuality::Infix));
            apart
        }
        [] => Vec::new(),
    }
}

/// The part of a word that matches `sought`: its beginning, or any part if `sought` has three letters.
fn word_match(word: &Word, sought: &Word) -> Option<TermMatch> {
    let (has_signs, sought) = (has_signs(word, sought), &*sought.folded);
    let at = match word.folded.starts_with(sought) {
        true => 0,
        false if sought.chars().nth(2).is_some() => word.folded.find(sought)?,
        false => return None,
    };
    let first = word.folded[..at].chars().count();
    let after = first + sought.chars().count();
    let is_whole = at == 0 && after == word.origins.len();
    if !is_whole && at == 0 && after == 1 {
        return None; // a single letter matches whole words only
    }
    let end = match is_whole && has_signs == Some(true) {
        true => word.signs_end,
        false => word.end,
    };
    Some(TermMatch {
        start: word.origins[first],
        end: word.origins.get(after).copied().unwrap_or(end),
        quality: match at {
            _ if has_signs == Some(false) => MatchQuality::Infix,
            _ if is_whole => MatchQuality::Whole,
            0 => MatchQuality::Prefix,
            _ => MatchQuality::Infix,
        },
    })
}

/// Whether a word has the signs that are sought; `None` if none are.
fn has_signs(word: &Word, sought: &Word) -> Option<bool> {
    (!sought.signs.is_empty()).then(|| word.signs == sought.signs)
}

/// Matches of these words in a row. The last one may be a prefix, if `open`.
fn phrase_matches(text: &[Word], sought: &[Word], open: bool) -> Vec<TermMatch> {
    let Some((last, first)) = sought.split_last() else {
        return Vec::new();
    };
    let match_at = |row: &[Word]| {
        let (end, start) = row.split_last()?;
        let begin = match row.len() {
            0 | 1 => row[0].start,
            _ => begin_of(&row[0], &sought[0])?,
        };
        let rest = start.iter().zip(first).skip(1);
        let is_equal = rest.clone().all(|(a, b)| a.folded == b.folded)
            && start
                .iter()
                .zip(first)
                .all(|(a, b)| has_signs(a, b) != Some(false));
        let end = match word_match(end, last).filter(|_| is_equal)? {
            one if one.quality == MatchQuality::Whole => one.end,
            one if one.quality == MatchQuality::Prefix && open => one.end,
            _ => return None,
        };
        let (start, quality) = (begin, MatchQuality::Whole);
        Some(TermMatch {
            start,
            end,
            quality,
        })
    };
    text.windows(sought.len()).filter_map(match_at).collect()
}

/// The position at which the first of several words begins in a text: `1.2` begins in `v1.2` after the v.
fn begin_of(word: &Word, sought: &Word) -> Option<usize> {
    if word.folded == sought.folded {
        return Some(word.start);
    }
    let (first, number) = word.trailing_number()?;
    (number == sought.folded).then(|| word.origins[first])
}

/// The ranges of matches in order, with touching ones merged.
fn merged(mut matches: Vec<TermMatch>) -> Vec<(usize, usize)> {
    matches.sort_unstable();
    let mut all: Vec<(usize, usize)> = Vec::new();
    for one in matches {
        match all.last_mut() {
            Some((_, end)) if one.start <= *end => *end = one.end.max(*end),
            _ if one.end > one.start => all.push((one.start, one.end)),
            _ => {}
        }
    }
    all
}

/// The range of a text to show: the first one with as many matches as possible.
fn window(text: &str, matches: &[(usize, usize)]) -> (usize, usize) {
    let long = text.char_indices().nth(SNIPPET + SLACK);
    if long.is_none() {
        return (0, text.len());
    }
    let mut best = (0, 0);
    for (number, (start, _)) in matches.iter().enumerate() {
        let end = forward(text, *start, SNIPPET - BEFORE);
        let inside = matches[number..].iter().take_while(|one| one.1 <= end);
        let count = inside.count();
        if count > best.0 {
            best = (count, *start);
        }
    }
    let start = cut(text, back(text, best.1, BEFORE), best.1);
    let end = forward(text, start, SNIPPET);
    let end = match forward(text, end, SLACK) {
        after if after == text.len() => after,
        _ => text[..end]
            .rfind(char::is_whitespace)
            .filter(|at| end - at <= SLACK * 4)
            .unwrap_or(end),
    };
    (start, end.max(start))
}

/// A position near `at` and before `limit` where a word begins, or `at`.
fn cut(text: &str, at: usize, limit: usize) -> usize {
    if at == 0 {
        return 0;
    }
    let near = &text[at..limit];
    let blank = near
        .char_indices()
        .take(SLACK)
        .find(|(_, c)| c.is_whitespace());
    blank.map_or(at, |(offset, c)| at + offset + c.len_utf8())
}

fn forward(text: &str, from: usize, chars: usize) -> usize {
    let end = text[from..].char_indices().nth(chars);
    end.map_or(text.len(), |(at, _)| from + at)
}

fn back(text: &str, from: usize, chars: usize) -> usize {
    let start = text[..from].char_indices().rev().nth(chars);
    start.map_or(0, |(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::query::SearchQuery;

    /// A snippet with its marked parts in brackets.
    fn shown(text: &str, query: &str) -> String {
        let parts = snippet(text, &SearchQuery::parse(query).terms);
        let show = |part: SnippetPart| match part.marked {
            true => format!("[{}]", part.text),
            false => part.text,
        };
        parts.into_iter().map(show).collect()
    }

    #[test]
    fn matches_are_marked() {
        let examples = r#"
            The database is full | data | The [data]base is full
            The database is full | base | The data[base] is full
            The database is full | BASE full | The data[base] is [full]
            Crème brûlée | creme | [Crème] brûlée
            straße | strass | [straß]e
            of the team, the team | "the team" | of [the team], [the team]
            a team | "tea" | a team
            我们去北京 | 北京 | 我们去[北京]
            see https://x.org/a/page-1 | https://x.org/a/pa | see [https://x.org/a/pa]ge-1
            example.com and page | example.com/pa | [example.com] and [pa]ge
            c and C | c | [c] and [C]
            cat | c | cat
            <b>bold</b> | bold | <b>[bold]</b>
            one two | -one two | one [two]
            C, C++ and C# | C++ | [C], [C++] and [C]#
            C, C++ and C# | "C++" | C, [C++] and C#
            C, C++ and C# | "c#" | C, C++ and [C#]
            v1.2.3 and 1.2.3 | 1.2.3 | v[1.2.3] and [1.2.3]
            v1.2.3 | 2.3 | v1.[2.3]
            v1.2.3 | v1.2 | [v1.2].3
            nothing | from:ada | nothing"#;
        for example in examples.trim().lines() {
            let fields: Vec<&str> = example.trim().split(" | ").collect();
            assert_eq!(shown(fields[0], fields[1]), fields[2], "{example}");
        }
        assert_eq!(shown("", "x"), "");
    }

    #[test]
    fn the_part_of_a_long_text_with_most_matches_is_shown() {
        let filler = "lorem ipsum ".repeat(100);
        let text = format!("needle {filler} a needle and a thread {filler}");
        let shown = shown(&text, "needle thread");
        assert!(shown.starts_with("… ") && shown.ends_with(" …"), "{shown}");
        assert!(shown.contains("a [needle] and a [thread]"), "{shown}");
        assert!(shown.chars().count() < 300, "{shown}");
    }

    #[test]
    fn texts_without_blanks_are_cut_between_characters() {
        for text in ["é".repeat(9_000), "北".repeat(9_000), "🎉".repeat(9_000)] {
            for query in ["é", "北北", "🎉", "x"] {
                assert!(shown(&text, query).chars().count() < 400);
            }
        }
    }

    #[test]
    fn whole_words_in_a_row_score_highest() {
        let terms = SearchQuery::parse("data base").terms;
        let score = |text| score(text, &terms);
        assert!(score("the data base") > score("the base has data"));
        assert!(score("the data base") > score("a database of bases"));
        assert!(score("data base") > score("data base and many other words that say nothing"));
        assert!(score("a database") > score("nothing"));
    }
}

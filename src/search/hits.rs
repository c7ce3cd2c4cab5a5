//! Where the terms of a query stand in a text, how well they fit, and the part of the text to show.

use super::query::Term;
use crate::db::fts::{Word, words};

/// Characters of a snippet, and of what stands before its first hit.
const SNIPPET: usize = 240;
const BEFORE: usize = 60;
/// Characters that a cut may move to fall between words.
const SLACK: usize = 20;

/// A part of a text, in the order in which they stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    pub text: String,
    pub marked: bool,
}

/// A place in a text that fits a term, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Hit {
    start: usize,
    end: usize,
    fit: Fit,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    Inside,
    Beginning,
    Whole,
}

/// The part of `text` around the hits, with these marked.
pub fn snippet(text: &str, terms: &[Term]) -> Vec<Piece> {
    let found = words(text);
    let hits = terms.iter().filter(|term| term.wanted);
    let hits = merged(hits.flat_map(|term| hits_of(&found, term)).collect());
    let (start, end) = window(text, &hits);
    let mut pieces = Vec::new();
    let mut piece = |text: &str, marked| {
        if !text.is_empty() {
            let text = text.to_owned();
            pieces.push(Piece { text, marked });
        }
    };
    let mut at = start;
    if start > 0 {
        piece("… ", false);
    }
    for (from, to) in hits {
        let (from, to) = (from.clamp(at, end), to.clamp(at, end));
        piece(&text[at..from], false);
        piece(&text[from..to], true);
        at = to;
    }
    piece(&text[at..end], false);
    if end < text.len() {
        piece(" …", false);
    }
    pieces
}

/// How well a text fits: more for whole words, for words that come together, and for short texts.
pub fn score(text: &str, terms: &[Term]) -> f32 {
    let found = words(text);
    let (mut score, mut all) = (0.0, Vec::new());
    for term in terms.iter().filter(|term| term.wanted) {
        let hits = hits_of(&found, term);
        score += match hits.iter().map(|hit| hit.fit).max() {
            Some(Fit::Whole) => 4.0,
            Some(Fit::Beginning) => 2.5,
            Some(Fit::Inside) => 1.0,
            None => 0.0,
        };
        score += hits.len().saturating_sub(1).min(3) as f32 * 0.3;
        all.extend(hits);
    }
    all.sort_unstable();
    let near = |pair: &[Hit]| pair[1].start > pair[0].end && pair[1].start - pair[0].end <= 2;
    score += all.windows(2).filter(|pair| near(pair)).count().min(4) as f32;
    score - (1.0 + found.len() as f32).ln() * 0.5
}

fn hits_of(found: &[Word], term: &Term) -> Vec<Hit> {
    match &term.words[..] {
        [word] if !term.exact && !word.single => found
            .iter()
            .filter_map(|at| part(at, &word.folded))
            .collect(),
        words if term.exact => phrases(found, words, false),
        [first @ .., last] => {
            let whole = phrases(found, &term.words, true);
            if !whole.is_empty() || first.is_empty() || last.single {
                return whole;
            }
            let mut apart = phrases(found, first, false);
            let ends = found.iter().filter_map(|at| part(at, &last.folded));
            apart.extend(ends.filter(|hit| hit.fit > Fit::Inside));
            apart
        }
        [] => Vec::new(),
    }
}

/// The part of a word that fits `sought`: its beginning, or from three letters on any part.
fn part(word: &Word, sought: &str) -> Option<Hit> {
    let at = match word.folded.starts_with(sought) {
        true => 0,
        false if sought.chars().nth(2).is_some() => word.folded.find(sought)?,
        false => return None,
    };
    let first = word.folded[..at].chars().count();
    let after = first + sought.chars().count();
    let whole = at == 0 && after == word.origins.len();
    if !whole && at == 0 && after == 1 {
        return None; // one letter is a word, not the beginning of one
    }
    Some(Hit {
        start: word.origins[first],
        end: word.origins.get(after).copied().unwrap_or(word.end),
        fit: match at {
            _ if whole => Fit::Whole,
            0 => Fit::Beginning,
            _ => Fit::Inside,
        },
    })
}

/// Where these words stand one after another; the last may go on, if `open`.
fn phrases(found: &[Word], sought: &[Word], open: bool) -> Vec<Hit> {
    let Some((last, first)) = sought.split_last() else {
        return Vec::new();
    };
    let at = |some: &[Word]| {
        let (end, start) = some.split_last()?;
        let same = start.iter().zip(first).all(|(a, b)| a.folded == b.folded);
        let end = match part(end, &last.folded).filter(|_| same)? {
            hit if hit.fit == Fit::Whole => hit.end,
            hit if hit.fit == Fit::Beginning && open => hit.end,
            _ => return None,
        };
        let (start, fit) = (some[0].start, Fit::Whole);
        Some(Hit { start, end, fit })
    };
    found.windows(sought.len()).filter_map(at).collect()
}

/// In order, none touching another.
fn merged(mut hits: Vec<Hit>) -> Vec<(usize, usize)> {
    hits.sort_unstable();
    let mut all: Vec<(usize, usize)> = Vec::new();
    for hit in hits {
        match all.last_mut() {
            Some((_, end)) if hit.start <= *end => *end = hit.end.max(*end),
            _ if hit.end > hit.start => all.push((hit.start, hit.end)),
            _ => {}
        }
    }
    all
}

/// From where to where a text is shown: around as many hits as possible, the first such place.
fn window(text: &str, hits: &[(usize, usize)]) -> (usize, usize) {
    let long = text.char_indices().nth(SNIPPET + SLACK);
    if long.is_none() {
        return (0, text.len());
    }
    let mut best = (0, 0);
    for (number, (start, _)) in hits.iter().enumerate() {
        let end = forward(text, *start, SNIPPET - BEFORE);
        let fit = hits[number..].iter().take_while(|hit| hit.1 <= end).count();
        if fit > best.0 {
            best = (fit, *start);
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

/// A place near `at` and before `limit` where a word begins, or `at`.
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
    use crate::search::query::Query;

    /// Marked parts in brackets.
    fn shown(text: &str, query: &str) -> String {
        let pieces = snippet(text, &Query::parse(query).terms);
        let show = |piece: Piece| match piece.marked {
            true => format!("[{}]", piece.text),
            false => piece.text,
        };
        pieces.into_iter().map(show).collect()
    }

    #[test]
    fn what_was_sought_is_marked() {
        for (text, query, expected) in [
            ("The database is full", "data", "The [data]base is full"),
            ("The database is full", "base", "The data[base] is full"),
            (
                "The database is full",
                "BASE full",
                "The data[base] is [full]",
            ),
            ("Crème brûlée", "creme", "[Crème] brûlée"),
            ("straße", "strass", "[straß]e"),
            (
                "of the team, the team",
                "\"the team\"",
                "of [the team], [the team]",
            ),
            ("a team", "\"tea\"", "a team"),
            ("我们去北京", "北京", "我们去[北京]"),
            (
                "see https://x.org/a/page-1",
                "https://x.org/a/pa",
                "see [https://x.org/a/pa]ge-1",
            ),
            (
                "example.com and page",
                "example.com/pa",
                "[example.com] and [pa]ge",
            ),
            ("c and C", "c", "[c] and [C]"),
            ("cat", "c", "cat"),
            ("<b>bold</b>", "bold", "<b>[bold]</b>"),
            ("one two", "-one two", "one [two]"),
            ("nothing", "from:ada", "nothing"),
            ("", "x", ""),
        ] {
            assert_eq!(shown(text, query), expected, "{query} in {text}");
        }
    }

    #[test]
    fn of_a_long_text_the_part_with_most_hits_is_shown() {
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
    fn whole_words_that_come_together_fit_best() {
        let terms = Query::parse("data base").terms;
        let score = |text| score(text, &terms);
        assert!(score("the data base") > score("the base has data"));
        assert!(score("the data base") > score("a database of bases"));
        assert!(score("data base") > score("data base and many other words that say nothing"));
        assert!(score("a database") > score("nothing"));
    }
}

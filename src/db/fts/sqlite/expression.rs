//! Queries as expressions of FTS5.

use crate::db::fts::{
    index::{IndexQuery, MatchKind, Term},
    text::Word,
    token,
};

/// Largest distance between two tokens of a message, and more.
const FAR: i64 = 1 << 24;

/// Translates a query. `None` if it asks for nothing, or, for [`MatchKind::Infix`], nothing beyond the prefixes.
pub fn expression(query: &IndexQuery) -> Option<String> {
    let anchors = anchors(query);
    let (wanted, unwanted): (Vec<&Term>, Vec<&Term>) =
        query.terms.iter().partition(|term| term.wanted);
    let prefixes = wanted.iter().map(|term| prefix_match(term, &anchors));
    let prefixes: Vec<String> = prefixes.collect();
    let infixes = wanted.iter().map(|term| infix_match(term, &anchors));
    let mut all = match query.kind {
        MatchKind::Prefix => prefixes.clone(),
        MatchKind::Infix => infixes.collect(),
    };
    let unwanted = unwanted.iter().map(|term| exact_match(term, &anchors));
    let mut none: Vec<String> = unwanted.collect();
    if query.kind == MatchKind::Infix {
        if all == prefixes {
            return None;
        }
        none.push(all_of(&prefixes));
    }
    all.extend(any_of(query.rooms.iter().copied().map(token::room)));
    all.extend(any_of(query.authors.iter().copied().map(token::author)));
    let excluded = query.excluded_authors.iter().copied();
    none.extend(any_of(excluded.map(token::author)));
    for (property, wanted) in query.has {
        let token = quoted(&[&property.token()]);
        match wanted {
            true => all.push(token),
            false => none.push(token),
        }
    }
    if all.is_empty() {
        return None;
    }
    // A phrase near the token of the block ends with the block, and so does the whole expression.
    if !all.iter().any(|part| part.starts_with("NEAR")) {
        all.extend(query.block.map(|block| quoted(&[&token::block(block)])));
    }
    Some(match none.is_empty() {
        true => all_of(&all),
        false => format!("({}) NOT ({})", all_of(&all), none.join(" OR ")),
    })
}

/// The single tokens that all matching messages have.
fn anchors(query: &IndexQuery) -> Vec<String> {
    let mut anchors: Vec<String> = query.block.map(token::block).into_iter().collect();
    if let [room] = query.rooms {
        anchors.push(token::room(*room));
    }
    if let [author] = query.authors {
        anchors.push(token::author(*author));
    }
    anchors.iter().map(|token| quoted(&[token])).collect()
}

fn prefix_match(term: &Term, anchors: &[String]) -> String {
    match &term.words[..] {
        [word] if !term.exact => with_signs(near(prefix(word), anchors), term),
        _ => exact_match(term, anchors),
    }
}

/// Matches these whole words in this order, with the signs after them.
fn exact_match(term: &Term, anchors: &[String]) -> String {
    with_signs(near(phrase(&term.words), anchors), term)
}

fn with_signs(matched: String, term: &Term) -> String {
    let signed = term.words.iter().filter(|word| !word.signs.is_empty());
    let signed = signed.map(|word| quoted(&[&token::signed(word)]));
    let all: Vec<String> = std::iter::once(matched).chain(signed).collect();
    match &all[..] {
        [matched] => matched.clone(),
        all => all_of(all),
    }
}

/// Matches a term anywhere in words, with other signs after them, too. Of several words without a blank between them,
/// the last one may also be the beginning of a word in another place.
fn infix_match(term: &Term, anchors: &[String]) -> String {
    match &term.words[..] {
        [word] if !term.exact => near(infix(word).unwrap_or_else(|| prefix(word)), anchors),
        [first @ .., last] if !term.exact && !last.single => {
            all_of(&[near(phrase(first), anchors), near(prefix(last), anchors)])
        }
        _ if term.exact => exact_match(term, anchors),
        words => near(phrase(words), anchors),
    }
}

/// Matches these whole words in this order.
pub fn phrase(words: &[Word]) -> String {
    let words: Vec<&str> = words.iter().map(token::whole).collect();
    quoted(&words)
}

/// Matches words that begin like `word`. A word of one letter matches itself only.
fn prefix(word: &Word) -> String {
    let (letters, mut tokens) = (token::whole(word), String::new());
    token::push_prefixes(&mut tokens, letters);
    let longest = tokens.split_whitespace().next_back().map(str::to_owned);
    let Some(longest) = longest.filter(|_| !word.single) else {
        return phrase(std::slice::from_ref(word));
    };
    tokens.clear();
    if token::first(letters, *token::PREFIX_LENGTHS.end()).len() < letters.len() {
        token::push_trigrams(&mut tokens, letters);
    }
    let mut all = vec![&*longest];
    all.extend(tokens.split_whitespace());
    quoted(&all)
}

/// Matches words that contain `word`. `None` if it has fewer than three letters.
fn infix(word: &Word) -> Option<String> {
    let mut tokens = String::new();
    token::push_trigrams(&mut tokens, token::whole(word));
    let has_trigrams = !tokens.is_empty() && !word.single;
    has_trigrams.then(|| quoted(&tokens.split_whitespace().collect::<Vec<_>>()))
}

/// Restricts a phrase to messages that have all of these single tokens. FTS5 compares the positions of a phrase only in
/// such messages.
fn near(phrase: String, anchors: &[String]) -> String {
    match phrase.contains(' ') && !anchors.is_empty() {
        true => format!("NEAR({} {phrase}, {FAR})", anchors.join(" ")),
        false => phrase,
    }
}

/// A phrase of FTS5. No token contains a quotation mark.
pub fn quoted(tokens: &[&str]) -> String {
    format!("\"{}\"", tokens.join(" "))
}

fn all_of(parts: &[String]) -> String {
    format!("({})", parts.join(" AND "))
}

fn any_of(tokens: impl Iterator<Item = String>) -> Option<String> {
    let all: Vec<String> = tokens.map(|token| quoted(&[&token])).collect();
    (!all.is_empty()).then(|| format!("({})", all.join(" OR ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::{
        fts::{BLOCK, words},
        ids::RoomId,
    };

    #[test]
    fn parts_of_words_are_phrases() {
        let parts = |text: &str| {
            let word = &words(text)[0];
            let infix = infix(word).map(|phrase| token::visible(&phrase));
            (token::visible(&prefix(word)), infix)
        };
        for (text, prefix, infix) in [
            (
                "Datum",
                "\"^datu ~dat ~atu ~tum\"",
                Some("\"~dat ~atu ~tum\""),
            ),
            ("Data", "\"^data\"", Some("\"~dat ~ata\"")),
            ("da", "\"^da\"", None),
            ("d", "\"d\"", None),
            ("北", "\"北\"", None),
        ] {
            assert_eq!(parts(text), (prefix.into(), infix.map(str::to_owned)));
        }
        assert!(prefix(&words(&"x".repeat(9_000))[0]).len() < 1_000);
    }

    #[test]
    fn only_phrases_are_restricted_to_anchors() {
        let query = IndexQuery {
            terms: &[],
            kind: MatchKind::Prefix,
            rooms: &[RoomId(5)],
            authors: &[],
            excluded_authors: &[],
            has: &[],
            block: Some(BLOCK),
        };
        let shown = |phrase: &str| token::visible(&near(phrase.into(), &anchors(&query)));
        assert_eq!(shown("\"a\""), "\"a\"");
        assert_eq!(shown("\"a b\""), "NEAR(\"=b1\" \"=r5\" \"a b\", 16777216)");
    }
}

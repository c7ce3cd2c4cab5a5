//! File name filters. The index doesn't separate the words of file names from those of the text, so it also returns
//! messages that don't match. They are removed after loading.

use super::query::SearchQuery;
use crate::{
    db::fts::{Property, Term, words},
    messages::Message,
};

/// Returns the terms and properties to look up in the index.
pub fn in_index(query: &SearchQuery) -> (Vec<Term>, Vec<(Property, bool)>) {
    let (mut terms, mut has) = (query.terms.clone(), query.has.clone());
    let wanted = query.file_names.iter().filter(|term| term.wanted);
    let names: Vec<Term> = wanted.cloned().collect();
    if !names.is_empty() {
        has.push((Property::File, true));
    }
    terms.extend(names);
    (terms, has)
}

/// Returns whether a message satisfies all file name filters.
pub fn has_all(message: &Message, names: &[Term]) -> bool {
    let is_met = |term: &Term| {
        let mut files = message.files.iter();
        files.any(|file| matches(&file.name, term)) == term.wanted
    };
    names.iter().all(is_met)
}

/// Returns whether a file name contains the words of a term in order. The last word may be a prefix, and a single word
/// may be any part of a word. The index finds the same: prefixes need two letters, and parts of words three.
fn matches(name: &str, term: &Term) -> bool {
    let name = words(name);
    let Some((last, first)) = term.words.split_last() else {
        return false;
    };
    let letters = last.folded.chars().count();
    if first.is_empty() && letters > 2 && !last.single {
        return name.iter().any(|word| word.folded.contains(&*last.folded));
    }
    name.windows(term.words.len()).any(|part| {
        let same = first
            .iter()
            .zip(part)
            .all(|(word, of_name)| word.folded == of_name.folded);
        let of_name = &part[first.len()].folded;
        same && match letters {
            1 => *of_name == last.folded,
            _ => of_name.starts_with(&*last.folded),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_match_by_words_and_parts_of_words() {
        for (name, asked, expected) in [
            ("Quarterly report.pdf", "report", true),
            ("Quarterly report.pdf", "REP", true),
            ("Quarterly report.pdf", "port", true),
            ("Quarterly report.pdf", "report.pdf", true),
            ("Quarterly report.pdf", "quarterly rep", true),
            ("Quarterly report.pdf", "report quarterly", false),
            ("Quarterly report.pdf", "re", true),
            ("Quarterly report.pdf", "ep", false),
            ("Quarterly report.pdf", "r", false),
            ("Plan B.pdf", "b", true),
            ("Plan B.pdf", "plan b", true),
            ("Plan Beta.pdf", "plan b", false),
            ("Plan Beta.pdf", "plan be", true),
            ("Übersicht.txt", "ubersicht", true),
            ("plan.txt", "report", false),
            ("北京.txt", "京", true),
        ] {
            let term = Term {
                words: words(asked),
                exact: false,
                wanted: true,
            };
            assert_eq!(matches(name, &term), expected, "{name} {asked}");
        }
    }
}

//! Queries, each with what is parsed of it.

use super::*;

/// A query as one line. A `*` follows a prefix.
fn shown(text: &str) -> String {
    let query = SearchQuery::parse(text);
    let mut parts = Vec::new();
    for term in &query.terms {
        let words: Vec<&str> = term.words.iter().map(|word| &*word.folded).collect();
        let sign = if term.wanted { "" } else { "-" };
        let end = if term.exact { "" } else { "*" };
        parts.push(format!("{sign}{}{end}", words.join("+")));
    }
    let names = [("from", &query.from), ("in", &query.rooms)];
    for (kind, names) in names {
        for NameFilter { name, wanted } in names {
            let sign = if *wanted { "" } else { "-" };
            parts.push(format!("{sign}{kind}({name})"));
        }
    }
    for (property, wanted) in &query.has {
        parts.push(format!("{property:?}({wanted})"));
    }
    for term in &query.file_names {
        let words: Vec<&str> = term.words.iter().map(|word| &*word.folded).collect();
        let sign = if term.wanted { "" } else { "-" };
        parts.push(format!("{sign}file({})", words.join("+")));
    }
    for filter in &query.dates {
        let (name, range) = match filter {
            DateFilter::Before(range) => ("before", range),
            DateFilter::After(range) => ("after", range),
            DateFilter::On(range) => ("on", range),
        };
        parts.push(match range {
            DateRange::Days(from, to) => format!("{name}({from},{to})"),
            DateRange::DaysAgo(days) => format!("{name}({days})"),
        });
    }
    parts.join(" ")
}

#[test]
fn words_phrases_and_filters_are_parsed() {
    for (text, expected) in [
        ("Design team", "design* team*"),
        ("\"Design team\" now", "design+team now*"),
        ("“Design team”", "design+team"),
        ("-draft -\"old one\"", "-draft* -old+one"),
        ("from:Ada in:lobby", "from(Ada) in(lobby)"),
        ("FROM:@ada -in:\"big room\"", "from(@ada) -in(big room)"),
        ("in:“big room” x", "x* in(big room)"),
        ("has:link -has:links", "Link(false)"),
        (
            "has:file -HAS:Image has:video has:audio",
            "File(true) Image(false) Video(true) Audio(true)",
        ),
        (
            "filename:plan.pdf -filename:\"Old draft\"",
            "file(plan+pdf) -file(old+draft)",
        ),
        ("before:2026-11-20", "before(2026-11-20,2026-11-21)"),
        (
            "after:2026-12 on:2024",
            "after(2026-12-01,2027-01-01) on(2024-01-01,2025-01-01)",
        ),
        ("on:yesterday after:TODAY", "on(1) after(0)"),
        ("https://example.com/a?b=c#d", "https+example+com+a+b+c+d*"),
        ("北京abc", "北+京+abc*"),
        ("Café*", "cafe*"),
    ] {
        assert_eq!(shown(text), expected, "{text}");
    }
}

#[test]
fn odd_texts_are_words_or_nothing() {
    for (text, expected) in [
        ("", ""),
        ("   ", ""),
        ("\"", ""),
        ("\"\"", ""),
        ("\"unbalanced quote", "unbalanced+quote"),
        ("a\"b\"c", "a* b c*"),
        ("- -- --- -", ""),
        ("--x", "x*"),
        ("* ^ ( ) { } + ~ : ! ?", ""),
        ("AND OR NOT NEAR(a b, 3)", "and* or* not* near+a* b* 3*"),
        ("said:x words:y rowid:1", "said+x* words+y* rowid+1*"),
        ("from: in: before: has:", "from* in* before* has*"),
        ("filename: filename:*", "filename* filename*"),
        ("from:\"\"", "from*"),
        (
            "has:poll before:soon on:2026-13 on:2026-02-30",
            "has+poll* before+soon* on+2026+13* on+2026+02+30*",
        ),
        ("-before:2026", "-before+2026*"),
        ("on:9999", "on+9999*"),
        ("on:-5 on:1-1-1-1", "on+5* on+1+1+1+1*"),
        ("a\0b \u{1}", "a+b*"),
        ("fro\u{301}m:x", "from+x*"),
        ("🎉", "🎉*"),
    ] {
        assert_eq!(shown(text), expected, "{text:?}");
    }
}

#[test]
fn a_long_text_is_cut() {
    let terms = SearchQuery::parse(&"word ".repeat(10_000)).terms;
    assert_eq!(terms.len(), MAX_TERMS);
    let terms = SearchQuery::parse(&"a.".repeat(10_000)).terms;
    assert_eq!((terms.len(), terms[0].words.len()), (1, MAX_WORDS));
    let query = SearchQuery::parse(&"filename:a ".repeat(MAX_TERMS + 1));
    assert_eq!((query.file_names.len(), query.terms.len()), (MAX_TERMS, 0));
    assert_eq!(query.notes.last().map(String::as_str), Some(TOO_LONG));
    let names = "a.".repeat(MAX_WORDS - 1);
    let query = SearchQuery::parse(&format!("filename:{names} \"one two\" three"));
    let words = (query.file_names[0].words.len(), query.terms.len());
    assert_eq!((words, query.terms[0].words.len()), ((MAX_WORDS - 1, 1), 1));
    assert_eq!(query.notes, [TOO_LONG]);
    let query = SearchQuery::parse(&"from:a in:b on:today ".repeat(500));
    let filters = (query.from.len(), query.rooms.len(), query.dates.len());
    assert_eq!(filters, (8, 8, 8));
}

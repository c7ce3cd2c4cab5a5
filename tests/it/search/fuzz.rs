//! Random queries: none fails or takes long, and the results agree with a full scan.
//!
//! For a longer run: `PROPTEST_CASES=100000 cargo test --test it search::fuzz`

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use chatterbox::search::{ResultCursor, SortOrder};
use proptest::prelude::*;
use proptest::sample::select;

use super::fixtures::Fixture;

/// Parts of the random queries.
const PARTS: [&str; 42] = [
    "\"",
    "“",
    "”",
    "«",
    "-",
    "--",
    "*",
    "^",
    "(",
    ")",
    "{",
    "}",
    "+",
    ":",
    "AND",
    "OR",
    "NOT",
    "NEAR(",
    "from:",
    "in:",
    "before:",
    "after:",
    "on:",
    "has:",
    "link",
    "me",
    "lobby",
    "ada",
    "2026",
    "-11",
    "-20",
    "today",
    "said:",
    "rowid",
    "red",
    "re",
    "北京",
    "🎉",
    "\0",
    "\u{E000}red",
    "\u{301}",
    "https://x.org/",
];

fn query() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        6 => select(&PARTS[..]).prop_map(str::to_owned),
        2 => any::<String>(),
        1 => any::<char>().prop_map(|c| c.to_string().repeat(400)),
    ];
    let blank = select(&["", " ", "\t", "\u{3000}"][..]);
    prop::collection::vec((part, blank), 0..24).prop_map(|parts| {
        parts
            .into_iter()
            .map(|(part, blank)| part + blank)
            .collect()
    })
}

/// Messages that contain every part, and some long ones.
fn texts() -> Vec<String> {
    let mut texts: Vec<String> = PARTS
        .iter()
        .map(|part| format!("{part} red redder infrared {part}"))
        .collect();
    texts.push("long ".repeat(2_000));
    texts.push("北".repeat(9_000));
    texts.push("\u{FDFA}".repeat(5_000));
    texts.push("e\u{301}\u{302}".repeat(3_000));
    texts.extend(
        (0..300).map(|number| format!("red number {number} 北京 🎉 https://x.org/{number}")),
    );
    texts
}

static ALL_TEXTS: LazyLock<Fixture> = LazyLock::new(|| {
    let fixture = Fixture::new();
    fixture.fill(texts(), 1);
    fixture
});

static SMALL: LazyLock<Fixture> = LazyLock::new(Fixture::new);
static ZERO_TIME_LIMIT: LazyLock<Fixture> = LazyLock::new(Fixture::with_zero_time_limit);

proptest! {
    #[test]
    fn any_text_is_a_valid_query(text in query(), best in any::<bool>()) {
        let (fixture, started) = (&*ALL_TEXTS, Instant::now());
        let results = fixture.find(&text, if best { SortOrder::Best } else { SortOrder::Newest }, ResultCursor::default());
        prop_assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
        prop_assert!(results.found.len() <= 20);
        prop_assert!(results.notes.len() <= 16);
        for found in &results.found {
            let shown: String = found.snippet.iter().map(|piece| &*piece.text).collect();
            prop_assert!(shown.chars().count() <= 400, "{shown}");
            let body = found.message.visible_text();
            let shown = shown.trim_start_matches("… ").trim_end_matches(" …");
            prop_assert!(body.contains(shown), "{shown} in {body}");
        }
    }
}

/// Short texts of few different letters, so that random terms often match.
fn small_texts() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec("([abA]{1,6} ?[京北]{0,3} ?){1,3}", 1..19)
}

proptest! {
    #[test]
    fn a_search_finds_what_a_full_scan_finds(texts in small_texts(), terms in terms()) {
        let fixture = &*SMALL;
        fixture.fill(texts.clone(), 1);
        let found = fixture.find(&terms.join(" "), SortOrder::Newest, ResultCursor::default());
        let bodies: Vec<&str> = found.found.iter().map(|found| found.message.body.as_str()).collect();
        prop_assert_eq!(&bodies, &full_scan(&texts, &terms));
        for found in &found.found {
            prop_assert!(found.snippet.iter().any(|piece| piece.marked), "a match is highlighted");
        }
    }

    #[test]
    fn a_search_that_stops_early_continues_from_its_cursor(texts in small_texts(), terms in terms(), best in any::<bool>()) {
        let (fixture, order) = (&*ZERO_TIME_LIMIT, if best { SortOrder::Best } else { SortOrder::Newest });
        fixture.fill(texts.clone(), 400_000);
        let (mut bodies, mut cursor, mut searched_back) = (Vec::new(), Some(ResultCursor::default()), i64::MAX);
        while let Some(here) = cursor {
            let page = fixture.find(&terms.join(" "), order, here);
            bodies.extend(page.found.iter().map(|found| found.message.body.as_str().to_owned()));
            searched_back = searched_back.min(page.back_to.unwrap_or(i64::MAX));
            cursor = page.next;
        }
        let mut expected = full_scan(&texts, &terms);
        if best {
            bodies.sort();
            expected.sort();
        }
        prop_assert_eq!(&bodies, &expected);
        prop_assert!(texts.len() < 3 || searched_back < i64::MAX, "the page reports how far it searched");
    }
}

fn terms() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec("[ab]{1,5}|[京北]{1,3}", 1..4)
}

/// The texts that contain all terms, newest first. Matches at the start of words come before matches inside of words.
fn full_scan<'a>(texts: &'a [String], terms: &[String]) -> Vec<&'a str> {
    let all = || texts.iter().rev().map(String::as_str);
    let at_start = |text: &&str| terms.iter().all(|term| has(text, term, false));
    let inside = |text: &&str| terms.iter().all(|term| has(text, term, true)) && !at_start(text);
    all().filter(at_start).chain(all().filter(inside)).collect()
}

/// Whether a text contains a term at the start of a word or, if `inside`, anywhere in a word.
fn has(text: &str, term: &str, inside: bool) -> bool {
    let text = text.to_lowercase();
    if !term.is_ascii() {
        return text.replace(' ', "").contains(term); // spaces do not separate Chinese characters
    }
    let mut words = text.split(|c: char| !c.is_ascii_alphabetic());
    words.any(|word| match term.len() {
        1 => word == term,
        _ => word.starts_with(term) || inside && term.len() > 2 && word.contains(term),
    })
}

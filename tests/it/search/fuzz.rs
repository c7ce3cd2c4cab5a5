//! Texts made by chance: none is an error, none takes long, and what is found is what a plain look finds.
//!
//! For a longer run: `PROPTEST_CASES=100000 cargo test --test it search::fuzz`

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use chatterbox::search::{ResultCursor, SortOrder};
use proptest::prelude::*;
use proptest::sample::select;

use super::fixtures::World;

/// What a query may be made of.
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

/// Messages of every kind.
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

static HOSTILE: LazyLock<World> = LazyLock::new(|| {
    let world = World::new();
    world.fill(texts(), 1);
    world
});

static SMALL: LazyLock<World> = LazyLock::new(World::new);
static IMPATIENT: LazyLock<World> = LazyLock::new(World::impatient);

proptest! {
    #[test]
    fn any_text_is_a_search(text in query(), best in any::<bool>()) {
        let (world, begun) = (&*HOSTILE, Instant::now());
        let results = world.find(&text, if best { SortOrder::Best } else { SortOrder::Newest }, ResultCursor::default());
        prop_assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
        prop_assert!(results.found.len() <= 20);
        prop_assert!(results.notes.len() <= 16);
        for found in &results.found {
            let shown: String = found.snippet.iter().map(|piece| &*piece.text).collect();
            prop_assert!(shown.chars().count() <= 400, "{shown}");
            let body = found.message.body.as_str();
            let shown = shown.trim_start_matches("… ").trim_end_matches(" …");
            prop_assert!(body.contains(shown), "{shown} in {body}");
        }
    }
}

/// Every text of up to three words of up to six letters of two, and some more signs.
fn small_texts() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec("([abA]{1,6} ?[京北]{0,3} ?){1,3}", 1..19)
}

proptest! {
    #[test]
    fn what_a_plain_look_finds_is_found(texts in small_texts(), terms in terms()) {
        let world = &*SMALL;
        world.fill(texts.clone(), 1);
        let found = world.find(&terms.join(" "), SortOrder::Newest, ResultCursor::default());
        let bodies: Vec<&str> = found.found.iter().map(|found| found.message.body.as_str()).collect();
        prop_assert_eq!(&bodies, &plainly(&texts, &terms));
        for found in &found.found {
            prop_assert!(found.snippet.iter().any(|piece| piece.marked), "something is marked");
        }
    }

    #[test]
    fn a_search_that_stops_early_goes_on_where_it_stopped(texts in small_texts(), terms in terms(), best in any::<bool>()) {
        let (world, order) = (&*IMPATIENT, if best { SortOrder::Best } else { SortOrder::Newest });
        world.fill(texts.clone(), 400_000);
        let (mut bodies, mut part, mut looked_back) = (Vec::new(), Some(ResultCursor::default()), i64::MAX);
        while let Some(here) = part {
            let page = world.find(&terms.join(" "), order, here);
            bodies.extend(page.found.into_iter().map(|found| found.message.body.as_str().to_owned()));
            looked_back = looked_back.min(page.back_to.unwrap_or(i64::MAX));
            part = page.next;
        }
        let mut expected = plainly(&texts, &terms);
        if best {
            bodies.sort();
            expected.sort();
        }
        prop_assert_eq!(&bodies, &expected);
        prop_assert!(texts.len() < 3 || looked_back < i64::MAX, "it says how far it came");
    }
}

fn terms() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec("[ab]{1,5}|[京北]{1,3}", 1..4)
}

/// The texts that have all terms, newest first: those at the beginnings of words before those inside.
fn plainly<'a>(texts: &'a [String], terms: &[String]) -> Vec<&'a str> {
    let all = || texts.iter().rev().map(String::as_str);
    let begin = |text: &&str| terms.iter().all(|term| has(text, term, false));
    let inside = |text: &&str| terms.iter().all(|term| has(text, term, true)) && !begin(text);
    all().filter(begin).chain(all().filter(inside)).collect()
}

/// Whether a text has a term: at the beginning of a word, or inside of one, too.
fn has(text: &str, term: &str, inside: bool) -> bool {
    let text = text.to_lowercase();
    if !term.is_ascii() {
        return text.replace(' ', "").contains(term); // blanks do not divide signs
    }
    let mut words = text.split(|c: char| !c.is_ascii_alphabetic());
    words.any(|word| match term.len() {
        1 => word == term,
        _ => word.starts_with(term) || inside && term.len() > 2 && word.contains(term),
    })
}

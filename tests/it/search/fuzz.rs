//! Texts made by chance: none is an error, none takes long, and what is found is what a plain look finds.
//!
//! For a longer run: `PROPTEST_CASES=100000 cargo test --test it search::fuzz`

use std::net::{IpAddr, Ipv4Addr};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use chatterbox::accounts::{Accounts, User};
use chatterbox::db::words;
use chatterbox::presence::Presence;
use chatterbox::rooms::{self, Rooms};
use chatterbox::search::{Order, Part, Results, Search};
use chatterbox::sidebar::Sidebar;
use diesel::RunQueryDsl;
use diesel::sql_query;
use diesel::sql_types::Text;
use proptest::prelude::*;
use proptest::sample::select;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::harness::inside::app;
use crate::harness::person::PASSWORD;

/// A server in this process with messages on it, and somebody who may read them.
struct World {
    runtime: Runtime,
    search: Search,
    reader: User,
    texts: Vec<String>,
    _home: TempDir,
}

impl World {
    fn with(texts: Vec<String>) -> World {
        let (runtime, home) = (
            Runtime::new().expect("a runtime"),
            TempDir::new().expect("a folder"),
        );
        let app = app(&home);
        let accounts = Accounts::new(app.clone(), rooms::welcome, |_| {});
        let all = texts.clone();
        let (reader, search) = runtime.block_on(async {
            let from = IpAddr::V4(Ipv4Addr::LOCALHOST);
            let registered = accounts.register(from, "ada", PASSWORD).await;
            assert!(registered.is_ok(), "the name is free");
            let Ok(token) = accounts.log_in(from, "ada", PASSWORD).await else {
                panic!("the password is right");
            };
            let reader = accounts.identify(token).await.expect("a session");
            let fill = app.db.write(move |tx| {
                for text in all {
                    let insert = "INSERT INTO messages (room_id, author_id, client_id, body, place, created_rev, rev, created_at)
                        SELECT 1, 1, hex(randomblob(16)), ?, 1, 1 + coalesce(max(rev), 0), 1 + coalesce(max(rev), 0), 1 FROM messages";
                    sql_query(insert).bind::<Text, _>(text).execute(tx.conn)?;
                }
                words::index(tx.conn, 100_000)
            });
            fill.await.expect("messages");
            let rooms = Rooms::new(app.clone());
            let presence = Presence::new(app.clone());
            let sidebar = Sidebar::new(app.clone(), rooms, presence);
            (reader, Search::new(app, sidebar))
        });
        World {
            runtime,
            search,
            reader,
            texts,
            _home: home,
        }
    }

    fn find(&self, text: &str, order: Order) -> Results {
        let find = self.search.find(&self.reader, text, order, Part::default());
        self.runtime.block_on(find).expect("no text is an error")
    }
}

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

static HOSTILE: LazyLock<World> = LazyLock::new(|| World::with(texts()));

proptest! {
    #[test]
    fn any_text_is_a_search(text in query(), best in any::<bool>()) {
        let (world, begun) = (&*HOSTILE, Instant::now());
        let results = world.find(&text, if best { Order::Best } else { Order::Newest });
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

/// Every text of up to three words of up to four letters of two, and some more signs.
fn small_texts() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec("([abA]{1,4} ?[京北]{0,3} ?){1,3}", 1..19)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases / 8))]

    #[test]
    fn what_a_plain_look_finds_is_found(texts in small_texts(), terms in prop::collection::vec("[ab]{1,4}|[京北]{1,3}", 1..4)) {
        let world = World::with(texts);
        let found = world.find(&terms.join(" "), Order::Newest);
        let bodies: Vec<&str> = found.found.iter().map(|found| found.message.body.as_str()).collect();
        let all: Vec<&str> = world.texts.iter().rev().map(String::as_str).collect();
        let begin = |text: &&str| terms.iter().all(|term| has(text, term, false));
        let inside = |text: &&str| terms.iter().all(|term| has(text, term, true)) && !begin(text);
        let expected: Vec<&str> = all.iter().copied().filter(begin).chain(all.iter().copied().filter(inside)).collect();
        prop_assert_eq!(&bodies, &expected);
        for found in &found.found {
            prop_assert!(found.snippet.iter().any(|piece| piece.marked), "something is marked");
        }
    }
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

//! Searches in a million messages: whole requests, through all of the server but its sockets, for people in one,
//! 20 and 200 rooms. Each answer is looked through before it is timed.

use std::time::{Duration, Instant};

use chatterbox::{
    db::{
        fts::{Index, SearchIndex},
        ids::MessageId,
    },
    routes,
};
use hdrhistogram::Histogram;
use poem::{Endpoint, Request, Response, http::StatusCode};
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::{
    Setting,
    archive::{Archive, READERS, is_in},
    inside::Inside,
    prepare::Prepared,
    record::{Figures, Report},
    scenario::sidebar::cpu_now,
};

/// Everything that was asked, by somebody.
pub const ALL: &str = "all searches";
/// One for each of the readers.
pub const SCENARIOS: [&str; 3] = [
    "search in 1 room",
    "search in 20 rooms",
    "search in 200 rooms",
];

/// What is expected of an answer.
#[derive(Clone, Copy, PartialEq)]
enum Finds {
    /// Something, for those who are in many rooms.
    Some,
    Nothing,
    /// What a plain look finds.
    Plainly,
}

type Kind = (&'static str, Finds, &'static [&'static str]);

const KINDS: [Kind; 20] = [
    (
        "common word",
        Finds::Plainly,
        &["the", "of", "would", "people"],
    ),
    (
        "common words",
        Finds::Some,
        &["the you have", "that they all of", "not with his"],
    ),
    ("rare word", Finds::Plainly, &["needle3x", "needle7x"]),
    (
        "rare and common",
        Finds::Some,
        &["needle3x the", "needle7x of the"],
    ),
    (
        "no such word",
        Finds::Nothing,
        &["xqzzyk", "nowherefound", "thationonot"],
    ),
    ("one letter", Finds::Some, &["a", "i"]),
    ("two letters", Finds::Some, &["th", "ba", "we"]),
    ("inside of words", Finds::Some, &["eedle3", "hich", "eopl"]),
    (
        "inside of none",
        Finds::Nothing,
        &["thahave", "hatheith", "rewhow"],
    ),
    (
        "phrase",
        Finds::Some,
        &["\"of the\"", "\"the the the\"", "\"that it\""],
    ),
    (
        "phrase that nobody says",
        Finds::Nothing,
        &["\"it have it because\"", "\"the be to of and\""],
    ),
    ("one Chinese character", Finds::Some, &["京", "天"]),
    (
        "Chinese words",
        Finds::Some,
        &["北京", "今天 天气", "开会讨论"],
    ),
    (
        "web address",
        Finds::Some,
        &["https://example.com/page/777", "example.com"],
    ),
    (
        "from",
        Finds::Some,
        &["the from:author77 has:link", "from:me", "of from:author500"],
    ),
    (
        "in",
        Finds::Some,
        &["the in:lobby", "in:lobby", "would in:lobby -the"],
    ),
    (
        "days",
        Finds::Some,
        &[
            "the before:2026-02",
            "people on:2026-05",
            "of after:2026-01-31 before:2026-02-03",
        ],
    ),
    (
        "has:link",
        Finds::Some,
        &["has:link", "the has:link", "the -has:link"],
    ),
    (
        "best first",
        Finds::Some,
        &[
            "the&sort=best",
            "would people&sort=best",
            "\"of the\"&sort=best",
        ],
    ),
    (
        "last page",
        Finds::Some,
        &["the&before=4000", "ba&before=4000", "京&before=4000"],
    ),
];

/// The whole server, and the archive behind it.
struct Desk<D> {
    runtime: Runtime,
    door: D,
    tokens: Vec<String>,
    archive: Archive,
}

/// All kinds of search, by each of the readers.
pub fn run(setting: &Setting, _: &Prepared, report: &mut Report) {
    let runtime = Runtime::new().expect("a runtime");
    let inside = Inside::open(&runtime, &setting.scratch(), READERS.len());
    let messages = if setting.small { 20_000 } else { 1_000_000 };
    let mut archive = Archive::build(&inside.app.config.data, messages);
    let took = index(&runtime, &inside);
    let bytes = archive.index_bytes() as f64 / messages as f64;
    let figures = Figures::from([
        ("index_us", took.as_secs_f64() * 1e6 / messages as f64),
        ("index_bytes", bytes),
    ]);
    report.add("search index", "a message", 0, figures);
    let _context = runtime.enter();
    let door = routes::routes(inside.app.clone());
    let mut desk = Desk {
        door,
        tokens: inside.tokens.clone(),
        archive,
        runtime,
    };
    desk.check(report);
    let times = if setting.small { 1 } else { 20 };
    for round in 0..setting.rounds {
        for (reader, scenario) in SCENARIOS.into_iter().enumerate() {
            let mut all = Times::default();
            for (kind, _, texts) in KINDS {
                let mut some = Times::default();
                for text in texts {
                    desk.time(reader, text, times, &mut some);
                }
                report.add(scenario, kind, round, some.figures());
                all.add(&some);
            }
            report.add(scenario, ALL, round, all.figures());
        }
    }
    let (middle, newest) = (messages / 2, messages - 100);
    let figures = Figures::from([
        ("forget_us", desk.forget(&inside, newest)),
        ("forget_old_us", desk.forget(&inside, middle)),
    ]);
    report.add("search index", "a message that goes", 0, figures);
}

/// Takes all of it into the index, as the server does, but without a pause.
fn index(runtime: &Runtime, inside: &Inside) -> Duration {
    let begun = Instant::now();
    loop {
        let some = inside.app.db.write(|tx| Index::index(tx.conn, 1_000));
        if !runtime.block_on(some).expect("it is written") {
            return begun.elapsed();
        }
    }
}

impl<D: Endpoint<Output = Response>> Desk<D> {
    fn ask(&self, reader: usize, text: &str, accept: &str) -> Response {
        let (words, rest) = text.split_once('&').unwrap_or((text, ""));
        let words = serde_urlencoded::to_string([("q", words)]).expect("a text");
        let request = Request::builder()
            .uri_str(format!("/messages?{words}&{rest}"))
            .header("accept", accept)
            .header("authorization", format!("Bearer {}", self.tokens[reader]));
        let response = self
            .runtime
            .block_on(self.door.get_response(request.finish()));
        assert_eq!(response.status(), StatusCode::OK, "{text}");
        response
    }

    fn time(&self, reader: usize, text: &str, times: usize, spread: &mut Times) {
        for _ in 0..times {
            let (cpu, begun) = (cpu_now(), Instant::now());
            let response = self.ask(reader, text, "text/html");
            let took = begun.elapsed();
            spread.record(took, cpu_now().saturating_sub(cpu));
            drop(response);
        }
    }

    /// Microseconds to take a message out, of some from this one on, together.
    fn forget(&self, inside: &Inside, first: usize) -> f64 {
        let (first, count) = (first as i64, 50);
        let forget = inside.app.db.write(move |tx| {
            let ids: Vec<MessageId> = (first..first + count).map(MessageId).collect();
            Index::remove_all(tx.conn, &ids)
        });
        let begun = Instant::now();
        self.runtime.block_on(forget).expect("it is written");
        begun.elapsed().as_secs_f64() * 1e6 / count as f64
    }

    fn check(&mut self, report: &mut Report) {
        for (reader, rooms) in READERS.iter().enumerate() {
            for (kind, finds, texts) in KINDS {
                for text in texts {
                    let answer = self.ask(reader, text, "application/json").into_body();
                    let answer = self
                        .runtime
                        .block_on(answer.into_json::<Value>())
                        .expect("JSON");
                    let holds = self.is_right(reader, text, finds, &answer);
                    report.check(holds, || format!("{kind}: {text}, {rooms} rooms"));
                }
            }
        }
    }

    /// Only of the reader's rooms, and as much as there should be.
    fn is_right(&mut self, reader: usize, text: &str, finds: Finds, answer: &Value) -> bool {
        let messages = answer["messages"].as_array().expect("a list");
        let number = |message: &Value, name: &str| message[name].as_i64().expect("a number");
        let theirs = |message: &Value| is_in(reader, number(message, "room") as usize);
        let ids: Vec<i64> = messages
            .iter()
            .map(|message| number(message, "id"))
            .collect();
        let small = self.archive.messages < 1_000_000;
        messages.iter().all(theirs)
            && match finds {
                Finds::Some => !ids.is_empty() || reader < 2 || small,
                Finds::Nothing => ids.is_empty(),
                Finds::Plainly => ids == self.archive.plain(reader, text),
            }
    }
}

/// How long searches took, and the time of the processor for each, which is more than that of the search alone
/// when other things go on in the process, and does not depend on what goes on beside it.
struct Times {
    took: Histogram<u64>,
    cpu: Histogram<u64>,
}

impl Default for Times {
    fn default() -> Times {
        let empty = || Histogram::new(3).expect("valid digits");
        Times {
            took: empty(),
            cpu: empty(),
        }
    }
}

impl Times {
    fn record(&mut self, took: Duration, cpu: Duration) {
        for (all, one) in [(&mut self.took, took), (&mut self.cpu, cpu)] {
            all.record(one.as_nanos() as u64)
                .expect("it grows by itself");
        }
    }

    fn add(&mut self, other: &Times) {
        self.took.add(&other.took).expect("the same shape");
        self.cpu.add(&other.cpu).expect("the same shape");
    }

    fn figures(&self) -> Figures {
        let ms = |nanos: u64| nanos as f64 / 1e6;
        Figures::from([
            ("p50_ms", ms(self.took.value_at_quantile(0.5))),
            ("p99_ms", ms(self.took.value_at_quantile(0.99))),
            ("max_ms", ms(self.took.max())),
            ("cpu_p50_ms", ms(self.cpu.value_at_quantile(0.5))),
            ("cpu_p99_ms", ms(self.cpu.value_at_quantile(0.99))),
        ])
    }
}

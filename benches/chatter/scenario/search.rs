//! Searches in a million messages over HTTP, by members of one, 20 and 200 rooms. Every kind of search is checked
//! before it is timed.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use chatterbox::db::{
    Db,
    fts::{Index, SearchIndex},
    ids::MessageId,
};
use hdrhistogram::Histogram;
use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::{
    Options,
    dataset::archive::{Archive, READERS, is_member},
    fixture::Fixture,
    http::{HttpClient, Response},
    in_process::InProcess,
    report::{Figures, Report},
    server::Server,
};

/// Variant that combines all kinds of search.
pub const ALL_KINDS: &str = "all kinds";
/// One scenario for each reader.
pub const SCENARIOS: [&str; 3] = [
    "search in 1 room",
    "search in 20 rooms",
    "search in 200 rooms",
];

/// Expected result of a search.
#[derive(Clone, Copy, PartialEq)]
enum Expected {
    /// At least one message, for the reader in 200 rooms.
    Some,
    None,
    /// The messages that a full scan finds.
    FullScan,
}

type Kind = (&'static str, Expected, &'static [&'static str]);

const KINDS: [Kind; 20] = [
    (
        "common word",
        Expected::FullScan,
        &["the", "of", "would", "people"],
    ),
    (
        "common words",
        Expected::Some,
        &["the you have", "that they all of", "not with his"],
    ),
    ("rare word", Expected::FullScan, &["needle3x", "needle7x"]),
    (
        "rare and common words",
        Expected::Some,
        &["needle3x the", "needle7x of the"],
    ),
    (
        "unknown word",
        Expected::None,
        &["xqzzyk", "nowherefound", "thationonot"],
    ),
    ("one letter", Expected::Some, &["a", "i"]),
    ("two letters", Expected::Some, &["th", "ba", "we"]),
    (
        "part of a word",
        Expected::Some,
        &["eedle3", "hich", "eopl"],
    ),
    (
        "part of no word",
        Expected::None,
        &["thahave", "hatheith", "rewhow"],
    ),
    (
        "phrase",
        Expected::Some,
        &["\"of the\"", "\"the the the\"", "\"that it\""],
    ),
    (
        "phrase without a match",
        Expected::None,
        &["\"it have it because\"", "\"the be to of and\""],
    ),
    ("one Chinese character", Expected::Some, &["京", "天"]),
    (
        "Chinese words",
        Expected::Some,
        &["北京", "今天 天气", "开会讨论"],
    ),
    (
        "web address",
        Expected::Some,
        &["https://example.com/page/777", "example.com"],
    ),
    (
        "from a user",
        Expected::Some,
        &["the from:author77 has:link", "from:me", "of from:author500"],
    ),
    (
        "in a room",
        Expected::Some,
        &["the in:lobby", "in:lobby", "would in:lobby -the"],
    ),
    (
        "date range",
        Expected::Some,
        &[
            "the before:2026-02",
            "people on:2026-05",
            "of after:2026-01-31 before:2026-02-03",
        ],
    ),
    (
        "has:link",
        Expected::Some,
        &["has:link", "the has:link", "the -has:link"],
    ),
    (
        "best first",
        Expected::Some,
        &[
            "the&sort=best",
            "would people&sort=best",
            "\"of the\"&sort=best",
        ],
    ),
    (
        "last page",
        Expected::Some,
        &["the&before=4000", "ba&before=4000", "京&before=4000"],
    ),
];

/// A data folder with an indexed archive, and the session token of each reader.
pub struct SearchData {
    pub folder: TempDir,
    pub tokens: Vec<String>,
    messages: usize,
    index_time: Duration,
}

/// All kinds of search, by each reader.
pub fn run(options: &Options, _: &Fixture, report: &mut Report) {
    let data = SearchData::new(options);
    let mut archive = Archive::open(data.folder.path(), data.messages);
    let per_message = |total: f64| total / data.messages as f64;
    let figures = Figures::from([
        ("index_us", per_message(data.index_time.as_secs_f64() * 1e6)),
        ("index_bytes", per_message(archive.index_bytes() as f64)),
    ]);
    report.add("search index", "add a message", 0, figures);
    let server = Server::start(options, data.folder.path());
    let mut searcher = Searcher::new(&server, &data.tokens);
    check(&mut searcher, &mut archive, report);
    let repeats = if options.small { 1 } else { 20 };
    for round in 0..options.rounds {
        for (scenario, kind, figures) in searcher.measure(repeats) {
            report.add(scenario, kind, round, figures);
        }
    }
    server.stop();
    let figures = remove_from_index(data.folder.path(), data.messages);
    report.add("search index", "remove a message", 0, figures);
}

impl SearchData {
    /// Writes the archive and indexes it.
    pub fn new(options: &Options) -> SearchData {
        let runtime = Runtime::new().expect("a runtime");
        let app = InProcess::open(&runtime, &options.scratch(), READERS.len());
        let messages = if options.small { 20_000 } else { 1_000_000 };
        drop(Archive::fill(&app.app.config.data, messages));
        let started = Instant::now();
        while runtime
            .block_on(app.app.db.write(|tx| Index::index(tx.conn, 1_000)))
            .expect("the write succeeds")
        {}
        let index_time = started.elapsed();
        SearchData {
            tokens: app.tokens.clone(),
            folder: app.close(&runtime),
            messages,
            index_time,
        }
    }
}

/// Microseconds to remove a message from the index, for new and for old messages.
fn remove_from_index(folder: &Path, messages: usize) -> Figures {
    const COUNT: i64 = 50;
    let runtime = Runtime::new().expect("a runtime");
    let db = Db::open(folder, || {}).expect("the server has stopped");
    let remove = |first: usize| {
        let ids = (first as i64..).take(COUNT as usize).map(MessageId);
        let ids: Vec<MessageId> = ids.collect();
        let remove = db.write(move |tx| Index::remove_all(tx.conn, &ids));
        let started = Instant::now();
        runtime.block_on(remove).expect("the write succeeds");
        started.elapsed().as_secs_f64() * 1e6 / COUNT as f64
    };
    let (new, old) = (remove(messages - 100), remove(messages / 2));
    runtime.block_on(db.close());
    Figures::from([("remove_us", new), ("remove_old_us", old)])
}

/// Client that sends the searches of all readers to one server.
pub struct Searcher<'a> {
    server: &'a Server,
    http: HttpClient,
    tokens: &'a [String],
    /// Number of searches so far.
    count: u32,
}

impl Searcher<'_> {
    pub fn new<'a>(server: &'a Server, tokens: &'a [String]) -> Searcher<'a> {
        let http = HttpClient::connect(server.address);
        Searcher {
            server,
            http,
            tokens,
            count: 0,
        }
    }

    /// Times every search `repeats` times. Returns scenario, kind and figures.
    pub fn measure(&mut self, repeats: usize) -> Vec<(&'static str, &'static str, Figures)> {
        let mut results = Vec::new();
        for (reader, scenario) in SCENARIOS.into_iter().enumerate() {
            let mut all = Times::default();
            for (kind, _, queries) in KINDS {
                let mut times = Times::default();
                for query in queries.iter().flat_map(|query| vec![query; repeats]) {
                    let (cpu, started) = (self.server.thread_cpu(), Instant::now());
                    self.search(reader, query, "text/html");
                    let elapsed = started.elapsed();
                    times.record(elapsed, self.server.thread_cpu().saturating_sub(cpu));
                }
                results.push((scenario, kind, times.figures()));
                all.add(&times);
            }
            results.push((scenario, ALL_KINDS, all.figures()));
        }
        results
    }

    /// Sends a search with signs that mean nothing, different ones each time: results of the same text are cached.
    fn search(&mut self, reader: usize, query: &str, accept: &str) -> Response {
        self.count += 1;
        let signs = format!("{:b}", self.count)
            .replace('0', ".")
            .replace('1', ",");
        let (text, parameters) = query.split_once('&').unwrap_or((query, ""));
        let text = &*format!("{text} {signs}");
        let text = serde_urlencoded::to_string([("q", text)]).expect("a text");
        let token = &self.tokens[reader];
        let headers = format!("Accept: {accept}\r\nAuthorization: Bearer {token}\r\n");
        let path = format!("/messages?{text}&{parameters}");
        let response = self.http.get(&path, &headers);
        assert_eq!(response.status, 200, "{query}");
        response
    }
}

fn check(searcher: &mut Searcher, archive: &mut Archive, report: &mut Report) {
    for (reader, rooms) in READERS.iter().enumerate() {
        for (kind, expected, queries) in KINDS {
            for query in queries {
                let body = searcher.search(reader, query, "application/json").body;
                let answer: Value = serde_json::from_slice(&body).expect("JSON");
                let holds = is_right(archive, (reader, query), expected, &answer);
                report.check(holds, || format!("{kind}: {query}, {rooms} rooms"));
            }
        }
    }
}

/// Whether an answer contains only messages of the reader's rooms, and the expected ones.
fn is_right(
    archive: &mut Archive,
    (reader, query): (usize, &str),
    expected: Expected,
    answer: &Value,
) -> bool {
    let messages = answer["messages"].as_array().expect("a list");
    let number = |message: &Value, name: &str| message[name].as_i64().expect("a number");
    let is_visible = |message: &Value| is_member(reader, number(message, "room") as usize);
    let ids: Vec<i64> = messages
        .iter()
        .map(|message| number(message, "id"))
        .collect();
    let is_small = archive.messages < 1_000_000;
    messages.iter().all(is_visible)
        && match expected {
            Expected::Some => !ids.is_empty() || reader < 2 || is_small,
            Expected::None => ids.is_empty(),
            Expected::FullScan => ids == archive.full_scan(reader, query),
        }
}

/// Response times and CPU times. The CPU time excludes waiting, but includes background work of the server.
struct Times {
    elapsed: Histogram<u64>,
    cpu: Histogram<u64>,
}

impl Default for Times {
    fn default() -> Times {
        let empty = || Histogram::new(3).expect("valid digits");
        Times {
            elapsed: empty(),
            cpu: empty(),
        }
    }
}

impl Times {
    fn record(&mut self, elapsed: Duration, cpu: Duration) {
        for (histogram, time) in [(&mut self.elapsed, elapsed), (&mut self.cpu, cpu)] {
            let nanos = time.as_nanos() as u64;
            histogram
                .record(nanos)
                .expect("the histogram resizes itself");
        }
    }

    fn add(&mut self, other: &Times) {
        self.elapsed.add(&other.elapsed).expect("the same digits");
        self.cpu.add(&other.cpu).expect("the same digits");
    }

    fn figures(&self) -> Figures {
        let ms = |nanos: u64| nanos as f64 / 1e6;
        Figures::from([
            ("p50_ms", ms(self.elapsed.value_at_quantile(0.5))),
            ("p99_ms", ms(self.elapsed.value_at_quantile(0.99))),
            ("max_ms", ms(self.elapsed.max())),
            ("cpu_p50_ms", ms(self.cpu.value_at_quantile(0.5))),
            ("cpu_p99_ms", ms(self.cpu.value_at_quantile(0.99))),
        ])
    }
}

//! One account or address that takes more than its share: latency of the others' posts, and memory of the server.

mod attacks;

use std::{
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use diesel::{Connection, SqliteConnection, connection::SimpleConnection};
use hdrhistogram::Histogram;
use serde_json::json;

use crate::{
    Options,
    clients::ClientConfig,
    fixture::Fixture,
    http::HttpClient,
    report::{Figures, Report},
    sequence_tag,
    server::{Server, copy},
};
use attacks::ATTACKS;

/// Seconds in which the others post, and their posts a second. Each account may post 20 at once and 5 a second.
const SECONDS: f64 = 5.0;
const POSTS_PER_SECOND: u32 = 8;
/// Seconds before an attack.
const WARM_UP: f64 = 2.0;
/// Accounts that post; the last account of the fixture attacks.
const OTHERS: usize = 3;
/// Interval of looks at the server's memory.
const SAMPLE_INTERVAL: Duration = Duration::from_millis(20);

/// An abuse and its conditions.
struct Attack {
    name: &'static str,
    /// Statements that prepare the database.
    sql: &'static str,
    /// Limit of the server's file descriptors.
    max_files: Option<u32>,
    /// Runs until [`Target::end`]. Returns figures of its own.
    run: fn(&Target) -> Figures,
}

/// The server under attack.
struct Target<'a> {
    options: &'a Options,
    fixture: &'a Fixture,
    server: &'a Server,
    /// Connection settings of the account that attacks.
    attacker: ClientConfig,
    end: Instant,
}

impl Target<'_> {
    fn is_over(&self) -> bool {
        Instant::now() >= self.end
    }

    /// A number of connections or requests, smaller in small runs.
    fn count(&self, count: usize) -> usize {
        if self.options.small {
            count / 25
        } else {
            count
        }
    }
}

/// Highest values of the server's memory and threads during an attack.
#[derive(Default)]
struct Peak {
    rss_kb: u64,
    threads: u64,
}

/// Each attack on a server of its own.
pub fn run(options: &Options, fixture: &Fixture, report: &mut Report) {
    for round in 0..options.rounds {
        for attack in &ATTACKS {
            let figures = measure(options, fixture, attack);
            let refused = figures["refused"];
            report.add("abuse", attack.name, round, figures);
            report.check(refused == 0.0, || {
                format!("{}: {refused} posts of others were refused", attack.name)
            });
        }
    }
}

fn measure(options: &Options, fixture: &Fixture, attack: &Attack) -> Figures {
    let data = copy(options, fixture.data());
    prepare(data.path(), attack.sql);
    let server = Server::start_limited(options, data.path(), attack.max_files);
    let configs = fixture.client_configs(&server);
    let connect = |_| HttpClient::connect(server.address);
    let mut connections: Vec<HttpClient> = (0..OTHERS).map(connect).collect();
    for (http, config) in connections.iter_mut().zip(&configs) {
        let body = json!({ "body": "hello" });
        http.post("/rooms/1/messages", &config.token, &body);
    }
    thread::sleep(options.time(WARM_UP)); // until the server has compressed its assets
    let target = Target {
        options,
        fixture,
        server: &server,
        attacker: configs[OTHERS].clone(),
        end: Instant::now() + options.time(SECONDS),
    };
    let is_over = AtomicBool::new(false);
    let (mut figures, others, peak) = thread::scope(|scope| {
        let (target, configs, is_over) = (&target, &configs, &is_over);
        let attacking = scope.spawn(|| (attack.run)(target));
        let others = connections.into_iter().zip(configs);
        let others = others.map(|(http, config)| scope.spawn(|| post(target, http, &config.token)));
        let others: Vec<_> = others.collect();
        let peak = scope.spawn(|| watch(target.server, is_over));
        let joined = others.into_iter().map(|other| other.join());
        let others: Vec<Posts> = joined.map(|posts| posts.expect("no panic")).collect();
        let figures = attacking.join().expect("no panic");
        is_over.store(true, Ordering::Relaxed);
        (figures, others, peak.join().expect("no panic"))
    });
    let mut latency = Histogram::<u64>::new(3).expect("valid digits");
    let mut refused = 0;
    for posts in others {
        latency.add(posts.latency).expect("the same digits");
        refused += posts.refused;
    }
    let ms = |quantile| latency.value_at_quantile(quantile) as f64 / 1_000.0;
    figures.extend([
        ("p50_ms", ms(0.5)),
        ("p99_ms", ms(0.99)),
        ("max_ms", ms(1.0)),
        ("refused", f64::from(refused)),
        ("peak_rss_kb", peak.rss_kb as f64),
        ("peak_threads", peak.threads as f64),
    ]);
    figures
}

fn prepare(data: &Path, sql: &str) {
    let path = data.join("chatterbox.db");
    let mut conn = SqliteConnection::establish(&path.to_string_lossy()).expect("a database");
    conn.batch_execute(sql).expect("the rows fit");
}

/// Posts of one account during an attack.
struct Posts {
    /// Times from the scheduled time to the response (µs).
    latency: Histogram<u64>,
    refused: u32,
}

fn post(target: &Target, mut http: HttpClient, token: &str) -> Posts {
    let mut posts = Posts {
        latency: Histogram::new(3).expect("valid digits"),
        refused: 0,
    };
    let mut next = Instant::now();
    for number in 0.. {
        thread::sleep(next.saturating_duration_since(Instant::now()));
        let body = json!({ "body": sequence_tag::body(number) });
        let status = http.post("/rooms/1/messages", token, &body).status;
        posts.refused += u32::from(status != 201);
        let micros = next.elapsed().as_micros() as u64;
        let recorded = posts.latency.record(micros);
        recorded.expect("the histogram resizes itself");
        next += Duration::from_secs(1) / POSTS_PER_SECOND;
        if next >= target.end {
            break;
        }
    }
    posts
}

fn watch(server: &Server, is_over: &AtomicBool) -> Peak {
    let mut peak = Peak::default();
    while !is_over.load(Ordering::Relaxed) {
        peak.rss_kb = peak.rss_kb.max(server.rss());
        peak.threads = peak.threads.max(server.threads());
        thread::sleep(SAMPLE_INTERVAL);
    }
    peak
}

//! Durable posts of senders that each wait for their own commit: in this process, over WebSockets, over HTTP,
//! and for comparison one SQLite transaction per message on the same disk.

use std::{
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use diesel::{Connection, SqliteConnection, connection::SimpleConnection};
use hdrhistogram::Histogram;
use serde_json::json;

use crate::{
    Options,
    clients::Clients,
    fixture::Fixture,
    http::HttpClient,
    in_process::InProcess,
    load_generator::LoadGenerator,
    report::{Figures, Report},
    sequence_tag,
    server::copy,
};

/// One SQLite transaction per message, without Chatterbox.
pub const PLAIN_SQLITE: &str = "plain SQLite";
pub const IN_PROCESS_1: &str = "1 in process";
pub const IN_PROCESS_64: &str = "64 in process";
/// Seconds of each measurement.
const SECONDS: f64 = 2.0;

/// Each way to post, with several numbers of senders.
pub fn run(options: &Options, fixture: &Fixture, report: &mut Report) {
    for round in 0..options.rounds {
        let figures = plain_sqlite(options, fixture);
        report.add("posts", PLAIN_SQLITE, round, figures);
        for senders in [1, 16, 64, 256] {
            let figures = in_process(options, senders);
            report.add("posts", &format!("{senders} in process"), round, figures);
        }
        for senders in [1, 16, 64, 256] {
            let figures = over_sockets(options, fixture, senders);
            report.add("posts", &format!("{senders} over sockets"), round, figures);
        }
        for senders in [1, 16, 64] {
            let figures = over_http(options, fixture, senders);
            report.add("posts", &format!("{senders} over HTTP"), round, figures);
        }
    }
}

/// Posts through the library; the room has no connections.
fn in_process(options: &Options, senders: usize) -> Figures {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let app = Arc::new(InProcess::open(&runtime, &options.scratch(), 2));
    let end = Instant::now() + options.time(SECONDS);
    let started = Instant::now();
    let latencies = runtime.block_on(async {
        let spawn = |sender| tokio::spawn(post_in_process(app.clone(), sender, end));
        let tasks: Vec<_> = (0..senders).map(spawn).collect();
        let mut latencies = Vec::new();
        for task in tasks {
            latencies.push(task.await.expect("the client does not panic"));
        }
        latencies
    });
    figures(&merge(latencies), started.elapsed())
}

async fn post_in_process(app: Arc<InProcess>, sender: usize, end: Instant) -> Histogram<u64> {
    let mut latency = Histogram::new(3).expect("valid digits");
    let mut number = sender as u64 * 1_000_000;
    while Instant::now() < end {
        let started = Instant::now();
        app.post(sender, &sequence_tag::body(number)).await;
        let micros = started.elapsed().as_micros() as u64;
        latency
            .record(micros)
            .expect("the histogram resizes itself");
        number += 1;
    }
    latency
}

fn merge(histograms: Vec<Histogram<u64>>) -> Histogram<u64> {
    let mut all = Histogram::<u64>::new(3).expect("valid digits");
    for one in histograms {
        all.add(one).expect("the same digits");
    }
    all
}

fn figures(latency: &Histogram<u64>, time: Duration) -> Figures {
    let ms = |quantile| latency.value_at_quantile(quantile) as f64 / 1_000.0;
    Figures::from([
        ("posts_per_s", latency.len() as f64 / time.as_secs_f64()),
        ("p50_ms", ms(0.5)),
        ("p99_ms", ms(0.99)),
    ])
}

/// Posts over WebSockets; every sender receives all messages.
fn over_sockets(options: &Options, fixture: &Fixture, senders: usize) -> Figures {
    let server = fixture.start(options);
    let configs = fixture.client_configs(&server);
    let clients = Clients::new(fixture.tag);
    let mut load = LoadGenerator::open(clients, &configs, senders, senders);
    let (cpu, started) = (server.cpu(), Instant::now());
    load.ping_pong(options.time(SECONDS));
    load.drain();
    let (cpu, time) = (server.cpu() - cpu, started.elapsed());
    let mut figures = load.figures();
    let posts = figures["messages"];
    figures.insert("posts_per_s", posts / time.as_secs_f64());
    figures.insert("cpu_us", cpu.as_secs_f64() * 1e6 / posts);
    figures
}

/// Posts over HTTP; the room has no connections.
pub fn over_http(options: &Options, fixture: &Fixture, senders: usize) -> Figures {
    let server = fixture.start(options);
    let end = Instant::now() + options.time(SECONDS);
    let (cpu, started) = (server.cpu(), Instant::now());
    let latencies = thread::scope(|scope| {
        let spawn = |sender: usize| {
            let token: &str = &fixture.tokens[sender % fixture.tokens.len()];
            let http = HttpClient::connect(server.address);
            scope.spawn(move || post_until(end, http, token, sender))
        };
        let senders: Vec<_> = (0..senders).map(spawn).collect();
        let joined = senders.into_iter().map(|sender| sender.join());
        joined
            .map(|latency| latency.expect("the client does not panic"))
            .collect()
    });
    let (cpu, time) = (server.cpu() - cpu, started.elapsed());
    let latency = merge(latencies);
    let mut figures = figures(&latency, time);
    let posts = latency.len() as f64;
    figures.insert("cpu_us", cpu.as_secs_f64() * 1e6 / posts);
    figures
}

fn post_until(end: Instant, mut http: HttpClient, token: &str, sender: usize) -> Histogram<u64> {
    let mut latency = Histogram::new(3).expect("valid digits");
    let mut number = sender as u64 * 1_000_000;
    while Instant::now() < end {
        let started = Instant::now();
        let text = sequence_tag::body(number);
        let body = json!({ "body": text, "client_id": format!("h{number}") });
        assert_eq!(http.post("/rooms/1/messages", token, &body).status, 201);
        let micros = started.elapsed().as_micros() as u64;
        latency
            .record(micros)
            .expect("the histogram resizes itself");
        number += 1;
    }
    latency
}

/// Writes the same rows with one transaction per message.
fn plain_sqlite(options: &Options, fixture: &Fixture) -> Figures {
    let folder = copy(options, fixture.data());
    let path = folder.path().join("chatterbox.db");
    let mut conn = SqliteConnection::establish(&path.to_string_lossy()).expect("a database");
    conn.batch_execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;")
        .expect("the settings of the server");
    let started = Instant::now();
    let (mut count, time) = (0_u64, options.time(SECONDS));
    while started.elapsed() < time {
        let post = format!(
            "BEGIN IMMEDIATE; UPDATE rooms SET rev = rev + 1 WHERE id = 1;
             INSERT INTO messages (room_id, author_id, client_id, body, place, created_rev, rev, created_at)
             SELECT 1, 1, 'a{count}', '{}', 1, rev, rev, 0 FROM rooms WHERE id = 1; COMMIT;",
            sequence_tag::body(count)
        );
        conn.batch_execute(&post).expect("the insert succeeds");
        count += 1;
    }
    let time = started.elapsed().max(Duration::from_millis(1));
    Figures::from([("posts_per_s", count as f64 / time.as_secs_f64())])
}

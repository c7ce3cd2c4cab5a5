//! Durable posts: people who each wait for their own message, over sockets and over HTTP, beside one
//! transaction a message on the same disk.

use std::{
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use diesel::{Connection, SqliteConnection, connection::SimpleConnection};
use hdrhistogram::Histogram;
use serde_json::json;

use crate::{
    Setting,
    crowd::Crowd,
    http::Http,
    inside::Inside,
    load::Load,
    mark,
    prepare::Prepared,
    record::{Figures, Report},
};

/// One transaction for each message, as SQLite does it alone.
pub const ALONE: &str = "one commit each";
/// One who waits for the disk each time.
pub const INSIDE_1: &str = "1 in process";
/// Sixty-four who wait for the disk, in one process with the log.
pub const INSIDE_64: &str = "64 in process";

/// Each size of crowd in turn.
pub fn run(setting: &Setting, prepared: &Prepared, report: &mut Report) {
    for round in 0..setting.rounds {
        let figures = alone(setting, prepared);
        report.add("posts", ALONE, round, figures);
        for senders in [1, 16, 64, 256] {
            let figures = inside(setting, senders);
            report.add("posts", &format!("{senders} in process"), round, figures);
        }
        for senders in [1, 16, 64, 256] {
            let figures = sockets(setting, prepared, senders);
            report.add("posts", &format!("{senders} over sockets"), round, figures);
        }
        for senders in [1, 16, 64] {
            let figures = http(setting, prepared, senders);
            report.add("posts", &format!("{senders} over HTTP"), round, figures);
        }
    }
}

/// The verb alone: check, store, render, publish, answer; nobody listens.
fn inside(setting: &Setting, senders: usize) -> Figures {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let inside = Arc::new(Inside::open(&runtime, &setting.scratch(), 2));
    let end = Instant::now() + setting.time(2.0);
    let started = Instant::now();
    let latency = runtime.block_on(async {
        let tasks: Vec<_> = (0..senders)
            .map(|sender| tokio::spawn(post_inside(inside.clone(), sender, end)))
            .collect();
        let mut all = Histogram::<u64>::new(3).expect("valid digits");
        for task in tasks {
            all.add(task.await.expect("it does not panic"))
                .expect("the same shape");
        }
        all
    });
    posted(&latency, started.elapsed())
}

async fn post_inside(inside: Arc<Inside>, sender: usize, end: Instant) -> Histogram<u64> {
    let mut latency = Histogram::new(3).expect("valid digits");
    let mut number = sender as u64 * 1_000_000;
    while Instant::now() < end {
        let started = Instant::now();
        inside.post(sender, &mark::body(number)).await;
        let micros = started.elapsed().as_micros() as u64;
        latency.record(micros).expect("it grows by itself");
        number += 1;
    }
    latency
}

fn posted(latency: &Histogram<u64>, wall: Duration) -> Figures {
    let ms = |quantile| latency.value_at_quantile(quantile) as f64 / 1_000.0;
    Figures::from([
        ("posts_per_s", latency.len() as f64 / wall.as_secs_f64()),
        ("p50_ms", ms(0.5)),
        ("p99_ms", ms(0.99)),
    ])
}

fn sockets(setting: &Setting, prepared: &Prepared, senders: usize) -> Figures {
    let subject = prepared.chatterbox(setting);
    let doors: Vec<_> = (0..4).map(|n| prepared.door(&subject, n)).collect();
    let mut load = Load::open(Crowd::new(prepared.mark), &doors, senders, senders);
    let (cpu, started) = (subject.cpu(), Instant::now());
    load.converse(setting.time(2.0));
    let (cpu, wall) = (subject.cpu() - cpu, started.elapsed());
    let mut figures = load.figures();
    let posts = figures["messages"];
    figures.insert("posts_per_s", posts / wall.as_secs_f64());
    figures.insert("cpu_us", cpu.as_secs_f64() * 1e6 / posts);
    figures
}

fn http(setting: &Setting, prepared: &Prepared, senders: usize) -> Figures {
    let subject = prepared.chatterbox(setting);
    let end = Instant::now() + setting.time(2.0);
    let (cpu, started) = (subject.cpu(), Instant::now());
    let histograms: Vec<Histogram<u64>> = thread::scope(|scope| {
        let senders: Vec<_> = (0..senders)
            .map(|sender| {
                let token = &prepared.tokens[sender % prepared.tokens.len()];
                let address = subject.address;
                scope.spawn(move || post_until(end, Http::open(address), token, sender))
            })
            .collect();
        let joined = senders.into_iter().map(|sender| sender.join());
        joined
            .map(|done| done.expect("it does not panic"))
            .collect()
    });
    let (cpu, wall) = (subject.cpu() - cpu, started.elapsed());
    let mut all = Histogram::<u64>::new(3).expect("valid digits");
    histograms
        .iter()
        .for_each(|one| all.add(one).expect("the same shape"));
    let mut figures = posted(&all, wall);
    figures.insert("cpu_us", cpu.as_secs_f64() * 1e6 / all.len() as f64);
    figures
}

fn post_until(end: Instant, mut http: Http, token: &str, sender: usize) -> Histogram<u64> {
    let mut latency = Histogram::new(3).expect("valid digits");
    let mut number = sender as u64 * 1_000_000;
    while Instant::now() < end {
        let started = Instant::now();
        let body = json!({ "body": mark::body(number), "client_id": format!("h{number}") });
        assert_eq!(http.post("/rooms/1/messages", token, &body).status, 201);
        let micros = started.elapsed().as_micros() as u64;
        latency.record(micros).expect("it grows by itself");
        number += 1;
    }
    latency
}

/// The same rows, by hand, each in a transaction of its own.
fn alone(setting: &Setting, prepared: &Prepared) -> Figures {
    let folder = prepared.chatterbox(setting).stop().expect("its folder");
    let path = folder.path().join("chatterbox.db");
    let mut conn = SqliteConnection::establish(&path.to_string_lossy()).expect("a database");
    conn.batch_execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;")
        .expect("as the server has it");
    let started = Instant::now();
    let (mut count, time) = (0_u64, setting.time(2.0));
    while started.elapsed() < time {
        let post = format!(
            "BEGIN IMMEDIATE; UPDATE rooms SET rev = rev + 1 WHERE id = 1;
             INSERT INTO messages (room_id, author_id, client_id, body, place, created_rev, rev, created_at)
             SELECT 1, 1, 'a{count}', '{}', 1, rev, rev, 0 FROM rooms WHERE id = 1; COMMIT;",
            mark::body(count)
        );
        conn.batch_execute(&post).expect("it can be written");
        count += 1;
    }
    let seconds = started
        .elapsed()
        .max(Duration::from_millis(1))
        .as_secs_f64();
    Figures::from([("posts_per_s", count as f64 / seconds)])
}

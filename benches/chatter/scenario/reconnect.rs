//! All readers lose their connection and reconnect within ten seconds, while messages are sent and other users
//! log in.

use std::{
    net::SocketAddr,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use hdrhistogram::Histogram;
use serde_json::json;

use super::CHATTERBOX;
use crate::{
    Options,
    clients::Clients,
    fixture::{Fixture, PASSWORD, username},
    http::HttpClient,
    load_generator::LoadGenerator,
    report::Report,
};

/// Clients that send; they stay connected.
const SENDERS: usize = 4;
/// Clients that log in without a pause.
const LOG_INS: usize = 4;
/// Messages per second.
const RATE: u32 = 20;

/// One run with 5,000 connections.
pub fn run(options: &Options, fixture: &Fixture, report: &mut Report) {
    let server = fixture.start(options);
    let configs = fixture.client_configs(&server);
    let count = if options.small { 40 } else { 5_000 };
    let mut tag = fixture.tag;
    tag.with_revs = true;
    let mut load = LoadGenerator::open(Clients::new(tag), &configs, count, SENDERS);
    load.send_at_rate(RATE, options.time(2.0));
    let before = log_ins_during(server.address, || {
        load.send_at_rate(RATE, options.time(5.0))
    });
    let reconnect_time = options.time(10.0);
    (SENDERS..count).for_each(|index| load.clients.disconnect(index));
    let (started, mut next) = (Instant::now(), SENDERS);
    let during = log_ins_during(server.address, || {
        load.send_at_rate_with(RATE, reconnect_time, |load| {
            let elapsed = started.elapsed().as_secs_f64() / reconnect_time.as_secs_f64();
            while next < count && next as f64 <= elapsed * count as f64 {
                load.clients.reopen(&configs[next % configs.len()], next);
                next += 1;
            }
        });
        for index in next..count {
            load.clients.reopen(&configs[index % configs.len()], index);
        }
        load.drain();
    });
    let mut figures = load.figures();
    let repeats: u64 = load.clients.list.iter().map(|c| c.received.repeats).sum();
    let caught_up = started.elapsed().saturating_sub(reconnect_time);
    figures.insert("repeats", repeats as f64);
    figures.insert("caught_up_s", caught_up.as_secs_f64());
    figures.insert("log_in_p99_ms", during);
    figures.insert("log_in_p99_ms_before", before);
    report.add(&format!("reconnect {count}"), CHATTERBOX, 0, figures);
    report.check(load.clients.all_open(), || "all clients reconnect".into());
}

/// 99th percentile (ms) of the log-ins during `action`.
fn log_ins_during(address: SocketAddr, action: impl FnOnce()) -> f64 {
    let stop = AtomicBool::new(false);
    let mut all = Histogram::<u64>::new(3).expect("valid digits");
    thread::scope(|scope| {
        let stop = &stop;
        let spawn = |account| scope.spawn(move || log_in_until(address, account, stop));
        let clients: Vec<_> = (0..LOG_INS).map(spawn).collect();
        action();
        stop.store(true, Ordering::Relaxed);
        for client in clients {
            all.add(client.join().expect("the client does not panic"))
                .expect("the same digits");
        }
    });
    all.value_at_quantile(0.99) as f64 / 1_000.0
}

fn log_in_until(address: SocketAddr, account: usize, stop: &AtomicBool) -> Histogram<u64> {
    let mut latency = Histogram::new(3).expect("valid digits");
    let mut http = HttpClient::connect(address);
    let form = json!({ "username": username(account), "password": PASSWORD });
    while !stop.load(Ordering::Relaxed) {
        let started = Instant::now();
        assert_eq!(http.post("/login", "", &form).status, 200);
        let micros = started.elapsed().max(Duration::from_micros(1)).as_micros();
        latency
            .record(micros as u64)
            .expect("the histogram resizes itself");
    }
    latency
}

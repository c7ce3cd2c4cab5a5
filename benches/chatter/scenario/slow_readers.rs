//! Ten of 200 clients stop reading: latency of the others, and the connections of the ten.

use std::time::{Duration, Instant};

use serde::Deserialize;

use crate::{
    Options,
    clients::{ClientConfig, Clients},
    fixture::Fixture,
    http::HttpClient,
    load_generator::LoadGenerator,
    report::Report,
    sequence_tag::number_in,
    server::Server,
};

/// All clients read.
pub const NONE: &str = "all read";
/// Ten clients do not read.
pub const TEN: &str = "10 of 200 do not read";

const CLIENTS: usize = 200;
const SLOW: usize = 10;
/// Text length of a message, about 2 KB of HTML.
const TEXT_LENGTH: usize = 1_500;
/// Longer than the server waits for a client that does not read.
const TIMEOUT: Duration = Duration::from_secs(75);

/// Alternates both variants; the last round ends when the server has closed the slow connections.
pub fn run(options: &Options, fixture: &Fixture, report: &mut Report) {
    for round in 0..options.rounds {
        for (variant, slow) in [(NONE, 0), (TEN, SLOW)] {
            let (server, configs, mut load) = open(options, fixture);
            (CLIENTS - slow..CLIENTS).for_each(|index| load.clients.list[index].paused = true);
            let before = server.rss();
            load.send_at_rate(100, options.time(8.0));
            let mut figures = load.figures();
            figures.insert("rss_grown_kb", server.rss() as f64 - before as f64);
            report.add("slow readers", variant, round, figures);
            if slow > 0 && round + 1 == options.rounds && !options.small {
                await_close(&server, &configs, load, report);
            }
        }
    }
}

fn open(options: &Options, fixture: &Fixture) -> (Server, Vec<ClientConfig>, LoadGenerator) {
    let server = fixture.start(options);
    let configs = fixture.client_configs(&server);
    let mut tag = fixture.tag;
    tag.with_revs = true;
    let load = LoadGenerator::open(Clients::new(tag), &configs, CLIENTS, 4);
    let mut load = load.with_text_length(TEXT_LENGTH);
    load.send_at_rate(100, Duration::from_millis(200));
    (server, configs, load)
}

/// Measures the time until the server closes the slow connections; the clients then reconnect and must
/// receive every message.
fn await_close(
    server: &Server,
    configs: &[ClientConfig],
    mut load: LoadGenerator,
    report: &mut Report,
) {
    let started = Instant::now();
    let slow = CLIENTS - SLOW..CLIENTS;
    let port = |index| load.clients.local_port(index);
    let ports: Vec<u16> = slow.clone().map(port).collect();
    let mut open = SLOW;
    while open > 0 && started.elapsed() < TIMEOUT {
        load.send_at_rate_with(20, Duration::from_secs(1), |_| {});
        open = server.open_connections(&ports);
    }
    let closed_after = started.elapsed();
    report.check(open == 0, || format!("{open} slow connections are open"));
    for index in slow {
        load.clients.resume(index, |_| {});
        load.clients.disconnect(index);
        fetch_missed(server, &configs[0], &mut load, index);
        load.clients.reopen(&configs[0], index);
    }
    load.drain();
    let mut figures = load.figures();
    figures.insert("closed_after_s", closed_after.as_secs_f64());
    report.add(
        "slow readers",
        "10 of 200, closed and reconnected",
        0,
        figures,
    );
}

/// Fetches missed messages page by page, because they are more than a reconnect replays.
fn fetch_missed(server: &Server, config: &ClientConfig, load: &mut LoadGenerator, index: usize) {
    let mut http = HttpClient::connect(server.address);
    let token = &config.token;
    let headers = format!("Authorization: Bearer {token}\r\nAccept: application/json\r\n");
    loop {
        let rev = load.clients.list[index].received.rev;
        let path = format!("/rooms/1/messages?after={rev}&limit=200");
        let page: Page = serde_json::from_slice(&http.get(&path, &headers).body).expect("JSON");
        for message in &page.messages {
            let number = number_in(message.body.as_bytes()).expect("a test message");
            load.clients.record_fetched(index, message.rev, number);
        }
        if !page.more {
            return;
        }
    }
}

#[derive(Deserialize)]
struct Page {
    messages: Vec<Message>,
    more: bool,
}

#[derive(Deserialize)]
struct Message {
    rev: i64,
    body: String,
}

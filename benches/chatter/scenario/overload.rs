//! Many readers in one room, while senders send as fast as their own messages come back and nobody waits for the
//! readers.

use std::time::{Duration, Instant};

use crate::{
    Options,
    clients::Clients,
    fixture::Fixture,
    load_generator::LoadGenerator,
    report::{Figures, Report},
    server::Server,
};

const SENDERS: usize = 50;
/// Seconds of the closed loop, and of the open one.
const SECONDS: f64 = 3.0;
const OPEN_SECONDS: f64 = 10.0;

/// Measures deliveries and CPU time during the overload, and the latency of messages afterwards.
pub fn run(options: &Options, fixture: &Fixture, report: &mut Report) {
    let sizes: &[usize] = match options.small {
        true => &[100],
        false => &[500, 1_000, 2_000, 4_000],
    };
    for round in 0..options.rounds {
        for readers in sizes {
            let server = fixture.start(options);
            measure(options, fixture, &server, (*readers, round), report);
        }
    }
}

/// Senders wait for their own messages; then others send at twice the rate that this reached, without waiting.
fn measure(
    options: &Options,
    fixture: &Fixture,
    server: &Server,
    (readers, round): (usize, usize),
    report: &mut Report,
) {
    let configs = fixture.client_configs(server);
    let mut load = LoadGenerator::open(Clients::new(fixture.tag), &configs, readers, SENDERS);
    load.send_at_rate(20, options.time(1.5)); // until the presence updates of the new connections are sent
    let mut add = |load: &mut LoadGenerator, name: &str, overload: &dyn Fn(&mut LoadGenerator)| {
        load.reset_figures();
        let gaps = load.gaps();
        let (cpu, started) = (server.cpu(), Instant::now());
        overload(load);
        let (elapsed, cpu) = (started.elapsed(), server.cpu() - cpu);
        let deliveries = load.deliveries() as f64;
        load.send_at_rate_with(20, Duration::from_secs(1), |_| {});
        load.reset_figures();
        load.send_at_rate(20, options.time(2.0));
        let after = load.figures();
        let per_second = deliveries / elapsed.as_secs_f64();
        let figures = Figures::from([
            ("deliveries_per_s", per_second),
            ("cpu_us", cpu.as_secs_f64() * 1e6 / deliveries),
            ("gaps", (load.gaps() - gaps) as f64),
            ("p50_ms", after["p50_ms"]),
            ("p99_ms", after["p99_ms"]),
            ("rss_kb", server.rss() as f64),
        ]);
        report.add(name, &format!("{readers} readers"), round, figures);
        per_second / readers as f64
    };
    let rate = add(&mut load, "overload", &|load| {
        load.ping_pong(options.time(SECONDS))
    });
    let rate = (2.0 * rate).max(100.0) as u32;
    add(&mut load, "overload open loop", &|load| {
        load.overload(rate, options.time(OPEN_SECONDS))
    });
}

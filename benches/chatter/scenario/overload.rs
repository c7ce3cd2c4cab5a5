//! Many readers in one room, while senders send faster than the room can deliver and nobody waits for the readers.

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
/// Seconds of the closed loop, of the one that finds the rate of the open loop, and of the open loop.
const SECONDS: f64 = 3.0;
const TRIAL_SECONDS: f64 = 1.0;
const OPEN_SECONDS: f64 = 10.0;
/// Time after an overload in which the latency may still be higher.
const RECOVERY: Duration = Duration::from_secs(1);

/// Senders send their next message when their last one has come back.
pub fn closed_loop(options: &Options, fixture: &Fixture, report: &mut Report) {
    each_size(options, fixture, |variant, round, server, load| {
        let ping_pong = |load: &mut LoadGenerator| load.ping_pong(options.time(SECONDS));
        let figures = measure(options, server, load, ping_pong);
        report.add("overload", variant, round, figures);
    });
}

/// Senders offer twice as many messages as a closed loop has just delivered.
pub fn open_loop(options: &Options, fixture: &Fixture, report: &mut Report) {
    each_size(options, fixture, |variant, round, server, load| {
        load.reset_figures();
        let started = Instant::now();
        load.ping_pong(options.time(TRIAL_SECONDS));
        let readers = load.clients.list.len() as f64;
        let messages = load.deliveries() as f64 / readers;
        let rate = (2.0 * messages / started.elapsed().as_secs_f64()).max(100.0) as u32;
        let open = |load: &mut LoadGenerator| load.overload(rate, options.time(OPEN_SECONDS));
        let figures = measure(options, server, load, open);
        report.add("overload, open loop", variant, round, figures);
    });
}

/// Calls a function in every round for every number of readers, with the name of the variant.
fn each_size(
    options: &Options,
    fixture: &Fixture,
    mut measure: impl FnMut(&str, usize, &Server, &mut LoadGenerator),
) {
    let sizes: &[usize] = match options.small {
        true => &[100],
        false => &[500, 1_000, 2_000, 4_000],
    };
    let mut tag = fixture.tag;
    tag.with_revs = true; // counts the messages that readers do not get
    for round in 0..options.rounds {
        for readers in sizes {
            let server = fixture.start(options);
            let configs = fixture.client_configs(&server);
            let clients = Clients::new(tag);
            let mut load = LoadGenerator::open(clients, &configs, *readers, SENDERS);
            load.send_at_rate(20, options.time(1.0)); // until the new connections are announced
            let variant = format!("{readers} readers");
            measure(&variant, round, &server, &mut load);
        }
    }
}

/// Deliveries, CPU time and refused posts during an overload, and the latency of messages before and after it.
fn measure(
    options: &Options,
    server: &Server,
    load: &mut LoadGenerator,
    overload: impl FnOnce(&mut LoadGenerator) -> usize,
) -> Figures {
    load.reset_figures();
    load.send_at_rate(20, options.time(0.5));
    let before = load.figures();
    load.reset_figures();
    let gaps = load.gaps();
    let (cpu, started) = (server.cpu(), Instant::now());
    let refused = overload(load);
    let (elapsed, cpu) = (started.elapsed(), server.cpu() - cpu);
    let deliveries = load.deliveries() as f64;
    load.send_at_rate_with(20, RECOVERY, |_| {});
    load.reset_figures();
    load.send_at_rate(20, options.time(1.0));
    let after = load.figures();
    Figures::from([
        ("deliveries_per_s", deliveries / elapsed.as_secs_f64()),
        ("cpu_us", cpu.as_secs_f64() * 1e6 / deliveries),
        ("gaps", (load.gaps() - gaps) as f64),
        ("refused", refused as f64),
        ("p50_ms_before", before["p50_ms"]),
        ("p50_ms_after", after["p50_ms"]),
        ("p99_ms_after", after["p99_ms"]),
        ("rss_kb", server.rss() as f64),
    ])
}

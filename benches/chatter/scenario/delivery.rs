//! One room with many clients, saturated and at a fixed rate, for Chatterbox and the baselines.

use std::time::Instant;

use super::{CHATTERBOX, start};
use crate::{
    Options,
    baseline::{BROADCAST, EPOLL, EPOLL_GROUPED},
    clients::Clients,
    fixture::Fixture,
    load_generator::LoadGenerator,
    report::{Figures, Report},
};

/// Clients that send as well.
const SENDERS: usize = 16;
/// Undelivered messages of a saturated run.
const IN_FLIGHT: u64 = 256;

/// Measures delivery at the highest rate that the server accepts.
pub fn saturated(options: &Options, fixture: &Fixture, report: &mut Report) {
    for round in 0..options.rounds {
        for design in [CHATTERBOX, EPOLL_GROUPED, EPOLL, BROADCAST] {
            let figures = measure_saturated(options, fixture, design, 4.0);
            report.add("saturated", design, round, figures);
        }
    }
}

/// Messages on a schedule.
pub fn paced(options: &Options, fixture: &Fixture, report: &mut Report) {
    for round in 0..options.rounds {
        for rate in [20, 100, 1_000] {
            for design in [CHATTERBOX, EPOLL, EPOLL_GROUPED, BROADCAST] {
                let seconds = if rate == 1_000 { 3.0 } else { 5.0 };
                let figures = measure_paced(options, fixture, design, (rate, seconds));
                report.add(&format!("paced {rate}/s"), design, round, figures);
            }
        }
    }
}

/// One saturated run of a design.
pub fn measure_saturated(
    options: &Options,
    fixture: &Fixture,
    design: &str,
    seconds: f64,
) -> Figures {
    let time = options.time(seconds);
    let load = |load: &mut LoadGenerator| load.saturate(time, IN_FLIGHT);
    measure(options, fixture, design, load)
}

/// One run of a design at a rate (messages/s) for some seconds.
pub fn measure_paced(
    options: &Options,
    fixture: &Fixture,
    design: &str,
    (rate, seconds): (u32, f64),
) -> Figures {
    let time = options.time(seconds);
    let load = |load: &mut LoadGenerator| load.send_at_rate(rate, time);
    measure(options, fixture, design, load)
}

fn measure(
    options: &Options,
    fixture: &Fixture,
    design: &str,
    run: impl Fn(&mut LoadGenerator),
) -> Figures {
    let server = start(options, fixture, design);
    let configs = fixture.client_configs(&server);
    let count = if options.small { 30 } else { 1_000 };
    let mut load = LoadGenerator::open(Clients::new(fixture.tag), &configs, count, SENDERS);
    load.send_at_rate(20, options.time(1.5)); // until the presence updates of the new connections are sent
    load.reset_figures();
    let (cpu, started) = (server.cpu(), Instant::now());
    run(&mut load);
    let (cpu, seconds) = (server.cpu() - cpu, started.elapsed().as_secs_f64());
    let mut figures = load.figures();
    let deliveries = load.deliveries() as f64;
    figures.insert("deliveries_per_s", deliveries / seconds);
    figures.insert("cpu_us", cpu.as_secs_f64() * 1e6 / deliveries);
    figures.insert("messages_per_s", deliveries / count as f64 / seconds);
    figures
}

//! Many idle connections: memory of each, time to open them, then ten messages a second.

use std::{thread, time::Instant};

use super::{CHATTERBOX, start};
use crate::{
    Options,
    baseline::EPOLL_GROUPED,
    clients::Clients,
    fixture::Fixture,
    load_generator::LoadGenerator,
    report::{Figures, Report},
};

/// 5,000 and 10,000 connections, and 19,500 with `--max-connections`.
pub fn run(options: &Options, fixture: &Fixture, report: &mut Report) {
    let counts: &[usize] = match (options.small, options.max_connections) {
        (true, _) => &[60],
        (false, false) => &[5_000, 10_000],
        (false, true) => &[5_000, 10_000, 19_500],
    };
    for count in counts {
        for design in [CHATTERBOX, EPOLL_GROUPED] {
            let figures = measure(options, fixture, design, (*count, 15.0));
            let open = figures["open"];
            report.add(&format!("idle {count}"), design, 0, figures);
            report.check(open == *count as f64, || {
                format!("{open} of {count} stay connected to {design}")
            });
        }
    }
}

/// Opens `count` connections, then sends ten messages a second for some seconds.
pub fn measure(
    options: &Options,
    fixture: &Fixture,
    design: &str,
    (count, seconds): (usize, f64),
) -> Figures {
    let server = start(options, fixture, design);
    let configs = fixture.client_configs(&server);
    thread::sleep(options.time(1.0));
    let (before, started) = (server.rss(), Instant::now());
    let mut load = LoadGenerator::open(Clients::new(fixture.tag), &configs, count, 4);
    let opening = started.elapsed();
    thread::sleep(options.time(2.0));
    let grown = server.rss().saturating_sub(before);
    let cpu = server.cpu();
    load.send_at_rate(10, options.time(seconds));
    let cpu = server.cpu() - cpu;
    let mut figures = load.figures();
    figures.insert("open_s", opening.as_secs_f64());
    figures.insert("rss_before_kb", before as f64);
    figures.insert("rss_kb_each", grown as f64 / count as f64);
    figures.insert("rss_after_kb", server.rss() as f64);
    figures.insert("cpu_us", cpu.as_secs_f64() * 1e6 / load.deliveries() as f64);
    let open = load.clients.list.iter().filter(|client| !client.closed);
    figures.insert("open", open.count() as f64);
    figures
}

//! One room with many listeners, saturated and at a steady pace, for every design.

use crate::{
    Setting,
    crowd::Crowd,
    load::Load,
    prepare::Prepared,
    record::Report,
    rivals::{GROUPED, OBVIOUS, SINGLE},
    subject::Subject,
};

/// Chatterbox's name in tables.
pub const OURS: &str = "chatterbox";
/// Connections that write, too.
const SENDERS: usize = 16;
/// Messages under way at once.
const IN_FLIGHT: u64 = 256;

/// As many messages as the server takes.
pub fn saturated(setting: &Setting, prepared: &Prepared, report: &mut Report) {
    let time = setting.time(4.0);
    for round in 0..setting.rounds {
        for variant in [OURS, GROUPED, SINGLE, OBVIOUS] {
            let figures = |load: &mut Load| load.saturate(time, IN_FLIGHT);
            measure(
                setting,
                prepared,
                report,
                ("saturated", variant, round),
                figures,
            );
        }
    }
}

/// Messages on a schedule.
pub fn paced(setting: &Setting, prepared: &Prepared, report: &mut Report) {
    for round in 0..setting.rounds {
        for rate in [20, 100, 1_000] {
            let scenario = format!("paced {rate}/s");
            for variant in [OURS, SINGLE, GROUPED, OBVIOUS] {
                let time = setting.time(if rate == 1_000 { 3.0 } else { 5.0 });
                let figures = |load: &mut Load| load.pace(rate, time);
                measure(
                    setting,
                    prepared,
                    report,
                    (&scenario, variant, round),
                    figures,
                );
            }
        }
    }
}

/// Runs one design under one load and adds what it cost.
fn measure(
    setting: &Setting,
    prepared: &Prepared,
    report: &mut Report,
    (scenario, variant, round): (&str, &'static str, usize),
    act: impl Fn(&mut Load),
) {
    let subject = subject(setting, prepared, variant);
    let doors: Vec<_> = (0..4).map(|n| prepared.door(&subject, n)).collect();
    let members = if setting.small { 30 } else { 1_000 };
    let crowd = Crowd::new(prepared.mark);
    let mut load = Load::open(crowd, &doors, members, SENDERS);
    load.pace(20, setting.time(1.5)); // until those who came have been told of each other
    let mut load = load.warmed_up();
    let (cpu, started) = (subject.cpu(), std::time::Instant::now());
    act(&mut load);
    let (cpu, wall) = (subject.cpu() - cpu, started.elapsed());
    let mut figures = load.figures();
    let deliveries = load.arrivals() as f64;
    figures.insert("deliveries_per_s", deliveries / wall.as_secs_f64());
    figures.insert("cpu_us", cpu.as_secs_f64() * 1e6 / deliveries);
    figures.insert(
        "messages_per_s",
        deliveries / members as f64 / wall.as_secs_f64(),
    );
    report.add(scenario, variant, round, figures);
}

/// Starts a design by its name.
pub fn subject(setting: &Setting, prepared: &Prepared, variant: &'static str) -> Subject {
    match variant {
        OURS => prepared.chatterbox(setting),
        rival => Subject::rival(setting, rival, &prepared.frame),
    }
}

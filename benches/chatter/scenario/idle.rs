//! Many connections that hear little: memory for each, the time to open them, and ten messages a second.

use std::{thread, time::Instant};

use super::rooms::{self, OURS};
use crate::{
    Setting, crowd::Crowd, load::Load, prepare::Prepared, record::Report, rivals::GROUPED,
};

/// 5,000 and 10,000; as many as one process may have descriptors for if asked.
pub fn run(setting: &Setting, prepared: &Prepared, report: &mut Report) {
    let sizes: &[usize] = match (setting.small, setting.stretch) {
        (true, _) => &[60],
        (false, false) => &[5_000, 10_000],
        (false, true) => &[5_000, 10_000, 19_500],
    };
    for members in sizes {
        for variant in [OURS, GROUPED] {
            measure(setting, prepared, report, (*members, variant));
        }
    }
}

fn measure(
    setting: &Setting,
    prepared: &Prepared,
    report: &mut Report,
    (members, variant): (usize, &'static str),
) {
    let subject = rooms::subject(setting, prepared, variant);
    let doors: Vec<_> = (0..4).map(|n| prepared.door(&subject, n)).collect();
    thread::sleep(setting.time(1.0));
    let (before, started) = (subject.rss(), Instant::now());
    let mut load = Load::open(Crowd::new(prepared.mark), &doors, members, 4);
    let opening = started.elapsed();
    thread::sleep(setting.time(2.0));
    let idle = subject.rss().saturating_sub(before);
    let cpu = subject.cpu();
    load.pace(10, setting.time(15.0));
    let cpu = subject.cpu() - cpu;
    let mut figures = load.figures();
    figures.insert("open_s", opening.as_secs_f64());
    figures.insert("rss_before_kb", before as f64);
    figures.insert("rss_kb_each", idle as f64 / members as f64);
    figures.insert("rss_after_kb", subject.rss() as f64);
    figures.insert("cpu_us", cpu.as_secs_f64() * 1e6 / load.arrivals() as f64);
    let held = load.crowd.members.iter().filter(|member| !member.ended);
    let held = held.count();
    figures.insert("held", held as f64);
    report.add(&format!("idle {members}"), variant, 0, figures);
    report.check(held == members, || {
        format!("{held} of {members} stay connected to {variant}")
    });
}

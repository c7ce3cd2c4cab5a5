//! Ten of two hundred stop reading: what the others notice, and what becomes of the ten.

use std::time::{Duration, Instant};

use crate::{
    Setting,
    crowd::{Crowd, Door},
    load::Load,
    prepare::Prepared,
    record::Report,
    subject::Subject,
};

/// Everyone reads.
pub const NONE: &str = "all read";
/// Ten do not.
pub const TEN: &str = "10 of 200 stalled";

const MEMBERS: usize = 200;
const STALLED: usize = 10;
/// Text of a message; with its HTML it is about 2 KB.
const TEXT: usize = 1_500;
/// Longer than the server waits for a reader.
const DEADLINE: Duration = Duration::from_secs(75);

/// With and without, in turn; then on until the server lets go of the ten.
pub fn run(setting: &Setting, prepared: &Prepared, report: &mut Report) {
    for round in 0..setting.rounds {
        for stalled in [0, STALLED] {
            let (subject, doors, mut load) = open(setting, prepared);
            (MEMBERS - stalled..MEMBERS).for_each(|n| load.crowd.members[n].stalled = true);
            let before = subject.rss();
            load.pace(100, setting.time(8.0));
            let mut figures = load.figures();
            figures.insert("rss_grown_kb", subject.rss() as f64 - before as f64);
            let variant = if stalled == 0 { NONE } else { TEN };
            report.add("stalled", variant, round, figures);
            if stalled > 0 && round + 1 == setting.rounds && !setting.small {
                let_go(&doors, load, report);
            }
        }
    }
}

fn open(setting: &Setting, prepared: &Prepared) -> (Subject, Vec<Door>, Load) {
    let subject = prepared.chatterbox(setting);
    let doors: Vec<_> = (0..4).map(|n| prepared.door(&subject, n)).collect();
    let mut mark = prepared.mark;
    mark.revs = true;
    let mut load = Load::open(Crowd::new(mark), &doors, MEMBERS, 4).padded(TEXT);
    load.pace(100, Duration::from_millis(200));
    (subject, doors, load)
}

/// How long the server waits for the ten, and whether they miss nothing when they come back.
fn let_go(doors: &[Door], mut load: Load, report: &mut Report) {
    let started = Instant::now();
    let ten = MEMBERS - STALLED..MEMBERS;
    let mut ended = 0;
    while ended < STALLED && started.elapsed() < DEADLINE {
        load.pace_on(20, Duration::from_secs(1), |_| {});
        ended = ten
            .clone()
            .filter(|place| load.crowd.is_cut(*place))
            .count();
    }
    report.check(ended == STALLED, || {
        format!("the server let go of {ended} of {STALLED}")
    });
    for place in ten {
        load.crowd.resume(place, |_| {}); // what its kernel still has
        load.crowd.cut(place);
        load.crowd.reopen(&doors[0], place);
    }
    load.drain();
    let mut figures = load.figures();
    figures.insert("let_go_s", started.elapsed().as_secs_f64() + 8.0);
    report.add("stalled", "10 of 200, let go and back", 0, figures);
}

//! Ten of two hundred stop reading: what the others notice, and what becomes of the ten.

use std::time::{Duration, Instant};

use serde::Deserialize;

use crate::{
    Setting,
    crowd::{Crowd, Door},
    http::Http,
    load::Load,
    prepare::Prepared,
    record::Report,
    rivals::number,
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
                let_go(&subject, &doors, load, report);
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
fn let_go(subject: &Subject, doors: &[Door], mut load: Load, report: &mut Report) {
    let started = Instant::now();
    let ten = MEMBERS - STALLED..MEMBERS;
    let ports: Vec<u16> = ten.clone().map(|place| load.crowd.port(place)).collect();
    let mut held = STALLED;
    while held > 0 && started.elapsed() < DEADLINE {
        load.pace_on(20, Duration::from_secs(1), |_| {});
        held = subject.holds(&ports);
    }
    let waited = started.elapsed();
    report.check(held == 0, || format!("the server holds {held} who stalled"));
    for place in ten {
        load.crowd.resume(place, |_| {});
        load.crowd.cut(place);
        fetch(subject, &doors[0], &mut load, place);
        load.crowd.reopen(&doors[0], place);
    }
    load.drain();
    let mut figures = load.figures();
    figures.insert("let_go_s", waited.as_secs_f64());
    report.add("stalled", "10 of 200, let go and back", 0, figures);
}

/// More than a catch-up brings is behind a link; programs ask for it page by page.
fn fetch(subject: &Subject, door: &Door, load: &mut Load, place: usize) {
    let mut http = Http::open(subject.address);
    let headers = format!(
        "Authorization: Bearer {}\r\nAccept: application/json\r\n",
        door.token
    );
    loop {
        let rev = load.crowd.members[place].reading.rev;
        let path = format!("/rooms/1/messages?after={rev}&limit=200");
        let page: Page = serde_json::from_slice(&http.get(&path, &headers).body).expect("JSON");
        for message in &page.messages {
            let number = number(message.body.as_bytes()).expect("it was sent by this program");
            load.crowd.fetched(place, message.rev, number);
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

//! Everyone is cut and comes back within ten seconds, while people write and others log in.

use std::{
    net::SocketAddr,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use hdrhistogram::Histogram;
use serde_json::json;

use super::rooms::OURS;
use crate::{
    Setting,
    crowd::Crowd,
    http::Http,
    load::Load,
    prepare::{PASSWORD, Prepared, name},
    record::Report,
};

/// People who log in again and again.
const LOG_INS: usize = 4;

/// Once, with 5,000.
pub fn run(setting: &Setting, prepared: &Prepared, report: &mut Report) {
    let subject = prepared.chatterbox(setting);
    let doors: Vec<_> = (0..4).map(|n| prepared.door(&subject, n)).collect();
    let members = if setting.small { 40 } else { 5_000 };
    let mut mark = prepared.mark;
    mark.revs = true;
    let mut load = Load::open(Crowd::new(mark), &doors, members, 4);
    load.pace(20, setting.time(2.0));
    let calm = log_ins_while(subject.address, || load.pace(20, setting.time(5.0)));
    let back = setting.time(10.0);
    (4..members).for_each(|place| load.crowd.cut(place)); // those who write stay
    let (started, mut next) = (Instant::now(), 4);
    let stormy = log_ins_while(subject.address, || {
        load.pace_on(20, back, |load| {
            let due = started.elapsed().as_secs_f64() / back.as_secs_f64();
            while next < members && next as f64 <= due * members as f64 {
                load.crowd.reopen(&doors[next % doors.len()], next);
                next += 1;
            }
        });
        for place in next..members {
            load.crowd.reopen(&doors[place % doors.len()], place);
        }
        load.drain();
    });
    let mut figures = load.figures();
    let repeats: u64 = load.crowd.members.iter().map(|m| m.reading.repeats).sum();
    let last = started.elapsed().saturating_sub(back);
    figures.insert("repeats", repeats as f64);
    figures.insert("caught_up_s", last.as_secs_f64());
    figures.insert("log_in_p99_ms", stormy);
    figures.insert("log_in_p99_ms_before", calm);
    report.add(&format!("storm {members}"), OURS, 0, figures);
    report.check(load.crowd.is_open(), || "everyone came back".into());
}

/// The 99th percentile (ms) of the log-ins during `act`.
fn log_ins_while(address: SocketAddr, act: impl FnOnce()) -> f64 {
    let over = AtomicBool::new(false);
    let mut all = Histogram::<u64>::new(3).expect("valid digits");
    thread::scope(|scope| {
        let people: Vec<_> = (0..LOG_INS)
            .map(|person| {
                scope.spawn({
                    let over = &over;
                    move || log_in_until(address, person, over)
                })
            })
            .collect();
        act();
        over.store(true, Ordering::Relaxed);
        for person in people {
            all.add(person.join().expect("it does not panic"))
                .expect("the same shape");
        }
    });
    all.value_at_quantile(0.99) as f64 / 1_000.0
}

fn log_in_until(address: SocketAddr, person: usize, over: &AtomicBool) -> Histogram<u64> {
    let mut latency = Histogram::new(3).expect("valid digits");
    let mut http = Http::open(address);
    let who = json!({ "username": name(person), "password": PASSWORD });
    while !over.load(Ordering::Relaxed) {
        let started = Instant::now();
        assert_eq!(http.post("/login", "", &who).status, 200);
        let micros = started.elapsed().max(Duration::from_micros(1)).as_micros();
        latency.record(micros as u64).expect("it grows by itself");
    }
    latency
}

//! One run: a crowd, messages sent to it by a plan, and the proof that everyone heard the same.

use std::time::{Duration, Instant};

use hdrhistogram::Histogram;

use crate::{
    crowd::{Arrival, Crowd, Door},
    mark,
    record::Figures,
};

/// Somebody who hears nothing new for so long hears nothing more.
const PATIENCE: Duration = Duration::from_secs(10);

/// A crowd at one server, and what was sent.
pub struct Load {
    pub crowd: Crowd,
    senders: usize,
    /// Bytes of text before the number.
    padding: usize,
    /// When each message was due, if it was sent.
    due: Vec<Option<Instant>>,
    sent: u64,
    /// What the first member heard, in order.
    heard: Vec<u64>,
    latency: Histogram<u64>,
    arrivals: u64,
}

/// What went wrong; all zero if nothing did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    pub lost: u64,
    pub duplicated: u64,
    pub reordered: u64,
}

impl Load {
    /// Opens `members` sockets, of which the first `senders` write, and sends one message: whoever has
    /// it hears everything after it.
    pub fn open(mut crowd: Crowd, doors: &[Door], members: usize, senders: usize) -> Load {
        let share = members.div_ceil(doors.len());
        for door in doors {
            let open = crowd.members.len();
            crowd.open(door, share.min(members - open));
        }
        let mut load = Load {
            crowd,
            senders,
            padding: 60,
            due: Vec::new(),
            sent: 0,
            heard: Vec::new(),
            latency: Histogram::new_with_bounds(1, 600_000_000, 3).expect("valid bounds"),
            arrivals: 0,
        };
        load.send(Instant::now());
        load.drain();
        load.warmed_up()
    }

    /// What was heard so far counts for the verdict, but not for the figures.
    pub fn warmed_up(mut self) -> Load {
        self.latency.reset();
        self.arrivals = 0;
        self
    }

    /// Writes texts with so many bytes before the number.
    pub fn padded(mut self, bytes: usize) -> Load {
        self.padding = bytes;
        self
    }

    /// Messages that were sent.
    pub fn sent(&self) -> u64 {
        self.sent
    }

    /// All deliveries so far.
    pub fn arrivals(&self) -> u64 {
        self.arrivals
    }

    /// Sends the next message, due at `due`.
    pub fn send(&mut self, due: Instant) {
        let number = self.due.len();
        self.say(number % self.senders, number, due);
    }

    fn say(&mut self, member: usize, number: usize, due: Instant) {
        let body = mark::padded(number as u64, self.padding);
        let text = format!(r#"{{"body":"{body}","client_id":"n{number}"}}"#);
        self.due.resize(self.due.len().max(number + 1), None);
        self.due[number] = Some(due);
        self.sent += 1;
        self.crowd.say(member, &text);
    }

    fn flush(&mut self) {
        (0..self.senders).for_each(|sender| self.crowd.flush(sender));
    }

    /// Reads what has come, waiting at most so long; calls `each` for every message of every member.
    pub fn turn(&mut self, wait: Duration, mut each: impl FnMut(&Arrival)) {
        let Load {
            crowd,
            due,
            heard,
            latency,
            arrivals,
            ..
        } = self;
        crowd.turn(wait, |arrival| {
            *arrivals += 1;
            if arrival.member == 0 {
                heard.push(arrival.number);
            }
            if let Some(Some(due)) = due.get(arrival.number as usize) {
                let micros = due.elapsed().as_micros() as u64;
                let _ = latency.record(micros.max(1)); // longer than ten minutes cannot be
            }
            each(&arrival);
        });
    }

    /// Keeps `in_flight` messages under way for so long (closed loop: one is under way until everybody
    /// has it), then waits for all.
    pub fn saturate(&mut self, time: Duration, in_flight: u64) {
        let end = Instant::now() + time;
        while Instant::now() < end {
            let counts = self.crowd.members.iter().map(|member| member.reading.count);
            let everywhere = counts.min().unwrap_or(0);
            let wanted = in_flight.saturating_sub(self.sent() - everywhere);
            (0..wanted).for_each(|_| self.send(Instant::now()));
            self.flush();
            self.turn(Duration::from_millis(100), |_| {});
        }
        self.drain();
    }

    /// Sends `rate` messages a second for so long (open loop), then waits for all.
    pub fn pace(&mut self, rate: u32, time: Duration) {
        self.pace_on(rate, time, |_| {});
        self.drain();
    }

    /// The same without the wait; `meanwhile` is called in every turn.
    pub fn pace_on(&mut self, rate: u32, time: Duration, mut meanwhile: impl FnMut(&mut Load)) {
        let (start, gap) = (Instant::now(), Duration::from_secs(1) / rate);
        let mut next = start;
        while next < start + time {
            while next <= Instant::now() {
                self.send(next);
                next += gap;
            }
            self.flush();
            let wait = next.saturating_duration_since(Instant::now());
            self.turn(wait.min(Duration::from_millis(20)), |_| {});
            meanwhile(self);
        }
    }

    /// Every member that waits for its own message sends the next one as soon as it has come.
    pub fn converse(&mut self, time: Duration) {
        let end = Instant::now() + time;
        (0..self.senders).for_each(|_| self.send(Instant::now()));
        self.flush();
        while Instant::now() < end {
            let (senders, mut answered) = (self.senders, Vec::new());
            self.turn(Duration::from_millis(100), |arrival| {
                if arrival.number as usize % senders == arrival.member {
                    answered.push(arrival.number as usize);
                }
            });
            for number in answered {
                // The number tells the sender; everyone counts up in steps of their own.
                let member = number % senders;
                self.say(member, number + senders, Instant::now());
                self.crowd.flush(member);
            }
        }
        self.drain();
    }

    /// Reads until every member that reads has heard everything, or nothing comes any more.
    pub fn drain(&mut self) {
        let mut last = (self.arrivals, Instant::now());
        while !self.is_done() && last.1.elapsed() < PATIENCE {
            self.flush();
            self.turn(Duration::from_millis(100), |_| {});
            if self.arrivals != last.0 {
                last = (self.arrivals, Instant::now());
            }
        }
    }

    fn is_done(&self) -> bool {
        let sent = self.heard.len() as u64;
        let all = self.crowd.members.iter().filter(|m| !m.stalled);
        sent >= self.sent() && all.into_iter().all(|m| m.reading.count >= sent)
    }

    /// Whether everyone heard every message, once, in one and the same order.
    pub fn verdict(&self) -> Verdict {
        let mut once = vec![0_u64; self.due.len()];
        for number in &self.heard {
            if let Some(count) = once.get_mut(*number as usize) {
                *count += 1;
            }
        }
        let sent = once.iter().zip(&self.due).filter(|(_, due)| due.is_some());
        let mut verdict = Verdict {
            lost: sent.filter(|(count, _)| **count == 0).count() as u64,
            duplicated: once.iter().map(|count| count.saturating_sub(1)).sum(),
            reordered: 0,
        };
        let first = &self.crowd.members[0].reading;
        for member in self.crowd.members.iter().skip(1).filter(|m| !m.stalled) {
            let reading = &member.reading;
            verdict.lost += first.count.saturating_sub(reading.count) + reading.holes;
            verdict.duplicated += reading.count.saturating_sub(first.count);
            verdict.reordered +=
                u64::from(reading.count == first.count && reading.hash != first.hash);
        }
        verdict
    }

    /// Latencies and the verdict, as figures of a record.
    pub fn figures(&self) -> Figures {
        let (h, verdict) = (&self.latency, self.verdict());
        let ms = |micros: u64| micros as f64 / 1_000.0;
        Figures::from([
            ("p50_ms", ms(h.value_at_quantile(0.5))),
            ("p95_ms", ms(h.value_at_quantile(0.95))),
            ("p99_ms", ms(h.value_at_quantile(0.99))),
            ("max_ms", ms(h.max())),
            ("messages", self.heard.len() as f64),
            ("lost", verdict.lost as f64),
            ("duplicated", verdict.duplicated as f64),
            ("reordered", verdict.reordered as f64),
        ])
    }
}

//! Load generator: sends messages through the clients of one server and checks that every client received
//! the same messages in the same order.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use hdrhistogram::Histogram;

use crate::{
    clients::{ClientConfig, Clients, Delivery},
    report::Figures,
    sequence_tag::{self, Refusal, TYPICAL_TEXT},
};

/// Deliveries have ended when none arrived for this long.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Maximum number of unanswered messages of one sender in [`LoadGenerator::overload`].
const MAX_UNANSWERED: usize = 64;
/// Time after which a message counts as refused in [`LoadGenerator::overload`].
const ANSWER_TIMEOUT: Duration = Duration::from_secs(3);

/// Clients of one server and the messages sent to it.
pub struct LoadGenerator {
    pub clients: Clients,
    /// The first `senders` clients send.
    senders: usize,
    text_length: usize,
    /// Scheduled time of each message; `None` if it was not sent.
    scheduled: Vec<Option<Instant>>,
    sent: u64,
    /// Messages received by the first client, in order.
    first_client: Vec<u64>,
    latency: Histogram<u64>,
    deliveries: u64,
}

impl LoadGenerator {
    /// Opens `count` connections, then sends one message: a client that received it receives all later ones.
    pub fn open(
        mut clients: Clients,
        configs: &[ClientConfig],
        count: usize,
        senders: usize,
    ) -> LoadGenerator {
        let share = count.div_ceil(configs.len());
        for config in configs {
            let open = clients.list.len();
            clients.open(config, share.min(count - open));
        }
        let mut load = LoadGenerator {
            clients,
            senders,
            text_length: TYPICAL_TEXT,
            scheduled: Vec::new(),
            sent: 0,
            first_client: Vec::new(),
            latency: Histogram::new_with_bounds(1, 600_000_000, 3).expect("valid bounds"),
            deliveries: 0,
        };
        load.send(Instant::now());
        load.drain();
        load.reset_figures();
        load
    }

    /// Ends the warm-up: earlier messages count for the checks, but not for the figures.
    pub fn reset_figures(&mut self) {
        self.latency.reset();
        self.deliveries = 0;
    }

    /// Sets the length of the text before the sequence number.
    pub fn with_text_length(mut self, length: usize) -> LoadGenerator {
        self.text_length = length;
        self
    }

    /// Deliveries since the warm-up.
    pub fn deliveries(&self) -> u64 {
        self.deliveries
    }

    fn send(&mut self, scheduled: Instant) {
        let number = self.scheduled.len();
        self.send_from(number % self.senders, number, scheduled);
    }

    fn send_from(&mut self, client: usize, number: usize, scheduled: Instant) {
        let count = self.scheduled.len().max(number + 1);
        self.scheduled.resize(count, None);
        self.scheduled[number] = Some(scheduled);
        self.sent += 1;
        self.queue(client, number);
    }

    fn queue(&mut self, client: usize, number: usize) {
        let body = sequence_tag::body_of_length(number as u64, self.text_length);
        let text = format!(r#"{{"body":"{body}","client_id":"n{number}"}}"#);
        self.clients.queue(client, &text);
    }

    /// A refused message counts as not sent.
    fn give_up(&mut self, number: usize) {
        self.scheduled[number] = None;
        self.sent -= 1;
    }

    /// Refusals that the senders have received since the last call.
    fn take_refusals(&mut self) -> std::vec::IntoIter<Refusal> {
        let senders = self.clients.list.iter_mut().take(self.senders);
        let refusals = senders.flat_map(|sender| sender.received.refusals.drain(..));
        refusals.collect::<Vec<_>>().into_iter()
    }

    fn flush(&mut self) {
        (0..self.senders).for_each(|sender| self.clients.flush(sender));
    }

    /// Waits at most `wait` and records all deliveries; calls `each` for every one.
    fn receive(&mut self, wait: Duration, mut each: impl FnMut(&Delivery)) {
        let LoadGenerator {
            clients,
            scheduled,
            first_client,
            latency,
            deliveries,
            ..
        } = self;
        clients.poll(wait, |delivery| {
            *deliveries += 1;
            if delivery.client == 0 {
                first_client.push(delivery.number);
            }
            if let Some(Some(scheduled)) = scheduled.get(delivery.number as usize) {
                let micros = scheduled.elapsed().as_micros() as u64;
                let _ = latency.record(micros.max(1)); // ten minutes is beyond any run
            }
            each(&delivery);
        });
    }

    /// Closed loop: keeps `in_flight` messages undelivered for `time`, then waits for all deliveries.
    pub fn saturate(&mut self, time: Duration, in_flight: u64) {
        let end = Instant::now() + time;
        while Instant::now() < end {
            let counts = self.clients.list.iter().map(|client| client.received.count);
            let delivered = counts.min().unwrap_or(0);
            let wanted = in_flight.saturating_sub(self.sent - delivered);
            (0..wanted).for_each(|_| self.send(Instant::now()));
            self.flush();
            self.receive(Duration::from_millis(100), |_| {});
        }
        self.drain();
    }

    /// Open loop: sends `rate` messages a second for `time`, then waits for all deliveries.
    pub fn send_at_rate(&mut self, rate: u32, time: Duration) {
        self.send_at_rate_with(rate, time, |_| {});
        self.drain();
    }

    /// Sends like [`LoadGenerator::send_at_rate`] without the wait; calls `on_turn` after every poll.
    pub fn send_at_rate_with(
        &mut self,
        rate: u32,
        time: Duration,
        mut on_turn: impl FnMut(&mut LoadGenerator),
    ) {
        let (start, interval) = (Instant::now(), Duration::from_secs(1) / rate);
        let mut next = start;
        while next < start + time {
            while next <= Instant::now() {
                self.send(next);
                next += interval;
            }
            self.flush();
            let wait = next.saturating_duration_since(Instant::now());
            self.receive(wait.min(Duration::from_millis(20)), |_| {});
            on_turn(self);
        }
    }

    /// Open loop: offers `rate` messages a second for `time`. A sender with too many unanswered messages skips its turn;
    /// it does not repeat a refused message. Does not wait for deliveries. Returns the number of refusals.
    pub fn overload(&mut self, rate: u32, time: Duration) -> usize {
        let (start, interval) = (Instant::now(), Duration::from_secs(1) / rate);
        let (senders, mut refusals) = (self.senders, 0);
        let mut unanswered: Vec<VecDeque<(usize, Instant)>> = vec![VecDeque::new(); senders];
        let (mut next, mut number) = (start, self.scheduled.len().next_multiple_of(senders));
        while next < start + time {
            while next <= Instant::now() {
                let waiting = &mut unanswered[number % senders];
                let is_late = |sent: &(usize, Instant)| sent.1.elapsed() > ANSWER_TIMEOUT;
                while waiting.front().is_some_and(is_late) {
                    waiting.pop_front();
                }
                if waiting.len() < MAX_UNANSWERED {
                    waiting.push_back((number, next));
                    self.send_from(number % senders, number, next);
                }
                number += 1;
                next += interval;
            }
            self.flush();
            let wait = next.saturating_duration_since(Instant::now());
            let mut answered = |client: usize, number: usize| {
                if number % senders == client {
                    unanswered[client].retain(|(sent, _)| *sent != number);
                }
            };
            self.receive(wait.min(Duration::from_millis(20)), |delivery| {
                answered(delivery.client, delivery.number as usize);
            });
            for refusal in self.take_refusals() {
                answered(refusal.number % senders, refusal.number);
                self.give_up(refusal.number);
                refusals += 1;
            }
        }
        refusals
    }

    /// Closed loop: every sender sends its next message when it has received its last one. It repeats a refused message
    /// after the time that the server asked for. Does not wait for the other clients. Returns the number of refusals.
    pub fn ping_pong(&mut self, time: Duration) -> usize {
        let (end, senders) = (Instant::now() + time, self.senders);
        let (mut refused, mut refusals) = (Vec::new(), 0);
        (0..senders).for_each(|_| self.send(Instant::now()));
        self.flush();
        while Instant::now() < end {
            let mut own = Vec::new();
            let wait = Duration::from_millis(if refused.is_empty() { 100 } else { 20 });
            self.receive(wait, |delivery| {
                if delivery.number as usize % senders == delivery.client {
                    own.push(delivery.number as usize);
                }
            });
            for number in own {
                let client = number % senders; // each sender owns one residue class
                self.send_from(client, number + senders, Instant::now());
                self.clients.flush(client);
            }
            let new = self.take_refusals();
            refusals += new.len();
            refused.extend(new.map(|one| (Instant::now() + one.retry_after, one.number)));
            let is_due = |(at, _): &mut (Instant, usize)| *at <= Instant::now();
            for (_, number) in refused.extract_if(.., is_due) {
                self.queue(number % senders, number);
                self.clients.flush(number % senders);
            }
        }
        refused.iter().for_each(|(_, number)| self.give_up(*number));
        refusals
    }

    /// Reads until every client has received everything, or until [`TIMEOUT`].
    pub fn drain(&mut self) {
        let mut last = (self.deliveries, Instant::now());
        while !self.is_delivered() && last.1.elapsed() < TIMEOUT {
            self.flush();
            self.receive(Duration::from_millis(100), |_| {});
            if self.deliveries != last.0 {
                last = (self.deliveries, Instant::now());
            }
        }
    }

    fn is_delivered(&self) -> bool {
        let count = self.first_client.len() as u64;
        let mut reading = self.clients.list.iter().filter(|client| !client.paused);
        count >= self.sent && reading.all(|client| client.received.count >= count)
    }

    /// Counts of lost, duplicated and reordered deliveries; all 0 if every client received every message
    /// once and in the same order.
    fn faults(&self) -> [u64; 3] {
        let mut times_received = vec![0_u64; self.scheduled.len()];
        for number in &self.first_client {
            if let Some(count) = times_received.get_mut(*number as usize) {
                *count += 1;
            }
        }
        let sent = times_received.iter().zip(&self.scheduled);
        let missing = sent.filter(|(count, time)| time.is_some() && **count == 0);
        let mut lost = missing.count() as u64;
        let extra = times_received.iter().map(|count| count.saturating_sub(1));
        let (mut duplicated, mut reordered) = (extra.sum::<u64>(), 0);
        let first = &self.clients.list[0].received;
        for client in self.clients.list.iter().skip(1).filter(|c| !c.paused) {
            let received = &client.received;
            lost += first.count.saturating_sub(received.count) + received.gaps;
            duplicated += received.count.saturating_sub(first.count);
            reordered += u64::from(received.count == first.count && received.hash != first.hash);
        }
        [lost, duplicated, reordered]
    }

    /// Number of gaps in the revs that the clients received.
    pub fn gaps(&self) -> u64 {
        let gaps = self.clients.list.iter().map(|client| client.received.gaps);
        gaps.sum()
    }

    /// Latency percentiles and the counts of faults.
    pub fn figures(&self) -> Figures {
        let (h, [lost, duplicated, reordered]) = (&self.latency, self.faults());
        let ms = |micros: u64| micros as f64 / 1_000.0;
        Figures::from([
            ("p50_ms", ms(h.value_at_quantile(0.5))),
            ("p95_ms", ms(h.value_at_quantile(0.95))),
            ("p99_ms", ms(h.value_at_quantile(0.99))),
            ("max_ms", ms(h.max())),
            ("messages", self.first_client.len() as f64),
            ("lost", lost as f64),
            ("duplicated", duplicated as f64),
            ("reordered", reordered as f64),
        ])
    }
}

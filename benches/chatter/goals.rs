//! What was aimed for, and how far it is from there.

use crate::{
    record::Report,
    rivals::{GROUPED, SINGLE},
    scenario::{OURS, posts, search, sidebar, stalled},
};

/// A figure with two limits.
pub struct Goal {
    pub what: &'static str,
    /// What is owed, and what is wanted.
    pub must: f64,
    pub stretch: f64,
    /// Whether more is better.
    pub rising: bool,
    /// Stands behind each number.
    pub unit: &'static str,
    measured: fn(&Report) -> Option<f64>,
}

impl Goal {
    /// The figure, if it was measured.
    pub fn measured(&self, report: &Report) -> Option<f64> {
        (self.measured)(report)
    }

    /// How far a figure is from a limit, as a part of the limit; none if it is within.
    pub fn distance(&self, measured: f64, limit: f64) -> Option<f64> {
        let over = if self.rising {
            limit - measured
        } else {
            measured - limit
        };
        (over > 0.0).then_some(over / limit)
    }
}

/// All of them, in the order of the table.
pub const GOALS: [Goal; 19] = [
    fall(
        "CPU a delivery, saturated, against the grouped floor",
        (1.5, 1.15, "×"),
        |r| r.ratio("saturated", (OURS, GROUPED), "cpu_us"),
    ),
    fall(
        "CPU a delivery at 20 messages/s, against the floor",
        (1.3, 1.15, "×"),
        |r| r.ratio("paced 20/s", (OURS, SINGLE), "cpu_us"),
    ),
    fall(
        "CPU a delivery at 100 messages/s, against the floor",
        (1.3, 1.15, "×"),
        |r| r.ratio("paced 100/s", (OURS, SINGLE), "cpu_us"),
    ),
    fall(
        "p99 at 100 messages/s, against the floor",
        (1.5, 1.2, "×"),
        |r| r.ratio("paced 100/s", (OURS, SINGLE), "p99_ms"),
    ),
    fall("p99 at 1,000 messages/s", (30.0, 16.0, " ms"), |r| {
        r.median("paced 1000/s", OURS, "p99_ms")
    }),
    fall(
        "Lost, doubled or reordered in all runs of ours",
        (0.0, 0.0, ""),
        |r| Some(r.wrong()),
    ),
    fall(
        "Memory an idle connection (5,000)",
        (4.0, 2.0, " KB"),
        |r| r.median("idle 5000", OURS, "rss_kb_each"),
    ),
    rise(
        "Connections held, nothing lost",
        (10_000.0, 19_500.0, ""),
        |r| r.most(OURS, "held"),
    ),
    rise(
        "Durable posts/s of 64 who wait, against one who waits (a commit each)",
        (8.0, 15.0, "×"),
        |r| r.ratio("posts", (posts::INSIDE_64, posts::INSIDE_1), "posts_per_s"),
    ),
    rise(
        "The same, against bare SQLite with a transaction each",
        (8.0, 15.0, "×"),
        |r| r.ratio("posts", (posts::INSIDE_64, posts::ALONE), "posts_per_s"),
    ),
    fall(
        "p99 of the others with 10 stalled readers of 200",
        (1.2, 1.05, "×"),
        |r| r.ratio("stalled", (stalled::TEN, stalled::NONE), "p99_ms"),
    ),
    fall("CPU of a room page, plain", (300.0, 100.0, " µs"), |r| {
        r.median("pages", "room", "cpu_us")
    }),
    fall(
        "CPU of a room page, compressed",
        (300.0, 100.0, " µs"),
        |r| r.median("pages", "room, gzip", "cpu_us"),
    ),
    fall("List of somebody in 200 rooms", (2.0, 1.0, " ms"), |r| {
        Some(r.median("sidebar", sidebar::TYPICAL, "p50_us")? / 1e3)
    }),
    fall(
        "The same, with 150 unread messages in each",
        (2.0, 1.0, " ms"),
        |r| Some(r.median("sidebar", sidebar::ALL_UNREAD, "p50_us")? / 1e3),
    ),
    fall(
        "CPU of a post in a room of 10,000, against a room of 2",
        (1.5, 1.1, "×"),
        |r| r.ratio("sidebar", (sidebar::POST_10_000, sidebar::POST_2), "cpu_us"),
    ),
    fall(
        "p99 of all searches in 1,000,000 messages, of somebody in 200 rooms",
        (20.0, 10.0, " ms"),
        |r| r.median(search::MOST_ROOMS, search::ALL, "p99_ms"),
    ),
    fall("Start to accept", (50.0, 10.0, " ms"), |r| {
        r.median("start", OURS, "accepts_ms")
    }),
    fall("Stripped executable", (12.0, 8.0, " MB"), |r| {
        Some(r.median("start", OURS, "binary_kb")? / 1024.0)
    }),
];

const fn fall(
    what: &'static str,
    (must, stretch, unit): (f64, f64, &'static str),
    measured: fn(&Report) -> Option<f64>,
) -> Goal {
    Goal {
        what,
        must,
        stretch,
        rising: false,
        unit,
        measured,
    }
}

const fn rise(
    what: &'static str,
    limits: (f64, f64, &'static str),
    measured: fn(&Report) -> Option<f64>,
) -> Goal {
    Goal {
        rising: true,
        ..fall(what, limits, measured)
    }
}

//! Performance targets, and the figures that are compared with them.

use crate::{
    baseline::{EPOLL, EPOLL_GROUPED},
    report::Report,
    scenario::{CHATTERBOX, files, posts, search, sidebar, slow_readers},
};

/// A figure with its required limit and a stretch limit.
pub struct Target {
    pub name: &'static str,
    pub required: f64,
    pub stretch: f64,
    pub higher_is_better: bool,
    pub unit: &'static str,
    /// Returns the figure if it was measured.
    pub value: fn(&Report) -> Option<f64>,
}

impl Target {
    /// Distance of a value from a limit as a share of the limit; `None` if the limit is met.
    pub fn distance(&self, value: f64, limit: f64) -> Option<f64> {
        let over = if self.higher_is_better {
            limit - value
        } else {
            value - limit
        };
        (over > 0.0).then_some(over / limit)
    }
}

/// All targets, in the order of the table.
pub const TARGETS: [Target; 20] = [
    at_most(
        "CPU per delivery, saturated, against epoll with a write per group",
        (1.5, 1.15, "×"),
        |r| r.ratio("saturated", [CHATTERBOX, EPOLL_GROUPED], "cpu_us"),
    ),
    at_most(
        "CPU per delivery at 20 messages/s, against epoll with a write per message",
        (1.3, 1.15, "×"),
        |r| r.ratio("paced 20/s", [CHATTERBOX, EPOLL], "cpu_us"),
    ),
    at_most(
        "CPU per delivery at 100 messages/s, against the same",
        (1.3, 1.15, "×"),
        |r| r.ratio("paced 100/s", [CHATTERBOX, EPOLL], "cpu_us"),
    ),
    at_most(
        "p99 at 100 messages/s, against the same",
        (1.5, 1.2, "×"),
        |r| r.ratio("paced 100/s", [CHATTERBOX, EPOLL], "p99_ms"),
    ),
    at_most("p99 at 1,000 messages/s", (30.0, 16.0, " ms"), |r| {
        r.median("paced 1000/s", CHATTERBOX, "p99_ms")
    }),
    at_most(
        "Lost, duplicated or reordered deliveries in all runs",
        (0.0, 0.0, ""),
        |r| Some(r.faults()),
    ),
    at_most(
        "Memory per idle connection, 5,000 connections",
        (4.0, 2.0, " KB"),
        |r| r.median("idle 5000", CHATTERBOX, "rss_kb_each"),
    ),
    at_least(
        "Open connections without a loss",
        (10_000.0, 19_500.0, ""),
        |r| r.maximum(CHATTERBOX, "open"),
    ),
    at_least(
        "Durable posts/s of 64 waiting senders, against one sender",
        (8.0, 15.0, "×"),
        |r| {
            r.ratio(
                "posts",
                [posts::IN_PROCESS_64, posts::IN_PROCESS_1],
                "posts_per_s",
            )
        },
    ),
    at_least(
        "Durable posts/s of 64 waiting senders, against plain SQLite with one transaction per message",
        (8.0, 15.0, "×"),
        |r| {
            r.ratio(
                "posts",
                [posts::IN_PROCESS_64, posts::PLAIN_SQLITE],
                "posts_per_s",
            )
        },
    ),
    at_most(
        "p99 of 190 clients while 10 others do not read",
        (1.2, 1.05, "×"),
        |r| {
            r.ratio(
                "slow readers",
                [slow_readers::TEN, slow_readers::NONE],
                "p99_ms",
            )
        },
    ),
    at_most("CPU per room page, plain", (300.0, 100.0, " µs"), |r| {
        r.median("pages", "room", "cpu_us")
    }),
    at_most("CPU per room page, gzip", (300.0, 100.0, " µs"), |r| {
        r.median("pages", "room, gzip", "cpu_us")
    }),
    at_most(
        "CPU per room page with 50 pictures, against one without",
        (1.3, 1.1, "×"),
        |r| {
            r.ratio(
                "files",
                [files::WITH_PICTURES, files::WITHOUT_PICTURES],
                "cpu_us",
            )
        },
    ),
    at_most("List of 200 rooms", (2.0, 1.0, " ms"), |r| {
        Some(r.median("sidebar", sidebar::TYPICAL, "p50_us")? / 1e3)
    }),
    at_most(
        "List of 200 rooms with 150 unread messages each",
        (2.0, 1.0, " ms"),
        |r| Some(r.median("sidebar", sidebar::ALL_UNREAD, "p50_us")? / 1e3),
    ),
    at_most(
        "CPU per post in a room of 10,000, against a room of 2",
        (1.5, 1.1, "×"),
        |r| r.ratio("sidebar", [sidebar::POST_10_000, sidebar::POST_2], "cpu_us"),
    ),
    at_most(
        "p99 of all searches in 1,000,000 messages, for members of 1, 20 or 200 rooms",
        (20.0, 10.0, " ms"),
        |r| {
            let p99 = |scenario: &&str| r.median(scenario, search::ALL_KINDS, "p99_ms");
            search::SCENARIOS
                .iter()
                .filter_map(p99)
                .max_by(f64::total_cmp)
        },
    ),
    at_most("Start to accept", (50.0, 10.0, " ms"), |r| {
        r.median("startup", CHATTERBOX, "accept_ms")
    }),
    at_most("Size of the executable", (12.0, 8.0, " MB"), |r| {
        Some(r.median("startup", CHATTERBOX, "executable_kb")? / 1024.0)
    }),
];

const fn at_most(
    name: &'static str,
    (required, stretch, unit): (f64, f64, &'static str),
    value: fn(&Report) -> Option<f64>,
) -> Target {
    Target {
        name,
        required,
        stretch,
        higher_is_better: false,
        unit,
        value,
    }
}

const fn at_least(
    name: &'static str,
    limits: (f64, f64, &'static str),
    value: fn(&Report) -> Option<f64>,
) -> Target {
    Target {
        higher_is_better: true,
        ..at_most(name, limits, value)
    }
}

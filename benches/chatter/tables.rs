//! What was measured, as tables in Markdown.

use std::fmt::Write;

use crate::{
    goals::{GOALS, Goal},
    record::Report,
};

/// One scenario or several with the same columns: a title, where their names begin, and the columns
/// with their figures.
struct Table(
    &'static str,
    &'static str,
    &'static [(&'static str, &'static str)],
);

const COST: (&str, &str) = ("CPU µs a delivery", "cpu_us");
const P50: (&str, &str) = ("p50 ms", "p50_ms");
const P95: (&str, &str) = ("p95 ms", "p95_ms");
const P99: (&str, &str) = ("p99 ms", "p99_ms");
const MAX: (&str, &str) = ("max ms", "max_ms");
const LOST: (&str, &str) = ("lost", "lost");
const DOUBLED: (&str, &str) = ("doubled", "duplicated");
const REORDERED: (&str, &str) = ("reordered", "reordered");

const TABLES: [Table; 10] = [
    Table(
        "1,000 listeners, as many messages as go",
        "saturated",
        &[
            ("deliveries/s", "deliveries_per_s"),
            ("messages/s", "messages_per_s"),
            COST,
            P50,
            P99,
            LOST,
            DOUBLED,
            REORDERED,
        ],
    ),
    Table(
        "1,000 listeners, messages on a schedule",
        "paced",
        &[COST, P50, P95, P99, MAX, LOST, DOUBLED, REORDERED],
    ),
    Table(
        "Durable posts, each sender waiting for the last",
        "posts",
        &[
            ("posts/s", "posts_per_s"),
            ("CPU µs a post", "cpu_us"),
            P50,
            P99,
        ],
    ),
    Table(
        "Pages, 16 clients",
        "pages",
        &[
            ("requests/s", "per_s"),
            ("CPU µs a request", "cpu_us"),
            ("bytes", "bytes"),
        ],
    ),
    Table(
        "1,000 rooms and 10,000 people, in one process",
        "sidebar",
        &[
            ("p50 µs", "p50_us"),
            ("p99 µs", "p99_us"),
            ("CPU µs a post", "cpu_us"),
            ("rows a post", "rows"),
            ("bytes", "bytes"),
            ("ms until all woke", "woken_ms"),
        ],
    ),
    Table(
        "Searches in 1,000,000 messages and 500 rooms, in one process",
        "search",
        &[
            P50,
            P99,
            MAX,
            ("CPU p50 ms", "cpu_p50_ms"),
            ("CPU p99 ms", "cpu_p99_ms"),
            ("µs to index a message", "index_us"),
            ("µs to take a new one out", "forget_us"),
            ("µs for one of half a year ago", "forget_old_us"),
            ("bytes in the index", "index_bytes"),
        ],
    ),
    Table(
        "Idle connections, then 10 messages/s",
        "idle",
        &[
            ("KB a connection", "rss_kb_each"),
            ("RSS KB after", "rss_after_kb"),
            ("s to open all", "open_s"),
            P99,
            ("held", "held"),
            LOST,
        ],
    ),
    Table(
        "Everyone cut, and back within 10 s, at 20 messages/s",
        "storm",
        &[
            P99,
            ("s until all caught up", "caught_up_s"),
            ("log-in p99 ms before", "log_in_p99_ms_before"),
            ("during", "log_in_p99_ms"),
            ("gaps or lost", "lost"),
            DOUBLED,
            REORDERED,
        ],
    ),
    Table(
        "200 listeners of 2 KB messages at 100/s, some of whom stop reading",
        "stalled",
        &[
            P50,
            P99,
            ("RSS grown KB", "rss_grown_kb"),
            ("s until let go", "let_go_s"),
            LOST,
            DOUBLED,
        ],
    ),
    Table(
        "Start and size, with 10,000 messages",
        "start",
        &[
            ("ms to accept", "accepts_ms"),
            ("ms to answer", "answers_ms"),
            ("idle RSS KB", "idle_rss_kb"),
            ("ms to stop", "stop_ms"),
            ("executable KB", "binary_kb"),
        ],
    ),
];

/// Goals first, then every scenario.
pub fn all(report: &Report) -> String {
    let mut out = about(report);
    goals(&mut out, report);
    for table in &TABLES {
        scenario(&mut out, report, table);
    }
    out
}

fn about(report: &Report) -> String {
    let about = |key: &str| report.about.get(key).map_or("unknown", String::as_str);
    format!(
        "Measured {} on commit {}: {} × {}, {}. A message is {} bytes of HTML. Medians of {} rounds; \
         `{}`.\n",
        about("date"),
        about("commit"),
        about("cores"),
        about("cpu"),
        about("kernel"),
        about("bytes"),
        report.rounds(),
        about("command"),
    )
}

fn goals(out: &mut String, report: &Report) {
    head(
        out,
        "Goals",
        ["goal", "must", "stretch", "measured", ""].into_iter(),
    );
    for goal in &GOALS {
        let Some(measured) = goal.measured(report) else {
            continue;
        };
        let sign = if goal.rising { "≥" } else { "≤" };
        let unit = goal.unit;
        let _ = writeln!(
            out,
            "| {} | {sign} {}{unit} | {sign} {}{unit} | **{}{unit}** | {} |",
            goal.what,
            short(goal.must),
            short(goal.stretch),
            short(measured),
            verdict(goal, measured),
        );
    }
}

fn verdict(goal: &Goal, measured: f64) -> String {
    let percent = |part: f64| format!("{:.0} %", (part * 100.0).ceil());
    match (
        goal.distance(measured, goal.must),
        goal.distance(measured, goal.stretch),
    ) {
        (Some(part), _) => format!("**missed** by {}", percent(part)),
        (None, Some(part)) => format!("met; stretch {} away", percent(part)),
        (None, None) => "met, stretch too".into(),
    }
}

fn scenario(out: &mut String, report: &Report, Table(title, prefix, columns): &Table) {
    let runs = report.runs(prefix);
    let several = runs.iter().any(|(scenario, _)| *scenario != runs[0].0);
    let present = |figure: &str| {
        runs.iter()
            .any(|(scenario, variant)| report.median(scenario, variant, figure).is_some())
    };
    let columns: Vec<_> = columns.iter().filter(|(_, f)| present(f)).collect();
    if runs.is_empty() {
        return;
    }
    head(
        out,
        title,
        ["run"]
            .into_iter()
            .chain(columns.iter().map(|(name, _)| *name)),
    );
    for (scenario, variant) in runs {
        let name = match several {
            true => format!("{scenario}, {variant}"),
            false => variant.to_owned(),
        };
        let figures = columns.iter().map(|(_, figure)| {
            let median = report.median(scenario, variant, figure);
            median.map_or_else(String::new, short)
        });
        let figures: Vec<String> = figures.collect();
        let _ = writeln!(out, "| {name} | {} |", figures.join(" | "));
    }
}

fn head(out: &mut String, title: &str, names: impl Iterator<Item = &'static str>) {
    let names: Vec<_> = names.collect();
    let _ = writeln!(out, "\n### {title}\n\n| {} |", names.join(" | "));
    let lines = std::iter::once("---").chain(names.iter().skip(1).map(|_| "--:"));
    let _ = writeln!(out, "|{}|", lines.collect::<Vec<_>>().join("|"));
}

/// Three digits, or all of them before the point.
pub fn short(value: f64) -> String {
    let decimals = match value.abs() {
        value if value >= 99.95 || value == 0.0 => 0,
        value if value >= 9.995 => 1,
        _ => 2,
    };
    let text = format!("{value:.decimals$}");
    let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
    let mut grouped = String::new();
    for (at, digit) in whole.char_indices() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) && whole.as_bytes()[at - 1] != b'-' {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let part = part.trim_end_matches('0');
    match part {
        "" => grouped,
        part => format!("{grouped}.{part}"),
    }
}

//! Tables of a report in Markdown, and the document that contains them.

use std::{fmt::Write, fs, path::Path};

use crate::{
    report::{FAULTS, Report},
    scenario::search,
    targets::{TARGETS, Target},
};

/// Delimiters of the generated part of the document.
const BEGIN: &str = "<!-- generated -->\n";
const END: &str = "<!-- end -->";
/// Figures that the table of results leaves out.
const HIDDEN: [&str; 3] = ["messages", "p95_ms", "max_ms"];

/// Replaces the generated part of the document.
pub fn update(report: &Report, document: &Path) {
    let text = fs::read_to_string(document).expect("the document can be read");
    let text = updated(report, &text).expect("the document has both delimiters");
    fs::write(document, text).expect("the document can be written");
}

/// Whether the generated part of the document agrees with the report.
pub fn is_current(report: &Report, document: &Path) -> bool {
    let text = fs::read_to_string(document).unwrap_or_default();
    updated(report, &text).is_some_and(|updated| updated == text)
}

fn updated(report: &Report, text: &str) -> Option<String> {
    let (before, rest) = text.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    let mut out = format!("{before}{BEGIN}");
    write_about(&mut out, report);
    write_targets(&mut out, report);
    write_results(&mut out, report);
    Some(format!("{out}{END}{after}"))
}

fn write_about(out: &mut String, report: &Report) {
    let about = |key: &str| report.about.get(key).map_or("unknown", String::as_str);
    let _ = writeln!(
        out,
        "Measured {} on commit {}: {}, {}. A message is {} bytes of HTML. Medians of {} rounds of `{}`.",
        about("date"),
        about("commit"),
        about("machine"),
        about("kernel"),
        about("bytes"),
        report.rounds(),
        about("command"),
    );
}

fn write_targets(out: &mut String, report: &Report) {
    out.push_str(
        "\n### Targets\n\n| target | required | stretch | measured | |\n|---|--:|--:|--:|---|\n",
    );
    for target in &TARGETS {
        let Some(value) = (target.value)(report) else {
            continue;
        };
        let sign = if target.higher_is_better {
            "≥"
        } else {
            "≤"
        };
        let unit = target.unit;
        let _ = writeln!(
            out,
            "| {} | {sign} {}{unit} | {sign} {}{unit} | **{}{unit}** | {} |",
            target.name,
            short(target.required),
            short(target.stretch),
            short(value),
            verdict(target, value),
        );
    }
}

fn verdict(target: &Target, value: f64) -> String {
    let percent = |share: f64| format!("{:.0} %", (share * 100.0).ceil());
    match (
        target.distance(value, target.required),
        target.distance(value, target.stretch),
    ) {
        (Some(share), _) => format!("**missed** by {}", percent(share)),
        (None, Some(share)) => format!("met; stretch missed by {}", percent(share)),
        (None, None) => "stretch met".into(),
    }
}

/// One row per scenario and variant, in the order of measurement.
fn write_results(out: &mut String, report: &Report) {
    out.push_str("\n### Results\n\n| scenario | variant | medians |\n|---|---|---|\n");
    for first in report.measurements.iter().filter(|m| m.round == 0) {
        let (scenario, variant) = (&first.scenario, &first.variant);
        if search::SCENARIOS.contains(&scenario.as_str()) && variant != search::ALL_KINDS {
            continue; // the report has every kind of search
        }
        let keys = first.figures.keys().map(String::as_str);
        let shown = keys.filter(|key| !FAULTS.contains(key) && !HIDDEN.contains(key));
        let figures = shown.filter_map(|key| {
            let median = report.median(scenario, variant, key)?;
            Some(format!("{key} {}", short(median)))
        });
        let figures: Vec<String> = figures.collect();
        let _ = writeln!(out, "| {scenario} | {variant} | {} |", figures.join(", "));
    }
}

/// Formats a number with three significant digits, or all digits before the decimal point.
pub fn short(value: f64) -> String {
    let decimals = match value.abs() {
        value if value >= 99.95 || value == 0.0 => 0,
        value if value >= 9.995 => 1,
        _ => 2,
    };
    let text = format!("{value:.decimals$}");
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let mut out = String::new();
    for (at, digit) in whole.char_indices() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) && whole.as_bytes()[at - 1] != b'-' {
            out.push(',');
        }
        out.push(digit);
    }
    match fraction.trim_end_matches('0') {
        "" => out,
        fraction => format!("{out}.{fraction}"),
    }
}

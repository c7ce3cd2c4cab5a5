//! What was measured, as pictures: bars, in the colours of light and dark.

use std::{fs, path::Path};

use askama::Template;

use crate::{
    record::Report,
    rivals::{GROUPED, OBVIOUS, SINGLE},
    scenario::posts,
    tables::short,
};

/// One picture: its file, what it says, and which figure of which runs it shows.
struct Picture {
    file: &'static str,
    title: &'static str,
    /// Names of scenarios begin so.
    scenario: &'static str,
    figure: &'static str,
    /// A longer bar is cut, and says so.
    longest: f64,
}

const PICTURES: [Picture; 6] = [
    Picture {
        file: "saturated",
        title: "Deliveries a second to 1,000 listeners, as many as go (more is better)",
        scenario: "saturated",
        figure: "deliveries_per_s",
        longest: f64::INFINITY,
    },
    Picture {
        file: "cost",
        title: "CPU µs a delivery at a steady pace (less is better)",
        scenario: "paced",
        figure: "cpu_us",
        longest: f64::INFINITY,
    },
    Picture {
        file: "latency",
        title: "99th percentile in ms, from due to received by all 1,000 (less is better)",
        scenario: "paced",
        figure: "p99_ms",
        longest: 60.0,
    },
    Picture {
        file: "posts",
        title: "Durable posts a second (more is better)",
        scenario: "posts",
        figure: "posts_per_s",
        longest: f64::INFINITY,
    },
    Picture {
        file: "pages",
        title: "Requests a second, 16 clients, one core (more is better)",
        scenario: "pages",
        figure: "per_s",
        longest: f64::INFINITY,
    },
    Picture {
        file: "memory",
        title: "KB of memory an idle connection (less is better)",
        scenario: "idle",
        figure: "rss_kb_each",
        longest: f64::INFINITY,
    },
];

/// Writes them all; the names of the files without their folder.
pub fn write(report: &Report, folder: &Path) -> Vec<(String, &'static str)> {
    fs::create_dir_all(folder).expect("a folder for the charts");
    let drawn = PICTURES.iter().filter_map(|picture| {
        let chart = Chart::of(report, picture)?;
        let file = format!("{}.svg", picture.file);
        let svg = chart.render().expect("the template is whole");
        fs::write(folder.join(&file), svg).expect("the chart can be written");
        Some((file, picture.title))
    });
    drawn.collect()
}

#[derive(Template)]
#[template(
    ext = "svg",
    escape = "html",
    source = r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 720 {{ height }}" role="img" aria-label="{{ title }}">
<style>
text { font: 13px system-ui, sans-serif; fill: #1d1b26; }
.value { font-variant-numeric: tabular-nums; fill: #625e75; }
.title { font-weight: 600; font-size: 15px; }
.paper { fill: #fbfbfd; } .bar { fill: #c9c5d8; } .ours { fill: #4f46b8; }
@media (prefers-color-scheme: dark) {
text { fill: #ece9f5; } .value { fill: #a39db8; }
.paper { fill: #15131b; } .bar { fill: #4a4460; } .ours { fill: #8fa0ff; }
}
</style>
<rect class="paper" width="720" height="{{ height }}" rx="10"/>
<text class="title" x="24" y="34">{{ title }}</text>
{% for bar in bars -%}
<text x="264" y="{{ bar.y + 15 }}" text-anchor="end">{{ bar.label }}</text>
<rect class="{% if bar.ours %}ours{% else %}bar{% endif %}" x="276" y="{{ bar.y }}" width="{{ bar.width }}" height="20" rx="3"/>
<text class="value" x="{{ bar.width + 284 }}" y="{{ bar.y + 15 }}">{{ bar.value }}</text>
{% endfor -%}
</svg>
"#
)]
struct Chart {
    title: &'static str,
    height: usize,
    bars: Vec<Bar>,
}

struct Bar {
    label: String,
    value: String,
    ours: bool,
    y: usize,
    width: usize,
}

/// Pixels of the longest bar, and from one bar to the next.
const LONGEST: f64 = 350.0;
const STEP: usize = 28;
const TOP: usize = 56;

impl Chart {
    fn of(report: &Report, picture: &Picture) -> Option<Chart> {
        let runs = report.runs(picture.scenario).into_iter();
        let runs = runs.filter_map(|(scenario, variant)| {
            let median = report.median(scenario, variant, picture.figure)?;
            Some((scenario, variant, median))
        });
        let runs: Vec<_> = runs.collect();
        let several = runs
            .iter()
            .any(|(scenario, ..)| *scenario != runs.first().map_or("", |r| r.0));
        let largest = runs.iter().map(|run| run.2).fold(0.0, f64::max);
        let largest = largest.min(picture.longest);
        let bars = runs
            .iter()
            .enumerate()
            .map(|(number, (scenario, variant, value))| Bar {
                label: match several {
                    true => format!(
                        "{}: {variant}",
                        scenario.trim_start_matches(picture.scenario).trim()
                    ),
                    false => (*variant).to_owned(),
                },
                value: match *value > largest {
                    true => format!("{} (cut)", short(*value)),
                    false => short(*value),
                },
                ours: ![SINGLE, GROUPED, OBVIOUS, posts::ALONE].contains(variant),
                y: TOP + number * STEP,
                width: (value.min(largest) / largest * LONGEST).max(1.0) as usize,
            });
        (largest > 0.0).then(|| Chart {
            title: picture.title,
            height: TOP + runs.len() * STEP + 12,
            bars: bars.collect(),
        })
    }
}

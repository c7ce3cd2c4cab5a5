//! What was measured, as a file that tables and charts are made from.

use std::{collections::BTreeMap, fs, path::Path, process::Command};

use serde::{Deserialize, Serialize};

use crate::rivals;

/// Named numbers of one run.
pub type Figures = BTreeMap<&'static str, f64>;

/// Figures that must be 0.
const WRONG: [&str; 3] = ["lost", "duplicated", "reordered"];

/// One run.
#[derive(Clone, Serialize, Deserialize)]
pub struct Record {
    /// What was done, as in `paced 100/s`.
    pub scenario: String,
    /// Which design it was done to.
    pub variant: String,
    pub round: usize,
    pub figures: BTreeMap<String, f64>,
}

/// A whole measurement.
#[derive(Default, Serialize, Deserialize)]
pub struct Report {
    /// Where, when and how.
    pub about: BTreeMap<String, String>,
    pub records: Vec<Record>,
    /// Checks that held, and those that did not.
    #[serde(default)]
    pub passed: usize,
    #[serde(default)]
    pub failed: Vec<String>,
}

impl Report {
    /// Nothing yet, on this machine.
    pub fn here() -> Report {
        let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let model = cpu.lines().find_map(|line| line.strip_prefix("model name"));
        let cores = cpu.matches("processor\t").count(); // this process may be pinned to one
        let about = [
            (
                "cpu",
                model
                    .unwrap_or("unknown")
                    .trim_start_matches([' ', '\t', ':']),
            ),
            ("cores", &cores.to_string()),
            ("kernel", &output("uname", &["-sr"])),
            (
                "commit",
                &output("git", &["describe", "--always", "--dirty"]),
            ),
            ("date", &output("date", &["-u", "+%Y-%m-%d %H:%M UTC"])),
        ];
        Report {
            about: about
                .map(|(key, value)| (key.into(), value.to_owned()))
                .into(),
            ..Report::default()
        }
    }

    /// Reads a file.
    pub fn read(path: &Path) -> Report {
        let text = fs::read_to_string(path).expect("the file can be read");
        serde_json::from_str(&text).expect("it was written by this program")
    }

    /// Writes a file.
    pub fn write(&self, path: &Path) {
        let text = serde_json::to_string_pretty(self).expect("maps of numbers");
        fs::write(path, text).expect("the file can be written");
    }

    /// Adds a run; nothing may be lost, come twice, or in another order.
    pub fn add(&mut self, scenario: &str, variant: &str, round: usize, figures: Figures) {
        let shown: Vec<String> = figures
            .iter()
            .map(|(key, value)| format!("{key} {value:.2}"))
            .collect();
        eprintln!("{scenario} · {variant} · {round}: {}", shown.join(", "));
        let wrong: Vec<_> = WRONG
            .iter()
            .filter(|key| figures.get(*key).is_some_and(|n| *n > 0.0))
            .collect();
        self.check(wrong.is_empty(), || {
            format!("{scenario}, {variant}: {wrong:?}")
        });
        self.records.push(Record {
            scenario: scenario.into(),
            variant: variant.into(),
            round,
            figures: figures
                .into_iter()
                .map(|(key, value)| (key.into(), value))
                .collect(),
        });
    }

    /// Notes whether something is as it must be.
    pub fn check(&mut self, holds: bool, what: impl FnOnce() -> String) {
        if holds {
            self.passed += 1;
        } else {
            let what = what();
            eprintln!("FAILED: {what}");
            self.failed.push(what);
        }
    }

    /// What was run under a name that begins so: scenarios and variants, in that order.
    pub fn runs(&self, prefix: &str) -> Vec<(&str, &str)> {
        let mut runs = Vec::new();
        for record in self
            .records
            .iter()
            .filter(|r| r.scenario.starts_with(prefix))
        {
            let run = (&*record.scenario, &*record.variant);
            if !runs.contains(&run) {
                runs.push(run);
            }
        }
        runs.sort_by_key(|(scenario, _)| first_number(scenario)); // stable
        runs
    }

    /// How often each was run, at most.
    pub fn rounds(&self) -> usize {
        self.records.iter().map(|r| r.round + 1).max().unwrap_or(0)
    }

    /// The largest figure of a variant in all scenarios.
    pub fn most(&self, variant: &str, figure: &str) -> Option<f64> {
        let runs = self.records.iter().filter(|r| r.variant == variant);
        runs.filter_map(|r| r.figures.get(figure).copied())
            .max_by(f64::total_cmp)
    }

    /// Deliveries that were lost, doubled or in another order, in all runs but those of rivals.
    pub fn wrong(&self) -> f64 {
        let ours = self
            .records
            .iter()
            .filter(|r| !rivals::ALL.contains(&&*r.variant));
        let wrong = ours.flat_map(|r| WRONG.iter().filter_map(|key| r.figures.get(*key)));
        wrong.sum::<f64>() + 0.0 // the sum of nothing is -0
    }

    /// The median over all rounds.
    pub fn median(&self, scenario: &str, variant: &str, figure: &str) -> Option<f64> {
        let same = |r: &&Record| r.scenario == scenario && r.variant == variant;
        let runs = self.records.iter().filter(same);
        median(runs.filter_map(|record| record.figures.get(figure).copied()))
    }

    /// The median of the ratios within each round.
    pub fn ratio(&self, scenario: &str, (a, b): (&str, &str), figure: &str) -> Option<f64> {
        let of = |variant: &str, round: usize| {
            let same =
                |r: &&Record| r.scenario == scenario && r.variant == variant && r.round == round;
            self.records.iter().find(same)?.figures.get(figure).copied()
        };
        let rounds = self.records.iter().map(|r| r.round).max()? + 1;
        median((0..rounds).filter_map(|round| Some(of(a, round)? / of(b, round)?)))
    }
}

/// 0 for a name without one.
fn first_number(name: &str) -> u64 {
    let digits = name.chars().skip_while(|c| !c.is_ascii_digit());
    let digits: String = digits.take_while(char::is_ascii_digit).collect();
    digits.parse().unwrap_or(0)
}

fn median(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len().checked_sub(1)? / 2).copied()
}

fn output(program: &str, args: &[&str]) -> String {
    let output = Command::new(program).args(args).output();
    output.map_or_else(
        |_| "unknown".into(),
        |output| String::from_utf8_lossy(&output.stdout).trim().to_owned(),
    )
}

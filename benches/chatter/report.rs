//! Results of a run: figures per scenario, variant and round, stored as JSON.

use std::{collections::BTreeMap, fs, path::Path, process::Command};

use serde::{Deserialize, Serialize};

use crate::baseline;

/// Named numbers of one measurement.
pub type Figures = BTreeMap<&'static str, f64>;

/// Figures that count faults and must be 0.
pub const FAULTS: [&str; 3] = ["lost", "duplicated", "reordered"];

/// One measurement.
#[derive(Serialize, Deserialize)]
pub struct Measurement {
    pub scenario: String,
    /// Design, case or executable that was measured.
    pub variant: String,
    pub round: usize,
    pub figures: BTreeMap<String, f64>,
}

/// All measurements of a run, and the outcome of its checks.
#[derive(Default, Serialize, Deserialize)]
pub struct Report {
    /// Machine, commit, date and command.
    pub about: BTreeMap<String, String>,
    pub measurements: Vec<Measurement>,
    #[serde(skip)]
    pub passed: usize,
    #[serde(skip)]
    pub failed: Vec<String>,
}

impl Report {
    /// An empty report that describes this machine.
    pub fn new(command: String) -> Report {
        let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let model = cpu.lines().find_map(|line| line.strip_prefix("model name"));
        let model = model
            .unwrap_or("unknown")
            .trim_start_matches(['\t', ':', ' ']);
        let cores = cpu.matches("processor\t").count(); // this process may be pinned to one
        let commit = output_of("git", &["describe", "--always", "--dirty"]);
        let about = [
            ("machine", format!("{cores} × {model}")),
            ("kernel", output_of("uname", &["-sr"])),
            ("commit", commit),
            ("date", output_of("date", &["-u", "+%Y-%m-%d %H:%M UTC"])),
            ("command", command),
        ];
        Report {
            about: about.map(|(key, value)| (key.into(), value)).into(),
            ..Report::default()
        }
    }

    pub fn read(path: &Path) -> Report {
        let text = fs::read_to_string(path).expect("the file can be read");
        serde_json::from_str(&text).expect("the file was written by this program")
    }

    /// Writes JSON with one measurement per line.
    pub fn write(&self, path: &Path) {
        let json = |value: &Measurement| serde_json::to_string(value).expect("maps of numbers");
        let lines: Vec<String> = self.measurements.iter().map(json).collect();
        let about = serde_json::to_string(&self.about).expect("a map of texts");
        let lines = lines.join(",\n");
        let text = format!("{{\"about\":{about},\n\"measurements\":[\n{lines}\n]}}\n");
        fs::write(path, text).expect("the file can be written");
    }

    /// Adds a measurement; it passes if no delivery was lost, duplicated or reordered.
    pub fn add(&mut self, scenario: &str, variant: &str, round: usize, figures: Figures) {
        let shown = figures
            .iter()
            .map(|(key, value)| format!("{key} {value:.2}"));
        let shown: Vec<String> = shown.collect();
        eprintln!("{scenario} · {variant} · {round}: {}", shown.join(", "));
        let is_fault = |key: &&&str| figures.get(**key).is_some_and(|count| *count > 0.0);
        let faults: Vec<_> = FAULTS.iter().filter(is_fault).collect();
        let message = || format!("{scenario}, {variant}: {faults:?}");
        self.check(faults.is_empty(), message);
        let figures = figures.into_iter().map(|(key, value)| (key.into(), value));
        self.measurements.push(Measurement {
            scenario: scenario.into(),
            variant: variant.into(),
            round,
            figures: figures.collect(),
        });
    }

    /// Counts a check as passed, or as failed with a message.
    pub fn check(&mut self, passed: bool, message: impl FnOnce() -> String) {
        if passed {
            self.passed += 1;
        } else {
            let message = message();
            eprintln!("FAILED: {message}");
            self.failed.push(message);
        }
    }

    /// Largest value of a figure of a variant in all scenarios.
    pub fn maximum(&self, variant: &str, figure: &str) -> Option<f64> {
        let of_variant = self.measurements.iter().filter(|m| m.variant == variant);
        of_variant
            .filter_map(|m| m.figures.get(figure).copied())
            .max_by(f64::total_cmp)
    }

    /// Number of faults in all measurements except those of the baselines.
    pub fn faults(&self) -> f64 {
        let ours = self.measurements.iter();
        let ours = ours.filter(|m| !baseline::ALL.contains(&&*m.variant));
        let faults = ours.flat_map(|m| FAULTS.iter().filter_map(|key| m.figures.get(*key)));
        faults.sum::<f64>() + 0.0 // an empty sum is -0
    }

    /// Median over all rounds.
    pub fn median(&self, scenario: &str, variant: &str, figure: &str) -> Option<f64> {
        median((0..self.rounds()).filter_map(|round| self.value(scenario, variant, figure, round)))
    }

    /// Ratios of variant `a` to variant `b` in each round, ascending.
    pub fn ratios(&self, scenario: &str, [a, b]: [&str; 2], figure: &str) -> Vec<f64> {
        let value = |variant, round| self.value(scenario, variant, figure, round);
        let ratio = |round| Some(value(a, round)? / value(b, round)?);
        let mut ratios: Vec<f64> = (0..self.rounds()).filter_map(ratio).collect();
        ratios.sort_by(f64::total_cmp);
        ratios
    }

    /// Median of [`Report::ratios`].
    pub fn ratio(&self, scenario: &str, variants: [&str; 2], figure: &str) -> Option<f64> {
        median(self.ratios(scenario, variants, figure).into_iter())
    }

    /// Number of rounds.
    pub fn rounds(&self) -> usize {
        let rounds = self.measurements.iter().map(|m| m.round + 1);
        rounds.max().unwrap_or(0)
    }

    fn value(&self, scenario: &str, variant: &str, figure: &str, round: usize) -> Option<f64> {
        let is_wanted =
            |m: &&Measurement| m.scenario == scenario && m.variant == variant && m.round == round;
        let wanted = self.measurements.iter().find(is_wanted)?;
        wanted.figures.get(figure).copied()
    }
}

fn median(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let (upper, lower) = (values.len() / 2, values.len().checked_sub(1)? / 2);
    Some((values[lower] + values[upper]) / 2.0)
}

fn output_of(program: &str, args: &[&str]) -> String {
    let output = Command::new(program).args(args).output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    text.unwrap_or_else(|_| "unknown".into())
}

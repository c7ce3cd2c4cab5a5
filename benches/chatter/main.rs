//! The load program: starts the real server and other designs, drives them, checks every delivery.
//!
//! `cargo bench --bench chatter -- all --json measured.json`, see `docs/benchmarks.md`.

mod archive;
mod charts;
mod crowd;
mod document;
mod goals;
mod http;
mod inside;
mod load;
mod mark;
mod prepare;
mod record;
mod rivals;
mod scenario;
mod subject;
mod tables;
mod town;

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use prepare::Prepared;
use record::Report;

const USAGE: &str = "\
chatter [SCENARIO…] [--small] [--stretch] [--rounds N] [--server FILE] [--json FILE]
chatter table FILE              what was measured, as Markdown
chatter charts FILE DOCUMENT    puts tables and charts into a document, between its marks
Scenarios: start saturated paced posts pages sidebar search idle storm stalled; all without a name.";

/// How to measure.
pub struct Setting {
    /// The program under test.
    pub server: PathBuf,
    /// Each side on a core of its own.
    pub pin: bool,
    /// Tiny, for correctness alone.
    pub small: bool,
    /// As many connections as there are descriptors.
    pub stretch: bool,
    /// Runs of each variant.
    pub rounds: usize,
}

impl Setting {
    /// So many seconds, or a moment in small runs.
    pub fn time(&self, seconds: f64) -> Duration {
        Duration::from_secs_f64(if self.small { seconds / 20.0 } else { seconds })
    }
}

fn main() {
    let args: Vec<String> = std::env::args()
        .skip(1)
        .filter(|arg| arg != "--bench")
        .collect();
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    match &words[..] {
        ["rival", name, frame] => rivals::run(name, Path::new(frame)),
        ["table", file] => print!("{}", tables::all(&Report::read(Path::new(file)))),
        ["charts", file, document] => draw(Path::new(file), Path::new(document)),
        ["--help", ..] => println!("{USAGE}"),
        words => measure(words),
    }
}

fn draw(file: &Path, document: &Path) {
    document::write(&Report::read(file), &document.with_extension(""), document);
}

fn measure(words: &[&str]) {
    let option = |name: &str| {
        let at = words.iter().position(|word| *word == name)?;
        words.get(at + 1).copied()
    };
    let small = words.contains(&"--small");
    let setting = Setting {
        server: option("--server")
            .unwrap_or(env!("CARGO_BIN_EXE_chatterbox"))
            .into(),
        pin: !small && std::thread::available_parallelism().is_ok_and(|n| n.get() > 1),
        small,
        stretch: words.contains(&"--stretch"),
        rounds: match option("--rounds") {
            Some(rounds) => rounds.parse().expect("--rounds takes a number"),
            None if small => 1,
            None => 3,
        },
    };
    settle(&setting);
    let wanted = |name: &&str| words.contains(name);
    let named = scenario::ALL.iter().any(|(name, _)| wanted(name));
    let prepared = Prepared::new(&setting);
    let mut report = Report::here();
    report
        .about
        .insert("bytes".into(), prepared.bytes.to_string());
    report
        .about
        .insert("command".into(), format!("chatter {}", words.join(" ")));
    for (name, run) in scenario::ALL
        .iter()
        .filter(|(name, _)| !named || wanted(name))
    {
        eprintln!("== {name}");
        run(&setting, &prepared, &mut report);
        if let Some(file) = option("--json") {
            report.write(Path::new(file));
        }
    }
    if small {
        report.check(documented(), || {
            "docs/benchmarks.md says what was measured".into()
        });
    }
    println!(
        "load: {} passed, {} failed",
        report.passed,
        report.failed.len()
    );
    if !report.failed.is_empty() {
        std::process::exit(1);
    }
}

/// Whether the document in the tree agrees with the figures beside it.
fn documented() -> bool {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let report = Report::read(&docs.join("benchmarks.json"));
    document::is_current(&report, &docs.join("benchmarks.md"), scratch.path())
}

/// Takes this process to its core, and asks for all the descriptors there are.
fn settle(setting: &Setting) {
    let _ = rlimit::increase_nofile_limit(u64::MAX);
    if setting.pin {
        let pid = std::process::id().to_string();
        let taskset = Command::new("taskset")
            .args(["-cp", subject::OUR_CORE, &pid])
            .output();
        assert!(
            taskset.is_ok_and(|output| output.status.success()),
            "taskset is needed"
        );
    }
}

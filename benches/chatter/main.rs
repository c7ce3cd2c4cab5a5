//! Benchmark of the server: starts the executable and baseline designs, sends messages and requests, and checks
//! that every client receives every message once and in order. `docs/benchmarks.md` describes how to run it.

mod baseline;
mod broadcast_baseline;
mod clients;
mod compare;
mod dataset;
mod epoll_baseline;
mod fixture;
mod http;
mod in_process;
mod load_generator;
mod report;
mod scenario;
mod sequence_tag;
mod server;
mod tables;
mod targets;

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use fixture::Fixture;
use report::Report;

const USAGE: &str = "\
chatter [SCENARIO…] [--rounds N] [--server FILE] [--json FILE] [--max-connections] [--small]
    Measures all scenarios, or the named ones: startup saturated paced posts pages files
    sidebar sidebar-pages search idle reconnect slow-readers overload overload-open
    abuse log-in-timing.
chatter compare --base FILE [--server FILE] [--rounds N] [--json FILE] [--small] [SCENARIO…]
    Compares two executables in alternating rounds: saturated paced posts pages sidebar-pages
    search idle startup.
chatter document JSON MARKDOWN
    Writes the tables of a report into a document.";

/// How to measure.
#[derive(Clone)]
pub struct Options {
    /// The executable under test.
    pub server: PathBuf,
    /// Pins the server and the load generator to different CPU cores.
    pub pin: bool,
    /// Short runs that check correctness only.
    pub small: bool,
    /// Opens as many connections as one process can have descriptors.
    pub max_connections: bool,
    /// Measurements of each variant.
    pub rounds: usize,
}

impl Options {
    /// A duration, shortened in small runs.
    pub fn time(&self, seconds: f64) -> Duration {
        Duration::from_secs_f64(if self.small { seconds / 20.0 } else { seconds })
    }
}

fn main() {
    let args: Vec<String> = std::env::args()
        .skip(1)
        .filter(|arg| arg != "--bench")
        .collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match &args[..] {
        ["baseline", name, sample_frame] => baseline::run(name, Path::new(sample_frame)),
        ["document", json, markdown] => {
            tables::update(&Report::read(Path::new(json)), Path::new(markdown));
        }
        ["--help", ..] => println!("{USAGE}"),
        ["compare", args @ ..] => {
            let base = value_of(args, "--base").expect("compare needs --base FILE");
            let options = options(args, 5);
            prepare_process(&options);
            let report = compare::run(&options, Path::new(base), args);
            finish(&report, args);
        }
        args => measure(args),
    }
}

fn value_of<'a>(args: &[&'a str], option: &str) -> Option<&'a str> {
    let at = args.iter().position(|arg| *arg == option)?;
    args.get(at + 1).copied()
}

fn options(args: &[&str], default_rounds: usize) -> Options {
    let small = args.contains(&"--small");
    let server = value_of(args, "--server").unwrap_or(env!("CARGO_BIN_EXE_chatterbox"));
    let rounds = value_of(args, "--rounds").map(|n| n.parse().expect("--rounds takes a number"));
    Options {
        server: server.into(),
        pin: !small && std::thread::available_parallelism().is_ok_and(|n| n.get() > 1),
        small,
        max_connections: args.contains(&"--max-connections"),
        rounds: rounds.unwrap_or(if small { 1 } else { default_rounds }),
    }
}

fn measure(args: &[&str]) {
    let options = options(args, 3);
    prepare_process(&options);
    let fixture = Fixture::new(&options);
    let mut report = Report::new(format!("chatter {}", args.join(" ")));
    let bytes = fixture.frame_bytes.to_string();
    report.about.insert("bytes".into(), bytes);
    for (name, run) in selected(&scenario::ALL, args) {
        eprintln!("== {name}");
        run(&options, &fixture, &mut report);
    }
    if options.small {
        let is_current = document_is_current();
        report.check(is_current, || {
            "docs/benchmarks.md agrees with docs/benchmarks.json".into()
        });
    }
    finish(&report, args);
}

/// Scenarios that are named in the arguments, or all of them.
fn selected<'a, T>(
    all: &'a [(&'static str, T)],
    args: &'a [&str],
) -> impl Iterator<Item = &'a (&'static str, T)> {
    let some = all.iter().any(|(name, _)| args.contains(name));
    all.iter()
        .filter(move |(name, _)| !some || args.contains(name))
}

/// Writes the report and prints the outcome of the checks; `scripts/test` reads the last line.
fn finish(report: &Report, args: &[&str]) {
    if let Some(file) = value_of(args, "--json") {
        report.write(Path::new(file));
    }
    let (passed, failed) = (report.passed, report.failed.len());
    println!("load: {passed} passed, {failed} failed");
    if failed > 0 {
        std::process::exit(1);
    }
}

fn document_is_current() -> bool {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let report = Report::read(&docs.join("benchmarks.json"));
    tables::is_current(&report, &docs.join("benchmarks.md"))
}

/// Raises the limit of descriptors and pins this process to its core.
fn prepare_process(options: &Options) {
    let _ = rlimit::increase_nofile_limit(u64::MAX);
    if options.pin {
        let pid = std::process::id().to_string();
        let taskset = Command::new("taskset")
            .args(["-cp", server::GENERATOR_CORE, &pid])
            .output();
        let pinned = taskset.is_ok_and(|output| output.status.success());
        assert!(pinned, "taskset is needed");
    }
}

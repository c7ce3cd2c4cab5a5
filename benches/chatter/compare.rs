//! Comparison of two executables in the same run. Both take turns in every round, with the order reversed in
//! every other round.

use std::{cell::OnceCell, path::Path};

use tempfile::TempDir;

use crate::{
    Options,
    fixture::Fixture,
    report::{Figures, Measurement, Report},
    scenario::{
        CHATTERBOX, delivery, idle, pages, posts,
        search::{SearchData, Searcher},
        sidebar_pages::SidebarData,
        startup,
    },
    selected,
    server::{Server, copy},
    tables::short,
};

/// Variant names of the two executables.
const BASE: &str = "base";
const NEW: &str = "new";

/// One of the two executables and its data.
struct Candidate {
    name: &'static str,
    options: Options,
    fixture: Fixture,
    startup: OnceCell<TempDir>,
    search: OnceCell<TempDir>,
    sidebar: OnceCell<SidebarData>,
}

/// Data sets for both executables, created when first used. Each executable works on its own copy.
#[derive(Default)]
struct Datasets {
    search: OnceCell<SearchData>,
    sidebar: OnceCell<SidebarData>,
}

/// Case and figures of each measurement of one round.
type Results = Vec<(String, Figures)>;

type Scenario = (&'static str, fn(&Candidate, &Datasets) -> Results);

const SCENARIOS: [Scenario; 8] = [
    ("startup", startup),
    ("saturated", saturated),
    ("paced", paced),
    ("posts", posts),
    ("pages", pages),
    ("sidebar-pages", sidebar_pages),
    ("search", search),
    ("idle", idle),
];

/// Figures of the table, with their units. A comparison shows those that a case has.
const SHOWN: [(&str, &str); 14] = [
    ("deliveries_per_s", "deliveries/s"),
    ("posts_per_s", "posts/s"),
    ("per_s", "requests/s"),
    ("cpu_us", "CPU µs"),
    ("p50_ms", "p50 ms"),
    ("p99_ms", "p99 ms"),
    ("p50_us", "p50 µs"),
    ("p99_us", "p99 µs"),
    ("rss_kb_each", "KB per connection"),
    ("idle_rss_kb", "idle RSS KB"),
    ("accept_ms", "ms to accept"),
    ("answer_ms", "ms to answer"),
    ("executable_kb", "executable KB"),
    ("bytes", "bytes"),
];

/// Compares the executable of the options with `base` and prints a table.
pub fn run(options: &Options, base: &Path, args: &[&str]) -> Report {
    let base_options = Options {
        server: base.into(),
        ..options.clone()
    };
    let candidates = [
        Candidate::new(BASE, base_options),
        Candidate::new(NEW, options.clone()),
    ];
    let datasets = Datasets::default();
    let mut report = Report::new(format!("chatter compare {}", args.join(" ")));
    for (name, measure) in selected(&SCENARIOS, args) {
        eprintln!("== {name}");
        for round in 0..options.rounds {
            let order = if round % 2 == 0 { [0, 1] } else { [1, 0] };
            for candidate in order.map(|index| &candidates[index]) {
                for (case, figures) in measure(candidate, &datasets) {
                    report.add(&case, candidate.name, round, figures);
                }
            }
        }
    }
    print_table(&report);
    report
}

fn print_table(report: &Report) {
    println!("| case | figure | base | new | new / base | range of the ratio |");
    println!("|---|---|--:|--:|--:|--:|");
    let is_case = |m: &&Measurement| m.round == 0 && m.variant == BASE;
    for case in report.measurements.iter().filter(is_case) {
        for (figure, label) in SHOWN {
            let median = |variant| report.median(&case.scenario, variant, figure);
            let (Some(base), Some(new)) = (median(BASE), median(NEW)) else {
                continue;
            };
            let ratios = report.ratios(&case.scenario, [NEW, BASE], figure);
            let median = report.ratio(&case.scenario, [NEW, BASE], figure);
            let ratio = |at: usize| ratios.get(at).map_or("".into(), |r| format!("{r:.3}"));
            let last = ratios.len().saturating_sub(1);
            println!(
                "| {} | {label} | {} | {} | {} | {}–{} |",
                case.scenario,
                short(base),
                short(new),
                median.map_or("".into(), |ratio| format!("{ratio:.3}")),
                ratio(0),
                ratio(last),
            );
        }
    }
}

impl Candidate {
    fn new(name: &'static str, options: Options) -> Candidate {
        Candidate {
            name,
            fixture: Fixture::new(&options),
            options,
            startup: OnceCell::new(),
            search: OnceCell::new(),
            sidebar: OnceCell::new(),
        }
    }
}

fn startup(candidate: &Candidate, _: &Datasets) -> Results {
    let Candidate {
        options, fixture, ..
    } = candidate;
    let data = candidate
        .startup
        .get_or_init(|| startup::prepare(options, fixture));
    vec![("startup".into(), startup::measure(options, data.path()))]
}

fn saturated(candidate: &Candidate, _: &Datasets) -> Results {
    let Candidate {
        options, fixture, ..
    } = candidate;
    let figures = delivery::measure_saturated(options, fixture, CHATTERBOX, 3.0);
    vec![("saturated".into(), figures)]
}

fn paced(candidate: &Candidate, _: &Datasets) -> Results {
    let Candidate {
        options, fixture, ..
    } = candidate;
    let measure = |load: (u32, f64)| {
        let figures = delivery::measure_paced(options, fixture, CHATTERBOX, load);
        (format!("paced {}/s", load.0), figures)
    };
    [(20, 4.0), (100, 3.0), (1_000, 3.0)].map(measure).into()
}

fn posts(candidate: &Candidate, _: &Datasets) -> Results {
    let measure = |senders| {
        let figures = posts::over_http(&candidate.options, &candidate.fixture, senders);
        (format!("posts, {senders} senders"), figures)
    };
    [16, 64].map(measure).into()
}

fn pages(candidate: &Candidate, _: &Datasets) -> Results {
    let (server, requests) = pages::start(&candidate.options, &candidate.fixture);
    let wanted = requests
        .iter()
        .filter(|request| [pages::ROOM, pages::ROOM_GZIP].contains(&request.name));
    let results = wanted.map(|request| {
        let figures = pages::measure(&candidate.options, &server, request);
        (format!("page: {}", request.name), figures)
    });
    results.collect()
}

fn sidebar_pages(candidate: &Candidate, datasets: &Datasets) -> Results {
    let options = &candidate.options;
    let data = candidate.sidebar.get_or_init(|| {
        let data = datasets.sidebar.get_or_init(|| SidebarData::new(options));
        data.with_folder(copy(options, data.folder.path()))
    });
    let results = data.measure(options).into_iter();
    results
        .map(|(case, figures)| (format!("sidebar page, {case}"), figures))
        .collect()
}

fn search(candidate: &Candidate, datasets: &Datasets) -> Results {
    let options = &candidate.options;
    let data = datasets.search.get_or_init(|| SearchData::new(options));
    let folder = candidate
        .search
        .get_or_init(|| copy(options, data.folder.path()));
    let server = Server::start(options, folder.path());
    let mut searcher = Searcher::new(&server, &data.tokens);
    searcher.measure(1); // fills the caches
    let results = searcher
        .measure(if options.small { 1 } else { 4 })
        .into_iter();
    let results = results
        .map(|(scenario, kind, figures)| (format!("{scenario}, {kind}"), figures))
        .collect();
    server.stop();
    results
}

fn idle(candidate: &Candidate, _: &Datasets) -> Results {
    let Candidate {
        options, fixture, ..
    } = candidate;
    let count = if options.small { 60 } else { 5_000 };
    let figures = idle::measure(options, fixture, CHATTERBOX, (count, 2.0));
    vec![(format!("idle, {count} connections"), figures)]
}

//! Room page with a sidebar of 200 rooms over HTTP: list cached, one room outdated, and list not cached.

use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use serde_json::json;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use super::CHATTERBOX;
use crate::{
    Options,
    dataset::workspace::{self, Unread, Workspace},
    fixture::Fixture,
    http::HttpClient,
    in_process::InProcess,
    report::{Figures, Report},
    server::Server,
};

/// Change before each request.
#[derive(Clone, Copy)]
enum Change {
    None,
    /// Another user posts in a room of the list.
    Post,
    /// The reader changes a preference, which removes the list from the cache.
    Preference,
}

const CASES: [(&str, Change); 3] = [
    ("cached", Change::None),
    ("one room outdated", Change::Post),
    ("not cached", Change::Preference),
];

/// A data folder with the workspace, and the tokens of the reader and of another member of room 2.
pub struct SidebarData {
    pub folder: TempDir,
    tokens: Vec<String>,
}

/// Each case in turn.
pub fn run(options: &Options, _: &Fixture, report: &mut Report) {
    let data = SidebarData::new(options);
    for round in 0..options.rounds {
        for (case, figures) in data.measure(options) {
            report.add(&format!("sidebar page, {case}"), CHATTERBOX, round, figures);
        }
    }
}

impl SidebarData {
    pub fn new(options: &Options) -> SidebarData {
        let runtime = Runtime::new().expect("a runtime");
        let app = InProcess::open(&runtime, &options.scratch(), 2);
        let size = match options.small {
            true => workspace::SMALL,
            false => workspace::FULL,
        };
        Workspace::fill(&app.app.config.data, size).set_unread(Unread::Typical);
        SidebarData {
            tokens: app.tokens.clone(),
            folder: app.close(&runtime),
        }
    }

    /// The same data in another folder.
    pub fn with_folder(&self, folder: TempDir) -> SidebarData {
        SidebarData {
            folder,
            tokens: self.tokens.clone(),
        }
    }

    /// Starts a server and measures each case.
    pub fn measure(&self, options: &Options) -> Vec<(&'static str, Figures)> {
        let server = Server::start(options, self.folder.path());
        let mut http = HttpClient::connect(server.address);
        let requests = if options.small { 3 } else { 300 };
        let cases = CASES.iter().map(|(case, change)| {
            let figures = self.measure_case(&server, &mut http, (*change, requests));
            (*case, figures)
        });
        let figures = cases.collect();
        server.stop();
        figures
    }

    fn measure_case(
        &self,
        server: &Server,
        http: &mut HttpClient,
        (change, requests): (Change, usize),
    ) -> Figures {
        let [reader, other] = &self.tokens[..] else {
            unreachable!("two accounts");
        };
        let headers = format!("Authorization: Bearer {reader}\r\nAccept: text/html\r\n");
        let mut latency = Histogram::<u64>::new(3).expect("valid digits");
        let (mut cpu, mut bytes) = (Duration::ZERO, 0);
        for number in 0..requests {
            let (method, path, token, body) = match change {
                Change::None => ("GET", "/health", reader, json!({})),
                Change::Post => (
                    "POST",
                    "/rooms/2/messages",
                    other,
                    json!({ "body": "news" }),
                ),
                Change::Preference => {
                    let body = json!({ "favourite": number % 2 == 0 });
                    ("PUT", "/rooms/7/preferences", reader, body)
                }
            };
            let status = http.send_json(method, path, token, &body).status;
            assert!((200..300).contains(&status), "{path}: {status}");
            let (before, started) = (server.thread_cpu(), Instant::now());
            let page = http.get("/rooms/1", &headers);
            let nanos = started.elapsed().as_nanos() as u64;
            cpu += server.thread_cpu().saturating_sub(before);
            assert_eq!(page.status, 200);
            latency.record(nanos).expect("the histogram resizes itself");
            bytes = page.body.len();
        }
        let us = |quantile| latency.value_at_quantile(quantile) as f64 / 1e3;
        Figures::from([
            ("p50_us", us(0.5)),
            ("p99_us", us(0.99)),
            ("cpu_us", cpu.as_secs_f64() * 1e6 / requests as f64),
            ("bytes", bytes as f64),
        ])
    }
}

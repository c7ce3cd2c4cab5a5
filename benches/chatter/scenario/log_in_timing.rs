//! Response times of log-ins with known and unknown names, and of requests for a new password. They must not tell
//! which names exist.

use std::time::Instant;

use diesel::{Connection, SqliteConnection, connection::SimpleConnection};
use serde_json::{Value, json};

use crate::{
    Options,
    fixture::{self, Fixture},
    http::HttpClient,
    report::{Figures, Report},
    server::{Server, copy},
};

/// Samples of each kind of name.
const SAMPLES: usize = 1_000;
const SAMPLES_IN_SMALL_RUNS: usize = 4;
/// Acceptable area under the ROC curve (AUC): 0.5 is a guess, 1 is certainty.
pub const AUC: std::ops::RangeInclusive<f64> = 0.45..=0.55;
/// Mail settings. Nothing listens at the port, so mails wait in the queue.
const MAIL: [&str; 4] = [
    "--smtp-url",
    "smtp://127.0.0.1:9?from=chat@example.com&tls=off",
    "--public-url",
    "http://chat.example.com",
];
/// The first account has a confirmed e-mail address.
const EMAIL_ADDRESS: &str = "
    INSERT INTO email_addresses (user_id, address, key) VALUES (1, 'person-0@example.com', 'person-0@example.com');";

/// A request that names an account, by the name.
type NamedRequest = (&'static str, &'static str, fn(&str) -> Value);

const REQUESTS: [NamedRequest; 2] = [
    (
        "log-in",
        "/login",
        |name| json!({ "username": name, "password": "not the password" }),
    ),
    ("new password", "/forgot", |name| json!({ "name": name })),
];

/// Known and unknown names alternate on one connection. Every other pair is reversed, so that drift affects both.
pub fn run(options: &Options, fixture: &Fixture, report: &mut Report) {
    let data = copy(options, fixture.data());
    let path = data.path().join("chatterbox.db");
    let mut conn = SqliteConnection::establish(&path.to_string_lossy()).expect("a database");
    conn.batch_execute(EMAIL_ADDRESS).expect("the row fits");
    drop(conn);
    let server = Server::start_with(options, data.path(), &MAIL);
    server.wait_for_compression();
    for (variant, path, body) in REQUESTS {
        let mut http = HttpClient::connect(server.address);
        let mut micros = |name: &str| {
            let started = Instant::now();
            http.post(path, "", &body(name));
            started.elapsed().as_secs_f64() * 1e6
        };
        let (mut known, mut unknown) = (Vec::new(), Vec::new());
        for pair in 0..samples(options) {
            // Names of the same length.
            let (here, missing) = (fixture::username(0), format!("nobody-{}", pair % 10));
            if pair % 2 == 0 {
                known.push(micros(&here));
                unknown.push(micros(&missing));
            } else {
                unknown.push(micros(&missing));
                known.push(micros(&here));
            }
        }
        let auc = auc(&known, &unknown);
        let figures = Figures::from([
            ("auc", auc),
            ("known_p50_us", median(&mut known)),
            ("unknown_p50_us", median(&mut unknown)),
            ("samples", known.len() as f64),
        ]);
        report.add("log-in-timing", variant, 0, figures);
        report.check(options.small || AUC.contains(&auc), || {
            format!("{variant}: AUC {auc:.3}")
        });
    }
}

fn samples(options: &Options) -> usize {
    if options.small {
        SAMPLES_IN_SMALL_RUNS
    } else {
        SAMPLES
    }
}

/// Probability that a value of `a` is larger than one of `b`; half for equal values (Mann–Whitney).
fn auc(a: &[f64], b: &[f64]) -> f64 {
    let wins: f64 = a
        .iter()
        .flat_map(|x| b.iter().map(move |y| x.total_cmp(y)))
        .map(|order| match order {
            std::cmp::Ordering::Greater => 1.0,
            std::cmp::Ordering::Equal => 0.5,
            std::cmp::Ordering::Less => 0.0,
        })
        .sum();
    wins / (a.len() * b.len()) as f64
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

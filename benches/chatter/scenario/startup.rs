//! Start and stop with a database of 10,000 messages, idle memory, and the size of the executable.

use std::{fs, path::Path, thread, time::Instant};

use diesel::{Connection, SqliteConnection, connection::SimpleConnection};
use tempfile::TempDir;

use super::CHATTERBOX;
use crate::{
    Options,
    fixture::Fixture,
    http::HttpClient,
    report::{Figures, Report},
    server::{Server, copy},
};

/// Messages in the database.
const MESSAGES: usize = 10_000;

/// Several starts with the same data folder.
pub fn run(options: &Options, fixture: &Fixture, report: &mut Report) {
    let data = prepare(options, fixture);
    for round in 0..options.rounds {
        let figures = measure(options, data.path());
        report.add("startup", CHATTERBOX, round, figures);
    }
}

/// A data folder with the messages.
pub fn prepare(options: &Options, fixture: &Fixture) -> TempDir {
    let data = copy(options, fixture.data());
    let path = data.path().join("chatterbox.db");
    let fill = format!(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {MESSAGES})
         INSERT INTO messages (room_id, author_id, client_id, body, place, created_rev, rev, created_at)
         SELECT 1, 1, 'f' || i, 'A message of some length, number ' || i, 1, i, i, i FROM n;
         UPDATE rooms SET rev = {MESSAGES} WHERE id = 1;"
    );
    let mut conn = SqliteConnection::establish(&path.to_string_lossy()).expect("a database");
    conn.batch_execute(&fill).expect("the inserts succeed");
    data
}

/// One start and stop with the data folder.
pub fn measure(options: &Options, data: &Path) -> Figures {
    let started = Instant::now();
    let server = Server::start(options, data);
    let accepted = started.elapsed();
    let health = HttpClient::connect(server.address).get("/health", "");
    assert_eq!(health.status, 200);
    let answered = started.elapsed();
    thread::sleep(options.time(3.0));
    let rss = server.rss();
    let stopping = Instant::now();
    server.stop();
    let size = fs::metadata(&options.server).expect("the executable").len();
    Figures::from([
        ("accept_ms", accepted.as_secs_f64() * 1e3),
        ("answer_ms", answered.as_secs_f64() * 1e3),
        ("idle_rss_kb", rss as f64),
        ("stop_ms", stopping.elapsed().as_secs_f64() * 1e3),
        ("executable_kb", size as f64 / 1024.0),
    ])
}

//! Start, size and stop, with a database that has messages in it.

use std::{fs, thread, time::Instant};

use diesel::{Connection, SqliteConnection, connection::SimpleConnection};

use super::rooms::OURS;
use crate::{
    Setting,
    http::Http,
    prepare::Prepared,
    record::{Figures, Report},
    subject::Subject,
};

/// Messages in the database.
const MESSAGES: usize = 10_000;

/// Several starts on one folder.
pub fn run(setting: &Setting, prepared: &Prepared, report: &mut Report) {
    let mut folder = prepared.chatterbox(setting).stop().expect("its folder");
    let path = folder.path().join("chatterbox.db");
    let fill = format!(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {MESSAGES})
         INSERT INTO messages (room_id, author_id, client_id, body, place, created_rev, rev, created_at)
         SELECT 1, 1, 'f' || i, 'A message of some length, number ' || i, 1, i, i, i FROM n;
         UPDATE rooms SET rev = {MESSAGES} WHERE id = 1;"
    );
    let mut conn = SqliteConnection::establish(&path.to_string_lossy()).expect("a database");
    conn.batch_execute(&fill).expect("it can be filled");
    drop(conn);
    for round in 0..setting.rounds {
        let started = Instant::now();
        let subject = Subject::chatterbox(setting, folder.path());
        let accepts = started.elapsed();
        assert_eq!(Http::open(subject.address).get("/health", "").status, 200);
        let answers = started.elapsed();
        thread::sleep(setting.time(3.0));
        let rss = subject.rss();
        let stopping = Instant::now();
        folder = subject.stop().expect("its folder");
        let size = fs::metadata(&setting.server).expect("the program").len();
        let figures = Figures::from([
            ("accepts_ms", accepts.as_secs_f64() * 1e3),
            ("answers_ms", answers.as_secs_f64() * 1e3),
            ("idle_rss_kb", rss as f64),
            ("stop_ms", stopping.elapsed().as_secs_f64() * 1e3),
            ("binary_kb", size as f64 / 1024.0),
        ]);
        report.add("start", OURS, round, figures);
    }
}

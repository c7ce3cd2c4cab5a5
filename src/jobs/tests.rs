//! Jobs on a real database.

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use tempfile::{TempDir, tempdir};
use tokio::time::{sleep, timeout};

use super::{
    backoff::{MAX_DELAY, retry_delay},
    *,
};
use crate::error::Error;

/// The payloads of all runs, in their order.
type RunLog = Arc<Mutex<Vec<String>>>;

/// Handler that fails as often as its payload requires: `name:failures`.
#[derive(Clone, Default)]
struct Flaky(RunLog);

impl JobHandler for Flaky {
    const KIND: &'static str = "test.flaky";

    async fn run(&self, _: &Db, job: &Job) -> Result<()> {
        self.0.lock().push(job.payload.clone());
        let failures = job.payload.split(':').nth(1).unwrap_or("0");
        match job.attempts < failures.parse().expect("a number") {
            true => Err(Error::Internal("not yet".into())),
            false => Ok(()),
        }
    }
}

/// Handler that has work while there are endless jobs. It deletes them, and panics on the payload `panic`.
#[derive(Clone, Default)]
struct Cleaner(RunLog);

impl JobHandler for Cleaner {
    const KIND: &'static str = "test.cleaner";

    fn has_work(conn: &mut Conn) -> Result<bool> {
        store::has_kind(conn, Endless::KIND)
    }

    async fn run(&self, db: &Db, job: &Job) -> Result<()> {
        self.0.lock().push("clean".into());
        assert_ne!(job.payload, "panic", "on purpose");
        let job = job.clone();
        db.write(move |tx| {
            for endless in store::next(tx.conn, &[Endless::KIND], &[], 9)? {
                endless.complete(tx)?;
            }
            job.complete(tx)
        })
        .await
    }
}

/// Handler of another kind that always succeeds.
#[derive(Clone, Default)]
struct Other(RunLog);

impl JobHandler for Other {
    const KIND: &'static str = "test.other";

    async fn run(&self, _: &Db, job: &Job) -> Result<()> {
        self.0.lock().push(job.payload.clone());
        Ok(())
    }
}

/// Handler that never ends.
struct Endless(RunLog);

impl JobHandler for Endless {
    const KIND: &'static str = "test.endless";

    async fn run(&self, _: &Db, job: &Job) -> Result<()> {
        self.0.lock().push(job.payload.clone());
        std::future::pending().await
    }
}

fn open(home: &Path) -> Db {
    Db::open(home, || {}).expect("a folder of this test")
}

fn fresh() -> (TempDir, Db, RunLog) {
    let home = tempdir().expect("a temporary folder");
    let db = open(home.path());
    (home, db, RunLog::default())
}

fn start(db: &Db, handler: impl JobHandler) {
    JobRunner::new(db.clone()).handle(handler).start();
}

async fn add_job<H: JobHandler>(db: &Db, payload: &'static str) {
    let added = db.write(move |tx| add::<H>(tx, payload)).await;
    assert_eq!(added, Ok(()));
}

/// Kind, failed runs and last error of all jobs in the table.
async fn rows(db: &Db) -> Vec<(String, i32, Option<String>)> {
    db.read(store::states).await.expect("the table")
}

async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let wait = async {
        while !holds().await {
            sleep(Duration::from_millis(5)).await;
        }
    };
    let waited = timeout(Duration::from_secs(20), wait).await;
    assert!(waited.is_ok(), "{what}");
}

#[tokio::test]
async fn a_job_runs_once_and_is_deleted() {
    let (_home, db, log) = fresh();
    start(&db, Flaky(log.clone()));
    for payload in ["first", "second"] {
        add_job::<Flaky>(&db, payload).await;
        let runs = async || log.lock().last().is_some_and(|last| last == payload);
        until("it runs", runs).await;
        until("it is deleted", async || rows(&db).await.is_empty()).await;
    }
    assert_eq!(*log.lock(), ["first", "second"]);
}

#[tokio::test]
async fn a_failed_job_runs_again_after_a_delay() {
    let (_home, db, log) = fresh();
    start(&db, Flaky(log.clone()));
    let started = Instant::now();
    add_job::<Flaky>(&db, "job:1").await;
    let failed = async || !matches!(&rows(&db).await[..], [(.., None)]);
    until("the failure is stored", failed).await;
    let error = Some("Internal(\"not yet\")".to_owned());
    assert_eq!(rows(&db).await, [("test.flaky".to_owned(), 1, error)]);
    add_job::<Flaky>(&db, "other").await;
    until("both are done", async || rows(&db).await.is_empty()).await;
    assert!(started.elapsed() >= retry_delay(1));
    let without_waiting = ["job:1", "other", "job:1"];
    assert_eq!(*log.lock(), without_waiting);
}

#[test]
fn delays_double_up_to_five_minutes() {
    let seconds = [1, 2, 3, 8, 9, 10, 99, u32::MAX].map(|n| retry_delay(n).as_secs());
    assert_eq!(seconds, [1, 2, 4, 128, 256, 300, 300, 300]);
}

#[tokio::test]
async fn a_job_survives_a_restart_in_its_middle() {
    let (home, db, log) = fresh();
    start(&db, Endless(log.clone()));
    add_job::<Endless>(&db, "long").await;
    until("it runs", async || log.lock().len() == 1).await;
    db.close().await;
    let ended = async || Arc::strong_count(&log) == 1;
    until("it ends with the runner", ended).await;
    let db = open(home.path());
    let unfailed = ("test.endless".to_owned(), 0, None);
    assert_eq!(rows(&db).await, [unfailed]);
    start(&db, Endless(log.clone()));
    until("it runs again", async || log.lock().len() == 2).await;
    assert_eq!(*log.lock(), ["long", "long"]);
}

#[tokio::test]
async fn a_job_of_a_clock_that_was_ahead_runs_at_once() {
    let (_home, db, log) = fresh();
    let far = crate::db::time::now() + 1_000 * MAX_DELAY.as_millis() as i64;
    let write = db.write(move |tx| store::insert(tx.conn, Flaky::KIND, "early", far));
    write.await.expect("a job");
    start(&db, Flaky(log.clone()));
    until("it runs", async || *log.lock() == ["early"]).await;
}

#[tokio::test]
async fn kinds_do_not_wait_for_each_other() {
    let (_home, db, log) = fresh();
    let (endless, other) = (RunLog::default(), Other::default());
    JobRunner::new(db.clone())
        .handle(Flaky(log.clone()))
        .handle(Endless(endless.clone()))
        .handle(other.clone())
        .start();
    add_job::<Endless>(&db, "long").await;
    until("it runs", async || endless.lock().len() == 1).await;
    for _ in 0..5 {
        add_job::<Flaky>(&db, "short").await;
        add_job::<Other>(&db, "short").await;
    }
    until("the others are done", async || rows(&db).await.len() == 1).await;
    assert_eq!((log.lock().len(), other.0.lock().len()), (5, 5));
}

#[tokio::test]
async fn a_panic_is_a_failure() {
    let (_home, db, log) = fresh();
    start(&db, Cleaner(log.clone()));
    add_job::<Cleaner>(&db, "panic").await;
    let failure = Some("Internal(\"a job panicked\")");
    let stored = async || rows(&db).await[0].2.as_deref() == failure;
    until("it is stored", stored).await;
}

#[tokio::test]
async fn jobs_of_an_unknown_kind_stay_in_the_table() {
    let (_home, db, log) = fresh();
    for _ in 0..2 {
        add_job::<Endless>(&db, "from another version").await;
    }
    let unknown = db.read(|conn| store::unknown_kinds(conn, &[Flaky::KIND]));
    let one_kind = Ok(vec!["test.endless".to_owned()]);
    assert_eq!(unknown.await, one_kind, "each is logged once");
    start(&db, Flaky(log.clone()));
    add_job::<Flaky>(&db, "known").await;
    until("the known one is done", async || rows(&db).await.len() == 2).await;
    let unknown = ("test.endless".to_owned(), 0, None);
    assert_eq!(rows(&db).await, [unknown.clone(), unknown]);
}

#[tokio::test]
async fn work_without_a_job_gets_one_at_start() {
    let (_home, db, log) = fresh();
    add_job::<Endless>(&db, "").await;
    for _ in 0..2 {
        start(&db, Cleaner(log.clone()));
        until("it is done", async || rows(&db).await.is_empty()).await;
    }
    assert_eq!(*log.lock(), ["clean"]);
}

#[tokio::test]
async fn a_job_of_its_kind_is_added_once() {
    let (_home, db, _) = fresh();
    let twice = db.write(|tx| {
        add_once::<Endless>(tx)?;
        add_once::<Endless>(tx)
    });
    assert_eq!(twice.await, Ok(()));
    assert_eq!(rows(&db).await.len(), 1);
}

#[tokio::test]
async fn a_follower_runs_at_start_and_after_commits() {
    struct Counter(RunLog);
    impl CommitFollower for Counter {
        const NAME: &'static str = "test.counter";

        async fn catch_up(&self, _: &Db) -> Result<()> {
            self.0.lock().push("run".into());
            Ok(())
        }
    }
    let (_home, db, log) = fresh();
    JobRunner::new(db.clone())
        .follow(Counter(log.clone()))
        .start();
    for runs in 1..=2 {
        until("it runs", async || log.lock().len() == runs).await;
        add_job::<Endless>(&db, "a commit").await;
    }
    until("it runs", async || log.lock().len() == 3).await;
    db.close().await;
    until("it ends", async || Arc::strong_count(&log) == 1).await;
}

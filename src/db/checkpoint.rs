//! Moves committed pages from the write-ahead log into the database file, on its own thread.
//!
//! Invariant: the writer waits for a checkpoint in two cases only. When readers or steady writing keep the log from
//! being overwritten from its start, the writer restarts it between two groups, so that the log stays bounded. When
//! data was erased, the log is truncated, which needs a moment without readers.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};

use diesel::{QueryResult, RunQueryDsl, dsl::sql, sql_types::Integer};
use parking_lot::{Condvar, Mutex};

use super::Conn;

/// Limits of the log.
#[derive(Clone, Copy)]
pub struct CheckpointPolicy {
    /// Time between a commit and its checkpoint, in which further commits are collected.
    pub pause: Duration,
    /// Pages in the log (4 KiB each) above which the writer restarts it.
    pub max_pages: i32,
}

/// At most one checkpoint a second, and a log of 8 MiB.
pub const DEFAULT_POLICY: CheckpointPolicy = CheckpointPolicy {
    pause: Duration::from_secs(1),
    max_pages: (8 << 20) / (4 << 10),
};

/// Time after which a truncation that a reader prevented is tried again.
const ERASE_RETRY: Duration = Duration::from_millis(200);

/// Handle of the thread, which ends when this is dropped.
pub struct Checkpointer {
    shared: Arc<CheckpointState>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct CheckpointState {
    phase: Mutex<CheckpointPhase>,
    changed: Condvar,
    log_is_long: AtomicBool,
    /// The log holds erased data.
    erase: AtomicBool,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum CheckpointPhase {
    /// No commit since the last checkpoint.
    #[default]
    Idle,
    Due,
    Ended,
}

impl Checkpointer {
    /// Starts the thread on its own connection.
    pub fn start(conn: Conn, policy: CheckpointPolicy) -> Checkpointer {
        let shared = Arc::new(CheckpointState::default());
        let thread_shared = shared.clone();
        let thread = std::thread::Builder::new()
            .name("db-checkpoint".into())
            .spawn(move || thread_shared.run(conn, policy))
            .expect("a thread can be started while the server starts");
        Checkpointer {
            shared,
            thread: Some(thread),
        }
    }

    /// Has the log truncated by the next checkpoint. The writer calls it before [`Checkpointer::committed`].
    pub fn erase(&self) {
        self.shared.erase.store(true, Ordering::Relaxed);
    }

    /// Schedules a checkpoint. The writer calls it after each commit.
    pub fn committed(&self, conn: &mut Conn) {
        self.shared.schedule();
        if self.shared.log_is_long.swap(false, Ordering::Relaxed)
            && let Err(error) = checkpoint(conn, "RESTART")
        {
            tracing::warn!(%error, "the write-ahead log could not be restarted");
        }
    }
}

impl CheckpointState {
    fn run(&self, mut conn: Conn, policy: CheckpointPolicy) {
        let mut pause = policy.pause;
        while self.wait(pause) {
            pause = policy.pause;
            let erases = self.erase.swap(false, Ordering::Relaxed);
            let mode = if erases { "TRUNCATE" } else { "PASSIVE" };
            let outcome = checkpoint(&mut conn, mode);
            if erases && !matches!(outcome, Ok((false, _))) {
                // A reader prevented the truncation.
                self.erase.store(true, Ordering::Relaxed);
                self.schedule();
                pause = pause.min(ERASE_RETRY);
            }
            match outcome {
                Ok((_, log)) if log > policy.max_pages => {
                    self.log_is_long.store(true, Ordering::Relaxed);
                }
                Ok(_) => {}
                Err(error) => tracing::warn!(%error, "the write-ahead log could not be moved"),
            }
        }
    }

    /// Schedules a checkpoint, unless one is due or the thread has to end.
    fn schedule(&self) {
        let mut phase = self.phase.lock();
        if *phase == CheckpointPhase::Idle {
            *phase = CheckpointPhase::Due;
            self.changed.notify_one();
        }
    }

    /// Sleeps until a commit, then for `pause`. Returns false when the thread has to end.
    fn wait(&self, pause: Duration) -> bool {
        let mut phase = self.phase.lock();
        self.changed
            .wait_while(&mut phase, |phase| *phase == CheckpointPhase::Idle);
        self.changed
            .wait_while_for(&mut phase, |phase| *phase == CheckpointPhase::Due, pause);
        let goes_on = *phase != CheckpointPhase::Ended;
        if goes_on {
            *phase = CheckpointPhase::Idle; // later commits schedule the next checkpoint
        }
        goes_on
    }
}

/// Runs a checkpoint. Returns whether readers or the writer prevented it, and the pages in the log.
fn checkpoint(conn: &mut Conn, mode: &str) -> QueryResult<(bool, i32)> {
    let pragma = format!("PRAGMA wal_checkpoint({mode})");
    let row = sql::<(Integer, Integer, Integer)>(&pragma).get_result(conn);
    row.map(|(busy, log, _moved): (i32, i32, i32)| (busy != 0, log))
}

impl Drop for Checkpointer {
    fn drop(&mut self) {
        *self.shared.phase.lock() = CheckpointPhase::Ended;
        self.shared.changed.notify_one();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use diesel::connection::SimpleConnection;

    use super::*;
    use crate::db::open;

    fn size(folder: &Path, file: &str) -> u64 {
        std::fs::metadata(folder.join(file)).map_or(0, |file| file.len())
    }

    #[test]
    fn the_log_stays_bounded_under_steady_writing() {
        let home = tempfile::tempdir().expect("a temporary folder");
        let mut opened = open::open(home.path()).expect("an empty folder");
        let policy = CheckpointPolicy {
            pause: Duration::from_millis(1),
            max_pages: 100,
        };
        let checkpointer = Checkpointer::start(opened.checkpoints, policy);
        let conn = &mut opened.writer;
        let create = conn.batch_execute("CREATE TABLE t (x BLOB)");
        create.expect("an empty database");
        // Commits without a pause, each of at least 4 pages, 64 MiB in all.
        for _ in 0..4_000 {
            let insert = "INSERT INTO t VALUES (randomblob(16384))";
            conn.batch_execute(insert).expect("there is room");
            checkpointer.committed(conn);
        }
        let longest = size(home.path(), "chatterbox.db-wal"); // the file is overwritten, never truncated
        assert!(longest < 32 << 20, "{longest} bytes");
    }

    #[test]
    fn commits_are_moved_without_the_writer() {
        let home = tempfile::tempdir().expect("a temporary folder");
        let mut opened = open::open(home.path()).expect("an empty folder");
        let length = || size(home.path(), "chatterbox.db");
        let (conn, before) = (&mut opened.writer, length());
        let policy = CheckpointPolicy {
            pause: Duration::ZERO,
            ..DEFAULT_POLICY
        };
        let checkpointer = Checkpointer::start(opened.checkpoints, policy);
        let fill = "CREATE TABLE t (x BLOB); INSERT INTO t VALUES (randomblob(8388608))";
        conn.batch_execute(fill).expect("there is room");
        assert!(length() < before + (8 << 20), "only the log is written");
        checkpointer.committed(conn);
        while length() < before + (8 << 20) {
            std::thread::yield_now();
        }
    }
}

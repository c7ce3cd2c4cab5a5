//! Moves what was committed from the write-ahead log into the database file, on a thread of its own.
//!
//! Invariant: the writer never waits for it, but for two things: when readers or steady writing keep the
//! log from starting anew, the writer is asked to do that between two groups, so that it stays bounded; and
//! when something was erased, the log is cut to nothing, which takes a moment without readers.

use std::{
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};

use diesel::{QueryResult, QueryableByName, RunQueryDsl, sql_types::Integer};

use super::Conn;

/// When to move what.
#[derive(Clone, Copy)]
pub struct CheckpointPolicy {
    /// After a commit, this long is collected.
    pub pause: Duration,
    /// Pages in the log (4 KiB each) from which on the writer has to begin it anew.
    pub most: i32,
}

/// Once a second at most, and a log of 64 MiB.
pub const HABIT: CheckpointPolicy = CheckpointPolicy {
    pause: Duration::from_secs(1),
    most: (64 << 20) / (4 << 10),
};

/// The thread; ended and joined when dropped.
pub struct Checkpointer {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    phase: Mutex<Phase>,
    changed: Condvar,
    log_is_long: AtomicBool,
    /// The log holds what must not be found any more.
    erase: AtomicBool,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Phase {
    /// Nothing was committed since the last time.
    #[default]
    Idle,
    Due,
    Over,
}

/// What `PRAGMA wal_checkpoint` answers.
#[derive(QueryableByName)]
struct Outcome {
    #[diesel(sql_type = Integer)]
    busy: i32,
    #[diesel(sql_type = Integer)]
    log: i32,
}

impl Checkpointer {
    /// Starts the thread on a connection of its own.
    pub fn start(conn: Conn, habit: CheckpointPolicy) -> Checkpointer {
        let shared = Arc::new(Shared::default());
        let its = shared.clone();
        let thread = std::thread::Builder::new()
            .name("db-checkpoint".into())
            .spawn(move || its.run(conn, habit))
            .expect("a thread can be started while the server starts");
        Checkpointer {
            shared,
            thread: Some(thread),
        }
    }

    /// For the writer, before it says that it committed: nothing of the log may be left.
    pub fn erase(&self) {
        self.shared.erase.store(true, Ordering::Relaxed);
    }

    /// For the writer, after each commit: something is in the log.
    pub fn committed(&self, conn: &mut Conn) {
        let mut phase = self.shared.phase();
        if *phase == Phase::Idle {
            *phase = Phase::Due;
            self.shared.changed.notify_one();
        }
        drop(phase);
        if self.shared.log_is_long.swap(false, Ordering::Relaxed)
            && let Err(error) = checkpoint(conn, "RESTART")
        {
            tracing::warn!(%error, "the write-ahead log could not be begun anew");
        }
    }
}

impl Shared {
    fn run(&self, mut conn: Conn, habit: CheckpointPolicy) {
        while self.wait(habit.pause) {
            let erases = self.erase.swap(false, Ordering::Relaxed);
            let mode = if erases { "TRUNCATE" } else { "PASSIVE" };
            let outcome = checkpoint(&mut conn, mode);
            if erases && outcome.as_ref().map_or(true, |outcome| outcome.busy != 0) {
                self.again();
            }
            match outcome {
                Ok(outcome) if outcome.log > habit.most => {
                    self.log_is_long.store(true, Ordering::Relaxed);
                }
                Ok(_) => {}
                Err(error) => tracing::warn!(%error, "the write-ahead log could not be moved"),
            }
        }
    }

    /// Somebody was reading: the log is cut the next time.
    fn again(&self) {
        self.erase.store(true, Ordering::Relaxed);
        let mut phase = self.phase();
        if *phase == Phase::Idle {
            *phase = Phase::Due;
        }
    }

    /// Sleeps until something was committed, and a pause longer; false when all is over.
    fn wait(&self, pause: Duration) -> bool {
        let calm = |phase: &mut Phase| *phase == Phase::Idle;
        let more = |phase: &mut Phase| *phase == Phase::Due;
        let phase = self.changed.wait_while(self.phase(), calm);
        let phase = phase.unwrap_or_else(PoisonError::into_inner);
        let waited = self.changed.wait_timeout_while(phase, pause, more);
        let (mut phase, _) = waited.unwrap_or_else(PoisonError::into_inner);
        let goes_on = *phase != Phase::Over;
        if goes_on {
            *phase = Phase::Idle; // what is committed from here on counts for the next time
        }
        goes_on
    }

    fn phase(&self) -> MutexGuard<'_, Phase> {
        self.phase.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn checkpoint(conn: &mut Conn, mode: &str) -> QueryResult<Outcome> {
    diesel::sql_query(format!("PRAGMA wal_checkpoint({mode})")).get_result(conn)
}

impl Drop for Checkpointer {
    fn drop(&mut self) {
        *self.shared.phase() = Phase::Over;
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

    fn size(folder: &Path) -> u64 {
        let log = folder.join("chatterbox.db-wal");
        std::fs::metadata(log).map_or(0, |log| log.len())
    }

    #[test]
    fn the_log_stays_bounded_under_steady_writing() {
        let home = tempfile::tempdir().expect("a temporary folder");
        let mut opened = open::open(home.path()).expect("an empty folder");
        let habit = CheckpointPolicy {
            pause: Duration::from_millis(1),
            most: 100,
        };
        let checkpointer = Checkpointer::start(opened.checkpoints, habit);
        let conn = &mut opened.writer;
        conn.batch_execute("CREATE TABLE t (x BLOB)")
            .expect("it is ours");
        // The commits go on without a pause, each of 4 pages and more, 64 MiB in all.
        for _ in 0..4_000 {
            let insert = "INSERT INTO t VALUES (randomblob(16384))";
            conn.batch_execute(insert).expect("there is room");
            checkpointer.committed(conn);
        }
        let longest = size(home.path()); // it is written over, and never cut
        assert!(longest < 32 << 20, "{longest} bytes");
    }

    #[test]
    fn what_was_committed_is_moved_without_the_writer() {
        let home = tempfile::tempdir().expect("a temporary folder");
        let mut opened = open::open(home.path()).expect("an empty folder");
        let file = home.path().join("chatterbox.db");
        let length = || std::fs::metadata(&file).expect("the database").len();
        let (conn, before) = (&mut opened.writer, length());
        let habit = CheckpointPolicy {
            pause: Duration::ZERO,
            ..HABIT
        };
        let checkpointer = Checkpointer::start(opened.checkpoints, habit);
        let fill = "CREATE TABLE t (x BLOB); INSERT INTO t VALUES (randomblob(8388608))";
        conn.batch_execute(fill).expect("there is room");
        assert!(
            length() < before + (8 << 20),
            "a commit writes the log alone"
        );
        checkpointer.committed(conn);
        while length() < before + (8 << 20) {
            std::thread::yield_now();
        }
    }
}

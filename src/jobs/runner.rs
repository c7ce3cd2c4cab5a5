//! The runner: takes due jobs from the table, a few at a time, and deletes or reschedules them.

use std::{collections::HashMap, future::Future, pin::Pin, sync::Arc, time::Duration};

use tokio::{runtime::Handle, task::JoinSet, time::sleep};

use super::{
    CommitFollower, Job, JobHandler, add_once,
    backoff::{MAX_DELAY, retry_delay},
    follower::follow,
    store,
};
use crate::{
    db::{Conn, Db, Tx, time},
    error::{Error, Result},
};

/// Jobs that run at the same time. All of them share the writer with the users' changes.
const CONCURRENCY: usize = 4;
/// Longest sleep without a look at the table, in case the system clock was changed.
const MAX_SLEEP: Duration = Duration::from_secs(60);

type BoxFuture<T = Result<()>> = Pin<Box<dyn Future<Output = T> + Send>>;
type RunFn = Arc<dyn Fn(Db, Job) -> BoxFuture + Send + Sync>;

/// How jobs of a kind are run.
struct Handler {
    run: RunFn,
    at_once: usize,
}

/// A job that is running.
struct RunningJob {
    id: i64,
    kind: String,
}

type RunningJobs = HashMap<tokio::task::Id, RunningJob>;

/// Runs the jobs of one database, from [`JobRunner::start`] until the database is closed.
pub struct JobRunner {
    db: Db,
    handlers: HashMap<&'static str, Handler>,
    add_missing: Vec<fn(Db) -> BoxFuture>,
    followers: Vec<Box<dyn FnOnce(Db) -> BoxFuture<()> + Send + Sync>>,
}

impl JobRunner {
    /// Runner without handlers.
    pub fn new(db: Db) -> JobRunner {
        JobRunner {
            db,
            handlers: HashMap::new(),
            add_missing: Vec::new(),
            followers: Vec::new(),
        }
    }

    /// Registers the handler of a kind.
    pub fn handle<H: JobHandler>(mut self, handler: H) -> JobRunner {
        let handler = Arc::new(handler);
        let run: RunFn = Arc::new(move |db, job| {
            let handler = handler.clone();
            Box::pin(async move { handler.run(&db, &job).await })
        });
        let at_once = H::AT_ONCE;
        self.handlers.insert(H::KIND, Handler { run, at_once });
        self.add_missing.push(|db| Box::pin(add_missing::<H>(db)));
        self
    }

    /// Registers work that follows every commit.
    pub fn follow<F: CommitFollower>(mut self, follower: F) -> JobRunner {
        let follow = |db| -> BoxFuture<()> { Box::pin(follow(db, follower)) };
        self.followers.push(Box::new(follow));
        self
    }

    /// Starts the runner on the current runtime. Without one, as in some tools, the jobs wait for the next start.
    pub fn start(self) {
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(self.run());
        }
    }

    async fn run(mut self) {
        let mut followers = JoinSet::new();
        for follower in self.followers.drain(..) {
            followers.spawn(follower(self.db.clone()));
        }
        let db = self.db.clone();
        tokio::select! {
            biased;
            () = db.closing() => {} // dropping the task sets aborts all that is running
            () = self.run_jobs() => {}
        }
    }

    async fn run_jobs(self) {
        self.prepare().await;
        let (mut running, mut tasks) = (HashMap::new(), JoinSet::new());
        loop {
            let pause = self.start_due(&mut running, &mut tasks).await;
            tokio::select! {
                Some(ended) = tasks.join_next_with_id(), if !tasks.is_empty() => {
                    running.remove(&match ended {
                        Ok((task, ())) => task,
                        Err(error) => error.id(),
                    });
                }
                () = self.db.jobs_added() => {}
                () = sleep(pause) => {}
            }
        }
    }

    /// Adds missing jobs and logs the kinds without a handler, whose jobs stay in the table.
    async fn prepare(&self) {
        for add_missing in &self.add_missing {
            if let Err(error) = add_missing(self.db.clone()).await {
                tracing::error!(?error, "unfinished work could not be added to the jobs");
            }
        }
        let known: Vec<&str> = self.handlers.keys().copied().collect();
        let unknown = move |conn: &mut Conn| store::unknown_kinds(conn, &known);
        for kind in self.db.read(unknown).await.unwrap_or_default() {
            tracing::warn!(kind, "jobs of an unknown kind are kept but not run");
        }
    }

    /// Starts the due jobs for which there is room and returns the time until the next look at the table.
    async fn start_due(&self, running: &mut RunningJobs, tasks: &mut JoinSet<()>) -> Duration {
        loop {
            if let Some(pause) = self.start_batch(running, tasks).await {
                return pause;
            }
        }
    }

    /// Starts some of them. `None` if there may be others, behind jobs of a kind that is busy now.
    async fn start_batch(
        &self,
        running: &mut RunningJobs,
        tasks: &mut JoinSet<()>,
    ) -> Option<Duration> {
        let free = CONCURRENCY.saturating_sub(running.len());
        if free == 0 {
            return Some(MAX_SLEEP); // the end of a job comes first
        }
        let kinds = self.handlers.keys().copied();
        let kinds: Vec<&str> = kinds.filter(|kind| self.has_room(kind, running)).collect();
        let ids: Vec<i64> = running.values().map(|job| job.id).collect();
        let next = move |conn: &mut Conn| store::next(conn, &kinds, &ids, free as i64);
        let log = |error: &_| tracing::error!(?error, "the jobs could not be read");
        let next = self.db.read(next).await.inspect_err(log);
        let (now, mut is_busy) = (time::now(), false);
        for job in next.unwrap_or_default() {
            if let Some(wait) = wait(job.run_at, now) {
                return Some(wait.min(MAX_SLEEP));
            }
            let Some(handler) = self.handlers.get(&*job.kind) else {
                continue;
            };
            if !self.has_room(&job.kind, running) {
                is_busy = true;
                continue;
            }
            let (id, kind) = (job.id, job.kind.clone());
            let task = tasks.spawn(run_job(self.db.clone(), handler.run.clone(), job));
            running.insert(task.id(), RunningJob { id, kind });
        }
        (!is_busy).then_some(MAX_SLEEP)
    }

    /// Whether another job of a kind may run now.
    fn has_room(&self, kind: &str, running: &RunningJobs) -> bool {
        let count = running.values().filter(|job| job.kind == kind).count();
        self.handlers
            .get(kind)
            .is_some_and(|handler| count < handler.at_once)
    }
}

/// The time until a job is due; `None` if it is. No job waits longer than the longest delay: a later time comes from a
/// clock that was ahead.
fn wait(run_at: i64, now: i64) -> Option<Duration> {
    let wait = Duration::from_millis(u64::try_from(run_at - now).ok()?);
    (wait > Duration::ZERO && wait <= MAX_DELAY).then_some(wait)
}

async fn add_missing<H: JobHandler>(db: Db) -> Result<()> {
    if db.read(H::has_work).await? {
        db.write(|tx: &mut Tx| add_once::<H>(tx)).await?;
    }
    Ok(())
}

/// Runs one job, then deletes or reschedules it.
async fn run_job(db: Db, run: RunFn, job: Job) {
    let id = job.id;
    let mut handler = JoinSet::new(); // aborts the task when the runner ends
    handler.spawn(run(db.clone(), job.clone()));
    let outcome = handler.join_next().await.and_then(Result::ok);
    let outcome = outcome.unwrap_or_else(|| Err(Error::Internal("a job panicked".into())));
    if db.is_closing() {
        return; // the next start runs it again
    }
    let attempts = job.attempts.unsigned_abs().saturating_add(1);
    let delay = retry_delay(attempts);
    let recorded = match outcome {
        Ok(()) => db.write(move |tx| store::delete(tx.conn, id)).await,
        Err(error) => {
            tracing::warn!(?error, kind = job.kind, attempts, ?delay, "a job failed");
            let (text, run_at) = (format!("{error:?}"), time::now() + delay.as_millis() as i64);
            let fail = move |tx: &mut Tx| store::set_failed(tx.conn, id, &text, run_at);
            db.write(fail).await
        }
    };
    if let Err(error) = recorded {
        let kind = job.kind;
        tracing::error!(?error, kind, "the end of a job could not be recorded");
        sleep(delay).await; // the job counts as running, so it does not start again at once
    }
}

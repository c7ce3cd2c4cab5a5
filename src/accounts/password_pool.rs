//! Password hashing on threads of its own: at most one per core, with a bounded queue.

use std::{
    collections::{HashMap, VecDeque},
    net::IpAddr,
    num::NonZero,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    thread,
    time::Duration,
};

use parking_lot::Mutex;
use tokio::sync::oneshot;

use crate::error::{Error, Result};

/// Limit of the queue. A core computes about three hashes a second.
const QUEUE: usize = 256;
/// Limit of the jobs of one address, so that it cannot block the others.
const JOBS_OF_ADDRESS: usize = 48;

/// Niceness of the hashing threads: messages come first while many people log in.
#[cfg(target_os = "linux")]
const NICENESS: i32 = 10;

/// Pool of hashing threads. A thread ends when nothing is left to do.
pub struct PasswordPool {
    state: Arc<Mutex<PoolState>>,
    max_threads: usize,
    limited: bool,
}

#[derive(Default)]
struct PoolState {
    queue: VecDeque<HashJob>,
    /// Number of threads, all of which are hashing.
    threads: usize,
    /// Number of jobs of each address, queued or running.
    by_address: HashMap<IpAddr, usize>,
}

struct HashJob {
    from: IpAddr,
    work: Box<dyn FnOnce() + Send>,
}

impl PasswordPool {
    /// Pool with one thread per core. Its queue is bounded only if `limited`.
    pub fn new(limited: bool) -> PasswordPool {
        PasswordPool {
            state: Arc::default(),
            max_threads: thread::available_parallelism().map_or(1, NonZero::get),
            limited,
        }
    }

    /// Runs `work` (about 300 ms of CPU) when a thread is free, unless the caller has gone by then. Work that has begun
    /// is finished and keeps its thread, also when the caller goes. `Unavailable` when the queue, or the share of
    /// `from`, is full.
    pub async fn run<T: Send + 'static>(
        &self,
        from: IpAddr,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T> {
        let (sender, done) = oneshot::channel();
        let work = Box::new(move || {
            if !sender.is_closed() {
                let _ = sender.send(work()); // the caller may have gone meanwhile
            }
        });
        self.enqueue(HashJob { from, work })?;
        let panicked = |_| Error::Internal("password_pool: a job panicked".into());
        done.await.map_err(panicked)
    }

    fn enqueue(&self, job: HashJob) -> Result<()> {
        let mut state = self.state.lock();
        if self.limited && state.is_full_for(job.from) {
            return Err(Error::Unavailable(Duration::from_secs(5)));
        }
        if state.threads < self.max_threads {
            match self.start_thread() {
                Ok(_) => state.threads += 1,
                Err(error) if state.threads == 0 => {
                    return Err(Error::Internal(format!("password_pool: {error}")));
                }
                Err(_) => {} // the other threads do the work
            }
        }
        *state.by_address.entry(job.from).or_default() += 1;
        state.queue.push_back(job);
        Ok(())
    }

    fn start_thread(&self) -> std::io::Result<thread::JoinHandle<()>> {
        let state = self.state.clone();
        thread::Builder::new()
            .name("password".into())
            .spawn(move || run_jobs(&state))
    }
}

fn run_jobs(state: &Mutex<PoolState>) {
    // Linux changes this thread alone, other systems the whole process. Log-ins also work without it.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::nice(NICENESS);
    while let Some(HashJob { from, work }) = next_job(state) {
        if catch_unwind(AssertUnwindSafe(work)).is_err() {
            tracing::error!("hashing a password panicked");
        }
        state.lock().release(from);
    }
}

/// Next job. If there is none, the thread is no longer counted and must end.
fn next_job(state: &Mutex<PoolState>) -> Option<HashJob> {
    let mut state = state.lock();
    let job = state.queue.pop_front();
    if job.is_none() {
        state.threads -= 1;
    }
    job
}

impl PoolState {
    fn is_full_for(&self, from: IpAddr) -> bool {
        let jobs = self.by_address.get(&from).copied().unwrap_or_default();
        jobs >= JOBS_OF_ADDRESS || self.queue.len() >= QUEUE
    }

    fn release(&mut self, from: IpAddr) {
        if let Some(jobs) = self.by_address.get_mut(&from) {
            *jobs -= 1;
            if *jobs == 0 {
                self.by_address.remove(&from);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        atomic::{AtomicUsize, Ordering},
        mpsc,
    };

    use super::*;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(127, 0, 0, 1));
    const THERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(127, 0, 0, 2));

    fn is_busy<T>(result: &Result<T>) -> bool {
        matches!(result, Err(Error::Unavailable(_)))
    }

    /// Work that counts its start and lasts until `gate` is open.
    fn gated(
        started: &Arc<AtomicUsize>,
        gate: &Arc<Mutex<mpsc::Receiver<()>>>,
    ) -> impl FnOnce() + use<> {
        let (started, gate) = (started.clone(), gate.clone());
        move || {
            started.fetch_add(1, Ordering::SeqCst);
            let _ = gate.lock().recv();
        }
    }

    #[tokio::test]
    async fn requests_that_hang_up_never_have_more_threads_than_cores() {
        let pool = Arc::new(PasswordPool::new(true));
        let started = Arc::new(AtomicUsize::new(0));
        let (open, gate) = mpsc::channel::<()>();
        let gate = Arc::new(Mutex::new(gate));
        for _ in 0..10 {
            let requests: Vec<_> = (0..JOBS_OF_ADDRESS / 10)
                .map(|_| {
                    let (pool, work) = (pool.clone(), gated(&started, &gate));
                    tokio::spawn(async move { pool.run(HERE, work).await })
                })
                .collect();
            while started.load(Ordering::SeqCst) < pool.max_threads {
                tokio::task::yield_now().await;
            }
            requests.iter().for_each(|request| request.abort());
            for request in requests {
                assert!(request.await.is_err(), "it was cancelled");
            }
        }
        assert_eq!(pool.state.lock().threads, pool.max_threads);
        let later = tokio::spawn({
            let pool = pool.clone();
            async move { pool.run(THERE, || 42).await }
        });
        drop(open);
        let answer = later.await.expect("the request is not cancelled");
        assert_eq!(answer.expect("a thread is free now"), 42);
        let started = started.load(Ordering::SeqCst);
        assert_eq!(
            started, pool.max_threads,
            "jobs without a caller are left out"
        );
        while pool.state.lock().threads > 0 {
            tokio::task::yield_now().await;
        }
        assert!(pool.state.lock().by_address.is_empty());
    }

    #[tokio::test]
    async fn one_address_cannot_take_the_whole_queue() {
        let pool = PasswordPool::new(true);
        let (open, gate) = mpsc::channel::<()>();
        let gate = Arc::new(Mutex::new(gate));
        let started = Arc::default();
        let job = |from| HashJob {
            from,
            work: Box::new(gated(&started, &gate)),
        };
        for _ in 0..JOBS_OF_ADDRESS {
            pool.enqueue(job(HERE)).expect("it has room");
        }
        assert!(is_busy(&pool.enqueue(job(HERE))));
        assert!(pool.enqueue(job(THERE)).is_ok());
        drop(open);
        while pool.state.lock().threads > 0 {
            tokio::task::yield_now().await;
        }
        assert!(pool.run(HERE, || ()).await.is_ok());
    }

    #[tokio::test]
    async fn a_panic_is_an_error_for_its_request_alone() {
        let pool = PasswordPool::new(true);
        let panicked = pool.run(HERE, || panic!("on purpose")).await;
        assert!(matches!(panicked, Err::<(), _>(Error::Internal(_))));
        assert_eq!(pool.run(HERE, || 42).await.expect("the pool goes on"), 42);
    }
}

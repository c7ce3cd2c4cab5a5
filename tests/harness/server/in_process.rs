//! The server on a thread of the test's process.

use std::net::SocketAddr;
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;

use chatterbox::config::Config;
use chatterbox::server::Server;
use tokio::sync::oneshot;

use super::START_LIMIT;

/// A running server, with a tokio runtime and a thread that end with it.
pub struct InProcess {
    pub address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl InProcess {
    /// Starts a server and waits until it listens. The error is the reason for a refused start.
    pub fn start(config: Config) -> Result<InProcess, String> {
        let (ready, bound) = mpsc::channel();
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::Builder::new()
            .name("server".into())
            .spawn(move || serve(config, &ready, stopped))
            .map_err(|error| error.to_string())?;
        let address = bound
            .recv_timeout(START_LIMIT)
            .map_err(|error| error.to_string())??;
        Ok(InProcess {
            address,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// Stops the server gracefully and waits for the end of its thread.
    pub fn stop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
            && !std::thread::panicking()
        {
            panic!("the server panicked");
        }
    }
}

impl Drop for InProcess {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Runs a server until the sender of `stopped` is dropped.
fn serve(
    config: Config,
    ready: &mpsc::Sender<Result<SocketAddr, String>>,
    stopped: oneshot::Receiver<()>,
) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime can be made");
    runtime.block_on(async {
        match Server::bind(config).await {
            Ok(server) => {
                let _ = ready.send(Ok(server.address()));
                let stop = async {
                    let _ = stopped.await;
                };
                server.run(stop).await.expect("the server ends cleanly");
            }
            Err(reason) => {
                let _ = ready.send(Err(reason));
            }
        }
    });
    runtime.shutdown_timeout(Duration::from_millis(300));
}

//! Control socket of the running server.

use std::{fs, path::PathBuf, sync::Arc, time::Duration};

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{UnixListener, UnixStream},
    sync::{Semaphore, oneshot},
    task::{JoinHandle, JoinSet},
    time::{sleep, timeout},
};

use super::{
    messages::{ControlAnswer, ControlRequest, Greeting, MAX_REQUEST},
    perform::Control,
    socket_file,
};

/// Commands at once. Further ones wait.
const AT_ONCE: usize = 8;
/// Time for a request to arrive, and for an answer to leave.
const DEADLINE: Duration = Duration::from_secs(10);
/// Time for the commands that are performed when the server stops.
const SHUTDOWN: Duration = Duration::from_secs(2);

/// Listening control socket. Its file exists until [`ControlSocket::stop`].
pub struct ControlSocket {
    file: PathBuf,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl ControlSocket {
    /// Listens in the data folder. Without a socket, the server works, and commands need it to be stopped.
    pub fn start(control: Control) -> Option<ControlSocket> {
        let folder = control.app.config.data.clone();
        let listening = socket_file::listen(&folder).and_then(UnixListener::from_std);
        let listener = listening.inspect_err(|error| {
            let file = socket_file::path(&folder);
            let file = file.display();
            tracing::warn!("{file} can’t be used ({error}): stop the server for chatterbox admin");
        });
        let (stop, stopped) = oneshot::channel();
        Some(ControlSocket {
            file: socket_file::path(&folder),
            stop,
            task: tokio::spawn(accept_all(listener.ok()?, control, stopped)),
        })
    }

    /// Removes the file and waits for the commands that are performed. Call it while the folder is locked.
    pub async fn stop(self) {
        let _ = fs::remove_file(&self.file); // the next server replaces it
        drop(self.stop);
        let _ = self.task.await;
    }
}

async fn accept_all(listener: UnixListener, control: Control, mut stopped: oneshot::Receiver<()>) {
    let (mut running, slots) = (JoinSet::new(), Arc::new(Semaphore::new(AT_ONCE)));
    loop {
        let slot = slots.clone().acquire_owned();
        let accepted = async {
            let slot = slot.await;
            (listener.accept().await, slot)
        };
        tokio::select! {
            _ = &mut stopped => break,
            _ = running.join_next(), if !running.is_empty() => {}
            (accepted, slot) = accepted => match accepted {
                Ok((stream, _)) => {
                    let control = control.clone();
                    running.spawn(async move {
                        let _ = serve(stream, &control).await; // the command has gone
                        drop(slot);
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "a command of the operator could not be accepted");
                    sleep(Duration::from_millis(100)).await;
                }
            },
        }
    }
    drop(listener);
    let all_done = async { while running.join_next().await.is_some() {} };
    let _ = timeout(SHUTDOWN, all_done).await;
}

/// Greets, reads one request and answers it.
async fn serve(mut stream: UnixStream, control: &Control) -> std::io::Result<()> {
    let greeting = Greeting {
        version: env!("CARGO_PKG_VERSION").into(),
    };
    send(&mut stream, &greeting).await?;
    let mut line = Vec::new();
    let mut reader = BufReader::new(&mut stream).take(MAX_REQUEST);
    timeout(DEADLINE, reader.read_until(b'\n', &mut line)).await??;
    let answer = match serde_json::from_slice::<ControlRequest>(&line) {
        Ok(request) => control.perform(request).await,
        Err(_) => ControlAnswer::Refused(
            "The running server doesn’t know this command. Restart it with this version.".into(),
        ),
    };
    send(&mut stream, &answer).await
}

async fn send(stream: &mut UnixStream, message: &impl serde::Serialize) -> std::io::Result<()> {
    let mut line = serde_json::to_vec(message)?;
    line.push(b'\n');
    timeout(DEADLINE, stream.write_all(&line)).await?
}

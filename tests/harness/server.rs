//! The real program as a child process: start, stop, kill, start again in the same place.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tempfile::TempDir;

pub const PROGRAM: &str = env!("CARGO_BIN_EXE_chatterbox");
const START_LIMIT: Duration = Duration::from_secs(60);

/// A running (or stopped) server with a folder of its own, which goes when the last handle goes.
pub struct Server {
    child: Child,
    address: SocketAddr,
    first_line: String,
    output: Arc<Mutex<String>>,
    home: Arc<TempDir>,
    args: Vec<String>,
}

/// How a server ended after it was asked to.
pub struct Stopped {
    pub status: ExitStatus,
    pub took: Duration,
}

/// What a program that refused to start left behind.
pub struct Refusal {
    pub status: ExitStatus,
    pub stdout: String,
    pub stderr: String,
}

impl Server {
    /// A server with every setting at its default.
    pub fn start() -> Server {
        Server::start_with(&[])
    }

    /// A server without throttles, for tests that post or register a lot.
    pub fn unlimited() -> Server {
        Server::start_with(&["--limits", "off"])
    }

    /// A server with more flags after `--listen` and `--data`.
    pub fn start_with(args: &[&str]) -> Server {
        let home = TempDir::new().expect("a temporary folder can be made");
        Server::start_in(Arc::new(home), args)
    }

    /// A server on a folder that another one may have used before.
    pub fn start_in(home: Arc<TempDir>, args: &[&str]) -> Server {
        let args: Vec<String> = args.iter().map(|arg| arg.to_string()).collect();
        let running = launch(&home, "127.0.0.1:0", &args)
            .unwrap_or_else(|output| panic!("the server did not start: {output}"));
        Server::of(running, home, args)
    }

    fn of(running: Running, home: Arc<TempDir>, args: Vec<String>) -> Server {
        Server {
            child: running.child,
            address: running.address,
            first_line: running.first_line,
            output: running.output,
            home,
            args,
        }
    }

    /// The line that it printed when it was ready.
    pub fn first_line(&self) -> &str {
        &self.first_line
    }

    /// Everything that it printed so far, both streams.
    pub fn output(&self) -> String {
        self.output.lock().expect("no reader panics").clone()
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `http://127.0.0.1:PORT`, which is its origin too.
    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The folder that holds everything.
    pub fn data(&self) -> PathBuf {
        data_of(&self.home)
    }

    /// The temporary folder around the data folder; also the working directory of the program.
    pub fn home(&self) -> Arc<TempDir> {
        Arc::clone(&self.home)
    }

    /// How many sockets the process holds open.
    pub fn open_sockets(&self) -> usize {
        let folder = format!("/proc/{}/fd", self.child.id());
        let Ok(entries) = std::fs::read_dir(folder) else {
            return 0;
        };
        let links = entries
            .flatten()
            .flat_map(|entry| std::fs::read_link(entry.path()));
        links
            .filter(|link| link.to_string_lossy().starts_with("socket:"))
            .count()
    }

    /// Ends the process as a power cut would.
    pub fn kill9(&mut self) {
        self.child.kill().expect("the child can be killed");
        self.child.wait().expect("the child can be waited for");
    }

    /// Asks it politely and waits until it has gone.
    pub fn sigterm(&mut self) -> Stopped {
        self.signal("TERM")
    }

    /// Sends a signal by name and waits until the process has gone.
    pub fn signal(&mut self, name: &str) -> Stopped {
        let started = Instant::now();
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args(["-s", name, &pid]).status();
        assert!(sent.expect("kill can be run").success());
        loop {
            if let Some(status) = self.child.try_wait().expect("the child can be waited for") {
                return Stopped {
                    status,
                    took: started.elapsed(),
                };
            }
            assert!(
                started.elapsed() < START_LIMIT,
                "the server ignores SIG{name}"
            );
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Starts it again on the same port and folder, after `kill9` or `sigterm`.
    pub fn start_again(&mut self) {
        let started = Instant::now();
        let listen = self.address.to_string();
        let running = loop {
            match launch(&self.home, &listen, &self.args) {
                Ok(running) => break running,
                Err(output) => assert!(started.elapsed() < START_LIMIT, "no restart: {output}"),
            }
        };
        self.child = running.child;
        self.output = running.output;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Already gone is fine.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            let output = self
                .output
                .lock()
                .map(|text| text.clone())
                .unwrap_or_default();
            let from = output.len().saturating_sub(4_000);
            eprintln!(
                "--- the server said ---\n{}",
                String::from_utf8_lossy(&output.as_bytes()[from..])
            );
        }
    }
}

/// A command for the program, deaf to settings in the environment of the test.
pub fn program(folder: &Path) -> Command {
    let mut command = Command::new(PROGRAM);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("CHATTERBOX_") {
            command.env_remove(name);
        }
    }
    command
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Runs a command that should end by itself.
pub fn ends(mut command: Command) -> Refusal {
    let mut child = command.spawn().expect("the program can be run");
    let started = Instant::now();
    while child
        .try_wait()
        .expect("the child can be waited for")
        .is_none()
    {
        if started.elapsed() > START_LIMIT {
            let _ = child.kill();
            panic!("the program runs on: {command:?}");
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    let output = child.wait_with_output().expect("its output can be read");
    Refusal {
        status: output.status,
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

fn data_of(home: &TempDir) -> PathBuf {
    home.path().join("data")
}

struct Running {
    child: Child,
    address: SocketAddr,
    first_line: String,
    output: Arc<Mutex<String>>,
}

/// Starts the program and waits for its first line; the error is what it printed instead.
fn launch(home: &TempDir, listen: &str, args: &[String]) -> Result<Running, String> {
    let mut command = program(home.path());
    command
        .args(args)
        .args(["--listen", listen, "--data"])
        .arg(data_of(home));
    let mut child = command.spawn().map_err(|error| error.to_string())?;
    let output = Arc::new(Mutex::new(String::new()));
    let lines = listen_to(
        child.stdout.take().expect("stdout is piped"),
        Arc::clone(&output),
    );
    listen_to(
        child.stderr.take().expect("stderr is piped"),
        Arc::clone(&output),
    );
    let started = Instant::now();
    while started.elapsed() < START_LIMIT {
        match lines.recv_timeout(START_LIMIT) {
            Ok(line) => match address_in(&line) {
                Some(address) => {
                    return Ok(Running {
                        child,
                        address,
                        first_line: line,
                        output,
                    });
                }
                None => continue,
            },
            Err(_) => break,
        }
    }
    let _ = child.kill();
    let _ = child.wait();
    let said = output.lock().expect("no reader panics").clone();
    Err(said)
}

/// Reads a stream on a thread of its own, so that the child never waits for us.
fn listen_to(stream: impl Read + Send + 'static, output: Arc<Mutex<String>>) -> Receiver<String> {
    let (sender, lines) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            let mut all = output.lock().expect("no reader panics");
            all.push_str(&line);
            all.push('\n');
            drop(all);
            let _ = sender.send(line);
        }
    });
    lines
}

fn address_in(line: &str) -> Option<SocketAddr> {
    line.split_once(" listens on http://")?
        .1
        .trim()
        .parse()
        .ok()
}

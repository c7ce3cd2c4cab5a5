//! The executable as a child process.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::{NO_REQUESTS, START_LIMIT};

pub const PROGRAM: &str = env!("CARGO_BIN_EXE_chatterbox");

/// The exit status and output of a program that has ended.
pub struct ProgramExit {
    pub status: ExitStatus,
    pub stdout: String,
    pub stderr: String,
}

/// A running executable and the output it has printed so far.
pub struct Executable {
    child: Child,
    pub address: SocketAddr,
    pub first_line: String,
    output: Arc<Mutex<String>>,
}

impl Executable {
    /// Starts the executable and waits for its first line. The error is the output it printed instead.
    pub fn start(
        folder: &Path,
        data: &Path,
        listen: &str,
        args: &[String],
    ) -> Result<Executable, String> {
        let mut command = program(folder);
        command
            .args(NO_REQUESTS)
            .args(args)
            .args(["--listen", listen, "--data"])
            .arg(data);
        let mut child = command.spawn().map_err(|error| error.to_string())?;
        let output = Arc::new(Mutex::new(String::new()));
        let stdout = child.stdout.take().expect("stdout is piped");
        let lines = read_lines(stdout, Arc::clone(&output));
        let stderr = child.stderr.take().expect("stderr is piped");
        read_lines(stderr, Arc::clone(&output));
        while let Ok(line) = lines.recv_timeout(START_LIMIT) {
            if let Some(address) = address_in(&line) {
                return Ok(Executable {
                    child,
                    address,
                    first_line: line,
                    output,
                });
            }
        }
        let _ = child.kill();
        let _ = child.wait();
        Err(output.lock().expect("no reader panics").clone())
    }

    /// Everything printed so far, from both streams.
    pub fn output(&self) -> String {
        self.output.lock().expect("no reader panics").clone()
    }

    /// Id of the process.
    #[allow(dead_code, reason = "each test program uses a part")]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Largest resident memory of the process so far (bytes).
    #[allow(dead_code, reason = "each test program uses a part")]
    pub fn peak_memory(&self) -> usize {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()));
        let status = status.expect("the process runs");
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB"));
        let kilobytes: usize = kilobytes
            .and_then(|number| number.parse().ok())
            .expect("a number");
        kilobytes << 10
    }

    /// Number of open sockets of the process.
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

    /// Ends the process with SIGKILL, as a power cut would.
    pub fn kill9(&mut self) {
        self.child.kill().expect("the child can be killed");
        self.child.wait().expect("the child can be waited for");
    }

    /// Sends a signal by name and waits until the process has ended.
    pub fn signal(&mut self, name: &str) -> ExitStatus {
        let started = Instant::now();
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args(["-s", name, &pid]).status();
        assert!(sent.expect("kill can be run").success());
        loop {
            if let Some(status) = self.child.try_wait().expect("the child can be waited for") {
                return status;
            }
            assert!(
                started.elapsed() < START_LIMIT,
                "the server ignores SIG{name}"
            );
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Executable {
    fn drop(&mut self) {
        // The process may have exited.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            let output = self.output();
            let from = output.len().saturating_sub(4_000);
            let end = String::from_utf8_lossy(&output.as_bytes()[from..]);
            eprintln!("--- output of the server ---\n{end}");
        }
    }
}

/// A command for the executable without the `CHATTERBOX_` variables of the test's environment.
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

/// Runs a command until it exits, and returns its status and output.
pub fn run_to_exit(mut command: Command) -> ProgramExit {
    let mut child = command.spawn().expect("the program can be run");
    let started = Instant::now();
    while child
        .try_wait()
        .expect("the child can be waited for")
        .is_none()
    {
        if started.elapsed() > START_LIMIT {
            let _ = child.kill();
            panic!("the program does not exit: {command:?}");
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    let output = child.wait_with_output().expect("its output can be read");
    ProgramExit {
        status: output.status,
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// Reads a stream on a thread, so that the child never blocks on a full pipe.
fn read_lines(stream: impl Read + Send + 'static, output: Arc<Mutex<String>>) -> Receiver<String> {
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

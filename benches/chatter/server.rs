//! Server under test: a process on its own CPU core, with its CPU time and memory.

use std::{
    fs,
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use tempfile::TempDir;

use crate::Options;

/// CPU core of the server under test.
pub const SERVER_CORE: &str = "0";
/// CPU core of the load generator.
pub const GENERATOR_CORE: &str = "1";

/// A running server.
pub struct Server {
    pub address: SocketAddr,
    child: Child,
    folder: Option<TempDir>,
}

impl Server {
    /// Starts Chatterbox on a copy of `data`.
    pub fn start_on_copy(options: &Options, data: &Path) -> Server {
        let folder = copy(options, data);
        let mut server = Server::start(options, folder.path());
        server.folder = Some(folder);
        server.wait_for_compression();
        server
    }

    /// Starts Chatterbox on the folder `data` itself.
    pub fn start(options: &Options, data: &Path) -> Server {
        Server::start_with(options, data, &[])
    }

    /// Like [`Server::start`], with further arguments.
    pub fn start_with(options: &Options, data: &Path, args: &[&str]) -> Server {
        let mut command = options.pinned_command(&options.server);
        command
            .args(["--listen", "127.0.0.1:0", "--limits", "off", "--log", "off"])
            .arg("--data")
            .arg(data)
            .args(args);
        Server::spawn(command)
    }

    /// Starts Chatterbox with its limits on the folder `data`, with a limit of file descriptors.
    pub fn start_limited(options: &Options, data: &Path, max_files: Option<u32>) -> Server {
        let pinned = options.pinned_command(&options.server);
        let mut command = match max_files {
            Some(count) => {
                let mut command = Command::new("prlimit");
                command.arg(format!("--nofile={count}:{count}"));
                command.arg(pinned.get_program()).args(pinned.get_args());
                command
            }
            None => pinned,
        };
        command
            .args(["--listen", "127.0.0.1:0", "--log", "off", "--data"])
            .arg(data);
        Server::spawn(command)
    }

    /// Starts a baseline, which is a mode of this program.
    pub fn start_baseline(options: &Options, name: &str, sample_frame: &Path) -> Server {
        let program = std::env::current_exe().expect("this program has a path");
        let mut command = options.pinned_command(&program);
        command.arg("baseline").arg(name).arg(sample_frame);
        Server::spawn(command)
    }

    fn spawn(mut command: Command) -> Server {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut line = String::new();
        let stdout = child.stdout.take().expect("stdout is piped");
        BufReader::new(stdout)
            .read_line(&mut line)
            .expect("a line with its address");
        let address = line.trim().rsplit("//").next().expect("one part at least");
        Server {
            address: address.parse().expect("an address"),
            child,
            folder: None,
        }
    }

    /// Waits until the server has compressed its assets, which takes a second of CPU after each start. The thread that
    /// does it has a name of its own.
    pub fn wait_for_compression(&self) {
        let tasks = format!("/proc/{}/task", self.child.id());
        let is_compressing = || {
            let threads = fs::read_dir(&tasks).expect("the process runs").flatten();
            let mut names =
                threads.flat_map(|thread| fs::read_to_string(thread.path().join("comm")));
            names.any(|name| name.trim() == "assets")
        };
        while is_compressing() {
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// CPU time of all threads, including threads that have ended, in steps of 10 ms.
    pub fn cpu(&self) -> Duration {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id()));
        let stat = stat.expect("the process runs");
        let (_, fields) = stat.rsplit_once(')').expect("its name is in brackets");
        let times = fields.split_whitespace().skip(11).take(2); // utime and stime
        let ticks: u64 = times
            .map(|ticks| ticks.parse::<u64>().expect("a number"))
            .sum();
        Duration::from_millis(ticks * 10)
    }

    /// CPU time of the running threads, in nanoseconds.
    pub fn thread_cpu(&self) -> Duration {
        thread_cpu(&self.child.id().to_string())
    }

    /// Resident memory in KiB.
    pub fn rss(&self) -> u64 {
        self.status("VmRSS:")
    }

    /// Number of threads.
    pub fn threads(&self) -> u64 {
        self.status("Threads:")
    }

    /// Number in a line of the process's status.
    fn status(&self, name: &str) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()));
        let status = status.expect("the process runs");
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let number = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
        number.expect("a number")
    }

    /// Number of open connections to these client ports.
    pub fn open_connections(&self, client_ports: &[u16]) -> usize {
        let table = fs::read_to_string("/proc/net/tcp").expect("procfs");
        let port = |address: &str| u16::from_str_radix(address.rsplit(':').next()?, 16).ok();
        let open = table.lines().filter(|line| {
            let fields: Vec<&str> = line.split_whitespace().collect();
            let ours = port(fields[1]) == Some(self.address.port()) && fields[3] == "01";
            ours && port(fields[2]).is_some_and(|port| client_ports.contains(&port))
        });
        open.count()
    }

    /// Stops the server with SIGTERM and returns the copied data folder, if there is one.
    pub fn stop(mut self) -> Option<TempDir> {
        let pid = self.child.id().to_string();
        let _ = Command::new("kill").args(["-TERM", &pid]).status();
        let _ = self.child.wait();
        self.folder.take()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// CPU time of the running threads of a process (`self` for this one), in nanoseconds.
pub fn thread_cpu(pid: &str) -> Duration {
    let threads = fs::read_dir(format!("/proc/{pid}/task")).expect("procfs");
    let of_thread = |thread: fs::DirEntry| {
        let stat = fs::read_to_string(thread.path().join("schedstat")).ok()?;
        stat.split(' ').next()?.parse::<u64>().ok()
    };
    Duration::from_nanos(threads.flatten().filter_map(of_thread).sum())
}

/// Copies the files of a data folder into a new one.
pub fn copy(options: &Options, from: &Path) -> TempDir {
    let folder = TempDir::new_in(options.scratch()).expect("a folder for the database");
    for entry in fs::read_dir(from).expect("a data folder").flatten() {
        fs::copy(entry.path(), folder.path().join(entry.file_name())).expect("a file is copied");
    }
    folder
}

impl Options {
    /// A command that runs on the server's core, if the machine has two.
    fn pinned_command(&self, program: &Path) -> Command {
        if !self.pin {
            return Command::new(program);
        }
        let mut command = Command::new("taskset");
        command.args(["-c", SERVER_CORE]).arg(program);
        command
    }

    /// Folder for databases: on the disk of the build, because `/tmp` may be in memory.
    pub fn scratch(&self) -> PathBuf {
        let program = std::env::current_exe().expect("this program has a path");
        program.parent().expect("a folder").to_path_buf()
    }
}

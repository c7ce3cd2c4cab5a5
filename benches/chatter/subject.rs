//! What is measured: a process on a core of its own, with its CPU time and memory.

use std::{
    fs,
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use tempfile::TempDir;

use crate::Setting;

/// The core of the process under test; the generator has another one.
pub const ITS_CORE: &str = "0";
/// The generator's core.
pub const OUR_CORE: &str = "1";

/// A running server.
pub struct Subject {
    /// Where it listens.
    pub address: SocketAddr,
    child: Child,
    folder: Option<TempDir>,
}

impl Subject {
    /// Chatterbox on a copy of `data`.
    pub fn chatterbox(setting: &Setting, data: &Path) -> Subject {
        let folder = TempDir::new_in(setting.scratch()).expect("a folder for the database");
        copy(data, folder.path());
        let mut command = setting.pinned(&setting.server);
        command
            .args(["--listen", "127.0.0.1:0", "--limits", "off", "--log", "off"])
            .arg("--data")
            .arg(folder.path());
        let mut subject = Subject::spawn(command);
        subject.folder = Some(folder);
        subject
    }

    /// Another design, run by this same program: see `rivals`.
    pub fn rival(setting: &Setting, name: &'static str, frame: &Path) -> Subject {
        let program = std::env::current_exe().expect("this program has a path");
        let mut command = setting.pinned(&program);
        command.arg("rival").arg(name).arg(frame);
        Subject::spawn(command)
    }

    fn spawn(mut command: Command) -> Subject {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut line = String::new();
        let stdout = child.stdout.take().expect("it is piped");
        BufReader::new(stdout)
            .read_line(&mut line)
            .expect("a line with its address");
        let address = line.trim().rsplit("//").next().expect("one part at least");
        Subject {
            address: address.parse().expect("an address"),
            child,
            folder: None,
        }
    }

    /// CPU time of all its threads so far.
    pub fn cpu(&self) -> Duration {
        cpu_of(self.child.id())
    }

    /// Resident memory in KiB.
    pub fn rss(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()));
        let status = status.expect("the process runs");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
        kib.expect("a number of KiB")
    }

    /// How many of its connections, named by the ports of their peers, are open (procfs).
    pub fn holds(&self, peers: &[u16]) -> usize {
        let table = fs::read_to_string("/proc/net/tcp").expect("the kernel's table");
        let port = |address: &str| u16::from_str_radix(address.rsplit(':').next()?, 16).ok();
        let open = table.lines().filter(|line| {
            let fields: Vec<&str> = line.split_whitespace().collect();
            let ours = port(fields[1]) == Some(self.address.port()) && fields[3] == "01";
            ours && port(fields[2]).is_some_and(|peer| peers.contains(&peer))
        });
        open.count()
    }

    /// Stops it in good order and leaves its data folder to the caller.
    pub fn stop(mut self) -> Option<TempDir> {
        let pid = self.child.id().to_string();
        let _ = Command::new("kill").args(["-TERM", &pid]).status();
        let _ = self.child.wait();
        self.folder.take()
    }
}

impl Drop for Subject {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// CPU time of a process with all its threads, also those that have ended; in ticks of 10 ms.
fn cpu_of(pid: u32) -> Duration {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).expect("the process runs");
    let (_, fields) = stat.rsplit_once(')').expect("its name is in brackets");
    let times = fields.split_whitespace().skip(11).take(2); // utime and stime
    let ticks: u64 = times
        .map(|ticks| ticks.parse::<u64>().expect("a number"))
        .sum();
    Duration::from_millis(ticks * 10)
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).expect("the prepared folder").flatten() {
        fs::copy(entry.path(), to.join(entry.file_name())).expect("a file is copied");
    }
}

impl Setting {
    /// A command on the core of what is measured, if there are two.
    pub fn pinned(&self, program: &Path) -> Command {
        if !self.pin {
            return Command::new(program);
        }
        let mut command = Command::new("taskset");
        command.args(["-c", ITS_CORE]).arg(program);
        command
    }

    /// Where databases lie: on the disk of the build, not in memory.
    pub fn scratch(&self) -> PathBuf {
        let program = std::env::current_exe().expect("this program has a path");
        program.parent().expect("a folder").to_path_buf()
    }
}

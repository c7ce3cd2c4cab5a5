//! The ChromeDriver process that all journeys share.

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::OnceLock;

use tempfile::TempDir;

/// Shell script that ends ChromeDriver and its browsers and deletes their profiles when standard input closes,
/// which happens however the test program ends. Arguments: the port, the process id and the folder of the profiles.
const CLEANUP: &str = r#"
    read -r _
    if exec 3<>"/dev/tcp/127.0.0.1/$1"; then
        printf 'GET /shutdown HTTP/1.1\r\nHost: 127.0.0.1:%s\r\n\r\n' "$1" >&3
        read -r -t 10 _ <&3
    fi 2>/dev/null
    sleep 0.2
    kill "$2" 2>/dev/null
    rm -rf "$3"
"#;

/// A running ChromeDriver process.
pub struct Driver {
    pub url: String,
    profiles: PathBuf,
    _process: Child,
    /// Standard input of the process that runs `CLEANUP`.
    _cleanup: ChildStdin,
}

impl Driver {
    /// Returns the driver of this test program. The first call starts it.
    pub fn shared() -> &'static Driver {
        static SHARED: OnceLock<Driver> = OnceLock::new();
        SHARED.get_or_init(Driver::start)
    }

    /// Folder that contains one profile folder for each browser.
    pub fn profiles(&self) -> &Path {
        &self.profiles
    }

    /// Starts ChromeDriver on a free port. ChromeDriver chooses an IPv6 port and needs the same IPv4 port, which
    /// may be in use. One start of 150 fails for that reason, so up to five are tried.
    #[expect(
        clippy::zombie_processes,
        reason = "the cleanup process outlives this one"
    )]
    fn start() -> Driver {
        let mut attempts = std::iter::repeat_with(launch).take(5);
        let started = attempts.find_map(|attempt| attempt);
        let (process, port) = started.expect("chromedriver prints its port");
        let profiles = TempDir::new()
            .expect("a temporary folder can be created")
            .keep();
        let mut cleanup = Command::new("bash")
            .args(["-c", CLEANUP, "cleanup", &port, &process.id().to_string()])
            .arg(&profiles)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0) // Ctrl-C must not end the cleanup process
            .spawn()
            .expect("bash is installed");
        Driver {
            url: format!("http://127.0.0.1:{port}"),
            profiles,
            _process: process,
            _cleanup: cleanup.stdin.take().expect("stdin is piped"),
        }
    }
}

/// Starts ChromeDriver once and reads the port that it chose. `None` if it exited instead.
fn launch() -> Option<(Child, String)> {
    let mut process = Command::new("chromedriver")
        .arg("--port=0")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .expect("chromedriver is installed (scripts/test installs it)");
    let output = BufReader::new(process.stdout.take().expect("stdout is piped"));
    let mut lines = output.lines().map_while(Result::ok);
    let started = lines.find(|line| line.contains("started successfully on port"));
    let Some(line) = started else {
        let _ = process.wait();
        return None;
    };
    // ChromeDriver would block on a full pipe.
    std::thread::spawn(move || lines.for_each(drop));
    Some((process, line.chars().filter(char::is_ascii_digit).collect()))
}

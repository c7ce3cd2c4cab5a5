//! A ChromeDriver of our own on a free port.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A running ChromeDriver; its browsers end with it.
pub struct Driver {
    child: Child,
    pub url: String,
}

impl Driver {
    /// Starts it. It chooses a port of IPv6 and wants the same of IPv4, which somebody else may have: one of
    /// 150 starts ends there, so that it is tried again.
    pub fn start() -> Driver {
        let mut starts = std::iter::repeat_with(Driver::try_start).take(5);
        let started = starts.find_map(|driver| driver);
        started.expect("chromedriver names its port")
    }

    /// Starts it once and reads the port that it chose; none if it gave up.
    fn try_start() -> Option<Driver> {
        let mut command = Command::new("chromedriver");
        command
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut child = command
            .spawn()
            .expect("chromedriver is installed (scripts/test installs it)");
        let output = BufReader::new(child.stdout.take().expect("stdout is piped"));
        let mut lines = output.lines().map_while(Result::ok);
        let started = lines.find(|line| line.contains("started successfully on port"));
        let Some(line) = started else {
            let _ = child.wait();
            return None;
        };
        let digits = line
            .chars()
            .filter(char::is_ascii_digit)
            .collect::<String>();
        // Nobody reads on, so it must not be stopped by a full pipe.
        std::thread::spawn(move || lines.for_each(drop));
        Some(Driver {
            child,
            url: format!("http://127.0.0.1:{digits}"),
        })
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // Browsers of a journey that broke off: it ends them when it is asked to, and not on every signal.
        let address = self.url.trim_start_matches("http://");
        let runs = matches!(self.child.try_wait(), Ok(None)); // or the port is somebody else's by now
        if runs && let Ok(mut line) = TcpStream::connect(address) {
            let _ = line.set_read_timeout(Some(Duration::from_secs(10)));
            let _ = write!(line, "GET /shutdown HTTP/1.1\r\nHost: {address}\r\n\r\n");
            let _ = line.read(&mut [0; 512]);
        }
        let _ = Command::new("kill")
            .arg(self.child.id().to_string())
            .status();
        let _ = self.child.wait();
    }
}

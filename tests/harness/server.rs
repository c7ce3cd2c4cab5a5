//! A server in a temporary folder. Most tests run it on a thread of their own process.
//!
//! Tests about signals, crashes, output, the command line or the process's resources start the executable.

mod executable;
mod in_process;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitStatus;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chatterbox::config::{Command, Config, SetupCodeFlag, read};
use tempfile::TempDir;

use super::wait_for;
use executable::Executable;
#[allow(unused_imports, reason = "each test program uses a part")]
pub use executable::{PROGRAM, ProgramExit, program, run_to_exit};
use in_process::InProcess;

const START_LIMIT: Duration = Duration::from_secs(60);
/// bcrypt's lowest work factor: registering takes milliseconds.
const LOW_PASSWORD_COST: u32 = 4;
/// Arguments before those of a test, which win: links in messages make no requests.
const NO_REQUESTS: [&str; 2] = ["--link-previews", "off"];
/// Arguments of the executable for tests that register or post a lot.
pub const UNLIMITED: [&str; 4] = ["--limits", "off", "--password-cost", "4"];

/// A running or stopped server. Its folder is deleted with the last handle to it.
pub struct Server {
    instance: Instance,
    address: SocketAddr,
    home: Arc<TempDir>,
    args: Vec<String>,
}

enum Instance {
    InProcess(InProcess),
    Executable(Executable),
}

/// Exit status and duration after a stop signal.
pub struct Stopped {
    pub status: ExitStatus,
    pub took: Duration,
}

impl Server {
    /// A server in this process with default settings, except for a low password cost.
    pub fn start() -> Server {
        Server::start_with(&[])
    }

    /// A server in this process without rate limits.
    pub fn unlimited() -> Server {
        Server::start_with(&["--limits", "off"])
    }

    /// A server in this process with command-line arguments.
    pub fn start_with(args: &[&str]) -> Server {
        Server::start_in(new_home(), args)
    }

    /// A server in this process on a folder that may have been used before.
    pub fn start_in(home: Arc<TempDir>, args: &[&str]) -> Server {
        Server::start_at(home, "127.0.0.1:0", args)
    }

    /// A server in this process that listens on another address than loopback. The tests use its loopback address.
    #[allow(dead_code, reason = "each test program uses a part")]
    pub fn start_on(listen: &str, args: &[&str]) -> Server {
        let mut server = Server::start_at(new_home(), listen, args);
        if server.address.ip().is_unspecified() {
            server.address.set_ip(Ipv4Addr::LOCALHOST.into());
        }
        server
    }

    fn start_at(home: Arc<TempDir>, listen: &str, args: &[&str]) -> Server {
        let args = owned(args);
        let server = InProcess::start(config(&home, listen, &args))
            .unwrap_or_else(|reason| panic!("the server did not start: {reason}"));
        Server {
            address: server.address,
            instance: Instance::InProcess(server),
            home,
            args,
        }
    }

    /// The executable with command-line arguments.
    pub fn executable(args: &[&str]) -> Server {
        let (home, args) = (new_home(), owned(args));
        let data = home.path().join("data");
        let server = Executable::start(home.path(), &data, "127.0.0.1:0", &args)
            .unwrap_or_else(|output| panic!("the server did not start: {output}"));
        Server {
            address: server.address,
            instance: Instance::Executable(server),
            home,
            args,
        }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `http://127.0.0.1:PORT`, which is also its web origin.
    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The data folder.
    pub fn data(&self) -> PathBuf {
        self.home.path().join("data")
    }

    /// The temporary folder around the data folder; also the working directory of the executable.
    pub fn home(&self) -> Arc<TempDir> {
        Arc::clone(&self.home)
    }

    /// Stops the server gracefully and returns the time that took.
    pub fn stop(&mut self) -> Duration {
        let started = Instant::now();
        match &mut self.instance {
            Instance::InProcess(server) => server.stop(),
            Instance::Executable(server) => assert!(server.signal("TERM").success()),
        }
        started.elapsed()
    }

    /// Starts the server again on the same port and folder, after it was stopped or killed.
    pub fn start_again(&mut self) {
        let started = Instant::now();
        let listen = self.address.to_string();
        while let Err(reason) = self.launch(&listen) {
            assert!(started.elapsed() < START_LIMIT, "no restart: {reason}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn launch(&mut self, listen: &str) -> Result<(), String> {
        self.instance = match self.instance {
            Instance::InProcess(_) => {
                let config = config(&self.home, listen, &self.args);
                Instance::InProcess(InProcess::start(config)?)
            }
            Instance::Executable(_) => {
                let (folder, data) = (self.home.path(), self.data());
                Instance::Executable(Executable::start(folder, &data, listen, &self.args)?)
            }
        };
        Ok(())
    }
}

/// Only for servers started with [`Server::executable`].
impl Server {
    /// The line that the executable printed when it listened.
    pub fn first_line(&self) -> &str {
        &self.process().first_line
    }

    /// Output of the executable so far, from both streams.
    pub fn output(&self) -> String {
        self.process().output()
    }

    /// Waits until the process has printed `text`; its two streams are read by threads of their own.
    pub async fn wait_for_output(&self, text: &str) {
        wait_for(&format!("the output {text:?}"), || async {
            self.output().contains(text).then_some(())
        })
        .await;
    }

    /// Id of the process.
    #[allow(dead_code, reason = "each test program uses a part")]
    pub fn process_id(&self) -> u32 {
        self.process().id()
    }

    /// Number of open sockets of the process.
    pub fn open_sockets(&self) -> usize {
        self.process().open_sockets()
    }

    /// Largest amount of memory that the process had so far (bytes).
    #[allow(dead_code, reason = "each test program uses a part")]
    pub fn peak_memory(&self) -> usize {
        self.process().peak_memory()
    }

    /// Ends the process with SIGKILL, as a power cut would.
    pub fn kill9(&mut self) {
        self.process_mut().kill9();
    }

    /// Sends a signal by name and waits until the process has ended.
    pub fn signal(&mut self, name: &str) -> Stopped {
        let started = Instant::now();
        let status = self.process_mut().signal(name);
        let took = started.elapsed();
        Stopped { status, took }
    }

    fn process(&self) -> &Executable {
        match &self.instance {
            Instance::Executable(process) => process,
            Instance::InProcess(_) => panic!("the test needs `Server::executable`"),
        }
    }

    fn process_mut(&mut self) -> &mut Executable {
        match &mut self.instance {
            Instance::Executable(process) => process,
            Instance::InProcess(_) => panic!("the test needs `Server::executable`"),
        }
    }
}

fn new_home() -> Arc<TempDir> {
    Arc::new(TempDir::new().expect("a temporary folder can be made"))
}

fn owned(args: &[&str]) -> Vec<String> {
    args.iter().map(|arg| arg.to_string()).collect()
}

/// The settings of a server in this process.
fn config(home: &TempDir, listen: &str, args: &[String]) -> Config {
    let args = args.iter().map(String::as_str);
    let args = NO_REQUESTS.into_iter().chain(args).map(Into::into);
    let Ok(Command::Serve(mut config)) = read(args) else {
        panic!("the arguments are valid settings");
    };
    config.listen = listen.parse().expect("an address");
    config.data = home.path().join("data");
    config.password_cost = LOW_PASSWORD_COST;
    // Tests of the setup choose a code. In others, the first account is the admin on any address.
    config.setup_code.get_or_insert(SetupCodeFlag::Off);
    config
}

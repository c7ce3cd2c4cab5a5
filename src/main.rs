//! Executable: reads the settings, starts the log, serves until SIGTERM or SIGINT.

#![forbid(unsafe_code)]

mod log_writer;

use std::{io::Write, process::ExitCode, time::Duration};

use chatterbox::{
    config::{self, AdminLine, Command, Config, LogFormat},
    control,
    server::Server,
};
use log_writer::LogWriter;
use tokio::signal::unix::{SignalKind, signal};
use tracing::level_filters::LevelFilter;
use tracing_subscriber::{filter::Targets, prelude::*};

fn main() -> ExitCode {
    let prefixed = |message: String| format!("chatterbox: {message}");
    let (outcome, status) = match config::from_process() {
        Ok(Command::Print(text)) => (print(&text).map_err(prefixed), FAILED),
        Ok(Command::Serve(config)) => (serve(config).map_err(prefixed), FAILED),
        Ok(Command::Admin(config, line)) => (admin(config, &line), FAILED),
        Err(message) => (Err(prefixed(message)), WRONG_USAGE),
    };
    let Err(message) = outcome else {
        return ExitCode::SUCCESS;
    };
    let _ = writeln!(std::io::stderr(), "{message}");
    ExitCode::from(status)
}

/// Exit status of a command that was refused or failed.
const FAILED: u8 = 1;
/// Exit status for wrong flags, values or variables.
const WRONG_USAGE: u8 = 2;

/// Number of task polls after which a thread looks for new input. Tokio's 61 let clients that send without a pause delay
/// others for longer (see the table of abuse in `docs/benchmarks.md`).
const EVENT_INTERVAL: u32 = 16;

fn print(text: &str) -> Result<(), String> {
    let written = std::io::stdout().write_all(text.as_bytes());
    written.map_err(|error| error.to_string())
}

/// Performs a command of the operator. An error is what to print on stderr.
fn admin(config: Config, line: &AdminLine) -> Result<(), String> {
    start_log(config.log.min(LevelFilter::WARN), config.log_format);
    let output = control::run(config, line)?;
    print(&output)
}

fn serve(config: Config) -> Result<(), String> {
    start_log(config.log, config.log_format);
    let refused = |error| format!("The server can’t start: {error}.");
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .event_interval(EVENT_INTERVAL)
        .build()
        .map_err(refused)?;
    let served = runtime.block_on(async {
        let listen = |kind| signal(kind).map_err(refused);
        let mut terminate = listen(SignalKind::terminate())?;
        let mut interrupt = listen(SignalKind::interrupt())?;
        // Without a listener, this signal ends the process when a file reaches its largest size. With it, writes fail.
        let file_size = rustix::process::Signal::XFSZ.as_raw();
        let _file_size = listen(SignalKind::from_raw(file_size))?;
        let stop = async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        };
        let server = Server::bind(config).await?;
        let (version, address) = (env!("CARGO_PKG_VERSION"), server.address());
        let line = format!("Chatterbox {version} listens on http://{address}");
        let _ = writeln!(std::io::stdout(), "{line}"); // a closed terminal is no error
        if let Some(notice) = server.setup_notice() {
            let _ = writeln!(std::io::stdout(), "{notice}");
        }
        server.run(stop).await
    });
    runtime.shutdown_timeout(Duration::from_millis(300)); // acknowledged writes are on disk
    served
}

/// Starts the log on stderr. Other crates log warnings and errors only.
fn start_log(level: LevelFilter, format: LogFormat) {
    let dependencies = level.min(LevelFilter::WARN);
    let filter = Targets::new()
        .with_default(dependencies)
        .with_target("chatterbox", level);
    let layer = tracing_subscriber::fmt::layer()
        .with_writer(|| LogWriter(std::io::stderr()))
        .with_target(false);
    let registry = tracing_subscriber::registry().with(filter);
    match format {
        LogFormat::Text => registry.with(layer.with_ansi(false)).init(),
        LogFormat::Json => registry.with(layer.json()).init(),
    }
}

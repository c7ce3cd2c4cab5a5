//! The settings: read from flags and from the environment, which is read nowhere else.

mod settings;
#[cfg(test)]
mod tests;

use std::{
    ffi::{OsStr, OsString},
    net::SocketAddr,
    path::PathBuf,
};

use ipnet::IpNet;
use lexopt::Arg;
use tracing::level_filters::LevelFilter;

use settings::SETTINGS;
pub use settings::help;

/// Everything that can be set from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The address to listen on; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The folder that holds everything.
    pub data: PathBuf,
    /// The least important lines to log.
    pub log: LevelFilter,
    /// How a line of the log is written.
    pub log_format: LogFormat,
    /// Whether log-in, registration, posting and sockets are throttled.
    pub limits: bool,
    /// The proxies whose `X-Forwarded-…` headers are believed.
    pub trusted_proxies: Vec<IpNet>,
}

/// How a line of the log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line, for programs.
    Json,
}

/// What the command line asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Run the server.
    Serve(Config),
    /// Print [`help`].
    Help,
    /// Print the version.
    Version,
}

/// Reads the command line and the environment of this process.
///
/// The error is one sentence that names the flag or variable and says what it may be.
pub fn from_process() -> Result<Command, String> {
    read(std::env::args_os().skip(1), |name| std::env::var_os(name))
}

/// Reads arguments (without the program's name) and variables. A flag wins over its variable;
/// an empty variable counts as not set.
pub fn read(
    args: impl IntoIterator<Item = OsString>,
    env: impl Fn(&str) -> Option<OsString>,
) -> Result<Command, String> {
    let mut args = lexopt::Parser::from_args(args);
    let mut flags: [Option<OsString>; SETTINGS.len()] = Default::default();
    let mut is_named = false;
    while let Some(arg) = args.next().map_err(sentence)? {
        match arg {
            Arg::Long("help") | Arg::Short('h') => return Ok(Command::Help),
            Arg::Long("version") | Arg::Short('V') => return Ok(Command::Version),
            Arg::Value(word) if !is_named && word == "serve" => is_named = true,
            Arg::Long(name) => match SETTINGS.iter().position(|setting| setting.flag == name) {
                Some(at) => flags[at] = Some(args.value().map_err(sentence)?),
                None => return Err(sentence(arg.unexpected())),
            },
            other => return Err(sentence(other.unexpected())),
        }
    }
    settled(flags, env).map(Command::Serve)
}

/// The flags, then the variables, then the defaults.
fn settled(
    flags: [Option<OsString>; SETTINGS.len()],
    env: impl Fn(&str) -> Option<OsString>,
) -> Result<Config, String> {
    let mut config = Config::default();
    for (setting, flag) in SETTINGS.iter().zip(flags) {
        let variable = || env(setting.variable).filter(|value| !value.is_empty());
        if let Some(value) = flag {
            setting.put(&mut config, &format!("--{}", setting.flag), &value)?;
        } else if let Some(value) = variable() {
            setting.put(&mut config, setting.variable, &value)?;
        }
    }
    Ok(config)
}

impl Default for Config {
    fn default() -> Config {
        let mut config = Config {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            data: PathBuf::new(),
            log: LevelFilter::OFF,
            log_format: LogFormat::Text,
            limits: true,
            trusted_proxies: Vec::new(),
        };
        for setting in &SETTINGS {
            let default = OsStr::new(setting.default);
            setting
                .put(&mut config, setting.flag, default)
                .expect("a test puts every default");
        }
        config
    }
}

/// What lexopt found, as a sentence that says where to look.
fn sentence(error: lexopt::Error) -> String {
    let what = match error {
        lexopt::Error::UnexpectedArgument(word) => format!("unknown command {word:?}"),
        lexopt::Error::UnexpectedOption(flag) => format!("unknown flag {flag:?}"),
        lexopt::Error::MissingValue { option: Some(flag) } => format!("{flag} needs a value"),
        other => other.to_string(),
    };
    format!("{what}; see chatterbox --help.")
}

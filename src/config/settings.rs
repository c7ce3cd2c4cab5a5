//! The one table of settings: flags, variables and the help text are made from it.

use std::{
    ffi::OsStr,
    fmt::Write,
    net::{IpAddr, SocketAddr, ToSocketAddrs},
};

use ipnet::IpNet;
use tracing::level_filters::LevelFilter;

use super::{Config, LogFormat};

/// One setting: its names, what it may be, and where it goes.
pub(super) struct Setting {
    /// Without the dashes.
    pub flag: &'static str,
    pub variable: &'static str,
    /// Stands for the value in the help text.
    value: &'static str,
    pub default: &'static str,
    help: &'static str,
    allowed: &'static str,
    set: fn(&mut Config, &OsStr) -> Option<()>,
}

pub(super) const SETTINGS: [Setting; 6] = [
    Setting {
        flag: "listen",
        variable: "CHATTERBOX_LISTEN",
        value: "ADDRESS",
        default: "127.0.0.1:8000",
        help: "Address and port to serve on; port 0 takes a free one",
        allowed: "an address and a port, such as 127.0.0.1:8000, [::1]:8000 or localhost:8000",
        set: |config, value| read(value, address).map(|listen| config.listen = listen),
    },
    Setting {
        flag: "data",
        variable: "CHATTERBOX_DATA",
        value: "FOLDER",
        default: "./data",
        help: "Folder that holds everything; it is made when it is missing",
        allowed: "the path of a folder",
        set: |config, value| (!value.is_empty()).then(|| config.data = value.into()),
    },
    Setting {
        flag: "log",
        variable: "CHATTERBOX_LOG",
        value: "LEVEL",
        default: "info",
        help: "What to log: off, error, warn, info, debug or trace",
        allowed: "off, error, warn, info, debug or trace",
        set: |config, value| read(value, level).map(|log| config.log = log),
    },
    Setting {
        flag: "log-format",
        variable: "CHATTERBOX_LOG_FORMAT",
        value: "FORMAT",
        default: "text",
        help: "How to log: text, or json (one object a line)",
        allowed: "text or json",
        set: |config, value| read(value, format).map(|format| config.log_format = format),
    },
    Setting {
        flag: "limits",
        variable: "CHATTERBOX_LIMITS",
        value: "on|off",
        default: "on",
        help: "Throttle log-in, registration, posting and sockets; off is for tests",
        allowed: "on or off",
        set: |config, value| read(value, switch).map(|limits| config.limits = limits),
    },
    Setting {
        flag: "trusted-proxies",
        variable: "CHATTERBOX_TRUSTED_PROXIES",
        value: "LIST",
        default: "",
        help: "Proxies whose X-Forwarded headers are believed: 127.0.0.1,10.0.0.0/8",
        allowed: "addresses and networks, separated by commas, such as 127.0.0.1,10.0.0.0/8",
        set: |config, value| read(value, networks).map(|list| config.trusted_proxies = list),
    },
];

impl Setting {
    /// Puts a value into the settings; the error calls it by the name under which it came.
    pub fn put(&self, config: &mut Config, name: &str, value: &OsStr) -> Result<(), String> {
        (self.set)(config, value).ok_or_else(|| {
            let value = value.to_string_lossy();
            format!("{name} cannot be {value:?}; give {}.", self.allowed)
        })
    }
}

/// The text of `chatterbox --help`.
pub fn help() -> String {
    let version = env!("CARGO_PKG_VERSION");
    let mut out = format!(
        "Chatterbox {version}: a chat server in one executable.\n\n\
         Usage: chatterbox [serve] [FLAGS]\n\n\
         Each flag has an environment variable of the same meaning; the flag wins.\n\n"
    );
    for setting in &SETTINGS {
        let flag = format!("--{} {}", setting.flag, setting.value);
        let default = if setting.default.is_empty() {
            "none"
        } else {
            setting.default
        };
        let (variable, help) = (setting.variable, setting.help);
        writeln!(
            out,
            "  {flag:<24} {help}\n  {:<24} [{variable}, default {default}]",
            ""
        )
        .expect("a String takes every write");
    }
    out.push_str("  -h, --help               Print this\n");
    out.push_str("  -V, --version            Print the version\n");
    out
}

fn read<T>(value: &OsStr, parse: fn(&str) -> Option<T>) -> Option<T> {
    value.to_str().map(str::trim).and_then(parse)
}

/// An address, or a name that stands for one; of several the first of IPv4.
fn address(value: &str) -> Option<SocketAddr> {
    let all: Vec<SocketAddr> = value.to_socket_addrs().ok()?.collect();
    all.iter()
        .find(|address| address.is_ipv4())
        .or(all.first())
        .copied()
}

fn level(value: &str) -> Option<LevelFilter> {
    Some(match value {
        "off" => LevelFilter::OFF,
        "error" => LevelFilter::ERROR,
        "warn" => LevelFilter::WARN,
        "info" => LevelFilter::INFO,
        "debug" => LevelFilter::DEBUG,
        "trace" => LevelFilter::TRACE,
        _ => return None,
    })
}

fn format(value: &str) -> Option<LogFormat> {
    match value {
        "text" => Some(LogFormat::Text),
        "json" => Some(LogFormat::Json),
        _ => None,
    }
}

fn switch(value: &str) -> Option<bool> {
    match value {
        "on" => Some(true),
        "off" => Some(false),
        _ => None,
    }
}

/// A bare address is a network of one.
fn networks(value: &str) -> Option<Vec<IpNet>> {
    let network = |part: &str| {
        part.parse()
            .or_else(|_| part.parse::<IpAddr>().map(IpNet::from))
    };
    let parts = value
        .split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty());
    parts.map(|part| network(part).ok()).collect()
}

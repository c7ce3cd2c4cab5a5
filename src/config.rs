//! Command line and settings, from flags and environment variables. No other module reads the environment.

mod admin;
mod bucket;
mod mistake;
mod origins;
mod setup_code;
mod smtp;
#[cfg(test)]
mod tests;
mod values;

use std::{
    ffi::OsString,
    net::{IpAddr, SocketAddr},
    path::PathBuf,
};

use clap::{
    ArgAction, Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum,
    builder::Resettable, error::ErrorKind,
};
use ipnet::IpNet;
use rusty_s3::Credentials;
use tracing::level_filters::LevelFilter;

pub use admin::{AdminCommand, AdminLine};
pub use bucket::BucketSettings;
pub use origins::{AllowedOrigin, Origin, address_of, host_of};
pub use setup_code::SetupCodeFlag;
pub use smtp::{MailPassword, MailSecurity, MailSettings};
pub use values::size;

/// Default work factor of bcrypt.
const PASSWORD_COST: u32 = 12;

/// Action that the command line requests.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::large_enum_variant, reason = "one value, at the start")]
pub enum Command {
    /// Run the server.
    Serve(Config),
    /// Change accounts or settings, through the running server or without one.
    Admin(Config, AdminLine),
    /// Print the help or the version, and exit.
    Print(String),
}

/// Chatterbox: a chat server in one executable.
#[derive(Parser)]
#[command(
    name = "chatterbox",
    version,
    propagate_version = true,
    args_override_self = true,
    disable_help_subcommand = true,
    after_help = "Each flag has an environment variable of the same meaning; the flag wins."
)]
struct CommandLine {
    #[command(subcommand)]
    subcommand: Option<Subcommands>,
    #[command(flatten)]
    config: Config,
}

#[derive(Subcommand)]
enum Subcommands {
    /// Run the server (the default)
    Serve,
    /// Manage accounts and settings, while the server runs or without it
    Admin(AdminLine),
}

/// Settings of the server. The doc comments of the fields are the help texts.
#[derive(Args, Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Address and port to serve on; port 0 takes a free one
    #[arg(long, global = true, env = "CHATTERBOX_LISTEN", value_name = "ADDRESS")]
    #[arg(value_parser = values::address, default_value = "127.0.0.1:8000")]
    pub listen: SocketAddr,

    /// Folder that holds everything; it is made when it is missing
    #[arg(long, global = true, env = "CHATTERBOX_DATA", value_name = "FOLDER")]
    #[arg(default_value = "./data")]
    pub data: PathBuf,

    /// The least important lines to log
    #[arg(long, global = true, env = "CHATTERBOX_LOG", value_name = "LEVEL")]
    #[arg(value_parser = values::level(), default_value = "info")]
    pub log: LevelFilter,

    /// How to log: text, or json (one object a line)
    #[arg(long, global = true, env = "CHATTERBOX_LOG_FORMAT")]
    #[arg(value_name = "FORMAT", value_enum, default_value = "text")]
    pub log_format: LogFormat,

    /// Limit the rate of log-in, registration, posting and sockets; off is for tests
    #[arg(long, global = true, env = "CHATTERBOX_LIMITS", value_name = "SWITCH")]
    #[arg(value_parser = values::switch(), action = ArgAction::Set, default_value = "on")]
    pub limits: bool,

    /// Proxies whose X-Forwarded headers are believed (127.0.0.1,10.0.0.0/8); none by default
    #[arg(long, global = true, env = "CHATTERBOX_TRUSTED_PROXIES")]
    #[arg(value_name = "LIST", value_parser = values::networks)]
    #[arg(default_value = "", hide_default_value = true)]
    pub trusted_proxies: Networks,

    /// Address that people use (https://chat.example.com); none by default
    #[arg(long, global = true, env = "CHATTERBOX_PUBLIC_URL", value_name = "URL")]
    #[arg(value_parser = values::public_url)]
    pub public_url: Option<Origin>,

    /// Other origins whose pages may call /, /login, /register, /ws; none by default
    #[arg(
        long,
        global = true,
        env = "CHATTERBOX_ALLOW_ORIGIN",
        value_name = "ORIGIN"
    )]
    #[arg(value_parser = values::allowed_origin, value_delimiter = ',')]
    pub allow_origin: Vec<AllowedOrigin>,

    /// Code that sets up a new server that others can reach; a random one by default
    #[arg(
        long,
        global = true,
        env = "CHATTERBOX_SETUP_CODE",
        hide_env_values = true
    )]
    #[arg(value_name = "CODE", value_parser = setup_code::setup_code)]
    pub setup_code: Option<SetupCodeFlag>,

    /// How much text one person may write in a day (10MiB, 500KiB)
    #[arg(
        long,
        global = true,
        env = "CHATTERBOX_TEXT_PER_DAY",
        value_name = "SIZE"
    )]
    #[arg(value_parser = values::size, default_value = "10MiB")]
    pub text_per_day: u64,

    /// Largest file that one may upload (100MiB, 2GiB)
    #[arg(long, global = true, env = "CHATTERBOX_MAX_FILE", value_name = "SIZE")]
    #[arg(value_parser = values::size, default_value = "100MiB")]
    pub max_file: u64,

    /// How much one person may store in files
    #[arg(
        long,
        global = true,
        env = "CHATTERBOX_FILES_PER_PERSON",
        value_name = "SIZE"
    )]
    #[arg(value_parser = values::size, default_value = "10GiB")]
    pub files_per_person: u64,

    /// How much all people together may store in files; no limit by default
    #[arg(
        long,
        global = true,
        env = "CHATTERBOX_FILES_TOTAL",
        value_name = "SIZE"
    )]
    #[arg(value_parser = values::size)]
    pub files_total: Option<u64>,

    /// S3-compatible storage for files (s3://BUCKET?endpoint=URL&region=NAME); none by default
    #[arg(long, global = true, env = "CHATTERBOX_BLOBS", value_name = "URL")]
    #[arg(value_parser = bucket::bucket)]
    pub blobs: Option<BucketSettings>,

    /// Mail server (smtps://USER@HOST?from=ADDRESS); none by default
    #[arg(long, global = true, env = "CHATTERBOX_SMTP_URL", value_name = "URL")]
    #[arg(value_parser = smtp::mail_server, hide_env_values = true)]
    pub smtp_url: Option<MailSettings>,

    /// Free space of the disk below which uploads are refused
    #[arg(
        long,
        global = true,
        env = "CHATTERBOX_MIN_FREE_DISK",
        value_name = "SIZE"
    )]
    #[arg(value_parser = values::size, default_value = "512MiB")]
    pub min_free_disk: u64,

    /// Show previews of the pages that messages link to; off makes no requests to them
    #[arg(long, global = true, env = "CHATTERBOX_LINK_PREVIEWS")]
    #[arg(value_name = "SWITCH", value_parser = values::switch())]
    #[arg(action = ArgAction::Set, default_value = "on")]
    pub link_previews: bool,

    /// bcrypt's work factor; another one than the default needs `--limits off`
    #[arg(long, global = true, env = "CHATTERBOX_PASSWORD_COST", hide = true)]
    #[arg(value_name = "N", value_parser = values::cost, default_value_t = PASSWORD_COST)]
    pub password_cost: u32,

    /// DNS server for outgoing requests, in place of the system's; needs `--limits off`
    #[arg(long, global = true, env = "CHATTERBOX_TEST_DNS", hide = true)]
    #[arg(value_name = "ADDRESS", value_parser = values::address)]
    pub test_dns: Option<SocketAddr>,

    /// Addresses to which outgoing requests go in place of checked ones; needs `--limits off`
    #[arg(long, global = true, env = "CHATTERBOX_TEST_ROUTES", hide = true)]
    #[arg(value_name = "LIST", value_parser = values::route, value_delimiter = ',')]
    pub test_routes: Vec<Route>,
}

impl Config {
    /// Whether only this machine reaches the server without a proxy.
    pub fn is_loopback(&self) -> bool {
        self.listen.ip().is_loopback()
    }

    /// Whether people on other machines may reach the server, directly or through a proxy.
    pub fn is_reachable(&self) -> bool {
        !self.is_loopback() || self.public_url.is_some() || !self.trusted_proxies.is_empty()
    }

    /// Whether the first account needs the setup code.
    pub fn needs_setup(&self) -> bool {
        self.is_reachable() && self.setup_code != Some(SetupCodeFlag::Off)
    }

    /// Warnings to log at the start about settings that make the server less safe.
    pub fn warnings(&self) -> Vec<&'static str> {
        let allows = |origin| self.allow_origin.contains(&origin);
        let is_behind_proxy = !self.trusted_proxies.is_empty();
        let without_url = self.public_url.is_none();
        let warnings = [
            (
                !self.limits,
                "limits are off: anyone may try passwords, register and post without end",
            ),
            (
                allows(AllowedOrigin::Any),
                "--allow-origin is *: any web page may register, log in and chat from its visitors’ browsers",
            ),
            (
                allows(AllowedOrigin::Null),
                "--allow-origin is null: files and many web pages may register, log in and chat",
            ),
            (
                without_url && (is_behind_proxy || !self.is_loopback()),
                "--public-url is not set: requests for any host are answered, so web pages can reach the server by DNS \
                 rebinding",
            ),
        ];
        let given = warnings.into_iter().filter(|(is_given, _)| *is_given);
        given.map(|(_, warning)| warning).collect()
    }
}

/// List of addresses and networks. The alias keeps clap from treating the field as a repeatable flag.
pub type Networks = Vec<IpNet>;

/// An address, and the one to which a connection goes in its place.
pub type Route = (IpAddr, SocketAddr);

/// Format of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people
    Text,
    /// One JSON object a line, for programs
    Json,
}

/// Reads the command line and the environment of this process. An error names the flag or variable and gives advice.
pub fn from_process() -> Result<Command, String> {
    let mut command = read(std::env::args_os().skip(1))?;
    if let Command::Serve(Config {
        blobs: Some(bucket),
        ..
    }) = &mut command
    {
        bucket.keys = keys()?;
    }
    Ok(command)
}

/// Reads arguments (without the program name) and environment variables, except for the keys to a bucket. A flag takes precedence over its variable.
/// An empty variable counts as not set.
pub fn read(args: impl IntoIterator<Item = OsString>) -> Result<Command, String> {
    let args: Vec<OsString> = args.into_iter().collect();
    let mut clap = CommandLine::command().mut_args(without_empty_variable);
    if args.iter().any(|arg| arg == "admin") {
        clap = clap.mut_args(hide_unless_for_admin);
    }
    let name = OsString::from(clap.get_name());
    let parsed = clap
        .try_get_matches_from_mut(std::iter::once(&name).chain(&args))
        .and_then(|matches| CommandLine::from_arg_matches(&matches));
    match parsed {
        Ok(line) if has_readable_password(&line.config, &args) => Err(READABLE_PASSWORD.into()),
        Ok(line) => match line.subcommand {
            None | Some(Subcommands::Serve) => checked(line.config).map(Command::Serve),
            Some(Subcommands::Admin(admin)) => {
                checked(line.config).map(|config| Command::Admin(config, admin))
            }
        },
        Err(error) => match error.kind() {
            ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
                Ok(Command::Print(error.to_string()))
            }
            _ => Err(mistake::message(&error, &clap, &args)),
        },
    }
}

/// Advice for a password in an argument.
const READABLE_PASSWORD: &str = "--smtp-url can’t have a password, because other users of this machine can read it; \
     set CHATTERBOX_SMTP_URL instead.";

/// Whether the password of the mail server is in an argument.
fn has_readable_password(config: &Config, args: &[OsString]) -> bool {
    let credentials = config
        .smtp_url
        .as_ref()
        .and_then(|one| one.credentials.as_ref());
    let has_password = credentials.is_some_and(|(_, MailPassword(text))| !text.is_empty());
    let mut args = args.iter().map(|arg| arg.to_string_lossy());
    has_password && args.any(|arg| arg.starts_with("--smtp-url"))
}

/// Ignores the variable of a setting if it is empty.
fn without_empty_variable(arg: clap::Arg) -> clap::Arg {
    let value = arg.get_env().and_then(std::env::var_os);
    match value {
        Some(value) if value.is_empty() => arg.env(Resettable::Reset),
        _ => arg,
    }
}

/// Hides the settings of the server from the help of the other commands, which use only these.
fn hide_unless_for_admin(arg: clap::Arg) -> clap::Arg {
    let is_used = ["data", "public_url"].contains(&arg.get_id().as_str());
    let is_hidden = arg.is_hide_set();
    arg.hide(is_hidden || !is_used)
}

/// Refuses combinations of settings that are not allowed.
fn checked(config: Config) -> Result<Config, String> {
    if config.limits && config.password_cost != PASSWORD_COST {
        return Err("--password-cost is for tests only; it needs --limits off.".into());
    }
    if config.limits && config.setup_code == Some(SetupCodeFlag::Off) {
        return Err("--setup-code off is for tests only; it needs --limits off.".into());
    }
    if config.smtp_url.is_some() && config.public_url.is_none() {
        return Err("--smtp-url needs --public-url, because mails contain links.".into());
    }
    let has_test_network = config.test_dns.is_some() || !config.test_routes.is_empty();
    if config.limits && has_test_network {
        return Err(
            "--test-dns and --test-routes are for tests only; they need --limits off.".into(),
        );
    }
    Ok(config)
}

/// Keys to the bucket. They have no flags, because other users of the machine can read the command line.
fn keys() -> Result<Credentials, String> {
    let read = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    let keys = read("AWS_ACCESS_KEY_ID").zip(read("AWS_SECRET_ACCESS_KEY"));
    let (id, secret) = keys.ok_or(
        "--blobs needs the variables AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY of the environment.",
    )?;
    Ok(match read("AWS_SESSION_TOKEN") {
        Some(token) => Credentials::new_with_token(id, secret, token),
        None => Credentials::new(id, secret),
    })
}

//! Messages for invalid arguments and environment variables.

use std::{error::Error as _, ffi::OsString};

use clap::error::{ContextKind, ContextValue, ErrorKind};

/// Message for an error that clap found in `args`.
pub(super) fn message(error: &clap::Error, clap: &clap::Command, args: &[OsString]) -> String {
    let word = |kind| match error.get(kind) {
        Some(ContextValue::String(word)) => Some(word.as_str()),
        _ => None,
    };
    let arg = word(ContextKind::InvalidArg);
    if let Some((arg, value)) = arg.zip(word(ContextKind::InvalidValue)) {
        let name = source(arg, clap, args);
        let advice = allowed(error).map(|allowed| format!("; give {allowed}"));
        let advice = advice.unwrap_or_default();
        return match value {
            "" => format!("{name} needs a value{advice}."),
            // It may contain a password.
            value if value.contains('@') => format!("{name} can’t have this value{advice}."),
            value => format!("{name} can’t be {value:?}{advice}."),
        };
    }
    let what =
        missing(error).unwrap_or_else(|| match (arg, word(ContextKind::InvalidSubcommand)) {
            (Some(flag), _) if flag.starts_with('-') => format!("unknown flag {flag:?}"),
            (Some(word), _) | (None, Some(word)) => format!("unknown command {word:?}"),
            (None, None) => error.kind().to_string(),
        });
    let command = match args.iter().any(|arg| arg == "admin") {
        true => "chatterbox admin",
        false => "chatterbox",
    };
    format!("{what}; see {command} --help.")
}

/// Message for an argument or a command that is missing.
fn missing(error: &clap::Error) -> Option<String> {
    match (error.kind(), error.get(ContextKind::InvalidArg)) {
        (ErrorKind::MissingRequiredArgument, Some(ContextValue::Strings(names))) => {
            let verb = if names.len() == 1 { "is" } else { "are" };
            Some(format!("{} {verb} missing", names.join(" and ")))
        }
        (ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand | ErrorKind::MissingSubcommand, _) => {
            Some("admin needs a command, such as list".into())
        }
        _ => None,
    }
}

/// Name of the flag if it was given, else of its variable.
fn source(arg: &str, clap: &clap::Command, args: &[OsString]) -> String {
    let flag = arg.split(' ').next().unwrap_or(arg);
    let mut args = args.iter().map(|arg| arg.to_string_lossy());
    let is_given = args.any(|arg| arg.split('=').next() == Some(flag));
    let mut all = clap.get_arguments();
    let setting = all.find(|setting| setting.get_long() == flag.strip_prefix("--"));
    match setting.and_then(clap::Arg::get_env) {
        Some(variable) if !is_given => variable.to_string_lossy().into_owned(),
        _ => flag.to_owned(),
    }
}

/// Allowed values: the list of them, or the message of the parser.
fn allowed(error: &clap::Error) -> Option<String> {
    match error.get(ContextKind::ValidValue) {
        Some(ContextValue::Strings(values)) => {
            let (last, others) = values.split_last()?;
            Some(format!("{} or {last}", others.join(", ")))
        }
        _ => error.source().map(ToString::to_string),
    }
}

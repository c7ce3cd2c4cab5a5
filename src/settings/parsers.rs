//! Parsers of the settings that are plain texts and numbers.

use super::{MinimumRole, RegistrationMode};
use crate::error::{Error, Result};

/// Longest name of the server (characters).
const MAX_NAME: usize = 40;
/// Longest welcome text (characters).
const MAX_WELCOME: usize = 2000;
/// Longest time in which messages can be edited (minutes), a year.
const MAX_EDIT_MINUTES: u32 = 365 * 24 * 60;
/// Longest time that messages are kept (days), a hundred years.
const MAX_RETENTION: u32 = 36_500;

/// Parses the name of the server.
pub fn name(value: &str) -> Result<String> {
    let is_plain = !value.chars().any(char::is_control);
    match value.chars().count() {
        0 => Err(invalid("Enter a name for this server.")),
        1..=MAX_NAME if is_plain => Ok(value.into()),
        1..=MAX_NAME => Err(invalid("The name must be on one line.")),
        _ => Err(Error::Invalid(format!(
            "The name can be at most {MAX_NAME} characters."
        ))),
    }
}

/// Parses the welcome text, which is Markdown.
pub fn welcome(value: &str) -> Result<String> {
    match value.chars().count() {
        0..=MAX_WELCOME => Ok(value.replace("\r\n", "\n")),
        _ => Err(Error::Invalid(format!(
            "The welcome text can be at most {MAX_WELCOME} characters."
        ))),
    }
}

/// Parses the registration mode.
pub fn registration(value: &str) -> Result<RegistrationMode> {
    let why = "Registration is open, invitation or closed.";
    RegistrationMode::parse(value).ok_or_else(|| invalid(why))
}

/// Parses a group of users.
pub fn minimum_role(value: &str) -> Result<MinimumRole> {
    let why = "Choose everyone, members, moderators or admins.";
    MinimumRole::parse(value).ok_or_else(|| invalid(why))
}

/// Parses the minutes in which messages can be edited; 0 or an empty text for no limit.
pub fn edit_minutes(value: &str) -> Result<u32> {
    let why = "Enter a number of minutes up to 525600 (a year), or 0 for no limit.";
    number(value, MAX_EDIT_MINUTES).ok_or_else(|| invalid(why))
}

/// Parses the days that messages are kept; 0 or an empty text for good.
pub fn retention_days(value: &str) -> Result<u32> {
    let why = "Enter a number of days up to 36500, or 0 to keep messages.";
    number(value, MAX_RETENTION).ok_or_else(|| invalid(why))
}

fn number(value: &str, most: u32) -> Option<u32> {
    match value {
        "" => Some(0),
        _ => value.parse().ok().filter(|number| *number <= most),
    }
}

/// The error for a value that a setting cannot have.
pub fn invalid(why: &str) -> Error {
    Error::Invalid(why.into())
}

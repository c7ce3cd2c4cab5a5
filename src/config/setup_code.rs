//! The code that proves that a new server is set up by its operator.

use std::fmt;

/// Shortest code (characters).
const MIN: usize = 8;
/// Longest code (characters).
const MAX: usize = 200;

/// Code that the command line gives.
#[derive(Clone, PartialEq, Eq)]
pub enum SetupCodeFlag {
    /// Code that the setup page asks for.
    Text(String),
    /// The first account needs no code.
    Off,
}

/// Hides the code, which must not get into logs.
impl fmt::Debug for SetupCodeFlag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            SetupCodeFlag::Text(_) => "SetupCodeFlag::Text(…)",
            SetupCodeFlag::Off => "SetupCodeFlag::Off",
        })
    }
}

/// Parses the code.
pub(super) fn setup_code(value: &str) -> Result<SetupCodeFlag, &'static str> {
    let value = value.trim();
    match value.chars().count() {
        _ if value == "off" => Ok(SetupCodeFlag::Off),
        MIN..=MAX => Ok(SetupCodeFlag::Text(value.to_owned())),
        _ => Err("a code of 8 to 200 characters that no one can guess"),
    }
}

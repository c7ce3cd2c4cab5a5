//! Messages on the control socket: one line of JSON each. The server greets, the command asks, the server answers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Longest request (bytes).
pub const MAX_REQUEST: u64 = 64 << 10;
/// Longest answer (bytes).
pub const MAX_ANSWER: u64 = 1 << 20;
/// Accounts in one answer.
pub const LISTED: i64 = 500;

/// First line of the server. A command that has not received it has not been performed.
#[derive(Debug, Serialize, Deserialize)]
pub struct Greeting {
    /// Version of the server.
    pub version: String,
}

/// Command to perform.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case")]
pub enum ControlRequest {
    Create {
        name: String,
        role: String,
        /// Generated if missing.
        password: Option<String>,
    },
    List {
        skip: i64,
    },
    Promote {
        name: String,
        role: String,
    },
    Demote {
        name: String,
    },
    Suspend {
        name: String,
        days: Option<i64>,
        reason: String,
    },
    Reinstate {
        name: String,
    },
    Remove {
        name: String,
        erase_messages: bool,
    },
    ResetPassword {
        name: String,
    },
    Set {
        key: String,
        value: String,
    },
    Get {
        key: Option<String>,
    },
}

/// Answer to a command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ControlAnswer {
    /// The account after a change, or before its removal.
    Account(AccountLine),
    Accounts {
        accounts: Vec<AccountLine>,
        /// Whether there are more.
        more: bool,
    },
    Settings(BTreeMap<String, String>),
    /// The command was refused, with the reason.
    Refused(String),
}

/// Account as the command line shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountLine {
    pub username: String,
    pub role: String,
    pub suspended: bool,
    /// End of the suspension (ISO 8601); missing without one or without an end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspended_until: Option<String>,
    pub created_at: String,
    /// After a removal: `keep` or `erase`, for the messages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub messages: Option<String>,
    /// Generated password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
    /// Link to choose a new password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reset_link: Option<String>,
}

//! Command line of `chatterbox admin`.

use clap::{Args, Subcommand};

/// Manage accounts and settings, while the server runs or without it
#[derive(Args, Clone, Debug, PartialEq, Eq)]
#[command(
    after_help = "It works beside the running server, and without it on the data folder.\n\
                  Exit status: 0 done, 1 refused or failed, 2 wrong usage."
)]
pub struct AdminLine {
    /// Print one JSON object instead of text
    #[arg(long, global = true)]
    pub json: bool,
    #[command(subcommand)]
    pub command: AdminCommand,
}

/// Commands of an operator. The doc comments are the help texts.
#[derive(Subcommand, Clone, Debug, PartialEq, Eq)]
pub enum AdminCommand {
    /// Create an account, an admin by default, with a generated password
    Create {
        /// Username
        name: String,
        /// Role on the server
        #[arg(long, value_parser = ["admin", "moderator", "member"], default_value = "admin")]
        role: String,
        /// Read the password from the first line of the standard input
        #[arg(long)]
        password_stdin: bool,
    },
    /// List all accounts
    List,
    /// Give someone a higher role
    Promote {
        /// Username
        name: String,
        /// Role on the server
        #[arg(long, value_parser = ["admin", "moderator"], default_value = "admin")]
        role: String,
    },
    /// Make an admin or a moderator a member
    Demote {
        /// Username
        name: String,
    },
    /// Log someone out everywhere and refuse their log-ins
    Suspend {
        /// Username
        name: String,
        /// Number of days; without it, until reinstated
        #[arg(long, value_name = "N", value_parser = days)]
        days: Option<i64>,
        /// Reason for the audit log
        #[arg(
            long,
            value_name = "TEXT",
            default_value = "",
            hide_default_value = true
        )]
        reason: String,
    },
    /// End a suspension
    Reinstate {
        /// Username
        name: String,
    },
    /// Remove an account for good; its messages stay under “Deleted user”
    Remove {
        /// Username
        name: String,
        /// Erase the messages and files, too
        #[arg(long)]
        erase_messages: bool,
    },
    /// Log someone out everywhere and give them a new password
    ResetPassword {
        /// Username
        name: String,
    },
    /// Change a setting of the server
    Set {
        /// Name of the setting
        key: String,
        /// New value
        #[arg(allow_hyphen_values = true)]
        value: String,
    },
    /// Print the settings of the server, or one of them
    Get {
        /// Name of the setting
        key: Option<String>,
    },
}

fn days(value: &str) -> Result<i64, &'static str> {
    let days = value.trim().parse().ok();
    let days = days.filter(|days| (1..=3650).contains(days));
    days.ok_or("a number from 1 to 3650")
}

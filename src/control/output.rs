//! Output of `chatterbox admin`: text for people, or one JSON object.

use serde_json::{Value, json};

use super::messages::{AccountLine, ControlAnswer};
use crate::config::AdminCommand;

/// A refusal, for stderr.
pub fn refused(why: &str, as_json: bool) -> String {
    match as_json {
        true => json!({ "detail": why }).to_string(),
        false => format!("chatterbox: {why}"),
    }
}

/// The result as one JSON object.
pub fn json(command: &AdminCommand, answer: &ControlAnswer) -> String {
    let value = match (command, answer) {
        (_, ControlAnswer::Account(account)) => json!(account),
        (_, ControlAnswer::Accounts { accounts, .. }) => json!({ "accounts": accounts }),
        (_, ControlAnswer::Settings(settings)) => json!(settings),
        (_, ControlAnswer::Refused(why)) => json!({ "detail": why }),
    };
    format!("{}\n", Value::to_string(&value))
}

/// The result in words.
pub fn text(command: &AdminCommand, answer: &ControlAnswer) -> String {
    match (command, answer) {
        (_, ControlAnswer::Account(account)) => changed(command, account),
        (_, ControlAnswer::Accounts { accounts, .. }) => list(accounts),
        (AdminCommand::Get { key: Some(key) }, ControlAnswer::Settings(settings)) => {
            let value = settings.get(key).map(String::as_str);
            format!("{}\n", value.unwrap_or_default())
        }
        (_, ControlAnswer::Settings(settings)) => {
            let lines = settings
                .iter()
                .map(|(key, value)| format!("{key} = {value}\n"));
            lines.collect()
        }
        (_, ControlAnswer::Refused(why)) => format!("{why}\n"),
    }
}

fn changed(command: &AdminCommand, account: &AccountLine) -> String {
    let (name, role) = (&account.username, with_article(&account.role));
    let secret = match (&account.password, &account.reset_link) {
        (Some(password), _) => format!("Password: {password}\n"),
        (None, Some(link)) => {
            format!("Link to choose a new password, valid once and for 24 hours:\n{link}\n")
        }
        (None, None) => String::new(),
    };
    let sentence = match command {
        AdminCommand::Create { .. } => format!("Created {name}, {role}."),
        AdminCommand::Suspend { .. } => match &account.suspended_until {
            Some(until) => format!("Suspended {name} until {}.", day(until)),
            None => format!("Suspended {name} until reinstated."),
        },
        AdminCommand::Reinstate { .. } => format!("Reinstated {name}."),
        AdminCommand::Remove { erase_messages, .. } => match erase_messages {
            true => format!("Removed {name}. The running server erases their messages and files."),
            false => format!("Removed {name}. Their messages stay under “Deleted user”."),
        },
        AdminCommand::ResetPassword { .. } => format!("Logged {name} out everywhere."),
        _ => format!("{name} is {role} now."),
    };
    format!("{sentence}\n{secret}")
}

fn with_article(role: &str) -> String {
    match role {
        "admin" => "an admin".into(),
        role => format!("a {role}"),
    }
}

/// A table with one account a line.
fn list(accounts: &[AccountLine]) -> String {
    let widths = accounts.iter().map(|one| one.username.chars().count());
    let width = widths.max().unwrap_or_default().max("USERNAME".len());
    let row = |name: &str, role: &str, since: &str, status: &str| {
        let row = format!("{name:width$}  {role:9}  {since:10}  {status}");
        format!("{}\n", row.trim_end())
    };
    let rows = accounts.iter().map(|one| {
        let status = match (one.suspended, &one.suspended_until) {
            (false, _) => String::new(),
            (true, None) => "suspended".into(),
            (true, Some(until)) => format!("suspended until {}", day(until)),
        };
        row(&one.username, &one.role, day(&one.created_at), &status)
    });
    let head = row("USERNAME", "ROLE", "SINCE", "");
    std::iter::once(head).chain(rows).collect()
}

/// The date of a time in ISO 8601.
fn day(iso: &str) -> &str {
    iso.split('T').next().unwrap_or_default()
}

//! Filter of the list of accounts.

use crate::accounts::ServerRole;

/// Accounts to list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountFilter {
    /// Accounts with a role.
    Role(ServerRole),
    /// Accounts that are suspended now.
    Suspended,
}

impl AccountFilter {
    /// All filters, in the order of the page.
    pub const ALL: [AccountFilter; 4] = [
        AccountFilter::Role(ServerRole::Admin),
        AccountFilter::Role(ServerRole::Moderator),
        AccountFilter::Role(ServerRole::Guest),
        AccountFilter::Suspended,
    ];

    /// Name in URLs.
    pub fn name(self) -> &'static str {
        match self {
            AccountFilter::Role(role) => role.name(),
            AccountFilter::Suspended => "suspended",
        }
    }

    /// Title of the list.
    pub fn label(self) -> &'static str {
        match self {
            AccountFilter::Role(ServerRole::Admin) => "Admins",
            AccountFilter::Role(ServerRole::Moderator) => "Moderators",
            AccountFilter::Role(ServerRole::Guest) => "Guests",
            AccountFilter::Role(ServerRole::Member) => "Members",
            AccountFilter::Suspended => "Suspended",
        }
    }

    /// The filter with a name.
    pub fn parse(name: &str) -> Option<AccountFilter> {
        AccountFilter::ALL
            .into_iter()
            .find(|one| one.name() == name)
    }
}

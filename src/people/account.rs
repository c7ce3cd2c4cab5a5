//! Entry of the list of accounts for admins and moderators.

use super::Profile;
use crate::accounts::OwnEmail;

/// Account in the list.
#[derive(Clone, Debug)]
pub struct Account {
    pub profile: Profile,
    /// E-mail addresses; `None` for readers who may not see them.
    pub email: Option<OwnEmail>,
}

impl Account {
    /// Address that mails go to.
    pub fn confirmed(&self) -> Option<&str> {
        self.email.as_ref()?.confirmed.as_deref()
    }

    /// Address that waits for confirmation.
    pub fn pending(&self) -> Option<&str> {
        self.email.as_ref()?.pending.as_deref()
    }
}

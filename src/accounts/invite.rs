//! Invitations through which accounts are created.

use crate::{
    db::{Tx, ids::UserId},
    error::Result,
};

/// Kind of a way to an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RegisterBy {
    /// The register page, or its JSON.
    Public,
    /// An invitation that was found valid.
    Invitation,
    /// The setup of a new server, with its code.
    Setup,
}

/// Access that an invitation gives to a new account.
pub struct NewAccess {
    pub invited_by: UserId,
    /// End of the access of a guest (ms UTC); `None` for a member.
    pub guest_until: Option<i64>,
}

/// Way to an account, in the transaction that creates it: a registration, an invitation or the setup.
pub trait Invite: Send + 'static {
    /// Kind of the way, which the registration mode admits or not.
    const BY: RegisterBy;

    /// Checks the invitation and counts its use by the new account. An error undoes the registration.
    fn admit(&mut self, _: &mut Tx, _: UserId) -> Result<Option<NewAccess>> {
        Ok(None)
    }

    /// Runs after the account is a member of the default rooms.
    fn on_created(self, tx: &mut Tx, user: UserId, username: &str) -> Result<()>;
}

//! Revoking invite links, and suspending the accounts that one created.

use super::{InviteLink, Invites, manages_all, store};
use crate::{
    accounts::{self, ServerAction, User},
    audit::{self, AuditAction, Entry},
    db::{Conn, Tx, ids::InviteLinkId, time},
    error::{Error, Result},
};

impl Invites {
    /// Revokes a link of `user`, or any link for an admin. Does nothing for a revoked one.
    ///
    /// # Errors
    /// `NotFound` for an unknown link, and for the link of another user.
    pub async fn revoke(&self, user: &User, id: InviteLinkId) -> Result<()> {
        let by = user.clone();
        let revoke = move |tx: &mut Tx| {
            let link = managed(tx.conn, &by, id)?;
            revoke_link(tx, &by, &link)
        };
        self.db().write(revoke).await
    }

    /// Revokes a link and suspends all accounts that it created, but no admins. Their sessions and sockets end. Returns
    /// the number of suspended accounts.
    ///
    /// # Errors
    /// `NotFound` for an unknown link, `Forbidden` for users who may not suspend others.
    pub async fn undo(&self, user: &User, id: InviteLinkId) -> Result<usize> {
        accounts::demand(user.role, ServerAction::ManagePeople)?;
        let (by, app) = (user.clone(), self.0.app.clone());
        let undo = move |tx: &mut Tx| {
            let link = managed(tx.conn, &by, id)?;
            revoke_link(tx, &by, &link)?;
            let mut suspended = 0;
            for account in store::created_accounts(tx.conn, id)? {
                if account != by.id && accounts::suspend_for_good(tx, &app.events, account)? {
                    suspended += 1;
                    let entry = Entry::new(Some(by.id), AuditAction::InviteLinkUndone);
                    let entry = entry.user(account).target(format!("link {id}"));
                    audit::record(tx, entry)?;
                }
            }
            Ok(suspended)
        };
        self.db().write(undo).await
    }
}

/// A link that `user` may revoke.
fn managed(conn: &mut Conn, user: &User, id: InviteLinkId) -> Result<InviteLink> {
    let link = store::by_id(conn, id)?;
    let link = link.filter(|link| link.created_by == user.id || manages_all(user));
    link.ok_or(Error::NotFound)
}

fn revoke_link(tx: &mut Tx, by: &User, link: &InviteLink) -> Result<()> {
    if link.revoked_at.is_some() {
        return Ok(());
    }
    store::revoke(tx.conn, link.id, time::now())?;
    let entry = Entry::new(Some(by.id), AuditAction::InviteLinkRevoked);
    let entry = match link.created_by == by.id {
        true => entry,
        false => entry.user(link.created_by),
    };
    audit::record(tx, entry.target(format!("link {}", link.id)))
}

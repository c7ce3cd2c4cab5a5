//! Accounts that an operator creates, without registration.

use std::net::{IpAddr, Ipv4Addr};

use super::{
    Accounts, Actor, ServerRole,
    administration::check_actor,
    name::{RESERVED_NAME, Username},
    password::Password,
    role::ServerAction,
    store,
};
use crate::{
    audit::{self, AuditAction, Entry},
    db::{Tx, time},
    error::{Error, Result},
    events::Event,
};

/// Address under which the pool for passwords counts work of the operator.
pub(super) const OPERATOR: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// Account to create.
pub struct NewAccount {
    name: Username,
    password: Password,
    role: ServerRole,
}

impl NewAccount {
    /// Checks the values of an account.
    ///
    /// # Errors
    /// `Invalid` for an unusable name or password, a name of the server or its staff for others than admins, and guests,
    /// who need an invite link.
    pub fn parse(name: &str, password: &str, role: ServerRole) -> Result<NewAccount> {
        let invalid = |why: &str| Error::Invalid(why.into());
        let name = Username::parse(name).map_err(invalid)?;
        let password = Password::parse(password).map_err(invalid)?;
        if role == ServerRole::Guest {
            return Err(invalid("Only an invite link makes guests."));
        }
        if name.is_of_system() && role != ServerRole::Admin {
            return Err(invalid(RESERVED_NAME));
        }
        Ok(NewAccount {
            name,
            password,
            role,
        })
    }
}

impl Accounts {
    /// Creates an account. Registration may be closed.
    ///
    /// # Errors
    /// `Forbidden` without the right, `Taken` for a name in use, `Conflict` for a first account that is no admin.
    pub async fn create_account(&self, actor: Actor, account: NewAccount) -> Result<()> {
        let NewAccount {
            name,
            password,
            role,
        } = account;
        let hash = self.hash_password(OPERATOR, password).await?;
        let events = self.0.app.events.clone();
        let create = move |tx: &mut Tx| {
            check_actor(tx.conn, actor, ServerAction::ChangeRoles)?;
            if role != ServerRole::Admin && !store::has_users(tx.conn)? {
                let why = "The first account must be an admin.";
                return Err(Error::Conflict(why.into()));
            }
            let user = store::insert(tx.conn, &name, &hash, time::now())?.ok_or(Error::Taken)?;
            store::administration::set_role(tx.conn, user, role)?;
            events.emit(tx, Event::UserRegistered(user))?;
            let entry = Entry::new(actor.user(), AuditAction::UserCreated).user(user);
            audit::record(tx, entry.details(role.name()))
        };
        self.db().write(create).await
    }
}

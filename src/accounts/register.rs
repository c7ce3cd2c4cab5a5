//! Registration, and its limits for each address.

use std::{net::IpAddr, time::Instant};

use super::{
    Accounts, RegisterBy, admission,
    invite::Invite,
    name::{RESERVED_NAME, Username},
    password::Password,
    sliding_window, store,
};
use crate::{
    db::{Conn, Tx, ids::UserId, time},
    error::{Error, Result},
    events::Event,
    web::{
        form_error::FormError,
        peer,
        rate_limiter::{RateLimiter, SlidingWindow},
    },
};

/// New accounts per address.
const ACCOUNTS: SlidingWindow = sliding_window(20, 60);
/// Attempts per address that reveal that a name is taken.
const TAKEN_NAMES: SlidingWindow = sliding_window(20, 60);
/// The same per /48 network of IPv6, which one customer of a provider may have.
const TAKEN_NAMES_OF_NETWORK: SlidingWindow = sliding_window(100, 60);

/// Counts of registrations.
pub struct RegistrationLimits {
    accounts: RateLimiter<IpAddr, SlidingWindow>,
    taken_names: RateLimiter<IpAddr, SlidingWindow>,
    taken_names_of_network: RateLimiter<IpAddr, SlidingWindow>,
}

impl RegistrationLimits {
    /// Limits without registrations.
    pub fn new() -> RegistrationLimits {
        RegistrationLimits {
            accounts: RateLimiter::new(ACCOUNTS),
            taken_names: RateLimiter::new(TAKEN_NAMES),
            taken_names_of_network: RateLimiter::new(TAKEN_NAMES_OF_NETWORK),
        }
    }

    /// Counts an account.
    fn take_account(&self, from: IpAddr) -> Result<()> {
        let too_many = |wait| Error::too_many("Too many new accounts from this network.", wait);
        self.accounts.take(from, Instant::now()).map_err(too_many)
    }

    /// Counts an attempt that may reveal a taken name. Free names are refused as well once there were too many:
    /// otherwise the refusal would reveal the others.
    fn take_name(&self, from: IpAddr) -> Result<()> {
        let now = Instant::now();
        let of_network = || self.taken_names_of_network.take(peer::site(from), now);
        let taken = self.taken_names.take(from, now).and_then(|()| of_network());
        let too_many = |wait| Error::too_many("Too many usernames tried from this network.", wait);
        taken.map_err(too_many)
    }

    /// Takes an attempt back: the name was free.
    fn refund_name(&self, from: IpAddr) {
        self.taken_names.refund(&from);
        self.taken_names_of_network.refund(&peer::site(from));
    }
}

/// Registration without an invitation.
struct Uninvited;

impl Invite for Uninvited {
    const BY: RegisterBy = RegisterBy::Public;

    fn on_created(self, _: &mut Tx, _: UserId, _: &str) -> Result<()> {
        Ok(())
    }
}

impl Accounts {
    /// Creates an account.
    ///
    /// # Errors
    /// `Invalid` for an unusable name or password and for a name that passes for the system, `Taken` for a name in use,
    /// `TooMany` after 20 accounts or 20 taken names per address and hour, `Forbidden` if the server takes no such
    /// accounts.
    pub async fn register(
        &self,
        from: IpAddr,
        name: &str,
        password: &str,
    ) -> Result<(), FormError> {
        let created = self.register_with(from, (name, password), Uninvited);
        created.await.map(drop)
    }

    /// Creates an account of someone who was admitted in a way. Returns its owner.
    ///
    /// # Errors
    /// As for [`Accounts::register`], and those of `invite`.
    pub async fn register_with<I: Invite>(
        &self,
        from: IpAddr,
        (name, password): (&str, &str),
        invite: I,
    ) -> Result<UserId, FormError> {
        let invalid = |field| move |why: &str| FormError::at(field, Error::Invalid(why.into()));
        let name = Username::parse(name).map_err(invalid("username"))?;
        let password = Password::parse(password).map_err(invalid("password"))?;
        let (app, limits) = (self.0.app.clone(), &self.0.registrations);
        self.db()
            .read(move |conn| admission::check(&app, conn, I::BY))
            .await?;
        let limits = self.0.app.config.limits.then_some(limits);
        limits.map_or(Ok(()), |limits| limits.take_name(from))?;
        let wanted = name.clone();
        let check = move |conn: &mut Conn| {
            // The first user runs the server, so the name is true.
            let is_reserved = wanted.is_of_system() && store::has_users(conn)?;
            Ok((is_reserved, store::is_taken(conn, &wanted)?))
        };
        let (is_reserved, is_taken) = self.db().read(check).await?;
        if is_taken {
            return Err(taken());
        }
        limits.inspect(|limits| limits.refund_name(from));
        if is_reserved {
            return Err(invalid("username")(RESERVED_NAME));
        }
        limits.map_or(Ok(()), |limits| limits.take_account(from))?;
        let created = self.create(from, (name, password), invite).await;
        if created.is_err() {
            limits.inspect(|limits| limits.accounts.refund(&from));
        }
        created
    }

    async fn create<I: Invite>(
        &self,
        from: IpAddr,
        (name, password): (Username, Password),
        mut invite: I,
    ) -> Result<UserId, FormError> {
        let hash = self.hash_password(from, password).await?;
        let app = self.0.app.clone();
        let created = self.db().write(move |tx| {
            admission::check(&app, tx.conn, I::BY)?;
            let Some(user) = store::insert(tx.conn, &name, &hash, time::now())? else {
                return Ok(None);
            };
            if let Some(access) = invite.admit(tx, user)? {
                store::set_access(tx.conn, user, &access)?;
            }
            app.events.emit(tx, Event::UserRegistered(user))?;
            invite.on_created(tx, user, name.shown())?;
            Ok(Some(user))
        });
        created.await?.ok_or_else(taken)
    }
}

fn taken() -> FormError {
    FormError::at("username", Error::Taken)
}

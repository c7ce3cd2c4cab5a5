//! Logging in, and the limits of failed log-ins.
//!
//! Failures count by address, by network, by name and address, and by name over all addresses. The last limit would let
//! anyone lock out the owner of a name, so sessions are not affected, and a device that logged in before has a count of
//! its own.

use std::{net::IpAddr, time::Instant};

use uuid::Uuid;

use super::{
    Accounts, devices::DeviceHash, name::Username, password, sessions, sliding_window, store,
};
use crate::{
    db::{Tx, ids::UserId, time},
    error::{Error, Result},
    web::{
        form_error::FormError,
        peer,
        rate_limiter::{RateLimiter, SlidingWindow},
    },
};

/// Failed log-ins per name and address.
const BY_NAME_AND_ADDRESS: SlidingWindow = sliding_window(10, 3);
/// Failed log-ins per address over all names, so that many names do not evict the count of one.
const BY_ADDRESS: SlidingWindow = sliding_window(100, 3);
/// Failed log-ins per /48 network of IPv6, which one customer of a provider may have.
const BY_NETWORK: SlidingWindow = sliding_window(200, 3);
/// Failed log-ins per name over all addresses, or per device that has logged in to the account before.
const BY_NAME: SlidingWindow = sliding_window(30, 15);

/// Counts of failed log-ins.
pub struct LogInLimits {
    by_name_and_address: RateLimiter<(String, IpAddr), SlidingWindow>,
    by_address: RateLimiter<IpAddr, SlidingWindow>,
    by_network: RateLimiter<IpAddr, SlidingWindow>,
    by_name: RateLimiter<NameOrDevice, SlidingWindow>,
}

/// Key of the failures that are counted over all addresses: the name, or a device that has logged in before.
#[derive(Clone, PartialEq, Eq, Hash)]
enum NameOrDevice {
    Name(String),
    Device(DeviceHash),
}

/// A log-in that was counted as failed until its password is known to be right.
struct CountedLogIn {
    name: String,
    from: IpAddr,
    network: IpAddr,
    /// `None` for a name that no account can have.
    name_or_device: Option<NameOrDevice>,
}

/// Session that a log-in opened.
pub struct LoggedIn {
    /// Token of the session.
    pub token: Uuid,
    /// Owner of the password.
    pub user: UserId,
}

impl LogInLimits {
    /// Limits without failures.
    pub fn new() -> LogInLimits {
        LogInLimits {
            by_name_and_address: RateLimiter::new(BY_NAME_AND_ADDRESS),
            by_address: RateLimiter::new(BY_ADDRESS),
            by_network: RateLimiter::new(BY_NETWORK),
            by_name: RateLimiter::new(BY_NAME),
        }
    }

    /// Counts a failure, or returns the time to wait.
    fn take(&self, log_in: &CountedLogIn) -> Result<(), std::time::Duration> {
        let now = Instant::now();
        self.by_address.take(log_in.from, now)?;
        self.by_network.take(log_in.network, now)?;
        self.by_name_and_address
            .take(log_in.name_and_address(), now)?;
        match &log_in.name_or_device {
            Some(key) => self.by_name.take(key.clone(), now),
            None => Ok(()),
        }
    }

    /// Takes the failure back: the password was right, or was not checked.
    fn refund(&self, log_in: &CountedLogIn) {
        self.by_address.refund(&log_in.from);
        self.by_network.refund(&log_in.network);
        self.by_name_and_address.refund(&log_in.name_and_address());
        if let Some(key) = &log_in.name_or_device {
            self.by_name.refund(key);
        }
    }

    /// Forgets earlier failures of the address with this name.
    fn clear(&self, log_in: &CountedLogIn) {
        self.by_name_and_address.clear(&log_in.name_and_address());
    }
}

impl CountedLogIn {
    fn name_and_address(&self) -> (String, IpAddr) {
        (self.name.clone(), self.from)
    }
}

impl Accounts {
    /// Checks a password and opens a session. `device` is the cookie of the browser, if it has one.
    ///
    /// # Errors
    /// `Unauthenticated` for a wrong name or password; `TooMany` after too many failures.
    pub async fn log_in(
        &self,
        from: IpAddr,
        device: Option<Uuid>,
        (name, password): (&str, &str),
    ) -> Result<LoggedIn, FormError> {
        let name = Username::parse(name).ok();
        let log_in = self.count(from, device, name.as_ref()).await?;
        let limits = &self.0.log_ins;
        let checked = self.check(from, name, password).await;
        let user = checked.inspect_err(|_| limits.refund(&log_in))?;
        let user = user.ok_or(Error::Unauthenticated)?;
        limits.refund(&log_in);
        limits.clear(&log_in);
        let token = Uuid::new_v4();
        let hash = sessions::hash(token);
        let open = move |tx: &mut Tx| store::open_session(tx.conn, &hash, user, time::now());
        self.db().write(open).await?;
        Ok(LoggedIn { token, user })
    }

    /// Counts a log-in as failed; `TooMany` if there were too many failures before.
    async fn count(
        &self,
        from: IpAddr,
        device: Option<Uuid>,
        name: Option<&Username>,
    ) -> Result<CountedLogIn> {
        let key = name.map(|name| name.key().to_owned());
        let device = self.known_device(device, name).await?;
        let log_in = CountedLogIn {
            name: key.clone().unwrap_or_default(),
            from,
            network: peer::site(from),
            name_or_device: match device {
                Some(device) => Some(NameOrDevice::Device(device)),
                None => key.map(NameOrDevice::Name),
            },
        };
        let refused = |wait| Error::too_many("Too many failed login attempts.", wait);
        if self.0.app.config.limits {
            self.0.log_ins.take(&log_in).map_err(refused)?;
        }
        Ok(log_in)
    }

    /// Returns the password's owner. An unknown name takes as long as a wrong password.
    async fn check(
        &self,
        from: IpAddr,
        name: Option<Username>,
        password: &str,
    ) -> Result<Option<UserId>> {
        let found = match name {
            Some(name) => self.db().read(move |conn| store::find(conn, &name)).await?,
            None => None,
        };
        let (password, cost) = (password.to_owned(), self.0.app.config.password_cost);
        let verify = move || match found {
            Some((user, hash)) => password::verify(&password, &hash).then_some(user),
            None => {
                password::verify_unknown(&password, cost);
                None
            }
        };
        self.0.password_pool.run(from, verify).await
    }
}

//! Logging in, and the limits of failed log-ins.
//!
//! Failures count by address, by network, by name and address, and by name over all addresses. The last limit would let
//! anyone lock out the owner of a name, so sessions are not affected, and a device that logged in before has a count of
//! its own.

use std::{net::IpAddr, time::Instant};

use uuid::Uuid;

use super::{
    Accounts, client::LogInClient, devices::DeviceHash, name::Username, password, sessions,
    sliding_window, store,
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

/// Outcome of a right password.
pub enum LogIn {
    /// The session is open.
    Open(LoggedIn),
    /// The account has a second factor. The token names this log-in until it is finished.
    NeedsCode(Uuid),
}

/// A right password, and the code for the second step.
pub struct SecondStep {
    pub user: UserId,
    pub name: Username,
    /// Pending log-in to end; `None` if the code came with the password.
    pub pending: Option<i64>,
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
    /// Checks a password. Opens a session, unless the account has a second factor.
    ///
    /// # Errors
    /// `Unauthenticated` for a wrong name or password; `Forbidden` for a suspended account; `TooMany` after too many failures.
    pub async fn log_in(
        &self,
        client: &LogInClient,
        (name, password): (&str, &str),
    ) -> Result<LogIn, FormError> {
        let name = Username::parse(name).ok();
        let user = self.verified(client, name, password).await?;
        let user = user.ok_or(Error::Unauthenticated)?;
        Ok(self.open_or_wait(user, client).await?)
    }

    /// Checks a password, and the code if the account has a second factor. Opens a session.
    ///
    /// # Errors
    /// As [`Accounts::log_in`]; `Invalid` for a wrong code.
    pub async fn log_in_with_code(
        &self,
        client: &LogInClient,
        (name, password): (&str, &str),
        code: &str,
    ) -> Result<LogIn, FormError> {
        let name = Username::parse(name).ok();
        let user = self.verified(client, name.clone(), password).await?;
        let (Some(user), Some(name)) = (user, name) else {
            return Err(Error::Unauthenticated.into());
        };
        if !self.needs_code(user).await? {
            return Ok(self.open_or_wait(user, client).await?);
        }
        let pending = None;
        let step = SecondStep {
            user,
            name,
            pending,
        };
        self.check_code(client, step, code).await.map(LogIn::Open)
    }

    /// Opens a session of a user who has just registered.
    ///
    /// # Errors
    /// `Forbidden` for an account that cannot log in.
    pub async fn open_session(&self, client: &LogInClient, user: UserId) -> Result<LoggedIn> {
        let client = client.clone();
        let open = move |tx: &mut Tx| open_session(tx, user, &client);
        self.db().write(open).await
    }

    /// Returns the owner of a name and password, with the limits of failed log-ins.
    pub(super) async fn verified(
        &self,
        client: &LogInClient,
        name: Option<Username>,
        password: &str,
    ) -> Result<Option<UserId>> {
        let check = self.check(client.peer.address, name.clone(), password);
        self.limited(client, name.as_ref(), check).await
    }

    /// Runs a check with the limits of failed log-ins. `None` is a failure.
    pub(super) async fn limited<T>(
        &self,
        client: &LogInClient,
        name: Option<&Username>,
        check: impl Future<Output = Result<Option<T>>>,
    ) -> Result<Option<T>> {
        let from = client.peer.address;
        let log_in = self.count(from, client.device, name).await?;
        let limits = &self.0.log_ins;
        let checked = check.await.inspect_err(|_| limits.refund(&log_in))?;
        if checked.is_some() {
            limits.refund(&log_in);
            limits.clear(&log_in);
        }
        Ok(checked)
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

/// Opens a session of a user.
pub(super) fn open_session(tx: &mut Tx, user: UserId, client: &LogInClient) -> Result<LoggedIn> {
    let token = Uuid::new_v4();
    let hash = sessions::hash(token);
    store::sessions::open(tx.conn, &hash, user, (client, time::now()))?;
    Ok(LoggedIn { token, user })
}

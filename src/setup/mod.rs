//! First run: the name of a new server, its admin, and the way for others to register.
//!
//! Invariants: only a server without accounts is set up, in one transaction. If people on other machines can reach it,
//! that needs the setup code, which [`crate::settings::SetupCode`] has.

mod html;
pub mod http;

use std::{
    net::IpAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use crate::{
    accounts::{Accounts, Invite, RegisterBy, is_set_up},
    app::App,
    audit::{self, AuditAction, Entry},
    db::{Tx, ids::UserId},
    error::{Error, Result},
    settings::Settings,
    web::{
        form_error::FormError,
        peer,
        rate_limiter::{RateLimiter, SlidingWindow},
        state::Handle,
    },
};

/// Wrong codes per address, or per /48 network of IPv6.
const WRONG_CODES: SlidingWindow = SlidingWindow {
    limit: 10,
    window: Duration::from_secs(10 * 60),
};

/// Values of the setup form.
#[derive(Clone, Debug)]
pub struct NewServer {
    pub code: String,
    pub name: String,
    pub registration: String,
    pub username: String,
    pub password: String,
}

/// Setup of this server. Cheap to clone.
#[derive(Clone)]
pub struct Setup(Arc<SetupInner>);

impl Handle for Setup {}

struct SetupInner {
    app: App,
    accounts: Accounts,
    wrong_codes: RateLimiter<IpAddr, SlidingWindow>,
}

impl Setup {
    /// Setup that makes the first account of `accounts`.
    pub fn new(app: App, accounts: Accounts) -> Setup {
        Setup(Arc::new(SetupInner {
            app,
            accounts,
            wrong_codes: RateLimiter::new(WRONG_CODES),
        }))
    }

    /// Whether the server has no account yet.
    pub async fn is_needed(&self) -> Result<bool> {
        self.0.accounts.is_empty().await
    }

    /// Whether the setup asks for a code.
    pub fn needs_code(&self) -> bool {
        self.0.app.setup_code.is_some()
    }

    /// Sets up the server, and makes the account of its admin.
    ///
    /// # Errors
    /// `Conflict` if it has accounts, `Invalid` for a wrong code or other value, `TooMany` after ten wrong codes from a
    /// network in ten minutes, or an error of [`Accounts::register_with`].
    pub async fn run(&self, from: IpAddr, new: NewServer) -> Result<(), FormError> {
        if !self.is_needed().await? {
            return Err(is_set_up().into());
        }
        self.check_code(from, &new.code)?;
        let mut values = (*self.0.app.settings.current()).clone();
        let at = |field| move |error| FormError::at(field, error);
        values.set("name", &new.name).map_err(at("name"))?;
        let registration = values.set("registration", &new.registration);
        registration.map_err(at("registration"))?;
        let settings = self.0.app.settings.clone();
        let credentials = (&*new.username, &*new.password);
        let first = FirstAccount {
            settings,
            name: new.name.clone(),
            registration: new.registration.clone(),
        };
        let created = self.0.accounts.register_with(from, credentials, first);
        created.await.map(drop)
    }

    fn check_code(&self, from: IpAddr, typed: &str) -> Result<(), FormError> {
        let Some(code) = &self.0.app.setup_code else {
            return Ok(());
        };
        let (limiter, site) = (&self.0.wrong_codes, peer::site(from));
        let too_many = |wait| Error::too_many("Too many wrong setup codes.", wait);
        let taken = limiter.take(site, Instant::now()).map_err(too_many);
        match self.0.app.config.limits {
            true => taken.map_err(|error| FormError::at("code", error))?,
            false => drop(taken),
        }
        if !code.matches(typed) {
            let why = "That code is wrong. Copy it from the server’s output, or restart the server to get a new one.";
            return Err(FormError::at("code", Error::Invalid(why.into())));
        }
        limiter.refund(&site);
        Ok(())
    }
}

/// The settings of a new server, in the transaction that creates its first account.
struct FirstAccount {
    settings: Settings,
    name: String,
    registration: String,
}

impl Invite for FirstAccount {
    const BY: RegisterBy = RegisterBy::Setup;

    fn on_created(self, tx: &mut Tx, user: UserId, _: &str) -> Result<()> {
        self.settings.change(tx, "name", &self.name)?;
        let registration = &self.registration;
        self.settings.change(tx, "registration", registration)?;
        let details = format!("{}, registration: {registration}", self.name);
        let entry = Entry::new(Some(user), AuditAction::ServerSetUp).details(details);
        audit::record(tx, entry)
    }
}

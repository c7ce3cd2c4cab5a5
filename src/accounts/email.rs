//! E-mail address of an account: confirmed by a link, and used for new passwords and warnings of log-ins.

use std::{net::IpAddr, time::Instant};

use super::{
    Accounts, User,
    client::{LogInClient, device_name},
    guard::ConfirmedUser,
    name::Username,
    reset::insert_link,
    sliding_window,
    store::{
        self,
        emails::{Addressee, OwnEmail},
    },
};
use crate::{
    db::{
        Conn, Tx,
        ids::UserId,
        time::{self, DAY},
    },
    error::{Error, Result},
    mail::{self, Letter, MailAddress},
    web::{
        form_error::FormError,
        random::LinkToken,
        rate_limiter::{RateLimiter, SlidingWindow},
    },
};

/// Time for which a link by mail works that changes the password (ms).
const RESET_LIFETIME: i64 = 60 * 60 * 1000;
/// Mails for confirmation by one user.
const CONFIRMATIONS: SlidingWindow = sliding_window(5, 60);
/// Mails to one user for a new password.
const RESETS: SlidingWindow = sliding_window(3, 60);
/// Requests for a new password from one address.
const REQUESTS: SlidingWindow = sliding_window(20, 60);

/// Counts of mails.
pub struct MailLimits {
    confirmations: RateLimiter<UserId, SlidingWindow>,
    resets: RateLimiter<UserId, SlidingWindow>,
    requests: RateLimiter<IpAddr, SlidingWindow>,
}

impl MailLimits {
    /// Limits without mails.
    pub fn new() -> MailLimits {
        MailLimits {
            confirmations: RateLimiter::new(CONFIRMATIONS),
            resets: RateLimiter::new(RESETS),
            requests: RateLimiter::new(REQUESTS),
        }
    }
}

impl Accounts {
    /// Whether the server sends mails.
    pub fn sends_mails(&self) -> bool {
        mail::is_configured(&self.0.app)
    }

    /// The addresses of a user.
    pub async fn email(&self, user: UserId) -> Result<OwnEmail> {
        let own = move |conn: &mut Conn| store::emails::own(conn, user, time::now());
        self.db().read(own).await
    }

    /// Sends a link that confirms an address. Until then, a former address stays.
    ///
    /// # Errors
    /// `Invalid` for text that is no address, `TooMany` after 5 mails in an hour, `Conflict` without a mail server.
    pub async fn set_email(&self, user: &ConfirmedUser, address: &str) -> Result<(), FormError> {
        self.check_mails()?;
        let invalid = |why: &str| FormError::at("address", Error::Invalid(why.into()));
        let address = MailAddress::parse(address).map_err(invalid)?;
        let (id, username) = (user.user().id, user.user().username.to_string());
        if self.0.app.config.limits {
            let too_many = |wait| Error::too_many("Too many mails for confirmation.", wait);
            let taken = self.0.mails.confirmations.take(id, Instant::now());
            taken.map_err(|wait| FormError::at("address", too_many(wait)))?;
        }
        let set = move |tx: &mut Tx| {
            let text = address.to_string();
            store::emails::set_pending(tx.conn, id, &text, time::now() + DAY)?;
            let letter = Letter::AddressConfirmation {
                username,
                address: text,
            };
            mail::queue(tx, &address, Some(id), &letter)
        };
        Ok(self.db().write(set).await?)
    }

    /// Removes the addresses of a user.
    pub async fn remove_email(&self, user: &ConfirmedUser) -> Result<()> {
        let id = user.user().id;
        let remove = move |tx: &mut Tx| store::emails::remove(tx.conn, id);
        self.db().write(remove).await
    }

    /// The address that a link confirms.
    ///
    /// # Errors
    /// `NotFound` for a link that is unknown, has expired, or belongs to another user.
    pub async fn email_of_link(&self, user: &User, token: &str) -> Result<String> {
        let (id, hash) = (
            user.id,
            LinkToken::parse(token).ok_or(Error::NotFound)?.hash(),
        );
        let find = move |conn: &mut Conn| store::emails::pending(conn, id, &hash, time::now());
        self.db().read(find).await?.ok_or(Error::NotFound)
    }

    /// Confirms the address of a link.
    ///
    /// # Errors
    /// `NotFound` as [`Accounts::email_of_link`], `Conflict` for an address of another account.
    pub async fn confirm_email(&self, user: &User, token: &str) -> Result<()> {
        let (id, hash) = (
            user.id,
            LinkToken::parse(token).ok_or(Error::NotFound)?.hash(),
        );
        let confirm = move |tx: &mut Tx| {
            let found = store::emails::pending(tx.conn, id, &hash, time::now())?;
            let address = found.as_deref().map(MailAddress::parse);
            let address = address.and_then(Result::ok).ok_or(Error::NotFound)?;
            match store::emails::confirm(tx.conn, id, &address)? {
                true => Ok(()),
                false => {
                    let why = "Another account uses this address. Remove it there first.";
                    Err(Error::Conflict(why.into()))
                }
            }
        };
        self.db().write(confirm).await
    }

    /// Mails a link for a new password to the user of a name or an address. It returns at once, so that neither the
    /// answer nor its time shows whether there is such a user.
    ///
    /// # Errors
    /// `TooMany` after 20 requests in an hour from one address, `Conflict` without a mail server.
    pub fn request_reset(&self, from: IpAddr, name_or_address: &str) -> Result<()> {
        self.check_mails()?;
        if self.0.app.config.limits {
            let too_many = |wait| Error::too_many("Too many requests from this network.", wait);
            let requests = &self.0.mails.requests;
            requests.take(from, Instant::now()).map_err(too_many)?;
        }
        let (accounts, text) = (self.clone(), name_or_address.trim().to_owned());
        tokio::spawn(async move {
            if let Err(error) = accounts.mail_reset(text).await {
                tracing::warn!(?error, "a mail for a new password was not queued");
            }
        });
        Ok(())
    }

    async fn mail_reset(self, text: String) -> Result<()> {
        let find = move |conn: &mut Conn| match (MailAddress::parse(&text), Username::parse(&text))
        {
            (Ok(address), _) => store::emails::of_address(conn, &address),
            (Err(_), Ok(name)) => store::emails::of_name(conn, &name),
            _ => Ok(None),
        };
        let Some((user, username, address)) = self.db().read(find).await? else {
            return Ok(());
        };
        let is_limited = self.0.app.config.limits;
        if is_limited && self.0.mails.resets.take(user, Instant::now()).is_err() {
            return Ok(());
        }
        let Ok(address) = MailAddress::parse(&address) else {
            return Ok(());
        };
        let letter = Letter::PasswordReset { username };
        let queue = move |tx: &mut Tx| mail::queue(tx, &address, Some(user), &letter);
        self.db().write(queue).await
    }

    fn check_mails(&self) -> Result<()> {
        match self.sends_mails() {
            true => Ok(()),
            false => Err(Error::Conflict("This server doesn’t send mail.".into())),
        }
    }
}

/// Adds a warning of a log-in in a new browser to the queue, if the user has a confirmed address.
pub(super) fn warn_of_log_in(tx: &mut Tx, user: UserId, client: &LogInClient) -> Result<()> {
    let Some((_, username, address)): Option<Addressee> = store::emails::of_user(tx.conn, user)?
    else {
        return Ok(());
    };
    let Ok(to) = MailAddress::parse(&address) else {
        return Ok(());
    };
    let letter = Letter::NewLogIn {
        username,
        device: device_name(&client.user_agent),
        address: client.peer.address.to_string(),
        at: time::now(),
    };
    mail::queue(tx, &to, Some(user), &letter)
}

/// Makes the path of the link in a letter, when it is sent. `None` if the letter has become useless.
pub fn link_for_mail(tx: &mut Tx, user: UserId, letter: &Letter) -> Result<Option<String>> {
    match letter {
        Letter::PasswordReset { .. } => {
            let link = insert_link(tx, user, RESET_LIFETIME)?;
            Ok(Some(link.path()))
        }
        Letter::AddressConfirmation { address, .. } => {
            let token = LinkToken::random();
            let is_waiting = store::emails::set_token(tx.conn, user, address, &token.hash())?;
            Ok(is_waiting.then(|| format!("/account/email/{token}")))
        }
        Letter::Invitation { .. } | Letter::NewLogIn { .. } => Ok(Some(String::new())),
    }
}

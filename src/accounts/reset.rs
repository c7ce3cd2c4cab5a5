//! New passwords for users who have forgotten theirs: by a link that works once, or a generated one.

use std::net::IpAddr;

use super::{
    Accounts, Actor,
    administration::{check_actor, end_sessions},
    creation::OPERATOR,
    password::Password,
    role::ServerAction,
    store::{
        self,
        resets::{ResetLinkState, StoredLink},
    },
};
use crate::{
    audit::{self, AuditAction, Entry},
    db::{
        Conn, Tx,
        ids::UserId,
        time::{self, DAY},
    },
    error::{Error, Result},
    web::{
        form_error::FormError,
        random::{self, LinkToken},
    },
};

/// Time for which a link works that an admin made (ms).
const LIFETIME: i64 = DAY;

/// New link to choose a password. Its token is stored nowhere.
pub struct ResetLink {
    token: LinkToken,
    /// End (ms UTC).
    pub expires_at: i64,
}

impl ResetLink {
    /// Path of the URL.
    pub fn path(&self) -> String {
        format!("/reset/{}", self.token)
    }
}

impl Accounts {
    /// Makes a link with which a user can choose a new password, within a day.
    ///
    /// # Errors
    /// `Forbidden` without the right, `NotFound` for an unknown user, `Conflict` for oneself, because the account page
    /// asks for the password first.
    pub async fn make_reset_link(&self, actor: Actor, user: UserId) -> Result<ResetLink> {
        let make = move |tx: &mut Tx| make_link(tx, actor, user);
        self.db().write(make).await
    }

    /// The same, and ends all sessions of the user.
    ///
    /// # Errors
    /// As [`Accounts::make_reset_link`].
    pub async fn start_reset(&self, actor: Actor, user: UserId) -> Result<ResetLink> {
        let events = self.0.app.events.clone();
        let start = move |tx: &mut Tx| {
            end_sessions(tx, &events, user)?;
            make_link(tx, actor, user)
        };
        self.db().write(start).await
    }

    /// The link of a token.
    ///
    /// # Errors
    /// `NotFound` for an unknown token.
    pub async fn reset_link(&self, token: &str) -> Result<StoredLink> {
        let hash = hash(token)?;
        let find = move |conn: &mut Conn| store::resets::find(conn, &hash, time::now());
        self.db().read(find).await?.ok_or(Error::NotFound)
    }

    /// Sets the password of the user of a link, and ends all their sessions. Their browsers are no longer known.
    ///
    /// # Errors
    /// `NotFound` for an unknown token, `Conflict` for a link that was used or has expired, `Invalid` for an unusable
    /// password.
    pub async fn reset_password(
        &self,
        from: IpAddr,
        token: &str,
        password: &str,
    ) -> Result<(), FormError> {
        let link = self.reset_link(token).await?;
        check(&link)?;
        let invalid = |why: &str| FormError::at("password", Error::Invalid(why.into()));
        let password = Password::parse(password).map_err(invalid)?;
        let (token, password) = (hash(token)?, self.hash_password(from, password).await?);
        let events = self.0.app.events.clone();
        let reset = move |tx: &mut Tx| {
            // Another request may have used it while the password was hashed.
            let user = store::resets::take(tx.conn, &token, time::now())?.ok_or_else(used)?;
            store::set_password_hash(tx.conn, user, &password)?;
            end_sessions(tx, &events, user)?;
            let entry = Entry::new(Some(user), AuditAction::PasswordReset).user(user);
            audit::record(tx, entry.details("with a link"))
        };
        Ok(self.db().write(reset).await?)
    }

    /// Replaces the password of a user by a generated one and ends all their sessions. Returns the password.
    ///
    /// # Errors
    /// `Forbidden` without the right, `NotFound` for an unknown user.
    pub async fn generate_password(&self, actor: Actor, user: UserId) -> Result<String> {
        let generated = random::password();
        let password = Password::parse(&generated);
        let password = password.map_err(|why| Error::Internal(why.into()))?;
        let hash = self.hash_password(OPERATOR, password).await?;
        let events = self.0.app.events.clone();
        let replace = move |tx: &mut Tx| {
            check_actor(tx.conn, actor, ServerAction::ManagePeople)?;
            store::administration::state(tx.conn, user)?.ok_or(Error::NotFound)?;
            store::set_password_hash(tx.conn, user, &hash)?;
            end_sessions(tx, &events, user)?;
            audit::record(
                tx,
                Entry::new(actor.user(), AuditAction::PasswordReset).user(user),
            )
        };
        self.db().write(replace).await?;
        Ok(generated)
    }
}

fn make_link(tx: &mut Tx, actor: Actor, user: UserId) -> Result<ResetLink> {
    check_actor(tx.conn, actor, ServerAction::ManagePeople)?;
    if actor == Actor::User(user) {
        let why = "Change your own password on your account page.";
        return Err(Error::Conflict(why.into()));
    }
    store::administration::state(tx.conn, user)?.ok_or(Error::NotFound)?;
    let link = insert_link(tx, user, LIFETIME)?;
    audit::record(
        tx,
        Entry::new(actor.user(), AuditAction::ResetLinkMade).user(user),
    )?;
    Ok(link)
}

/// Adds a link that works for a time (ms).
pub(super) fn insert_link(tx: &mut Tx, user: UserId, lifetime: i64) -> Result<ResetLink> {
    let (token, now) = (LinkToken::random(), time::now());
    let expires_at = now + lifetime;
    store::resets::insert(tx.conn, user, &token.hash(), now, expires_at)?;
    Ok(ResetLink { token, expires_at })
}

fn hash(token: &str) -> Result<[u8; 32]> {
    let token = LinkToken::parse(token).ok_or(Error::NotFound)?;
    Ok(token.hash())
}

fn check(link: &StoredLink) -> Result<()> {
    match link.state {
        ResetLinkState::Valid => Ok(()),
        ResetLinkState::Used => Err(used()),
        ResetLinkState::Expired => Err(Error::Conflict(
            "This link has expired. Ask for a new one.".into(),
        )),
    }
}

fn used() -> Error {
    Error::Conflict("This link was used already. Ask for a new one.".into())
}

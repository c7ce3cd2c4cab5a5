//! Accounts: registration, log-in, log-out, and the user of a request.
//!
//! Invariants: passwords are hashed on blocking threads, a few at once; an unknown name takes as long as a
//! wrong password; the database contains only the hash of a token.

mod administration;
mod admission;
mod appearance;
mod auth_card;
mod avatar;
mod client;
mod creation;
mod deletion;
mod devices;
mod email;
mod email_html;
mod guard;
mod html;
pub mod http;
mod invite;
mod json;
mod listed_sessions;
mod log_in;
mod name;
mod name_change;
pub mod passkeys;
mod password;
mod password_change;
mod password_pool;
mod register;
mod reset;
mod reset_html;
mod role;
pub mod second_factor;
mod sessions;
mod store;

use std::{
    net::IpAddr,
    sync::{Arc, OnceLock},
    time::Duration,
};

pub use administration::{
    Actor, Suspension, check_actor, check_may_restrict, end_sessions, suspend, suspend_for_good,
};
pub use admission::{has_accounts, is_set_up};
pub use avatar::{AvatarSource, SIDES as AVATAR_SIDES};
pub use client::LogInClient;
pub use creation::NewAccount;
pub use deletion::{DELETED_USER, remove_user};
pub use email::link_for_mail;
pub use guard::{Admin, ConfirmedUser, Visitor};
pub use invite::{Invite, NewAccess, RegisterBy};
pub use log_in::{LogIn, LoggedIn};
pub use name::{
    NameKeys, core, fold, is_invisible, is_stacked, is_system_name, letters, one_line, shown_name,
};
pub use name_change::former_owner;
pub use role::{ServerAction, ServerRole, demand, demand_under};
pub use store::emails::{OwnEmail, emails_of};
use uuid::Uuid;

use crate::{
    app::App,
    db::{
        Db, Tx,
        cache::Cache,
        ids::{AvatarId, SessionId, UserId},
        time,
    },
    error::{Error, Result},
    events::Event,
    live::SessionGrant,
    web::{
        appearance::Appearance,
        framed::Viewer,
        rate_limiter::{RateLimiter, SlidingWindow},
        state::Handle,
    },
};
use {
    auth_card::AuthCards, email::MailLimits, log_in::LogInLimits, password_pool::PasswordPool,
    register::RegistrationLimits, sessions::Session,
};

/// Wrong codes of the second factor per user, beyond which only a passkey logs in.
const WRONG_CODES: SlidingWindow = sliding_window(20, 60);

/// Challenges for passkeys per address.
const CHALLENGES: SlidingWindow = sliding_window(100, 3);

/// Changes of a username per user.
const NAME_CHANGES: SlidingWindow = sliding_window(10, 24 * 60);

/// A limit of `limit` uses in a window of some minutes.
const fn sliding_window(limit: usize, minutes: u64) -> SlidingWindow {
    let window = Duration::from_secs(minutes * 60);
    SlidingWindow { limit, window }
}

/// User with a valid token. Only [`Accounts`] makes one.
#[derive(Clone, Debug)]
pub struct User {
    pub id: UserId,
    pub username: Arc<str>,
    /// Empty for the username. A socket keeps the name that its user had when it opened.
    pub display_name: Arc<str>,
    pub role: ServerRole,
    pub avatar: Option<AvatarId>,
    pub appearance: Appearance,
    session: SessionId,
    /// When the session ends if it is not used again (ms UTC).
    session_ends: i64,
    /// When the password was last entered in the session (ms UTC).
    confirmed_at: i64,
}

impl Handle for Accounts {}

impl User {
    /// The user as the reader of a page.
    pub fn viewer(&self) -> Viewer {
        Viewer {
            id: self.id,
            username: self.username.clone(),
            name: match self.display_name.is_empty() {
                true => self.username.clone(),
                false => self.display_name.clone(),
            },
            avatar: self.avatar,
            is_admin: self.is_admin(),
            is_guest: self.is_guest(),
            appearance: self.appearance,
        }
    }

    /// Whether the user is a server admin.
    pub fn is_admin(&self) -> bool {
        self.role == ServerRole::Admin
    }

    /// Whether the user is a guest.
    pub fn is_guest(&self) -> bool {
        self.role == ServerRole::Guest
    }

    /// Whether the role of the user permits an action.
    pub fn may(&self, action: ServerAction) -> bool {
        demand(self.role, action).is_ok()
    }

    /// The session's permissions for sockets.
    pub fn session_grant(&self, limited: bool) -> SessionGrant {
        SessionGrant {
            session: self.session,
            user: self.id,
            expires_at: self.session_ends,
            limited,
        }
    }
}

/// Operations on accounts, and their caches. Cheap to clone.
#[derive(Clone)]
pub struct Accounts(Arc<AccountsInner>);

struct AccountsInner {
    app: App,
    /// Cached sessions by the hash of their token.
    sessions: Cache<[u8; 32], Session>,
    password_pool: PasswordPool,
    log_ins: LogInLimits,
    registrations: RegistrationLimits,
    /// Set once there is an account.
    has_users: OnceLock<()>,
    cards: AuthCards,
    wrong_codes: RateLimiter<UserId, SlidingWindow>,
    challenges: RateLimiter<IpAddr, SlidingWindow>,
    name_changes: RateLimiter<UserId, SlidingWindow>,
    mails: MailLimits,
}

impl Accounts {
    /// Accounts of this server.
    pub fn new(app: App) -> Accounts {
        let limited = app.config.limits;
        let accounts = Accounts(Arc::new(AccountsInner {
            app,
            sessions: Cache::new(sessions::CAPACITY),
            password_pool: PasswordPool::new(limited),
            log_ins: LogInLimits::new(),
            registrations: RegistrationLimits::new(),
            has_users: OnceLock::new(),
            cards: AuthCards::default(),
            wrong_codes: RateLimiter::new(WRONG_CODES),
            challenges: RateLimiter::new(CHALLENGES),
            name_changes: RateLimiter::new(NAME_CHANGES),
            mails: MailLimits::new(),
        }));
        let inner = Arc::downgrade(&accounts.0);
        let on_use = move |user, session| {
            if let Some(inner) = inner.upgrade() {
                tokio::spawn(Accounts(inner).record_use(user, session));
            }
        };
        accounts.0.app.live.registry().on_use(on_use);
        let inner = Arc::downgrade(&accounts.0);
        accounts.0.app.events.after_commit(move |event| {
            let Some(inner) = inner.upgrade() else { return };
            match event {
                Event::SessionEnded { session, .. } => {
                    inner.sessions.remove_where(|_, known| known.id == *session);
                }
                Event::UserChanged { user, .. }
                | Event::AppearanceChanged(user)
                | Event::RoleChanged(user) => {
                    inner.sessions.remove_where(|_, known| known.user == *user);
                }
                _ => {}
            }
        });
        accounts
    }

    /// Ends the session of `user` and closes its sockets.
    pub async fn log_out(&self, user: &User) -> Result<()> {
        let (user, session) = (user.id, user.session);
        let events = self.0.app.events.clone();
        let close = move |tx: &mut Tx| {
            store::sessions::close(tx.conn, user, session)?;
            events.emit(tx, Event::SessionEnded { user, session })
        };
        self.db().write(close).await
    }

    /// Returns the user of a token; `Unauthenticated` for an unknown token or an ended session.
    pub async fn identify(&self, token: Uuid) -> Result<User> {
        let (hash, now) = (sessions::hash(token), time::now());
        // Uses over a socket are stored, but not cached.
        let known = self.0.sessions.get(&hash);
        let mut session = match known.filter(|known| !known.is_over(now)) {
            Some(known) => known,
            None => self.load(hash).await?,
        };
        if session.is_over(now) {
            return Err(Error::Unauthenticated);
        }
        if session.needs_touch(now) {
            session.seen_at = now;
            self.0.sessions.update(&hash, |known| known.seen_at = now);
            self.clone().record_use(session.user, session.id).await;
        }
        Ok(User {
            session_ends: session.ends_at(),
            confirmed_at: session.confirmed_at,
            id: session.user,
            username: session.username,
            display_name: session.display_name,
            role: session.role,
            avatar: session.avatar,
            appearance: session.appearance,
            session: session.id,
        })
    }

    /// Stores that a session is used now, so that it and its sockets end later.
    async fn record_use(self, user: UserId, session: SessionId) {
        let (app, now) = (self.0.app.clone(), time::now());
        let touch = move |tx: &mut Tx| {
            if let Some(ends_at) = store::sessions::touch(tx.conn, session, now)? {
                tx.after_commit(move || app.live.registry().extend_session(user, session, ends_at));
            }
            Ok(())
        };
        if let Err(error) = self.db().write(touch).await {
            tracing::warn!(?error, "the use of a session was not written down");
        }
    }

    async fn load(&self, hash: [u8; 32]) -> Result<Session> {
        let sessions = &self.0.sessions;
        let epoch = sessions.epoch(&hash);
        let find = self
            .db()
            .read(move |conn| store::sessions::find(conn, &hash));
        let session = find.await?.ok_or(Error::Unauthenticated)?;
        sessions.insert_if_current(hash, session.clone(), epoch);
        Ok(session)
    }

    fn app(&self) -> &App {
        &self.0.app
    }

    fn db(&self) -> &Db {
        &self.0.app.db
    }
}

//! Accounts: registration, log-in, log-out, and the user of a request.
//!
//! Invariants: passwords are hashed on blocking threads, a few at once; an unknown name takes as long as a
//! wrong password; the database contains only the hash of a token.

mod appearance;
mod guard;
mod html;
pub mod http;
mod name;
mod password;
mod password_pool;
mod sessions;
mod store;

use std::{
    net::IpAddr,
    sync::Arc,
    time::{Duration, Instant},
};

pub use guard::Visitor;
pub use name::{
    NameKeys, core, fold, is_invisible, is_stacked, is_system_name, letters, one_line, shown_name,
};
use uuid::Uuid;

use crate::{
    app::App,
    db::{
        Conn, Db, Tx,
        cache::Cache,
        ids::{SessionId, UserId},
        time,
    },
    error::{Error, Result},
    events::Event,
    live::SessionGrant,
    web::{
        appearance::Appearance,
        form_error::FormError,
        framed::Viewer,
        rate_limiter::{RateLimiter, SlidingWindow},
        state::Handle,
    },
};
use {name::Username, password::Password, password_pool::PasswordPool, sessions::Session};

/// Failed log-ins per name and address.
const LOG_INS: SlidingWindow = sliding_window(10, 3);
/// Failed log-ins per address over all names, so that many names do not evict the count of one.
const LOG_INS_FROM: SlidingWindow = sliding_window(100, 3);
/// New accounts per address.
const REGISTRATIONS: SlidingWindow = sliding_window(20, 60);

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
    pub is_admin: bool,
    pub appearance: Appearance,
    session: SessionId,
    /// When the session ends if it is not used again (ms UTC).
    session_ends: i64,
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
            appearance: self.appearance,
        }
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
    log_ins: RateLimiter<(String, IpAddr), SlidingWindow>,
    log_ins_from: RateLimiter<IpAddr, SlidingWindow>,
    registrations: RateLimiter<IpAddr, SlidingWindow>,
}

impl Accounts {
    /// Accounts of this server.
    pub fn new(app: App) -> Accounts {
        let limited = app.config.limits;
        let accounts = Accounts(Arc::new(AccountsInner {
            app,
            sessions: Cache::new(sessions::CAPACITY),
            password_pool: PasswordPool::new(limited),
            log_ins: RateLimiter::new(LOG_INS),
            log_ins_from: RateLimiter::new(LOG_INS_FROM),
            registrations: RateLimiter::new(REGISTRATIONS),
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
                Event::UserChanged { user, .. } | Event::AppearanceChanged(user) => {
                    inner.sessions.remove_where(|_, known| known.user == *user);
                }
                _ => {}
            }
        });
        accounts
    }

    /// Creates an account.
    ///
    /// # Errors
    /// `Invalid` for an unusable name or password and for a name that passes for the system, `Taken` for a name in use, `TooMany` after 20 accounts per
    /// address and hour.
    pub async fn register(
        &self,
        from: IpAddr,
        name: &str,
        password: &str,
    ) -> Result<(), FormError> {
        let invalid = |field| move |why: &str| FormError::at(field, Error::Invalid(why.into()));
        let name = Username::parse(name).map_err(invalid("username"))?;
        let password = Password::parse(password).map_err(invalid("password"))?;
        let wanted = name.clone();
        let check = move |conn: &mut Conn| {
            // The first user runs the server, so the name is true.
            let is_reserved = wanted.is_of_system() && store::has_users(conn)?;
            Ok((is_reserved, store::is_taken(conn, &wanted)?))
        };
        match self.db().read(check).await? {
            (_, true) => return Err(taken()),
            (true, false) => return Err(invalid("username")(name::RESERVED_NAME)),
            (false, false) => {}
        }
        const TOO_MANY: &str = "Too many new accounts from this network.";
        self.limit(&self.0.registrations, from, TOO_MANY)?;
        let created = self.create(from, name, password).await;
        if created.is_err() {
            self.0.registrations.refund(&from);
        }
        created
    }

    async fn create(
        &self,
        from: IpAddr,
        name: Username,
        password: Password,
    ) -> Result<(), FormError> {
        let cost = self.0.app.config.password_cost;
        let hash = move || password::hash(&password, cost);
        let hash = self.0.password_pool.run(from, hash).await?;
        let hash = hash.map_err(|error| Error::Internal(format!("bcrypt: {error}")))?;
        let events = self.0.app.events.clone();
        let created = self.db().write(move |tx| {
            let Some(user) = store::insert(tx.conn, &name, &hash, time::now())? else {
                return Ok(false);
            };
            events.emit(tx, Event::UserRegistered(user))?;
            Ok(true)
        });
        if created.await? { Ok(()) } else { Err(taken()) }
    }

    /// Checks a password and opens a session. Returns its token.
    ///
    /// # Errors
    /// `Unauthenticated` for a wrong name or password; `TooMany` after 10 failures per name and
    /// address in 3 minutes.
    pub async fn log_in(
        &self,
        from: IpAddr,
        name: &str,
        password: &str,
    ) -> Result<Uuid, FormError> {
        let name = Username::parse(name).ok();
        let key = name.as_ref().map_or("", Username::key);
        let attempt = (key.to_owned(), from);
        const TOO_MANY: &str = "Too many failed login attempts.";
        self.limit(&self.0.log_ins_from, from, TOO_MANY)?;
        self.limit(&self.0.log_ins, attempt.clone(), TOO_MANY)?;
        let checked = self.check(from, name, password).await.inspect_err(|_| {
            self.0.log_ins_from.refund(&from); // no password was checked
            self.0.log_ins.refund(&attempt);
        });
        let user = checked?.ok_or(Error::Unauthenticated)?;
        self.0.log_ins_from.refund(&from);
        self.0.log_ins.clear(&attempt);
        let token = Uuid::new_v4();
        let hash = sessions::hash(token);
        let open = move |tx: &mut Tx| store::open_session(tx.conn, &hash, user, time::now());
        self.db().write(open).await?;
        Ok(token)
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

    /// Ends the session of `user` and closes its sockets.
    pub async fn log_out(&self, user: &User) -> Result<()> {
        let (user, session) = (user.id, user.session);
        let events = self.0.app.events.clone();
        let close = move |tx: &mut Tx| {
            store::close_session(tx.conn, session)?;
            events.emit(tx, Event::SessionEnded { user, session })
        };
        self.db().write(close).await
    }

    /// Returns the user of a token; `Unauthenticated` for an unknown token or an ended session.
    pub async fn identify(&self, token: Uuid) -> Result<User> {
        let (hash, now) = (sessions::hash(token), time::now());
        let mut session = match self.0.sessions.get(&hash) {
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
            id: session.user,
            username: session.username,
            display_name: session.display_name,
            is_admin: session.is_admin,
            appearance: session.appearance,
            session: session.id,
        })
    }

    /// Stores that a session is used now, so that it and its sockets end later.
    async fn record_use(self, user: UserId, session: SessionId) {
        let (accounts, now) = (self.clone(), time::now());
        let touch = move |tx: &mut Tx| {
            if let Some(created_at) = store::touch_session(tx.conn, session, now)? {
                let ends_at = sessions::ends_at(created_at, now);
                tx.after_commit(move || accounts.extend(user, session, (now, ends_at)));
            }
            Ok(())
        };
        if let Err(error) = self.db().write(touch).await {
            tracing::warn!(?error, "the use of a session was not written down");
        }
    }

    fn extend(&self, user: UserId, session: SessionId, (now, ends_at): (i64, i64)) {
        let AccountsInner { app, sessions, .. } = &*self.0;
        sessions.update_where(|known| known.id == session, |known| known.seen_at = now);
        app.live.registry().extend_session(user, session, ends_at);
    }

    async fn load(&self, hash: [u8; 32]) -> Result<Session> {
        let sessions = &self.0.sessions;
        let epoch = sessions.epoch(&hash);
        let find = self.db().read(move |conn| store::session(conn, &hash));
        let session = find.await?.ok_or(Error::Unauthenticated)?;
        sessions.insert_if_current(hash, session.clone(), epoch);
        Ok(session)
    }

    fn db(&self) -> &Db {
        &self.0.app.db
    }

    fn limit<K>(&self, limiter: &RateLimiter<K, SlidingWindow>, key: K, what: &str) -> Result<()>
    where
        K: std::hash::Hash + Eq + Clone,
    {
        if !self.0.app.config.limits {
            return Ok(());
        }
        let too_many = |wait| Error::too_many(what, wait);
        limiter.take(key, Instant::now()).map_err(too_many)
    }
}

fn taken() -> FormError {
    FormError::at("username", Error::Taken)
}

//! Accounts: register, log in, log out, and knowing who a request is from.
//!
//! Invariants: passwords are hashed on blocking threads, a few at once; an unknown name costs what a
//! wrong password costs; the database holds only the hash of a token.

mod guard;
mod name;
mod password;
mod password_pool;
mod profile;
pub mod routes;
mod sessions;
mod store;
mod throttle;
mod view;

use std::{
    net::IpAddr,
    sync::Arc,
    time::{Duration, Instant},
};

pub use guard::Visitor;
pub use name::{fold, is_invisible, is_stacked};
pub use profile::{FOUND, Profile, ProfileChange, find, one_line};
use uuid::Uuid;

use crate::{
    app::App,
    db::{
        Conn, Db, Tx,
        ids::{SessionId, UserId},
        time,
    },
    error::{Error, Result},
    live::SessionGrant,
};
use {
    name::Username,
    password::Password,
    password_pool::PasswordPool,
    sessions::{Session, Sessions},
    throttle::Throttle,
};

const LOG_INS: usize = 10;
/// The same over all names, so that trying many does not wash out the count of one.
const LOG_INS_FROM: usize = 100;
const LOG_IN_WINDOW: Duration = Duration::from_secs(3 * 60);
const REGISTRATIONS: usize = 20;
const REGISTRATION_WINDOW: Duration = Duration::from_secs(60 * 60);

/// A person who showed a valid token. Only [`Accounts`] makes one.
#[derive(Clone, Debug)]
pub struct User {
    /// Their account.
    pub id: UserId,
    /// Their name as they write it.
    pub username: Arc<str>,
    /// Whether they run this server.
    pub is_admin: bool,
    session: SessionId,
    session_ends: i64,
}

impl User {
    /// What this person's session may do with sockets.
    pub fn session_grant(&self, limited: bool) -> SessionGrant {
        SessionGrant {
            session: self.session,
            user: self.id,
            expires_at: self.session_ends,
            limited,
        }
    }
}

/// Why a registration or log-in was refused, and at which field a form should say so.
pub struct Refusal {
    /// The error, with its sentence.
    pub error: Error,
    /// The field it belongs to; the whole form if empty.
    pub field: &'static str,
}

impl<E: Into<Error>> From<E> for Refusal {
    fn from(error: E) -> Refusal {
        Refusal {
            error: error.into(),
            field: "",
        }
    }
}

/// The verbs on accounts, and what is kept in memory for them. Cheap to clone.
#[derive(Clone)]
pub struct Accounts(Arc<Inner>);

struct Inner {
    app: App,
    sessions: Sessions,
    password_pool: PasswordPool,
    log_ins: Throttle<(String, IpAddr)>,
    log_ins_from: Throttle<IpAddr>,
    registrations: Throttle<IpAddr>,
    /// What else a new account needs, in the same transaction (its rooms).
    join_default_rooms: fn(&mut Conn, UserId) -> Result<()>,
    /// Told after the commit that somebody has another name or face.
    renamed: Box<dyn Fn(UserId) + Send + Sync>,
}

impl Accounts {
    /// `join_default_rooms` runs inside the transaction that creates an account, `renamed` after one that changed
    /// what somebody is called.
    pub fn new(
        app: App,
        join_default_rooms: fn(&mut Conn, UserId) -> Result<()>,
        renamed: impl Fn(UserId) + Send + Sync + 'static,
    ) -> Accounts {
        let limited = app.config.limits;
        Accounts(Arc::new(Inner {
            app,
            sessions: sessions::none(),
            password_pool: PasswordPool::new(limited),
            log_ins: Throttle::new(LOG_INS, LOG_IN_WINDOW),
            log_ins_from: Throttle::new(LOG_INS_FROM, LOG_IN_WINDOW),
            registrations: Throttle::new(REGISTRATIONS, REGISTRATION_WINDOW),
            join_default_rooms,
            renamed: Box::new(renamed),
        }))
    }

    /// Creates an account.
    ///
    /// # Errors
    /// `Invalid` for a name or password that cannot be one, or a name that is taken; `TooMany` past
    /// 20 accounts per address and hour.
    pub async fn register(&self, from: IpAddr, name: &str, password: &str) -> Result<(), Refusal> {
        let name = Username::parse(name).map_err(|why| refuse("username", why))?;
        let password = Password::parse(password).map_err(|why| refuse("password", why))?;
        let wanted = name.clone();
        if self
            .db()
            .read(move |conn| store::is_taken(conn, &wanted))
            .await?
        {
            return Err(taken());
        }
        self.throttle(
            &self.0.registrations,
            from,
            "That are many new accounts for one hour.",
        )?;
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
    ) -> Result<(), Refusal> {
        let hash = self
            .0
            .password_pool
            .run(from, move || password::hash(&password))
            .await?;
        let hash = hash.map_err(|error| Error::Internal(format!("bcrypt: {error}")))?;
        let join_default_rooms = self.0.join_default_rooms;
        let created = self.db().write(move |tx| {
            let Some(user) = store::insert(tx.conn, &name, &hash, time::now())? else {
                return Ok(false);
            };
            join_default_rooms(tx.conn, user)?;
            Ok(true)
        });
        if created.await? { Ok(()) } else { Err(taken()) }
    }

    /// Checks a password and opens a session; the answer is its token.
    ///
    /// # Errors
    /// `Unauthenticated` for a wrong name or password; `TooMany` after 10 failures per name and
    /// address in 3 minutes.
    pub async fn log_in(&self, from: IpAddr, name: &str, password: &str) -> Result<Uuid, Refusal> {
        let name = Username::parse(name).ok();
        let key = name.as_ref().map_or("", Username::key);
        let attempt = (key.to_owned(), from);
        const TOO_MANY: &str = "Too many failed log-ins.";
        self.throttle(&self.0.log_ins_from, from, TOO_MANY)?;
        self.throttle(&self.0.log_ins, attempt.clone(), TOO_MANY)?;
        let checked = self.check(from, name, password).await.inspect_err(|_| {
            self.0.log_ins_from.refund(&from); // nothing was tried
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

    /// Whose password this is; nobody's takes as long to find out as a wrong one.
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
        let password = password.to_owned();
        let verify = move || match found {
            Some((user, hash)) => password::verify(&password, &hash).then_some(user),
            None => {
                password::verify_nobody(&password);
                None
            }
        };
        self.0.password_pool.run(from, verify).await
    }

    /// Ends the session of `user` everywhere at once, its sockets included.
    ///
    /// # Errors
    /// Those of the database; the session then goes on.
    pub async fn log_out(&self, user: &User) -> Result<()> {
        let (user, session, its) = (user.id, user.session, self.0.clone());
        let close = move |tx: &mut Tx| {
            store::close_session(tx.conn, session)?;
            // With the commit, also when whoever asked does not wait for the answer.
            tx.after_commit(move || {
                its.sessions.forget(|_, known| known.id == session);
                its.app.live.registry().end_session(user, session);
            });
            Ok(())
        };
        self.db().write(close).await
    }

    /// Who a token belongs to.
    ///
    /// # Errors
    /// `Unauthenticated` when the token is unknown or its session is over.
    pub async fn identify(&self, token: Uuid) -> Result<User> {
        let (hash, now) = (sessions::hash(token), time::now());
        let session = match self.0.sessions.get(&hash) {
            Some(known) => known,
            None => self.load(hash).await?,
        };
        if session.is_over(now) {
            return Err(Error::Unauthenticated);
        }
        if session.needs_touch(now) {
            self.0.sessions.update(&hash, |known| known.seen_at = now);
            let id = session.id;
            let touch = move |tx: &mut Tx| store::touch_session(tx.conn, id, now);
            if let Err(error) = self.db().write(touch).await {
                tracing::warn!(?error, "the use of a session was not written down");
            }
        }
        Ok(User {
            id: session.user,
            username: session.username,
            is_admin: session.is_admin,
            session: session.id,
            session_ends: session.created_at + sessions::LIFETIME,
        })
    }

    async fn load(&self, hash: [u8; 32]) -> Result<Session> {
        let seen = self.0.sessions.generation(&hash);
        let found = self
            .db()
            .read(move |conn| store::session(conn, &hash))
            .await?;
        let session = found.ok_or(Error::Unauthenticated)?;
        self.0.sessions.keep(hash, session.clone(), seen);
        Ok(session)
    }

    fn db(&self) -> &Db {
        &self.0.app.db
    }

    fn throttle<K>(&self, throttle: &Throttle<K>, key: K, what: &str) -> Result<()>
    where
        K: std::hash::Hash + Eq + Clone,
    {
        if !self.0.app.config.limits {
            return Ok(());
        }
        throttle.take(key, Instant::now()).map_err(|wait| {
            let minutes = wait.as_secs().div_ceil(60).max(1);
            let unit = if minutes == 1 { "minute" } else { "minutes" };
            Error::TooMany(format!("{what} Try again in {minutes} {unit}."), wait)
        })
    }
}

fn refuse(field: &'static str, why: &str) -> Refusal {
    Refusal {
        error: Error::Invalid(why.to_owned()),
        field,
    }
}

fn taken() -> Refusal {
    Refusal {
        error: Error::Taken,
        field: "username",
    }
}

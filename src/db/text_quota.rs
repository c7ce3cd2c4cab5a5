//! Limit of the text that one user writes in a day, which begins at midnight UTC.
//!
//! Counts are kept in memory and stored in steps, so that a post costs no further row: a restart forgets at most one
//! step for each user.

use std::{collections::HashMap, sync::Arc, time::Duration};

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl};
use parking_lot::Mutex;

use super::{
    Conn, Tx,
    ids::UserId,
    time::{self, DAY},
};
use crate::{
    error::{Error, Result},
    schema::written_text,
};

/// Part of the limit after which a count is stored.
const STEPS: u64 = 128;

/// Returns the limit in bytes, which may change at any time.
type Limit = Box<dyn Fn() -> u64 + Send + Sync>;

/// Bytes of text that each user has written today. Without a limit, nothing is counted.
pub struct TextQuota {
    limit: Option<Limit>,
    today: Mutex<Today>,
}

/// Counts of one day.
#[derive(Default)]
struct Today {
    /// Number of the day since 1970.
    day: i64,
    users: HashMap<UserId, Written>,
}

/// Bytes that a user has written.
#[derive(Clone, Copy, Default)]
struct Written {
    all: u64,
    stored: u64,
}

/// A text that its author may still write today.
pub struct CheckedText(Option<Counted>);

/// A text, and the bytes of its author with it.
struct Counted {
    quota: Arc<TextQuota>,
    user: UserId,
    day: i64,
    bytes: u64,
    written: Written,
    /// Whether the count has to be stored.
    is_step: bool,
}

impl CheckedText {
    /// Counts the text, if the transaction is committed.
    pub fn store(self, tx: &mut Tx) -> Result<()> {
        let Some(mut counted) = self.0 else {
            return Ok(());
        };
        if counted.is_step {
            store(tx.conn, counted.user, counted.day, counted.written.all)?;
            counted.written.stored = counted.written.all;
        }
        tx.after_commit(move || counted.add());
        Ok(())
    }
}

impl Counted {
    fn add(self) {
        let mut today = self.quota.today.lock();
        if today.day == self.day {
            let written = today.users.entry(self.user).or_default();
            written.all += self.bytes;
            written.stored = written.stored.max(self.written.stored);
        }
    }
}

impl TextQuota {
    /// At most `limit` bytes for each user and day; without one, nothing is counted.
    pub fn new(limit: Option<impl Fn() -> u64 + Send + Sync + 'static>) -> TextQuota {
        TextQuota {
            limit: limit.map(|limit| Box::new(limit) as Limit),
            today: Mutex::default(),
        }
    }

    /// Counts a text that `user` writes in a transaction, if that is committed. `TooMany` if it is more than is left
    /// for today.
    pub fn take(self: &Arc<Self>, tx: &mut Tx, user: UserId, bytes: usize) -> Result<()> {
        self.check(tx.conn, user, bytes)?.store(tx)
    }

    /// Checks whether `user` may write a text, without counting it. `TooMany` if it is more than is left for today.
    pub fn check(
        self: &Arc<Self>,
        conn: &mut Conn,
        user: UserId,
        bytes: usize,
    ) -> Result<CheckedText> {
        let Some(limit) = self.limit.as_ref().map(|limit| limit()) else {
            return Ok(CheckedText(None));
        };
        let now = time::now();
        let (day, bytes) = (now.div_euclid(DAY), bytes as u64);
        let mut written = self.written(conn, user, day)?;
        written.all += bytes;
        if written.all > limit {
            let wait = Duration::from_millis((DAY - now.rem_euclid(DAY)).unsigned_abs());
            let what = "You’ve written as much as one person can in a day.";
            return Err(Error::too_many(what, wait));
        }
        Ok(CheckedText(Some(Counted {
            quota: self.clone(),
            user,
            day,
            bytes,
            written,
            is_step: written.all - written.stored >= limit / STEPS,
        })))
    }

    fn written(&self, conn: &mut Conn, user: UserId, day: i64) -> Result<Written> {
        let mut today = self.today.lock();
        if today.day != day {
            *today = Today {
                day,
                users: HashMap::new(),
            };
        }
        if let Some(written) = today.users.get(&user) {
            return Ok(*written);
        }
        let stored = load(conn, user, day)?;
        let written = Written {
            all: stored,
            stored,
        };
        today.users.insert(user, written);
        Ok(written)
    }
}

fn load(conn: &mut Conn, user: UserId, day: i64) -> Result<u64> {
    let row = written_text::table
        .find(user)
        .filter(written_text::day.eq(day));
    let bytes: Option<i64> = row.select(written_text::bytes).first(conn).optional()?;
    Ok(bytes.unwrap_or_default().unsigned_abs())
}

fn store(conn: &mut Conn, user: UserId, day: i64, bytes: u64) -> Result<()> {
    let row = (
        written_text::day.eq(day),
        written_text::bytes.eq(i64::try_from(bytes).unwrap_or(i64::MAX)),
    );
    let update = diesel::update(written_text::table.find(user)).set(row);
    if update.execute(conn)? == 0 {
        let row = (written_text::user_id.eq(user), row);
        diesel::insert_into(written_text::table)
            .values(row)
            .execute(conn)?;
    }
    Ok(())
}

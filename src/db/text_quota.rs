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

/// Bytes of text that each user has written today. Without a limit, nothing is counted.
pub struct TextQuota {
    limit: Option<u64>,
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

impl TextQuota {
    /// At most `limit` bytes for each user and day.
    pub fn new(limit: Option<u64>) -> TextQuota {
        TextQuota {
            limit,
            today: Mutex::default(),
        }
    }

    /// Counts a text that `user` writes in a transaction, if that is committed. `TooMany` if it is more than is left
    /// for today.
    pub fn take(self: &Arc<Self>, tx: &mut Tx, user: UserId, bytes: usize) -> Result<()> {
        let Some(limit) = self.limit else {
            return Ok(());
        };
        let now = time::now();
        let (day, bytes) = (now.div_euclid(DAY), bytes as u64);
        let mut written = self.written(tx.conn, user, day)?;
        written.all += bytes;
        if written.all > limit {
            let wait = Duration::from_millis((DAY - now.rem_euclid(DAY)).unsigned_abs());
            let what = "You’ve written as much as one person can in a day.";
            return Err(Error::too_many(what, wait));
        }
        if written.all - written.stored >= limit / STEPS {
            store(tx.conn, user, day, written.all)?;
            written.stored = written.all;
        }
        let quota = self.clone();
        tx.after_commit(move || quota.add(user, day, bytes, written.stored));
        Ok(())
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

    fn add(&self, user: UserId, day: i64, bytes: u64, stored: u64) {
        let mut today = self.today.lock();
        if today.day == day {
            let written = today.users.entry(user).or_default();
            written.all += bytes;
            written.stored = written.stored.max(stored);
        }
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

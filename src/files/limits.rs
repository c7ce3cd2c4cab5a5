//! Limits on uploads: file size, rate, quotas and free disk space.

use std::time::Instant;

use super::{
    Files, blobs,
    store::{self, Usage},
};
use crate::{
    accounts::User,
    db::{Conn, ids::UserId},
    error::{Error, Result},
};

/// Maximum number of unfinished uploads per user.
const MAX_UNFINISHED: i64 = 100;

impl Files {
    /// Checks that a user may start an upload of `length` bytes.
    ///
    /// # Errors
    /// - `FileTooLarge` if the file is too large.
    /// - `NoSpace` if a quota or the disk would be exceeded.
    /// - `TooMany` if uploads are started too quickly: more than a burst of 100, then 2 per second.
    /// - `Invalid` if the user has 100 unfinished uploads.
    pub(super) async fn check_limits(&self, user: &User, length: u64) -> Result<()> {
        self.check_size(length)?;
        self.check_rate(user)?;
        self.check_disk(length).await?;
        let (user, limits) = (user.id, self.quotas());
        let check = move |conn: &mut Conn| limits.check(conn, user, length);
        self.app.db.read(check).await
    }

    /// Counts a new upload against the user's rate limit.
    ///
    /// # Errors
    /// `TooMany` after a burst of 100 uploads, then more than 2 per second.
    pub(super) fn check_rate(&self, user: &User) -> Result<()> {
        if !self.app.config.limits {
            return Ok(());
        }
        let taken = self.upload_rate.take(user.id, Instant::now());
        taken.map_err(|wait| Error::too_many("You’re uploading too many files at once.", wait))
    }

    /// Checks the size of a file in bytes.
    ///
    /// # Errors
    /// `FileTooLarge` above the configured maximum.
    pub(super) fn check_size(&self, length: u64) -> Result<()> {
        let max = self.max_file();
        match length > max {
            true => Err(Error::FileTooLarge(max)),
            false => Ok(()),
        }
    }

    /// Checks that the disk keeps its configured reserve after `length` more bytes.
    ///
    /// # Errors
    /// `NoSpace` if it wouldn't.
    pub(super) async fn check_disk(&self, length: u64) -> Result<()> {
        let (incoming, reserve) = (self.incoming.clone(), self.app.config.min_free_disk);
        let free = blobs::blocking(move || Ok(incoming.free_space())).await?;
        match free {
            Some(free) if free < reserve.saturating_add(length) => {
                let why = "The server is almost out of space, so it can’t accept files right now. You can still send messages.";
                Err(Error::NoSpace(why.into()))
            }
            _ => Ok(()),
        }
    }

    /// Returns the maximum size in bytes of the user's next upload, and the error for a larger one.
    pub(super) async fn max_upload(&self, user: &User) -> Result<(u64, Error)> {
        let (user, quotas) = (user.id, self.quotas());
        let left = move |conn: &mut Conn| quotas.left(conn, user);
        let (left, used_up) = self.app.db.read(left).await?;
        let max = self.max_file();
        Ok(match left < max {
            true => (left, used_up),
            false => (max, Error::FileTooLarge(max)),
        })
    }

    /// Returns the maximum size of a file in bytes.
    pub fn max_file(&self) -> u64 {
        self.app.settings.current().limits.max_file
    }

    pub(super) fn quotas(&self) -> Quotas {
        let limits = &self.app.settings.current().limits;
        Quotas {
            of_user: limits.files_per_person,
            total: limits.files_total,
        }
    }
}

/// Quotas for stored files, in bytes.
#[derive(Clone, Copy)]
pub struct Quotas {
    pub(super) of_user: u64,
    pub(super) total: Option<u64>,
}

impl Quotas {
    /// Checks that a user may store `length` more bytes.
    ///
    /// # Errors
    /// `NoSpace` if a quota would be exceeded, `Invalid` if the user has too many unfinished uploads.
    pub fn check(&self, conn: &mut Conn, user: UserId, length: u64) -> Result<()> {
        let usage = store::usage(conn, user, self.total.is_some())?;
        if usage.unfinished >= MAX_UNFINISHED {
            let why = "You have 100 unfinished uploads. Finish or remove some first.";
            return Err(Error::Invalid(why.into()));
        }
        let (left, used_up) = self.left_of(&usage);
        match length > left {
            true => Err(used_up),
            false => Ok(()),
        }
    }

    /// Returns how many more bytes a user may store, and the error for exceeding that.
    fn left(&self, conn: &mut Conn, user: UserId) -> Result<(u64, Error)> {
        let usage = store::usage(conn, user, self.total.is_some())?;
        Ok(self.left_of(&usage))
    }

    fn left_of(&self, usage: &Usage) -> (u64, Error) {
        let left = |used: i64, quota: u64| quota.saturating_sub(used.unsigned_abs());
        let of_user = left(usage.of_user, self.of_user);
        let of_all = self
            .total
            .map_or(u64::MAX, |total| left(usage.total, total));
        let why = match of_all < of_user {
            true => "This server has no room for more files. Ask an admin to make some.",
            false => "You’ve used all your file space. Delete some files to make room.",
        };
        (of_user.min(of_all), Error::NoSpace(why.into()))
    }
}

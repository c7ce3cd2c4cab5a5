//! Limits on what users store.

use std::time::Instant;

use super::{Files, blobs, store};
use crate::{
    accounts::User,
    db::{Conn, ids::UserId},
    error::{Error, Result},
};

/// The most unfinished uploads of a user.
const MAX_UNFINISHED: i64 = 100;

impl Files {
    /// Checks that a user may begin an upload of this length (bytes).
    ///
    /// # Errors
    /// `FileTooLarge`, `NoSpace` if a quota or the disk is used up, `TooMany` after 100 at once and 2 a second.
    pub(super) async fn check_limits(&self, user: &User, length: u64) -> Result<()> {
        self.check_size(length)?;
        if self.app.config.limits {
            self.begun.take(user.id, Instant::now()).map_err(|wait| {
                Error::too_many("You’re uploading too many files at once.", wait)
            })?;
        }
        self.check_disk(length).await?;
        let (user, limits) = (user.id, self.quotas());
        let check = move |conn: &mut Conn| limits.check(conn, user, length);
        self.app.db.read(check).await
    }

    /// `FileTooLarge` for a file that is longer than the limit.
    pub(super) fn check_size(&self, length: u64) -> Result<()> {
        let max = self.app.config.max_file;
        match length > max {
            true => Err(Error::FileTooLarge(max)),
            false => Ok(()),
        }
    }

    /// `NoSpace` if less than the reserve of the disk would be left after `length` more bytes.
    pub(super) async fn check_disk(&self, length: u64) -> Result<()> {
        let (blobs, reserve) = (self.blobs.clone(), self.app.config.min_free_disk);
        let free = blobs::blocking(move || Ok(blobs.free_space())).await?;
        match free {
            Some(free) if free < reserve.saturating_add(length) => {
                let why = "The server is almost out of space, so it can’t accept files. Messages still work.";
                Err(Error::NoSpace(why.into()))
            }
            _ => Ok(()),
        }
    }

    /// Largest file that one may upload (bytes).
    pub fn max_file(&self) -> u64 {
        self.app.config.max_file
    }

    pub(super) fn quotas(&self) -> Quotas {
        Quotas {
            of_user: self.app.config.files_per_person,
            total: self.app.config.files_total,
        }
    }
}

/// Quotas of stored files (bytes).
#[derive(Clone, Copy)]
pub struct Quotas {
    of_user: u64,
    total: Option<u64>,
}

impl Quotas {
    /// Checks that `length` more bytes of a user fit.
    pub fn check(&self, conn: &mut Conn, user: UserId, length: u64) -> Result<()> {
        let usage = store::usage(conn, user, self.total.is_some())?;
        if usage.unfinished >= MAX_UNFINISHED {
            let why = "You have 100 unfinished uploads. Finish or remove some first.";
            return Err(Error::Invalid(why.into()));
        }
        let exceeds = |used: i64, quota: u64| used.unsigned_abs().saturating_add(length) > quota;
        if exceeds(usage.of_user, self.of_user) {
            let why =
                "You’ve used all your file space. Delete some messages with files to free some up.";
            return Err(Error::NoSpace(why.into()));
        }
        if self.total.is_some_and(|quota| exceeds(usage.total, quota)) {
            let why = "This server has no room for more files. Ask an admin to add some.";
            return Err(Error::NoSpace(why.into()));
        }
        Ok(())
    }
}

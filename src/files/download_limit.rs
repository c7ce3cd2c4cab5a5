//! Limits on concurrent downloads. Each download takes a file descriptor, and chat must keep working however many there
//! are.

use std::{collections::HashMap, sync::Arc, time::Duration};

use parking_lot::Mutex;

use crate::{
    db::ids::UserId,
    error::{Error, Result},
};

/// Maximum number of concurrent downloads. The server reserves this many file descriptors.
pub const MAX_DOWNLOADS: usize = 128;
/// Maximum number of concurrent downloads per user: several browsers with six connections each.
const MAX_PER_USER: usize = 32;
/// Delay after which a rejected client should retry.
const RETRY_AFTER: Duration = Duration::from_secs(2);

/// Counter of running downloads. Cheap to clone.
#[derive(Clone, Default)]
pub(super) struct DownloadLimit(Arc<Mutex<HashMap<UserId, usize>>>);

/// Running download, counted until it is dropped.
pub(super) struct DownloadSlot {
    user: UserId,
    limit: DownloadLimit,
}

impl DownloadLimit {
    /// Reserves a slot for a download.
    ///
    /// # Errors
    /// `Unavailable` if the user, or the whole server, has too many downloads running.
    pub(super) fn take(&self, user: UserId) -> Result<DownloadSlot> {
        let mut running = self.0.lock();
        let of_user = running.get(&user).copied().unwrap_or_default();
        if of_user >= MAX_PER_USER || running.values().sum::<usize>() >= MAX_DOWNLOADS {
            return Err(Error::Unavailable(RETRY_AFTER));
        }
        running.insert(user, of_user + 1);
        drop(running);
        Ok(DownloadSlot {
            user,
            limit: self.clone(),
        })
    }
}

impl Drop for DownloadSlot {
    fn drop(&mut self) {
        let mut running = self.limit.0.lock();
        if let Some(of_user) = running.get_mut(&self.user) {
            *of_user -= 1;
            if *of_user == 0 {
                running.remove(&self.user);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_has_a_share_of_the_downloads_and_gives_them_back() {
        let limit = DownloadLimit::default();
        let take_all = |user| -> Vec<DownloadSlot> {
            std::iter::from_fn(|| limit.take(UserId(user)).ok()).collect()
        };
        let mut taken: Vec<_> = (1..=4).map(take_all).collect();
        assert!(taken.iter().all(|slots| slots.len() == 32));
        assert_eq!(
            limit.take(UserId(5)).err(),
            Some(Error::Unavailable(RETRY_AFTER))
        );
        taken.pop();
        assert!(limit.take(UserId(5)).is_ok());
        taken.clear();
        assert!(limit.0.lock().is_empty());
    }
}

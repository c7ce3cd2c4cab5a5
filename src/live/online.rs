//! Users who are online: they have a connection, or had one in the last five seconds.

use std::{collections::HashMap, sync::Arc, time::Duration};

use parking_lot::{Mutex, MutexGuard};

use super::notifier::Notifier;
use crate::db::ids::UserId;

/// A user stays online for this long without a connection, so that a reload goes unnoticed.
const GRACE: Duration = Duration::from_secs(5);

/// Users who are online.
pub struct OnlineUsers {
    users: Mutex<HashMap<UserId, OnlineUser>>,
    notifier: Arc<Notifier>,
}

#[derive(Default)]
struct OnlineUser {
    connections: usize,
    /// Counts connects, so that an outdated timer does not end a new visit.
    connects: u64,
}

/// One counted connection of a user; dropping it ends the count.
pub struct OnlineGuard {
    online: Arc<OnlineUsers>,
    user: UserId,
}

impl OnlineUsers {
    /// Starts without any user; `notifier` tells watchers who came and who went.
    pub(super) fn new(notifier: Arc<Notifier>) -> Arc<OnlineUsers> {
        let users = Mutex::default();
        Arc::new(OnlineUsers { users, notifier })
    }

    /// Counts one more connection of a user.
    pub fn connect(self: &Arc<OnlineUsers>, user: UserId) -> OnlineGuard {
        let mut users = self.users();
        let entry = users.entry(user).or_default();
        entry.connections += 1;
        entry.connects += 1;
        let is_first = entry.connects == 1;
        drop(users);
        if is_first {
            self.notifier.notify_watchers(user);
        }
        OnlineGuard {
            online: self.clone(),
            user,
        }
    }

    /// Whether a user is online.
    pub fn is_online(&self, user: UserId) -> bool {
        self.users().contains_key(&user)
    }

    /// All users who are online, in no order.
    pub fn all(&self) -> Vec<UserId> {
        self.users().keys().copied().collect()
    }

    /// Removes one connection; the user stays online for [`GRACE`] longer.
    fn disconnect(self: &Arc<OnlineUsers>, user: UserId) {
        let mut users = self.users();
        let Some(entry) = users.get_mut(&user) else {
            return;
        };
        entry.connections = entry.connections.saturating_sub(1);
        if entry.connections > 0 {
            return;
        }
        let (online, connects) = (self.clone(), entry.connects);
        drop(users);
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                tokio::time::sleep(GRACE).await;
                online.expire(user, connects);
            });
        }
    }

    /// Ends a visit, unless the user has connected again since.
    fn expire(&self, user: UserId, connects: u64) {
        let mut users = self.users();
        match users.get(&user) {
            Some(entry) if entry.connections == 0 && entry.connects == connects => {}
            _ => return,
        }
        users.remove(&user);
        drop(users);
        self.notifier.notify_watchers(user);
    }

    fn users(&self) -> MutexGuard<'_, HashMap<UserId, OnlineUser>> {
        self.users.lock()
    }
}

impl Drop for OnlineGuard {
    fn drop(&mut self) {
        self.online.disconnect(self.user);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const ADA: UserId = UserId(1);
    const GRACE_HOPPER: UserId = UserId(2);

    /// Lets the timers that are due run.
    async fn after(time: Duration) {
        tokio::time::sleep(time).await;
        tokio::task::yield_now().await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_user_is_online_until_five_seconds_after_the_last_connection() {
        let online = OnlineUsers::new(Notifier::start());
        assert!(!online.is_online(ADA));
        let (first, second) = (online.connect(ADA), online.connect(ADA));
        drop(first);
        after(2 * GRACE).await;
        assert!(online.is_online(ADA), "another connection is open");
        drop(second);
        after(GRACE - Duration::from_millis(10)).await;
        assert_eq!(online.all(), [ADA]);
        let again = online.connect(ADA);
        after(2 * GRACE).await;
        assert!(online.is_online(ADA), "the user came back in time");
        drop(again);
        after(GRACE + Duration::from_millis(10)).await;
        assert_eq!(online.all(), []);
    }

    #[tokio::test(start_paused = true)]
    async fn watchers_are_notified_when_a_user_comes_or_goes_and_at_no_other_time() {
        let notifier = Notifier::start();
        let online = OnlineUsers::new(notifier.clone());
        let mut watcher = notifier.subscribe(GRACE_HOPPER, None);
        watcher.watch([ADA]);
        let ada = BTreeSet::from([ADA]);
        let first = online.connect(ADA);
        assert_eq!(watcher.signal.take().users, ada);
        drop(online.connect(ADA));
        assert_eq!(watcher.signal.take().users, BTreeSet::new());
        drop(first);
        assert_eq!(watcher.signal.take().users, BTreeSet::new(), "not gone yet");
        after(GRACE + Duration::from_millis(10)).await;
        assert_eq!(watcher.signal.take().users, ada);
    }
}

//! Who is anywhere on this server: for the dot beside a name.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use super::{GRACE, Presence};
use crate::db::ids::UserId;

/// Everyone with a socket, or without one for a few seconds only.
#[derive(Default)]
pub struct Online(Mutex<HashMap<UserId, Visit>>);

#[derive(Default)]
struct Visit {
    sockets: usize,
    /// Counts arrivals, so that an old departure does not end a new visit.
    arrivals: u64,
}

/// One socket of a person, wherever it is; ends when dropped.
pub struct OnlineGuard {
    presence: Presence,
    user: UserId,
}

impl Presence {
    /// Counts one more socket of a person.
    pub fn wake(&self, user: UserId) -> OnlineGuard {
        let mut online = self.0.online.lock();
        let visit = online.entry(user).or_default();
        visit.sockets += 1;
        visit.arrivals += 1;
        let first = visit.arrivals == 1;
        drop(online);
        if first {
            self.0.app.live.notifier().tell_watchers(user);
        }
        OnlineGuard {
            presence: self.clone(),
            user,
        }
    }

    /// Whether somebody is anywhere on this server.
    pub fn is_online(&self, user: UserId) -> bool {
        self.0.online.lock().contains_key(&user)
    }

    /// Everyone who is.
    pub fn online(&self) -> Vec<UserId> {
        self.0.online.lock().keys().copied().collect()
    }

    fn asleep(&self, user: UserId, arrivals: u64) {
        let mut online = self.0.online.lock();
        match online.get(&user) {
            Some(visit) if visit.sockets == 0 && visit.arrivals == arrivals => {}
            _ => return,
        }
        online.remove(&user);
        drop(online);
        self.0.app.live.notifier().tell_watchers(user);
    }
}

impl Online {
    fn lock(&self) -> MutexGuard<'_, HashMap<UserId, Visit>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for OnlineGuard {
    fn drop(&mut self) {
        let mut online = self.presence.0.online.lock();
        let Some(visit) = online.get_mut(&self.user) else {
            return;
        };
        visit.sockets = visit.sockets.saturating_sub(1);
        let (left, arrivals) = (visit.sockets == 0, visit.arrivals);
        drop(online);
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            return;
        };
        if left {
            let (presence, user) = (self.presence.clone(), self.user);
            runtime.spawn(async move {
                tokio::time::sleep(GRACE).await;
                presence.asleep(user, arrivals);
            });
        }
    }
}

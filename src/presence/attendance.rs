//! The users in one room, and whether those that pages list have changed.

use std::{
    collections::{BTreeMap, HashMap},
    time::Instant,
};

use super::html::{Attendee, RoomAttendees};
use crate::db::ids::{AvatarId, UserId};

/// Names in a list; the others are counted.
pub const LISTED: usize = 100;

/// Users in a room.
#[derive(Default)]
pub struct Attendance {
    pub people: HashMap<UserId, Visit>,
    /// The same users by name, as they are listed.
    by_name: BTreeMap<(String, UserId), Attendee>,
    /// Version of the room's state.
    pub version: u64,
    pub pushed_at: Option<Instant>,
    pub push_is_due: bool,
    /// Whether the list has changed since the last push. If not, only the counts are sent: a list of 100 users is 20 KB.
    pub list_changed: bool,
}

/// A user in a room.
pub struct Visit {
    pub attendee: Attendee,
    pub sockets: usize,
    /// Counts arrivals, so that an old departure does not end a new visit.
    pub arrivals: u64,
}

impl Attendance {
    /// Adds a socket. Returns whether it is the user's first.
    pub fn enter(&mut self, attendee: Attendee) -> bool {
        let visit = self.people.entry(attendee.id).or_insert_with(|| Visit {
            attendee: attendee.clone(),
            sockets: 0,
            arrivals: 0,
        });
        visit.sockets += 1;
        visit.arrivals += 1;
        let joined = visit.arrivals == 1;
        if joined {
            let key = attendee.sort_key();
            // The first user who is not listed adds a row that counts the others.
            self.list_changed |= self.people.len() <= LISTED + 1 || self.is_listed(&key);
            self.by_name.insert(key, attendee);
        }
        joined
    }

    /// Removes a user without a socket and with this number of arrivals. Returns them.
    pub fn leave(&mut self, user: UserId, arrivals: u64) -> Option<Attendee> {
        let visit = self.people.get(&user)?;
        if visit.sockets > 0 || visit.arrivals != arrivals {
            return None;
        }
        let attendee = self.people.remove(&user)?.attendee;
        let key = attendee.sort_key();
        self.list_changed |= self.people.len() <= LISTED || self.is_listed(&key);
        self.by_name.remove(&key);
        Some(attendee)
    }

    /// Sets the name and the picture of a user. Returns whether they are here.
    pub fn rename(&mut self, user: UserId, name: &str, avatar: Option<AvatarId>) -> bool {
        let Some(visit) = self.people.get_mut(&user) else {
            return false;
        };
        self.by_name.remove(&visit.attendee.sort_key());
        visit.attendee.name = name.into();
        visit.attendee.avatar = avatar;
        let attendee = visit.attendee.clone();
        self.by_name.insert(attendee.sort_key(), attendee);
        self.list_changed = true;
        true
    }

    /// The list as pages show it.
    pub fn listed(&self) -> RoomAttendees {
        let listed = self.by_name.values().take(LISTED);
        RoomAttendees {
            people: listed.cloned().collect(),
            count: self.people.len(),
            more: self.people.len().saturating_sub(LISTED),
        }
    }

    /// Whether a user with this key would be in the list.
    fn is_listed(&self, key: &(String, UserId)) -> bool {
        let last = self.by_name.keys().nth(LISTED - 1);
        last.is_none_or(|last| key <= last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attendee(id: usize) -> Attendee {
        Attendee {
            id: UserId(id as i64),
            username: format!("user{id:04}").into(),
            name: format!("User {id:04}").into(),
            avatar: None,
        }
    }

    #[test]
    fn a_list_has_changed_exactly_if_its_rows_have() {
        let mut here = Attendance::default();
        let mut seed = 7_u64;
        for step in 0..2_000 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let id = (seed >> 33) as usize % 160;
            // Grows to about 140 users, then shrinks.
            let comes = (seed >> 20).is_multiple_of(8) == (step >= 1_000);
            let before = here.listed();
            here.list_changed = false;
            match here.people.get_mut(&UserId(id as i64)) {
                None if comes => assert!(here.enter(attendee(id))),
                Some(visit) if !comes => {
                    visit.sockets = 0;
                    assert!(here.leave(UserId(id as i64), 1).is_some());
                }
                _ => continue,
            }
            let after = here.listed();
            let rows = |list: &RoomAttendees| (list.people.clone(), list.more > 0);
            assert_eq!(here.list_changed, rows(&before) != rows(&after), "{step}");
        }
    }

    #[test]
    fn the_only_user_who_is_not_listed_changes_the_list() {
        let mut here = Attendance::default();
        for id in 0..=LISTED + 1 {
            here.list_changed = false;
            assert!(here.enter(attendee(id)));
            assert_eq!(here.list_changed, id <= LISTED, "{id} comes");
        }
        for id in (LISTED..=LISTED + 1).rev() {
            here.list_changed = false;
            let visit = here.people.get_mut(&UserId(id as i64));
            visit.expect("a user who is here").sockets = 0;
            assert!(here.leave(UserId(id as i64), 1).is_some());
            assert_eq!(here.list_changed, id == LISTED, "{id} leaves");
        }
    }

    #[test]
    fn another_name_changes_the_list_and_another_socket_does_not() {
        let mut here = Attendance::default();
        assert!(here.enter(attendee(1)));
        here.list_changed = false;
        assert!(!here.enter(attendee(1)));
        assert!(!here.list_changed);
        assert!(here.rename(UserId(1), "Ada", None) && here.list_changed);
        assert!(!here.rename(UserId(2), "Grace", None));
    }
}

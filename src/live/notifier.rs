//! Tells connections that something changed for them outside the room that they show.
//!
//! Invariants: notifying never waits and carries no content, only what is outdated; a connection has no queue, only the
//! set of what it must read again. A room notifies its members a few times a second at most.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    mem,
    sync::{Arc, Weak, mpsc},
    thread,
    time::Duration,
};

use parking_lot::{Mutex, MutexGuard};
use tokio::sync::Notify;

use crate::db::ids::{RoomId, UserId};

/// Minimum time between two rounds of notifications about rooms.
const DEBOUNCE: Duration = Duration::from_millis(200);
/// Addition to it for each notified connection: 10,000 connections are notified every 0.7 s.
const DEBOUNCE_EACH: Duration = Duration::from_micros(50);

/// Changes that a connection must read from the database.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Invalidations {
    /// Rooms with new messages, or with a read position that moved elsewhere.
    pub rooms: BTreeSet<RoomId>,
    /// Users who came online or went offline, or have another name.
    pub users: BTreeSet<UserId>,
    /// List of the user's rooms, or their names.
    pub room_list: bool,
}

/// Pending invalidations of one connection.
#[derive(Default)]
pub struct Signal {
    /// `None` most of the time, since there are very many connections.
    pending: Mutex<Option<Box<Invalidations>>>,
    wake: Notify,
    /// Room whose channel the connection is subscribed to.
    current_room: Option<RoomId>,
}

impl Signal {
    /// Returns when something is pending. Cancel-safe.
    pub async fn notified(&self) {
        self.wake.notified().await;
    }

    /// Takes the pending invalidations.
    pub fn take(&self) -> Invalidations {
        let pending = self.pending.lock().take();
        pending.map_or_else(Invalidations::default, |pending| *pending)
    }

    /// Wakes the connection, which reads the list of rooms again.
    pub fn refresh(&self) {
        self.notify(|_| {});
    }

    fn notify(&self, add: impl FnOnce(&mut Invalidations)) {
        add(self.pending.lock().get_or_insert_default());
        self.wake.notify_one();
    }
}

/// Notifier of all connections.
pub struct Notifier {
    state: Mutex<NotifierState>,
    changed: Mutex<ChangedRooms>,
    wake: mpsc::SyncSender<()>,
}

/// Rooms to notify about in the next round.
#[derive(Default)]
struct ChangedRooms {
    /// Rooms in which something changed for every member.
    rooms: HashSet<RoomId>,
    /// Members for whom something changed that does not show in the room itself.
    members: HashSet<(RoomId, UserId)>,
}

#[derive(Default)]
struct NotifierState {
    last_number: u64,
    users: HashMap<UserId, ConnectedUser>,
    /// Connected members of each room.
    rooms: HashMap<RoomId, HashSet<UserId>>,
    /// Connections that are notified when a user comes online or goes offline.
    watchers: HashMap<UserId, HashMap<u64, Arc<Signal>>>,
}

/// Connections and rooms of a user with at least one subscription.
#[derive(Default)]
struct ConnectedUser {
    signals: Vec<(u64, Arc<Signal>)>,
    rooms: HashSet<RoomId>,
}

/// Subscription of a connection to notifications; dropping it unsubscribes.
pub struct Subscription {
    notifier: Arc<Notifier>,
    user: UserId,
    number: u64,
    /// Users that it watches.
    watched: Vec<UserId>,
    /// Signal of this connection.
    pub signal: Arc<Signal>,
}

impl Notifier {
    /// Starts the thread that notifies about rooms.
    pub fn start() -> Arc<Notifier> {
        let (wake, woken) = mpsc::sync_channel(1);
        let notifier = Arc::new(Notifier {
            state: Mutex::default(),
            changed: Mutex::default(),
            wake,
        });
        let weak = Arc::downgrade(&notifier);
        thread::Builder::new()
            .name("live-notifier".into())
            .spawn(move || notify_all(&woken, &weak))
            .expect("a thread can be started while the server starts");
        notifier
    }

    /// Subscribes a connection of `user` to changes of the rooms given to [`Notifier::add_rooms`], and to those of the
    /// user. Changes of `current_room` reach it through its channel.
    pub fn subscribe(
        self: &Arc<Notifier>,
        user: UserId,
        current_room: Option<RoomId>,
    ) -> Subscription {
        let signal = Arc::new(Signal {
            current_room,
            ..Signal::default()
        });
        let mut state = self.state();
        state.last_number += 1;
        let number = state.last_number;
        let connected = state.users.entry(user).or_default();
        connected.signals.reserve_exact(1); // most people have one page open
        connected.signals.push((number, signal.clone()));
        drop(state);
        Subscription {
            notifier: self.clone(),
            user,
            number,
            watched: Vec::new(),
            signal,
        }
    }

    /// Adds rooms of a user, for as long as the user has a subscription. Read them from the database after subscribing,
    /// so that no change is missed in between.
    pub fn add_rooms(&self, user: UserId, rooms: impl IntoIterator<Item = RoomId>) {
        let mut state = self.state();
        let state = &mut *state;
        let Some(connected) = state.users.get_mut(&user) else {
            return;
        };
        for room in rooms {
            if connected.rooms.insert(room) {
                state.rooms.entry(room).or_default().insert(user);
            }
        }
    }

    /// Removes a room of a user.
    pub fn remove_room(&self, user: UserId, room: RoomId) {
        let mut state = self.state();
        if let Some(connected) = state.users.get_mut(&user) {
            connected.rooms.remove(&room);
        }
        remove_member(&mut state.rooms, &room, user);
    }

    /// Notifies all connections of a room's members soon, except those that show the room.
    pub fn room_changed(&self, room: RoomId) {
        self.changed.lock().rooms.insert(room);
        self.wake();
    }

    /// Notifies all connections of these members soon, also those that show the room: something changed for them that
    /// the room's channel does not tell, such as a mention in a thread.
    pub fn members_changed(&self, room: RoomId, users: impl IntoIterator<Item = UserId>) {
        let mut changed = self.changed.lock();
        let before = changed.members.len();
        changed
            .members
            .extend(users.into_iter().map(|user| (room, user)));
        let has_grown = changed.members.len() > before;
        drop(changed);
        if has_grown {
            self.wake();
        }
    }

    fn wake(&self) {
        let _ = self.wake.try_send(()); // a full channel means that the thread is awake
    }

    /// Notifies all connections of a user.
    pub fn notify_user(&self, user: UserId, add: impl Fn(&mut Invalidations)) {
        if let Some(connected) = self.state().users.get(&user) {
            connected.notify(&add);
        }
    }

    /// Notifies all connections of a room's members.
    pub fn notify_room(&self, room: RoomId, add: impl Fn(&mut Invalidations)) {
        let state = self.state();
        state.of_room(room).for_each(|user| user.notify(&add));
    }

    /// Notifies all connections that watch `user`.
    pub fn notify_watchers(&self, user: UserId) {
        let state = self.state();
        let watchers = state.watchers.get(&user);
        for signal in watchers.iter().flat_map(|watchers| watchers.values()) {
            signal.notify(|pending| {
                pending.users.insert(user);
            });
        }
    }

    /// Notifies about all changed rooms. Returns the number of notified connections.
    fn notify_changed_rooms(&self) -> u32 {
        let mut count = 0;
        let changed = mem::take(&mut *self.changed.lock());
        for room in changed.rooms {
            let state = self.state(); // unlocked after each room: the database writer may wait for it
            let signals = state.of_room(room).flat_map(|user| &user.signals);
            for (_, signal) in signals.filter(|(_, signal)| signal.current_room != Some(room)) {
                count += 1;
                signal.notify(|pending| {
                    pending.rooms.insert(room);
                });
            }
        }
        for (room, user) in changed.members {
            if let Some(connected) = self.state().users.get(&user) {
                count += connected.signals.len() as u32;
                connected.notify(&|pending: &mut Invalidations| {
                    pending.rooms.insert(room);
                });
            }
        }
        count
    }

    /// Users with a connection that shows a room.
    pub fn viewers(&self, room: RoomId) -> HashSet<UserId> {
        let state = self.state();
        let members = state.rooms.get(&room).into_iter().flatten();
        let shows = |user: &UserId| {
            let signals = state.users.get(user).into_iter();
            let mut signals = signals.flat_map(|user| &user.signals);
            signals.any(|(_, signal)| signal.current_room == Some(room))
        };
        members.copied().filter(shows).collect()
    }

    fn state(&self) -> MutexGuard<'_, NotifierState> {
        self.state.lock()
    }
}

fn notify_all(woken: &mpsc::Receiver<()>, notifier: &Weak<Notifier>) {
    while woken.recv().is_ok() {
        let Some(notifier) = notifier.upgrade() else {
            return;
        };
        let count = notifier.notify_changed_rooms();
        drop(notifier);
        thread::sleep(DEBOUNCE + DEBOUNCE_EACH * count);
    }
}

impl NotifierState {
    /// Connected members of a room.
    fn of_room(&self, room: RoomId) -> impl Iterator<Item = &ConnectedUser> {
        let users = self.rooms.get(&room).into_iter().flatten();
        users.filter_map(|user| self.users.get(user))
    }
}

impl ConnectedUser {
    fn notify(&self, add: &impl Fn(&mut Invalidations)) {
        for (_, signal) in &self.signals {
            signal.notify(add);
        }
    }
}

impl Subscription {
    /// Watches more users: [`Notifier::notify_watchers`] notifies this connection, too.
    pub fn watch(&mut self, users: impl IntoIterator<Item = UserId>) {
        let mut state = self.notifier.state();
        for user in users {
            let watchers = state.watchers.entry(user).or_default();
            if watchers.insert(self.number, self.signal.clone()).is_none() {
                self.watched.push(user);
            }
        }
    }
}

fn remove_member(rooms: &mut HashMap<RoomId, HashSet<UserId>>, room: &RoomId, user: UserId) {
    if let Some(users) = rooms.get_mut(room) {
        users.remove(&user);
        if users.is_empty() {
            rooms.remove(room);
        }
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let mut state = self.notifier.state();
        for user in &self.watched {
            if let Some(watchers) = state.watchers.get_mut(user) {
                watchers.remove(&self.number);
                if watchers.is_empty() {
                    state.watchers.remove(user);
                }
            }
        }
        let Some(connected) = state.users.get_mut(&self.user) else {
            return;
        };
        connected
            .signals
            .retain(|(number, _)| *number != self.number);
        if connected.signals.is_empty() {
            let rooms = mem::take(&mut connected.rooms);
            state.users.remove(&self.user);
            for room in rooms {
                remove_member(&mut state.rooms, &room, self.user);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADA: UserId = UserId(1);
    const GRACE: UserId = UserId(2);

    #[test]
    fn a_changed_room_notifies_its_members_who_are_elsewhere_and_no_one_else() {
        let notifier = Notifier::start();
        let in_room = notifier.subscribe(ADA, Some(RoomId(5)));
        let elsewhere = notifier.subscribe(ADA, Some(RoomId(6)));
        let outsider = notifier.subscribe(GRACE, None);
        notifier.add_rooms(ADA, [RoomId(5), RoomId(6)]);
        notifier.add_rooms(GRACE, [RoomId(6)]);
        notifier.changed.lock().rooms.insert(RoomId(5));
        notifier.notify_changed_rooms();
        assert_eq!(in_room.signal.take(), Invalidations::default());
        assert_eq!(outsider.signal.take(), Invalidations::default());
        let pending = elsewhere.signal.take();
        assert_eq!(pending.rooms, BTreeSet::from([RoomId(5)]), "the other tab");
        let pending = elsewhere.signal.take();
        assert_eq!(pending, Invalidations::default(), "notified once");
    }

    #[test]
    fn a_change_for_single_members_notifies_all_their_connections_and_no_one_else() {
        let notifier = Notifier::start();
        let in_room = notifier.subscribe(ADA, Some(RoomId(5)));
        let elsewhere = notifier.subscribe(ADA, None);
        let other_member = notifier.subscribe(GRACE, None);
        notifier.add_rooms(GRACE, [RoomId(5)]);
        notifier.changed.lock().members.insert((RoomId(5), ADA));
        notifier.notify_changed_rooms();
        for subscription in [in_room, elsewhere] {
            let rooms = subscription.signal.take().rooms;
            assert_eq!(rooms, BTreeSet::from([RoomId(5)]));
        }
        assert_eq!(other_member.signal.take(), Invalidations::default());
    }

    #[test]
    fn viewers_are_the_members_with_a_connection_that_shows_the_room() {
        let notifier = Notifier::start();
        let _here = notifier.subscribe(ADA, Some(RoomId(5)));
        let _elsewhere = notifier.subscribe(GRACE, Some(RoomId(6)));
        for user in [ADA, GRACE] {
            notifier.add_rooms(user, [RoomId(5), RoomId(6)]);
        }
        assert_eq!(notifier.viewers(RoomId(5)), HashSet::from([ADA]));
        assert_eq!(notifier.viewers(RoomId(7)), HashSet::new());
    }

    #[test]
    fn a_former_member_is_not_notified_and_a_dropped_subscription_leaves_nothing_behind() {
        let notifier = Notifier::start();
        let mut subscription = notifier.subscribe(ADA, None);
        notifier.add_rooms(ADA, [RoomId(5)]);
        subscription.watch([GRACE]);
        notifier.notify_watchers(GRACE);
        assert_eq!(subscription.signal.take().users, BTreeSet::from([GRACE]));
        notifier.remove_room(ADA, RoomId(5));
        notifier.notify_room(RoomId(5), |pending| pending.room_list = true);
        assert_eq!(subscription.signal.take(), Invalidations::default());
        drop(subscription);
        let state = notifier.state();
        assert!(state.users.is_empty() && state.rooms.is_empty() && state.watchers.is_empty());
    }

    #[tokio::test]
    async fn a_changed_room_notifies_by_itself() {
        let notifier = Notifier::start();
        let subscription = notifier.subscribe(ADA, None);
        notifier.add_rooms(ADA, [RoomId(5)]);
        notifier.room_changed(RoomId(5));
        subscription.signal.notified().await;
        let rooms = subscription.signal.take().rooms;
        assert_eq!(rooms, BTreeSet::from([RoomId(5)]));
    }
}

//! Who is told that something changed for them, outside the room that they look at.
//!
//! Invariants: ringing never waits and carries no content, only where to look; a connection has no queue,
//! only the set of what it has to look at again. A room rings a few times a second at most, however much
//! is posted in it.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak, mpsc},
    thread,
    time::Duration,
};

use tokio::sync::Notify;

use crate::db::ids::{RoomId, UserId};

/// A room rings at most once in this time,
const DEBOUNCE: Duration = Duration::from_millis(200);
/// and in this for each bell that rings: 10,000 people look again in 0.7 s.
const DEBOUNCE_EACH: Duration = Duration::from_micros(50);

/// What a connection has to look at again.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Invalidations {
    /// Rooms in which something was written, or read by the same person elsewhere.
    pub rooms: BTreeSet<RoomId>,
    /// People who came or went.
    pub users: BTreeSet<UserId>,
    /// Which rooms there are, or what they are called.
    pub room_list: bool,
}

/// One connection's bell.
#[derive(Default)]
pub struct Signal {
    /// None most of the time: there are very many notifier.
    news: Mutex<Option<Box<Invalidations>>>,
    wake: Notify,
    /// The room that the connection hears anyhow.
    at: Option<RoomId>,
}

impl Signal {
    /// Returns when there is news. Cancel-safe.
    pub async fn notified(&self) {
        self.wake.notified().await;
    }

    /// The news; from now on there is none.
    pub fn take(&self) -> Invalidations {
        lock(&self.news)
            .take()
            .map_or_else(Invalidations::default, |news| *news)
    }

    fn ring(&self, add: impl FnOnce(&mut Invalidations)) {
        add(lock(&self.news).get_or_insert_default());
        self.wake.notify_one();
    }
}

/// All notifier. Cheap to clone.
#[derive(Clone)]
pub struct Notifier(Arc<Inner>);

struct Inner {
    state: Mutex<State>,
    stirred: Mutex<HashSet<RoomId>>,
    wake: mpsc::SyncSender<()>,
}

#[derive(Default)]
struct State {
    next: u64,
    people: HashMap<UserId, Person>,
    /// Who of them is in a room.
    rooms: HashMap<RoomId, HashSet<UserId>>,
    /// Which notifier ring when somebody comes or goes.
    watchers: HashMap<UserId, HashMap<u64, Arc<Signal>>>,
}

/// A person with at least one connection.
#[derive(Default)]
struct Person {
    notifier: Vec<(u64, Arc<Signal>)>,
    rooms: HashSet<RoomId>,
}

/// A bell in its place, taken down when dropped.
pub struct Subscription {
    notifier: Notifier,
    user: UserId,
    number: u64,
    /// Whose coming and going it rings for.
    watched: Vec<UserId>,
    /// What rings.
    pub signal: Arc<Signal>,
}

impl Notifier {
    /// No notifier; the thread that rings waits.
    pub fn start() -> Notifier {
        let (wake, woken) = mpsc::sync_channel(1);
        let inner = Arc::new(Inner {
            state: Mutex::default(),
            stirred: Mutex::default(),
            wake,
        });
        let notifier = Arc::downgrade(&inner);
        thread::Builder::new()
            .name("live-notifier".into())
            .spawn(move || ring_all(&woken, &notifier))
            .expect("a thread can be started while the server starts");
        Notifier(inner)
    }

    /// Hangs a bell for a connection of `user`, who hears the room `at` by other means. It rings for
    /// what [`Notifier::add_rooms`] names, and for what is told to the person.
    pub fn subscribe(&self, user: UserId, at: Option<RoomId>) -> Subscription {
        let signal = Arc::new(Signal {
            at,
            ..Signal::default()
        });
        let mut state = self.state();
        state.next += 1;
        let number = state.next;
        let person = state.people.entry(user).or_default();
        person.notifier.push((number, signal.clone()));
        drop(state);
        Subscription {
            notifier: self.clone(),
            user,
            number,
            watched: Vec::new(),
            signal,
        }
    }

    /// These rooms concern a person from now on, for as long as they have a bell. To be read from the
    /// database after the bell was hung, so that no change falls between.
    pub fn add_rooms(&self, user: UserId, rooms: impl IntoIterator<Item = RoomId>) {
        let mut state = self.state();
        let State {
            people: persons,
            rooms: by_room,
            ..
        } = &mut *state;
        let Some(person) = persons.get_mut(&user) else {
            return;
        };
        for room in rooms {
            if person.rooms.insert(room) {
                by_room.entry(room).or_default().insert(user);
            }
        }
    }

    /// This room concerns them no longer.
    pub fn remove_room(&self, user: UserId, room: RoomId) {
        let mut state = self.state();
        if let Some(person) = state.people.get_mut(&user) {
            person.rooms.remove(&room);
        }
        take_out(&mut state.rooms, &room, user);
    }

    /// Something happened in a room: soon, all notifier of its people ring but those that hear it anyhow.
    pub fn room_changed(&self, room: RoomId) {
        lock(&self.0.stirred).insert(room);
        let _ = self.0.wake.try_send(()); // full: it is awake already
    }

    /// Rings all notifier of a person.
    pub fn notify_user(&self, user: UserId, add: impl Fn(&mut Invalidations)) {
        if let Some(person) = self.state().people.get(&user) {
            person.ring(&add);
        }
    }

    /// Rings all notifier of those whom a room concerns.
    pub fn notify_room(&self, room: RoomId, add: impl Fn(&mut Invalidations)) {
        let state = self.state();
        for user in state.rooms.get(&room).into_iter().flatten() {
            if let Some(person) = state.people.get(user) {
                person.ring(&add);
            }
        }
    }

    /// Somebody came or went.
    pub fn notify_watchers(&self, of: UserId) {
        let state = self.state();
        for bell in state
            .watchers
            .get(&of)
            .iter()
            .flat_map(|notifier| notifier.values())
        {
            bell.ring(|news| {
                news.users.insert(of);
            });
        }
    }

    /// How many notifier rang.
    fn ring_stirred(&self) -> u32 {
        let mut rung = 0;
        let stirred = mem::take(&mut *lock(&self.0.stirred));
        for room in stirred {
            let state = self.state(); // anew for each room: the writer may want it between
            for user in state.rooms.get(&room).into_iter().flatten() {
                for (_, bell) in state.people.get(user).iter().flat_map(|p| &p.notifier) {
                    if bell.at != Some(room) {
                        rung += 1;
                        bell.ring(|news| {
                            news.rooms.insert(room);
                        });
                    }
                }
            }
        }
        rung
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.0.state)
    }
}

fn ring_all(woken: &mpsc::Receiver<()>, notifier: &Weak<Inner>) {
    while woken.recv().is_ok() {
        let Some(inner) = notifier.upgrade() else {
            return;
        };
        let rung = Notifier(inner).ring_stirred();
        thread::sleep(DEBOUNCE + DEBOUNCE_EACH * rung);
    }
}

impl Person {
    fn ring(&self, add: &impl Fn(&mut Invalidations)) {
        for (_, bell) in &self.notifier {
            bell.ring(add);
        }
    }
}

impl Subscription {
    /// From now on the bell rings when one of these people comes or goes, too.
    pub fn watch(&mut self, people: impl IntoIterator<Item = UserId>) {
        let mut state = self.notifier.state();
        for person in people {
            let watchers = state.watchers.entry(person).or_default();
            if watchers.insert(self.number, self.signal.clone()).is_none() {
                self.watched.push(person);
            }
        }
    }
}

fn take_out(map: &mut HashMap<RoomId, HashSet<UserId>>, room: &RoomId, user: UserId) {
    if let Some(users) = map.get_mut(room) {
        users.remove(&user);
        if users.is_empty() {
            map.remove(room);
        }
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let mut state = self.notifier.state();
        for person in &self.watched {
            if let Some(watchers) = state.watchers.get_mut(person) {
                watchers.remove(&self.number);
                if watchers.is_empty() {
                    state.watchers.remove(person);
                }
            }
        }
        let Some(person) = state.people.get_mut(&self.user) else {
            return;
        };
        person.notifier.retain(|(number, _)| *number != self.number);
        if !person.notifier.is_empty() {
            return;
        }
        let Some(person) = state.people.remove(&self.user) else {
            return;
        };
        for room in person.rooms {
            take_out(&mut state.rooms, &room, self.user);
        }
    }
}

fn lock<T>(what: &Mutex<T>) -> MutexGuard<'_, T> {
    what.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADA: UserId = UserId(1);
    const GRACE: UserId = UserId(2);

    #[test]
    fn a_room_rings_for_its_people_who_are_elsewhere_and_for_nobody_else() {
        let notifier = Notifier::start();
        let there = notifier.subscribe(ADA, Some(RoomId(5)));
        let elsewhere = notifier.subscribe(ADA, Some(RoomId(6)));
        let outsider = notifier.subscribe(GRACE, None);
        notifier.add_rooms(ADA, [RoomId(5), RoomId(6)]);
        notifier.add_rooms(GRACE, [RoomId(6)]);
        lock(&notifier.0.stirred).insert(RoomId(5));
        notifier.ring_stirred();
        assert_eq!(there.signal.take(), Invalidations::default());
        assert_eq!(outsider.signal.take(), Invalidations::default());
        assert_eq!(
            elsewhere.signal.take().rooms,
            BTreeSet::from([RoomId(5)]),
            "the other tab"
        );
        assert_eq!(
            elsewhere.signal.take(),
            Invalidations::default(),
            "told once"
        );
    }

    #[test]
    fn who_left_a_room_or_hung_up_hears_no_more_and_leaves_nothing_behind() {
        let notifier = Notifier::start();
        let mut bell = notifier.subscribe(ADA, None);
        notifier.add_rooms(ADA, [RoomId(5)]);
        bell.watch([GRACE]);
        notifier.notify_watchers(GRACE);
        assert_eq!(bell.signal.take().users, BTreeSet::from([GRACE]));
        notifier.remove_room(ADA, RoomId(5));
        notifier.notify_room(RoomId(5), |changed| changed.room_list = true);
        assert_eq!(bell.signal.take(), Invalidations::default());
        drop(bell);
        let state = notifier.state();
        assert!(state.people.is_empty() && state.rooms.is_empty() && state.watchers.is_empty());
    }

    #[tokio::test]
    async fn what_is_published_rings_by_itself() {
        let notifier = Notifier::start();
        let bell = notifier.subscribe(ADA, None);
        notifier.add_rooms(ADA, [RoomId(5)]);
        notifier.room_changed(RoomId(5));
        bell.signal.notified().await;
        assert_eq!(bell.signal.take().rooms, BTreeSet::from([RoomId(5)]));
    }
}

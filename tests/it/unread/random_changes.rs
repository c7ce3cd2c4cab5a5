//! People do things at random, one after another, and the model does the same.

use std::sync::Arc;

use chatterbox::db::ids::MessageId;
use chatterbox::error::Error;
use chatterbox::notifications::NotifyLevel;
use chatterbox::reading::{Mark, Preference};
use chatterbox::rooms::Kind;
use chatterbox::rooms::RoomList;

use super::fixtures::{LOBBY, NAMES, World};
use super::model::{Place, Said, Who, rows};
use crate::harness::random::Random;

/// A message of somebody, or of many at once.
const FEW: usize = 1;
const MANY: usize = 60;

pub struct RandomChanges<'a> {
    world: &'a World,
    random: Random,
    places: Vec<Place>,
    /// The list of each person as it was looked at last.
    shown: Vec<Option<Arc<RoomList>>>,
    pub tally: Tally,
}

/// What came about, so that a test knows that it did.
#[derive(Debug, Default)]
pub struct Tally {
    /// Lists in which only what had news was read again.
    pub refreshed: usize,
    /// Lists that were the same as before, from memory.
    pub kept: usize,
    /// Rows with more unread than is counted.
    pub beyond: usize,
    /// The same of mentions.
    pub named_beyond: usize,
}

impl Tally {
    pub fn add(&mut self, other: &Tally) {
        self.refreshed += other.refreshed;
        self.kept += other.kept;
        self.beyond += other.beyond;
        self.named_beyond += other.named_beyond;
    }
}

impl<'a> RandomChanges<'a> {
    /// In rooms of its own, and the Lobby as it is.
    pub async fn new(world: &'a World, seed: u64) -> RandomChanges<'a> {
        let everyone = 0..NAMES.len();
        let open = world.create(0, &format!("open {seed}"), Kind::Open).await;
        let closed = world
            .create(1, &format!("closed {seed}"), Kind::Closed)
            .await;
        let pair = world.direct(0, &[1]).await;
        let three = world.direct(2, &[0, 3]).await;
        let mut places = vec![world.told(LOBBY).await];
        places.push(Place::new(open, [0]));
        places.push(Place::new(closed, [1]));
        places.push(world.told(pair).await);
        places.push(world.told(three).await);
        RandomChanges {
            world,
            random: Random::new(seed),
            places,
            shown: everyone.map(|_| None).collect(),
            tally: Tally::default(),
        }
    }

    /// Something happens.
    pub async fn step(&mut self) -> String {
        let at = self.random.below(self.places.len());
        let who = self.random.below(NAMES.len());
        let done = match self.random.below(100) {
            0..=25 => self.post(at, FEW).await,
            26..=33 => self.answer(who, at).await,
            34..=38 => self.post(at, MANY).await,
            39..=45 => self.mark(who, at).await,
            46..=48 => self.mark_thread(who, at).await,
            49..=50 => self.decide(who, at).await,
            51..=53 => self.mark_all(who).await,
            54..=70 => self.alter(at, true).await,
            71..=77 => self.alter(at, false).await,
            78..=84 => self.prefer(who, at).await,
            85..=91 => self.come(who, at).await,
            92..=94 => self.put_out(who, at).await,
            95..=97 => self.go(who, at).await,
            _ => self.open_again(who).await,
        };
        format!("{} in {}: {done}", NAMES[who], self.places[at].room)
    }

    async fn post(&mut self, at: usize, count: usize) -> String {
        let room = self.places[at].room;
        let here: Vec<Who> = self.places[at].seats.keys().copied().collect();
        let (mut sent, mut drafts) = (Vec::new(), Vec::new());
        for _ in 0..count {
            let Some(&author) = self.random.of(&here) else {
                return "nobody is there".into();
            };
            let mut named: Vec<Who> = (0..NAMES.len()).collect();
            named.retain(|_| self.random.below(4) < if count > 1 { 3 } else { 1 });
            let member = self.world.admit(author, room).await;
            drafts.push((member.expect("they are there"), named.clone()));
            named.retain(|who| here.contains(who));
            sent.push((author, named));
        }
        for ((member, words), (author, named)) in drafts.iter().zip(sent) {
            let id = self.world.post(member, words, None).await;
            self.places[at].hear(Said {
                id: id.expect("they may write"),
                author,
                named,
                deleted: false,
                thread: None,
            });
        }
        format!("{count} posted")
    }

    /// One of the latest messages of a room that were not deleted.
    fn root(&mut self, at: usize) -> Option<i64> {
        let said = self.places[at].said.iter();
        let there = said.filter(|said| said.thread.is_none() && !said.deleted);
        let ids: Vec<i64> = there.map(|said| said.id).collect();
        self.random.of(&ids[ids.len().saturating_sub(3)..]).copied()
    }

    async fn answer(&mut self, author: Who, at: usize) -> String {
        let room = self.places[at].room;
        let (Some(root), Ok(member)) = (self.root(at), self.world.admit(author, room).await) else {
            return "nothing to answer".into();
        };
        let words: Vec<Who> = (0..NAMES.len())
            .filter(|_| self.random.below(5) == 0)
            .collect();
        let id = self.world.post(&member, &words, Some(root)).await;
        let mut named = words;
        named.retain(|who| self.places[at].seats.contains_key(who));
        self.places[at].hear(Said {
            id: id.expect("they may write"),
            author,
            named,
            deleted: false,
            thread: Some(root),
        });
        format!("an answer to {root}")
    }

    /// Somebody has seen the answers up to one.
    async fn mark_thread(&mut self, who: Who, at: usize) -> String {
        let place = &mut self.places[at];
        let Ok(member) = self.world.admit(who, place.room).await else {
            return "an outsider reads nothing".into();
        };
        let answers: Vec<(i64, i64)> = place
            .said
            .iter()
            .filter_map(|said| Some((said.thread?, said.id)))
            .collect();
        let Some(&(root, id)) = self.random.of(&answers) else {
            return "no answers".into();
        };
        let (to, threads) = (MessageId(id), &self.world.threads);
        let marked = threads.mark(&member, MessageId(root), to).await;
        marked.expect("it is in the thread");
        if let Some(followed) = place.follows.get_mut(&(who, root)) {
            followed.read = followed.read.max(id);
        }
        format!("{root} is read to {id}")
    }

    /// Somebody follows a thread, or does not any more.
    async fn decide(&mut self, who: Who, at: usize) -> String {
        let (room, follows) = (self.places[at].room, self.random.below(2) == 0);
        let (Some(root), Ok(member)) = (self.root(at), self.world.admit(who, room).await) else {
            return "nothing to follow".into();
        };
        let threads = &self.world.threads;
        let decided = threads.set_following(&member, MessageId(root), follows);
        decided.await.expect("it is in the room");
        self.places[at].decide(who, root, follows);
        format!("{root} is followed: {follows}")
    }

    async fn mark(&mut self, who: Who, at: usize) -> String {
        let place = &mut self.places[at];
        let Ok(member) = self.world.admit(who, place.room).await else {
            assert!(!place.seats.contains_key(&who), "they are in it");
            return "an outsider marks nothing".into();
        };
        let message = self.random.of(&place.said).map(|said| said.id);
        let mark = match (self.random.below(4), message) {
            (0, _) | (_, None) => Mark::All,
            (1, Some(id)) => Mark::From(MessageId(id)),
            (_, Some(id)) => Mark::UpTo(MessageId(id)),
        };
        let marked = self.world.reading.mark(&member, mark).await;
        marked.expect("the message is in the room");
        match mark {
            Mark::All => place.read_all(who),
            Mark::UpTo(id) => place.read_up_to(who, id.0),
            Mark::From(id) => {
                let seat = place.seats.get_mut(&who);
                seat.expect("they are in it").read = id.0 - 1;
            }
        }
        format!("{mark:?}")
    }

    async fn mark_all(&mut self, who: Who) -> String {
        let marked = self.world.reading.mark_all(&self.world.people[who]).await;
        marked.expect("the database answers");
        for place in &mut self.places {
            if place.seats.contains_key(&who) {
                place.read_all(who);
            }
        }
        "everything is read".into()
    }

    /// Whoever wrote a message deletes or edits it; one that is deleted stays as it is.
    async fn alter(&mut self, at: usize, deletes: bool) -> String {
        let place = &mut self.places[at];
        let recent = place.said.len().saturating_sub(60);
        let Some(said) = self.random.of(&place.said[recent..]).cloned() else {
            return "there is nothing to change".into();
        };
        let Ok(author) = self.world.admit(said.author, place.room).await else {
            return "who wrote it is not there".into();
        };
        let mut named: Vec<Who> = (0..NAMES.len()).collect();
        named.retain(|_| self.random.below(4) == 0);
        let altered = match deletes {
            true => self.world.delete(&author, said.id).await,
            false => self.world.edit(&author, said.id, &named).await,
        };
        match (altered, said.deleted && !deletes) {
            (Ok(()), false) | (Err(Error::Conflict(_)), true) => {}
            (altered, _) => panic!("{altered:?} of {said:?}"),
        }
        let one = place.said.iter_mut().find(|one| one.id == said.id);
        let one = one.expect("it was found before");
        one.deleted |= deletes;
        if !deletes && !one.deleted {
            named.retain(|who| place.seats.contains_key(who));
            one.named = named;
            let now = one.clone();
            place.name(&now);
        }
        format!("{} is gone or changed", said.id)
    }

    async fn prefer(&mut self, who: Who, at: usize) -> String {
        let place = &mut self.places[at];
        let Ok(member) = self.world.admit(who, place.room).await else {
            return "an outsider wants nothing".into();
        };
        let ways = [
            NotifyLevel::Everything,
            NotifyLevel::Mentions,
            NotifyLevel::Nothing,
        ];
        let flag = |random: &mut Random| [Some(true), Some(false), None][random.below(3)];
        let wish = Preference {
            notify: self.random.of(&ways).copied(),
            hidden: flag(&mut self.random),
            favourite: flag(&mut self.random),
        };
        let preferred = self.world.reading.prefer(&member, wish).await;
        preferred.expect("they are in it");
        place.prefer(who, wish);
        format!("{wish:?}")
    }

    /// By oneself, or brought in by somebody.
    async fn come(&mut self, who: Who, at: usize) -> String {
        let place = &mut self.places[at];
        let here: Vec<Who> = place.seats.keys().copied().collect();
        let came = match self.random.of(&here).filter(|_| at != 1) {
            None => {
                let join = self.world.rooms.join(&self.world.people[who], place.room);
                join.await
            }
            Some(host) => {
                let host = self.world.admit(*host, place.room).await;
                let host = host.expect("they are there");
                let invite = self.world.rooms.invite(&host, NAMES[who]).await;
                invite.map(drop)
            }
        };
        match came {
            Ok(()) if !place.seats.contains_key(&who) => place.sit(who),
            Ok(()) => assert_eq!(at, 1, "who is there cannot be brought in"),
            Err(Error::Conflict(_) | Error::Forbidden(_)) => {}
            Err(error) => panic!("{error}"),
        }
        format!("{:?}", place.seats.keys())
    }

    async fn go(&mut self, who: Who, at: usize) -> String {
        let place = &mut self.places[at];
        let Ok(member) = self.world.admit(who, place.room).await else {
            return "an outsider cannot leave".into();
        };
        match self.world.rooms.leave(&member).await {
            Ok(()) => drop(place.seats.remove(&who)),
            Err(Error::Conflict(_) | Error::Forbidden(_)) => {}
            Err(error) => panic!("{error}"),
        }
        format!("{:?}", place.seats.keys())
    }

    async fn put_out(&mut self, who: Who, at: usize) -> String {
        let place = &mut self.places[at];
        let here: Vec<Who> = place.seats.keys().copied().filter(|o| *o != who).collect();
        let Some(other) = self.random.of(&here) else {
            return "nobody can put anybody out".into();
        };
        let other = self.world.admit(*other, place.room).await;
        let other = other.expect("they are there");
        match self.world.rooms.remove(&other, NAMES[who]).await {
            Ok(()) => assert!(place.seats.remove(&who).is_some(), "they were there"),
            Err(Error::NotFound | Error::Forbidden(_)) => {}
            Err(error) => panic!("{error}"),
        }
        format!("{:?}", place.seats.keys())
    }

    /// A conversation that was opened again is in the list again.
    async fn open_again(&mut self, who: Who) -> String {
        let (at, others): (usize, &[Who]) = match who {
            0 => (3, &[1]),
            1 => (3, &[0]),
            2 => (4, &[0, 3]),
            _ => return "nobody to talk to".into(),
        };
        let opened = self.world.direct(who, others).await;
        let place = &mut self.places[at];
        assert_eq!(opened, place.room, "the same people, the same conversation");
        let seat = place.seats.get_mut(&who);
        seat.expect("they are in it").hidden = false;
        "opened again".into()
    }

    /// Everyone looks at their list.
    pub async fn compare(&mut self, after: &str) {
        for (who, name) in NAMES.iter().enumerate() {
            let expected = rows(&self.places, who);
            let mut seen = self.world.rows(who).await;
            seen.retain(|room, _| self.places.iter().any(|place| place.room == *room));
            assert_eq!(seen, expected, "{name} after {after}");
            self.count(who, self.world.list(who).await);
        }
    }

    fn count(&mut self, who: Who, list: Arc<RoomList>) {
        assert!(
            list.entries.is_sorted_by_key(|entry| entry.sort_key()),
            "the rows are in order"
        );
        if let Some(before) = &self.shown[who] {
            // A list that is read as a whole has its texts anew.
            let same_text = before.entries.first().is_some_and(|old| {
                let new = list.entry(old.room);
                new.is_some_and(|new| Arc::ptr_eq(&old.name, &new.name))
            });
            self.tally.kept += usize::from(before.serial == list.serial);
            self.tally.refreshed += usize::from(before.serial != list.serial && same_text);
        }
        for place in self.places.iter().filter(|p| p.seats.contains_key(&who)) {
            let unread = place.unread(who);
            let named = unread.iter().filter(|said| said.named.contains(&who));
            self.tally.beyond += usize::from(unread.len() > 100);
            self.tally.named_beyond += usize::from(named.count() > 100);
        }
        self.shown[who] = Some(list);
    }
}

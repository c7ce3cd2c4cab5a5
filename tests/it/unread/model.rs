//! What everyone should see of every room, kept as plainly as can be.

use std::collections::BTreeMap;

use chatterbox::db::ids::RoomId;
use chatterbox::notifications::NotifyLevel;
use chatterbox::reading::Preference;
use chatterbox::rooms::RoomEntry;

/// Counts end here.
const MOST: usize = 100;

/// A person, by their place in the list of people.
pub type Who = usize;

/// A message.
#[derive(Clone, Debug)]
pub struct Said {
    pub id: i64,
    pub author: Who,
    /// Those whom it named, of the people who were there.
    pub named: Vec<Who>,
    pub deleted: bool,
    /// Of an answer: the message that its thread is about.
    pub thread: Option<i64>,
}

/// What a person keeps of a thread.
#[derive(Clone, Copy, Debug)]
pub struct Followed {
    pub following: bool,
    pub read: i64,
}

/// What a person keeps of a room that they are in.
#[derive(Clone, Copy, Debug)]
pub struct Seat {
    pub read: i64,
    pub notify: NotifyLevel,
    pub hidden: bool,
    pub favourite: bool,
}

/// A room with its messages in their order, and the people in it.
#[derive(Clone, Debug)]
pub struct Place {
    pub room: RoomId,
    pub said: Vec<Said>,
    pub seats: BTreeMap<Who, Seat>,
    /// By person and the message that the thread is about.
    pub follows: BTreeMap<(Who, i64), Followed>,
}

/// What a person sees of a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    pub read: i64,
    pub newest: i64,
    pub unread: i64,
    pub mentions: i64,
    pub threads: i64,
    pub first_unread: Option<i64>,
    pub notify: NotifyLevel,
    pub hidden: bool,
    pub favourite: bool,
}

impl Place {
    /// An empty room with these people.
    pub fn new(room: RoomId, people: impl IntoIterator<Item = Who>) -> Place {
        let mut place = Place {
            room,
            said: Vec::new(),
            seats: BTreeMap::new(),
            follows: BTreeMap::new(),
        };
        people.into_iter().for_each(|who| place.sit(who));
        place
    }

    /// Somebody comes in; what was said before counts as read.
    pub fn sit(&mut self, who: Who) {
        let seat = Seat {
            read: self.newest(),
            notify: NotifyLevel::Everything,
            hidden: false,
            favourite: false,
        };
        self.seats.insert(who, seat);
        for followed in self.of(who) {
            followed.read = seat.read;
        }
    }

    /// What `who` keeps of the threads here.
    fn of(&mut self, who: Who) -> impl Iterator<Item = &mut Followed> {
        let all = self.follows.iter_mut();
        all.filter(move |((of, _), _)| *of == who)
            .map(|(_, followed)| followed)
    }

    /// Everything is read.
    pub fn read_all(&mut self, who: Who) {
        let newest = self.newest();
        self.read_up_to(who, newest);
        for followed in self.of(who) {
            followed.read = followed.read.max(newest);
        }
    }

    /// Follows a thread from here on, unless that was decided before.
    pub fn follow(&mut self, who: Who, root: i64, read: i64) {
        let following = true;
        let new = Followed { following, read };
        self.follows.entry((who, root)).or_insert(new);
    }

    /// A message comes in.
    pub fn hear(&mut self, said: Said) {
        if let Some(root) = said.thread {
            self.follow(said.author, root, said.id);
            let asked = self.said.iter().find(|one| one.id == root);
            self.follow(asked.expect("it is there").author, root, said.id - 1);
        }
        self.said.push(said.clone());
        self.name(&said);
    }

    /// Whom an answer names follows its thread.
    pub fn name(&mut self, said: &Said) {
        for who in said.thread.iter().flat_map(|_| &said.named) {
            self.follow(*who, said.thread.unwrap_or_default(), said.id - 1);
        }
    }

    /// Somebody decides about a thread.
    pub fn decide(&mut self, who: Who, root: i64, following: bool) {
        if self.follows.get(&(who, root)).map(|it| it.following) == Some(following) {
            return;
        }
        let mut latest = self.said.iter().rev();
        let newest = latest.find(|said| said.thread == Some(root));
        let read = newest.map_or(0, |said| said.id);
        self.follows
            .insert((who, root), Followed { following, read });
    }

    /// Answers of others that somebody has not read, in threads of which they keep something.
    fn answers(&self, who: Who) -> impl Iterator<Item = (&Followed, &Said)> {
        self.said.iter().filter_map(move |said| {
            let followed = self.follows.get(&(who, said.thread?))?;
            let counts = said.id > followed.read && said.author != who && !said.deleted;
            counts.then_some((followed, said))
        })
    }

    pub fn newest(&self) -> i64 {
        self.said.last().map_or(0, |said| said.id)
    }

    /// The position goes to here, or stays where it is if that is further.
    pub fn read_up_to(&mut self, who: Who, id: i64) {
        if let Some(seat) = self.seats.get_mut(&who) {
            seat.read = seat.read.max(id);
        }
    }

    pub fn prefer(&mut self, who: Who, wish: Preference) {
        if let Some(seat) = self.seats.get_mut(&who) {
            seat.notify = wish.notify.unwrap_or(seat.notify);
            seat.hidden = wish.hidden.unwrap_or(seat.hidden);
            seat.favourite = wish.favourite.unwrap_or(seat.favourite);
        }
    }

    /// All messages of others after somebody's position.
    pub fn unread(&self, who: Who) -> Vec<&Said> {
        let read = self.seats.get(&who).map_or(i64::MAX, |seat| seat.read);
        let news = self.said.iter().filter(|said| said.id > read);
        let news = news.filter(|said| said.thread.is_none());
        news.filter(|said| said.author != who && !said.deleted)
            .collect()
    }

    /// None for who is not in the room.
    pub fn row(&self, who: Who) -> Option<Row> {
        let seat = self.seats.get(&who)?;
        let unread = self.unread(who);
        let answers = self.answers(who).map(|(_, said)| said);
        let all = unread.iter().copied().chain(answers);
        let mentions = all.filter(|said| said.named.contains(&who));
        let threads = self.answers(who).filter(|(kept, _)| kept.following);
        Some(Row {
            read: seat.read,
            newest: self.newest(),
            unread: unread.len().min(MOST) as i64,
            mentions: mentions.count().min(MOST) as i64,
            threads: threads.count().min(MOST) as i64,
            first_unread: unread.first().map(|said| said.id),
            notify: seat.notify,
            hidden: seat.hidden,
            favourite: seat.favourite,
        })
    }
}

impl From<&RoomEntry> for Row {
    fn from(entry: &RoomEntry) -> Row {
        Row {
            read: entry.counts.read,
            newest: entry.counts.newest,
            unread: entry.counts.unread,
            mentions: entry.counts.mentions,
            threads: entry.counts.threads,
            first_unread: entry.counts.first_unread.map(|id| id.0),
            notify: entry.notify,
            hidden: entry.hidden,
            favourite: entry.favourite,
        }
    }
}

/// What `who` should see of all rooms.
pub fn rows(places: &[Place], who: Who) -> BTreeMap<RoomId, Row> {
    let rows = places.iter();
    rows.filter_map(|place| Some((place.room, place.row(who)?)))
        .collect()
}

//! What everyone should see of every room, kept as plainly as can be.

use std::collections::BTreeMap;

use chatterbox::db::ids::RoomId;
use chatterbox::sidebar::{Entry, Notify, Preference};

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
}

/// What a person keeps of a room that they are in.
#[derive(Clone, Copy, Debug)]
pub struct Seat {
    pub read: i64,
    pub notify: Notify,
    pub hidden: bool,
    pub favourite: bool,
}

/// A room with its messages in their order, and the people in it.
#[derive(Clone, Debug)]
pub struct Place {
    pub room: RoomId,
    pub said: Vec<Said>,
    pub seats: BTreeMap<Who, Seat>,
}

/// What a person sees of a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    pub read: i64,
    pub newest: i64,
    pub unread: i64,
    pub mentions: i64,
    pub first_unread: Option<i64>,
    pub notify: Notify,
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
        };
        people.into_iter().for_each(|who| place.sit(who));
        place
    }

    /// Somebody comes in; what was said before counts as read.
    pub fn sit(&mut self, who: Who) {
        let seat = Seat {
            read: self.newest(),
            notify: Notify::Everything,
            hidden: false,
            favourite: false,
        };
        self.seats.insert(who, seat);
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
        news.filter(|said| said.author != who && !said.deleted)
            .collect()
    }

    /// None for who is not in the room.
    pub fn row(&self, who: Who) -> Option<Row> {
        let seat = self.seats.get(&who)?;
        let unread = self.unread(who);
        let mentions = unread.iter().filter(|said| said.named.contains(&who));
        Some(Row {
            read: seat.read,
            newest: self.newest(),
            unread: unread.len().min(MOST) as i64,
            mentions: mentions.count().min(MOST) as i64,
            first_unread: unread.first().map(|said| said.id),
            notify: seat.notify,
            hidden: seat.hidden,
            favourite: seat.favourite,
        })
    }
}

impl From<&Entry> for Row {
    fn from(entry: &Entry) -> Row {
        Row {
            read: entry.counts.read,
            newest: entry.counts.newest,
            unread: entry.counts.unread,
            mentions: entry.counts.mentions,
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

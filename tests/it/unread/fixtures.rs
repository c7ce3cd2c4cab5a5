//! A server's parts and its people, and what they can do.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use chatterbox::accounts::{Accounts, User};
use chatterbox::app::App;
use chatterbox::db::ids::{MessageId, RoomId};
use chatterbox::error::{Error, Result};
use chatterbox::messages::{Draft, Messages, Posted};
use chatterbox::notifications::NotifyLevel;
use chatterbox::reading::Reading;
use chatterbox::rooms::{Kind, Member, NewRoom, RoomList, RoomName, RoomTopic, Rooms};
use chatterbox::threads::Threads;
use diesel::sql_types::BigInt;
use diesel::{QueryableByName, RunQueryDsl, sql_query};
use tempfile::TempDir;

use super::model::{Followed, Place, Row, Said, Seat, Who};
use crate::harness::account::PASSWORD;
use crate::harness::in_process;

pub const NAMES: [&str; 5] = ["ada", "bob", "cleo", "dan", "eve"];

/// Where everyone begins.
pub const LOBBY: RoomId = RoomId(1);

pub struct World {
    pub app: App,
    pub rooms: Rooms,
    pub messages: Messages,
    pub reading: Reading,
    pub threads: Threads,
    pub people: Vec<User>,
    /// So that each edit says something else.
    edits: AtomicU64,
    _home: TempDir,
}

impl World {
    /// Everyone is in the Lobby.
    pub async fn open() -> World {
        let home = TempDir::new().expect("a temporary folder");
        let app = in_process::app(&home);
        let rooms = Rooms::new(app.clone());
        let accounts = Accounts::new(app.clone());
        let mut people = Vec::new();
        for name in NAMES {
            people.push(person(&accounts, name).await);
        }
        World {
            messages: Messages::new(app.clone()),
            reading: Reading::new(app.clone()),
            threads: Threads::new(app.clone()),
            app,
            rooms,
            people,
            edits: AtomicU64::new(0),
            _home: home,
        }
    }

    /// A room of `owner`, and nobody else.
    pub async fn create(&self, owner: Who, name: &str, kind: Kind) -> RoomId {
        let blueprint = NewRoom {
            name: RoomName::parse(name).expect("a name"),
            topic: RoomTopic::parse("").expect("a topic"),
            kind,
        };
        let room = self.rooms.create(&self.people[owner], blueprint).await;
        room.expect("the name is free").id
    }

    /// Opens the direct conversation of `who` with these people.
    pub async fn direct(&self, who: Who, with: &[Who]) -> RoomId {
        let names = with.iter().map(|other| NAMES[*other].to_owned()).collect();
        let opened = self.rooms.direct(&self.people[who], names).await;
        opened.expect("they exist").0.id
    }

    pub async fn admit(&self, who: Who, room: RoomId) -> Result<Member> {
        self.rooms.admit(self.people[who].clone(), room).await
    }

    /// The id of a new message that names some; maybe of an answer.
    pub async fn post(&self, member: &Member, named: &[Who], thread: Option<i64>) -> Result<i64> {
        let draft = Draft::parse(&text("a word", named), None)?;
        let draft = draft.in_thread(thread.map(MessageId));
        match self.messages.post(member, draft).await? {
            Posted::New(message) | Posted::Before(message) => Ok(message.id.0),
        }
    }

    /// By whoever wrote it; once more is no change.
    pub async fn delete(&self, author: &Member, id: i64) -> Result<()> {
        let deleted = self.messages.delete(author, MessageId(id)).await?;
        assert!(deleted.deleted_at.is_some(), "it is gone");
        Ok(())
    }

    /// By whoever wrote it, to a text that names some.
    pub async fn edit(&self, author: &Member, id: i64, named: &[Who]) -> Result<()> {
        let number = self.edits.fetch_add(1, Ordering::Relaxed);
        let draft = Draft::parse(&text(&format!("word {number}"), named), None)?;
        let edit = self.messages.edit(author, MessageId(id), draft, None);
        edit.await.map(drop)
    }

    pub async fn list(&self, who: Who) -> Arc<RoomList> {
        let list = self.rooms.list(self.people[who].id).await;
        list.expect("the database answers")
    }

    /// What `who` sees of all their rooms.
    pub async fn rows(&self, who: Who) -> BTreeMap<RoomId, Row> {
        let list = self.list(who).await;
        let rows = list.entries.iter();
        rows.map(|entry| (entry.room, Row::from(entry))).collect()
    }

    /// A room as the tables tell it, in the order of its messages.
    pub async fn told(&self, room: RoomId) -> Place {
        let read = self.app.db.read(move |conn| {
            let all = |sql: &str| sql_query(sql).bind::<BigInt, _>(room.0);
            let said: Vec<SaidRow> = all(SAID).load(conn)?;
            let named: Vec<Pair> = all(NAMED).load(conn)?;
            let seats: Vec<SeatRow> = all(SEATS).load(conn)?;
            let follows: Vec<FollowRow> = all(FOLLOWS).load(conn)?;
            Ok::<_, Error>((said, named, seats, follows))
        });
        let (said, named, seats, follows) = read.await.expect("the database answers");
        let who = |id: i64| self.people.iter().position(|user| user.id.0 == id);
        let who = |id| who(id).expect("only they are here");
        let mut place = Place::new(room, []);
        for SaidRow {
            id,
            author,
            gone,
            thread,
        } in said
        {
            let here = named.iter().filter(|pair| pair.of == id);
            place.said.push(Said {
                id,
                author: who(author),
                named: here.map(|pair| who(pair.user)).collect(),
                deleted: gone == 1,
                thread: (thread != 0).then_some(thread),
            });
        }
        for row in follows {
            let followed = Followed {
                following: row.following == 1,
                read: row.read,
            };
            place.follows.insert((who(row.user), row.thread), followed);
        }
        for row in seats {
            let seat = Seat {
                read: row.read,
                notify: NotifyLevel::from_column(row.notify as i32),
                hidden: row.hidden == 1,
                favourite: row.favourite == 1,
            };
            place.seats.insert(who(row.user), seat);
        }
        place
    }
}

const SAID: &str = "SELECT id, author_id AS author, deleted_at IS NOT NULL AS gone, \
    COALESCE(thread_id, 0) AS thread FROM messages WHERE room_id = ? ORDER BY id";
const NAMED: &str = "SELECT user_id AS user, message_id AS of FROM mentions WHERE room_id = ?";
const SEATS: &str = "SELECT user_id AS user, read_id AS read, notify, is_hidden AS hidden, \
    is_favourite AS favourite FROM members WHERE room_id = ?";

const FOLLOWS: &str = "SELECT user_id AS user, thread_id AS thread, following, read_id AS read \
    FROM follows WHERE room_id = ?";

#[derive(QueryableByName)]
struct FollowRow {
    #[diesel(sql_type = BigInt)]
    user: i64,
    #[diesel(sql_type = BigInt)]
    thread: i64,
    #[diesel(sql_type = BigInt)]
    following: i64,
    #[diesel(sql_type = BigInt)]
    read: i64,
}

#[derive(QueryableByName)]
struct SaidRow {
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = BigInt)]
    author: i64,
    #[diesel(sql_type = BigInt)]
    gone: i64,
    #[diesel(sql_type = BigInt)]
    thread: i64,
}

/// A person and a message that names them.
#[derive(QueryableByName)]
struct Pair {
    #[diesel(sql_type = BigInt)]
    user: i64,
    #[diesel(sql_type = BigInt)]
    of: i64,
}

#[derive(QueryableByName)]
struct SeatRow {
    #[diesel(sql_type = BigInt)]
    user: i64,
    #[diesel(sql_type = BigInt)]
    read: i64,
    #[diesel(sql_type = BigInt)]
    notify: i64,
    #[diesel(sql_type = BigInt)]
    hidden: i64,
    #[diesel(sql_type = BigInt)]
    favourite: i64,
}

fn text(words: &str, named: &[Who]) -> String {
    let names = named.iter().map(|who| format!(" @{}", NAMES[*who]));
    format!("{words}{}", names.collect::<String>())
}

async fn person(accounts: &Accounts, name: &str) -> User {
    let from = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let registered = accounts.register(from, name, PASSWORD).await;
    assert!(registered.is_ok(), "the name is free");
    let Ok(token) = accounts.log_in(from, name, PASSWORD).await else {
        panic!("the password is right");
    };
    accounts.identify(token).await.expect("the session is new")
}

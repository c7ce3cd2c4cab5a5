//! A server's parts and its people, and what they can do.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use chatterbox::accounts::{Accounts, User};
use chatterbox::app::App;
use chatterbox::db::ids::RoomId;
use chatterbox::error::{Error, Result};
use chatterbox::live::Publication;
use chatterbox::messages::{Draft, Messages, Posted};
use chatterbox::presence::Presence;
use chatterbox::rooms::{self, Blueprint, Kind, Member, RoomName, Rooms, Topic};
use chatterbox::sidebar::{List, Notify, Sidebar};
use diesel::sql_types::BigInt;
use diesel::{QueryableByName, RunQueryDsl, sql_query};
use tempfile::TempDir;

use super::model::{Place, Row, Said, Seat, Who};
use crate::harness::inside;
use crate::harness::person::PASSWORD;

pub const NAMES: [&str; 5] = ["ada", "bob", "cleo", "dan", "eve"];

/// Where everyone begins.
pub const LOBBY: RoomId = RoomId(1);

pub struct World {
    pub app: App,
    pub rooms: Rooms,
    pub messages: Messages,
    pub sidebar: Sidebar,
    pub people: Vec<User>,
    _home: TempDir,
}

impl World {
    /// Everyone is in the Lobby.
    pub async fn open() -> World {
        let home = TempDir::new().expect("a temporary folder");
        let app = inside::app(&home);
        let rooms = Rooms::new(app.clone());
        let accounts = Accounts::new(app.clone(), rooms::welcome, |_| {});
        let mut people = Vec::new();
        for name in NAMES {
            people.push(person(&accounts, name).await);
        }
        World {
            messages: Messages::new(app.clone()),
            sidebar: Sidebar::new(app.clone(), rooms.clone(), Presence::new(app.clone())),
            app,
            rooms,
            people,
            _home: home,
        }
    }

    /// A room of `owner`, and nobody else.
    pub async fn create(&self, owner: Who, name: &str, kind: Kind) -> RoomId {
        let blueprint = Blueprint {
            name: RoomName::parse(name).expect("a name"),
            topic: Topic::parse("").expect("a topic"),
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

    /// The id of a new message that names some.
    pub async fn post(&self, member: &Member, named: &[Who]) -> Result<i64> {
        let names: String = named
            .iter()
            .map(|who| format!(" @{}", NAMES[*who]))
            .collect();
        let draft = Draft::parse(&format!("a word{names}"), None)?;
        match self.messages.post(member, draft).await? {
            Posted::New(message) | Posted::Before(message) => Ok(message.id.0),
        }
    }

    /// As the verb will do it. Says whether it was there.
    pub async fn delete(&self, room: RoomId, id: i64) -> Result<bool> {
        let sql = "UPDATE messages SET deleted_at = 1, body = '', rev = ? \
            WHERE id = ? AND deleted_at IS NULL";
        self.alter(room, id, sql).await
    }

    /// As the verb will do it, for a text that names the same people.
    pub async fn edit(&self, room: RoomId, id: i64) -> Result<bool> {
        let sql = "UPDATE messages SET edited_at = 1, body = 'another word', rev = ? \
            WHERE id = ? AND deleted_at IS NULL";
        self.alter(room, id, sql).await
    }

    async fn alter(&self, room: RoomId, id: i64, sql: &'static str) -> Result<bool> {
        let live = self.app.live.clone();
        let write = self.app.db.write(move |tx| {
            let rev = rooms::rev(tx.conn, room)? + 1;
            let update = sql_query(sql).bind::<BigInt, _>(rev).bind::<BigInt, _>(id);
            if update.execute(tx.conn)? == 0 {
                return Ok(false);
            }
            rooms::set_rev(tx.conn, room, rev)?;
            tx.after_commit(move || {
                live.publish(room, Publication::new(Some(rev), "<i></i>", None));
            });
            Ok(true)
        });
        write.await
    }

    pub async fn list(&self, who: Who) -> Arc<List> {
        let list = self.sidebar.list(&self.people[who]).await;
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
            Ok::<_, Error>((said, named, seats))
        });
        let (said, named, seats) = read.await.expect("the database answers");
        let who = |id: i64| self.people.iter().position(|user| user.id.0 == id);
        let who = |id| who(id).expect("only they are here");
        let mut place = Place::new(room, []);
        for SaidRow { id, author, gone } in said {
            let here = named.iter().filter(|pair| pair.of == id);
            place.said.push(Said {
                id,
                author: who(author),
                named: here.map(|pair| who(pair.user)).collect(),
                deleted: gone == 1,
            });
        }
        for row in seats {
            let seat = Seat {
                read: row.read,
                notify: Notify::from_column(row.notify as i32),
                hidden: row.hidden == 1,
                favourite: row.favourite == 1,
            };
            place.seats.insert(who(row.user), seat);
        }
        place
    }
}

const SAID: &str = "SELECT id, author_id AS author, deleted_at IS NOT NULL AS gone \
    FROM messages WHERE room_id = ? ORDER BY id";
const NAMED: &str = "SELECT user_id AS user, message_id AS of FROM mentions WHERE room_id = ?";
const SEATS: &str = "SELECT user_id AS user, read_id AS read, notify, is_hidden AS hidden, \
    is_favourite AS favourite FROM members WHERE room_id = ?";

#[derive(QueryableByName)]
struct SaidRow {
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = BigInt)]
    author: i64,
    #[diesel(sql_type = BigInt)]
    gone: i64,
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

async fn person(accounts: &Accounts, name: &str) -> User {
    let from = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let registered = accounts.register(from, name, PASSWORD).await;
    assert!(registered.is_ok(), "the name is free");
    let Ok(token) = accounts.log_in(from, name, PASSWORD).await else {
        panic!("the password is right");
    };
    accounts.identify(token).await.expect("the session is new")
}

//! The server's library in this process, with five users and their actions.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use chatterbox::accounts::{Accounts, User};
use chatterbox::app::App;
use chatterbox::db::ids::{MessageId, RoomId};
use chatterbox::emoji::EmojiCatalog;
use chatterbox::error::{Error, Result};
use chatterbox::files::Files;
use chatterbox::messages::{Draft, Messages, Posted};
use chatterbox::notifications::NotifyLevel;
use chatterbox::reading::Reading;
use chatterbox::rooms::{Kind, Member, NewRoom, RoomList, RoomName, RoomTopic, Rooms};
use chatterbox::threads::Threads;
use diesel::sql_types::BigInt;
use diesel::{QueryableByName, RunQueryDsl, sql_query};
use tempfile::TempDir;

use super::model::{Membership, MessageModel, RoomModel, Row, ThreadState, UserIndex};
use crate::harness::in_process;

pub const NAMES: [&str; 5] = ["ada", "bob", "cleo", "dan", "eve"];

/// The room that every user joins at registration.
pub const LOBBY: RoomId = RoomId(1);

/// The features under test, and the users.
pub struct Fixture {
    pub app: App,
    pub rooms: Rooms,
    pub messages: Messages,
    pub reading: Reading,
    pub threads: Threads,
    pub users: Vec<User>,
    /// Number of edits, which makes each text different.
    edits: AtomicU64,
    _home: TempDir,
}

impl Fixture {
    /// Registers all users; they are members of the lobby.
    pub async fn open() -> Fixture {
        let home = TempDir::new().expect("a temporary folder");
        let app = in_process::app(&home);
        let rooms = Rooms::new(app.clone());
        let accounts = Accounts::new(app.clone());
        let mut users = Vec::new();
        for name in NAMES {
            users.push(in_process::register(&accounts, name).await);
        }
        Fixture {
            messages: Messages::new(
                app.clone(),
                EmojiCatalog::new(app.clone(), Files::new(app.clone())),
            ),
            reading: Reading::new(app.clone()),
            threads: Threads::new(app.clone()),
            app,
            rooms,
            users,
            edits: AtomicU64::new(0),
            _home: home,
        }
    }

    /// Creates a room with `owner` as its only member.
    pub async fn create(&self, owner: UserIndex, name: &str, kind: Kind) -> RoomId {
        let new_room = NewRoom {
            name: RoomName::parse(name).expect("a name"),
            topic: RoomTopic::parse("").expect("a topic"),
            kind,
        };
        let room = self.rooms.create(&self.users[owner], new_room).await;
        room.expect("the name is free").id
    }

    /// Opens the direct conversation of `user` with these users.
    pub async fn direct(&self, user: UserIndex, with: &[UserIndex]) -> RoomId {
        let names = with.iter().map(|other| NAMES[*other].to_owned()).collect();
        let opened = self.rooms.direct(&self.users[user], names).await;
        opened.expect("the users exist").0.id
    }

    /// A user as a member of a room.
    pub async fn member(&self, user: UserIndex, room: RoomId) -> Result<Member> {
        self.rooms.admit(self.users[user].clone(), room).await
    }

    /// Posts a message or an answer that mentions users, and returns its id.
    pub async fn post(
        &self,
        member: &Member,
        mentioned: &[UserIndex],
        thread: Option<i64>,
    ) -> Result<i64> {
        let draft = Draft::parse(&text("a word", mentioned), None)?;
        let draft = draft.in_thread(thread.map(MessageId));
        match self.messages.post(member, draft).await? {
            Posted::New(message) | Posted::Before(message) => Ok(message.id.0),
        }
    }

    /// Deletes a message; a second deletion changes nothing.
    pub async fn delete(&self, author: &Member, id: i64) -> Result<()> {
        let deleted = self.messages.delete(author, MessageId(id)).await?;
        assert!(deleted.deleted_at.is_some(), "the message is deleted");
        Ok(())
    }

    /// Edits a message to a new text that mentions users.
    pub async fn edit(&self, author: &Member, id: i64, mentioned: &[UserIndex]) -> Result<()> {
        let number = self.edits.fetch_add(1, Ordering::Relaxed);
        let draft = Draft::parse(&text(&format!("word {number}"), mentioned), None)?;
        let edit = self.messages.edit(author, MessageId(id), draft, None);
        edit.await.map(drop)
    }

    pub async fn list(&self, user: UserIndex) -> Arc<RoomList> {
        let list = self.rooms.list(self.users[user].id).await;
        list.expect("the database answers")
    }

    /// The rows of a user's room list.
    pub async fn rows(&self, user: UserIndex) -> BTreeMap<RoomId, Row> {
        let list = self.list(user).await;
        let rows = list.entries.iter();
        rows.map(|entry| (entry.room, Row::from(entry))).collect()
    }

    /// Loads the model of a room from the database.
    pub async fn load_room(&self, room: RoomId) -> RoomModel {
        let read = self.app.db.read(move |conn| {
            let all = |sql: &str| sql_query(sql).bind::<BigInt, _>(room.0);
            let messages: Vec<MessageRow> = all(MESSAGES).load(conn)?;
            let mentioned: Vec<MentionRow> = all(MENTIONS).load(conn)?;
            let members: Vec<MembershipRow> = all(MEMBERS).load(conn)?;
            let follows: Vec<FollowRow> = all(FOLLOWS).load(conn)?;
            Ok::<_, Error>((messages, mentioned, members, follows))
        });
        let (messages, mentioned, members, follows) = read.await.expect("the database answers");
        let user = |id: i64| self.users.iter().position(|user| user.id.0 == id);
        let user = |id| user(id).expect("the user is part of the fixture");
        let mut model = RoomModel::new(room, []);
        for MessageRow {
            id,
            author,
            gone,
            thread,
        } in messages
        {
            let here = mentioned.iter().filter(|row| row.of == id);
            let late = here.clone().filter(|row| row.late == 1);
            model.messages.push(MessageModel {
                id,
                author: user(author),
                mentioned: here.map(|row| user(row.user)).collect(),
                late: late.map(|row| user(row.user)).collect(),
                deleted: gone == 1,
                thread: (thread != 0).then_some(thread),
            });
        }
        for row in follows {
            let state = ThreadState {
                following: row.following == 1,
                read: row.read,
            };
            model.follows.insert((user(row.user), row.thread), state);
        }
        for row in members {
            let membership = Membership {
                read: row.read,
                notify: NotifyLevel::from_column(row.notify as i32),
                hidden: row.hidden == 1,
                favourite: row.favourite == 1,
            };
            model.members.insert(user(row.user), membership);
        }
        model
    }
}

const MESSAGES: &str = "SELECT id, author_id AS author, deleted_at IS NOT NULL AS gone, \
    COALESCE(thread_id, 0) AS thread FROM messages WHERE room_id = ? ORDER BY id";
const MENTIONS: &str =
    "SELECT user_id AS user, message_id AS of, is_late AS late FROM mentions WHERE room_id = ?";
const MEMBERS: &str = "SELECT user_id AS user, read_id AS read, notify, is_hidden AS hidden, \
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
struct MessageRow {
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = BigInt)]
    author: i64,
    #[diesel(sql_type = BigInt)]
    gone: i64,
    #[diesel(sql_type = BigInt)]
    thread: i64,
}

/// A message and a user that it mentions.
#[derive(QueryableByName)]
struct MentionRow {
    #[diesel(sql_type = BigInt)]
    user: i64,
    #[diesel(sql_type = BigInt)]
    of: i64,
    #[diesel(sql_type = BigInt)]
    late: i64,
}

#[derive(QueryableByName)]
struct MembershipRow {
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

fn text(words: &str, mentioned: &[UserIndex]) -> String {
    let names = mentioned.iter().map(|user| format!(" @{}", NAMES[*user]));
    format!("{words}{}", names.collect::<String>())
}

//! Workspace of the largest supported size: 10,000 users, 1,000 rooms, 300,000 messages.

use std::path::Path;

use diesel::{
    QueryableByName, RunQueryDsl, SqliteConnection,
    connection::SimpleConnection,
    sql_query,
    sql_types::{BigInt, Nullable},
};

use super::{Number, connect};

/// Largest count that the sidebar shows.
const MAX_COUNT: i64 = 100;
/// One message in so many is the reader's own, is deleted, or mentions the reader.
const OWN: usize = 10;
const DELETED: usize = 23;
const MENTIONING: usize = 15;

/// Size of a workspace. Every user is in room 1; the reader is user 1 and is in rooms 1 to `joined`.
#[derive(Clone, Copy)]
pub struct Size {
    pub users: usize,
    pub rooms: usize,
    /// Rooms of the reader; the last fifth of them are direct conversations.
    pub joined: usize,
    /// Messages in each room.
    pub messages: usize,
}

/// The largest supported size.
pub const FULL: Size = Size {
    users: 10_000,
    rooms: 1_000,
    joined: 200,
    messages: 300,
};
/// A small size in which every case occurs.
pub const SMALL: Size = Size {
    users: 300,
    rooms: 60,
    joined: 40,
    messages: 180,
};

/// Unread messages of the reader.
#[derive(Clone, Copy, Debug)]
pub enum Unread {
    /// None in three rooms of four, a few in most others, and more than [`MAX_COUNT`] in the rest.
    Typical,
    /// 150 in each room.
    Everywhere,
}

/// Connection to the database of a workspace.
pub struct Workspace {
    conn: SqliteConnection,
    pub size: Size,
}

impl Workspace {
    /// Fills a database that has a few users in room 1.
    pub fn fill(folder: &Path, size: Size) -> Workspace {
        let mut conn = connect(folder);
        let fill = [users(size), rooms(size), members(size), messages(size)].concat();
        let fill = format!("BEGIN IMMEDIATE; {fill} COMMIT; PRAGMA wal_checkpoint(PASSIVE);");
        conn.batch_execute(&fill).expect("the inserts succeed");
        Workspace { conn, size }
    }

    /// Sets the reader's read positions. Lists that the server has cached are out of date afterwards.
    pub fn set_unread(&mut self, unread: Unread) {
        let unread = match unread {
            Unread::Typical => {
                "CASE WHEN room_id % 20 = 8 THEN 250 WHEN room_id % 5 = 2 THEN 1 + room_id % 9 ELSE 0 END"
            }
            Unread::Everywhere => "150",
        };
        let (
            Size {
                rooms, messages, ..
            },
            first,
        ) = (self.size, self.first());
        let to = format!(
            "UPDATE members SET read_id = {first} - 1 + room_id + {rooms} * ({messages} - 1 - MIN({messages}, {unread}))
             WHERE user_id = 1"
        );
        self.conn.batch_execute(&to).expect("positions");
    }

    /// Expected content of the reader's sidebar from a plain count: room, unread messages, mentions.
    pub fn expected_counts(&mut self) -> Vec<(i64, i64, i64)> {
        let count = "SELECT m.room_id AS room, SUM(u.id IS NOT NULL) AS unread, \
             SUM(u.id IN (SELECT message_id FROM mentions WHERE user_id = 1)) AS mentions \
             FROM members m LEFT JOIN messages u ON u.room_id = m.room_id AND u.id > m.read_id \
             AND u.author_id <> 1 AND u.deleted_at IS NULL WHERE m.user_id = 1 GROUP BY m.room_id";
        let rows: Vec<Counts> = sql_query(count).load(&mut self.conn).expect("counts");
        let capped = |row: Counts| {
            let mentions = row.mentions.unwrap_or(0);
            (row.room, row.unread.min(MAX_COUNT), mentions.min(MAX_COUNT))
        };
        rows.into_iter().map(capped).collect()
    }

    /// Id of the first message.
    fn first(&mut self) -> i64 {
        let first = sql_query("SELECT id AS number FROM messages WHERE client_id = 'workspace-0'");
        let first: Number = first.get_result(&mut self.conn).expect("a message");
        first.number
    }
}

#[derive(QueryableByName)]
struct Counts {
    #[diesel(sql_type = BigInt)]
    room: i64,
    #[diesel(sql_type = BigInt)]
    unread: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    mentions: Option<i64>,
}

/// SQL of a table `n` with a column `i` of the numbers `from` to `to`.
fn numbers(from: usize, to: usize) -> String {
    format!("WITH RECURSIVE n(i) AS (SELECT {from} UNION ALL SELECT i + 1 FROM n WHERE i < {to})")
}

/// Users with names that share prefixes and parts; their keys replace digits by similar letters.
fn users(Size { users, .. }: Size) -> String {
    format!(
        "{} INSERT INTO users (id, username, username_key, username_look, password_hash, created_at, display_name)
         SELECT i, name, replace(replace(name, '1', 'l'), '0', 'o'), name, '', i,
             CASE i % 2 WHEN 0 THEN 'User number ' || i ELSE '' END
         FROM (SELECT i, printf('%s-%d', CASE i % 4 WHEN 0 THEN 'ada' WHEN 1 THEN 'grace' WHEN 2 THEN 'barbara'
             ELSE 'hedy' END, i) AS name FROM n) WHERE i > (SELECT MAX(id) FROM users);",
        numbers(1, users)
    )
}

/// Rooms: one in ten is closed, the last fifth of the reader's rooms are direct conversations.
fn rooms(Size { rooms, joined, .. }: Size) -> String {
    let direct = joined - joined / 5;
    format!(
        "{} INSERT INTO rooms (id, name, topic, kind, name_key, people_key, created_at)
         SELECT i, CASE kind WHEN 2 THEN '' ELSE 'room-' || i END,
             CASE WHEN i % 3 = 0 THEN 'Topic of room ' || i ELSE '' END,
             kind, CASE kind WHEN 0 THEN 'room-' || i END, CASE kind WHEN 2 THEN '1,' || i END, i
         FROM (SELECT i, CASE WHEN i BETWEEN {direct} + 1 AND {joined} THEN 2 ELSE i % 10 = 9 END AS kind FROM n);",
        numbers(2, rooms)
    )
}

/// Members: all users in room 1, users 1 and 2 in room 2, 20 users in each other room, and one or a few
/// users besides the reader in each direct conversation. User 2 is in room 3 as well.
fn members(Size { users, joined, .. }: Size) -> String {
    format!(
        "INSERT OR IGNORE INTO members (room_id, user_id, joined_at) SELECT 1, id, 0 FROM users;
         INSERT OR IGNORE INTO members (room_id, user_id, joined_at) SELECT id, 1, 0 FROM rooms WHERE id <= {joined};
         INSERT OR IGNORE INTO members (room_id, user_id, joined_at) VALUES (2, 2, 0), (3, 2, 0);
         {} INSERT OR IGNORE INTO members (room_id, user_id, joined_at)
         SELECT rooms.id, 3 + (rooms.id * 37 + i * 101) % ({users} - 2), 0 FROM rooms JOIN n
         WHERE rooms.id > 2 AND (kind < 2 OR i = 1 OR rooms.id % 10 = 0 AND i < 4);",
        numbers(1, 20)
    )
}

/// Messages: one in each room, then the next one in each; every member has read all of them.
fn messages(
    Size {
        users,
        rooms,
        joined,
        messages,
    }: Size,
) -> String {
    format!(
        "{} INSERT INTO messages (room_id, author_id, client_id, body, place, created_rev, rev, created_at, deleted_at)
         SELECT 1 + i % {rooms}, CASE turn % {OWN} WHEN 0 THEN 1 ELSE 2 + (i * 37 + turn) % ({users} - 1) END,
             'workspace-' || i, 'A message of typical length about the work of today, number ' || i, 1, turn + 1, turn + 1,
             i, CASE turn % {DELETED} WHEN 0 THEN i END
         FROM (SELECT i, i / {rooms} AS turn FROM n);
         UPDATE rooms SET rev = {messages};
         INSERT INTO mentions (user_id, room_id, message_id) SELECT 1, room_id, id FROM messages
         WHERE rev % {MENTIONING} = 0 AND room_id <= {joined};
         UPDATE members SET read_id = (SELECT MAX(id) FROM messages WHERE messages.room_id = members.room_id);",
        numbers(0, rooms * messages - 1)
    )
}

//! A server as full as it may become, written straight into its database: 10,000 people, 1,000 rooms.

use std::path::Path;

use diesel::{
    Connection, QueryableByName, RunQueryDsl, SqliteConnection, connection::SimpleConnection,
    sql_query, sql_types::BigInt,
};

/// Counts end here, as in the list of rooms.
const MOST: i64 = 100;
/// Every so manyth message is the reader's own, was deleted, or names them.
const OWN: usize = 10;
const DELETED: usize = 23;
const NAMING: usize = 15;

/// How much there is. Everyone is in room 1, and the reader, who is user 1, in rooms 1 to `mine`.
#[derive(Clone, Copy)]
pub struct Size {
    pub people: usize,
    pub rooms: usize,
    /// Rooms of the reader, the last fifth of them conversations.
    pub mine: usize,
    /// Messages in each room, written in turn.
    pub each: usize,
}

/// The size that is promised,
pub const FULL: Size = Size {
    people: 10_000,
    rooms: 1_000,
    mine: 200,
    each: 300,
};
/// and one in which everything occurs.
pub const SMALL: Size = Size {
    people: 300,
    rooms: 60,
    mine: 40,
    each: 180,
};

/// How much of it the reader has not read.
#[derive(Clone, Copy, Debug)]
pub enum Mix {
    /// Three rooms in four are read, a few messages wait in most others, and far too many in the rest.
    Typical,
    /// 150 messages wait in each room.
    AllUnread,
}

/// The database in a data folder, beside the server that has it open and does nothing meanwhile.
pub struct Town {
    conn: SqliteConnection,
    pub size: Size,
}

impl Town {
    /// Fills the database, in which there are a few people who are in room 1.
    pub fn build(folder: &Path, size: Size) -> Town {
        let path = folder.join("chatterbox.db");
        let mut conn = SqliteConnection::establish(&path.to_string_lossy()).expect("a database");
        conn.batch_execute("PRAGMA busy_timeout = 5000; PRAGMA synchronous = OFF;")
            .expect("settings");
        let fill = [people(size), rooms(size), members(size), messages(size)].concat();
        let fill = format!("BEGIN IMMEDIATE; {fill} COMMIT; PRAGMA wal_checkpoint(PASSIVE);");
        conn.batch_execute(&fill).expect("it can be filled");
        Town { conn, size }
    }

    /// Puts the reader's positions where `mix` says. What a server keeps in memory is old then.
    pub fn read(&mut self, mix: Mix) {
        let unread = match mix {
            Mix::Typical => {
                "CASE WHEN room_id % 20 = 8 THEN 250 WHEN room_id % 5 = 2 THEN 1 + room_id % 9 ELSE 0 END"
            }
            Mix::AllUnread => "150",
        };
        let (Size { rooms, each, .. }, first) = (self.size, self.first());
        let to = format!(
            "UPDATE members SET read_id = {first} - 1 + room_id + {rooms} * ({each} - 1 - MIN({each}, {unread}))
             WHERE user_id = 1"
        );
        self.conn.batch_execute(&to).expect("positions");
    }

    /// What the list of the reader must say, counted without an index or a limit in mind:
    /// room, unread messages, those that name them.
    pub fn counted(&mut self) -> Vec<(i64, i64, i64)> {
        let count = "SELECT m.room_id AS room, SUM(u.id IS NOT NULL) AS unread, \
             SUM(u.id IN (SELECT message_id FROM mentions WHERE user_id = 1)) AS naming \
             FROM members m LEFT JOIN messages u ON u.room_id = m.room_id AND u.id > m.read_id \
             AND u.author_id <> 1 AND u.deleted_at IS NULL WHERE m.user_id = 1 GROUP BY m.room_id";
        let rows: Vec<Counted> = sql_query(count).load(&mut self.conn).expect("counts");
        let capped = |row: Counted| {
            let naming = row.naming.unwrap_or(0);
            (row.room, row.unread.min(MOST), naming.min(MOST))
        };
        rows.into_iter().map(capped).collect()
    }

    /// The id of the first message.
    fn first(&mut self) -> i64 {
        let first = sql_query("SELECT id AS number FROM messages WHERE client_id = 'town-0'");
        let first: Number = first.get_result(&mut self.conn).expect("a message");
        first.number
    }
}

/// One number of an answer, called `number`.
#[derive(QueryableByName)]
pub struct Number {
    #[diesel(sql_type = BigInt)]
    pub number: i64,
}

#[derive(QueryableByName)]
struct Counted {
    #[diesel(sql_type = BigInt)]
    room: i64,
    #[diesel(sql_type = BigInt)]
    unread: i64,
    #[diesel(sql_type = diesel::sql_types::Nullable<BigInt>)]
    naming: Option<i64>,
}

/// The numbers from `from` to `to`, as a table `n` with a column `i`.
fn numbers(from: usize, to: usize) -> String {
    format!("WITH RECURSIVE n(i) AS (SELECT {from} UNION ALL SELECT i + 1 FROM n WHERE i < {to})")
}

/// Names that are found by their beginning or by a part; in their keys, digits are what they look like.
fn people(Size { people, .. }: Size) -> String {
    format!(
        "{} INSERT INTO users (id, username, username_key, username_look, password_hash, created_at, display_name)
         SELECT i, name, replace(replace(name, '1', 'l'), '0', 'o'), name, '', i,
             CASE i % 2 WHEN 0 THEN 'Person number ' || i ELSE '' END
         FROM (SELECT i, printf('%s-%d', CASE i % 4 WHEN 0 THEN 'ada' WHEN 1 THEN 'grace' WHEN 2 THEN 'barbara'
             ELSE 'hedy' END, i) AS name FROM n) WHERE i > (SELECT MAX(id) FROM users);",
        numbers(1, people)
    )
}

/// One room in ten is closed; the last fifth of the reader's are conversations.
fn rooms(Size { rooms, mine, .. }: Size) -> String {
    let direct = mine - mine / 5;
    format!(
        "{} INSERT INTO rooms (id, name, topic, kind, name_key, people_key, created_at)
         SELECT i, CASE kind WHEN 2 THEN '' ELSE 'room-' || i END,
             CASE WHEN i % 3 = 0 THEN 'What room ' || i || ' is there for' ELSE '' END,
             kind, CASE kind WHEN 0 THEN 'room-' || i END, CASE kind WHEN 2 THEN '1,' || i END, i
         FROM (SELECT i, CASE WHEN i BETWEEN {direct} + 1 AND {mine} THEN 2 ELSE i % 10 = 9 END AS kind FROM n);",
        numbers(2, rooms)
    )
}

/// Everyone is in room 1; in each other room are 20 people, in most conversations one beside the reader,
/// and in room 2 the reader and the second person, who is in room 3, too.
fn members(Size { people, mine, .. }: Size) -> String {
    format!(
        "INSERT OR IGNORE INTO members (room_id, user_id, joined_at) SELECT 1, id, 0 FROM users;
         INSERT OR IGNORE INTO members (room_id, user_id, joined_at) SELECT id, 1, 0 FROM rooms WHERE id <= {mine};
         INSERT OR IGNORE INTO members (room_id, user_id, joined_at) VALUES (2, 2, 0), (3, 2, 0);
         {} INSERT OR IGNORE INTO members (room_id, user_id, joined_at)
         SELECT rooms.id, 3 + (rooms.id * 37 + i * 101) % ({people} - 2), 0 FROM rooms JOIN n
         WHERE rooms.id > 2 AND (kind < 2 OR i = 1 OR rooms.id % 10 = 0 AND i < 4);",
        numbers(1, 20)
    )
}

/// A message in each room, then the next one in each; everyone has read all of it.
fn messages(
    Size {
        people,
        rooms,
        mine,
        each,
    }: Size,
) -> String {
    format!(
        "{} INSERT INTO messages (room_id, author_id, client_id, body, place, created_rev, rev, created_at, deleted_at)
         SELECT 1 + i % {rooms}, CASE turn % {OWN} WHEN 0 THEN 1 ELSE 2 + (i * 37 + turn) % ({people} - 1) END,
             'town-' || i, 'A message of some length, as people write them, number ' || i, 1, turn + 1, turn + 1,
             i, CASE turn % {DELETED} WHEN 0 THEN i END
         FROM (SELECT i, i / {rooms} AS turn FROM n);
         UPDATE rooms SET rev = {each};
         INSERT INTO mentions (user_id, room_id, message_id) SELECT 1, room_id, id FROM messages
         WHERE rev % {NAMING} = 0 AND room_id <= {mine};
         UPDATE members SET read_id = (SELECT MAX(id) FROM messages WHERE messages.room_id = members.room_id);",
        numbers(0, rooms * each - 1)
    )
}

//! A server on which a million messages were said in 500 rooms, written straight into its database: words as
//! often as in a language, some Chinese, some web addresses, and a few words that stand where they are sought.

use std::{fmt::Write, path::Path};

use diesel::{
    Connection, QueryableByName, RunQueryDsl, SqliteConnection, connection::SimpleConnection,
    sql_query, sql_types::BigInt,
};

/// Rooms, and people.
const ROOMS: usize = 500;
const PEOPLE: usize = 1_000;
/// Words there are.
const VOCABULARY: usize = 60_000;
/// Rows of one statement.
const ROWS: usize = 500;
/// 2025-11-26, and a year from there until the last message.
const BEGIN: usize = 1_764_115_200_000;
const YEAR: usize = 365 * 24 * 60 * 60 * 1000;

/// The words of English that are said most.
const COMMON: &str = "the be to of and a in that have i it for not on with he as you do at this but his by \
from they we say her she or an will my one all would there their what so up out if about who get which go me \
when make can like time no just him know take people into year your good some could them see other than then \
now look only come its over think also back after use two how our work first well way even new want because any";

/// Rooms that the first three people are in: one, some, many.
pub const READERS: [usize; 3] = [1, 20, 200];

/// Numbers that look like chance, the same each time.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize * limit) >> 31
    }

    /// Of things whose shares fall as 1/n, the place of one.
    fn pick(&mut self, sums: &[f64]) -> usize {
        let total = sums.last().copied().unwrap_or(1.0);
        let at = self.below(1 << 30) as f64 / f64::from(1 << 30) * total;
        sums.partition_point(|sum| *sum <= at).min(sums.len() - 1)
    }
}

/// Whether a reader is in a room; everyone is in the first.
pub fn is_in(reader: usize, room: usize) -> bool {
    match reader {
        _ if room == 1 => true,
        0 => false,
        1 => room % 25 == 12 && room > 25,
        _ => room % 5 < 2,
    }
}

/// The database of a server that has it open and does nothing meanwhile; in it, three people.
pub struct Archive {
    conn: SqliteConnection,
    pub messages: usize,
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

impl Archive {
    /// Fills it.
    pub fn build(folder: &Path, messages: usize) -> Archive {
        let path = folder.join("chatterbox.db");
        let mut conn = SqliteConnection::establish(&path.to_string_lossy()).expect("a database");
        let settings =
            "PRAGMA busy_timeout = 5000; PRAGMA synchronous = OFF; PRAGMA cache_size = -200000;";
        conn.batch_execute(settings).expect("settings");
        conn.batch_execute(&format!("BEGIN IMMEDIATE; {}", places()))
            .expect("places");
        let mut texts = Texts::new(messages);
        let mut revs = [0; ROOMS + 1];
        for first in (1..=messages).step_by(ROWS) {
            let mut insert =
                "INSERT INTO messages (id, room_id, author_id, client_id, body, place, \
                 created_rev, rev, created_at) VALUES "
                    .to_owned();
            for id in first..(first + ROWS).min(messages + 1) {
                let (room, author, text) = texts.next(id);
                revs[room] += 1;
                let (rev, at) = (revs[room], BEGIN + id * (YEAR / messages));
                let end = if id + 1 == first + ROWS || id == messages {
                    ";"
                } else {
                    ","
                };
                let row = format!(
                    "({id},{room},{author},'archive-{id}','{text}',1,{rev},{rev},{at}){end}"
                );
                insert.push_str(&row);
            }
            conn.batch_execute(&insert).expect("messages");
        }
        let end = "UPDATE rooms SET rev = (SELECT coalesce(max(rev), 0) FROM messages WHERE room_id = rooms.id); \
             COMMIT; PRAGMA wal_checkpoint(TRUNCATE);";
        conn.batch_execute(end).expect("it can be kept");
        Archive { conn, messages }
    }

    /// The newest 20 messages that a plain look finds for a reader: those where some word begins so.
    pub fn plain(&mut self, reader: usize, word: &str) -> Vec<i64> {
        let look = format!(
            "SELECT id AS number FROM messages JOIN members USING (room_id) WHERE user_id = {} \
             AND ' ' || body LIKE '% {word}%' ORDER BY id DESC LIMIT 20",
            reader + 1
        );
        let rows: Vec<Number> = sql_query(look).load(&mut self.conn).expect("a plain look");
        rows.into_iter().map(|row| row.number).collect()
    }

    /// Bytes of the index.
    pub fn index_bytes(&mut self) -> i64 {
        let sum = "SELECT sum(length(block)) AS number FROM words_data";
        let row: Number = sql_query(sum).get_result(&mut self.conn).expect("its size");
        row.number
    }
}

/// What is said, where and by whom.
struct Texts {
    chance: Chance,
    words: Vec<String>,
    shares: Vec<f64>,
    rooms: Vec<f64>,
    needles: usize,
}

impl Texts {
    fn new(messages: usize) -> Texts {
        let mut chance = Chance(7);
        let mut words: Vec<String> = COMMON.split_whitespace().map(str::to_owned).collect();
        while words.len() < VOCABULARY {
            let mut word = String::new();
            for _ in 0..2 + chance.below(3) {
                word.push(char::from(b"bcdfghklmnprstvwz"[chance.below(17)]));
                word.push(char::from(b"aeiou"[chance.below(5)]));
                word.extend((chance.below(3) == 0).then(|| char::from(b"nrstl"[chance.below(5)])));
            }
            words.push(word);
        }
        Texts {
            chance,
            shares: sums(words.len(), 2.0),
            rooms: sums(ROOMS, 5.0),
            words,
            needles: messages / 200,
        }
    }

    fn next(&mut self, id: usize) -> (usize, usize, String) {
        let room = 1 + self.chance.pick(&self.rooms);
        let author = 1 + self.chance.below(PEOPLE);
        let mut text = String::new();
        // Short ones are most: the smallest of three.
        let count = (0..3).map(|_| 1 + self.chance.below(45)).min().unwrap_or(1);
        for _ in 0..count {
            text.push_str(&self.words[self.chance.pick(&self.shares)]);
            text.push(' ');
        }
        match id % 100 {
            3 => text.push_str("今天北京的天气很好"),
            7 => text.push_str("我们明天开会讨论"),
            11 | 31 | 51 => {
                let _ = write!(text, "https://example.com/page/{}", id / 100);
            }
            _ => {}
        }
        if id.is_multiple_of(self.needles) {
            let _ = write!(text, " needle{}x", id / self.needles % 10);
        }
        (room, author, text.trim_end().to_owned())
    }
}

/// 1/n added up.
fn sums(count: usize, from: f64) -> Vec<f64> {
    let mut sum = 0.0;
    let share = |n: usize| {
        sum += 1.0 / (n as f64 + from);
        sum
    };
    (0..count).map(share).collect()
}

/// People and rooms, and who of the readers is where.
fn places() -> String {
    let mut sql = String::new();
    for person in READERS.len() + 1..=PEOPLE {
        let _ = write!(
            sql,
            "INSERT INTO users (id, username, username_key, username_look, password_hash, created_at)
             SELECT {person}, name, replace(replace(name, '1', 'l'), '0', 'o'), name, '', 0
             FROM (SELECT 'author{person}' AS name);"
        );
    }
    for room in 2..=ROOMS {
        let _ = write!(
            sql,
            "INSERT INTO rooms (id, name, kind, created_at) VALUES ({room}, 'room {room}', 1, 0);"
        );
        for reader in (0..READERS.len()).filter(|reader| is_in(*reader, room)) {
            let _ = write!(
                sql,
                "INSERT INTO members (room_id, user_id, joined_at) VALUES ({room}, {}, 0);",
                reader + 1
            );
        }
    }
    sql
}

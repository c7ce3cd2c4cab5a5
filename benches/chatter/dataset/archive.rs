//! Message archive: a million messages in 500 rooms. Words have the frequencies of natural language; some
//! messages contain Chinese, links, or rare words at known places.

use std::{fmt::Write, path::Path};

use diesel::{RunQueryDsl, SqliteConnection, connection::SimpleConnection, sql_query};

use super::{Number, connect};

const ROOMS: usize = 500;
const USERS: usize = 1_000;
/// Number of distinct words.
const VOCABULARY: usize = 60_000;
/// Rows of one `INSERT`.
const ROWS: usize = 500;
/// Time of the first message, 2025-11-26 (ms UTC).
const FIRST_TIME: usize = 1_764_115_200_000;
/// Time from the first message to the last (ms).
const YEAR: usize = 365 * 24 * 60 * 60 * 1000;

/// The most frequent words of English.
const COMMON: &str = "the be to of and a in that have i it for not on with he as you do at this but his by \
from they we say her she or an will my one all would there their what so up out if about who get which go me \
when make can like time no just him know take people into year your good some could them see other than then \
now look only come its over think also back after use two how our work first well way even new want because any";

/// Number of rooms of each of the first three users, the readers.
pub const READERS: [usize; 3] = [1, 20, 200];

/// Reproducible pseudo-random numbers.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize * limit) >> 31
    }

    /// Random index with the weights whose running sums are given.
    fn pick(&mut self, sums: &[f64]) -> usize {
        let total = sums.last().copied().unwrap_or(1.0);
        let at = self.below(1 << 30) as f64 / f64::from(1 << 30) * total;
        sums.partition_point(|sum| *sum <= at).min(sums.len() - 1)
    }
}

/// Whether a reader is a member of a room; all users are in the first.
pub fn is_member(reader: usize, room: usize) -> bool {
    match reader {
        _ if room == 1 => true,
        0 => false,
        1 => room % 25 == 12 && room > 25,
        _ => room % 5 < 2,
    }
}

/// Connection to the database of an archive.
pub struct Archive {
    conn: SqliteConnection,
    pub messages: usize,
}

impl Archive {
    /// Connects to a data folder that has an archive.
    pub fn open(folder: &Path, messages: usize) -> Archive {
        let conn = connect(folder);
        Archive { conn, messages }
    }

    /// Fills a database that has the three readers in room 1.
    pub fn fill(folder: &Path, messages: usize) -> Archive {
        let mut conn = connect(folder);
        conn.batch_execute(&format!("BEGIN IMMEDIATE; {}", users_and_rooms()))
            .expect("users and rooms");
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
                let (rev, at) = (revs[room], FIRST_TIME + id * (YEAR / messages));
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
        conn.batch_execute(end).expect("the archive is committed");
        Archive { conn, messages }
    }

    /// Expected result of a search for a word prefix, from a full scan: the reader's newest 20 messages.
    pub fn full_scan(&mut self, reader: usize, word: &str) -> Vec<i64> {
        let query = format!(
            "SELECT id AS number FROM messages JOIN members USING (room_id) WHERE user_id = {} \
             AND ' ' || body LIKE '% {word}%' ORDER BY id DESC LIMIT 20",
            reader + 1
        );
        let rows: Vec<Number> = sql_query(query).load(&mut self.conn).expect("a full scan");
        rows.into_iter().map(|row| row.number).collect()
    }

    /// Size of the full-text index in bytes.
    pub fn index_bytes(&mut self) -> i64 {
        let sum = "SELECT sum(length(block)) AS number FROM words_data";
        let row: Number = sql_query(sum).get_result(&mut self.conn).expect("its size");
        row.number
    }
}

/// Generator of rooms, authors and texts.
struct Texts {
    random: Random,
    words: Vec<String>,
    /// Running sums of the frequencies of words.
    word_sums: Vec<f64>,
    /// Running sums of the activity of rooms.
    room_sums: Vec<f64>,
    /// One message in so many contains a rare word.
    rare_every: usize,
}

impl Texts {
    fn new(messages: usize) -> Texts {
        let mut random = Random(7);
        let mut words: Vec<String> = COMMON.split_whitespace().map(str::to_owned).collect();
        while words.len() < VOCABULARY {
            let mut word = String::new();
            for _ in 0..2 + random.below(3) {
                word.push(char::from(b"bcdfghklmnprstvwz"[random.below(17)]));
                word.push(char::from(b"aeiou"[random.below(5)]));
                word.extend((random.below(3) == 0).then(|| char::from(b"nrstl"[random.below(5)])));
            }
            words.push(word);
        }
        Texts {
            random,
            word_sums: sums(words.len(), 2.0),
            room_sums: sums(ROOMS, 5.0),
            words,
            rare_every: messages / 200,
        }
    }

    fn next(&mut self, id: usize) -> (usize, usize, String) {
        let room = 1 + self.random.pick(&self.room_sums);
        let author = 1 + self.random.below(USERS);
        let mut text = String::new();
        // Most messages are short: the smallest of three numbers.
        let count = (0..3).map(|_| 1 + self.random.below(45)).min().unwrap_or(1);
        for _ in 0..count {
            text.push_str(&self.words[self.random.pick(&self.word_sums)]);
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
        if id.is_multiple_of(self.rare_every) {
            let _ = write!(text, " needle{}x", id / self.rare_every % 10);
        }
        (room, author, text.trim_end().to_owned())
    }
}

/// Running sums of 1 / (n + `from`).
fn sums(count: usize, from: f64) -> Vec<f64> {
    let mut sum = 0.0;
    let share = |n: usize| {
        sum += 1.0 / (n as f64 + from);
        sum
    };
    (0..count).map(share).collect()
}

/// SQL of the users, the rooms, and the memberships of the readers.
fn users_and_rooms() -> String {
    let mut sql = String::new();
    for user in READERS.len() + 1..=USERS {
        let _ = write!(
            sql,
            "INSERT INTO users (id, username, username_key, username_look, password_hash, created_at)
             SELECT {user}, name, replace(replace(name, '1', 'l'), '0', 'o'), name, '', 0
             FROM (SELECT 'author{user}' AS name);"
        );
    }
    for room in 2..=ROOMS {
        let _ = write!(
            sql,
            "INSERT INTO rooms (id, name, kind, created_at) VALUES ({room}, 'room {room}', 1, 0);"
        );
        for reader in (0..READERS.len()).filter(|reader| is_member(*reader, room)) {
            let _ = write!(
                sql,
                "INSERT INTO members (room_id, user_id, joined_at) VALUES ({room}, {}, 0);",
                reader + 1
            );
        }
    }
    sql
}

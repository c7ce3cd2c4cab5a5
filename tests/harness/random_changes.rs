//! Random changes of one room by several accounts, the same for each seed.

use serde_json::{Value, json};

use super::account::Account;
use super::http::Reply;
use super::message_actions::id;
use super::random::Random;

const EMOJI: [&str; 4] = ["👍", "🎉", "❤️", "🚀"];

pub struct RandomChanges<'a> {
    people: &'a [Account],
    pub room: i64,
    pub random: Random,
    /// Messages in the room, and answers in threads.
    said: Vec<i64>,
    answers: Vec<i64>,
    /// Of some windows, the message whose thread is open there: it is answered more.
    pub open: Vec<Option<i64>>,
}

impl<'a> RandomChanges<'a> {
    /// In a room of its own, in which all of the people are.
    pub async fn begin(people: &'a [Account], seed: u64) -> RandomChanges<'a> {
        let room = people[0].make(&format!("story {seed}"), "open").await;
        for person in &people[1..] {
            people[0].invite(room, &person.name).await;
        }
        let mut changes = RandomChanges {
            people,
            room,
            random: Random::new(seed),
            said: Vec::new(),
            answers: Vec::new(),
            open: Vec::new(),
        };
        for _ in 0..3 {
            changes.post().await;
        }
        changes
    }

    /// A change of the room.
    pub async fn change(&mut self) -> String {
        let who = self.random.below(self.people.len());
        match self.random.below(100) {
            0..=19 => return format!("post {}", self.post().await),
            20..=31 => return self.reply(who).await,
            32..=45 => return self.answer(who).await,
            _ => {}
        }
        let in_thread = self.random.below(4) == 0;
        let Some(one) = self.recent(in_thread).or_else(|| self.recent(false)) else {
            return "nothing".into();
        };
        let at = (self.room, one);
        let (person, emoji) = (&self.people[who], EMOJI[self.random.below(EMOJI.len())]);
        let (what, reply) = match self.random.below(54) {
            0..=17 => ("edit", self.edit(at).await),
            18..=25 => ("delete", self.people[0].delete(at).await),
            26..=40 => ("react", person.react(at, emoji).await),
            41..=47 => ("unreact", person.unreact(at, emoji).await),
            48..=50 => ("pin", self.people[0].at("PUT", at, "/pin").await),
            _ => ("unpin", self.people[0].at("DELETE", at, "/pin").await),
        };
        assert!(
            [200, 409].contains(&reply.status),
            "{what} {one}: {} {}",
            reply.status,
            reply.text()
        );
        format!("{what} {one}: {}", reply.status)
    }

    /// A post by anybody; its number.
    pub async fn post(&mut self) -> i64 {
        let who = self.random.below(self.people.len());
        let text = self.text();
        let said = id(&self.people[who].say(self.room, &text).await);
        self.said.push(said);
        said
    }

    async fn reply(&mut self, who: usize) -> String {
        let Some(to) = self.recent(false) else {
            return "nothing".into();
        };
        let message = json!({"body": self.text(), "reply_to": to});
        let path = format!("/rooms/{}/messages", self.room);
        let reply = self.people[who].send("POST", &path, &message).await;
        match reply.status {
            201 => self.said.push(id(&reply.json())),
            status => assert_eq!(status, 409, "{}", reply.text()),
        }
        format!("reply to {to}: {}", reply.status)
    }

    async fn answer(&mut self, who: usize) -> String {
        let at = self.random.below(self.people.len() + 1);
        let open = self.open.get(at).copied().flatten();
        let in_thread = self.random.below(5) == 0;
        let Some(to) = open.or_else(|| self.recent(in_thread)) else {
            return "nothing".into();
        };
        let text = json!({"body": self.text()});
        let at = (self.room, to);
        let reply = self.people[who].tell("POST", at, "/thread", text).await;
        match reply.status {
            201 => self.answers.push(id(&reply.json())),
            status => assert_eq!(status, 409, "{}", reply.text()),
        }
        format!("answer to {to}: {}", reply.status)
    }

    /// By whoever wrote it.
    async fn edit(&mut self, at: (i64, i64)) -> Reply {
        let message: Value = self.people[0].message(at).await;
        let author = message["author"]["username"].as_str().expect("a name");
        let author = self.people.iter().find(|person| person.name == author);
        let text = self.text();
        author.expect("one of them").edit(at, &text).await
    }

    /// A message of late, or an answer; sometimes an old one.
    pub fn recent(&mut self, in_thread: bool) -> Option<i64> {
        let all = if in_thread { &self.answers } else { &self.said };
        let from = match self.random.below(6) {
            0 => 0,
            _ => all.len().saturating_sub(12),
        };
        self.random.of(&all[from..]).copied()
    }

    fn text(&mut self) -> String {
        let words = [
            "hello",
            "*why*",
            "@ada",
            "`code`",
            "<b>",
            "& so on",
            "🎉",
            "one\n\ntwo",
            "- item",
            "> said",
            "https://example.com/?a=1&b=2",
        ];
        let count = 1 + self.random.below(3);
        let picked: Vec<&str> = (0..count)
            .filter_map(|_| self.random.of(&words).copied())
            .collect();
        format!("{} {}", picked.join(" "), self.random.below(1000))
    }

    /// So many changes, many at once.
    pub async fn flood(&mut self, changes: usize) {
        let one = (self.room, self.said[self.said.len() - 1]);
        for _ in 0..changes / 40 {
            let turns = (0..40).map(|number| {
                let person = self.people[number % self.people.len()].clone();
                let emoji = EMOJI[number / self.people.len() % EMOJI.len()];
                async move {
                    let body = json!({"emoji": emoji});
                    let turned = person.tell("POST", one, "/reactions", body).await;
                    turned.expect(200);
                }
            });
            futures_util::future::join_all(turns).await;
        }
    }
}

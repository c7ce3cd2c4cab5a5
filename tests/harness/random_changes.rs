//! Random changes of one room by several accounts, reproducible from a seed.

use serde_json::{Value, json};

use super::account::Account;
use super::http::Reply;
use super::message_actions::id;
use super::random::Random;

const EMOJI: [&str; 4] = ["👍", "🎉", "❤️", "🚀"];

/// The accounts, the room and its messages so far.
pub struct RandomChanges<'a> {
    accounts: &'a [Account],
    pub room: i64,
    pub random: Random,
    /// Messages in the room.
    messages: Vec<i64>,
    /// Answers in threads.
    answers: Vec<i64>,
    /// The root message of the thread that is open in each window. Such threads get more answers.
    pub open: Vec<Option<i64>>,
}

impl<'a> RandomChanges<'a> {
    /// Creates a room with all accounts as members, and three messages.
    pub async fn start(accounts: &'a [Account], seed: u64) -> RandomChanges<'a> {
        let room = accounts[0]
            .create_room(&format!("changes {seed}"), "open")
            .await;
        for account in &accounts[1..] {
            accounts[0].invite(room, &account.name).await;
        }
        let mut changes = RandomChanges {
            accounts,
            room,
            random: Random::new(seed),
            messages: Vec::new(),
            answers: Vec::new(),
            open: Vec::new(),
        };
        for _ in 0..3 {
            changes.post().await;
        }
        changes
    }

    /// Makes one random change and describes it.
    pub async fn change(&mut self) -> String {
        let index = self.random.below(self.accounts.len());
        match self.random.below(100) {
            0..=19 => return format!("post {}", self.post().await),
            20..=31 => return self.reply(index).await,
            32..=45 => return self.answer(index).await,
            _ => {}
        }
        let in_thread = self.random.below(4) == 0;
        let Some(one) = self.recent(in_thread).or_else(|| self.recent(false)) else {
            return "nothing".into();
        };
        let at = (self.room, one);
        let (account, emoji) = (&self.accounts[index], EMOJI[self.random.below(EMOJI.len())]);
        let (what, reply) = match self.random.below(54) {
            0..=17 => ("edit", self.edit(at).await),
            18..=25 => ("delete", self.accounts[0].delete(at).await),
            26..=40 => ("react", account.react(at, emoji).await),
            41..=47 => ("unreact", account.unreact(at, emoji).await),
            48..=50 => (
                "pin",
                self.accounts[0].request_message("PUT", at, "/pin").await,
            ),
            _ => (
                "unpin",
                self.accounts[0].request_message("DELETE", at, "/pin").await,
            ),
        };
        assert!(
            [200, 409].contains(&reply.status),
            "{what} {one}: {} {}",
            reply.status,
            reply.text()
        );
        format!("{what} {one}: {}", reply.status)
    }

    /// Posts as a random account and returns the id.
    pub async fn post(&mut self) -> i64 {
        let index = self.random.below(self.accounts.len());
        let text = self.text();
        let message = id(&self.accounts[index].say(self.room, &text).await);
        self.messages.push(message);
        message
    }

    async fn reply(&mut self, index: usize) -> String {
        let Some(to) = self.recent(false) else {
            return "nothing".into();
        };
        let message = json!({"body": self.text(), "reply_to": to});
        let path = format!("/rooms/{}/messages", self.room);
        let reply = self.accounts[index].send("POST", &path, &message).await;
        match reply.status {
            201 => self.messages.push(id(&reply.json())),
            status => assert_eq!(status, 409, "{}", reply.text()),
        }
        format!("reply to {to}: {}", reply.status)
    }

    async fn answer(&mut self, index: usize) -> String {
        let at = self.random.below(self.accounts.len() + 1);
        let open = self.open.get(at).copied().flatten();
        let in_thread = self.random.below(5) == 0;
        let Some(to) = open.or_else(|| self.recent(in_thread)) else {
            return "nothing".into();
        };
        let text = json!({"body": self.text()});
        let at = (self.room, to);
        let reply = self.accounts[index]
            .send_to_message("POST", at, "/thread", text)
            .await;
        match reply.status {
            201 => self.answers.push(id(&reply.json())),
            status => assert_eq!(status, 409, "{}", reply.text()),
        }
        format!("answer to {to}: {}", reply.status)
    }

    /// Edits a message as its author.
    async fn edit(&mut self, at: (i64, i64)) -> Reply {
        let message: Value = self.accounts[0].message(at).await;
        let author = message["author"]["username"].as_str().expect("a name");
        let author = self.accounts.iter().find(|account| account.name == author);
        let text = self.text();
        author
            .expect("the author is one of the accounts")
            .edit(at, &text)
            .await
    }

    /// A recent message or answer; sometimes an old one.
    pub fn recent(&mut self, in_thread: bool) -> Option<i64> {
        let all = if in_thread {
            &self.answers
        } else {
            &self.messages
        };
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

    /// Toggles reactions `changes` times, 40 at once.
    pub async fn flood(&mut self, changes: usize) {
        let one = (self.room, self.messages[self.messages.len() - 1]);
        for _ in 0..changes / 40 {
            let turns = (0..40).map(|number| {
                let account = self.accounts[number % self.accounts.len()].clone();
                let emoji = EMOJI[number / self.accounts.len() % EMOJI.len()];
                async move {
                    let body = json!({"emoji": emoji});
                    let turned = account
                        .send_to_message("POST", one, "/reactions", body)
                        .await;
                    turned.expect(200);
                }
            });
            futures_util::future::join_all(turns).await;
        }
    }
}

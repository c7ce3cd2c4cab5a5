//! A client of the legacy text socket: one line a frame.

use std::collections::VecDeque;

use super::socket::{Heard, Socket};

/// A text socket that buffers received frames until a test asks for them.
pub struct TextSocket {
    socket: Socket,
    waiting: VecDeque<String>,
    /// How the socket ended, once it has.
    pub closed: Option<u16>,
}

impl TextSocket {
    pub fn over(socket: Socket) -> TextSocket {
        TextSocket {
            socket,
            waiting: VecDeque::new(),
            closed: None,
        }
    }

    /// The next frame of any kind.
    pub async fn next(&mut self) -> String {
        self.find("a frame", |_| true).await
    }

    /// The first frame, waiting or still to come, that `wanted` accepts; others stay for later.
    pub async fn find(&mut self, what: &str, wanted: impl Fn(&str) -> bool) -> String {
        let mut seen = 0;
        loop {
            for at in seen..self.waiting.len() {
                if wanted(&self.waiting[at]) {
                    return self
                        .waiting
                        .remove(at)
                        .expect("the place was just looked at");
                }
            }
            seen = self.waiting.len();
            assert!(
                self.closed.is_none(),
                "closed {:?} before {what}; unread: {:?}",
                self.closed,
                self.waiting
            );
            match self.socket.hear().await {
                Heard::Text(frame) => self.waiting.push_back(frame),
                Heard::Closed(code) => self.closed = Some(code),
            }
        }
    }

    /// Waits for `[HH:MM:SS] who: text` and gives the time.
    pub async fn line(&mut self, who: &str, text: &str) -> String {
        let ending = format!("] {who}: {text}");
        let frame = self.find(&ending, |frame| frame.ends_with(&ending)).await;
        clock_of(&frame)
    }

    /// Waits for the list of exactly these people.
    pub async fn users(&mut self, names: &[&str]) {
        let mut wanted: Vec<String> = names.iter().map(|name| name.to_string()).collect();
        wanted.sort();
        self.find(&format!("users {names:?}"), |frame| {
            users_in(frame).is_some_and(|users| users == wanted)
        })
        .await;
    }

    pub async fn say(&mut self, text: &str) -> bool {
        self.socket.say(text).await
    }

    pub async fn close(self) {
        self.socket.close().await
    }

    pub async fn ended(&mut self) -> u16 {
        match self.closed {
            Some(code) => code,
            None => self.socket.ended().await,
        }
    }

    /// What was heard and not yet asked for.
    pub fn unread(&self) -> impl Iterator<Item = &String> {
        self.waiting.iter()
    }
}

/// The names of a users line, sorted; nothing when it is another line.
pub fn users_in(frame: &str) -> Option<Vec<String>> {
    let list = frame.strip_prefix("🟢 Online Users: ")?;
    let mut names: Vec<String> = list.split(", ").map(str::to_string).collect();
    names.sort();
    Some(names)
}

/// The time of `[HH:MM:SS] …`; fails when the frame does not start so.
pub fn clock_of(frame: &str) -> String {
    let clock = frame.get(1..9).unwrap_or_default();
    let digits = clock.bytes().enumerate().all(|(at, byte)| match at {
        2 | 5 => byte == b':',
        _ => byte.is_ascii_digit(),
    });
    assert!(
        frame.starts_with('[') && frame[9..].starts_with("] ") && digits,
        "no time in {frame:?}"
    );
    clock.to_string()
}

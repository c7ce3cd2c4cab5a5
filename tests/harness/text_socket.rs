//! A client of the legacy text socket, which sends one line per frame.

use std::collections::VecDeque;

use super::socket::{Received, Socket};

/// A text socket that buffers received frames until a test asks for them.
pub struct TextSocket {
    socket: Socket,
    buffer: VecDeque<String>,
    /// The close code, once the socket is closed.
    pub closed: Option<u16>,
}

impl TextSocket {
    pub fn over(socket: Socket) -> TextSocket {
        TextSocket {
            socket,
            buffer: VecDeque::new(),
            closed: None,
        }
    }

    /// The next frame of any kind.
    pub async fn next(&mut self) -> String {
        self.find("a frame", |_| true).await
    }

    /// The first buffered or future frame that `wanted` accepts. Other frames stay in the buffer.
    pub async fn find(&mut self, what: &str, wanted: impl Fn(&str) -> bool) -> String {
        let mut seen = 0;
        loop {
            for at in seen..self.buffer.len() {
                if wanted(&self.buffer[at]) {
                    return self
                        .buffer
                        .remove(at)
                        .expect("the frame was found at this index");
                }
            }
            seen = self.buffer.len();
            assert!(
                self.closed.is_none(),
                "closed {:?} before {what}; buffered: {:?}",
                self.closed,
                self.buffer
            );
            match self.socket.receive().await {
                Received::Text(frame) => self.buffer.push_back(frame),
                Received::Closed(code) => self.closed = Some(code),
            }
        }
    }

    /// Waits for `[HH:MM:SS] author: text` and returns the time.
    pub async fn line(&mut self, author: &str, text: &str) -> String {
        let ending = format!("] {author}: {text}");
        let frame = self.find(&ending, |frame| frame.ends_with(&ending)).await;
        clock_of(&frame)
    }

    /// Waits for a list of exactly these users.
    pub async fn users(&mut self, names: &[&str]) {
        let mut wanted: Vec<String> = names.iter().map(|name| name.to_string()).collect();
        wanted.sort();
        self.find(&format!("users {names:?}"), |frame| {
            users_in(frame).is_some_and(|users| users == wanted)
        })
        .await;
    }

    pub async fn send(&mut self, text: &str) -> bool {
        self.socket.send(text).await
    }

    pub async fn close(self) {
        self.socket.close().await
    }

    pub async fn close_code(&mut self) -> u16 {
        match self.closed {
            Some(code) => code,
            None => self.socket.close_code().await,
        }
    }

    /// Buffered frames that no test has taken.
    pub fn pending(&self) -> impl Iterator<Item = &String> {
        self.buffer.iter()
    }
}

/// The names of a users line, sorted; `None` for another line.
pub fn users_in(frame: &str) -> Option<Vec<String>> {
    let list = frame.strip_prefix("🟢 Online Users: ")?;
    let mut names: Vec<String> = list.split(", ").map(str::to_string).collect();
    names.sort();
    Some(names)
}

/// The time of `[HH:MM:SS] …`; fails if the frame starts differently.
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

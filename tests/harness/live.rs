//! The page's socket as a test sees it: frames taken apart into events.

use std::collections::VecDeque;

use serde_json::{Value, json};

use super::PATIENCE;
use super::html::{self, Line, attribute, inside, opening_tag, text_of};
use super::socket::{Heard, Socket};

/// One thing that a frame says.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// A message at the end of the list.
    Message(Line),
    /// A message that takes the place of the one with its id.
    Replaced(Line),
    /// So many messages are left out; the link loads them.
    Gap { href: String, text: String },
    /// A refusal for this socket alone.
    Notice(Notice),
    /// The people who are here, and the count as shown.
    Presence {
        people: Vec<String>,
        count: Option<usize>,
    },
    /// A line of the room itself.
    System(String),
    /// Anything else, heartbeats for one.
    Other(String),
}

/// A refusal.
#[derive(Debug, Clone, PartialEq)]
pub struct Notice {
    pub client_id: Option<String>,
    pub retry: Option<u64>,
    pub text: String,
}

/// A live socket that keeps what was heard until it is asked for.
pub struct LiveSocket {
    socket: Socket,
    waiting: VecDeque<Event>,
    /// How the socket ended, once it has.
    pub closed: Option<u16>,
    /// The newest rev in any message heard.
    pub rev: i64,
}

impl LiveSocket {
    pub fn over(socket: Socket) -> LiveSocket {
        LiveSocket {
            socket,
            waiting: VecDeque::new(),
            closed: None,
            rev: 0,
        }
    }

    /// The first event, waiting or still to come, that `pick` wants; others stay for later.
    pub async fn find<T>(&mut self, what: &str, pick: impl Fn(&Event) -> Option<T>) -> T {
        // Heartbeats keep the socket busy, so its own time limit is not enough.
        let found = tokio::time::timeout(PATIENCE * 2, self.find_or_end(pick)).await;
        match found {
            Ok(Some(found)) => found,
            Ok(None) => panic!(
                "closed {:?} before {what}; unread: {:?}",
                self.closed, self.waiting
            ),
            Err(_) => panic!("waited in vain for {what}; unread: {:?}", self.waiting),
        }
    }

    async fn find_or_end<T>(&mut self, pick: impl Fn(&Event) -> Option<T>) -> Option<T> {
        let mut seen = 0;
        loop {
            for at in seen..self.waiting.len() {
                if let Some(found) = pick(&self.waiting[at]) {
                    self.waiting.remove(at);
                    return Some(found);
                }
            }
            seen = self.waiting.len();
            if self.closed.is_some() {
                return None;
            }
            self.listen().await;
        }
    }

    /// Takes one frame in.
    async fn listen(&mut self) {
        match self.socket.hear().await {
            Heard::Closed(code) => self.closed = Some(code),
            Heard::Text(frame) => {
                for event in events(&frame) {
                    if let Event::Message(line) = &event {
                        self.rev = self.rev.max(line.rev);
                    }
                    self.waiting.push_back(event);
                }
            }
        }
    }

    /// The next message at the end of the list.
    pub async fn next_message(&mut self) -> Line {
        self.find("a message", message).await
    }

    /// The same, or nothing when the socket has ended.
    pub async fn next_message_or_end(&mut self) -> Option<Line> {
        self.find_or_end(message).await
    }

    /// The next so many messages.
    pub async fn messages(&mut self, count: usize) -> Vec<Line> {
        let mut lines = Vec::with_capacity(count);
        for _ in 0..count {
            lines.push(self.next_message().await);
        }
        lines
    }

    /// All messages up to and with the one of this id.
    pub async fn messages_until(&mut self, id: i64) -> Vec<Line> {
        let mut lines = Vec::new();
        loop {
            lines.push(self.next_message().await);
            if lines.last().is_some_and(|line| line.id == id) {
                return lines;
            }
        }
    }

    pub async fn next_notice(&mut self) -> Notice {
        let notice = |event: &Event| match event {
            Event::Notice(notice) => Some(notice.clone()),
            _ => None,
        };
        self.find("a notice", notice).await
    }

    /// Waits for a line of the room with this text.
    pub async fn system(&mut self, text: &str) {
        let same =
            |event: &Event| matches!(event, Event::System(line) if line == text).then_some(());
        self.find(text, same).await
    }

    /// Waits until exactly these people are shown as here.
    pub async fn present(&mut self, names: &[&str]) -> Option<usize> {
        let mut wanted: Vec<String> = names.iter().map(|name| name.to_string()).collect();
        wanted.sort();
        let same = |event: &Event| match event {
            Event::Presence { people, count } if *people == wanted => Some(*count),
            _ => None,
        };
        self.find(&format!("presence of {names:?}"), same).await
    }

    /// What was heard and not yet asked for.
    pub fn unread(&self) -> impl Iterator<Item = &Event> {
        self.waiting.iter()
    }

    /// Posts as hx-ws does, with the fields that it adds.
    pub async fn post(&mut self, body: &str, client_id: &str) -> bool {
        let frame = json!({
            "body": body,
            "client_id": client_id,
            "headers": {"HX-Request": "true", "HX-Target": "composer"},
            "request_id": client_id,
        });
        self.say(&frame).await
    }

    pub async fn say(&mut self, frame: &Value) -> bool {
        self.socket.say(&frame.to_string()).await
    }

    pub async fn say_text(&mut self, text: &str) -> bool {
        self.socket.say(text).await
    }

    pub async fn say_binary(&mut self, bytes: Vec<u8>) {
        self.socket.say_binary(bytes).await
    }

    pub async fn close(self) {
        self.socket.close().await
    }

    /// Reads until the socket ends and says how.
    pub async fn ended(&mut self) -> u16 {
        loop {
            if let Some(code) = self.closed {
                return code;
            }
            self.listen().await;
        }
    }
}

fn message(event: &Event) -> Option<Line> {
    match event {
        Event::Message(line) => Some(line.clone()),
        _ => None,
    }
}

/// Takes a frame (or an answer of the polling fallback) apart.
pub fn events(frame: &str) -> Vec<Event> {
    let starts: Vec<usize> = frame
        .match_indices("<hx-partial")
        .map(|(at, _)| at)
        .collect();
    if starts.is_empty() {
        return vec![Event::Other(frame.to_string())];
    }
    let ends = starts[1..].iter().copied().chain([frame.len()]);
    let mut found = Vec::new();
    for (start, end) in starts.iter().copied().zip(ends) {
        partial(&frame[start..end], &mut found);
    }
    merge_presence(found)
}

fn partial(html: &str, found: &mut Vec<Event>) {
    let tag = opening_tag(html);
    let target = attribute(tag, "hx-target").unwrap_or_default();
    let inner = html[tag.len()..]
        .split("</hx-partial>")
        .next()
        .unwrap_or_default();
    match target.as_str() {
        "#messages" => list(inner, found),
        "#notices" => found.push(notice(inner)),
        "#presence" => found.push(Event::Presence {
            people: people(inner),
            count: None,
        }),
        "#presence-count" => found.push(Event::Presence {
            people: vec![],
            count: count(inner),
        }),
        _ if target.starts_with("#message-") => {
            found.extend(html::lines(inner).into_iter().map(Event::Replaced));
        }
        _ => found.push(Event::Other(html.to_string())),
    }
}

/// What goes to the end of the list: a gap, a line of the room, or messages.
fn list(inner: &str, found: &mut Vec<Event>) {
    if let Some(gap) = inside(inner, "gap") {
        let link = html::tags(&gap, "a")
            .first()
            .copied()
            .unwrap_or_default()
            .to_string();
        found.push(Event::Gap {
            href: attribute(&link, "href").unwrap_or_default(),
            text: text_of(&gap),
        });
    }
    if let Some(line) = inside(inner, "message--system") {
        found.push(Event::System(text_of(&line)));
    }
    found.extend(html::lines(inner).into_iter().map(Event::Message));
}

fn notice(inner: &str) -> Event {
    let tag = html::tag_of(inner, "notice").expect("a notice is .notice");
    Event::Notice(Notice {
        client_id: attribute(tag, "data-client"),
        retry: attribute(tag, "data-retry").and_then(|value| value.parse().ok()),
        text: text_of(inner),
    })
}

/// The names in a presence list, sorted.
pub fn people(list: &str) -> Vec<String> {
    let starts = list.match_indices("<li").map(|(at, _)| at);
    let items = starts.filter(|at| attribute(opening_tag(&list[*at..]), "data-user").is_some());
    let inner = items.map(|at| list[at..].split("</li>").next().unwrap_or_default());
    let mut names: Vec<String> = inner.map(|item| last_word(&text_of(item))).collect();
    names.sort();
    names
}

/// The name in an item; initials or spaces may stand before it.
fn last_word(text: &str) -> String {
    text.split_whitespace()
        .last()
        .unwrap_or_default()
        .to_string()
}

fn count(inner: &str) -> Option<usize> {
    text_of(inner).trim().parse().ok()
}

/// The list and its count travel as two partials of one frame; they are one event.
fn merge_presence(found: Vec<Event>) -> Vec<Event> {
    let mut merged: Vec<Event> = Vec::new();
    for event in found {
        match (merged.last_mut(), &event) {
            (
                Some(Event::Presence {
                    count: known @ None,
                    ..
                }),
                Event::Presence {
                    people,
                    count: Some(count),
                },
            ) if people.is_empty() => *known = Some(*count),
            _ => merged.push(event),
        }
    }
    merged
}

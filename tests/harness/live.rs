//! The page's socket, with its frames parsed into events.

use std::collections::VecDeque;

use serde_json::{Value, json};

use super::PATIENCE;
use super::html::{self, MessageElement, attribute, inside, opening_tag, text_of};
use super::socket::{Received, Socket};

/// One update in a frame.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// A message at the end of the list.
    Message(MessageElement),
    /// A message that replaces the one with the same id.
    Replaced(MessageElement),
    /// Messages that are left out, their count as text, and the link that loads them.
    Gap { href: String, text: String },
    /// A refusal, sent to this socket only.
    Notice(Notice),
    /// The users who are online, and the displayed count.
    Presence {
        people: Vec<String>,
        count: Option<usize>,
    },
    /// A system line of the room.
    System(String),
    /// Any other update, such as a heartbeat.
    Other(String),
}

/// A refused message.
#[derive(Debug, Clone, PartialEq)]
pub struct Notice {
    pub client_id: Option<String>,
    pub retry: Option<u64>,
    pub text: String,
}

/// A live socket that buffers received events until a test asks for them.
pub struct LiveSocket {
    socket: Socket,
    buffer: VecDeque<Event>,
    /// The close code, once the socket is closed.
    pub closed: Option<u16>,
    /// The newest rev of the received messages.
    pub rev: i64,
}

impl LiveSocket {
    /// Waits for the first frame, so that what a test publishes next is not part of what a new socket starts with.
    pub async fn over(socket: Socket) -> LiveSocket {
        let mut live = LiveSocket {
            socket,
            buffer: VecDeque::new(),
            closed: None,
            rev: 0,
        };
        live.receive_frame().await;
        live
    }

    /// The first buffered or future event that `pick` accepts. Other events stay in the buffer.
    pub async fn find<T>(&mut self, what: &str, pick: impl Fn(&Event) -> Option<T>) -> T {
        // Heartbeats keep the socket busy, so its own time limit is not enough.
        let found = tokio::time::timeout(PATIENCE * 2, self.find_before_close(pick)).await;
        match found {
            Ok(Some(found)) => found,
            Ok(None) => panic!(
                "closed {:?} before {what}; buffered: {:?}",
                self.closed, self.buffer
            ),
            Err(_) => panic!(
                "{what} was not received in time; buffered: {:?}",
                self.buffer
            ),
        }
    }

    async fn find_before_close<T>(&mut self, pick: impl Fn(&Event) -> Option<T>) -> Option<T> {
        let mut seen = 0;
        loop {
            for at in seen..self.buffer.len() {
                if let Some(found) = pick(&self.buffer[at]) {
                    self.buffer.remove(at);
                    return Some(found);
                }
            }
            seen = self.buffer.len();
            if self.closed.is_some() {
                return None;
            }
            self.receive_frame().await;
        }
    }

    /// Receives one frame.
    async fn receive_frame(&mut self) {
        match self.socket.receive().await {
            Received::Closed(code) => self.closed = Some(code),
            Received::Text(frame) => {
                for event in events(&frame) {
                    if let Event::Message(line) = &event {
                        self.rev = self.rev.max(line.rev);
                    }
                    self.buffer.push_back(event);
                }
            }
        }
    }

    /// The next message at the end of the list.
    pub async fn next_message(&mut self) -> MessageElement {
        self.find("a message", message).await
    }

    /// The next message, or `None` if the socket is closed first.
    pub async fn next_message_or_close(&mut self) -> Option<MessageElement> {
        self.find_before_close(message).await
    }

    /// The next `count` messages.
    pub async fn messages(&mut self, count: usize) -> Vec<MessageElement> {
        let mut lines = Vec::with_capacity(count);
        for _ in 0..count {
            lines.push(self.next_message().await);
        }
        lines
    }

    /// All messages up to and including the one with this id.
    pub async fn messages_until(&mut self, id: i64) -> Vec<MessageElement> {
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

    /// Waits for a system line with this text.
    pub async fn wait_for_system_line(&mut self, text: &str) {
        let same =
            |event: &Event| matches!(event, Event::System(line) if line == text).then_some(());
        self.find(text, same).await
    }

    /// Waits until exactly these users are online, and returns the displayed count.
    pub async fn wait_for_presence(&mut self, names: &[&str]) -> Option<usize> {
        let mut wanted: Vec<String> = names.iter().map(|name| name.to_string()).collect();
        wanted.sort();
        let same = |event: &Event| match event {
            Event::Presence { people, count } if *people == wanted => Some(*count),
            _ => None,
        };
        self.find(&format!("presence of {names:?}"), same).await
    }

    /// Buffered events that no test has taken.
    pub fn pending(&self) -> impl Iterator<Item = &Event> {
        self.buffer.iter()
    }

    /// Posts with the fields that hx-ws adds. Returns `false` if the socket is closed.
    pub async fn post(&mut self, body: &str, client_id: &str) -> bool {
        let frame = json!({
            "body": body,
            "client_id": client_id,
            "headers": {"HX-Request": "true", "HX-Target": "composer"},
            "request_id": client_id,
        });
        self.send(&frame).await
    }

    pub async fn send(&mut self, frame: &Value) -> bool {
        self.socket.send(&frame.to_string()).await
    }

    pub async fn send_text(&mut self, text: &str) -> bool {
        self.socket.send(text).await
    }

    pub async fn send_binary(&mut self, bytes: Vec<u8>) {
        self.socket.send_binary(bytes).await
    }

    pub async fn close(self) {
        self.socket.close().await
    }

    /// Reads until the socket is closed and returns the close code.
    pub async fn close_code(&mut self) -> u16 {
        loop {
            if let Some(code) = self.closed {
                return code;
            }
            self.receive_frame().await;
        }
    }
}

fn message(event: &Event) -> Option<MessageElement> {
    match event {
        Event::Message(line) => Some(line.clone()),
        _ => None,
    }
}

/// Parses a frame or a response to the polling fallback.
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
            found.extend(
                html::message_elements(inner)
                    .into_iter()
                    .map(Event::Replaced),
            );
        }
        _ => found.push(Event::Other(html.to_string())),
    }
}

/// Parses an update of the message list: a gap, a system line, or messages.
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
    found.extend(
        html::message_elements(inner)
            .into_iter()
            .map(Event::Message),
    );
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

/// The name in an item, which may follow initials and spaces.
fn last_word(text: &str) -> String {
    text.split_whitespace()
        .last()
        .unwrap_or_default()
        .to_string()
}

fn count(inner: &str) -> Option<usize> {
    text_of(inner).trim().parse().ok()
}

/// Combines the presence list and its count, two partials of one frame, into one event.
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

//! Other designs under the same load: they echo each message to everyone, and do nothing else.

mod floor;
mod obvious;

use std::{fs, path::Path};

use crate::mark::{self, Mark};

/// The raw writes that nobody can do without: one for each message, or one for each group.
pub const SINGLE: &str = "floor, single";
/// See [`SINGLE`].
pub const GROUPED: &str = "floor, grouped";
/// poem's WebSocket, a task a connection, and a broadcast channel.
pub const OBVIOUS: &str = "obvious design";
/// All of them.
pub const ALL: [&str; 3] = [SINGLE, GROUPED, OBVIOUS];

/// The bytes of a message as Chatterbox sends it, and where its number is.
#[derive(Clone)]
pub struct Template {
    payload: Vec<u8>,
    mark: Mark,
}

impl Template {
    /// Reads what `prepare` wrote: the payload of message 0.
    pub fn read(path: &Path) -> Template {
        let payload = fs::read(path).expect("the prepared frame");
        let mark = Mark::learn(&payload, 0).expect("it is message 0");
        Template { payload, mark }
    }

    /// The payload of the message with this number.
    pub fn stamped(&self, number: u64) -> Vec<u8> {
        let mut payload = self.payload.clone();
        self.mark.stamp(&mut payload, number);
        payload
    }
}

/// The number in what a client sent.
pub fn number(text: &[u8]) -> Option<u64> {
    let at = text.iter().rposition(|byte| *byte == b'#')?;
    let digits = text.get(at + 1..at + 1 + mark::DIGITS)?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// Runs a rival until it is killed.
pub fn run(name: &str, frame: &Path) {
    let template = Template::read(frame);
    match name {
        OBVIOUS => obvious::run(template),
        _ => floor::run(&template, name == GROUPED),
    }
}

//! What is made once and used by every run: accounts with their tokens, and a sample of a frame.

use std::{path::PathBuf, time::Duration};

use serde_json::json;
use tempfile::TempDir;

use crate::{
    Setting,
    crowd::{Crowd, Door},
    http::Http,
    mark::{self, Mark},
    subject::Subject,
};

/// People who write; logging in costs each a bcrypt hash.
const PEOPLE: usize = 4;
/// Their password.
pub const PASSWORD: &str = "a long one for the bench";

/// A prepared data folder and what belongs to it.
pub struct Prepared {
    folder: TempDir,
    /// A token for each person.
    pub tokens: Vec<String>,
    /// Where a message's number stands in its frame.
    pub mark: Mark,
    /// The payload of message 0, for rivals.
    pub frame: PathBuf,
    /// Bytes of that payload.
    pub bytes: usize,
}

impl Prepared {
    /// Registers people on a new server, posts one message, and keeps the folder.
    pub fn new(setting: &Setting) -> Prepared {
        let empty = TempDir::new_in(setting.scratch()).expect("an empty folder");
        let subject = Subject::chatterbox(setting, empty.path());
        let mut http = Http::open(subject.address);
        let tokens: Vec<String> = (0..PEOPLE).map(|n| register(&mut http, n)).collect();
        let folder = subject.stop().expect("the data folder");
        let (payload, mark) = sample(setting, &folder, &tokens);
        let frame = folder.path().join("frame");
        std::fs::write(&frame, &payload).expect("there is room");
        Prepared {
            folder,
            tokens,
            mark,
            frame,
            bytes: payload.len(),
        }
    }

    /// A fresh server with these people and no messages.
    pub fn chatterbox(&self, setting: &Setting) -> Subject {
        Subject::chatterbox(setting, self.folder.path())
    }

    /// How sockets are opened at `subject`, in the name of one of the people.
    pub fn door(&self, subject: &Subject, person: usize) -> Door {
        Door {
            address: subject.address,
            token: self.tokens[person % self.tokens.len()].clone(),
        }
    }
}

/// The name of a person.
pub fn name(number: usize) -> String {
    format!("person-{number}")
}

fn register(http: &mut Http, number: usize) -> String {
    let who = json!({ "username": name(number), "password": PASSWORD });
    assert_eq!(http.post("/register", "", &who).status, 200);
    let answer = http.post("/login", "", &who);
    let answer: serde_json::Value = serde_json::from_slice(&answer.body).expect("JSON");
    answer["token"].as_str().expect("a token").to_owned()
}

/// The frame of a message whose author was not the last to speak, as in a room with many people.
fn sample(setting: &Setting, folder: &TempDir, tokens: &[String]) -> (Vec<u8>, Mark) {
    let subject = Subject::chatterbox(setting, folder.path());
    let mut http = Http::open(subject.address);
    for (number, token) in [(1, &tokens[0]), (0, &tokens[1])] {
        let body = json!({ "body": mark::body(number) });
        assert_eq!(http.post("/rooms/1/messages", token, &body).status, 201);
    }
    let mut crowd = Crowd::new(Mark::anything());
    let door = Door {
        address: subject.address,
        token: tokens[0].clone(),
    };
    crowd.open(&door, 1);
    loop {
        crowd.turn(Duration::from_secs(5), |_| {});
        let last = &crowd.members[0].reading.last;
        if let Some(mark) = Mark::learn(last, 0) {
            return (last.clone(), mark);
        }
    }
}

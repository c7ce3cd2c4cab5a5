//! Accounts, session tokens and a sample frame, prepared once for all runs.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use serde_json::json;
use tempfile::TempDir;

use crate::{
    Options,
    clients::{ClientConfig, Clients},
    http::HttpClient,
    sequence_tag::{self, SequenceTag},
    server::Server,
};

/// Number of accounts; registering and logging in cost a bcrypt hash each.
const ACCOUNTS: usize = 4;
/// Password of every account.
pub const PASSWORD: &str = "a long one for the bench";

/// A data folder with accounts, and a sample frame.
pub struct Fixture {
    folder: TempDir,
    /// Session token of each account.
    pub tokens: Vec<String>,
    pub tag: SequenceTag,
    /// File with the payload of message 0, for the baselines.
    pub sample_frame: PathBuf,
    /// Size of that payload.
    pub frame_bytes: usize,
}

impl Fixture {
    /// Registers the accounts on a new server and captures the frame of one message.
    pub fn new(options: &Options) -> Fixture {
        let empty = TempDir::new_in(options.scratch()).expect("an empty folder");
        let server = Server::start_on_copy(options, empty.path());
        let mut http = HttpClient::connect(server.address);
        let tokens: Vec<String> = (0..ACCOUNTS).map(|n| register(&mut http, n)).collect();
        let folder = server.stop().expect("the data folder");
        let (payload, tag) = capture_frame(options, &folder, &tokens);
        let sample_frame = folder.path().join("frame");
        std::fs::write(&sample_frame, &payload).expect("there is room");
        Fixture {
            folder,
            tokens,
            tag,
            sample_frame,
            frame_bytes: payload.len(),
        }
    }

    /// Starts a server that has the accounts and no messages.
    pub fn start(&self, options: &Options) -> Server {
        Server::start_on_copy(options, self.data())
    }

    /// Data folder with the accounts.
    pub fn data(&self) -> &Path {
        self.folder.path()
    }

    /// Connection settings for each account.
    pub fn client_configs(&self, server: &Server) -> Vec<ClientConfig> {
        let config = |token: &String| ClientConfig {
            address: server.address,
            token: token.clone(),
        };
        self.tokens.iter().map(config).collect()
    }
}

/// Username of an account.
pub fn username(account: usize) -> String {
    format!("person-{account}")
}

fn register(http: &mut HttpClient, account: usize) -> String {
    let form = json!({ "username": username(account), "password": PASSWORD });
    assert_eq!(http.post("/register", "", &form).status, 200);
    let answer = http.post("/login", "", &form);
    let answer: serde_json::Value = serde_json::from_slice(&answer.body).expect("JSON");
    answer["token"].as_str().expect("a token").to_owned()
}

/// Frame of a message that follows a message of another author, which is the longer form.
fn capture_frame(options: &Options, folder: &TempDir, tokens: &[String]) -> (Vec<u8>, SequenceTag) {
    let server = Server::start_on_copy(options, folder.path());
    let mut http = HttpClient::connect(server.address);
    for (number, token) in [(1, &tokens[0]), (0, &tokens[1])] {
        let body = json!({ "body": sequence_tag::body(number) });
        assert_eq!(http.post("/rooms/1/messages", token, &body).status, 201);
    }
    let mut clients = Clients::new(SequenceTag::unknown());
    let config = ClientConfig {
        address: server.address,
        token: tokens[0].clone(),
    };
    clients.open(&config, 1);
    loop {
        clients.poll(Duration::from_secs(5), |_| {});
        let sample = &clients.list[0].received.sample;
        if let Some(tag) = SequenceTag::locate(sample, 0) {
            return (sample.clone(), tag);
        }
    }
}

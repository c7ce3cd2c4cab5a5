//! Mail server that keeps what it receives. It can be switched off and on, and can refuse mails.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use parking_lot::Mutex;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::{PATIENCE, wait_for};

/// A received mail.
#[derive(Clone, Debug)]
pub struct ReceivedMail {
    pub to: String,
    pub headers: String,
    /// Body without the encoding of its parts.
    pub body: String,
}

impl ReceivedMail {
    /// Value of a header.
    pub fn header(&self, name: &str) -> &str {
        let start = format!("{name}: ");
        let line = self
            .headers
            .lines()
            .find_map(|line| line.strip_prefix(&start));
        line.unwrap_or_default()
    }

    /// Path of the link that begins with `start`.
    pub fn link(&self, start: &str) -> String {
        let at = self
            .body
            .find(start)
            .unwrap_or_else(|| panic!("no {start} in {}", self.body));
        let rest = &self.body[at..];
        let end = rest.find(['\r', '\n', '"', '<', ' ']).unwrap_or(rest.len());
        rest[..end].to_owned()
    }
}

#[derive(Default)]
struct SinkState {
    mails: Vec<ReceivedMail>,
    /// Answer to each recipient, instead of acceptance.
    refusal: Option<&'static str>,
    refused: usize,
}

/// The mail server. It ends when it is dropped.
pub struct MailSink {
    address: SocketAddr,
    state: Arc<Mutex<SinkState>>,
    tasks: JoinSet<()>,
}

impl MailSink {
    pub async fn start() -> MailSink {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let mut sink = MailSink {
            address: listener.local_addr().expect("it is bound"),
            state: Arc::default(),
            tasks: JoinSet::new(),
        };
        sink.serve(listener);
        sink
    }

    /// Arguments for a server that sends its mails here.
    pub fn args(&self) -> [String; 4] {
        [
            "--smtp-url".into(),
            format!("smtp://{}?from=chat@example.com", self.address),
            "--public-url".into(),
            "http://chat.example.com".into(),
        ]
    }

    /// Refuses connections.
    pub async fn switch_off(&mut self) {
        self.tasks.shutdown().await;
    }

    /// Accepts connections again.
    pub async fn switch_on(&mut self) {
        let started = Instant::now();
        let listener = loop {
            match TcpListener::bind(self.address).await {
                Ok(listener) => break listener,
                Err(error) => assert!(started.elapsed() < PATIENCE, "{error}"),
            }
            tokio::task::yield_now().await;
        };
        self.serve(listener);
    }

    /// Answers all recipients like this, or accepts them.
    pub fn refuse(&self, refusal: Option<&'static str>) {
        self.state.lock().refusal = refusal;
    }

    /// Number of refused recipients.
    pub fn refused(&self) -> usize {
        self.state.lock().refused
    }

    pub fn mails(&self) -> Vec<ReceivedMail> {
        self.state.lock().mails.clone()
    }

    /// Waits for this number of mails, and returns them.
    pub async fn wait_for(&self, count: usize) -> Vec<ReceivedMail> {
        wait_for(&format!("{count} mails"), || async {
            Some(self.mails()).filter(|mails| mails.len() >= count)
        })
        .await
    }

    fn serve(&mut self, listener: TcpListener) {
        let state = self.state.clone();
        self.tasks.spawn(async move {
            let mut sessions = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let state = state.clone();
                sessions.spawn(async move {
                    let _ = session(stream, &state).await;
                });
            }
        });
    }
}

/// One connection, as far as the server uses the protocol (RFC 5321).
async fn session(stream: TcpStream, state: &Mutex<SinkState>) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    stream.write_all(b"220 sink ESMTP\r\n").await?;
    let mut to = String::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let command = line.trim_end().to_uppercase();
        let answer = if command.starts_with("RCPT TO") {
            to = line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
            let mut state = state.lock();
            state.refused += usize::from(state.refusal.is_some());
            state.refusal.unwrap_or("250 ok")
        } else if command == "DATA" {
            stream.write_all(b"354 go on\r\n").await?;
            let data = data(&mut stream).await?;
            state.lock().mails.push(received(&to, &data));
            "250 accepted"
        } else if command == "QUIT" {
            "221 bye"
        } else {
            "250 ok"
        };
        stream.write_all(format!("{answer}\r\n").as_bytes()).await?;
    }
}

async fn data(stream: &mut BufReader<TcpStream>) -> std::io::Result<String> {
    let mut data = String::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 || line == ".\r\n" {
            return Ok(data);
        }
        data += line.strip_prefix('.').unwrap_or(&line);
    }
}

fn received(to: &str, data: &str) -> ReceivedMail {
    let (headers, body) = data.split_once("\r\n\r\n").unwrap_or_default();
    ReceivedMail {
        to: to.to_owned(),
        headers: headers.to_owned(),
        body: decoded(body),
    }
}

/// Decodes quoted-printable text (RFC 2045).
fn decoded(text: &str) -> String {
    let text = text.replace("=\r\n", "");
    let mut parts = text.split('=');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let code = part
            .get(..2)
            .and_then(|code| u8::from_str_radix(code, 16).ok());
        match code {
            Some(byte) => {
                bytes.push(byte);
                bytes.extend(&part.as_bytes()[2..]);
            }
            None => {
                bytes.push(b'=');
                bytes.extend(part.as_bytes());
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

//! Requests of the matrix over each medium, and the letter of what came back.

use reqwest::{Client, RequestBuilder, redirect};
use serde_json::Value;

use super::cast::Actor;
use super::fixtures::Filled;
use super::table::{Body, Row};
use crate::harness::emoji::emoji_form;
use crate::harness::http::{Reply, page_accept, send};
use crate::harness::live::{Event, LiveSocket};
use crate::harness::server::Server;
use crate::harness::socket::{Received, Socket};
use crate::harness::uploads::{PART, multipart, png};

/// A client that keeps its connections, and the server.
pub struct Sender {
    http: Client,
    origin: String,
}

impl Sender {
    pub fn to(server: &Server) -> Sender {
        let http = Client::builder()
            .redirect(redirect::Policy::none())
            .no_proxy();
        Sender {
            http: http.build().expect("a client without TLS can be built"),
            origin: server.origin(),
        }
    }
}

/// How a request is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Medium {
    /// A program with a token, which sends and gets JSON.
    Json,
    /// A browser with a cookie: pages and forms, and JSON for methods that forms do not have.
    Browser,
    /// Like `Json`, for the headers alone.
    Head,
    /// A WebSocket of a page, with a cookie.
    SocketOfPage,
    /// A WebSocket with a token in a header.
    SocketOfProgram,
    /// A WebSocket with a token in its URL.
    SocketWithQuery,
}

impl Medium {
    /// The media of a row.
    pub fn of(row: &Row, allows_head: bool) -> Vec<Medium> {
        use Medium::*;
        match (&*row.method, &row.body) {
            ("SEND", _) | (_, Body::Socket) => {
                vec![SocketOfPage, SocketOfProgram, SocketWithQuery]
            }
            ("GET", _) if allows_head => vec![Json, Browser, Head],
            _ => vec![Json, Browser],
        }
    }

    /// Whether a page or a form is answered.
    pub fn is_page(self, row: &Row) -> bool {
        self == Medium::Browser && is_page(&row.method, &row.body)
    }

    /// Sends the request, and returns its outcome: a letter of the table, and more for people.
    pub async fn send(self, sender: &Sender, actor: &Actor, filled: &Filled) -> String {
        match self {
            Medium::Json | Medium::Browser | Medium::Head => {
                let request = self.request(sender, actor, filled);
                outcome(&send(request).await)
            }
            _ => self.over_socket(sender, actor, filled).await,
        }
    }

    fn request(self, sender: &Sender, actor: &Actor, filled: &Filled) -> RequestBuilder {
        let method = if self == Medium::Head {
            "HEAD"
        } else {
            &filled.method
        };
        let url = format!("{}{}", sender.origin, filled.path);
        let is_page = self == Medium::Browser && is_page(&filled.method, &filled.body);
        let method = method.parse().expect("a method");
        let request = sender.http.request(method, url);
        let request = request.header(
            "accept",
            match is_page {
                true => page_accept(),
                false => "application/json",
            },
        );
        let request = match (self, &actor.account) {
            (Medium::Browser, _) => {
                let cookie = actor.cookie().unwrap_or_default();
                let request = request.header("cookie", cookie);
                request.header("origin", &sender.origin)
            }
            (_, Some(account)) => request.bearer_auth(&account.token),
            (_, None) => request,
        };
        with_body(request, filled, is_page)
    }

    async fn over_socket(self, sender: &Sender, actor: &Actor, filled: &Filled) -> String {
        match self.open(sender, actor, &filled.path).await {
            Err(401) => "l".into(),
            Err(status) => format!("? {status}"),
            Ok(socket) => match &filled.body {
                Body::Fields(frame) => sent(socket, frame).await,
                _ => opened(socket, &filled.path).await,
            },
        }
    }

    async fn open(self, sender: &Sender, actor: &Actor, path: &str) -> Result<Socket, u16> {
        let url = format!("{}{path}", sender.origin.replacen("http", "ws", 1));
        let Some(account) = &actor.account else {
            return Socket::open(&url, &[]).await;
        };
        let token = &account.token;
        match self {
            Medium::SocketWithQuery => Socket::open(&format!("{url}?token={token}"), &[]).await,
            Medium::SocketOfProgram => {
                let bearer = format!("Bearer {token}");
                Socket::open(&url, &[("authorization", &bearer)]).await
            }
            _ => {
                let cookie = actor.cookie().unwrap_or_default();
                Socket::open(&url, &[("cookie", &cookie), ("origin", &sender.origin)]).await
            }
        }
    }
}

/// Whether a browser sends a request as a link or a form, and not with a script.
fn is_page(method: &str, body: &Body) -> bool {
    let by_script = [Body::Upload, Body::Part, Body::Poster, Body::Tus];
    ["GET", "POST"].contains(&method) && !by_script.contains(body)
}

fn with_body(request: RequestBuilder, filled: &Filled, is_page: bool) -> RequestBuilder {
    let picture = png(8, 8);
    let with_form = |request: RequestBuilder, (kind, body): (String, Vec<u8>)| {
        request.header("content-type", kind).body(body)
    };
    let tus = |request: RequestBuilder| request.header("tus-resumable", "1.0.0");
    match &filled.body {
        Body::Empty | Body::Socket if is_page && filled.method == "POST" => {
            request.form::<[(&str, &str)]>(&[])
        }
        Body::Empty | Body::Socket => request,
        Body::Fields(fields) if is_page => request.form(&form_fields(fields)),
        Body::Fields(fields) => request
            .header("content-type", "application/json")
            .body(fields.clone()),
        Body::Picture => with_form(request, multipart(&[], &[("picture.png", &picture)])),
        Body::Emoji => with_form(request, emoji_form(&filled.name, &picture)),
        Body::Upload => tus(request).header("upload-length", 4),
        Body::Part => tus(request)
            .header("upload-offset", 0)
            .header("content-type", PART)
            .body("plan"),
        Body::Poster => request.body(picture.clone()),
        Body::Tus => tus(request),
    }
}

/// The fields of a JSON object as those of a form.
fn form_fields(object: &str) -> Vec<(String, String)> {
    let object: Value = serde_json::from_str(object).expect("JSON");
    let fields = object.as_object().expect("an object").iter();
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    fields
        .map(|(name, value)| (name.clone(), text(value)))
        .collect()
}

fn outcome(reply: &Reply) -> String {
    let to_log_in = reply.header("location").starts_with("/login?next=");
    let letter = match reply.status {
        401 => 'l',
        300..=399 if to_log_in => 'l',
        200 if offers_to_join(reply) => 'o',
        200..=399 => 'y',
        403 => 'f',
        404 => 'n',
        409 => 'c',
        410 => 'g',
        422 => 'u',
        _ => '?',
    };
    let start: String = String::from_utf8_lossy(&reply.bytes)
        .chars()
        .take(300)
        .collect();
    format!("{letter} ({} {start})", reply.status)
}

fn offers_to_join(reply: &Reply) -> bool {
    let is_page = reply.header("content-type").starts_with("text/html");
    is_page && reply.text().contains("Join room")
}

/// The outcome of a socket that was opened. The plain-text socket is silent until a line was sent.
async fn opened(mut socket: Socket, path: &str) -> String {
    let is_plain = path == "/ws";
    if is_plain {
        socket.send("hello").await;
    }
    loop {
        match socket.receive().await {
            Received::Text(line) if is_plain && !line.contains("hello") => {}
            Received::Text(_) => return "y".into(),
            Received::Closed(1008) => return "n".into(),
            Received::Closed(code) => return format!("? closed with {code}"),
        }
    }
}

/// The outcome of a frame that posts a message.
async fn sent(socket: Socket, frame: &str) -> String {
    let fields: Value = serde_json::from_str(frame).expect("JSON");
    let body = fields["body"].as_str().expect("a text");
    let mut live = LiveSocket::over(socket).await;
    if let Some(code) = live.closed {
        return if code == 1008 {
            "n".into()
        } else {
            format!("? closed with {code}")
        };
    }
    live.send(&fields).await;
    let answer = |event: &Event| match event {
        Event::Message(message) if message.text == body => Some("y".to_owned()),
        Event::Notice(notice) => Some(format!("f {notice:?}")),
        _ => None,
    };
    live.find("an answer to the frame", answer).await
}

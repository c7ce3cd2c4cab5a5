//! An account that uses the JSON API, the page's socket and the legacy text socket.

use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};

use super::browser::Browser;
use super::http::{self, Reply, send};
use super::live::LiveSocket;
use super::server::Server;
use super::socket::Socket;
use super::text_socket::TextSocket;

pub const PASSWORD: &str = "correct horse battery";

/// An account and its session token.
#[derive(Clone)]
pub struct Account {
    pub name: String,
    pub token: String,
    /// `http://host:port`
    pub origin: String,
    http: Client,
}

impl Account {
    /// Registers an account and logs in, both as JSON.
    pub async fn register(server: &Server, name: &str) -> Account {
        let account = json!({"username": name, "password": PASSWORD});
        http::post_json(&format!("{}/register", server.origin()), &account)
            .await
            .expect(200);
        Account::log_in(server, name).await
    }

    /// Logs in to an account that [`Account::register`] created.
    pub async fn log_in(server: &Server, name: &str) -> Account {
        Account::log_in_at(&server.origin(), name).await
    }

    /// Logs in to such an account of a server at this origin.
    pub async fn log_in_at(origin: &str, name: &str) -> Account {
        let account = json!({"username": name, "password": PASSWORD});
        let answer = http::post_json(&format!("{origin}/login"), &account)
            .await
            .expect(200);
        let token = answer.json()["token"]
            .as_str()
            .expect("a login has a token")
            .to_string();
        Account {
            name: name.to_string(),
            token,
            origin: origin.to_string(),
            http: http::client(),
        }
    }

    /// The same account through another address, such as a proxy.
    pub fn through(&self, origin: &str) -> Account {
        Account {
            origin: origin.to_string(),
            http: http::client(),
            ..self.clone()
        }
    }

    /// The same account in a browser with cookies.
    pub async fn browser(&self) -> Browser {
        Browser::log_in(&self.origin, &self.name, PASSWORD).await
    }

    /// The same account with another token.
    pub fn with_token(&self, token: &str) -> Account {
        Account {
            token: token.to_string(),
            ..self.clone()
        }
    }

    /// A request with the token that accepts JSON.
    pub fn ask(&self, method: &str, path: &str) -> RequestBuilder {
        let method = method.parse().expect("a known method");
        let request = self.http.request(method, format!("{}{path}", self.origin));
        request
            .bearer_auth(&self.token)
            .header("accept", "application/json")
    }

    /// Gets a path as JSON.
    pub async fn get(&self, path: &str) -> Reply {
        send(self.ask("GET", path)).await
    }

    /// Posts in the first room; accepts any status code.
    pub async fn try_post(&self, body: &str, client_id: &str) -> Reply {
        let message = json!({"body": body, "client_id": client_id});
        send(self.ask("POST", "/rooms/1/messages").json(&message)).await
    }

    /// Posts a new message in the first room and returns it.
    pub async fn post(&self, body: &str) -> Value {
        self.try_post(body, &super::client_id())
            .await
            .expect(201)
            .json()
    }

    /// Posts `count` messages: `<prefix> 1`, `<prefix> 2` and so on.
    pub async fn post_many(&self, prefix: &str, count: usize) -> Vec<Value> {
        let mut posted = Vec::with_capacity(count);
        for number in 1..=count {
            posted.push(self.post(&format!("{prefix} {number}")).await);
        }
        posted
    }

    /// Opens the page's socket for changes after a rev.
    pub async fn live(&self, after: i64) -> LiveSocket {
        self.try_live(after).await.expect("the socket opens")
    }

    /// Like [`Account::live`], for a server that may be down. The error is the HTTP status code, or 0 without a
    /// response.
    pub async fn try_live(&self, after: i64) -> Result<LiveSocket, u16> {
        let url = self.socket_url(&format!("/rooms/1/live?after={after}"));
        let bearer = format!("Bearer {}", self.token);
        let socket = Socket::open(&url, &[("authorization", &bearer)]).await?;
        Ok(LiveSocket::over(socket).await)
    }

    /// Opens the legacy text socket.
    pub async fn text_socket(&self) -> TextSocket {
        let url = self.socket_url(&format!("/ws?token={}", self.token));
        TextSocket::over(
            Socket::open(&url, &[])
                .await
                .expect("the text socket opens"),
        )
    }

    /// `ws://…` for a path.
    pub fn socket_url(&self, path: &str) -> String {
        format!("{}{path}", self.origin.replacen("http", "ws", 1))
    }

    /// The newest rev of the first room.
    pub async fn rev(&self) -> i64 {
        let answer = self
            .get("/rooms/1/messages?limit=1")
            .await
            .expect(200)
            .json();
        answer["rev"].as_i64().expect("a room has a rev")
    }

    /// All messages of the first room, oldest first. Reads the pages from the newest back.
    pub async fn history(&self) -> Vec<Value> {
        let mut all: Vec<Value> = Vec::new();
        let mut path = "/rooms/1/messages?limit=200".to_string();
        loop {
            let answer = self.get(&path).await.expect(200).json();
            let mut page = answer["messages"].as_array().expect("a list").clone();
            let oldest = page.first().map(|message| message["id"].clone());
            page.append(&mut all);
            all = page;
            match oldest {
                Some(id) if answer["more"] == true => {
                    path = format!("/rooms/1/messages?limit=200&before={id}")
                }
                _ => return all,
            }
        }
    }
}

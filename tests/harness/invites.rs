//! Invite links: creating and using them.

use reqwest::RequestBuilder;
use serde_json::{Value, json};

use super::account::{Account, PASSWORD};
use super::http::{Reply, client, send};
use super::server::Server;

/// A new invite link.
pub struct NewLink {
    pub id: i64,
    /// Path with the token: `/invite/…`.
    pub path: String,
}

impl NewLink {
    /// The link in a response to its creation.
    pub fn of(reply: &Value) -> NewLink {
        let url = reply["url"].as_str().expect("a new link has an address");
        let at = url.find("/invite/").expect("the address of an invitation");
        NewLink {
            id: reply["id"].as_i64().expect("a link has an id"),
            path: url[at..].to_string(),
        }
    }

    pub fn token(&self) -> &str {
        self.path.rsplit('/').next().expect("a token")
    }
}

impl Account {
    /// Creates an invite link with these fields.
    pub async fn create_link(&self, fields: Value) -> NewLink {
        let reply = self.send("POST", "/invites", &fields).await;
        NewLink::of(&reply.expect(201).json())
    }

    /// Lists the invite links.
    pub async fn links(&self) -> Vec<Value> {
        let list = self.get("/invites").await.expect(200).json();
        list["links"].as_array().expect("a list").clone()
    }

    /// Makes a guest of these rooms, who registers with this name through a link.
    pub async fn invite_guest(&self, server: &Server, name: &str, rooms: &[i64]) -> Account {
        let fields = json!({"rooms": rooms, "guest_until": in_a_month()});
        let link = self.create_link(fields).await;
        redeem(server, &link.path, name).await.expect(201);
        Account::log_in(server, name).await
    }
}

/// A date that is a month ahead.
pub fn in_a_month() -> String {
    let ahead = jiff::SignedDuration::from_hours(30 * 24);
    let then = (jiff::Timestamp::now() + ahead).to_string();
    then[..10].to_string()
}

/// A time that is some milliseconds ahead.
pub fn in_milliseconds(ahead: i64) -> String {
    let ahead = jiff::SignedDuration::from_millis(ahead);
    (jiff::Timestamp::now() + ahead).to_string()
}

/// Request that creates an account through a link, as JSON.
pub fn redemption(server: &Server, path: &str, name: &str) -> RequestBuilder {
    let account = json!({"username": name, "password": PASSWORD});
    let url = format!("{}{path}", server.origin());
    client().post(url).json(&account)
}

/// Creates an account through a link, as JSON.
pub async fn redeem(server: &Server, path: &str, name: &str) -> Reply {
    send(redemption(server, path, name)).await
}

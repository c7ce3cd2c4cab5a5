//! Requests about rooms: create, join, post and subscribe.

use serde_json::{Value, json};

use super::account::Account;
use super::html::{attribute, opening_tag};
use super::http::{Reply, send};
use super::live::{Event, LiveSocket};
use super::socket::Socket;

impl Account {
    /// Sends a JSON body; accepts any status code.
    pub async fn send(&self, method: &str, path: &str, body: &Value) -> Reply {
        send(self.ask(method, path).json(body)).await
    }

    /// Creates a room and returns its id.
    pub async fn create_room(&self, name: &str, kind: &str) -> i64 {
        let room = json!({"name": name, "kind": kind});
        let made = self.send("POST", "/rooms", &room).await.expect(201).json();
        made["id"].as_i64().expect("a room has an id")
    }

    /// Makes a user a member of a room: adds them, or invites them and accepts for them.
    pub async fn invite(&self, room: i64, name: &str) {
        if self.try_invite(room, name).await.status == 202 {
            let invited = Account::log_in_at(&self.origin, name).await;
            invited.answer_invitation(room, "accept").await.expect(201);
        }
    }

    /// Adds or invites a user.
    pub async fn try_invite(&self, room: i64, name: &str) -> Reply {
        let path = format!("/rooms/{room}/members");
        let body = json!({"username": name});
        let reply = self.send("POST", &path, &body).await;
        assert!([201, 202].contains(&reply.status), "{}", reply.text());
        reply
    }

    /// Answers an invitation with `accept` or `decline`.
    pub async fn answer_invitation(&self, room: i64, answer: &str) -> Reply {
        let path = format!("/invitations/{room}");
        self.send("POST", &path, &json!({"answer": answer})).await
    }

    /// Removes a member from a room.
    pub async fn remove_member(&self, room: i64, name: &str) {
        let path = format!("/rooms/{room}/members/{name}");
        send(self.ask("DELETE", &path)).await.expect(204);
    }

    /// Sets the role of a member: `owner` or `member`.
    pub async fn set_role(&self, room: i64, name: &str, role: &str) {
        let path = format!("/rooms/{room}/members/{name}");
        let body = json!({"role": role});
        self.send("PATCH", &path, &body).await.expect(200);
    }

    /// Opens the direct conversation with these users.
    pub async fn direct(&self, names: &[&str]) -> i64 {
        let with = json!({"usernames": names});
        let opened = self.send("POST", "/directs", &with).await;
        assert!([200, 201].contains(&opened.status), "{}", opened.text());
        opened.json()["id"].as_i64().expect("a room has an id")
    }

    /// A room as this account sees it.
    pub async fn room(&self, room: i64) -> Value {
        self.get(&format!("/rooms/{room}")).await.expect(200).json()
    }

    /// Members of a room as (name, role), sorted by name.
    pub async fn members(&self, room: i64) -> Vec<(String, String)> {
        let list = self.get(&format!("/rooms/{room}/members")).await;
        let list = list.expect(200).json();
        let text = |value: &Value| value.as_str().expect("text").to_string();
        let people = list["members"].as_array().expect("a list").iter();
        let mut people: Vec<_> = people
            .map(|one| (text(&one["username"]), text(&one["role"])))
            .collect();
        people.sort();
        people
    }

    /// Posts in a room; accepts any status code.
    pub async fn try_post_in(&self, room: i64, body: &str) -> Reply {
        let path = format!("/rooms/{room}/messages");
        self.send("POST", &path, &json!({"body": body})).await
    }

    /// Posts in a room and returns the message.
    pub async fn say(&self, room: i64, body: &str) -> Value {
        self.try_post_in(room, body).await.expect(201).json()
    }

    /// Opens the socket of a room page, which starts with the newest messages.
    pub async fn open_live(&self, room: i64) -> LiveSocket {
        self.open_live_at(&format!("/rooms/{room}/live")).await
    }

    /// Opens the socket of a page at any path.
    pub async fn open_live_at(&self, path: &str) -> LiveSocket {
        LiveSocket::over(self.open(path).await.expect("the socket opens")).await
    }

    /// Opens a raw socket; the error is the HTTP status code of the refusal.
    pub async fn open(&self, path: &str) -> Result<Socket, u16> {
        let bearer = format!("Bearer {}", self.token);
        Socket::open(&self.socket_url(path), &[("authorization", &bearer)]).await
    }
}

impl LiveSocket {
    /// Waits until the socket has sent its sidebar.
    pub async fn after_sidebar(mut self) -> LiveSocket {
        self.pushed("#sidebar", |_| true).await;
        self
    }

    /// Waits for a push to this target that `wanted` accepts, and returns its markup.
    pub async fn pushed(&mut self, target: &str, wanted: impl Fn(&str) -> bool) -> String {
        let pick = |event: &Event| push_to(event, target).filter(|html| wanted(html));
        self.find(&format!("a push to {target}"), pick).await
    }

    /// Buffered pushes to this target.
    pub fn pending_for(&self, target: &str) -> Vec<String> {
        self.pending()
            .filter_map(|event| push_to(event, target))
            .collect()
    }
}

fn push_to(event: &Event, target: &str) -> Option<String> {
    match event {
        Event::Other(html) => {
            let of = attribute(opening_tag(html), "hx-target");
            (of.as_deref() == Some(target)).then(|| html.clone())
        }
        _ => None,
    }
}

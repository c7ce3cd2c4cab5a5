//! Rooms as people use them: made, entered, written in and listened to, whatever their number.

use serde_json::{Value, json};

use super::account::Account;
use super::html::{attribute, opening_tag};
use super::http::{Reply, send};
use super::live::{Event, LiveSocket};
use super::socket::Socket;

impl Account {
    /// Sends JSON; the answer may be anything.
    pub async fn send(&self, method: &str, path: &str, body: &Value) -> Reply {
        send(self.ask(method, path).json(body)).await
    }

    /// Makes a room and gives its number.
    pub async fn make(&self, name: &str, kind: &str) -> i64 {
        let room = json!({"name": name, "kind": kind});
        let made = self.send("POST", "/rooms", &room).await.expect(201).json();
        made["id"].as_i64().expect("a room has an id")
    }

    /// Brings somebody into a room.
    pub async fn invite(&self, room: i64, name: &str) {
        let path = format!("/rooms/{room}/members");
        let guest = json!({"username": name});
        self.send("POST", &path, &guest).await.expect(201);
    }

    /// Puts somebody out of a room.
    pub async fn put_out(&self, room: i64, name: &str) {
        let path = format!("/rooms/{room}/members/{name}");
        send(self.ask("DELETE", &path)).await.expect(204);
    }

    /// Makes somebody an owner or a member.
    pub async fn appoint(&self, room: i64, name: &str, role: &str) {
        let path = format!("/rooms/{room}/members/{name}");
        let office = json!({"role": role});
        self.send("PATCH", &path, &office).await.expect(200);
    }

    /// The conversation with these people.
    pub async fn direct(&self, names: &[&str]) -> i64 {
        let with = json!({"usernames": names});
        let opened = self.send("POST", "/directs", &with).await;
        assert!([200, 201].contains(&opened.status), "{}", opened.text());
        opened.json()["id"].as_i64().expect("a room has an id")
    }

    /// A room as this person sees it.
    pub async fn room(&self, room: i64) -> Value {
        self.get(&format!("/rooms/{room}")).await.expect(200).json()
    }

    /// Who is in a room, as (name, role), by name.
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

    /// Posts in a room; the answer may be anything.
    pub async fn try_say(&self, room: i64, body: &str) -> Reply {
        let path = format!("/rooms/{room}/messages");
        self.send("POST", &path, &json!({"body": body})).await
    }

    /// Posts in a room and gives the message.
    pub async fn say(&self, room: i64, body: &str) -> Value {
        self.try_say(room, body).await.expect(201).json()
    }

    /// The socket of a page that shows this room, from its newest messages on.
    pub async fn listen(&self, room: i64) -> LiveSocket {
        self.listen_at(&format!("/rooms/{room}/live")).await
    }

    /// The socket of a page at any address.
    pub async fn listen_at(&self, path: &str) -> LiveSocket {
        LiveSocket::over(self.open(path).await.expect("the socket opens"))
    }

    /// A bare socket; the error is the HTTP status of the refusal.
    pub async fn open(&self, path: &str) -> Result<Socket, u16> {
        let bearer = format!("Bearer {}", self.token);
        Socket::open(&self.socket_url(path), &[("authorization", &bearer)]).await
    }
}

impl LiveSocket {
    /// Waits for a push to this target that `wanted` accepts, and gives its markup.
    pub async fn pushed(&mut self, target: &str, wanted: impl Fn(&str) -> bool) -> String {
        let pick = |event: &Event| is_for(event, target).filter(|html| wanted(html));
        self.find(&format!("a push to {target}"), pick).await
    }

    /// What was pushed to this target, heard and not yet asked for.
    pub fn waiting_for(&self, target: &str) -> Vec<String> {
        self.unread()
            .filter_map(|event| is_for(event, target))
            .collect()
    }
}

fn is_for(event: &Event, target: &str) -> Option<String> {
    match event {
        Event::Other(html) => {
            let of = attribute(opening_tag(html), "hx-target");
            (of.as_deref() == Some(target)).then(|| html.clone())
        }
        _ => None,
    }
}

//! Requests about messages: edit, delete, answer, react, pin and save them.

use serde_json::{Value, json};

use super::account::Account;
use super::http::{Reply, send};

/// The number of a message.
pub fn id(message: &Value) -> i64 {
    message["id"].as_i64().expect("a message has an id")
}

/// The newest change of a message.
pub fn rev(message: &Value) -> i64 {
    message["rev"].as_i64().expect("a message has a rev")
}

/// The messages of a list.
pub fn listed(list: &Value) -> &Vec<Value> {
    list["messages"].as_array().expect("a list of messages")
}

/// The numbers of the messages of a list.
pub fn ids(list: &Value) -> Vec<i64> {
    listed(list).iter().map(id).collect()
}

impl Account {
    /// Asks something of a message; the answer may be anything.
    pub async fn at(&self, method: &str, (room, id): (i64, i64), end: &str) -> Reply {
        let path = format!("/rooms/{room}/messages/{id}{end}");
        send(self.ask(method, &path)).await
    }

    /// The same with JSON.
    pub async fn tell(&self, method: &str, at: (i64, i64), end: &str, body: Value) -> Reply {
        let path = format!("/rooms/{}/messages/{}{end}", at.0, at.1);
        self.send(method, &path, &body).await
    }

    /// A message as it is now.
    pub async fn message(&self, at: (i64, i64)) -> Value {
        self.at("GET", at, "").await.expect(200).json()
    }

    pub async fn edit(&self, at: (i64, i64), body: &str) -> Reply {
        self.tell("PATCH", at, "", json!({"body": body})).await
    }

    pub async fn delete(&self, at: (i64, i64)) -> Reply {
        self.at("DELETE", at, "").await
    }

    pub async fn react(&self, at: (i64, i64), emoji: &str) -> Reply {
        self.at("PUT", at, &format!("/reactions/{emoji}")).await
    }

    pub async fn unreact(&self, at: (i64, i64), emoji: &str) -> Reply {
        self.at("DELETE", at, &format!("/reactions/{emoji}")).await
    }

    /// An answer in the thread of a message.
    pub async fn answer(&self, at: (i64, i64), body: &str) -> Value {
        let sent = self.tell("POST", at, "/thread", json!({"body": body}));
        sent.await.expect(201).json()
    }

    /// A reply in the room.
    pub async fn reply(&self, (room, to): (i64, i64), body: &str) -> Value {
        let message = json!({"body": body, "reply_to": to});
        let path = format!("/rooms/{room}/messages");
        let sent = self.send("POST", &path, &message).await;
        sent.expect(201).json()
    }

    /// The thread of a message.
    pub async fn thread(&self, at: (i64, i64)) -> Value {
        self.at("GET", at, "/thread").await.expect(200).json()
    }

    /// What is unread in a room: messages, mentions, and answers in threads.
    pub async fn unread(&self, room: i64) -> (i64, i64, i64) {
        let unread = self.room(room).await["unread"].clone();
        let count = |name: &str| unread[name].as_i64().expect("a count");
        (count("unread"), count("mentions"), count("threads"))
    }
}

//! Requests that read or change messages: edit, delete, reply, react, pin and save.

use serde_json::{Value, json};

use super::account::Account;
use super::http::{Reply, send};

/// The id of a message.
pub fn id(message: &Value) -> i64 {
    message["id"].as_i64().expect("a message has an id")
}

/// The newest rev of a message.
pub fn rev(message: &Value) -> i64 {
    message["rev"].as_i64().expect("a message has a rev")
}

/// The messages in a response.
pub fn listed(list: &Value) -> &Vec<Value> {
    list["messages"].as_array().expect("a list of messages")
}

/// The ids of the messages in a response.
pub fn ids(list: &Value) -> Vec<i64> {
    ids_of(listed(list))
}

/// The ids of messages.
pub fn ids_of(messages: &[Value]) -> Vec<i64> {
    messages.iter().map(id).collect()
}

impl Account {
    /// Sends a request about a message, identified by room and id; accepts any status code.
    pub async fn request_message(&self, method: &str, (room, id): (i64, i64), end: &str) -> Reply {
        let path = format!("/rooms/{room}/messages/{id}{end}");
        send(self.ask(method, &path)).await
    }

    /// Like [`Account::request_message`], with a JSON body.
    pub async fn send_to_message(
        &self,
        method: &str,
        at: (i64, i64),
        end: &str,
        body: Value,
    ) -> Reply {
        let path = format!("/rooms/{}/messages/{}{end}", at.0, at.1);
        self.send(method, &path, &body).await
    }

    /// The current state of a message.
    pub async fn message(&self, at: (i64, i64)) -> Value {
        self.request_message("GET", at, "").await.expect(200).json()
    }

    pub async fn edit(&self, at: (i64, i64), body: &str) -> Reply {
        self.send_to_message("PATCH", at, "", json!({"body": body}))
            .await
    }

    pub async fn delete(&self, at: (i64, i64)) -> Reply {
        self.request_message("DELETE", at, "").await
    }

    pub async fn react(&self, at: (i64, i64), emoji: &str) -> Reply {
        self.request_message("PUT", at, &format!("/reactions/{emoji}"))
            .await
    }

    pub async fn unreact(&self, at: (i64, i64), emoji: &str) -> Reply {
        self.request_message("DELETE", at, &format!("/reactions/{emoji}"))
            .await
    }

    /// Posts an answer in the thread of a message.
    pub async fn answer(&self, at: (i64, i64), body: &str) -> Value {
        let sent = self.send_to_message("POST", at, "/thread", json!({"body": body}));
        sent.await.expect(201).json()
    }

    /// Posts a reply that quotes a message.
    pub async fn reply(&self, (room, to): (i64, i64), body: &str) -> Value {
        let message = json!({"body": body, "reply_to": to});
        let path = format!("/rooms/{room}/messages");
        let sent = self.send("POST", &path, &message).await;
        sent.expect(201).json()
    }

    /// The thread of a message.
    pub async fn thread(&self, at: (i64, i64)) -> Value {
        self.request_message("GET", at, "/thread")
            .await
            .expect(200)
            .json()
    }

    /// Unread counts of a room: messages, mentions, and answers in threads.
    pub async fn unread(&self, room: i64) -> (i64, i64, i64) {
        let unread = self.room(room).await["unread"].clone();
        let count = |name: &str| unread[name].as_i64().expect("a count");
        (count("unread"), count("mentions"), count("threads"))
    }
}

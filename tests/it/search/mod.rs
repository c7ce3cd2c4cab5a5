//! Searching what was said: what is found by whom, in which order, and what is never an error.

mod erasure;
mod fixtures;
mod fuzz;
mod indexing;
mod many_words;
mod order;
mod rights;
mod syntax;
mod words;

use serde_json::Value;

use crate::harness::account::Account;
use crate::harness::wait_for;

/// A text as a part of an address.
pub fn encoded(text: &str) -> String {
    serde_urlencoded::to_string([("q", text)]).expect("a text")
}

/// What one is answered.
pub async fn search(person: &Account, text: &str) -> Value {
    let path = format!("/messages?{}", encoded(text));
    person.get(&path).await.expect(200).json()
}

/// The texts of an answer.
pub fn bodies(answer: &Value) -> Vec<String> {
    let messages = answer["messages"].as_array().expect("a list").iter();
    let text = |message: &Value| message["body"].as_str().expect("a text").to_owned();
    messages.map(text).collect()
}

/// The texts of the messages that are found, newest first.
pub async fn finds(person: &Account, text: &str) -> Vec<String> {
    bodies(&search(person, text).await)
}

/// Says something in the Lobby, and waits until all that was said before is in the index, too.
pub async fn until_indexed(person: &Account) {
    let id = person.post("endmark").await["id"].clone();
    wait_for("the index", async || {
        let answer = search(person, "endmark from:me").await;
        let messages = answer["messages"].as_array().expect("a list");
        messages.iter().any(|one| one["id"] == id).then_some(())
    })
    .await;
}

//! Search over messages: matches, order, access rights and query syntax.

mod erasure;
mod files;
mod fixtures;
mod fuzz;
mod indexing;
mod many_words;
mod order;
mod repeated;
mod rights;
mod seen;
mod syntax;
mod words;

use serde_json::Value;

use crate::harness::account::Account;
use crate::harness::server::Server;
use crate::harness::{message_actions, wait_for};

/// A server with indexed messages in this order, and their author.
pub async fn server_with_messages(texts: &[&str]) -> (Server, Account) {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    for text in texts {
        ada.post(text).await;
    }
    until_indexed(&ada).await;
    (server, ada)
}

/// A text as the query of a URL.
pub fn encoded(text: &str) -> String {
    serde_urlencoded::to_string([("q", text)]).expect("a text")
}

/// The first page of search results for a user.
pub async fn search(person: &Account, text: &str) -> Value {
    let path = format!("/messages?{}", encoded(text));
    person.get(&path).await.expect(200).json()
}

/// The texts of the messages in a page.
pub fn bodies(answer: &Value) -> Vec<String> {
    let messages = answer["messages"].as_array().expect("a list").iter();
    let text = |message: &Value| message["body"].as_str().expect("a text").to_owned();
    messages.map(text).collect()
}

/// The texts of the first page of search results.
pub async fn finds(person: &Account, text: &str) -> Vec<String> {
    bodies(&search(person, text).await)
}

/// The ids of the search results on all pages.
pub async fn all_ids(person: &Account, text: &str) -> Vec<i64> {
    let (mut ids, mut next) = (Vec::new(), Some(format!("/messages?{}", encoded(text))));
    while let Some(path) = next {
        let page = person.get(&path).await.expect(200).json();
        ids.extend(message_actions::ids(&page));
        next = page["next"].as_str().map(str::to_owned);
    }
    ids
}

/// Posts a message in the lobby and waits until it and all earlier messages are indexed.
pub async fn until_indexed(person: &Account) {
    let id = person.post("endmark").await["id"].clone();
    wait_for("the index", async || {
        let answer = search(person, "endmark from:me").await;
        let messages = answer["messages"].as_array().expect("a list");
        messages.iter().any(|one| one["id"] == id).then_some(())
    })
    .await;
}

//! Searches that are repeated: their results are cached until something changes.

use serde_json::json;

use super::{finds, search, until_indexed};
use crate::harness::account::Account;
use crate::harness::server::Server;

#[tokio::test]
async fn a_repeated_search_returns_what_changed_in_between() {
    let server = Server::start();
    let ada = Account::register(&server, "ada").await;
    let first = ada.post("green tea").await;
    until_indexed(&ada).await;
    for _ in 0..2 {
        assert_eq!(finds(&ada, "tea").await, ["green tea"]);
    }
    ada.post("black tea").await;
    until_indexed(&ada).await;
    for _ in 0..2 {
        assert_eq!(finds(&ada, "tea").await, ["black tea", "green tea"]);
    }
    let message = format!("/rooms/1/messages/{}", first["id"]);
    let edit = json!({"body": "green coffee"});
    ada.send("PATCH", &message, &edit).await.expect(200);
    assert_eq!(finds(&ada, "tea").await, ["black tea"]);

    let notes = async || search(&ada, "tea from:bob").await["notes"].clone();
    assert_eq!(notes().await, json!(["No one named “bob”."]));
    Account::register(&server, "bob").await;
    assert_eq!(notes().await, json!([]));
}

//! The export of a user's data: what is in it, what is not, and memory that it needs.

use std::io::{Cursor, Read};

use diesel::connection::SimpleConnection;
use serde_json::{Value, json};
use zip::ZipArchive;

use crate::harness::account::Account;
use crate::harness::database;
use crate::harness::http::{Reply, send};
use crate::harness::server::Server;

async fn export(account: &Account) -> Reply {
    send(account.ask("POST", "/account/export")).await
}

fn content(archive: &mut ZipArchive<Cursor<Vec<u8>>>, name: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut file = archive.by_name(name).expect("the archive has the file");
    file.read_to_end(&mut bytes).expect("the checksum is right");
    bytes
}

fn parsed(archive: &mut ZipArchive<Cursor<Vec<u8>>>, name: &str) -> Value {
    serde_json::from_slice(&content(archive, name)).expect("it is JSON")
}

#[tokio::test]
async fn an_export_has_the_own_data_and_nothing_of_others() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let bob = Account::register(&server, "bob").await;
    let secret = ada.create_room("plans", "closed").await;
    ada.say(secret, "in private").await;
    ada.post_many("number", 450).await;
    bob.post("a text of bob").await;
    let bytes = vec![7; 300_000];
    let file = ada.upload("data.bin", &bytes).await;
    ada.post_files(1, "with a file", &[&file]).await;
    let others = bob.upload("bobs.txt", b"of bob").await;
    bob.post_files(1, "", &[&others]).await;
    let reply = export(&ada).await.expect(200);
    assert_eq!(reply.header("content-type"), "application/zip");
    assert!(reply.header("content-disposition").contains("attachment"));
    let mut archive = ZipArchive::new(Cursor::new(reply.bytes)).expect("a whole archive");
    let messages = parsed(&mut archive, "messages.json");
    let messages = messages.as_array().expect("a list").clone();
    assert_eq!(messages.len(), 452);
    assert!(
        messages
            .iter()
            .all(|message| message["author"]["username"] == "ada")
    );
    assert_eq!(messages[0]["body"], "in private");
    let url = messages[451]["files"][0]["url"].as_str().expect("a URL");
    assert_eq!(content(&mut archive, url.trim_start_matches('/')), bytes);
    assert_eq!(parsed(&mut archive, "profile.json")["username"], "ada");
    assert_eq!(
        parsed(&mut archive, "sessions.json")
            .as_array()
            .map(Vec::len),
        Some(1)
    );
    assert_eq!(parsed(&mut archive, "passkeys.json"), json!([]));
    let rooms = parsed(&mut archive, "rooms.json");
    assert!(
        rooms
            .as_array()
            .expect("a list")
            .iter()
            .any(|room| room["name"] == "plans")
    );
    assert_eq!(archive.len(), 6, "and nothing else");
}

#[tokio::test]
async fn an_export_needs_the_password_first() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let older = "UPDATE sessions SET confirmed_at = confirmed_at - 600001";
    let set = database::connect(&server.data()).batch_execute(older);
    set.expect("a valid statement");
    export(&ada).await.expect(403);
}

#[tokio::test]
async fn two_exports_run_at_once_and_a_client_that_leaves_frees_its_place() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    // More than the buffers of the sockets hold.
    let file = ada.upload("data.bin", &vec![7; 24 << 20]).await;
    ada.post_files(1, "", &[&file]).await;
    let slow = [
        ada.ask("POST", "/account/export"),
        ada.ask("POST", "/account/export"),
    ];
    let [first, second] = slow.map(|request| tokio::spawn(request.send()));
    let first = first.await.expect("no panic").expect("a response");
    let second = second.await.expect("no panic").expect("a response");
    assert_eq!(
        (first.status().as_u16(), second.status().as_u16()),
        (200, 200)
    );
    let refused = export(&ada).await.expect(429);
    assert!(refused.has("retry-after"));
    drop((first, second));
    crate::harness::wait_for("a free place", async || {
        (export(&ada).await.status == 200).then_some(())
    })
    .await;
}

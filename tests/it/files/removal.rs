//! Contents leave the disk with their messages.

use std::path::{Path, PathBuf};

use serde_json::json;

use crate::harness::account::Account;
use crate::harness::database;
use crate::harness::files::folder_contains;
use crate::harness::http::send;
use crate::harness::server::{Server, UNLIMITED};
use crate::harness::uploads::{id_of, noise, png};
use crate::harness::wait_for;

/// Contents that are deleted and posted at once.
const ROUNDS: u64 = 40;

/// Contents in the folder of files, without folders.
fn contents(data: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(data) else {
        return Vec::new();
    };
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let inner = paths.map(|path| match path.is_dir() {
        true => contents(&path),
        false => vec![path],
    });
    inner.flatten().collect()
}

pub fn files(server: &Server) -> Vec<PathBuf> {
    contents(&server.data().join("files"))
}

#[tokio::test]
async fn a_deleted_message_erases_its_files_unless_another_message_has_the_same_content() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let bytes = noise(5_000, 6);
    let mut ids = Vec::new();
    for name in ["qxzfirst.bin", "second.bin"] {
        let id = ada.upload(name, &bytes).await;
        ids.push(ada.post_files(1, "", &[&id]).await["id"].clone());
    }
    assert_eq!(files(&server).len(), 1, "equal contents are stored once");
    let delete = async |id: &serde_json::Value| {
        let path = format!("/rooms/1/messages/{id}");
        let deleted = ada
            .send("DELETE", &path, &json!({}))
            .await
            .expect(200)
            .json();
        assert_eq!(deleted["files"], json!([]));
    };
    delete(&ids[0]).await;
    wait_for("the name to leave the folder", async || {
        (!folder_contains(&server.data(), b"qxzfirst")).then_some(())
    })
    .await;
    assert_eq!(files(&server).len(), 1, "the second message has it");
    delete(&ids[1]).await;
    wait_for("the content to be removed", async || {
        files(&server).is_empty().then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_content_that_is_deleted_and_posted_at_once_stays_with_its_new_message() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let bob = Account::register(&server, "bob").await;
    for round in 0..ROUNDS {
        let bytes = noise(3_000, round);
        let old = ada.upload("old.bin", &bytes).await;
        let old = ada.post_files(1, "", &[&old]).await["id"].clone();
        let old = format!("/rooms/1/messages/{old}");
        let new = bob.begin("new.bin", 3_000).await;
        let nothing = json!({});
        let (deleted, sent) = tokio::join!(
            ada.send("DELETE", &old, &nothing),
            bob.send_part(&new, 0, &bytes),
        );
        deleted.expect(200);
        sent.expect(204);
        let file = bob.post_files(1, "", &[&id_of(&new)]).await["files"][0].take();
        // The sweep has ended once it has removed this file, too.
        let barrier = ada.upload("barrier.bin", &noise(10, round)).await;
        send(ada.ask("DELETE", &format!("/files/{barrier}")))
            .await
            .expect(204);
        wait_for("the end of the sweep", async || {
            (files(&server).len() == usize::try_from(round).ok()? + 1).then_some(())
        })
        .await;
        let read = ada.get(file["url"].as_str().expect("a URL")).await;
        assert!(read.expect(200).bytes == bytes, "round {round}");
    }
}

#[tokio::test]
async fn a_deleted_room_erases_the_files_of_its_messages() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let room = ada.create_room("short", "open").await;
    ada.share(room, "a.bin", &noise(3_000, 7)).await;
    let stays = ada.share(1, "b.bin", &noise(3_000, 8)).await;
    let path = format!("/rooms/{room}");
    let name = json!({"name": "short"});
    assert!(ada.send("DELETE", &path, &name).await.status < 300);
    wait_for("the content to be removed", async || {
        (files(&server).len() == 1).then_some(())
    })
    .await;
    ada.get(stays["url"].as_str().expect("a URL"))
        .await
        .expect(200);
}

#[tokio::test]
async fn what_a_kill_leaves_is_removed_at_the_next_start() {
    let mut server = Server::executable(&UNLIMITED);
    let ada = Account::register(&server, "ada").await;
    let file = ada.share(1, "a.bin", &noise(2_000, 9)).await;
    let path = ada.begin("b.bin", 100).await;
    ada.send_part(&path, 0, b"12345").await.expect(204);
    server.kill9();
    let folder = server.data().join("files");
    let orphan = "ab".repeat(32);
    std::fs::create_dir_all(folder.join("ab")).expect("a folder");
    for orphan in [
        folder.join("ab").join(&orphan),
        folder.join("ab").join(format!("{orphan}-small")),
        folder.join("incoming").join("cdcdcdcd"),
    ] {
        std::fs::write(orphan, b"left over").expect("a file");
    }
    server.start_again();
    wait_for("only the known files", async || {
        (files(&server).len() == 2).then_some(())
    })
    .await;
    let ada = ada.through(&server.origin());
    ada.get(file["url"].as_str().expect("a URL"))
        .await
        .expect(200);
    ada.send_part(&path, 5, &[0; 95]).await.expect(204);
}

#[tokio::test]
async fn a_deleted_message_with_files_alone_is_sent_to_no_one_who_returns() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    ada.post("the beginning").await;
    let before = ada.rev().await;
    let _reader = ada.live(0).await;
    let id = ada.upload("qxzsecret.txt", b"x").await;
    let message = ada.post_files(1, "", &[&id]).await;
    let path = format!("/rooms/1/messages/{}", message["id"]);
    ada.send("DELETE", &path, &json!({})).await.expect(200);
    ada.post("the end").await;
    let mut live = ada.live(before).await;
    let mut seen = String::new();
    while !seen.contains("the end") {
        let event = live.find("an event", |event| Some(event.clone())).await;
        seen.push_str(&format!("{event:?}\n"));
    }
    assert!(!seen.contains("qxzsecret"), "{seen}");
}

#[tokio::test]
async fn a_content_that_is_lost_is_a_fault_of_the_server_and_no_missing_page() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let id = ada.upload("a.bin", &noise(2_000, 11)).await;
    let message = ada.post_files(1, "", &[&id]).await;
    let url = message["files"][0]["url"].as_str().expect("a URL");
    let [content] = &files(&server)[..] else {
        panic!("one content");
    };
    std::fs::remove_file(content).expect("it can be removed");
    ada.get(url).await.expect(500);
    let path = format!("/rooms/1/messages/{}", message["id"]);
    ada.send("DELETE", &path, &json!({})).await.expect(200);
    ada.get(url).await.expect(404);
}

#[tokio::test]
async fn the_picture_of_a_deleted_room_goes_with_it() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let room = ada.create_room("design", "open").await;
    let path = format!("/rooms/{room}/picture");
    ada.send_picture(&path, &png(60, 60)).await.expect(200);
    let pictures = || {
        let mut conn = database::connect(&server.data());
        database::number(&mut conn, "SELECT count(*) AS number FROM avatars")
    };
    assert_eq!((pictures(), files(&server).len()), (1, 3));
    let name = json!({"name": "design"});
    let deleted = ada.send("DELETE", &format!("/rooms/{room}"), &name).await;
    deleted.expect(204);
    assert_eq!(pictures(), 0, "it is in the transaction of the deletion");
    wait_for("the contents to be removed", async || {
        files(&server).is_empty().then_some(())
    })
    .await;
}

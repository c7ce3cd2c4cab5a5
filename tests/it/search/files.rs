//! Search for messages by their files.

use serde_json::json;

use super::{bodies, finds, search, until_indexed};
use crate::harness::account::Account;
use crate::harness::server::Server;
use crate::harness::uploads::png;

const MP4: &[u8] = b"\0\0\0\x18ftypisom\0\0\0\0isommp41";
const WAV: &[u8] = b"RIFF\x24\0\0\0WAVEfmt ";

/// Posts messages with files: text, and name and content of each file.
async fn post(account: &Account, room: i64, text: &str, files: &[(&str, &[u8])]) -> i64 {
    let mut ids = Vec::new();
    for (name, bytes) in files {
        ids.push(account.upload(name, bytes).await);
    }
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let message = account.post_files(room, text, &ids).await;
    message["id"].as_i64().expect("an id")
}

#[tokio::test]
async fn messages_are_found_by_kind_and_name_of_their_files() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let bob = Account::register(&server, "bob").await;
    let picture = png(8, 8);
    ada.post("no file, but a report").await;
    post(&ada, 1, "a picture", &[("Holiday photo.png", &picture)]).await;
    post(&ada, 1, "a film", &[("film.mp4", MP4)]).await;
    post(&bob, 1, "a song", &[("song.wav", WAV)]).await;
    post(
        &bob,
        1,
        "report: two files",
        &[("plan.pdf", b"%PDF-"), ("b.png", &picture)],
    )
    .await;
    post(&ada, 1, "a text", &[("Quarterly report.txt", b"x")]).await;
    until_indexed(&ada).await;
    let all = [
        "a text",
        "report: two files",
        "a song",
        "a film",
        "a picture",
    ];
    for (query, expected) in [
        ("has:file", &all[..]),
        ("HAS:Files from:bob", &all[1..3]),
        ("has:image", &["report: two files", "a picture"]),
        ("has:image -has:file", &[]),
        ("has:image from:me", &all[4..]),
        ("has:video", &all[3..4]),
        ("has:audio in:lobby", &all[2..3]),
        ("has:file -has:image -from:bob", &["a text", "a film"]),
        ("has:file after:2999", &[]),
        ("has:file on:today film", &all[3..4]),
        ("filename:report", &all[..1]),
        ("filename:REP", &all[..1]),
        ("filename:port", &all[..1]),
        ("filename:\"quarterly report\"", &all[..1]),
        ("filename:report.txt", &all[..1]),
        ("filename:png", &["report: two files", "a picture"]),
        ("filename:png -filename:holiday", &all[1..2]),
        ("filename:png filename:plan", &all[1..2]),
        ("filename:nothing", &[]),
        ("filename:re", &all[..1]),
        ("filename:ort", &all[..1]),
        ("filename:rt", &[]),
        ("filename:b", &all[1..2]),
        (
            "-filename:rt has:file -has:image -from:bob",
            &["a text", "a film"],
        ),
        ("-filename:re has:file -has:image -from:bob", &["a film"]),
        ("filename:\"quarterly r\"", &[]),
        ("filename:\"quarterly re\"", &all[..1]),
        ("two filename:plan", &all[1..2]),
        ("has:image has:video", &[]),
    ] {
        assert_eq!(finds(&ada, query).await, expected, "{query}");
    }
    let unknown = search(&ada, "report has:poll").await;
    let note =
        "“has:poll” isn’t a filter. Use has:link, has:file, has:image, has:video or has:audio.";
    assert!(
        unknown["notes"]
            .as_array()
            .expect("notes")
            .contains(&json!(note)),
        "{unknown}"
    );
    let short = search(&ada, "filename:rt").await;
    let note = "“rt” finds only words that start with it. Three letters find parts of words, too.";
    assert_eq!(short["notes"], json!([note]));
    let page = ada
        .browser()
        .await
        .page("/messages?q=filename:report")
        .await
        .expect(200)
        .text();
    assert!(
        page.contains("<mark>report</mark>"),
        "the name is marked: {page}"
    );
}

#[tokio::test]
async fn files_of_other_rooms_and_deleted_messages_are_not_found() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let bob = Account::register(&server, "bob").await;
    let room = ada.create_room("secret", "closed").await;
    post(&ada, room, "hidden", &[("plan.txt", b"x")]).await;
    let id = post(&ada, 1, "shown", &[("plan.txt", b"y")]).await;
    until_indexed(&ada).await;
    assert_eq!(finds(&bob, "has:file").await, ["shown"]);
    assert_eq!(finds(&bob, "filename:plan").await, ["shown"]);
    assert_eq!(finds(&ada, "filename:plan").await, ["shown", "hidden"]);
    let path = format!("/rooms/1/messages/{id}");
    let edit = json!({"body": "changed"});
    ada.send("PATCH", &path, &edit).await.expect(200);
    assert_eq!(finds(&bob, "has:file").await, ["changed"]);
    ada.send("DELETE", &path, &json!({})).await.expect(200);
    assert_eq!(finds(&bob, "has:file").await, [""; 0]);
    let rest = search(&ada, "has:file").await;
    assert_eq!(bodies(&rest), ["hidden"]);
}

//! Pictures whose metadata cannot be removed: their senders are told.

use serde_json::{Value, json};

use super::bombs::{SECRET, cut_with_place, refused_with_place};
use crate::harness::account::Account;
use crate::harness::html::text_of;
use crate::harness::http::{Reply, send};
use crate::harness::server::Server;
use crate::harness::uploads::{PART, id_of, png};

/// Header of a picture that keeps its metadata.
const HEADER: &str = "picture-metadata";
const UNSENT: &str = "Will be sent as is, with details such as where it was taken.";
const SENT: &str = " Sent as is, with details such as where it was taken.";

/// Files that keep their metadata.
fn kept() -> Vec<(&'static str, Vec<u8>)> {
    let large = [b"\x89PNG\r\n\x1A\n", SECRET, &vec![0; 44 << 20]].concat();
    vec![
        ("headless.png", [b"\x89PNG\r\n\x1A\n", SECRET].concat()),
        ("beginning.JPG", [b"\0\xD8\xFF\xFE", SECRET].concat()),
        (
            "photo.heic",
            [b"\0\0\0\x10ftypheic\0\0\0\0", SECRET].concat(),
        ),
        ("photo", [b"\0\0\0\x10ftypavif\0\0\0\0", SECRET].concat()),
        ("large.png", large),
    ]
}

/// Files without metadata, and those that are no pictures.
fn clean() -> Vec<(&'static str, Vec<u8>)> {
    let cut = cut_with_place().into_iter();
    let cut = cut.map(|(name, bytes, _)| (name, bytes));
    let others = [
        ("whole.png", png(8, 8)),
        ("refused.jpg", refused_with_place()),
        ("notes.txt", b"notes".to_vec()),
        ("data.bin", vec![0; 100]),
    ];
    cut.chain(others).collect()
}

/// Uploads a file in one request. Returns its id and the response.
async fn create(ada: &Account, name: &str, bytes: &[u8]) -> (String, Reply) {
    use base64::{Engine, prelude::BASE64_STANDARD};
    let name = format!("filename {}", BASE64_STANDARD.encode(name));
    let create = ada
        .tus("POST", "/uploads")
        .header("upload-length", bytes.len())
        .header("upload-metadata", name)
        .header("content-type", PART)
        .body(bytes.to_vec());
    let created = send(create).await.expect(201);
    (id_of(created.header("location")), created)
}

/// List of “My files”: as JSON, and as the text of the page.
async fn own(ada: &Account) -> (Value, String) {
    let list = ada.get("/files").await.expect(200).json();
    let page = ada.browser().await.page("/files").await.expect(200);
    (list, text_of(&page.text()))
}

#[tokio::test]
async fn the_sender_is_told_of_each_picture_that_keeps_its_metadata() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let kept = kept().into_iter().map(|file| (file, true));
    let clean = clean().into_iter().map(|file| (file, false));
    for ((name, bytes), is_kept) in kept.chain(clean) {
        let (id, created) = create(&ada, name, &bytes).await;
        let head = send(ada.tus("HEAD", &format!("/uploads/{id}"))).await;
        let expected = if is_kept { "kept" } else { "" };
        assert_eq!(created.header(HEADER), expected, "{name}");
        assert_eq!(head.expect(200).header(HEADER), expected, "{name}");
        let (list, page) = own(&ada).await;
        assert_eq!(
            list["uploads"][0]["keeps_metadata"],
            json!(is_kept),
            "{name}"
        );
        assert_eq!(page.contains(UNSENT), is_kept, "{name}: {page}");
        let file = ada.post_files(1, "", &[&id]).await["files"][0].take();
        let (list, page) = own(&ada).await;
        assert_eq!(list["files"][0]["keeps_metadata"], json!(is_kept), "{name}");
        assert_eq!(page.contains(SENT), is_kept, "{name}: {page}");
        // The texts are true.
        let read = ada.get(file["url"].as_str().expect("a URL")).await;
        let read = read.expect(200).bytes;
        let has_place = read.windows(SECRET.len()).any(|part| part == SECRET);
        assert_eq!(has_place, is_kept, "{name}");
        let path = format!("/files/{id}");
        ada.send("DELETE", &path, &json!({})).await.expect(204);
    }
}

#[tokio::test]
async fn a_part_that_is_not_the_last_tells_nothing_and_a_copy_in_the_room_the_same() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let (_, bytes) = kept().swap_remove(0);
    let path = ada.begin("damaged", bytes.len() as u64).await;
    let first = ada.send_part(&path, 0, &bytes[..5]).await.expect(204);
    assert_eq!(first.header(HEADER), "");
    let last = ada.send_part(&path, 5, &bytes[5..]).await.expect(204);
    assert_eq!(last.header(HEADER), "kept");
    let root = ada.post("a question").await;
    let thread = format!("/rooms/1/messages/{}/thread", root["id"]);
    let reply = json!({"body": "", "client_id": "r", "also": true, "files": [id_of(&path)]});
    ada.send("POST", &thread, &reply).await.expect(201);
    let (list, _) = own(&ada).await;
    let files = list["files"].as_array().expect("a list");
    assert_eq!(files.len(), 2);
    assert!(files.iter().all(|own| own["keeps_metadata"] == json!(true)));
}

//! Pictures of emoji: what is stored, how it is delivered, and when it is gone.

use serde_json::Value;

use super::{ada_and_bob, stored};
use crate::harness::account::Account;
use crate::harness::emoji::animated_gif;
use crate::harness::files::folder_contains;
use crate::harness::http::send;
use crate::harness::server::{Server, UNLIMITED};
use crate::harness::uploads::png;
use crate::harness::wait_for;

fn url(emoji: &Value) -> &str {
    emoji["url"].as_str().expect("a URL")
}

async fn remove(admin: &Account, name: &str) {
    let path = format!("/emoji/custom/{name}");
    send(admin.ask("DELETE", &path)).await.expect(204);
}

/// A PNG with a text chunk after its header.
fn png_with_text(text: &str) -> Vec<u8> {
    let mut bytes = png(40, 40);
    let mut chunk = (text.len() as u32 + 8).to_be_bytes().to_vec();
    chunk.extend(b"tEXtComment\0");
    chunk.extend(text.bytes());
    chunk.extend([0; 4]); // its checksum is not looked at
    bytes.splice(33..33, chunk);
    bytes
}

#[tokio::test]
async fn a_picture_is_reduced_and_loses_its_metadata() {
    let server = Server::unlimited();
    let (ada, bob) = ada_and_bob(&server).await;
    let large = ada.add_emoji("large", &png(512, 256)).await;
    let shown = bob.get(url(&large)).await.expect(200);
    let picture = image::load_from_memory(&shown.bytes).expect("a picture");
    assert_eq!((picture.width(), picture.height()), (128, 64));
    ada.add_emoji("secretive", &png_with_text("qxzsecretplace"))
        .await;
    assert!(!folder_contains(&server.data(), b"qxzsecretplace"));
}

#[tokio::test]
async fn an_animation_stays_one_and_has_a_still_picture_for_less_motion() {
    let server = Server::unlimited();
    let (ada, bob) = ada_and_bob(&server).await;
    let added = ada.add_emoji("blob", &animated_gif(200, 100)).await;
    assert_eq!(added["animated"], true);
    let moving = bob.get(url(&added)).await.expect(200);
    assert_eq!(moving.header("content-type"), "image/gif");
    let path = format!("{}?still=1", url(&added));
    let still = bob.get(&path).await.expect(200);
    assert_ne!(still.header("content-type"), "image/gif");
    let picture = image::load_from_memory(&still.bytes).expect("a picture");
    assert_eq!(picture.width(), 128);
    let html = ada.post(":blob:").await["html"].clone();
    let source = format!("<source media=\"(prefers-reduced-motion:reduce)\" srcset=\"{path}\">");
    assert!(html.as_str().expect("HTML").contains(&source), "{html}");
}

#[tokio::test]
async fn a_picture_is_private_kept_for_long_and_can_run_nothing() {
    let server = Server::unlimited();
    let (ada, bob) = ada_and_bob(&server).await;
    let added = ada.add_emoji("blob", &png(20, 20)).await;
    let shown = bob.get(url(&added)).await.expect(200);
    let cache = "private, max-age=31536000, immutable";
    assert_eq!(shown.header("cache-control"), cache);
    assert_eq!(shown.header("x-content-type-options"), "nosniff");
    assert!(shown.header("content-type").starts_with("image/"));
    let policy = shown.header("content-security-policy");
    assert!(
        policy.contains("sandbox") && policy.contains("default-src 'none'"),
        "{policy}"
    );
    let again = bob
        .ask("GET", url(&added))
        .header("if-none-match", shown.header("etag"));
    let again = send(again).await.expect(304);
    assert_eq!(again.header("cache-control"), cache);
    for path in ["/e/0123456789abcdef", "/e/..%2f..%2fchatterbox.db", "/e/x"] {
        bob.get(path).await.expect(404);
    }
}

#[tokio::test]
async fn a_removed_emoji_leaves_no_picture_and_its_name_is_free_again() {
    let server = Server::unlimited();
    let (ada, bob) = ada_and_bob(&server).await;
    let added = ada.add_emoji("blob", &animated_gif(20, 20)).await;
    let twin = ada.add_emoji("twin", &animated_gif(20, 20)).await;
    assert_eq!(
        stored(&server).len(),
        2,
        "equal pictures are stored once, with a still"
    );
    remove(&ada, "blob").await;
    bob.get(url(&added)).await.expect(404);
    bob.get(url(&twin)).await.expect(200);
    remove(&ada, "twin").await;
    assert_eq!(stored(&server).len(), 0);
    let again = ada.add_emoji("blob", &animated_gif(20, 20)).await;
    assert_ne!(
        url(&again),
        url(&added),
        "an old address never shows another picture"
    );
}

#[tokio::test]
async fn a_content_stays_while_a_message_or_an_emoji_has_it() {
    let server = Server::unlimited();
    let (ada, _) = ada_and_bob(&server).await;
    let bytes = animated_gif(30, 30);
    let added = ada.add_emoji("blob", &bytes).await;
    let shown = ada.get(url(&added)).await.expect(200).bytes;
    let id = ada.upload("same.gif", &shown).await;
    let message = ada.post_files(1, "", &[&id]).await;
    let path = format!("/rooms/1/messages/{}", message["id"]);
    let file = message["files"][0]["url"].as_str().expect("a URL");
    remove(&ada, "blob").await;
    assert_eq!(ada.get(file).await.expect(200).bytes, shown);
    let added = ada.add_emoji("blob", &bytes).await;
    send(ada.ask("DELETE", &path)).await.expect(200);
    wait_for("the file to be removed", async || {
        (ada.get(file).await.status == 404).then_some(())
    })
    .await;
    assert_eq!(ada.get(url(&added)).await.expect(200).bytes, shown);
}

#[tokio::test]
async fn a_restart_keeps_the_pictures_of_emoji_and_removes_what_a_kill_left() {
    let mut server = Server::executable(&UNLIMITED);
    let ada = Account::register(&server, "ada").await;
    let added = ada.add_emoji("blob", &animated_gif(20, 20)).await;
    server.kill9();
    let orphan = "ab".repeat(32);
    let folder = server.data().join("files").join("ab");
    std::fs::create_dir_all(&folder).expect("a folder");
    for name in [orphan.clone(), format!("{orphan}-still")] {
        std::fs::write(folder.join(name), b"left over").expect("a file");
    }
    server.start_again();
    wait_for("the contents without rows to be removed", async || {
        (stored(&server).len() == 2).then_some(())
    })
    .await;
    let ada = ada.through(&server.origin());
    ada.get(url(&added)).await.expect(200);
    ada.get(&format!("{}?still=1", url(&added)))
        .await
        .expect(200);
    let first = ada.post("after the start :blob:").await;
    assert!(
        first["html"].as_str().expect("HTML").contains(url(&added)),
        "{first}"
    );
}

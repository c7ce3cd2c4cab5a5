//! A disk that takes no more data: posts are refused with words, reading goes on, and the health check says so.
//!
//! A limit on the size of files, which needs no rights, makes each write fail.

use base64::{Engine, prelude::BASE64_STANDARD};
use rlimit::Resource;
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::harness::account::{Account, PASSWORD};
use crate::harness::html::text_of;
use crate::harness::http::{Reply, get, post_json, send};
use crate::harness::server::{Server, UNLIMITED};
use crate::harness::uploads::{PART, id_of, noise};
use crate::harness::wait_for;

const REASON: &str = "its disk is full or failing";

/// Sets the largest size of a file that the server may write (bytes).
fn limit_files(server: &Server, size: u64) {
    let pid = server.process_id().try_into().expect("a process id");
    let limits = Some((size, rlimit::INFINITY));
    rlimit::prlimit(pid, Resource::FSIZE, limits, None).expect("the limit of a child can be set");
}

async fn health(server: &Server) -> Reply {
    get(&format!("{}/health", server.origin())).await
}

#[tokio::test]
async fn a_full_disk_refuses_posts_with_words_and_recovers() {
    let server = Server::executable(&UNLIMITED);
    let ada = Account::register(&server, "ada").await;
    let browser = ada.browser().await;
    ada.post("there is space").await;
    let mut live = ada.live(0).await;
    live.next_message().await;
    health(&server).await.expect(200);

    limit_files(&server, 512);
    let refused = ada.try_post("no space", "again").await.expect(503);
    assert!(refused.detail().contains(REASON), "{}", refused.detail());
    assert!(refused.has("retry-after"));
    let sick = health(&server).await.expect(503);
    assert!(sick.detail().contains(REASON) && sick.has("retry-after"));
    let form = [("body", "kept in the box"), ("client_id", "form")];
    let page = browser
        .submit("/rooms/1/messages", &form)
        .await
        .expect(503)
        .text();
    assert!(
        page.contains(">kept in the box</textarea>"),
        "{}",
        text_of(&page)
    );
    assert!(text_of(&page).contains(REASON), "{}", text_of(&page));
    let account = json!({"username": "ada", "password": PASSWORD});
    let log_in = post_json(&format!("{}/login", server.origin()), &account).await;
    assert!(log_in.expect(503).detail().contains(REASON));
    assert_eq!(ada.history().await.len(), 1, "reading goes on");

    limit_files(&server, rlimit::INFINITY);
    wait_for("the server to recover", async || {
        (health(&server).await.status == 200).then_some(())
    })
    .await;
    ada.try_post("no space", "again").await.expect(201);
    assert_eq!(live.next_message().await.text, "no space");
}

#[tokio::test]
async fn a_message_of_a_socket_is_refused_with_the_reason() {
    let server = Server::executable(&UNLIMITED);
    let ada = Account::register(&server, "ada").await;
    let mut live = ada.live(0).await;
    limit_files(&server, 512);
    live.send(&json!({"body": "no space", "client_id": "again"}))
        .await;
    let notice = live.next_notice().await;
    assert!(notice.text.contains(REASON), "{}", notice.text);
}

#[tokio::test]
async fn an_upload_goes_on_after_the_disk_was_full() {
    let server = Server::executable(&UNLIMITED);
    let ada = Account::register(&server, "ada").await;
    let bytes = noise(3 << 20, 10);
    let path = ada.begin("data.bin", bytes.len() as u64).await;
    // The database is smaller than this.
    limit_files(&server, 2 << 20);
    let refused = ada.send_part(&path, 0, &bytes).await.expect(503);
    assert!(refused.detail().contains(REASON), "{}", refused.detail());
    ada.post("Chat goes on").await;
    limit_files(&server, rlimit::INFINITY);
    let head = send(ada.tus("HEAD", &path)).await.expect(200);
    let arrived: usize = head.header("upload-offset").parse().expect("a number");
    assert!(arrived > 0 && arrived <= 2 << 20, "{arrived}");
    ada.send_part(&path, arrived, &bytes[arrived..])
        .await
        .expect(204);
    let file = ada.post_files(1, "", &[&id_of(&path)]).await["files"][0].take();
    let url = file["url"].as_str().expect("a URL");
    assert_eq!(ada.get(url).await.expect(200).bytes, bytes);
}

#[tokio::test]
async fn bytes_that_a_full_disk_left_unchecked_do_not_count() {
    let server = Server::executable(&UNLIMITED);
    let ada = Account::register(&server, "ada").await;
    let bytes = noise((2 << 20) + 500, 11);
    let start = bytes.len() - 1_000;
    let path = ada.begin("data.bin", bytes.len() as u64).await;
    ada.send_part(&path, 0, &bytes[..start]).await.expect(204);
    let sum = BASE64_STANDARD.encode(Sha256::digest(&bytes[start..]));
    let part = || {
        ada.tus("PATCH", &path)
            .header("upload-offset", start)
            .header("content-type", PART)
            .header("upload-checksum", format!("sha256 {sum}"))
            .body(bytes[start..].to_vec())
    };
    // Half of the part fits.
    limit_files(&server, 2 << 20);
    send(part()).await.expect(503);
    let head = send(ada.tus("HEAD", &path)).await.expect(200);
    assert_eq!(head.header("upload-offset"), start.to_string());
    limit_files(&server, rlimit::INFINITY);
    send(part()).await.expect(204);
    let file = ada.post_files(1, "", &[&id_of(&path)]).await["files"][0].take();
    let url = file["url"].as_str().expect("a URL");
    assert_eq!(ada.get(url).await.expect(200).bytes, bytes);
}

#[tokio::test]
async fn a_picture_that_cannot_be_written_again_leaves_nothing_behind() {
    let mut server = Server::executable(&UNLIMITED);
    let ada = Account::register(&server, "ada").await;
    let picture = image::RgbImage::from_raw(1_000, 1_000, noise(3_000_000, 12));
    let mut bytes = std::io::Cursor::new(Vec::new());
    let picture = picture.expect("enough bytes");
    let written = picture.write_to(&mut bytes, image::ImageFormat::Png);
    written.expect("a picture can be encoded");
    let bytes = bytes.into_inner();
    let path = ada.begin("a.png", bytes.len() as u64).await;
    ada.send_part(&path, 0, &bytes[..1_000]).await.expect(204);
    // As if the server had been killed when all bytes had arrived.
    server.kill9();
    let incoming = server.data().join("files/incoming");
    std::fs::write(incoming.join(id_of(&path)), &bytes).expect("the rest");
    server.start_again();
    let ada = ada.through(&server.origin());
    limit_files(&server, 2 << 20);
    for _ in 0..3 {
        send(ada.tus("HEAD", &path)).await.expect(503);
        let files = std::fs::read_dir(&incoming).expect("a folder").count();
        assert_eq!(files, 1, "the received file alone");
    }
    limit_files(&server, rlimit::INFINITY);
    let head = send(ada.tus("HEAD", &path)).await.expect(200);
    assert_eq!(head.header("upload-offset"), bytes.len().to_string());
    let file = ada.post_files(1, "", &[&id_of(&path)]).await["files"][0].take();
    assert_eq!(file["width"], 1_000);
}

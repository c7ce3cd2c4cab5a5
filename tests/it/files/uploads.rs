//! Uploads by the tus protocol.

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::json;
use sha2::{Digest, Sha256};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::harness::account::Account;
use crate::harness::database;
use crate::harness::http::send;
use crate::harness::server::{Server, UNLIMITED};
use crate::harness::uploads::{PART, id_of, noise};
use crate::harness::wait_for;

#[tokio::test]
async fn the_protocol_is_announced() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let options = send(ada.ask("OPTIONS", "/uploads")).await.expect(204);
    for (name, value) in [
        ("tus-resumable", "1.0.0"),
        ("tus-version", "1.0.0"),
        ("tus-max-size", "104857600"),
        ("tus-checksum-algorithm", "sha1,sha256"),
    ] {
        assert_eq!(options.header(name), value, "{name}");
    }
    for extension in [
        "creation-with-upload",
        "expiration",
        "checksum",
        "termination",
    ] {
        assert!(options.header("tus-extension").contains(extension));
    }
}

#[tokio::test]
async fn a_file_arrives_in_parts_and_is_read_back_as_it_was_sent() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let bytes = noise(300_000, 1);
    let path = ada.begin("data.bin", 300_000).await;
    let mut offset = 0;
    for part in bytes.chunks(100_000) {
        let head = send(ada.tus("HEAD", &path)).await.expect(200);
        assert_eq!(head.header("upload-offset"), offset.to_string());
        assert_eq!(head.header("upload-length"), "300000");
        let sent = ada.send_part(&path, offset, part).await.expect(204);
        offset += part.len();
        assert_eq!(sent.header("upload-offset"), offset.to_string());
        assert!(!sent.header("upload-expires").is_empty());
    }
    let file = ada.post_files(1, "Here it is", &[&id_of(&path)]).await["files"][0].take();
    assert_eq!(file["name"], "data.bin");
    assert_eq!(file["size"], 300_000);
    let url = file["url"].as_str().expect("a URL");
    assert_eq!(ada.get(url).await.expect(200).bytes, bytes);
}

#[tokio::test]
async fn a_small_file_comes_with_its_creation() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let create = ada
        .tus("POST", "/uploads")
        .header("upload-length", 5)
        .header(
            "upload-metadata",
            format!("filename {}", BASE64_STANDARD.encode("a.txt")),
        )
        .header("content-type", PART)
        .body("hello");
    let created = send(create).await.expect(201);
    assert_eq!(created.header("upload-offset"), "5");
    let id = id_of(created.header("location"));
    let message = ada.post_files(1, "", &[&id]).await;
    assert_eq!(message["files"][0]["type"], "text/plain; charset=utf-8");
    assert_eq!(message["body"], "");
}

/// Requests that are refused, with the status and a part of the reason.
#[tokio::test]
async fn wrong_requests_are_refused_and_change_nothing() {
    let server = Server::start_with(&["--limits", "off", "--max-file", "1000"]);
    let ada = Account::register(&server, "ada").await;
    let bob = Account::register(&server, "bob").await;
    let path = ada.begin("a.bin", 10).await;
    ada.send_part(&path, 0, b"12345").await.expect(204);
    let part = |account: &Account| {
        account
            .tus("PATCH", &path)
            .header("upload-offset", 5)
            .header("content-type", PART)
            .body("67890")
    };
    let wrong_sum = format!("sha1 {}", BASE64_STANDARD.encode([0; 20]));
    let cases = [
        (part(&bob), 404, "doesn’t exist"),
        (
            part(&ada).header("upload-checksum", wrong_sum),
            460,
            "damaged on the way",
        ),
        (
            part(&ada).header("upload-checksum", "md5 AAAA"),
            400,
            "sha1 or sha256",
        ),
        (part(&ada).body("678901"), 413, "too large"),
        (
            ada.tus("PATCH", &path)
                .header("upload-offset", 4)
                .header("content-type", PART),
            409,
            "5 bytes of this file have arrived",
        ),
        (
            ada.tus("PATCH", &path)
                .header("upload-offset", "x")
                .header("content-type", PART),
            400,
            "upload-offset must be a number",
        ),
        (
            ada.tus("PATCH", &path).header("upload-offset", 5).body("x"),
            415,
            "offset+octet-stream",
        ),
        (ada.ask("PATCH", &path), 412, "Tus-Resumable"),
        (ada.ask("POST", "/uploads"), 412, "Tus-Resumable"),
        (
            ada.tus("POST", "/uploads"),
            400,
            "upload-length must be a number",
        ),
        (
            ada.tus("POST", "/uploads").header("upload-length", 0),
            422,
            "empty",
        ),
        (
            ada.tus("POST", "/uploads").header("upload-length", 1001),
            413,
            "Files can be up to 1 KB",
        ),
        (
            ada.tus("PATCH", "/uploads/unknown")
                .header("upload-offset", 0)
                .header("content-type", PART),
            404,
            "exist",
        ),
    ];
    for (request, status, reason) in cases {
        let refused = send(request).await.expect(status);
        assert!(
            refused.detail().contains(reason),
            "{reason}: {}",
            refused.detail()
        );
    }
    let post = json!({"body": "", "files": [id_of(&path)]});
    let early = ada
        .send("POST", "/rooms/1/messages", &post)
        .await
        .expect(409);
    assert!(
        early.detail().contains("“a.bin” is still uploading"),
        "{}",
        early.detail()
    );
    let head = send(ada.tus("HEAD", &path)).await.expect(200);
    assert_eq!(head.header("upload-offset"), "5");
}

#[tokio::test]
async fn a_checksum_that_matches_is_taken_and_another_leaves_the_offset() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let path = ada.begin("a.bin", 5).await;
    let part = |sum: String| {
        ada.tus("PATCH", &path)
            .header("upload-offset", 0)
            .header("content-type", PART)
            .header("upload-checksum", sum)
            .body("hello")
    };
    let sum = |text: &str| format!("sha256 {}", BASE64_STANDARD.encode(Sha256::digest(text)));
    send(part(sum("other"))).await.expect(460);
    let head = send(ada.tus("HEAD", &path)).await.expect(200);
    assert_eq!(head.header("upload-offset"), "0");
    send(part(sum("hello"))).await.expect(204);
}

#[tokio::test]
async fn a_connection_that_is_cut_loses_nothing_that_has_arrived() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let bytes = noise(200_000, 2);
    let path = ada.begin("data.bin", 200_000).await;
    let mut stream = TcpStream::connect(server.address())
        .await
        .expect("a connection");
    let head = format!(
        "PATCH {path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\nTus-Resumable: 1.0.0\r\n\
         Upload-Offset: 0\r\nContent-Type: {PART}\r\nContent-Length: 200000\r\n\r\n",
        server.address(),
        ada.token
    );
    stream.write_all(head.as_bytes()).await.expect("it is sent");
    stream
        .write_all(&bytes[..120_000])
        .await
        .expect("it is sent");
    let file = server.data().join("files/incoming").join(id_of(&path));
    wait_for("the first bytes", async || {
        std::fs::metadata(&file)
            .is_ok_and(|file| file.len() > 0)
            .then_some(())
    })
    .await;
    // The server cannot know that the first request is dead: a newer one ends it and goes on where it was.
    let head = send(ada.tus("HEAD", &path)).await.expect(200);
    let arrived: usize = head.header("upload-offset").parse().expect("a number");
    assert!(arrived <= 120_000, "{arrived}");
    ada.send_part(&path, arrived, &bytes[arrived..])
        .await
        .expect(204);
    drop(stream);
    let file = ada.post_files(1, "", &[&id_of(&path)]).await["files"][0].take();
    let url = file["url"].as_str().expect("a URL");
    assert_eq!(ada.get(url).await.expect(200).bytes, bytes);
}

#[tokio::test]
async fn an_upload_goes_on_after_the_server_was_killed() {
    let mut server = Server::executable(&UNLIMITED);
    let ada = Account::register(&server, "ada").await;
    let bytes = noise(150_000, 3);
    let path = ada.begin("data.bin", 150_000).await;
    ada.send_part(&path, 0, &bytes[..50_000]).await.expect(204);
    server.kill9();
    server.start_again();
    let ada = ada.through(&server.origin());
    let head = send(ada.tus("HEAD", &path)).await.expect(200);
    assert_eq!(head.header("upload-offset"), "50000");
    ada.send_part(&path, 50_000, &bytes[50_000..])
        .await
        .expect(204);
    let file = ada.post_files(1, "", &[&id_of(&path)]).await["files"][0].take();
    server.kill9();
    server.start_again();
    let ada = ada.through(&server.origin());
    let url = file["url"].as_str().expect("a URL");
    assert_eq!(ada.get(url).await.expect(200).bytes, bytes);
}

#[tokio::test]
async fn space_and_number_of_uploads_are_limited() {
    let args = [
        "--limits",
        "off",
        "--files-per-person",
        "1000",
        "--files-total",
        "1500",
    ];
    let server = Server::start_with(&args);
    let ada = Account::register(&server, "ada").await;
    let bob = Account::register(&server, "bob").await;
    let path = ada.begin("a.bin", 900).await;
    let full = ada.try_begin("b.bin", 101).await.expect(507);
    assert!(
        full.detail().contains("all your file space"),
        "{}",
        full.detail()
    );
    let full = bob.try_begin("b.bin", 601).await.expect(507);
    assert!(
        full.detail().contains("no room for more files"),
        "{}",
        full.detail()
    );
    bob.begin("b.bin", 600).await;
    // A removed upload gives its space back.
    send(ada.tus("DELETE", &path)).await.expect(204);
    send(ada.tus("HEAD", &path)).await.expect(404);
    wait_for("space", async || {
        (ada.try_begin("c.bin", 900).await.status == 201).then_some(())
    })
    .await;
    let disk = Server::start_with(&["--limits", "off", "--min-free-disk", "1000000GiB"]);
    let ada = Account::register(&disk, "ada").await;
    let refused = ada.try_begin("a.bin", 1).await.expect(507);
    assert!(
        refused.detail().contains("almost out of space"),
        "{}",
        refused.detail()
    );
    ada.post("Messages still work").await;
}

#[tokio::test]
async fn uploads_that_begin_at_once_stay_within_the_quota_together() {
    let args = ["--limits", "off", "--files-per-person", "1000"];
    let server = Server::start_with(&args);
    let ada = Account::register(&server, "ada").await;
    let begun = (0..40).map(|_| ada.try_begin("a.bin", 300));
    let begun = futures_util::future::join_all(begun).await;
    let count = |status| begun.iter().filter(|reply| reply.status == status).count();
    assert_eq!((count(201), count(507)), (3, 37));
    let own = ada.get("/files").await.expect(200).json();
    assert_eq!(own["used"], 900);
}

#[tokio::test]
async fn hundreds_of_uploads_at_once_are_bounded_and_chat_goes_on() {
    let server = Server::start();
    let ada = Account::register(&server, "ada").await;
    let begun = (0..300).map(|_| ada.try_begin("a.bin", 10));
    let begun = futures_util::future::join_all(begun).await;
    let count = |status| begun.iter().filter(|reply| reply.status == status).count();
    assert!(count(201) <= 100, "{}", count(201));
    let refused = [422, 429, 503].map(count).iter().sum::<usize>();
    assert_eq!(count(201) + refused, 300);
    let mut refused = ada.try_begin("a.bin", 10).await;
    for _ in 0..100 {
        if refused.status != 201 {
            break;
        }
        refused = ada.try_begin("a.bin", 10).await;
    }
    let reason = refused.detail();
    let is_told =
        reason.contains("too many files at once") || reason.contains("unfinished uploads");
    assert!(is_told, "{} {reason}", refused.status);
    ada.post("Chat goes on").await;
}

#[tokio::test]
async fn an_upload_that_waits_to_be_posted_causes_no_work() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    ada.upload("a.txt", b"a").await;
    let jobs = || {
        let mut conn = database::connect(&server.data());
        database::number(
            &mut conn,
            "SELECT seq AS number FROM sqlite_sequence WHERE name = 'jobs'",
        )
    };
    let before = jobs();
    for number in 0..50 {
        ada.post(&format!("message {number}")).await;
    }
    assert!(jobs() <= before + 2, "{} jobs after {before}", jobs());
}

//! Details of the tus protocol: headers of all responses, metadata, and parts whose checksum is never compared.

use base64::{Engine, prelude::BASE64_STANDARD};
use sha1::{Digest, Sha1};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::bombs::{SECRET, cut_with_place, refused_with_place};
use crate::harness::account::Account;
use crate::harness::http::send;
use crate::harness::server::{Server, UNLIMITED};
use crate::harness::uploads::{PART, id_of, noise};
use crate::harness::wait_for;

#[tokio::test]
async fn every_response_names_the_version_and_a_refused_version_all_of_them() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let path = ada.begin("a.bin", 10).await;
    let nobody = ada.with_token("wrong");
    let unknown = "/uploads/0123456789abcdef0123456789abcdef";
    let part = |path: &str| ada.tus("PATCH", path).header("content-type", PART);
    for (request, status) in [
        (ada.ask("OPTIONS", "/uploads"), 204),
        (ada.tus("HEAD", &path), 200),
        (ada.tus("POST", "/uploads"), 400),
        (ada.tus("POST", "/uploads").header("upload-length", 0), 422),
        (ada.tus("GET", "/uploads"), 405),
        (ada.tus("HEAD", unknown), 404),
        (ada.tus("DELETE", unknown), 404),
        (nobody.tus("HEAD", &path), 401),
        (part(&path).header("upload-offset", 3), 409),
        (
            part(&path).header("upload-offset", 0).body("12345678901"),
            413,
        ),
        (ada.tus("PATCH", &path).header("upload-offset", 0), 415),
        (ada.ask("PATCH", &path), 412),
        (ada.ask("HEAD", &path), 412),
    ] {
        let reply = send(request).await.expect(status);
        assert_eq!(reply.header("tus-resumable"), "1.0.0", "{status}");
        let is_announced = [204, 412].contains(&status);
        assert_eq!(reply.has("tus-version"), is_announced, "{status}");
    }
    let other = ada.ask("POST", "/uploads").header("tus-resumable", "0.2.2");
    let refused = send(other.header("upload-length", 1)).await.expect(412);
    assert_eq!(refused.header("tus-version"), "1.0.0");
    assert!(!ada.get("/rooms").await.expect(200).has("tus-resumable"));
}

#[tokio::test]
async fn metadata_come_back_as_they_were_sent() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let metadata = "filename cGxhbi5wZGY=,is_final,relativePath bnVsbA==";
    let begin = |metadata: &str| {
        let request = ada.tus("POST", "/uploads").header("upload-length", 5);
        send(request.header("upload-metadata", metadata))
    };
    let path = begin(metadata)
        .await
        .expect(201)
        .header("location")
        .to_owned();
    let head = send(ada.tus("HEAD", &path)).await.expect(200);
    assert_eq!(head.header("upload-metadata"), metadata);
    ada.send_part(&path, 0, b"hello").await.expect(204);
    let head = send(ada.tus("HEAD", &path)).await.expect(200);
    assert_eq!(head.header("upload-metadata"), metadata);
    let long = format!("filename cGxhbi5wZGY=,x {}", "YQ==".repeat(2_000));
    let path = begin(&long).await.expect(201).header("location").to_owned();
    assert!(
        !send(ada.tus("HEAD", &path))
            .await
            .expect(200)
            .has("upload-metadata")
    );
}

#[tokio::test]
async fn a_client_without_patch_and_delete_names_them_in_a_header() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let path = ada.begin("a.bin", 5).await;
    let part = ada
        .tus("POST", &path)
        .header("x-http-method-override", "PATCH")
        .header("upload-offset", 0)
        .header("content-type", PART)
        .body("hello");
    assert_eq!(send(part).await.expect(204).header("upload-offset"), "5");
    let delete = ada
        .tus("POST", &path)
        .header("x-http-method-override", "DELETE");
    send(delete).await.expect(204);
    send(ada.tus("HEAD", &path)).await.expect(404);
}

#[tokio::test]
async fn a_kill_leaves_no_bytes_that_were_not_checked() {
    let mut server = Server::executable(&UNLIMITED);
    let ada = Account::register(&server, "ada").await;
    let bytes = noise(400_000, 4);
    let path = ada.begin("a.bin", 400_000).await;
    ada.send_part(&path, 0, &bytes[..1_000]).await.expect(204);
    let sum = BASE64_STANDARD.encode(Sha1::digest(&bytes[1_000..]));
    let mut stream = TcpStream::connect(server.address())
        .await
        .expect("a connection");
    let head = format!(
        "PATCH {path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\nTus-Resumable: 1.0.0\r\n\
         Upload-Offset: 1000\r\nUpload-Checksum: sha1 {sum}\r\nContent-Type: {PART}\r\n\
         Content-Length: 399000\r\n\r\n",
        server.address(),
        ada.token
    );
    stream.write_all(head.as_bytes()).await.expect("it is sent");
    stream
        .write_all(&noise(200_000, 5))
        .await
        .expect("it is sent");
    let file = server.data().join("files/incoming").join(id_of(&path));
    wait_for("bytes that are not checked", async || {
        (std::fs::metadata(&file).ok()?.len() > 100_000).then_some(())
    })
    .await;
    server.kill9();
    server.start_again();
    let ada = ada.through(&server.origin());
    let head = send(ada.tus("HEAD", &path)).await.expect(200);
    assert_eq!(head.header("upload-offset"), "1000");
    let part = ada
        .tus("PATCH", &path)
        .header("upload-offset", 1_000)
        .header("upload-checksum", format!("sha1 {sum}"))
        .header("content-type", PART)
        .body(bytes[1_000..].to_vec());
    send(part).await.expect(204);
    let file = ada.post_files(1, "", &[&id_of(&path)]).await["files"][0].take();
    let read = ada
        .get(file["url"].as_str().expect("a URL"))
        .await
        .expect(200);
    assert_eq!(read.bytes, bytes);
}

#[tokio::test]
async fn a_picture_that_is_refused_has_no_place_in_it() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let sent = refused_with_place();
    let contains = |bytes: &[u8]| bytes.windows(SECRET.len()).any(|part| part == SECRET);
    assert!(contains(&sent));
    let file = ada.share(1, "photo.jpg", &sent).await;
    assert_eq!(file["type"], "application/octet-stream");
    assert_eq!(file["width"], serde_json::Value::Null);
    let read = ada
        .get(file["url"].as_str().expect("a URL"))
        .await
        .expect(200);
    assert!(!contains(&read.bytes));
    assert_eq!(file["size"], read.bytes.len());
}

#[tokio::test]
async fn a_picture_that_was_cut_short_has_no_place_in_it() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let contains = |bytes: &[u8]| bytes.windows(SECRET.len()).any(|part| part == SECRET);
    for (name, bytes, media_type) in cut_with_place() {
        assert!(contains(&bytes), "{name}");
        let file = ada.share(1, name, &bytes).await;
        assert_eq!(file["type"], media_type, "{name}");
        let url = file["url"].as_str().expect("a URL");
        assert!(!contains(&ada.get(url).await.expect(200).bytes), "{name}");
    }
}

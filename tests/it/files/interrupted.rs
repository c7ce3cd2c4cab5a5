//! Uploads that end before they are posted: by deletion, expiry, silence, or a client that leaves.

use std::time::Duration;

use diesel::{RunQueryDsl, sql_query};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::limits::start_part;
use super::removal::files;
use crate::harness::account::Account;
use crate::harness::database::{connect, number};
use crate::harness::http::send;
use crate::harness::pictures::stored_files;
use crate::harness::server::Server;
use crate::harness::uploads::{PART, id_of, multipart, noise, png};
use crate::harness::wait_for;

/// Longest wait for an answer, shorter than the server waits for the next bytes of a part.
const SOON: Duration = Duration::from_secs(15);

/// Sends half of an upload of 100,000 bytes, and waits until the server has stored it. Returns the connection.
async fn send_half(account: &Account, server: &Server, path: &str, bytes: &[u8]) -> TcpStream {
    let mut stream = start_part(account, server, path, "Content-Length: 100000").await;
    stream
        .write_all(&bytes[..50_000])
        .await
        .expect("it is sent");
    let file = server.data().join("files/incoming").join(id_of(path));
    wait_for("the first half", async || {
        (std::fs::metadata(&file).ok()?.len() == 50_000).then_some(())
    })
    .await;
    stream
}

/// Reads the start of the response.
async fn status(stream: &mut TcpStream, within: Duration) -> String {
    let mut start = [0; 12];
    let answer = timeout(within, stream.read_exact(&mut start)).await;
    answer.expect("an answer in time").expect("a response");
    String::from_utf8_lossy(&start).into_owned()
}

fn rows(server: &Server) -> i64 {
    let mut conn = connect(&server.data());
    number(&mut conn, "SELECT count(*) AS number FROM files")
}

async fn until_empty(server: &Server) {
    wait_for("an empty folder", async || {
        (files(server).is_empty() && rows(server) == 0).then_some(())
    })
    .await;
}

#[tokio::test]
async fn an_upload_that_expires_is_removed_whether_finished_or_not() {
    let mut server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let unfinished = ada.begin("a.bin", 100).await;
    ada.send_part(&unfinished, 0, &[1; 50]).await.expect(204);
    let finished = ada.upload("b.bin", &noise(2_000, 1)).await;
    let posted = ada.share(1, "c.bin", &noise(2_000, 2)).await;
    assert_eq!((files(&server).len(), rows(&server)), (3, 3));
    server.stop();
    // A day passes.
    let mut conn = connect(&server.data());
    for (table, column) in [("jobs", "run_at"), ("files", "expires_at")] {
        let earlier = format!("UPDATE {table} SET {column} = {column} - 24 * 60 * 60 * 1000");
        let moved = sql_query(earlier).execute(&mut conn).expect("rows");
        assert!(moved > 0, "{table}");
    }
    drop(conn);
    server.start_again();
    let ada = ada.through(&server.origin());
    send(ada.tus("HEAD", &unfinished)).await.expect(404);
    send(ada.tus("HEAD", &format!("/uploads/{finished}")))
        .await
        .expect(404);
    wait_for("the posted file alone", async || {
        (files(&server).len() == 1 && rows(&server) == 1).then_some(())
    })
    .await;
    ada.get(posted["url"].as_str().expect("a URL"))
        .await
        .expect(200);
    let own = ada.get("/files").await.expect(200).json();
    assert_eq!((&own["used"], &own["uploads"]), (&json!(2_000), &json!([])));
}

#[tokio::test]
async fn nothing_more_is_written_to_an_upload_that_is_deleted_or_expires() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let bytes = noise(100_000, 3);
    let (deleted, expired) = (
        ada.begin("a.bin", 100_000).await,
        ada.begin("b.bin", 100_000).await,
    );
    let mut first = send_half(&ada, &server, &deleted, &bytes).await;
    let mut second = send_half(&ada, &server, &expired, &bytes).await;
    let expire = format!(
        "UPDATE files SET expires_at = 1 WHERE token = '{}'",
        id_of(&expired)
    );
    let changed = sql_query(expire).execute(&mut connect(&server.data()));
    assert_eq!(changed, Ok(1));
    // The removal of the first upload finds the second one, too.
    send(ada.tus("DELETE", &deleted)).await.expect(204);
    for stream in [&mut first, &mut second] {
        assert_eq!(status(stream, SOON).await, "HTTP/1.1 400");
    }
    send(ada.tus("HEAD", &deleted)).await.expect(404);
    until_empty(&server).await;
}

#[tokio::test]
async fn an_upload_that_is_deleted_while_it_is_finished_leaves_nothing() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let picture = png(1_800, 1_800);
    for _ in 0..4 {
        let path = ada.begin("a.png", picture.len() as u64).await;
        let file = server.data().join("files/incoming").join(id_of(&path));
        let (sender, sent, bytes) = (ada.through(&server.origin()), path.clone(), picture.clone());
        let part = tokio::spawn(async move { sender.send_part(&sent, 0, &bytes).await.status });
        wait_for("all bytes", async || {
            let arrived = std::fs::metadata(&file).map(|file| file.len());
            // It is removed once the picture is stored.
            (arrived.is_ok_and(|length| length == picture.len() as u64) || !file.exists())
                .then_some(())
        })
        .await;
        send(ada.tus("DELETE", &path)).await.expect(204);
        let status = part.await.expect("the upload does not panic");
        assert!([204, 400, 404].contains(&status), "{status}");
    }
    until_empty(&server).await;
}

#[tokio::test]
async fn a_part_at_the_wrong_offset_does_not_stop_the_one_that_arrives() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let bytes = noise(100_000, 4);
    let path = ada.begin("a.bin", 100_000).await;
    let mut stream = send_half(&ada, &server, &path, &bytes).await;
    for offset in [0, 49_999, 100_000] {
        let refused = ada.send_part(&path, offset, b"x").await.expect(409);
        assert!(refused.detail().contains("50000 bytes"), "{offset}");
    }
    stream
        .write_all(&bytes[50_000..])
        .await
        .expect("it is sent");
    assert_eq!(status(&mut stream, SOON).await, "HTTP/1.1 204");
    let file = ada.post_files(1, "", &[&id_of(&path)]).await["files"][0].take();
    let url = file["url"].as_str().expect("a URL");
    assert_eq!(ada.get(url).await.expect(200).bytes, bytes);
}

#[tokio::test]
async fn a_part_that_stalls_is_ended_and_keeps_its_bytes() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let bytes = noise(100_000, 5);
    let path = ada.begin("a.bin", 100_000).await;
    let mut stream = send_half(&ada, &server, &path, &bytes).await;
    let ended = status(&mut stream, Duration::from_secs(60)).await;
    assert_eq!(ended, "HTTP/1.1 400");
    let head = send(ada.tus("HEAD", &path)).await.expect(200);
    assert_eq!(head.header("upload-offset"), "50000");
    ada.send_part(&path, 50_000, &bytes[50_000..])
        .await
        .expect(204);
}

#[tokio::test]
async fn a_client_that_leaves_in_the_middle_of_a_form_leaves_no_file() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let (kind, body) = multipart(&[("body", "x")], &[("a.png", &noise(300_000, 6))]);
    for path in ["/rooms/1/messages", "/profile/picture"] {
        let mut stream = TcpStream::connect(server.address())
            .await
            .expect("a connection");
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\n\
             Content-Type: {kind}\r\nContent-Length: {}\r\n\r\n",
            server.address(),
            ada.token,
            body.len()
        );
        stream.write_all(head.as_bytes()).await.expect("it is sent");
        stream
            .write_all(&body[..200_000])
            .await
            .expect("it is sent");
        wait_for("the first bytes", async || {
            let found = stored_files(&server.data());
            found.iter().any(|file| !file.is_empty()).then_some(())
        })
        .await;
        drop(stream);
        until_empty(&server).await;
    }
}

#[tokio::test]
async fn a_poster_keeps_the_reserve_of_the_disk() {
    let mut server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let path = ada.begin("a.bin", 100).await;
    server.stop();
    let full = ["--limits", "off", "--min-free-disk", "1000000GiB"];
    let server = Server::start_in(server.home(), &full);
    let ada = ada.through(&server.origin());
    let put = ada.ask("PUT", &format!("{path}/poster"));
    let put = put.header("content-type", "image/png").body(png(40, 30));
    let refused = send(put).await.expect(507);
    assert!(refused.detail().contains("almost out of space"));
    let part = ada
        .tus("PATCH", &path)
        .header("upload-offset", 0)
        .header("content-type", PART);
    send(part.body("x")).await.expect(507);
}

#[tokio::test]
async fn a_picture_whose_bytes_have_all_arrived_waits_for_space_to_be_finished() {
    let mut server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let bytes = png(40, 30);
    let (last, rest) = bytes.split_last().expect("bytes");
    let path = ada.begin("a.png", bytes.len() as u64).await;
    ada.send_part(&path, 0, rest).await.expect(204);
    server.stop();
    // As if the server had stopped before it finished the picture, which it writes a second time.
    let file = server.data().join("files/incoming").join(id_of(&path));
    let file = std::fs::OpenOptions::new().append(true).open(file);
    let written = std::io::Write::write_all(&mut file.expect("the file"), &[*last]);
    written.expect("it is written");
    let full = ["--limits", "off", "--min-free-disk", "1000000GiB"];
    let mut server = Server::start_in(server.home(), &full);
    let there = ada.through(&server.origin());
    send(there.tus("HEAD", &path)).await.expect(507);
    server.stop();
    let server = Server::start_in(server.home(), &["--limits", "off"]);
    let there = ada.through(&server.origin());
    send(there.tus("HEAD", &path)).await.expect(200);
    let file = there.post_files(1, "", &[&id_of(&path)]).await["files"][0].take();
    assert_eq!(file["type"], "image/png");
}

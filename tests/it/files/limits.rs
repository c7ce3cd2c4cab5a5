//! Limits that are reached in the middle: of an upload, of a disk, of a queue, and of downloads.

use std::time::Duration;

use rustix::fs::{FallocateFlags, fallocate, statvfs};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::harness::account::Account;
use crate::harness::html::text_of;
use crate::harness::http::send;
use crate::harness::server::Server;
use crate::harness::uploads::{PART, id_of, multipart, noise, png};
use crate::harness::wait_for;

const MIB: u64 = 1 << 20;

#[tokio::test]
async fn a_form_ends_where_the_quota_does_and_an_announced_upload_always_fits() {
    let args = ["--limits", "off", "--files-per-person", "100KiB"];
    let server = Server::start_with(&args);
    let ada = Account::register(&server, "ada").await;
    let browser = ada.browser().await;
    let path = ada.begin("reserved.bin", 60_000).await;
    let large = noise(3 << 20, 1);
    let form = multipart(
        &[("body", "kept"), ("client_id", "form")],
        &[("a.bin", &large)],
    );
    let refused = browser
        .submit_multipart("/rooms/1/messages", form)
        .await
        .expect(507);
    let page = text_of(&refused.text());
    assert!(page.contains("used all your file space"), "{page}");
    let small = multipart(
        &[("body", "fits"), ("client_id", "form-2")],
        &[("b.bin", b"x")],
    );
    browser
        .submit_multipart("/rooms/1/messages", small)
        .await
        .expect(303);
    let full = ada.try_begin("more.bin", 60_000).await.expect(507);
    assert!(
        full.detail().contains("used all your file space"),
        "{}",
        full.detail()
    );
    ada.send_part(&path, 0, &noise(60_000, 2)).await.expect(204);
    ada.post_files(1, "", &[&id_of(&path)]).await;
    let incoming = std::fs::read_dir(server.data().join("files/incoming")).expect("a folder");
    assert_eq!(incoming.count(), 0, "nothing is left of what was refused");
}

/// Starts to send a part of an upload, and returns the connection.
pub async fn start_part(
    account: &Account,
    server: &Server,
    path: &str,
    headers: &str,
) -> TcpStream {
    let mut stream = TcpStream::connect(server.address())
        .await
        .expect("a connection");
    let head = format!(
        "PATCH {path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\nTus-Resumable: 1.0.0\r\n\
         Upload-Offset: 0\r\nContent-Type: {PART}\r\n{headers}\r\n\r\n",
        server.address(),
        account.token
    );
    stream.write_all(head.as_bytes()).await.expect("it is sent");
    stream
}

#[tokio::test]
async fn a_disk_that_fills_up_in_the_middle_ends_an_upload_which_goes_on_later() {
    let disk = statvfs(std::env::temp_dir()).expect("a file system");
    let free = disk.f_bavail * disk.f_frsize;
    let floor = free.saturating_sub(300 * MIB).to_string();
    let server = Server::start_with(&["--limits", "off", "--min-free-disk", &floor]);
    let ada = Account::register(&server, "ada").await;
    let bytes = noise(40 << 20, 3);
    let path = ada.begin("a.bin", 40 * MIB).await;
    let length = format!("Content-Length: {}", bytes.len());
    let mut stream = start_part(&ada, &server, &path, &length).await;
    stream
        .write_all(&bytes[..1 << 20])
        .await
        .expect("it is sent");
    let file = server.data().join("files/incoming").join(id_of(&path));
    wait_for("the first bytes", async || {
        let arrived = std::fs::metadata(&file).ok()?.len();
        (arrived == MIB).then_some(())
    })
    .await;
    let ballast = server.home().path().join("ballast");
    let large = std::fs::File::create(&ballast).expect("a file");
    fallocate(&large, FallocateFlags::empty(), 0, 500 * MIB).expect("there is space");
    // The server does not read the rest once it has refused.
    let _ = stream.write_all(&bytes[1 << 20..]).await;
    let mut answer = vec![0; 12];
    stream.read_exact(&mut answer).await.expect("an answer");
    assert_eq!(answer, b"HTTP/1.1 507");
    let head = send(ada.tus("HEAD", &path)).await.expect(200);
    let arrived: usize = head.header("upload-offset").parse().expect("a number");
    assert!((16 << 20..40 << 20).contains(&arrived), "{arrived}");
    let refused = ada
        .send_part(&path, arrived, &bytes[arrived..])
        .await
        .expect(507);
    assert!(
        refused.detail().contains("almost out of space"),
        "{}",
        refused.detail()
    );
    ada.post("Messages still work").await;
    drop(large);
    std::fs::remove_file(&ballast).expect("it is removed");
    ada.send_part(&path, arrived, &bytes[arrived..])
        .await
        .expect(204);
    let file = ada.post_files(1, "", &[&id_of(&path)]).await["files"][0].take();
    let read = ada
        .get(file["url"].as_str().expect("a URL"))
        .await
        .expect(200);
    assert!(read.bytes == bytes, "the file is as it was sent");
}

#[tokio::test]
async fn many_pictures_of_one_person_do_not_delay_the_picture_of_another() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let bob = Account::register(&server, "bob").await;
    // It takes much longer to reduce than to send.
    let picture = png(3_000, 3_000);
    let length = picture.len() as u64;
    let mut uploads = JoinSet::new();
    for number in 0..8 {
        let path = ada.begin(&format!("{number}.png"), length).await;
        let (ada, picture) = (ada.through(&server.origin()), picture.clone());
        uploads.spawn(async move { ada.send_part(&path, 0, &picture).await.expect(204) });
    }
    let first = uploads.join_next().await.expect("a first one");
    first.expect("the upload does not panic");
    bob.upload("bob.png", &png(10, 10)).await;
    let mut finished = 1;
    while uploads.try_join_next().is_some() {
        finished += 1;
    }
    assert!(
        finished <= 4,
        "{finished} pictures of another user came first"
    );
    while uploads.join_next().await.is_some() {}
}

#[tokio::test]
async fn downloads_at_once_are_bounded_and_chat_goes_on() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let bob = Account::register(&server, "bob").await;
    let file = ada.share(1, "large.bin", &noise(24 << 20, 5)).await;
    let url = file["url"].as_str().expect("a URL");
    let mut open = Vec::new();
    for _ in 0..32 {
        let mut stream = TcpStream::connect(server.address())
            .await
            .expect("a connection");
        let head = format!(
            "GET {url} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\n\r\n",
            server.address(),
            ada.token
        );
        stream.write_all(head.as_bytes()).await.expect("it is sent");
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).await.expect("an answer");
        assert_eq!(&answer, b"HTTP/1.1 200");
        open.push(stream);
    }
    let refused = ada.get(url).await.expect(503);
    assert!(refused.has("retry-after"), "{}", refused.detail());
    ada.post("Chat goes on").await;
    let part = send(bob.ask("GET", url).header("range", "bytes=0-9")).await;
    assert_eq!(part.expect(206).bytes.len(), 10);
    open.pop();
    wait_for("a place", async || {
        let part = send(ada.ask("GET", url).header("range", "bytes=0-9")).await;
        (part.status == 206).then_some(())
    })
    .await;
}

/// Longest processor time for a picture. Debug builds optimize the crates that process pictures.
const MOST_TIME: Duration = Duration::from_secs(5);

/// Time that the server has computed so far, in all threads, whatever else the machine does.
fn processor_time(server: &Server) -> Duration {
    let path = format!("/proc/{}/stat", server.process_id());
    let stat = std::fs::read_to_string(path).expect("the process runs");
    let (_, fields) = stat.rsplit_once(") ").expect("a name in parentheses");
    let fields = fields.split(' ').skip(11).take(2);
    let ticks: u64 = fields
        .map(|ticks| ticks.parse::<u64>().expect("a number"))
        .sum();
    Duration::from_millis(ticks * 10)
}

#[tokio::test]
async fn pictures_take_little_memory_and_time_whatever_they_claim_to_be() {
    let server = Server::executable(&["--limits", "off", "--password-cost", "4"]);
    let ada = Account::register(&server, "ada").await;
    ada.share(1, "warm.png", &png(2_000, 2_000)).await;
    ada.share(1, "warm.bin", &noise(4 << 20, 1)).await;
    let before = server.peak_memory();
    for (name, bytes, is_picture) in super::bombs::corpus() {
        let started = processor_time(&server);
        let file = ada.share(1, name, &bytes).await;
        let took = processor_time(&server) - started;
        assert!(took < MOST_TIME, "{name} took {took:?}");
        let type_of = file["type"].as_str().expect("a type");
        assert_eq!(
            type_of.starts_with("image/"),
            is_picture,
            "{name}: {type_of}"
        );
        let grown = server.peak_memory().saturating_sub(before) >> 20;
        println!("{name}: {took:?}, {grown} MiB");
        assert!(grown < 64, "{name}: the server has grown by {grown} MiB");
    }
    assert_eq!(
        ada.get("/files").await.expect(200).json()["uploads"],
        json!([])
    );
}

#[tokio::test]
async fn an_archive_is_stored_as_it_is_and_never_unpacked() {
    let server = Server::executable(&["--limits", "off", "--password-cost", "4"]);
    let ada = Account::register(&server, "ada").await;
    ada.share(1, "warm.bin", &noise(1 << 20, 1)).await;
    let (before, started) = (server.peak_memory(), processor_time(&server));
    let zip = super::bombs::zip_of_zeros(200 << 20);
    assert!(zip.len() < 1 << 20, "{} bytes", zip.len());
    let file = ada.share(1, "zeros.zip", &zip).await;
    assert_eq!(file["type"], "application/zip");
    assert_eq!(file["size"], zip.len());
    let url = file["url"].as_str().expect("a URL");
    let read = ada.get(url).await.expect(200);
    assert!(read.bytes == zip, "it is as it was sent");
    let disposition = read.header("content-disposition");
    assert!(disposition.starts_with("attachment"), "{disposition}");
    assert!(processor_time(&server) - started < MOST_TIME);
    let grown = server.peak_memory().saturating_sub(before) >> 20;
    assert!(grown < 32, "the server has grown by {grown} MiB");
}

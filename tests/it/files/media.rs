//! Details of sounds and videos: what is taken over, and posters.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::harness::account::Account;
use crate::harness::http::{Reply, send};
use crate::harness::server::Server;
use crate::harness::uploads::{id_of, noise, png, webm};
use crate::harness::wait_for;

/// Details of a voice message.
const VOICE: [(&str, &str); 3] = [
    ("kind", "voice"),
    ("duration", "12345"),
    ("waveform", "0,31,7"),
];

/// Uploads a file with details and returns the path of the upload.
async fn upload_with(
    account: &Account,
    name: &str,
    bytes: &[u8],
    details: &[(&str, &str)],
) -> String {
    let path = account.begin_with(name, bytes.len(), details).await;
    account.send_part(&path, 0, bytes).await.expect(204);
    path
}

/// Uploads and posts a file with details. Returns it as the message has it.
async fn share_with(
    account: &Account,
    name: &str,
    bytes: &[u8],
    details: &[(&str, &str)],
) -> Value {
    let path = upload_with(account, name, bytes, details).await;
    account.post_files(1, "", &[&id_of(&path)]).await["files"][0].take()
}

async fn put_poster(account: &Account, upload: &str, bytes: &[u8]) -> Reply {
    let put = account.ask("PUT", &format!("{upload}/poster"));
    send(put.body(bytes.to_vec())).await
}

/// Stored contents of a server, without received parts.
fn contents(server: &Server) -> Vec<PathBuf> {
    let files = server.data().join("files");
    let folders = std::fs::read_dir(files).into_iter().flatten().flatten();
    let folders = folders.filter(|folder| folder.file_name() != "incoming");
    let inner = folders.flat_map(|folder| std::fs::read_dir(folder.path()));
    inner.flatten().flatten().map(|file| file.path()).collect()
}

async fn page(account: &Account) -> String {
    let browser = account.browser().await;
    browser.page("/rooms/1").await.expect(200).text()
}

#[tokio::test]
async fn a_voice_message_has_its_duration_and_waveform_and_plays_without_scripts() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let file = share_with(&ada, "Voice message.webm", &webm(2), &VOICE).await;
    assert_eq!(file["type"], "audio/webm");
    assert_eq!(file["duration"], 12345);
    assert_eq!(
        (&file["voice"], &file["waveform"]),
        (&json!(true), &json!([0, 31, 7]))
    );
    let url = file["url"].as_str().expect("a URL");
    let served = ada.get(url).await.expect(200);
    assert_eq!(served.header("content-type"), "audio/webm");
    assert!(served.header("content-disposition").starts_with("inline"));
    let page = page(&ada).await;
    for part in [
        "<div class=\"voice\" data-duration=\"12345\">",
        "d=\"M2 15v2M6 1v30M10 12v8\"",
        "aria-valuetext=\"0:00 of 0:12\"",
        &format!("<audio class=\"voice__audio\" src=\"{url}\" controls"),
        &format!("href=\"{url}?download=1\""),
    ] {
        assert!(page.contains(part), "{part}");
    }
}

#[tokio::test]
async fn details_out_of_bounds_are_left_out_and_the_upload_goes_on() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    for (duration, waveform) in [
        ("-1", "32"),
        ("86400001", "1,2,"),
        ("1e9", "\"><script>"),
        ("12.5", &*["1"; 65].join(",")),
        ("99999999999999999999", "999999999999"),
        ("", ""),
    ] {
        let details = [
            ("kind", "voice"),
            ("duration", duration),
            ("waveform", waveform),
        ];
        let file = share_with(&ada, "a.webm", &webm(2), &details).await;
        assert_eq!(file["voice"], true, "{duration}");
        assert_eq!(file["duration"], Value::Null, "{duration}");
        assert_eq!(file["waveform"], Value::Null, "{waveform}");
    }
    let raw = ada
        .tus("POST", "/uploads")
        .header("upload-length", 5)
        .header(
            "upload-metadata",
            "duration ***,waveform,kind,, ,x y z,filename eA==",
        );
    send(raw).await.expect(201);
    assert!(
        !page(&ada).await.contains("<script>"),
        "nothing is written as it came"
    );
}

#[tokio::test]
async fn details_count_only_for_files_that_have_a_duration() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    for (name, bytes, duration) in [
        ("a.webm", webm(1), json!(12345)),
        ("a.png", png(20, 10), Value::Null),
        ("a.txt", b"a text".to_vec(), Value::Null),
    ] {
        let file = share_with(&ada, name, &bytes, &VOICE).await;
        assert_eq!(file["duration"], duration, "{name}");
        let others = (&file["voice"], &file["waveform"]);
        assert_eq!(others, (&json!(false), &Value::Null), "{name}");
    }
    let page = page(&ada).await;
    assert!(!page.contains("class=\"voice\""), "none is a voice message");
    assert!(
        page.contains("<span class=\"file__size\">0:12 · "),
        "the duration of the video"
    );
}

#[tokio::test]
async fn a_poster_is_encoded_anew_and_read_by_members_alone() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let bob = Account::register(&server, "bob").await;
    let eve = Account::register(&server, "eve").await;
    let room = ada.create_room("secret", "closed").await;
    ada.invite(room, "bob").await;
    let upload = upload_with(&ada, "clip.webm", &webm(1), &[("duration", "2000")]).await;
    let sent = png(1440, 810);
    put_poster(&ada, &upload, &sent).await.expect(204);
    let file = ada.post_files(room, "", &[&id_of(&upload)]).await["files"][0].take();
    assert_eq!(
        (&file["width"], &file["height"]),
        (&json!(720), &json!(405))
    );
    let url = file["poster_url"].as_str().expect("a poster");
    let served = bob.get(url).await.expect(200);
    assert_eq!(served.header("content-type"), "image/jpeg");
    assert!(served.header("content-security-policy").contains("sandbox"));
    assert_ne!(served.bytes, sent);
    let size = image::load_from_memory(&served.bytes).expect("a picture");
    assert_eq!((size.width(), size.height()), (720, 405));
    eve.get(url).await.expect(404);
    ada.remove_member(room, "bob").await;
    let cached = bob
        .ask("GET", url)
        .header("if-none-match", served.header("etag"));
    send(cached).await.expect(404);
    let room_page = ada.browser().await.page(&format!("/rooms/{room}")).await;
    let player = format!("poster=\"{url}\" width=\"428\" height=\"240\" controls");
    assert!(room_page.expect(200).text().contains(&player));
}

#[tokio::test]
async fn posters_are_pictures_of_own_uploads_that_were_not_posted() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let bob = Account::register(&server, "bob").await;
    let upload = upload_with(&ada, "clip.webm", &webm(1), &[]).await;
    let poster = png(40, 30);
    put_poster(&bob, &upload, &poster).await.expect(404);
    put_poster(&ada, "/uploads/00000000000000000000000000000000", &poster)
        .await
        .expect(404);
    for (bytes, status) in [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec(), 422),
        (poster[..60].to_vec(), 422),
        (Vec::new(), 422),
        (png(2001, 2000), 422),
        (noise(204_801, 3), 413),
    ] {
        let refused = put_poster(&ada, &upload, &bytes).await.expect(status);
        assert!(!refused.detail().is_empty());
    }
    put_poster(&ada, &upload, &poster).await.expect(204);
    ada.post_files(1, "", &[&id_of(&upload)]).await;
    put_poster(&ada, &upload, &poster).await.expect(404);
    // A picture is shown as itself.
    let upload = upload_with(&ada, "a.png", &png(50, 50), &[]).await;
    put_poster(&ada, &upload, &poster).await.expect(204);
    let picture = ada.post_files(1, "", &[&id_of(&upload)]).await["files"][0].take();
    assert_eq!(
        (&picture["width"], &picture["poster_url"]),
        (&json!(50), &Value::Null)
    );
    let url = picture["url"].as_str().expect("a URL");
    ada.get(&format!("{url}?copy=poster")).await.expect(404);
}

#[tokio::test]
async fn posters_leave_the_disk_when_they_are_replaced_and_with_their_message() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let upload = upload_with(&ada, "clip.webm", &webm(1), &[]).await;
    put_poster(&ada, &upload, &png(40, 30)).await.expect(204);
    put_poster(&ada, &upload, &png(80, 60)).await.expect(204);
    assert_eq!(
        contents(&server).len(),
        2,
        "the video and its second poster"
    );
    let message = ada.post_files(1, "", &[&id_of(&upload)]).await;
    let path = format!("/rooms/1/messages/{}", message["id"]);
    ada.send("DELETE", &path, &json!({})).await.expect(200);
    wait_for("the contents to be removed", async || {
        contents(&server).is_empty().then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_copy_of_a_reply_in_the_room_has_the_poster_and_the_details() {
    let mut server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let root = ada.post("a question").await;
    let clip = upload_with(&ada, "clip.webm", &webm(1), &[("duration", "2000")]).await;
    put_poster(&ada, &clip, &png(40, 30)).await.expect(204);
    let voice = upload_with(&ada, "voice.webm", &webm(2), &VOICE).await;
    let thread = format!("/rooms/1/messages/{}/thread", root["id"]);
    let files = [id_of(&clip), id_of(&voice)];
    let reply = json!({"body": "", "client_id": "r", "also": true, "files": files});
    let reply = ada.send("POST", &thread, &reply).await.expect(201).json();
    let copy = ada.history().await.pop().expect("the copy");
    assert_ne!(copy["id"], reply["id"]);
    assert_eq!(copy["files"][1]["waveform"], json!([0, 31, 7]));
    let url = copy["files"][0]["poster_url"]
        .as_str()
        .expect("a poster")
        .to_owned();
    ada.get(&url).await.expect(200);
    // The poster is removed with its last file, and a restart removes none that is used.
    let path = format!("/rooms/1/messages/{}", reply["id"]);
    ada.send("DELETE", &path, &json!({})).await.expect(200);
    server.stop();
    let orphan = server.data().join("files").join("ab");
    std::fs::create_dir_all(&orphan).expect("a folder");
    let orphan = orphan.join(format!("{}-poster", "ab".repeat(32)));
    std::fs::write(&orphan, b"left over").expect("a file");
    server.start_again();
    wait_for("the orphan to be removed", async || {
        (!orphan.exists()).then_some(())
    })
    .await;
    let ada = ada.through(&server.origin());
    ada.get(&url).await.expect(200);
}

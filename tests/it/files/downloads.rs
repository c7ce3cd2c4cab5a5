//! Downloads: who may read what, ranges, headers, caches.

use serde_json::Value;

use crate::harness::account::Account;
use crate::harness::browser::Browser;
use crate::harness::http::send;
use crate::harness::server::Server;
use crate::harness::uploads::{noise, png};

fn url(file: &Value, field: &str) -> String {
    file[field]
        .as_str()
        .unwrap_or_else(|| panic!("{field} of {file}"))
        .to_string()
}

#[tokio::test]
async fn only_members_read_files_and_outsiders_get_the_same_answer_as_for_files_that_do_not_exist()
{
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let bob = Account::register(&server, "bob").await;
    let eve = Account::register(&server, "eve").await;
    let room = ada.create_room("secret", "closed").await;
    ada.invite(room, "bob").await;
    let file = ada.share(room, "plan.png", &png(2000, 1000)).await;
    let unposted = ada.upload("draft.txt", b"draft").await;
    let unposted = format!("/files/{unposted}/draft.txt");
    let missing = "/files/00000000000000000000000000000000/plan.png".to_string();
    let addresses = ["url", "small_url", "large_url"].map(|field| url(&file, field));
    for address in &addresses {
        for member in [&ada, &bob] {
            member.get(address).await.expect(200);
        }
    }
    ada.get(&unposted).await.expect(200);
    bob.get(&unposted).await.expect(404);
    let expected = eve.get(&missing).await.expect(404);
    for method in ["GET", "HEAD"] {
        for address in addresses.iter().chain([&unposted]) {
            for range in ["", "bytes=0-0"] {
                let request = eve.ask(method, address).header("range", range);
                let refused = send(request).await.expect(404);
                let body = if method == "GET" {
                    &expected.bytes[..]
                } else {
                    b""
                };
                assert_eq!(refused.bytes, body, "{method} {address}");
            }
        }
    }
    let stranger = Browser::new(&server.origin());
    let sent_to_log_in = stranger.page(&addresses[0]).await.expect(303);
    assert!(sent_to_log_in.header("location").starts_with("/login"));
    // A removal ends the right at once, also for what the browser has in its cache.
    let tag = bob.get(&addresses[0]).await.header("etag").to_string();
    let cached = || bob.ask("GET", &addresses[0]).header("if-none-match", &tag);
    send(cached()).await.expect(304);
    ada.remove_member(room, "bob").await;
    send(cached()).await.expect(404);
}

#[tokio::test]
async fn ranges_and_conditions_follow_rfc_9110() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let bytes = noise(100_000, 4);
    let address = url(&ada.share(1, "data.bin", &bytes).await, "url");
    let whole = ada.get(&address).await.expect(200);
    assert_eq!(whole.header("accept-ranges"), "bytes");
    assert_eq!(whole.header("content-length"), "100000");
    let tag = whole.header("etag").to_string();
    for (range, condition, status, content_range, expected) in [
        ("bytes=0-9", "", 206, "bytes 0-9/100000", &bytes[..10]),
        (
            "bytes=99990-",
            "",
            206,
            "bytes 99990-99999/100000",
            &bytes[99_990..],
        ),
        (
            "bytes=-5",
            &tag,
            206,
            "bytes 99995-99999/100000",
            &bytes[99_995..],
        ),
        ("bytes=0-9", "\"other\"", 200, "", &bytes[..]),
        ("bytes=0-1,4-5", "", 200, "", &bytes[..]),
        ("bytes=100000-", "", 416, "bytes */100000", b""),
    ] {
        let mut request = ada.ask("GET", &address).header("range", range);
        if !condition.is_empty() {
            request = request.header("if-range", condition);
        }
        let reply = send(request).await.expect(status);
        assert_eq!(reply.header("content-range"), content_range, "{range}");
        assert!(reply.bytes == expected, "{range}");
    }
    // A range is for GET alone.
    let head = send(ada.ask("HEAD", &address).header("range", "bytes=0-9"))
        .await
        .expect(200);
    assert_eq!(
        (head.header("content-length"), head.bytes.len()),
        ("100000", 0)
    );
}

#[tokio::test]
async fn a_file_is_shown_by_its_content_and_nothing_in_it_can_run() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let script = b"<script>alert(1)</script>";
    let svg = b"<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>";
    let png = png(8, 8);
    let cases: [(&str, &[u8], &str, &str); 7] = [
        (
            "page.html",
            script,
            "text/plain; charset=utf-8",
            "attachment",
        ),
        (
            "photo.jpg",
            script,
            "text/plain; charset=utf-8",
            "attachment",
        ),
        ("logo.svg", svg, "text/plain; charset=utf-8", "attachment"),
        ("page.html", &png, "image/png", "inline"),
        (
            "a.exe",
            b"MZ\x90\0\x03\0",
            "application/octet-stream",
            "attachment",
        ),
        ("plan.pdf", b"%PDF-1.7\n", "application/pdf", "inline"),
        (
            "x.png",
            b"\x89PNG\r\n\x1a\nbroken",
            "application/octet-stream",
            "attachment",
        ),
    ];
    for (name, bytes, media_type, disposition) in cases {
        let file = ada.share(1, name, bytes).await;
        let reply = ada.get(&url(&file, "url")).await.expect(200);
        assert_eq!(reply.header("content-type"), media_type, "{name}");
        let expected = format!("{disposition}; filename=\"{name}\"");
        assert_eq!(reply.header("content-disposition"), expected);
        assert_eq!(reply.header("x-content-type-options"), "nosniff");
        assert_eq!(reply.header("cross-origin-resource-policy"), "same-origin");
        assert_eq!(reply.header("cache-control"), "private, no-cache");
        let policy = reply.header("content-security-policy");
        assert!(
            policy.contains("sandbox") && policy.contains("default-src 'none'"),
            "{policy}"
        );
        let saved = format!("{}?download=1", url(&file, "url"));
        let saved = ada.get(&saved).await.expect(200);
        assert!(
            saved
                .header("content-disposition")
                .starts_with("attachment")
        );
    }
}

#[tokio::test]
async fn pictures_have_a_size_and_reduced_copies() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let large = ada.share(1, "large.png", &png(3000, 1500)).await;
    assert_eq!(
        (&large["width"], &large["height"]),
        (&3000.into(), &1500.into())
    );
    for (field, longest) in [("small_url", 720), ("large_url", 1600)] {
        let reply = ada.get(&url(&large, field)).await.expect(200);
        let copy = image::load_from_memory(&reply.bytes).expect("a picture");
        assert_eq!((copy.width(), copy.height()), (longest, longest / 2));
        assert!(reply.header("content-type").starts_with("image/"));
    }
    let small = ada.share(1, "small.png", &png(20, 10)).await;
    assert_eq!(
        small["small_url"], small["url"],
        "it is small enough itself"
    );
    let page = ada
        .browser()
        .await
        .page("/rooms/1")
        .await
        .expect(200)
        .text();
    assert!(
        page.contains("width=\"360\" height=\"180\""),
        "no layout shift"
    );
    assert!(page.contains("width=\"20\" height=\"10\""));
    assert_eq!(
        page.matches("<rect fill=").count(),
        24,
        "a placeholder for each"
    );
}

#[tokio::test]
async fn a_removed_member_gets_no_more_of_a_download_that_runs() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let bob = Account::register(&server, "bob").await;
    let room = ada.create_room("secret", "closed").await;
    ada.invite(room, "bob").await;
    let bytes = noise(40 << 20, 5);
    let address = url(&ada.share(room, "film.bin", &bytes).await, "url");
    let mut download = bob.ask("GET", &address).send().await.expect("it begins");
    let first = download.chunk().await.expect("bytes").expect("bytes");
    assert!(!first.is_empty());
    ada.remove_member(room, "bob").await;
    let mut received = first.len();
    let ended = loop {
        match download.chunk().await {
            Ok(Some(chunk)) => received += chunk.len(),
            Ok(None) => break Ok(()),
            Err(error) => break Err(error),
        }
    };
    assert!(ended.is_err(), "the download breaks off");
    assert!(received < bytes.len() / 2, "{received} bytes were sent");
}

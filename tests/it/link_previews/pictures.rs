//! Pictures of cards: made again, served by this server, to members only.

use std::time::Duration;

use super::{Web, all_jobs, contents, previews};
use crate::harness::account::Account;
use crate::harness::files::folder_contains;
use crate::harness::message_actions::id;
use crate::harness::uploads::png;
use crate::harness::wait_for;
use crate::harness::website::Answer;

const PAGE: &str = "<title>A</title><meta property=og:image content=/picture.png>";

#[tokio::test]
async fn a_picture_is_reduced_and_shown_to_members_only() {
    let web = Web::start().await;
    web.site.set_page("/a", PAGE);
    let mut original = png(800, 400);
    original.extend(b"qxzhidden");
    web.site.set_body("/picture.png", "image/png", &original);
    let (ada, grace) = (
        Account::register(&web.server, "ada").await,
        Account::register(&web.server, "grace").await,
    );
    let room = ada.create_room("closed", "closed").await;
    let message = ada.say(room, "http://site.test/a").await;
    let at = (room, id(&message));
    let url = wait_for("the picture", async || {
        let message = ada.message(at).await;
        let preview = &message["previews"][0];
        let url = preview["picture_url"].as_str()?.to_owned();
        assert_eq!(
            (&preview["width"], &preview["height"]),
            (&720.into(), &360.into())
        );
        Some(url)
    })
    .await;
    let picture = ada.get(&url).await.expect(200);
    assert_eq!(picture.header("content-type"), "image/jpeg");
    assert_eq!(picture.header("x-content-type-options"), "nosniff");
    assert!(
        picture
            .header("content-security-policy")
            .contains("sandbox")
    );
    assert!(picture.bytes.starts_with(b"\xFF\xD8\xFF"));
    assert!(!picture.header("cache-control").contains("public"));
    assert_eq!(grace.get(&url).await.status, 404);
    let missing = grace.get("/previews/999999").await.expect(404);
    assert_eq!(missing.bytes, grace.get(&url).await.bytes);
    ada.invite(room, "grace").await;
    grace.answer_invitation(room, "accept").await;
    grace.get(&url).await.expect(200);
    ada.remove_member(room, "grace").await;
    assert_eq!(grace.get(&url).await.status, 404);
    assert!(!folder_contains(&web.server.data(), b"qxzhidden"));
}

#[tokio::test]
async fn a_link_to_a_picture_shows_it() {
    let web = Web::start().await;
    web.site.set_body("/p.png", "image/png", &png(300, 200));
    let ada = Account::register(&web.server, "ada").await;
    let shown = previews(&ada, &ada.post("http://site.test/p.png").await, 1).await;
    assert_eq!(
        (&shown[0]["title"], &shown[0]["width"]),
        (&"".into(), &300.into())
    );
    assert_eq!(shown[0]["site"], "site.test");
    ada.get(shown[0]["picture_url"].as_str().expect("a URL"))
        .await
        .expect(200);
}

#[tokio::test]
async fn a_card_without_a_usable_picture_has_none() {
    let web = Web::start().await;
    let site = &web.site;
    site.set_body("/cut", "image/png", &png(900, 900)[..60]);
    site.set_body(
        "/svg",
        "image/svg+xml",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>",
    );
    let head = "HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\n";
    site.set("/large", Answer::Endless(head.into(), vec![0; 64 << 10]));
    let pictures = [
        "/cut",
        "/svg",
        "/large",
        "/missing",
        "http://127.0.0.1/p.png",
        "file:///etc/passwd",
        "data:image/png;base64,xx",
    ];
    let ada = Account::register(&web.server, "ada").await;
    for (n, picture) in pictures.iter().enumerate() {
        let head = format!("<title>A</title><meta property=og:image content='{picture}'>");
        site.set_page(&format!("/{n}"), &head);
        let shown = previews(&ada, &ada.post(&format!("http://site.test/{n}")).await, 1).await;
        assert!(shown[0]["picture_url"].is_null(), "{picture}");
    }
    assert_eq!(contents(&web.server), 0);
}

#[tokio::test]
async fn a_picture_leaves_the_disk_with_the_last_message_that_shows_it() {
    let web = Web::start().await;
    web.site.set_page("/a", PAGE);
    web.site
        .set_body("/picture.png", "image/png", &png(100, 100));
    let ada = Account::register(&web.server, "ada").await;
    let room = ada.create_room("short", "open").await;
    let first = ada.post("http://site.test/a").await;
    let shown = previews(&ada, &first, 1).await;
    let url = shown[0]["picture_url"].as_str().expect("a URL").to_owned();
    let second = ada.say(room, "http://site.test/a").await;
    wait_for("the second card", async || {
        let message = ada.message((room, id(&second))).await;
        message["previews"][0].is_object().then_some(())
    })
    .await;
    ada.delete((1, id(&first))).await.expect(200);
    all_jobs(&web.server).await;
    assert_eq!(contents(&web.server), 1);
    ada.get(&url).await.expect(200);
    let name = serde_json::json!({"name": "short"});
    ada.send("DELETE", &format!("/rooms/{room}"), &name).await;
    wait_for("the picture to be removed", async || {
        (contents(&web.server) == 0).then_some(())
    })
    .await;
    assert_eq!(ada.get(&url).await.status, 404);
    tokio::time::timeout(Duration::from_secs(20), all_jobs(&web.server))
        .await
        .expect("an end");
}

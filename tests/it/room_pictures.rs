//! Pictures and emoji of rooms: rights, delivery, open pages, removal.

use image::ImageFormat;
use serde_json::{Value, json};

use crate::harness::account::Account;
use crate::harness::http::send;
use crate::harness::pictures::{copy_url, plain, stored_files};
use crate::harness::server::Server;
use crate::harness::uploads::multipart;
use crate::harness::wait_for;

fn picture() -> Vec<u8> {
    plain(300, 200, [200, 30, 40], ImageFormat::Png)
}

async fn set(account: &Account, room: i64) -> String {
    let path = format!("/rooms/{room}/picture");
    let set = account.send_picture(&path, &picture()).await;
    let set = set.expect(200).json();
    set["picture"].as_str().expect("a URL").to_owned()
}

async fn page(account: &Account, path: &str) -> String {
    let browser = account.browser().await;
    browser.page(path).await.expect(200).text()
}

async fn no_files(server: &Server) {
    wait_for("the folder to be empty", async || {
        stored_files(&server.data()).is_empty().then_some(())
    })
    .await;
}

#[tokio::test]
async fn owners_and_admins_set_the_picture_of_a_room_and_no_one_else_does() {
    let server = Server::unlimited();
    let (admin, ada, bob, eve) = (
        Account::register(&server, "root-admin").await,
        Account::register(&server, "ada").await,
        Account::register(&server, "bob").await,
        Account::register(&server, "eve").await,
    );
    for kind in ["open", "closed"] {
        let room = ada.create_room(&format!("{kind} room"), kind).await;
        ada.invite(room, "bob").await;
        ada.invite(room, "root-admin").await;
        let path = format!("/rooms/{room}/picture");
        let emoji = json!({"emoji": "🚀"});
        let settings = format!("/rooms/{room}");
        for (account, status) in [(&bob, 403), (&eve, 404)] {
            let refused = account.send_picture(&path, &picture()).await.status;
            let removal = send(account.ask("DELETE", &path)).await.status;
            let form = send(account.ask("POST", &format!("{path}/removal")))
                .await
                .status;
            let changed = account.send("PATCH", &settings, &emoji).await.status;
            assert_eq!([refused, removal, form, changed], [status; 4], "{kind}");
        }
        assert_eq!(stored_files(&server.data()).len(), 0, "{kind}");
        for account in [&ada, &admin] {
            set(account, room).await;
            account.send("PATCH", &settings, &emoji).await.expect(200);
            send(account.ask("DELETE", &path)).await.expect(200);
        }
        no_files(&server).await;
    }
    let direct = ada.direct(&["bob"]).await;
    let path = format!("/rooms/{direct}/picture");
    ada.send_picture(&path, &picture()).await.expect(403);
    no_files(&server).await;
}

#[tokio::test]
async fn outsiders_get_the_same_answer_for_the_picture_of_a_closed_room_as_for_none() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let bob = Account::register(&server, "bob").await;
    let eve = Account::register(&server, "eve").await;
    let (closed, open) = (
        ada.create_room("secret", "closed").await,
        ada.create_room("square", "open").await,
    );
    ada.invite(closed, "bob").await;
    let (hidden, shown) = (set(&ada, closed).await, set(&ada, open).await);
    let missing = eve.get("/rooms/99/picture/1/48").await.expect(404);
    for side in [384, 96, 48] {
        bob.get(&copy_url(&hidden, side)).await.expect(200);
        let refused = eve.get(&copy_url(&hidden, side)).await.expect(404);
        assert_eq!(refused.bytes, missing.bytes);
        eve.get(&copy_url(&shown, side)).await.expect(200);
    }
    let number = hidden.split('/').nth(4).expect("the number of the picture");
    // The number under a room that she may see shows nothing of it either.
    eve.get(&format!("/rooms/{open}/picture/{number}/48"))
        .await
        .expect(404);
    let reply = bob.get(&hidden).await;
    let tag = reply.header("etag").to_owned();
    let again = async || send(bob.ask("GET", &hidden).header("if-none-match", &tag)).await;
    let unchanged = again().await.expect(304);
    assert!(unchanged.bytes.is_empty());
    for reply in [&reply, &unchanged] {
        assert_eq!(reply.header("cache-control"), "private, no-cache");
        assert_eq!(reply.header("etag"), tag);
        assert!(reply.header("content-security-policy").contains("sandbox"));
    }
    ada.remove_member(closed, "bob").await;
    assert_eq!(again().await.expect(404).bytes, missing.bytes);
    assert!(!missing.has("etag"));
    ada.send(
        "PATCH",
        &format!("/rooms/{open}"),
        &json!({"kind": "closed"}),
    )
    .await
    .expect(200);
    eve.get(&shown).await.expect(404);
}

#[tokio::test]
async fn a_picture_or_an_emoji_stands_before_the_name_of_a_room() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let bob = Account::register(&server, "bob").await;
    let room = ada.create_room("design", "open").await;
    let (header, address) = (format!("/rooms/{room}"), format!("/rooms/{room}/settings"));
    let pages = [header.as_str(), &address, "/rooms", "/search?q=design"];
    let change = async |emoji: &str| {
        let change = json!({"emoji": emoji});
        ada.send("PATCH", &header, &change).await
    };
    assert_eq!(change("🚀").await.expect(200).json()["emoji"], "🚀");
    for path in pages {
        let html = page(&ada, path).await;
        assert!(html.contains(">🚀</span>"), "{path}");
    }
    for wrong in ["design", "🚀🚀", "<b>"] {
        let refused = change(wrong).await.expect(422);
        assert_eq!(refused.detail(), "Use a single emoji, like 🚀.");
    }
    let picture = set(&ada, room).await;
    assert_eq!(ada.get(&header).await.json()["picture"], picture);
    for path in pages {
        let html = page(&ada, path).await;
        let image = format!(
            "src=\"{}\" srcset=\"{} 2x\"",
            copy_url(&picture, 48),
            copy_url(&picture, 96)
        );
        assert!(html.contains(&image), "{path}");
        assert!(
            !html.contains(">🚀</span>"),
            "{path}: the picture goes first"
        );
    }
    assert!(page(&bob, "/rooms").await.contains(&copy_url(&picture, 48)));
    let removed = send(ada.ask("DELETE", &format!("{header}/picture"))).await;
    assert_eq!(removed.expect(200).json(), json!({"picture": Value::Null}));
    assert!(page(&ada, &header).await.contains(">🚀</span>"));
    change("").await.expect(200);
    for path in pages {
        assert!(!page(&ada, path).await.contains("room-icon"), "{path}");
    }
}

#[tokio::test]
async fn open_pages_receive_the_picture_of_a_room() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let bob = Account::register(&server, "bob").await;
    let room = ada.create_room("design", "closed").await;
    ada.invite(room, "bob").await;
    let mut inside = bob.open_live(room).await;
    let mut elsewhere = bob.open_live(1).await;
    let small = copy_url(&set(&ada, room).await, 48);
    inside
        .pushed("#room-sign", |html| html.contains(&small))
        .await;
    for live in [&mut inside, &mut elsewhere] {
        live.pushed("#sidebar", |html| html.contains(&small)).await;
    }
    ada.send("PATCH", &format!("/rooms/{room}"), &json!({"emoji": "🌱"}))
        .await
        .expect(200);
    send(ada.ask("DELETE", &format!("/rooms/{room}/picture")))
        .await
        .expect(200);
    let has_emoji = |html: &str| html.contains("🌱") && !html.contains(&small);
    inside.pushed("#room-sign", has_emoji).await;
    elsewhere.pushed("#sidebar", has_emoji).await;
}

#[tokio::test]
async fn the_picture_of_a_deleted_room_leaves_the_disk() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let room = ada.create_room("design", "open").await;
    let address = set(&ada, room).await;
    let (path, confirmation) = (format!("/rooms/{room}"), json!({"name": "design"}));
    ada.send("DELETE", &path, &confirmation).await.expect(204);
    ada.get(&address).await.expect(404);
    no_files(&server).await;
}

#[tokio::test]
async fn the_form_of_a_room_works_without_scripts() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let room = ada.create_room("design", "open").await;
    let (browser, path) = (ada.browser().await, format!("/rooms/{room}/picture"));
    let refused = multipart(&[], &[("a.txt", b"text")]);
    let refused = browser.submit_multipart(&path, refused).await.expect(422);
    let html = refused.text();
    assert!(html.contains("That isn’t a picture we can use."), "{html}");
    assert!(
        html.contains("value=\"design\""),
        "the rest of the page is there"
    );
    let form = multipart(&[], &[("a.png", &picture())]);
    let saved = browser.submit_multipart(&path, form).await.expect(303);
    assert_eq!(saved.header("location"), format!("/rooms/{room}/settings"));
    let removed = browser.submit(&format!("{path}/removal"), &[]).await;
    removed.expect(303);
    no_files(&server).await;
}

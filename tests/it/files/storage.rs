//! The storage page: for admins alone, and without secrets of rooms that are not theirs.

use serde_json::{Value, json};

use crate::harness::account::Account;
use crate::harness::html::text_of;
use crate::harness::server::Server;
use crate::harness::uploads::{noise, png};

async fn storage(admin: &Account, query: &str) -> Value {
    let path = format!("/storage{query}");
    admin.get(&path).await.expect(200).json()
}

#[tokio::test]
async fn only_admins_see_the_storage_and_others_get_what_a_missing_page_gives() {
    let server = Server::unlimited();
    let admin = Account::register(&server, "admin").await;
    let ada = Account::register(&server, "ada").await;
    for query in ["", "?by=rooms", "?by=people"] {
        let path = format!("/storage{query}");
        assert!(admin.get(&path).await.expect(200).json()["totals"].is_object());
        let refused = ada.get(&path).await.expect(404);
        assert_eq!(refused.bytes, ada.get("/nothing").await.expect(404).bytes);
        let refused = ada.browser().await.page(&path).await.expect(404);
        assert!(!refused.text().contains("Largest files"));
        let page = admin.browser().await.page(&path).await.expect(200).text();
        assert!(text_of(&page).contains("Largest files"), "{page}");
    }
    let own = ada.browser().await.page("/files").await.expect(200).text();
    assert!(!own.contains("/storage"));
    let own = admin
        .browser()
        .await
        .page("/files")
        .await
        .expect(200)
        .text();
    assert!(own.contains("href=\"/storage\""));
}

#[tokio::test]
async fn rooms_of_others_have_no_names_and_their_files_neither() {
    let server = Server::unlimited();
    let admin = Account::register(&server, "admin").await;
    let ada = Account::register(&server, "ada").await;
    let bob = Account::register(&server, "bob").await;
    let closed = ada.create_room("qxzclosed", "closed").await;
    ada.invite(closed, "bob").await;
    let direct = bob.direct(&["ada"]).await;
    let open = ada.create_room("plaza", "open").await;
    let own = admin.direct(&["ada"]).await;
    for (room, name, size) in [
        (closed, "qxzsecret.pdf", 4_000),
        (direct, "qxzprivate.txt", 3_000),
        (open, "qxzopen.bin", 2_000),
        (own, "shared.bin", 1_000),
    ] {
        ada.share(room, name, &noise(size, size as u64)).await;
    }
    for query in ["", "?by=rooms", "?by=people"] {
        let path = format!("/storage{query}");
        let json = admin.get(&path).await.expect(200).text();
        let page = admin.browser().await.page(&path).await.expect(200).text();
        for text in [json, page] {
            assert!(!text.contains("qxz"), "{text}");
        }
    }
    let files = storage(&admin, "").await["list"].take();
    let known = |file: &Value| {
        (
            file["kind"].clone(),
            file["room"].clone(),
            file["name"].clone(),
        )
    };
    assert_eq!(
        known(&files[0]),
        (json!("closed"), Value::Null, Value::Null)
    );
    assert_eq!(files[0]["username"], Value::Null);
    assert_eq!(
        known(&files[1]),
        (json!("direct"), Value::Null, Value::Null)
    );
    assert_eq!(known(&files[2]), (json!("open"), json!(open), Value::Null));
    assert_eq!(
        known(&files[3]),
        (json!("direct"), json!(own), json!("shared.bin"))
    );
    let rooms = storage(&admin, "?by=rooms").await["list"].take();
    assert_eq!(
        rooms[0],
        json!({"room": null, "name": null, "kind": "closed", "rooms": 1, "files": 1, "size": 4_000})
    );
    assert_eq!(rooms[2]["name"], "plaza");
    let page = admin.browser().await.page("/storage?by=rooms").await;
    let page = text_of(&page.text());
    for label in [
        "1 invite-only room you’re not in",
        "1 conversation you’re not part of",
        "plaza",
        "ada",
    ] {
        assert!(page.contains(label), "{label}: {page}");
    }
    // A member sees the names.
    ada.invite(closed, "admin").await;
    admin.answer_invitation(closed, "accept").await;
    let files = storage(&admin, "").await["list"].take();
    assert_eq!(files[0]["name"], "qxzsecret.pdf");
    let page = admin.browser().await.page("/storage").await.text();
    assert!(page.contains("qxzsecret.pdf") && page.contains("qxzclosed"));
}

#[tokio::test]
async fn totals_count_copies_and_equal_files_once_on_disk() {
    let server = Server::start_with(&["--limits", "off", "--files-total", "1GiB"]);
    let admin = Account::register(&server, "admin").await;
    let ada = Account::register(&server, "ada").await;
    let page = admin.browser().await.page("/storage").await.expect(200);
    assert!(text_of(&page.text()).contains("No files yet."));
    let bytes = noise(10_000, 1);
    admin.share(1, "a.bin", &bytes).await;
    ada.share(1, "b.bin", &bytes).await;
    ada.begin("c.bin", 500).await;
    let photo = ada.share(1, "photo.png", &png(3_000, 2_000)).await;
    let photo = photo["size"].as_i64().expect("a size");
    let totals = storage(&admin, "").await["totals"].take();
    assert_eq!(totals["files"], 3);
    assert_eq!(totals["size"], 20_000 + photo);
    let copies = totals["copies_size"].as_i64().expect("a size");
    assert!(copies > 1_000, "{copies}");
    assert_eq!(totals["stored"], 10_000 + photo + copies);
    assert_eq!(
        (&totals["unfinished"], &totals["unfinished_size"]),
        (&json!(1), &json!(500))
    );
    let own = ada.get("/files").await.expect(200).json();
    assert_eq!(
        own["used"],
        10_000 + 500 + photo + copies,
        "copies count for the quota"
    );
    let people = storage(&admin, "?by=people").await["list"].take();
    assert_eq!(people[0]["username"], "ada");
    assert_eq!(people[0]["size"], own["used"]);
    let limits = storage(&admin, "").await["limits"].take();
    assert_eq!(limits["total"], 1 << 30);
    assert_eq!(limits["file"], 100 << 20);
}

#[tokio::test]
async fn each_list_has_pages() {
    let server = Server::unlimited();
    let admin = Account::register(&server, "admin").await;
    let id = admin.upload("a.bin", b"x").await;
    let first = admin.post_files(1, "", &[&id]).await;
    assert_eq!(first["files"][0]["name"], "a.bin");
    for number in 0..31 {
        let room = admin.create_room(&format!("room {number}"), "open").await;
        admin
            .share(room, &format!("f{number}.bin"), &noise(10 + number, 1))
            .await;
    }
    for (query, left) in [("by=files", 2), ("by=rooms", 2)] {
        let page = storage(&admin, &format!("?{query}")).await;
        assert_eq!(
            (page["list"].as_array().map(Vec::len), &page["more"]),
            (Some(30), &json!(true))
        );
        let next = storage(&admin, &format!("?{query}&skip=30")).await;
        assert_eq!(next["list"].as_array().map(Vec::len), Some(left));
        assert_eq!(next["more"], false);
        let html = admin
            .browser()
            .await
            .page(&format!("/storage?{query}"))
            .await
            .text();
        assert!(
            html.contains(&format!("/storage?{query}&amp;skip=30")),
            "{html}"
        );
    }
    let far = storage(&admin, "?by=people&skip=9223372036854775807").await;
    assert_eq!(far["list"], json!([]));
}

//! “My files”: one's own files, what they take, and their deletion.

use serde_json::{Value, json};

use crate::harness::account::Account;
use crate::harness::files::folder_contains;
use crate::harness::html::text_of;
use crate::harness::http::{get_json, send};
use crate::harness::live::Event;
use crate::harness::server::Server;
use crate::harness::uploads::{id_of, noise, png};
use crate::harness::wait_for;

async fn list(account: &Account, query: &str) -> Value {
    let path = format!("/files{query}");
    account.get(&path).await.expect(200).json()
}

fn names(list: &Value) -> Vec<&str> {
    let files = list["files"].as_array().expect("a list").iter();
    files
        .map(|own| own["file"]["name"].as_str().expect("a name"))
        .collect()
}

#[tokio::test]
async fn own_files_are_listed_in_pages_by_date_and_by_size() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let bob = Account::register(&server, "bob").await;
    for number in 0..32 {
        let size = 100 + (number * 7) % 32;
        ada.share(1, &format!("f{number}.bin"), &noise(size, number as u64))
            .await;
    }
    bob.share(1, "bob.bin", &noise(5_000, 99)).await;
    let first = list(&ada, "").await;
    let newest: Vec<String> = (2..32)
        .rev()
        .map(|number| format!("f{number}.bin"))
        .collect();
    assert_eq!(names(&first), newest);
    assert_eq!(
        (&first["more"], &first["uploads"]),
        (&json!(true), &json!([]))
    );
    let used: usize = (0..32).map(|number| 100 + number).sum();
    assert_eq!(first["used"], used);
    assert_eq!(first["quota"], 10_i64 << 30);
    let second = list(&ada, "?skip=30").await;
    assert_eq!(names(&second), ["f1.bin", "f0.bin"]);
    assert_eq!(second["more"], false);
    let largest = list(&ada, "?sort=size").await;
    let sizes = largest["files"].as_array().expect("a list").iter();
    let sizes: Vec<i64> = sizes
        .map(|own| own["file"]["size"].as_i64().expect("a size"))
        .collect();
    assert!(sizes.is_sorted_by(|a, b| a > b), "{sizes:?}");
    assert_eq!((sizes.len(), sizes[0]), (30, 131));
    let browser = ada.browser().await;
    let page = browser.page("/files?sort=size").await.expect(200).text();
    assert!(page.contains("/files?sort=size&amp;skip=30"), "{page}");
    assert!(text_of(&page).contains("of 10 GB used"));
    assert!(!page.contains("bob.bin"));
    let page = bob.browser().await.page("/files").await.text();
    assert!(text_of(&page).contains("In Lobby"), "{}", text_of(&page));
    get_json(&format!("{}/files", server.origin()))
        .await
        .expect(401);
}

#[tokio::test]
async fn a_file_is_deleted_for_everyone_and_its_message_keeps_the_rest() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let bob = Account::register(&server, "bob").await;
    let mut ids = Vec::new();
    for name in ["qxzfirst.bin", "second.bin"] {
        ids.push(ada.upload(name, &noise(3_000, ids.len() as u64)).await);
    }
    let message = ada.post_files(1, "Two files", &[&ids[0], &ids[1]]).await;
    let url = message["files"][0]["url"].as_str().expect("a URL");
    bob.get(url).await.expect(200);
    let mut live = bob.live(0).await;
    send(ada.ask("DELETE", &format!("/files/{}", ids[0])))
        .await
        .expect(204);
    live.find("the message without the file", |event| match event {
        Event::Replaced(message) => {
            let is_it = !message.html.contains("qxzfirst") && message.html.contains("second.bin");
            is_it.then_some(())
        }
        _ => None,
    })
    .await;
    bob.get(url).await.expect(404);
    let path = format!("/rooms/1/messages/{}", message["id"]);
    let now = bob.get(&path).await.expect(200).json();
    assert_eq!(
        (&now["body"], &now["deleted"]),
        (&json!("Two files"), &json!(false))
    );
    assert_eq!(now["files"].as_array().expect("a list").len(), 1);
    assert_eq!(now["files"][0]["name"], "second.bin");
    let found = bob.get("/messages?q=qxzfirst").await.expect(200).json();
    assert_eq!(found["messages"], json!([]));
    wait_for("the name to leave the folder", async || {
        (!folder_contains(&server.data(), b"qxzfirst")).then_some(())
    })
    .await;
    // The last file leaves the text alone.
    send(ada.ask("DELETE", &format!("/files/{}", ids[1])))
        .await
        .expect(204);
    let now = bob.get(&path).await.expect(200).json();
    assert_eq!(
        (&now["body"], &now["files"]),
        (&json!("Two files"), &json!([]))
    );
    send(ada.ask("DELETE", &format!("/files/{}", ids[1])))
        .await
        .expect(404);
    assert_eq!(list(&ada, "").await["files"], json!([]));
}

#[tokio::test]
async fn a_message_that_had_one_file_alone_is_deleted_with_it_also_without_scripts() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let browser = ada.browser().await;
    let id = ada.upload("photo.png", &png(20, 20)).await;
    let message = ada.post_files(1, "", &[&id]).await;
    let page = browser.page("/files").await.expect(200).text();
    assert!(page.contains(&format!("action=\"/files/{id}\"")), "{page}");
    let form = [("sort", "size")];
    let deleted = browser
        .submit(&format!("/files/{id}"), &form)
        .await
        .expect(303);
    assert_eq!(deleted.header("location"), "/files?sort=size");
    let path = format!("/rooms/1/messages/{}", message["id"]);
    let now = ada.get(&path).await.expect(200).json();
    assert_eq!((&now["deleted"], &now["files"]), (&json!(true), &json!([])));
    let page = browser.page("/files").await.expect(200).text();
    assert!(
        text_of(&page).contains("No files yet"),
        "{}",
        text_of(&page)
    );
}

#[tokio::test]
async fn only_the_sender_deletes_a_file_and_only_in_a_room_of_theirs() {
    let server = Server::unlimited();
    let admin = Account::register(&server, "admin").await;
    let ada = Account::register(&server, "ada").await;
    let room = ada.create_room("design", "open").await;
    admin
        .send("POST", &format!("/rooms/{room}/members"), &json!({}))
        .await;
    let id = ada.upload("a.bin", b"x").await;
    ada.post_files(room, "", &[&id]).await;
    let path = format!("/files/{id}");
    for other in [&admin, &Account::register(&server, "bob").await] {
        send(other.ask("DELETE", &path)).await.expect(404);
        other.browser().await.submit(&path, &[]).await.expect(404);
        let known = list(other, "").await;
        assert_eq!(known["files"], json!([]));
    }
    admin.set_role(room, "admin", "owner").await;
    admin.remove_member(room, "ada").await;
    send(ada.ask("DELETE", &path)).await.expect(404);
    let page = ada.browser().await.page("/files").await.expect(200).text();
    assert!(
        text_of(&page).contains("no longer in"),
        "{}",
        text_of(&page)
    );
    assert!(!page.contains("design") && !page.contains(&format!("action=\"{path}\"")));
}

#[tokio::test]
async fn uploads_that_were_not_posted_are_listed_and_removed() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let bob = Account::register(&server, "bob").await;
    let path = ada.begin("half.bin", 2_000).await;
    ada.send_part(&path, 0, &noise(500, 1)).await.expect(204);
    let done = ada.upload("done.bin", b"done").await;
    let uploads = list(&ada, "").await["uploads"].take();
    let shown = |at: usize| {
        let one = &uploads[at];
        (
            one["name"].clone(),
            one["offset"].clone(),
            one["complete"].clone(),
        )
    };
    assert_eq!(shown(0), (json!("done.bin"), json!(4), json!(true)));
    assert_eq!(shown(1), (json!("half.bin"), json!(500), json!(false)));
    let browser = ada.browser().await;
    let page = text_of(&browser.page("/files").await.expect(200).text());
    assert!(page.contains("500 bytes of 2 KB uploaded"), "{page}");
    assert!(page.contains("uploaded but not sent"), "{page}");
    let half = format!("/files/{}", id_of(&path));
    send(bob.ask("DELETE", &half)).await.expect(404);
    browser.submit(&half, &[]).await.expect(303);
    send(ada.ask("DELETE", &format!("/files/{done}")))
        .await
        .expect(204);
    assert_eq!(list(&ada, "").await["uploads"], json!([]));
    send(ada.tus("HEAD", &path)).await.expect(404);
    wait_for("the bytes to be removed", async || {
        let file = server.data().join("files/incoming").join(id_of(&path));
        (!file.exists()).then_some(())
    })
    .await;
}

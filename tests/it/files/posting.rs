//! Messages with files.

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::harness::PATIENCE;
use crate::harness::account::Account;
use crate::harness::server::Server;
use crate::harness::uploads::multipart;

#[tokio::test]
async fn a_message_has_files_with_and_without_text_on_pages_in_json_and_in_the_plain_socket() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let mut line = ada.text_socket().await;
    let (plan, data) = (
        ada.upload("plan.txt", b"a plan").await,
        ada.upload("<b>.bin", &[0; 2048]).await,
    );
    let message = ada.post_files(1, "Look", &[&data, &plan]).await;
    let names: Vec<_> = (0..2)
        .map(|at| message["files"][at]["name"].clone())
        .collect();
    assert_eq!(names, ["<b>.bin", "plan.txt"]);
    line.line("Me", "Look <b>.bin plan.txt").await;
    let again = ada.history().await.pop().expect("a message");
    assert_eq!(again["files"], message["files"]);
    let page = ada
        .browser()
        .await
        .page("/rooms/1")
        .await
        .expect(200)
        .text();
    for part in [
        "<span class=\"file__name\" dir=\"auto\">&#60;b&#62;.bin</span>",
        "<span class=\"file__size\">2 KB</span>",
        "<span class=\"file__icon\" aria-hidden=\"true\">TXT</span>",
    ] {
        assert!(page.contains(part), "{part}");
    }
    let alone = ada.upload("alone.txt", b"x").await;
    let alone = ada.post_files(1, "", &[&alone]).await;
    let reply = json!({"body": "Nice", "reply_to": alone["id"]});
    let reply = ada
        .send("POST", "/rooms/1/messages", &reply)
        .await
        .expect(201)
        .json();
    assert_eq!(reply["reply_to"]["excerpt"], "1 file");
}

#[tokio::test]
async fn files_are_posted_once_by_their_sender_alone() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let bob = Account::register(&server, "bob").await;
    let id = ada.upload("a.txt", b"a").await;
    let post = json!({"body": "mine", "files": [id], "client_id": "c1"});
    let refused = bob
        .send("POST", "/rooms/1/messages", &post)
        .await
        .expect(409);
    assert!(
        refused.detail().contains("has expired"),
        "{}",
        refused.detail()
    );
    let twice = json!({"body": "", "files": [id, id]});
    ada.send("POST", "/rooms/1/messages", &twice)
        .await
        .expect(422);
    let many: Vec<String> = (0..11).map(|number| format!("{id}{number}")).collect();
    let many = json!({"body": "", "files": many});
    let refused = ada
        .send("POST", "/rooms/1/messages", &many)
        .await
        .expect(422);
    assert!(
        refused.detail().contains("up to 10 files"),
        "{}",
        refused.detail()
    );
    let empty = json!({"body": " ", "files": []});
    ada.send("POST", "/rooms/1/messages", &empty)
        .await
        .expect(422);
    let first = ada
        .send("POST", "/rooms/1/messages", &post)
        .await
        .expect(201)
        .json();
    let repeated = ada
        .send("POST", "/rooms/1/messages", &post)
        .await
        .expect(200)
        .json();
    assert_eq!(first, repeated, "a repeated post is the first message");
    let again = json!({"body": "again", "files": [id]});
    ada.send("POST", "/rooms/1/messages", &again)
        .await
        .expect(409);
}

#[tokio::test]
async fn a_text_beside_files_can_be_edited_away_and_file_names_are_found() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let id = ada.upload("Quarterly report.pdf", b"%PDF-1.7 x").await;
    let message = ada.post_files(1, "as promised", &[&id]).await;
    let found = |query: &'static str| {
        let ada = &ada;
        async move {
            let found = ada
                .get(&format!("/messages?q={query}"))
                .await
                .expect(200)
                .json();
            found["messages"].as_array().expect("a list").len()
        }
    };
    crate::harness::wait_for("the index", async || {
        (found("quarterly").await == 1).then_some(())
    })
    .await;
    assert_eq!(found("promised").await, 1);
    let path = format!("/rooms/1/messages/{}", message["id"]);
    let edited = ada
        .send("PATCH", &path, &json!({"body": ""}))
        .await
        .expect(200)
        .json();
    assert_eq!(
        (&edited["body"], &edited["files"]),
        (&json!(""), &message["files"])
    );
    assert_eq!((found("promised").await, found("quarterly").await), (0, 1));
    ada.send("DELETE", &path, &json!({})).await.expect(200);
    assert_eq!(found("quarterly").await, 0);
    let text_alone = ada.post("text").await;
    let path = format!("/rooms/1/messages/{}", text_alone["id"]);
    ada.send("PATCH", &path, &json!({"body": ""}))
        .await
        .expect(422);
}

#[tokio::test]
async fn without_scripts_a_form_sends_files() {
    let server = Server::start_with(&["--limits", "off", "--max-file", "1000"]);
    let ada = Account::register(&server, "ada").await;
    let browser = ada.browser().await;
    let submit = |texts: &[(&str, &str)], files: &[(&str, &[u8])]| {
        browser.submit_multipart("/rooms/1/messages", multipart(texts, files))
    };
    submit(&[("body", "two")], &[("a.txt", b"a"), ("b.txt", b"b")])
        .await
        .expect(303);
    // A browser sends an empty part if no file was chosen.
    submit(&[("body", "none")], &[("", b"")]).await.expect(303);
    submit(&[("body", "")], &[("c.txt", b"c")])
        .await
        .expect(303);
    let history = ada.history().await;
    let counts: Vec<usize> = history
        .iter()
        .map(|message| message["files"].as_array().expect("a list").len())
        .collect();
    assert_eq!(counts, [2, 0, 1]);
    let refused = submit(
        &[("body", "my words")],
        &[("a.txt", b"a"), ("big.bin", &[1; 1001])],
    )
    .await;
    let page = refused.expect(413).text();
    assert!(page.contains("Files can be up to 1 KB"), "the reason");
    assert!(page.contains(">my words</textarea>"), "the text stays");
    let refused = submit(&[("body", "")], &[("", b"")])
        .await
        .expect(422)
        .text();
    assert!(refused.contains("Write a message first"));
    assert_eq!(ada.history().await.len(), 3);
    // A refused file does not lose the text, wherever the text stands.
    let (content_type, body) = multipart(&[], &[("empty.txt", b""), ("good.txt", b"x")]);
    let text = multipart(&[("body", "after the files")], &[]).1;
    let end = body.len() - b"------chatterbox-boundary--\r\n".len();
    let form = (content_type, [&body[..end], &text].concat());
    let page = browser
        .submit_multipart("/rooms/1/messages", form)
        .await
        .expect(422)
        .text();
    assert!(page.contains(">after the files</textarea>"), "{page}");
    assert!(page.contains("“empty.txt” is empty."), "the reason");
}

#[tokio::test]
async fn another_file_with_the_client_id_of_a_cached_page_is_another_message() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let browser = ada.browser().await;
    for (name, count) in [("a.txt", 1), ("a.txt", 1), ("b.txt", 2)] {
        let form = multipart(&[("client_id", "same"), ("body", "")], &[(name, b"x")]);
        browser
            .submit_multipart("/rooms/1/messages", form)
            .await
            .expect(303);
        assert_eq!(ada.history().await.len(), count, "{name}");
    }
}

#[tokio::test]
async fn headers_of_a_part_without_end_are_refused_while_they_arrive() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let mut stream = TcpStream::connect(server.address())
        .await
        .expect("a connection");
    let head = format!(
        "POST /rooms/1/messages HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\n\
         Content-Type: {}\r\nContent-Length: 1000000000\r\n\r\n\
         ------chatterbox-boundary\r\nX-Filler: {}",
        server.address(),
        ada.token,
        multipart(&[], &[]).0,
        "x".repeat(200_000),
    );
    stream.write_all(head.as_bytes()).await.expect("it is sent");
    let mut start = [0; 12];
    let answer = tokio::time::timeout(PATIENCE, stream.read_exact(&mut start)).await;
    answer
        .expect("an answer before the end")
        .expect("a response");
    assert_eq!(&start, b"HTTP/1.1 400");
}

#[tokio::test]
async fn a_reply_in_a_thread_and_its_copy_in_the_room_have_the_same_files() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let root = ada.post("a question").await;
    let id = ada.upload("answer.txt", b"42").await;
    let path = format!("/rooms/1/messages/{}/thread", root["id"]);
    let reply = json!({"body": "", "client_id": "r", "also": true, "files": [id]});
    ada.send("POST", &path, &reply).await.expect(201);
    // A repeated post makes neither a second reply nor a second copy.
    ada.send("POST", &path, &reply).await.expect(200);
    let copy = ada.history().await;
    assert_eq!(copy.len(), 2, "{copy:?}");
    let file = &copy[1]["files"][0];
    assert_eq!(
        (&file["name"], &file["size"]),
        (&json!("answer.txt"), &json!(2))
    );
    let url = file["url"].as_str().expect("a URL");
    assert_ne!(url, format!("/files/{id}/answer.txt"));
    assert_eq!(ada.get(url).await.expect(200).bytes, b"42");
    let own = ada.get("/files").await.expect(200).json();
    assert_eq!(own["uploads"], json!([]), "a repeated post copies nothing");
}

#[tokio::test]
async fn a_copy_of_a_reply_in_the_room_counts_toward_the_quota() {
    let args = ["--limits", "off", "--files-per-person", "1000"];
    let server = Server::start_with(&args);
    let ada = Account::register(&server, "ada").await;
    let root = ada.post("a question").await;
    let path = format!("/rooms/1/messages/{}/thread", root["id"]);
    for (size, status) in [(400, 201), (150, 507)] {
        let id = ada.upload("answer.bin", &vec![1; size]).await;
        let reply = json!({"body": "", "also": true, "files": [id]});
        ada.send("POST", &path, &reply).await.expect(status);
    }
    let own = ada.get("/files").await.expect(200).json();
    assert_eq!(own["used"], 950);
    assert_eq!(ada.history().await.len(), 2, "one copy beside the question");
}

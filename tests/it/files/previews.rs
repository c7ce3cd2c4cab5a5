//! First lines of text files in messages, pages of texts, and PDF.

use serde_json::{Value, json};

use crate::harness::account::Account;
use crate::harness::files::folder_contains;
use crate::harness::server::Server;
use crate::harness::wait_for;

async fn page(reader: &Account) -> String {
    reader
        .browser()
        .await
        .page("/rooms/1")
        .await
        .expect(200)
        .text()
}

fn url(file: &Value) -> &str {
    file["url"].as_str().expect("a URL")
}

#[tokio::test]
async fn a_text_shows_its_first_lines_highlighted_by_its_ending() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let code = "fn main() {\n    let x = \"<b>\";\n}\n";
    let file = ada.share(1, "main.rs", code.as_bytes()).await;
    assert_eq!(file["preview"], "fn main() {\n    let x = \"<b>\";\n}");
    let shown = page(&ada).await;
    assert!(
        shown.contains("<span class=\"k\">fn </span><span class=\"f\">main</span>"),
        "{shown}"
    );
    assert!(shown.contains("&lt;b&gt;"), "{shown}");
    assert!(
        shown.contains(&format!("href=\"{}/text\"", url(&file))),
        "a link to all of it"
    );
    let text = ada
        .get(&format!("{}/text", url(&file)))
        .await
        .expect(200)
        .json();
    assert_eq!(
        (&text["text"], &text["more"]),
        (&json!(code.trim_end()), &json!(false))
    );
    let whole = ada
        .browser()
        .await
        .page(&format!("{}/text", url(&file)))
        .await
        .expect(200);
    assert!(whole.text().contains("<span class=\"k\">fn </span>"));
    // The live message has the same lines as the page.
    let mut live = ada.live(0).await;
    ada.share(1, "b.py", b"def f(): pass").await;
    live.find("the lines", |event| {
        format!("{event:?}")
            .contains("class=\\\"k\\\">def")
            .then_some(())
    })
    .await;
}

#[tokio::test]
async fn hostile_and_odd_texts_are_shown_as_text_or_not_at_all() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let line = vec![b'x'; 10 << 20];
    let late_nul = [&b"a\n".repeat(3000)[..], b"\0"].concat();
    let late_latin = [&b"a".repeat(4500)[..], b"\xE9", &b"b\n".repeat(9000)].concat();
    let utf16 = b"\xFF\xFEh\0i\0";
    let cases: [(&str, &[u8], Option<&str>); 12] = [
        (
            "a.html",
            b"<script>alert(1)</script>",
            Some("<script>alert(1)</script>"),
        ),
        (
            "a.txt",
            "a\u{202E}b\u{2066}c".as_bytes(),
            Some("a\u{FFFD}b\u{FFFD}c"),
        ),
        ("b.txt", b"nul\0", None),
        ("c.txt", utf16, None),
        ("d.txt", b"caf\xE9", None),
        ("e.txt", b"\xEF\xBB\xBFmark", Some("mark")),
        ("f.txt", b"\tx\r\ny\rz", Some("\tx\ny\nz")),
        ("g.txt", b" \n ", None),
        ("h.txt", &line, Some("x")),
        ("i.txt", &late_nul, Some("a")),
        ("j.txt", &late_latin, None),
        ("photo.png", b"not a picture", Some("not a picture")),
    ];
    for (name, bytes, expected) in cases {
        let file = ada.share(1, name, bytes).await;
        match (file["preview"].as_str(), expected) {
            (Some(shown), Some(expected)) => {
                assert!(shown.starts_with(expected), "{name}: {shown:?}");
                assert!(shown.chars().count() <= 1_512, "{name}");
                assert!(shown.lines().count() <= 12, "{name}");
            }
            (shown, expected) => assert_eq!(shown, expected, "{name}"),
        }
    }
    let shown = page(&ada).await;
    let parts = shown.split('<');
    let without_tags = parts.map(|part| part.split_once('>').map_or(part, |(_, text)| text));
    let without_tags: String = without_tags.collect();
    assert!(without_tags.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
    assert!(!shown.contains("<script>alert") && !shown.contains('\u{202E}'));
}

#[tokio::test]
async fn the_page_of_a_text_is_for_members_and_for_texts_only() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let eve = Account::register(&server, "eve").await;
    let room = ada.create_room("secret", "closed").await;
    let long = "line\n".repeat(100_000);
    let file = ada.share(room, "long.txt", long.as_bytes()).await;
    let text = format!("{}/text", url(&file));
    let shown = ada.get(&text).await.expect(200).json();
    assert_eq!(shown["more"], true);
    assert_eq!(
        shown["text"].as_str().expect("a text").lines().count(),
        2_000
    );
    eve.get(&text).await.expect(404);
    let binary = ada.share(room, "a.bin", &[0; 10]).await;
    ada.get(&format!("{}/text", url(&binary))).await.expect(404);
}

#[tokio::test]
async fn a_preview_is_erased_with_its_message() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let secret = b"qxzpreview";
    let id = ada.upload("notes.txt", secret).await;
    let message = ada.post_files(1, "", &[&id]).await;
    assert!(folder_contains(&server.data(), secret));
    let path = format!("/rooms/1/messages/{}", message["id"]);
    let deleted = ada
        .send("DELETE", &path, &json!({}))
        .await
        .expect(200)
        .json();
    assert_eq!(deleted["files"], json!([]));
    wait_for("the lines to leave the folder", async || {
        (!folder_contains(&server.data(), secret)).then_some(())
    })
    .await;
    assert!(!page(&ada).await.contains("qxzpreview"));
}

#[tokio::test]
async fn a_pdf_is_shown_inline_and_stays_in_the_sandbox() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let file = ada.share(1, "plan.pdf", b"%PDF-1.7\n").await;
    let reply = ada.get(url(&file)).await.expect(200);
    assert_eq!(reply.header("content-type"), "application/pdf");
    assert_eq!(
        reply.header("content-disposition"),
        "inline; filename=\"plan.pdf\""
    );
    assert_eq!(reply.header("x-content-type-options"), "nosniff");
    let policy = reply.header("content-security-policy");
    for part in ["default-src 'none'", "frame-ancestors 'none'", "sandbox"] {
        assert!(policy.contains(part), "{policy}");
    }
    // A web page with the name of a PDF is text, and saved.
    let fake = ada.share(1, "fake.pdf", b"<script>alert(1)</script>").await;
    let reply = ada.get(url(&fake)).await.expect(200);
    assert!(
        reply
            .header("content-disposition")
            .starts_with("attachment")
    );
    let shown = page(&ada).await;
    let link = format!("href=\"{}\" target=\"_blank\" rel=\"noopener\"", url(&file));
    assert!(shown.contains(&link), "{shown}");
    assert!(shown.contains(&format!("href=\"{}?download=1\"", url(&file))));
}

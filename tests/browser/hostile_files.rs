//! Hostile files: valid pictures, films, songs and documents that are a page with scripts as well, in a room and opened
//! alone. Nothing in them may run, start a request or become a part of the page.

use serde_json::{Value, json};

use crate::harness::account::Account;
use crate::harness::server::Server;
use crate::harness::uploads::png;
use crate::injection_watch::Watch;
use crate::window::{Window, WindowOptions};

/// Markup and scripts that call `pwned` or request `/pwned` where they run.
const PAYLOADS: [&str; 5] = [
    "<!doctype html><script>pwned(1);location='/pwned'</script><img src=x onerror=\"location='/pwned'\">",
    "<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"location='/pwned'\"><script>pwned(2)</script>\
     <foreignObject><iframe xmlns=\"http://www.w3.org/1999/xhtml\" src=\"javascript:pwned(3)\"/></foreignObject></svg>",
    "<?xml version=\"1.0\"?><?xml-stylesheet href=\"/pwned.xsl\" type=\"text/xsl\"?>\
     <html xmlns=\"http://www.w3.org/1999/xhtml\"><script>pwned(4)</script><link rel=\"stylesheet\" href=\"/pwned.css\"/></html>",
    "*/=0;pwned(5);fetch('/pwned');/*",
    "<meta http-equiv=refresh content=\"0;url=/pwned\"><base href=//evil.example><object data=/pwned></object>",
];

/// File names whose extensions promise something that browsers run, and one that is markup itself.
const NAMES: [&str; 5] = [
    "page.html",
    "drawing.svg",
    "page.xhtml",
    "script.js",
    "\"><img src=x onerror=pwned()>.hta",
];

/// Starts of files by which programs tell their type, with what is needed after the payload.
const CONTAINERS: [(&[u8], &[u8]); 10] = [
    (b"", b""),
    (b"\xEF\xBB\xBF", b""),
    (b"\xFF\xFE", b""),
    (b"GIF89a/*", b""),
    (b"\x89PNG\r\n\x1a\n", b""),
    (b"\xFF\xD8\xFF\xE0", b"\xFF\xD9"),
    (b"RIFF\x40\0\0\0WEBPVP8 ", b""),
    (b"%PDF-1.7\n", b"\n%%EOF"),
    (b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom", b""),
    (b"ID3\x04\0\0\0\0\0\0", b""),
];

/// Every payload in every container, each under a name that promises a page, a drawing or a script.
fn polyglots() -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    for (number, (start, end)) in CONTAINERS.into_iter().enumerate() {
        for (payload, name) in PAYLOADS.into_iter().zip(NAMES) {
            let bytes = [start, payload.as_bytes(), end].concat();
            files.push((format!("{number} {name}"), bytes));
        }
    }
    files
}

/// Valid pictures with a payload in their metadata and behind their end.
fn carriers() -> Vec<(String, Vec<u8>)> {
    let picture = png(40, 30);
    let (head, rest) = picture.split_at(33); // signature and header
    let mut files = Vec::new();
    for (payload, name) in PAYLOADS.into_iter().zip(NAMES) {
        let text = [b"tEXtComment\0", payload.as_bytes()].concat();
        let length = (text.len() as u32 - 4).to_be_bytes();
        // The checksum is wrong; decoders skip a text chunk all the same, and the server removes it.
        let chunk = [&length[..], &text, &[0; 4]].concat();
        files.push((format!("in {name}"), [head, &chunk, rest].concat()));
        files.push((
            format!("behind {name}"),
            [&picture, payload.as_bytes()].concat(),
        ));
    }
    files
}

/// Files of every kind that the server shows in its own way.
fn harmless() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("picture.png", png(40, 30)),
        ("film.mp4", b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom".to_vec()),
        ("song.mp3", b"ID3\x04\0\0\0\0\0\0".to_vec()),
        ("report.pdf", b"%PDF-1.7\n%%EOF".to_vec()),
        ("notes.txt", b"two\nlines".to_vec()),
        (
            "page.html",
            b"<p title=\"text\">text</p><!-- a comment -->".to_vec(),
        ),
        (
            "script.js",
            b"/* a comment */ const name = \"text\" + 42;\ncall(name);".to_vec(),
        ),
        ("data.bin", vec![0, 159, 146, 150]),
    ]
}

/// Posts files in a room, ten in a message at most, and returns their URLs.
async fn share(ada: &Account, room: i64, files: &[(String, Vec<u8>)]) -> Vec<String> {
    let mut urls = Vec::new();
    for files in files.chunks(10) {
        let mut uploads = Vec::new();
        for (name, bytes) in files {
            uploads.push(ada.upload(name, bytes).await);
        }
        let uploads: Vec<&str> = uploads.iter().map(String::as_str).collect();
        let message = ada.post_files(room, "", &uploads).await;
        let files = message["files"].as_array().expect("a list of files");
        let url = |file: &Value| file["url"].as_str().expect("a URL").to_owned();
        urls.extend(files.iter().map(url));
    }
    urls
}

/// Opens a URL as if it was typed into the address bar. Returns whether the browser shows it, not saves it.
async fn open(watch: &Watch, url: &str) -> bool {
    let navigated = watch.window.cdp("Page.navigate", json!({"url": url})).await;
    // WebDriver answers after the page has loaded.
    watch.window.path().await;
    navigated.get("errorText").is_none()
}

/// Returns whether a fault may come from a file. Counts of unread messages, and the styles and links of pages that begin
/// at one of them, come and go on their own.
fn is_of_files(fault: &str) -> bool {
    let others = [
        "badge",
        "sidebar",
        "unread",
        "head > noscript",
        "header > noscript",
    ];
    !fault.contains("new in the page") || !others.iter().any(|part| fault.contains(part))
}

#[tokio::test]
async fn nothing_in_a_hostile_file_runs_in_a_room_or_alone() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let window = Window::register(&server.origin(), "bob", WindowOptions::with_request_log()).await;
    let mut watch = Watch::start(window).await;
    watch.window.expect_log("Failed to load resource");
    // The sidebar is known with an unread message.
    let other = ada.create_room("another", "open").await;
    ada.invite(other, "bob").await;
    ada.say(other, "Hello").await;
    for (name, bytes) in harmless() {
        ada.share(1, name, &bytes).await;
    }
    let files: Vec<_> = harmless()
        .into_iter()
        .map(|(name, bytes)| (name.into(), bytes))
        .collect();
    share(&ada, 1, &files).await;
    watch.visit("/rooms/1").await;
    watch.window.move_to("#composer textarea").await;
    let loaded = "document.getElementById('switcher') !== null";
    watch
        .wait("the scripts that are loaded on use", loaded)
        .await;
    watch.check("harmless files").await;
    watch.stop_learning();

    let files = [polyglots(), carriers()].concat();
    assert!(files.len() >= 60, "only {} files", files.len());
    let urls = share(&ada, 1, &files).await;
    let last = ada.say(1, "the last one").await["id"].clone();
    let arrived = format!("document.getElementById('message-{last}') !== null");
    let loaded =
        "[...document.images].every((image) => image.complete || image.loading === 'lazy')";
    for context in ["live", "a fresh page"] {
        watch.wait(context, &arrived).await;
        watch.wait("the pictures", loaded).await;
        watch.check(context).await;
        watch.visit("/rooms/1").await;
    }

    let mut shown = 0;
    for url in &urls {
        for form in ["", "?download=1"] {
            let url = format!("{}{url}{form}", server.origin());
            shown += usize::from(open(&watch, &url).await);
        }
    }
    assert!(shown >= 10, "only {shown} files were shown by the browser");
    let mut faults = watch.faults().await;
    faults.retain(|fault| is_of_files(fault));
    assert_eq!(faults, Vec::<String>::new());

    // The same page from another source runs, and the watch sees it.
    let page = format!(
        "data:text/html,<script>new Image().src='{}/pwned.png'</script>",
        server.origin()
    );
    open(&watch, &page).await;
    let mut faults = Vec::new();
    for _ in 0..100 {
        faults.extend(watch.faults().await);
        if faults.iter().any(|fault| fault.contains("/pwned.png")) {
            return;
        }
    }
    panic!("a script that runs is not reported: {faults:#?}");
}

//! Uploads of attached files: shown, paused, refused, retried and removed; their space; on a phone.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;

use crate::attachments::{STATES, give, load_scripts};
use crate::harness::account::Account;
use crate::harness::proxy::Proxy;
use crate::harness::server::Server;
use crate::harness::wait_for;
use crate::window::{ENTER, Window, WindowOptions};

/// Text of the first attached file: its size and state.
const TEXT: &str = "document.querySelector('.attachment__state')?.textContent";

/// Text of the notices.
const NOTICES: &str = "(document.querySelector('#notices')?.textContent ?? '')";

/// Bytes sent of the first attached file.
const SENT: &str = "document.querySelector('.attachment progress').value";

/// Script that lets `window.skip(ms)` run the timers that would run within that time, except short ones.
const SKIP_TIME: &str = "
    const [set, clear, timers] = [window.setTimeout, window.clearTimeout, new Map()];
    window.setTimeout = (call, delay, ...args) => {
        const id = set(() => (timers.delete(id), call(...args)), delay);
        timers.set(id, { call, delay, args });
        return id;
    };
    window.clearTimeout = (id) => (timers.delete(id), clear(id));
    window.skip = async (ms) => {
        for (const [id, { call, delay, args }] of [...timers]) {
            if (delay < 30_000 || delay > ms) continue;
            window.clearTimeout(id);
            call(...args);
        }
        for (let turn = 0; turn < 20; turn += 1) await new Blob(['x']).arrayBuffer();
    };";

/// Whether leaving the page asks the user first.
const ASKS: &str = "!dispatchEvent(new Event('beforeunload', { cancelable: true }))";

#[tokio::test]
async fn an_upload_shows_its_speed_and_is_paused_resumed_and_removed() {
    let server = Server::unlimited();
    let account = Account::register(&server, "ada").await;
    let ada = Window::log_in(&server.origin(), "ada", WindowOptions::default()).await;
    ada.goto("/rooms/1").await;
    load_scripts(&ada).await;
    let slow = json!({"offline": false, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 400_000});
    ada.cdp("Network.enable", json!({})).await;
    ada.cdp("Network.emulateNetworkConditions", slow).await;
    give(&ada, "choose", json!([["big.bin", "", 20_000_000]])).await;
    let speed = format!("/[KM]B\\/s, .+ left/.test({TEXT})");
    ada.wait("the speed and the remaining time", &speed).await;
    assert_eq!(ada.js(ASKS).await, true, "an upload is running");
    ada.click(".attachment [data-kind=pause]").await;
    ada.wait_for_value(STATES, json!(["paused"])).await;
    ada.wait("the state", &format!("{TEXT}.includes('Paused')"))
        .await;
    let before = ada.js(SENT).await.as_f64().expect("a number of bytes");
    ada.click(".attachment [data-kind=resume]").await;
    ada.wait("more bytes", &format!("{SENT} > {before} + 100000"))
        .await;
    let offset = async || {
        let files = account.get("/files").await.expect(200).json();
        files["uploads"][0]["offset"]
            .as_u64()
            .filter(|bytes| *bytes > 0)
    };
    wait_for("bytes on the server", offset).await;
    ada.click(".attachment [data-kind=remove]").await;
    ada.wait_for_value(STATES, json!([])).await;
    assert_eq!(ada.js(ASKS).await, false, "nothing is lost");
    let none = async || {
        let files = account.get("/files").await.expect(200).json();
        files["uploads"]
            .as_array()
            .is_some_and(Vec::is_empty)
            .then_some(())
    };
    wait_for("the end of the upload on the server", none).await;
    ada.end().await;
}

#[tokio::test]
async fn files_beyond_the_free_space_are_refused_in_words_before_a_byte_is_sent() {
    let server = Server::start_with(&["--limits", "off", "--files-per-person", "1MiB"]);
    Account::register(&server, "ada").await;
    let options = WindowOptions::with_request_log();
    let ada = Window::log_in(&server.origin(), "ada", options).await;
    ada.goto("/rooms/1").await;
    give(&ada, "choose", json!([["big.bin", "", 2_000_000]])).await;
    let why = "Not enough space for big.bin. You have 1 MB left. Free up some in My files.";
    ada.wait("the reason", &format!("{NOTICES}.includes({})", json!(why)))
        .await;
    ada.wait_for_value(STATES, json!([])).await;
    let requests = ada.requests().await;
    let is_upload = |(_, url): &(String, String)| url.contains("/uploads");
    assert!(!requests.iter().any(is_upload), "{requests:?}");
    // Small ones too, together with those that are on their way.
    let files = json!([
        ["one.bin", "", 600_000],
        ["two.bin", "", 600_000],
        ["three.bin", "", 300_000]
    ]);
    give(&ada, "choose", files).await;
    ada.wait_for_value(STATES, json!(["complete", "complete"]))
        .await;
    ada.wait(
        "the reason",
        &format!("{NOTICES}.includes('space for two.bin')"),
    )
    .await;
    ada.click("#notices a[href='/files']").await;
    ada.wait_for(".quota").await;
    ada.end().await;
}

#[tokio::test]
async fn a_picture_whose_details_cannot_be_removed_is_named_when_it_is_uploaded() {
    let server = Server::unlimited();
    Account::register(&server, "ada").await;
    let ada = Window::log_in(&server.origin(), "ada", WindowOptions::default()).await;
    ada.goto("/rooms/1").await;
    // The bytes are no pictures.
    let files = json!([
        ["one.jpg", "image/jpeg", 1000],
        ["notes.bin", "", 1000],
        ["two.png", "image/png", 2_000_000]
    ]);
    give(&ada, "choose", files).await;
    ada.wait_for_value(STATES, json!(["complete", "complete", "complete"]))
        .await;
    for name in ["one.jpg", "two.png"] {
        let warning =
            format!("{name} will be sent as is, with details such as where it was taken.");
        let is_shown = format!("{NOTICES}.includes({})", json!(warning));
        ada.wait("the warning", &is_shown).await;
    }
    let others = format!("{NOTICES}.includes('notes.bin')");
    assert_eq!(ada.js(&others).await, false);
    ada.end().await;
}

#[tokio::test]
async fn scripts_write_sizes_as_the_server_does() {
    let server = Server::unlimited();
    let window = Window::open(&server.origin(), WindowOptions::default()).await;
    let lines = include_str!("../harness/sizes.txt").lines();
    let sizes = lines.map(|line| line.split_once(" = ").expect("bytes and words"));
    let (bytes, words): (Vec<&str>, Vec<&str>) = sizes.unzip();
    let module = include_str!("../../assets/js/transfer.js").replace("export function", "function");
    let script =
        format!("{module}\nreturn arguments[0].map((bytes) => formatSize(Number(bytes)));");
    assert_eq!(window.run_with(&script, json!(bytes)).await, json!(words));
    window.end().await;
}

#[tokio::test]
async fn a_server_without_space_says_so_at_once_and_the_file_is_retried_or_removed() {
    let server = Server::start_with(&["--limits", "off", "--files-total", "1MiB"]);
    let account = Account::register(&server, "ada").await;
    let file = account.share(1, "full.bin", &[7; 900_000]).await;
    let mut ada = Window::register(&server.origin(), "bob", WindowOptions::default()).await;
    ada.expect_log("status of 507");
    give(&ada, "choose", json!([["more.bin", "", 300_000]])).await;
    ada.wait_for_value(STATES, json!(["failed"])).await;
    let why = ada.js(TEXT).await;
    assert!(
        why.as_str()
            .expect("a text")
            .contains("no room for more files"),
        "{why}"
    );
    assert_eq!(ada.js(ASKS).await, false, "nothing is running");
    // It stays with its message until the user decides.
    ada.type_draft("with a file").await;
    ada.press(&[ENTER]).await;
    ada.wait(
        "the reason",
        &format!("{NOTICES}.includes('Retry or remove it')"),
    )
    .await;
    let path = format!("/files/{}", file["id"].as_str().expect("an id"));
    account.send("DELETE", &path, &json!({})).await.expect(204);
    ada.click(".attachment [data-kind=retry]").await;
    ada.wait_for_value(STATES, json!(["complete"])).await;
    ada.click(".attachment [data-kind=remove]").await;
    ada.wait_for_value(STATES, json!([])).await;
    ada.end().await;
}

#[tokio::test]
async fn a_busy_server_is_asked_a_few_times_and_its_reason_is_shown() {
    let server = Server::start();
    let account = Account::register(&server, "ada").await;
    let mut ada = Window::log_in(&server.origin(), "ada", WindowOptions::default()).await;
    ada.expect_log("status of 429");
    ada.goto("/rooms/1").await;
    load_scripts(&ada).await;
    let is_busy = Arc::new(AtomicBool::new(true));
    while account.try_begin("other.bin", 10).await.status != 429 {}
    // Keeps the rate limit of the user used up.
    let others = tokio::spawn({
        let is_busy = Arc::clone(&is_busy);
        async move {
            while is_busy.load(Ordering::SeqCst) {
                account.try_begin("other.bin", 10).await;
            }
            account
        }
    });
    let files = json!([["one.bin", "", 10]]);
    let refused = format!("{TEXT}?.includes('too many files at once')");
    give(&ada, "choose", files).await;
    ada.wait("the reason", &refused).await;
    ada.wait_for_value(STATES, json!(["failed"])).await;
    is_busy.store(false, Ordering::SeqCst);
    let account = others.await.expect("the requests end");
    assert_eq!(ada.js(&refused).await, true);
    let uploads = account.get("/files").await.expect(200).json();
    for upload in uploads["uploads"].as_array().expect("a list") {
        let path = format!("/uploads/{}", upload["id"].as_str().expect("an id"));
        account
            .tus("DELETE", &path)
            .send()
            .await
            .expect("an answer");
    }
    ada.click(".attachment [data-kind=retry]").await;
    ada.wait_for_value(STATES, json!(["complete"])).await;
    ada.end().await;
}

#[tokio::test]
async fn the_page_waits_while_the_server_processes_a_file_and_asks_for_it_after_a_lost_connection()
{
    let server = Server::unlimited();
    let proxy = Proxy::before(server.address()).await;
    let account = Account::register(&server, "ada").await;
    let mut ada = Window::log_in(&proxy.origin(), "ada", WindowOptions::default()).await;
    ada.expect_outage();
    ada.expect_log("status of 409");
    ada.goto("/rooms/1").await;
    load_scripts(&ada).await;
    ada.run(SKIP_TIME).await;
    proxy.hold_after(1_500_000);
    give(&ada, "choose", json!([["big.bin", "", 3_000_000]])).await;
    ada.wait("some bytes", &format!("{SENT} > 0")).await;
    proxy.hold_answers();
    ada.wait("the last byte", &format!("{TEXT}.includes('Processing…')"))
        .await;
    ada.run("return window.skip(10 * 60_000)").await;
    ada.wait("patience", &format!("{TEXT}.includes('Processing…')"))
        .await;
    assert_eq!(ada.js(STATES).await, json!(["uploading"]));
    let is_interrupted = format!("{TEXT}.includes('Interrupted')");
    assert_eq!(ada.js(&is_interrupted).await, false);
    let complete = async || {
        let files = account.get("/files").await.expect(200).json();
        (files["uploads"][0]["complete"] == true).then_some(())
    };
    wait_for("the file on the server", complete).await;
    proxy.cut();
    proxy.release();
    ada.wait_for_value(STATES, json!(["complete"])).await;
    ada.end().await;
}

#[tokio::test]
async fn a_phone_offers_its_camera_and_attaches_a_picture() {
    let server = Server::unlimited();
    Account::register(&server, "ada").await;
    let options = WindowOptions::phone(390, 844);
    let ada = Window::log_in(&server.origin(), "ada", options).await;
    // Phones offer the camera beside the files unless the input asks for some types only, or for the camera only.
    let offers = "(({ accept, multiple, capture }) => !accept && multiple && !capture)(document.querySelector('#composer input[type=file]'))";
    assert_eq!(ada.js(offers).await, true);
    let size = "(({ width, height }) => Math.min(width, height))(document.querySelector('.composer__attach').getBoundingClientRect())";
    let size = ada.js(size).await.as_f64().expect("a size");
    assert!(size >= 44.0, "{size}");
    let path = server.data().join("photo.png");
    let photo = crate::harness::uploads::png(1200, 1600);
    std::fs::write(&path, photo).expect("a file");
    let path = path.to_str().expect("a path in UTF-8");
    load_scripts(&ada).await;
    ada.type_into("#composer input[type=file]", path).await;
    ada.wait_for_value(STATES, json!(["complete"])).await;
    ada.wait_for(".attachment__image").await;
    ada.assert_fits().await;
    ada.click(".attachment [aria-expanded]").await;
    ada.type_into(".attachment__alt", "A photo").await;
    ada.assert_fits().await;
    ada.click("#composer .composer__send").await;
    ada.wait_for("#messages img[alt='A photo']").await;
    ada.assert_fits().await;
    ada.end().await;
}

#[tokio::test]
async fn a_dropped_folder_is_explained() {
    let server = Server::unlimited();
    let ada = Window::register(&server.origin(), "ada", WindowOptions::default()).await;
    load_scripts(&ada).await;
    ada.run(
        "const transfer = new DataTransfer();
         transfer.items.add(new File(['x'], 'folder'));
         const event = new DragEvent('drop', { bubbles: true, cancelable: true, dataTransfer: transfer });
         // A script cannot make an entry of a folder.
         DataTransferItem.prototype.webkitGetAsEntry = () => ({ isDirectory: true });
         document.getElementById('timeline').dispatchEvent(event);",
    )
    .await;
    ada.wait(
        "the reason",
        &format!("{NOTICES}.includes('Folders can’t be attached')"),
    )
    .await;
    ada.wait_for_value(STATES, json!([])).await;
    ada.end().await;
}

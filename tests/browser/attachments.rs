//! Files in messages: attached with the button, pasted and dropped, over lost connections, and without scripts.

use serde_json::json;

use crate::harness::account::Account;
use crate::harness::proxy::Proxy;
use crate::harness::server::Server;
use crate::harness::wait_for;
use crate::window::{ENTER, Window, WindowOptions};

/// Script that gives files to the composer: `{ type, files: [[name, media type, bytes or length]] }`.
const GIVE_FILES: &str = r##"
    const { type, files } = arguments[0];
    const transfer = new DataTransfer();
    for (const [name, kind, content] of files) {
        const bytes = typeof content === "number" ? new Uint8Array(content).map((_, at) => at * 7) : content;
        transfer.items.add(new File([bytes], name, { type: kind }));
    }
    const options = { bubbles: true, cancelable: true };
    const box = document.querySelector("#composer textarea");
    if (type === "paste") {
        box.dispatchEvent(new ClipboardEvent("paste", { ...options, clipboardData: transfer }));
    } else if (type === "drop") {
        const room = document.getElementById("timeline");
        for (const name of ["dragenter", "dragover", "drop"]) {
            room.dispatchEvent(new DragEvent(name, { ...options, dataTransfer: transfer }));
        }
    } else {
        const input = document.querySelector("#composer input[type=file]");
        input.files = transfer.files;
        input.dispatchEvent(new Event("change", { bubbles: true }));
    }"##;

/// Script that notes the offsets of the parts that are sent from now on.
const NOTE_OFFSETS: &str = "
    const { setRequestHeader } = XMLHttpRequest.prototype;
    window.offsets = [];
    XMLHttpRequest.prototype.setRequestHeader = function (name, value) {
        if (name === 'Upload-Offset') window.offsets.push(value);
        return setRequestHeader.call(this, name, value);
    };";

/// States of the attached files, in order.
pub const STATES: &str =
    "[...document.querySelectorAll('.attachments .attachment')].map((row) => row.dataset.state)";

/// Names of the files of the newest message, in order.
const NAMES: &str = "[...([...document.querySelectorAll('#messages > .message')].at(-1)?.querySelectorAll('.file__name') ?? [])].map((name) => name.textContent)";

/// Loads the scripts that take files, as the first move of the pointer does.
pub async fn load_scripts(window: &Window) {
    window.move_to("#composer textarea").await;
    let ready = "performance.getEntriesByType('resource').some(({ name }) => name.includes('room_page_on_use'))";
    window.wait("the scripts", ready).await;
}

pub async fn give(window: &Window, kind: &str, files: serde_json::Value) {
    load_scripts(window).await;
    let files = json!({"type": kind, "files": files});
    window.run_with(GIVE_FILES, files).await;
}

#[tokio::test]
async fn files_are_chosen_pasted_and_dropped_and_others_see_them() {
    let server = Server::unlimited();
    let ada = Window::register(&server.origin(), "ada", WindowOptions::default()).await;
    let bob = Window::register(&server.origin(), "bob", WindowOptions::default()).await;
    for kind in ["choose", "paste", "drop"] {
        let (one, two) = (format!("{kind}.txt"), format!("{kind} & more.bin"));
        let files = json!([[one, "text/plain", "hello"], [two, "", 2_000_000]]);
        give(&ada, kind, files).await;
        ada.wait_for_value(STATES, json!(["complete", "complete"]))
            .await;
        ada.type_draft(&format!("by {kind}")).await;
        ada.press(&[ENTER]).await;
        bob.wait_for_message(&format!("by {kind}")).await;
        for window in [&ada, &bob] {
            window.wait_for_value(NAMES, json!([one, two])).await;
        }
        ada.wait_for_value(STATES, json!([])).await;
    }
    // Files without a text.
    give(
        &ada,
        "choose",
        json!([["alone.txt", "text/plain", "alone"]]),
    )
    .await;
    ada.wait_for_value(STATES, json!(["complete"])).await;
    ada.click("#composer .composer__send").await;
    bob.wait_for_value(NAMES, json!(["alone.txt"])).await;
    let links = "[...document.querySelectorAll('#messages a.file')].every((link) => link.getAttribute('href').startsWith('/files/'))";
    assert_eq!(bob.js(links).await, true);
    ada.end().await;
    bob.end().await;
}

#[tokio::test]
async fn a_message_waits_for_its_uploads_and_they_go_on_after_a_lost_connection() {
    let server = Server::unlimited();
    let proxy = Proxy::before(server.address()).await;
    let account = Account::register(&server, "ada").await;
    let mut ada = Window::log_in(&proxy.origin(), "ada", WindowOptions::default()).await;
    ada.expect_outage();
    // The next request may come before the server knows that the first one is cut.
    ada.expect_log("status of 409");
    ada.goto("/rooms/1").await;
    ada.wait_for_connection("open").await;
    load_scripts(&ada).await;
    proxy.refuse_everything(true);
    proxy.cut();
    give(&ada, "choose", json!([["big.bin", "", 20_000_000]])).await;
    ada.type_draft("after the outage").await;
    ada.press(&[ENTER]).await;
    ada.wait_for("#composer[data-waits]").await;
    assert_eq!(ada.draft().await, "after the outage");
    proxy.hold_after(5_000_000);
    proxy.refuse_everything(false);
    let received = async || {
        let files = account.get("/files").await.expect(200).json();
        let offset = files["uploads"][0]["offset"].as_u64();
        offset.filter(|bytes| (1_000_000..8_000_000).contains(bytes))
    };
    wait_for("a part of the first request", received).await;
    ada.run(NOTE_OFFSETS).await;
    proxy.cut();
    proxy.release();
    ada.wait_for_message("after the outage").await;
    ada.wait_for_value(NAMES, json!(["big.bin"])).await;
    let message = account.history().await.pop().expect("a message");
    assert_eq!(message["files"][0]["size"], 20_000_000);
    let url = message["files"][0]["url"].as_str().expect("a URL");
    let bytes = account.get(url).await.expect(200).bytes;
    let sent = (0..20_000_000_usize).map(|at| (at * 7) as u8);
    assert!(bytes.into_iter().eq(sent), "every byte is as it was sent");
    let resumed = ada.js("window.offsets[0]").await.as_u64();
    let resumed = resumed.expect("a part was sent after the cut");
    assert!((1..8 << 20).contains(&resumed), "it went on at {resumed}");
    ada.end().await;
}

#[tokio::test]
async fn files_that_do_not_fit_are_refused_in_words_and_can_be_removed() {
    let server = Server::start_with(&["--limits", "off", "--max-file", "1MiB"]);
    let ada = Window::register(&server.origin(), "ada", WindowOptions::default()).await;
    give(
        &ada,
        "choose",
        json!([
            ["large.bin", "", 1_048_577],
            ["empty.txt", "", 0],
            ["ok.txt", "", "ok"]
        ]),
    )
    .await;
    ada.wait_for_value(STATES, json!(["complete"])).await;
    let notice = "document.querySelector('#notices')?.textContent ?? ''";
    for part in ["is too large. Files can be up to 1 MB.", "is empty."] {
        ada.wait(part, &format!("{notice}.includes({})", json!(part)))
            .await;
    }
    ada.click(".attachment [data-kind=remove]").await;
    ada.wait_for_value(STATES, json!([])).await;
    let many: Vec<_> = (0..12)
        .map(|number| json!([format!("{number}.txt"), "", "x"]))
        .collect();
    give(&ada, "choose", json!(many)).await;
    ada.wait_for_value(&format!("{STATES}.length"), json!(10))
        .await;
    ada.wait(
        "the reason",
        &format!("{notice}.includes('up to 10 files')"),
    )
    .await;
    ada.end().await;
}

#[tokio::test]
async fn files_can_be_attached_in_a_thread() {
    let server = Server::unlimited();
    let account = Account::register(&server, "ada").await;
    let root = account.post("a question").await;
    let ada = Window::log_in(&server.origin(), "ada", WindowOptions::default()).await;
    ada.goto(&format!("/rooms/1/messages/{}/thread", root["id"]))
        .await;
    ada.wait_for("#thread-form input[type=file]").await;
    let script = GIVE_FILES.replace("#composer", "#thread-form");
    ada.move_to("#thread-form textarea").await;
    let ready = "performance.getEntriesByType('resource').some(({ name }) => name.includes('room_page_on_use'))";
    ada.wait("the scripts", ready).await;
    let files = json!({"type": "choose", "files": [["answer.txt", "text/plain", "42"]]});
    ada.run_with(&script, files).await;
    ada.wait_for_value(STATES, json!(["complete"])).await;
    ada.click("#thread-form .composer__send").await;
    let reply = "document.querySelector('.thread__replies .file__name')?.textContent";
    ada.wait_for_value(reply, json!("answer.txt")).await;
    ada.end().await;
}

#[tokio::test]
async fn without_scripts_a_form_sends_files() {
    let server = Server::unlimited();
    Account::register(&server, "ada").await;
    let ada = Window::log_in(&server.origin(), "ada", WindowOptions::without_scripts()).await;
    ada.goto("/rooms/1").await;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("plan.txt");
    std::fs::write(&path, "a plan").expect("a file");
    ada.type_into("#composer input[type=file]", &path.display().to_string())
        .await;
    ada.type_into("#composer textarea", "with a file").await;
    ada.click("#composer .composer__send").await;
    ada.wait_for("#messages .file__name").await;
    ada.wait_for_message("with a file").await;
    ada.end().await;
}

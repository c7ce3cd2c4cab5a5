//! Lists of files, first lines of texts, PDF in the viewer of the browser, and descriptions that change.

use serde_json::{Value, json};

use crate::harness::account::Account;
use crate::harness::server::Server;
use crate::harness::uploads::png;
use crate::harness::wait_for;
use crate::window::{ENTER, ESCAPE, Window, WindowOptions};

/// The part of Chromium that shows PDF.
const PDF_VIEWER: &str = "chrome-extension://mhjfbmdgcfjbbpaeojofohoefgiehjai/";

/// The pages and frames of the browser with an address that begins like this.
async fn targets(window: &Window, start: &str) -> Vec<Value> {
    let targets = window.cdp("Target.getTargets", json!({})).await;
    let all = targets["targetInfos"].as_array().expect("a list").clone();
    let is_wanted = |target: &Value| {
        target["url"]
            .as_str()
            .is_some_and(|url| url.starts_with(start))
    };
    all.into_iter().filter(is_wanted).collect()
}

#[tokio::test]
async fn the_list_of_files_leads_to_the_viewer_and_to_the_message() {
    let server = Server::unlimited();
    let account = Account::register(&server, "ada").await;
    Account::register(&server, "bob").await;
    for (name, width) in [("one.png", 2000), ("two.png", 50)] {
        account.share(1, name, &png(width, 500)).await;
    }
    let rust = "fn main() {\n    println!(\"hello\");\n}\n".repeat(5);
    account.share(1, "main.rs", rust.as_bytes()).await;
    let bob = Window::log_in(&server.origin(), "bob", WindowOptions::default()).await;
    bob.goto("/rooms/1").await;
    let height = "document.querySelector('.text-preview pre').getBoundingClientRect().height";
    let short = bob.js(height).await.as_f64().expect("a height");
    bob.click(".text-preview summary").await;
    bob.wait("more lines", &format!("{height} > {short} * 1.5"))
        .await;
    bob.goto("/rooms/1/files").await;
    bob.assert_fits().await;
    bob.js("document.querySelector('#main a.picture').focus() ?? true")
        .await;
    bob.press(&[ENTER]).await;
    let shown = "[document.getElementById('viewer-name')?.textContent, document.getElementById('viewer-position')?.textContent, document.querySelector('.viewer__author')?.textContent]";
    bob.wait_for_value(shown, json!(["two.png", "1 of 2", "ada"]))
        .await;
    let link = "document.querySelector('[data-viewer=message]').href.replace(/.*#/, '')";
    assert_eq!(bob.js(link).await, "message-2");
    bob.press(&[ESCAPE]).await;
    bob.click(".file-list-bar a[href$='kind=document']").await;
    bob.wait(
        "the documents",
        "document.querySelectorAll('.shared-file').length === 1",
    )
    .await;
    bob.click(".shared-file__message").await;
    bob.wait_for("#messages #message-3 .text-preview .k").await;
    bob.goto("/people/ada/files?view=list&q=one").await;
    bob.wait(
        "the picture",
        "document.querySelectorAll('.file-list--rows .shared-file').length === 1",
    )
    .await;
    bob.end().await;
}

#[tokio::test]
async fn a_pdf_opens_in_the_viewer_of_the_browser_in_a_new_tab() {
    let server = Server::unlimited();
    let account = Account::register(&server, "ada").await;
    account.share(1, "plan.pdf", b"%PDF-1.7\n").await;
    let ada = Window::log_in(&server.origin(), "ada", WindowOptions::default()).await;
    ada.goto("/rooms/1").await;
    ada.wait_for_connection("open").await;
    ada.click(".file--open").await;
    wait_for("the viewer", async || {
        (!targets(&ada, PDF_VIEWER).await.is_empty()).then_some(())
    })
    .await;
    let files = format!("{}/files/", server.origin());
    for tab in targets(&ada, &files).await {
        if tab["type"] == "page" {
            assert!(tab["url"].as_str().expect("a URL").ends_with("/plan.pdf"));
            ada.cdp("Target.closeTarget", json!({"targetId": tab["targetId"]}))
                .await;
        }
    }
    assert_eq!(ada.path().await, "/rooms/1", "the room stays open");
    ada.end().await;
}

#[tokio::test]
async fn a_description_is_changed_from_the_menu_and_seen_at_once() {
    let server = Server::unlimited();
    let account = Account::register(&server, "ada").await;
    Account::register(&server, "bob").await;
    account.share(1, "one.png", &png(60, 50)).await;
    let bob = Window::log_in(&server.origin(), "bob", WindowOptions::default()).await;
    bob.goto("/rooms/1").await;
    bob.wait_for_connection("open").await;
    for options in [WindowOptions::default(), WindowOptions::without_scripts()] {
        let has_scripts = options.scripts;
        let ada = Window::log_in(&server.origin(), "ada", options).await;
        let alt = if has_scripts {
            "A field"
        } else {
            "A red field"
        };
        if has_scripts {
            ada.goto("/rooms/1").await;
            ada.wait_for_connection("open").await;
            ada.move_to("#message-1").await;
            ada.click("#message-1 [data-action=menu]").await;
            ada.click("#message-menu [data-action=describe]").await;
        } else {
            ada.goto("/rooms/1/messages/1").await;
            ada.click("#message-actions-noscript a[href$='/files']")
                .await;
        }
        ada.wait_for(".alt-texts textarea").await;
        ada.js("document.querySelector('.alt-texts textarea').select() ?? true")
            .await;
        ada.type_into(".alt-texts textarea", alt).await;
        ada.click("form:has(.alt-texts) .button--primary").await;
        ada.wait_for(".page__body [role=status] a").await;
        bob.wait_for(&format!("#message-1 img[alt='{alt}']")).await;
        ada.end().await;
    }
    bob.end().await;
}

#[tokio::test]
async fn without_scripts_lists_of_files_have_links() {
    let server = Server::unlimited();
    let account = Account::register(&server, "ada").await;
    account.share(1, "one.png", &png(60, 50)).await;
    account.share(1, "notes.txt", b"some notes").await;
    let ada = Window::log_in(&server.origin(), "ada", WindowOptions::without_scripts()).await;
    ada.goto("/rooms/1/members").await;
    ada.click(".room__tabs a[href$='/files']").await;
    ada.wait_for(".file-list .picture").await;
    ada.type_into("#q", "notes").await;
    ada.press(&[ENTER]).await;
    ada.wait_for(".shared-file__name a[href$='notes.txt/text']")
        .await;
    ada.click(".shared-file__message").await;
    ada.wait_for("#message-2 .text-preview").await;
    ada.end().await;
}

//! Cards of links: they appear for others without a reload, and their author removes them. Two users.

use serde_json::json;

use crate::harness::account::Account;
use crate::harness::server::Server;
use crate::harness::uploads::png;
use crate::harness::website::{Dns, Website};
use crate::rooms::{api_request, create_room, log_in, post_in};
use crate::window::{Window, WindowOptions};

const CARDS: &str = "document.querySelectorAll('#messages .link-preview__title').length";
/// JavaScript expression: whether the button that removes the first card is there for the user.
const MAY_REMOVE: &str =
    "document.querySelector('#messages .link-preview__remove').checkVisibility()";

/// A website with a page, and the arguments of a server that may fetch it.
async fn website() -> (Website, Dns, Vec<String>) {
    let (site, dns) = (Website::start().await, Dns::start().await);
    let head = "<meta property=og:title content='High water in the old harbor'><meta property=og:image content=/p.png>
        <meta name=description content='When the tide comes in, and what it leaves behind.'>
        <meta property=og:site_name content='The Tide Tables'>";
    site.set_page("/tide", head);
    site.set_body("/p.png", "image/png", &png(1200, 630));
    let args = site.args(&dns);
    (site, dns, args)
}

fn start(args: &[String], more: &[&str]) -> Server {
    let args: Vec<&str> = args
        .iter()
        .map(String::as_str)
        .chain(more.iter().copied())
        .collect();
    Server::start_with(&args)
}

async fn wait_for_cards(window: &Window, count: usize) {
    window.wait_for_value(CARDS, json!(count)).await;
}

#[tokio::test]
async fn a_card_appears_for_the_other_person_and_its_author_removes_it() {
    let (_site, _dns, args) = website().await;
    let server = start(&args, &[]);
    Account::register(&server, "root").await; // the admin
    let ada = Window::register(&server.origin(), "ada", WindowOptions::default()).await;
    let bob = Window::register(&server.origin(), "bob", WindowOptions::phone(390, 844)).await;
    for window in [&ada, &bob] {
        window.wait_for_connection("open").await;
    }
    ada.send_message("look: http://site.test/tide").await;
    for window in [&ada, &bob] {
        wait_for_cards(window, 1).await;
        let loaded = "document.querySelector('#messages .link-preview__picture').naturalWidth";
        window.wait_for_value(loaded, json!(720)).await;
        window.assert_fits().await;
    }
    let is_edited = "document.querySelector('#messages .message__edited') !== null";
    assert_eq!(bob.js(is_edited).await, json!(false));
    assert_eq!(ada.js(MAY_REMOVE).await, json!(true));
    assert_eq!(bob.js(MAY_REMOVE).await, json!(false));
    ada.move_to("#messages .link-preview").await;
    ada.click("#messages .link-preview__remove").await;
    for window in [&ada, &bob] {
        wait_for_cards(window, 0).await;
    }
    assert_eq!(ada.path().await, "/rooms/1", "the page stayed");
    ada.reload().await;
    ada.wait_for_message("look: http://site.test/tide").await;
    wait_for_cards(&ada, 0).await;
    ada.end().await;
    bob.end().await;
}

#[tokio::test]
async fn a_link_to_a_message_is_quoted_in_the_page_of_those_who_may_read_it() {
    let (_site, _dns, args) = website().await;
    let server = start(&args, &["--public-url", "https://chat.example.com"]);
    let ada = Account::register(&server, "ada").await;
    Account::register(&server, "bob").await;
    let room = create_room(&ada, "closed", "closed", &[]).await;
    let secret = post_in(&ada, room, "the plan").await;
    let link = format!("https://chat.example.com/rooms/{room}/messages/{secret}");
    post_in(&ada, 1, &link).await;
    for (name, quote) in [
        ("ada", "the plan"),
        ("bob", "You don’t have access to this message."),
    ] {
        let window = log_in(&server, name, WindowOptions::default()).await;
        let text = "document.querySelector('#messages .link-preview__quote')?.innerText ?? ''";
        let shown = format!("({text}).includes({})", json!(quote));
        window.wait_for_value(&shown, json!(true)).await;
        window.end().await;
    }
    let removed = format!("/rooms/1/messages/{}/previews/0", secret + 1);
    api_request(&ada, "DELETE", &removed, json!({})).await;
}

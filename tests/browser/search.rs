//! Search: excerpts are what readers see; scopes and filters are one click away.

use serde_json::json;

use crate::harness::account::Account;
use crate::harness::server::Server;
use crate::rooms::{create_room, log_in, post_in};
use crate::window::{ENTER, WindowOptions};

/// A text with marks of every kind, and how readers see it on one line.
const MARKED: &str = "**bold** and _soft_ `code` ~~gone~~ plum";
const SEEN: &str = "bold and soft code gone plum";

#[tokio::test]
async fn excerpts_in_quotes_and_results_show_no_markdown() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let id = post_in(&ada, 1, MARKED).await;
    ada.reply((1, id), "an answer").await;
    let window = log_in(&server, "ada", WindowOptions::default()).await;
    window.wait_for_connection("open").await;
    let quote = "document.querySelector('#messages [id^=quote-]').innerText";
    let quote = window.js(quote).await;
    let quote = quote.as_str().expect("a text");
    assert!(quote.contains(SEEN), "{quote}");
    window.goto("/messages?q=plum").await;
    let result = "document.querySelector('.result__text')?.innerText ?? ''";
    window
        .wait(
            "the rendered text",
            &format!("({result}).replace(/\\s+/g, ' ').includes('{SEEN}')"),
        )
        .await;
    let text = window.js(result).await;
    let text = text.as_str().expect("a text");
    assert!(
        !text.contains("**") && !text.contains('`') && !text.contains("~~"),
        "{text}"
    );
    let marked = "document.querySelector('.result__text mark').textContent";
    assert_eq!(window.js(marked).await, "plum");
    window.end().await;
}

#[tokio::test]
async fn a_search_begins_in_the_room_and_is_widened_and_filtered_with_one_click() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let bob = Account::register(&server, "bob").await;
    let room = create_room(&ada, "design", "open", &["bob"]).await;
    ada.say(room, "a plum in the room").await;
    bob.say(room, "a plum of bob https://example.com/").await;
    ada.post("a plum in the Lobby").await;
    let window = log_in(&server, "ada", WindowOptions::default()).await;
    window.goto(&format!("/rooms/{room}")).await;
    window.click(".room__search").await;
    window
        .wait("the search page", "location.pathname === '/messages'")
        .await;
    let words = "document.getElementById('q').value";
    assert_eq!(
        window.js(words).await.as_str().map(str::trim),
        Some("in:\"design\"")
    );
    window.type_into("#q", &format!(" plum{ENTER}")).await;
    let found =
        "[...document.querySelectorAll('.result__text')].map(text => text.innerText.trim())";
    let both = json!(["a plum of bob https://example.com/", "a plum in the room"]);
    window.wait_for_value(found, both.clone()).await;
    let authors =
        "[...document.querySelectorAll('.result__header b')].map(name => name.textContent)";
    assert_eq!(window.js(authors).await, json!(["bob", "ada"]));
    let chip = |label: &str| {
        format!(
            "[...document.querySelectorAll('.filters .chip')].find(chip => chip.firstChild.textContent.trim() === '{label}')"
        )
    };
    for (label, expected) in [
        ("From me", json!(["a plum in the room"])),
        ("Has a link", json!(["a plum of bob https://example.com/"])),
    ] {
        for (is_active, expected) in [(true, expected), (false, both.clone())] {
            window.js(&format!("{}.click() ?? true", chip(label))).await;
            window.wait_for_value(found, expected).await;
            let current = format!("{}.hasAttribute('aria-current')", chip(label));
            assert_eq!(window.js(&current).await, json!(is_active), "{label}");
        }
    }
    window.click("#q").await;
    window.js("document.getElementById('q').value = ''").await;
    window.type_into("#q", &format!("plum{ENTER}")).await;
    window
        .wait_for_value(&format!("{found}.length"), json!(3))
        .await;
    let scopes =
        "[...document.querySelectorAll('.scopes .chip')].map(chip => chip.getAttribute('href'))";
    let expected = ["/messages?q=plum", "/rooms?q=plum", "/people?q=plum"];
    assert_eq!(window.js(scopes).await, json!(expected));
    window.end().await;
}

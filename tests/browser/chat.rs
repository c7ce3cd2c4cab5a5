//! Registration, messages, presence, reloads, several tabs, keyboard use and logging out.

use serde_json::{Value, json};

use crate::harness::account::PASSWORD;
use crate::harness::server::Server;
use crate::window::{COMPOSER, ENTER, TAB, Window, WindowOptions, quoted};

#[tokio::test]
async fn two_users_exchange_messages_and_see_each_other_online() {
    let server = Server::start();
    let ada = Window::register(&server.origin(), "ada", WindowOptions::default()).await;
    ada.wait_for_connection("open").await;
    ada.wait_for_online(&["ada"]).await;
    let bob = Window::register(&server.origin(), "bob", WindowOptions::default()).await;
    ada.wait_for_online(&["ada", "bob"]).await;
    bob.wait_for_online(&["ada", "bob"]).await;
    assert_eq!(
        ada.js("document.querySelector('.message--system')").await,
        Value::Null,
        "no line about a user who was not away for long"
    );

    ada.send_message("hello bob").await;
    bob.wait_for_message("hello bob").await;
    bob.send_message("hello ada").await;
    bob.send_message("how are you?").await;
    ada.wait_for_messages(&["hello bob", "hello ada", "how are you?"])
        .await;
    bob.wait_for_messages(&["hello bob", "hello ada", "how are you?"])
        .await;
    ada.wait_until_sent().await;
    assert_eq!(ada.draft().await, "", "the composer is empty after sending");
    assert_eq!(
        ada.js("document.activeElement.name").await,
        "body",
        "the composer keeps the focus after sending"
    );

    let gradient = |own: &str| {
        format!(
            "getComputedStyle(document.querySelector('.message[data-author=\"' + document.getElementById('room').dataset.user + '\"] .message__body')).backgroundImage.includes('gradient') === {own}"
        )
    };
    assert_eq!(
        ada.js(&gradient("true")).await,
        true,
        "own messages have the gradient background"
    );
    let others = "[...document.querySelectorAll('.message')].filter(m => m.dataset.author !== document.getElementById('room').dataset.user).every(m => !getComputedStyle(m.querySelector('.message__body')).backgroundImage.includes('gradient'))";
    assert_eq!(
        ada.js(others).await,
        true,
        "messages of others have no gradient"
    );

    bob.end().await;
    ada.wait_for_online(&["ada"]).await;
    assert_eq!(
        ada.js("document.querySelector('.message--system')").await,
        Value::Null,
        "no line about a user who left a moment ago"
    );
    ada.end().await;
}

#[tokio::test]
async fn a_reload_keeps_the_session_and_the_draft() {
    let server = Server::start();
    let ada = Window::register(&server.origin(), "ada", WindowOptions::default()).await;
    ada.send_message("before").await;
    ada.wait_until_sent().await;
    ada.type_draft("half a sentence").await;
    ada.reload().await;
    ada.wait_for("#composer").await;
    assert_eq!(ada.draft().await, "half a sentence");
    ada.wait_for_messages(&["before"]).await;
    ada.wait_for_connection("open").await;
    ada.send_message(" and the rest").await;
    ada.wait_for_messages(&["before", "half a sentence and the rest"])
        .await;
    ada.reload().await;
    ada.wait_for("#composer").await;
    assert_eq!(ada.draft().await, "", "a sent draft is deleted");
    ada.wait_for_messages(&["before", "half a sentence and the rest"])
        .await;
    ada.end().await;
}

#[tokio::test]
async fn logging_out_logs_out_every_tab() {
    let server = Server::start();
    let ada = Window::register(&server.origin(), "ada", WindowOptions::default()).await;
    let first = ada.current_tab().await;
    let second = ada.new_tab().await;
    ada.goto("/rooms/1").await;
    ada.wait_for_connection("open").await;
    ada.switch_to_tab(&first).await;
    ada.click("#menu-me summary").await;
    ada.click("form[action='/logout'] button").await;
    ada.wait("the login page", "location.pathname === '/login'")
        .await;
    ada.switch_to_tab(&second).await;
    ada.wait(
        "the login page in the other tab",
        "location.pathname === '/login'",
    )
    .await;
    ada.fill("username", "ada").await;
    ada.fill("password", PASSWORD).await;
    ada.click("form[action='/login'] .button--primary").await;
    ada.wait_for_connection("open").await;
    ada.end().await;
}

#[tokio::test]
async fn two_tabs_of_one_user_show_the_same_messages() {
    let server = Server::start();
    let ada = Window::register(&server.origin(), "ada", WindowOptions::default()).await;
    let first = ada.current_tab().await;
    ada.send_message("from the first tab").await;
    ada.wait_until_sent().await;
    let second = ada.new_tab().await;
    ada.goto("/rooms/1").await;
    ada.wait_for_connection("open").await;
    ada.wait_for_online(&["ada"]).await;
    ada.send_message("from the second tab").await;
    ada.wait_for_messages(&["from the first tab", "from the second tab"])
        .await;
    ada.wait_until_sent().await;
    ada.switch_to_tab(&first).await;
    ada.wait_for_messages(&["from the first tab", "from the second tab"])
        .await;
    ada.send_message("and from the first").await;
    ada.switch_to_tab(&second).await;
    ada.wait_for_messages(&[
        "from the first tab",
        "from the second tab",
        "and from the first",
    ])
    .await;
    ada.end().await;
}

#[tokio::test]
async fn a_hidden_tab_counts_unread_messages_in_its_title() {
    let server = Server::unlimited();
    let ada = Window::register(&server.origin(), "ada", WindowOptions::default()).await;
    ada.wait_for_connection("open").await;
    let first = ada.current_tab().await;
    let title = ada.js("document.title").await;
    let blank = ada.new_tab().await;
    let bob = crate::harness::account::Account::register(&server, "bob").await;
    bob.post_many("knock", 3).await;
    ada.cdp("Target.getTargets", json!({})).await;
    let targets = ada.cdp("Target.getTargets", json!({})).await;
    assert!(
        targets["targetInfos"]
            .as_array()
            .is_some_and(|list| list.len() >= 2)
    );
    crate::harness::wait_for("the unread count in the title", async || {
        let targets = ada.cdp("Target.getTargets", json!({})).await;
        let titles = targets["targetInfos"]
            .as_array()
            .expect("the targets are an array")
            .clone();
        titles
            .iter()
            .any(|one| {
                one["title"]
                    .as_str()
                    .is_some_and(|title| title.starts_with("(3) "))
            })
            .then_some(())
    })
    .await;
    ada.switch_to_tab(&first).await;
    ada.wait_for_messages(&["knock 1", "knock 2", "knock 3"])
        .await;
    ada.wait_for_value("document.title", title).await;
    ada.switch_to_tab(&blank).await;
    ada.switch_to_tab(&first).await;
    ada.end().await;
}

#[tokio::test]
async fn registering_posting_and_logging_out_work_with_the_keyboard_alone() {
    let server = Server::start();
    crate::harness::account::Account::register(&server, "bob").await;
    let ada = Window::open(&server.origin(), WindowOptions::default()).await;
    ada.goto("/login").await;
    tab_to(
        &ada,
        "document.activeElement.getAttribute('href') === '/register'",
    )
    .await;
    assert_focus_ring(&ada).await;
    ada.press(&[ENTER]).await;
    ada.wait("the registration page", "location.pathname === '/register'")
        .await;
    tab_to(&ada, "document.activeElement.name === 'username'").await;
    ada.press(&"ada".chars().collect::<Vec<_>>()).await;
    tab_to(&ada, "document.activeElement.name === 'password'").await;
    ada.press(&PASSWORD.chars().collect::<Vec<_>>()).await;
    ada.press(&[ENTER]).await;
    ada.wait_for_connection("open").await;

    tab_to(
        &ada,
        &format!(
            "document.activeElement === document.querySelector({})",
            quoted(COMPOSER)
        ),
    )
    .await;
    ada.press(&['h', 'i']).await;
    ada.press(&[ENTER]).await;
    ada.wait_for_messages(&["hi"]).await;
    ada.cdp(
        "Input.dispatchKeyEvent",
        json!({"type": "keyDown", "key": "a", "text": "a"}),
    )
    .await;
    for kind in ["keyDown", "keyUp"] {
        let enter = json!({"type": kind, "key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13, "modifiers": 8, "text": "\r"});
        ada.cdp("Input.dispatchKeyEvent", enter).await;
    }
    ada.press(&['b']).await;
    assert_eq!(
        ada.draft().await,
        "a\nb",
        "Shift+Enter inserts a line break"
    );
    ada.press(&[ENTER]).await;
    ada.wait_for_messages(&["hi", "a\nb"]).await;

    tab_to(&ada, "document.activeElement.matches('#menu-me summary')").await;
    assert_focus_ring(&ada).await;
    ada.press(&[ENTER]).await;
    tab_to(
        &ada,
        "document.activeElement.closest('form')?.getAttribute('action') === '/logout'",
    )
    .await;
    assert_focus_ring(&ada).await;
    ada.press(&[ENTER]).await;
    ada.wait("the login page", "location.pathname === '/login'")
        .await;
    ada.end().await;
}

/// Presses Tab until the focused element fulfils a condition.
async fn tab_to(window: &Window, condition: &str) {
    for _ in 0..30 {
        if window.js(condition).await == true {
            return;
        }
        window.press(&[TAB]).await;
    }
    panic!("30 Tab keys did not reach {condition}");
}

/// Asserts that the focused element has a visible focus indicator.
async fn assert_focus_ring(window: &Window) {
    let visible = "(s => s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2 || s.boxShadow !== 'none')(getComputedStyle(document.activeElement))";
    assert_eq!(window.js(visible).await, true, "the focus is not visible");
}

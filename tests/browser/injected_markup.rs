//! Markup in messages and usernames is shown as text.

use crate::harness::account::{Account, PASSWORD};
use crate::harness::server::Server;
use crate::window::{Window, WindowOptions};

/// Texts that would run a script, insert elements or swap a part of the page if they were not escaped.
const HOSTILE_TEXTS: [&str; 8] = [
    "<script>window.trapped = 1</script>",
    "<img src=x onerror='window.trapped = 1'>",
    "\"><svg onload=window.trapped=1>",
    "</article></div><h1 id=\"planted\">planted</h1>",
    "<hx-partial hx-target=\"#presence\" hx-swap=\"innerHTML\">gone</hx-partial>",
    "<button hx-get=\"/logout\" hx-trigger=\"load\">x</button>",
    "javascript:window.trapped=1",
    "https://example.com/\"onmouseover=\"window.trapped=1",
];

#[tokio::test]
async fn markup_in_messages_stays_text() {
    let server = Server::start();
    let bob = Account::register(&server, "bob").await;
    let ada = Window::register(&server.origin(), "ada", WindowOptions::default()).await;
    ada.wait_for_connection("open").await;
    for text in HOSTILE_TEXTS {
        bob.post(text).await;
    }
    ada.wait_for_messages(&HOSTILE_TEXTS).await;
    assert_unharmed(&ada).await;
    ada.send_message("<b onclick=alert(1)>mine</b>").await;
    ada.wait_for_message("<b onclick=alert(1)>mine</b>").await;
    ada.wait_until_sent().await;
    ada.reload().await;
    ada.wait_for_connection("open").await;
    ada.wait_for_message(HOSTILE_TEXTS[0]).await;
    assert_unharmed(&ada).await;
    ada.end().await;
}

#[tokio::test]
async fn a_refused_username_with_markup_is_shown_as_text() {
    let server = Server::start();
    Account::register(&server, "joan").await; // a server without accounts leads to its setup
    let mut ada = Window::open(&server.origin(), WindowOptions::default()).await;
    ada.expect_log("the server responded with a status of 4");
    for (path, name) in [
        ("/register", HOSTILE_TEXTS[2]),
        ("/login", HOSTILE_TEXTS[1]),
    ] {
        ada.goto(path).await;
        ada.fill("username", name).await;
        ada.fill("password", PASSWORD).await;
        ada.click(&format!("form[action='{path}'] .button--primary"))
            .await;
        ada.wait_for("[role=alert]").await;
        assert_eq!(
            ada.js("document.querySelector('[name=username]').value")
                .await,
            name
        );
        assert_eq!(ada.js("window.trapped === undefined && !document.querySelector('svg[onload], img[onerror]')").await, true);
    }
    ada.end().await;
}

/// Asserts that no script ran and that no message inserted elements or changed the page.
async fn assert_unharmed(window: &Window) {
    assert_eq!(
        window.js("window.trapped === undefined").await,
        true,
        "a script of a message ran"
    );
    let inserted = "document.querySelectorAll('#planted, #messages script, #messages svg, #messages [hx-get], #messages [onerror], #messages [onclick], #messages [onmouseover]').length";
    assert_eq!(window.js(inserted).await, 0, "a message inserted elements");
    window.wait_for_online(&["ada"]).await;
    assert_eq!(window.path().await, "/rooms/1");
}

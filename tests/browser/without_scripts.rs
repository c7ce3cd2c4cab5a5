//! Registration, messages and history without scripts.

use crate::harness::account::{Account, PASSWORD};
use crate::harness::server::Server;
use crate::window::{ENTER, Window, WindowOptions};

#[tokio::test]
async fn without_scripts_everything_but_live_updates_works() {
    let server = Server::unlimited();
    let bob = Account::register(&server, "bob").await;
    let mut ada = Window::open(&server.origin(), WindowOptions::without_scripts()).await;
    ada.expect_log("the server responded with a status of 4");
    ada.goto("/login").await;
    ada.click("nav a[href='/register']").await;
    ada.wait("the registration page", "location.pathname === '/register'")
        .await;
    ada.fill("username", "ada").await;
    ada.fill("password", "short").await;
    ada.click("form[action='/register'] .button--primary").await;
    ada.wait_for("[role=alert]").await;
    assert_eq!(
        ada.js("document.querySelector('[name=username]').value")
            .await,
        "ada",
        "the form keeps the username"
    );
    ada.fill("password", PASSWORD).await;
    ada.click("form[action='/register'] .button--primary").await;
    ada.wait_for("#composer").await;
    ada.assert_fits().await;

    ada.type_draft("written without scripts").await;
    ada.click("#composer .composer__send").await;
    ada.wait_for_messages(&["written without scripts"]).await;
    assert_eq!(ada.draft().await, "");
    assert_eq!(bob.history().await.len(), 1);

    ada.click("a[href='/rooms/1?watch=1']").await;
    ada.wait(
        "the page that refreshes itself",
        "location.search === '?watch=1'",
    )
    .await;
    bob.post("and an answer").await;
    ada.wait_for_message("and an answer").await;
    assert_eq!(
        ada.js("document.querySelector('textarea') === null").await,
        true,
        "a page that refreshes itself has no text to lose"
    );
    ada.click("footer a[href='/rooms/1']").await;
    ada.wait_for("#composer").await;
    assert_eq!(
        ada.js("document.querySelector('meta[http-equiv=refresh]') === null")
            .await,
        true,
        "a page with a message box does not refresh itself"
    );
    ada.type_draft("half a thought").await;
    bob.post("meanwhile").await;
    ada.click("button[formaction='/rooms/1/draft']").await;
    ada.wait_for_message("meanwhile").await;
    assert_eq!(
        ada.draft().await,
        "half a thought",
        "a refresh keeps the text"
    );

    ada.goto("/rooms/1").await;
    ada.type_draft(&format!("two{ENTER}lines")).await;
    ada.click("#composer .composer__send").await;
    ada.wait_for_message("two\nlines").await;

    bob.post_many("number", 60).await;
    ada.goto("/rooms/1").await;
    // WebDriver cannot scroll to elements above the start of a reversed scroll container.
    ada.js("document.querySelector('.older a').scrollIntoView()")
        .await;
    ada.click(".older a").await;
    ada.wait_for_message("written without scripts").await;
    assert!(
        !ada.texts().await.contains(&"number 60".to_string()),
        "the page shows older messages only"
    );
    ada.goto("/rooms/1").await;
    ada.wait_for_message("number 60").await;

    ada.click("#menu-me summary").await;
    ada.click("form[action='/logout'] button").await;
    ada.wait("the login page", "location.pathname === '/login'")
        .await;
    ada.fill("username", "ada").await;
    ada.fill("password", PASSWORD).await;
    ada.click("form[action='/login'] .button--primary").await;
    ada.wait_for_message("number 60").await;
    ada.end().await;
}

#[tokio::test]
async fn without_scripts_a_refused_message_stays_in_the_composer() {
    let server = Server::unlimited();
    let mut ada = Window::register(&server.origin(), "ada", WindowOptions::without_scripts()).await;
    ada.expect_log("the server responded with a status of 422");
    ada.goto("/rooms/1").await;
    let long = "x".repeat(10_001);
    ada.paste(&long).await;
    ada.click("#composer .composer__send").await;
    ada.wait_for("[role=alert]").await;
    assert_eq!(ada.draft().await, long);
    assert_eq!(
        ada.js("document.querySelector('meta[http-equiv=refresh]') === null")
            .await,
        true,
        "no automatic refresh discards the text"
    );
    ada.end().await;
}

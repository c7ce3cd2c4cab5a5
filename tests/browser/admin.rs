//! The first run, the settings of the server, and custom CSS that hides the page.

use serde_json::json;

use crate::axe::{self, Rules, emulate, violations};
use crate::harness::account::{Account, PASSWORD};
use crate::harness::server::Server;
use crate::window::{Window, WindowOptions};

/// Name of the app in the sidebar.
const LOGO: &str = "document.querySelector('.sidebar-panel .logo').textContent.trim()";

#[tokio::test]
async fn the_first_visit_is_a_setup_that_leads_to_the_first_room() {
    for options in [WindowOptions::default(), WindowOptions::without_scripts()] {
        let server = Server::start();
        let mut ada = Window::open(&server.origin(), options).await;
        ada.expect_log("the server responded with a status of 422");
        ada.goto("/").await;
        ada.wait("the setup", "location.pathname === '/setup'")
            .await;
        ada.assert_fits().await;
        ada.fill("name", "Math Club").await;
        ada.fill("username", "ada").await;
        ada.fill("password", "short").await;
        ada.click("input[value='invitation']").await;
        ada.click("form[action='/setup'] .button--primary").await;
        ada.wait_for("#password-error").await;
        ada.fill("password", PASSWORD).await;
        ada.click("form[action='/setup'] .button--primary").await;
        ada.wait_for("#composer").await;
        ada.wait_for_value("document.title", json!("Lobby · Math Club"))
            .await;
        ada.wait_for_value(LOGO, json!("Math Club")).await;
        let account = Account::log_in(&server, "ada").await;
        let settings = account.get("/admin/settings").await.expect(200).json();
        assert_eq!(settings["registration"], "invitation");
        ada.end().await;
    }
}

#[tokio::test]
async fn the_setup_passes_axe() {
    let code = [
        "--trusted-proxies",
        "192.0.2.1",
        "--setup-code",
        "open-sesame-42",
    ];
    let server = Server::start_with(&code);
    let mut window = Window::open(&server.origin(), WindowOptions::default()).await;
    window.expect_log("the server responded with a status of 422");
    axe::load(&window).await;
    window.goto("/login").await;
    window.fill("code", "wrong").await;
    window.fill("name", "Math Club").await;
    window.fill("username", "ada").await;
    window.fill("password", PASSWORD).await;
    for (width, scheme) in [(1280, "light"), (390, "dark")] {
        emulate(&window, width, scheme).await;
        let found = violations(&window, Rules::All).await;
        assert!(found.is_empty(), "{found:#?}");
        window.click("form[action='/setup'] .button--primary").await;
        window.wait_for("#code-error").await;
        window.assert_fits().await;
        window.fill("password", PASSWORD).await;
    }
    window.end().await;
}

#[tokio::test]
async fn an_admin_whose_css_hides_the_page_mends_it_in_safe_mode() {
    let server = Server::unlimited();
    Account::register(&server, "ada").await;
    let ada = Window::log_in(&server.origin(), "ada", WindowOptions::default()).await;
    ada.click("#menu-me summary").await;
    ada.click("#menu-me a[href='/admin']").await;
    ada.click("#main a[href='/admin/settings']").await;
    ada.wait_for("#custom_css").await;
    let css = ".page, .room, .sidebar-panel { display: none !important }";
    ada.type_into("#custom_css", css).await;
    ada.click("#custom-css .button--primary").await;
    let is_shown = "document.getElementById('main').checkVisibility()";
    ada.wait("the page after saving", "location.search === '?saved=1'")
        .await;
    ada.wait_for_value(is_shown, json!(false)).await;
    ada.goto("/safe").await;
    ada.wait("the settings", "location.pathname === '/admin/settings'")
        .await;
    ada.wait_for_value(is_shown, json!(true)).await;
    ada.wait_for_value("document.getElementById('custom_css').value", json!(css))
        .await;
    ada.goto("/rooms/1").await;
    ada.wait_for_value(is_shown, json!(true)).await;
    ada.goto("/admin/settings").await;
    ada.run("document.getElementById('custom_css').value = ''")
        .await;
    ada.click("#custom-css .button--primary").await;
    ada.wait("the page after saving", "location.search === '?saved=1'")
        .await;
    ada.click("form[action='/safe'] button").await;
    ada.wait(
        "safe mode ends",
        "!document.querySelector('form[action=\"/safe\"]')",
    )
    .await;
    ada.wait_for_value(is_shown, json!(true)).await;
    ada.end().await;
}

#[tokio::test]
async fn an_accent_color_is_used_in_both_themes() {
    let server = Server::unlimited();
    let admin = Account::register(&server, "ada").await;
    let look = json!({"accent": "#0b6b3a", "name": "Math Club"});
    admin
        .send("PATCH", "/admin/settings", &look)
        .await
        .expect(200);
    let ada = Window::log_in(&server.origin(), "ada", WindowOptions::default()).await;
    axe::load(&ada).await;
    ada.goto("/rooms/1").await;
    admin.post("own message with https://example.com").await;
    ada.wait_for_message("own message with https://example.com")
        .await;
    for scheme in ["light", "dark"] {
        emulate(&ada, 1280, scheme).await;
        let paint = ada
            .js("getComputedStyle(document.documentElement).getPropertyValue('--gradient')")
            .await;
        assert!(paint.to_string().contains("#0b6b3a"), "{scheme}: {paint}");
        let found = violations(&ada, Rules::Colours).await;
        assert!(found.is_empty(), "{scheme}: {found:#?}");
    }
    ada.end().await;
}

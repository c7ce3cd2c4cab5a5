//! The account: second factor with a code computed from the page, and passkeys with a virtual authenticator.

use serde_json::json;

use crate::harness::account::PASSWORD;
use crate::harness::one_time_codes::code;
use crate::harness::server::Server;
use crate::window::{Window, WindowOptions};

/// Origin of a server as browsers need it for passkeys, which have no IP addresses.
fn localhost(server: &Server) -> String {
    format!("http://localhost:{}", server.address().port())
}

/// Adds an authenticator that has a screen lock and a user who consents.
async fn add_authenticator(window: &Window) {
    let authenticator = json!({
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": true,
        "hasUserVerification": true,
        "isUserConsenting": true,
        "isUserVerified": true,
    });
    window
        .webdriver("webauthn/authenticator", authenticator)
        .await;
}

async fn log_out(window: &Window) {
    window
        .run("return fetch('/logout', { method: 'POST' }).then(() => true)")
        .await;
}

/// Sends the password as the form does. The log-in page would log in with the passkey by itself, because the user of
/// the authenticator consents to everything.
async fn submit_password(window: &Window) {
    let script = "return fetch('/login', { method: 'POST', body: new URLSearchParams(arguments[0]) }).then(() => true)";
    let account = json!({"username": "ada", "password": PASSWORD});
    window.run_with(script, account).await;
}

#[tokio::test]
async fn a_second_factor_is_set_up_and_asked_for_without_scripts() {
    let server = Server::unlimited();
    let window = Window::register(&server.origin(), "ada", WindowOptions::without_scripts()).await;
    window.click("#menu-me summary").await;
    window.click("#menu-me a[href='/account']").await;
    window
        .click("form[action='/account/second-factor'] button")
        .await;
    window.wait_for(".qr-code path").await;
    let secret = window
        .js("document.querySelector('.secret-key').textContent")
        .await;
    let secret = secret.as_str().expect("a text").replace(' ', "");
    window.type_into("#code", &code(&secret, 0)).await;
    window
        .click("form[action$='/confirmation'] .button--primary")
        .await;
    window.wait_for(".recovery-codes").await;
    let recovery = window
        .js("document.querySelector('.recovery-codes code').textContent")
        .await;
    window.click(".page__body .button--primary").await;
    window
        .wait_for("form[action='/account/second-factor/removal']")
        .await;
    window.click("#menu-me summary").await;
    window.click("form[action='/logout'] button").await;
    window.wait_for("form[action='/login']").await;
    window.fill("username", "ada").await;
    window.fill("password", PASSWORD).await;
    window.click("form[action='/login'] .button--primary").await;
    window.wait_for("#recovery-code").await;
    window.click("summary").await;
    let recovery = recovery.as_str().expect("a code");
    window.type_into("#recovery-code", recovery).await;
    window.click("details .button").await;
    window.wait_for("#composer").await;
    window.end().await;
}

#[tokio::test]
async fn a_passkey_is_added_and_logs_in_alone_and_after_the_password() {
    let server = Server::unlimited();
    let window = Window::register(&localhost(&server), "ada", WindowOptions::default()).await;
    add_authenticator(&window).await;
    window.goto("/account").await;
    window
        .wait(
            "the form",
            "!document.querySelector('form[data-passkey]').hidden",
        )
        .await;
    window.click("form[data-passkey] button").await;
    window
        .wait_for("form[action$='/removal'] [aria-label^='Remove Chrome']")
        .await;
    // A second one on the same device is refused by the browser.
    window.click("form[data-passkey] button").await;
    let refused = "document.querySelector('form[data-passkey] .error span').textContent";
    window
        .wait(
            "the reason",
            &format!("{refused}.includes('already has a passkey')"),
        )
        .await;
    log_out(&window).await;
    window.goto("/login").await;
    // The suggestion in the username box is accepted at once, because this user consents to everything.
    window.wait_for("#composer").await;

    window.goto("/account").await;
    window
        .click("form[action='/account/second-factor'] button")
        .await;
    let secret = window
        .js("document.querySelector('.secret-key').textContent")
        .await;
    let secret = secret.as_str().expect("a text").replace(' ', "");
    window.type_into("#code", &code(&secret, 0)).await;
    window
        .click("form[action$='/confirmation'] .button--primary")
        .await;
    window.wait_for(".recovery-codes").await;
    log_out(&window).await;
    submit_password(&window).await;
    window.goto("/login/code").await;
    window
        .wait(
            "the button",
            "!document.querySelector('form[data-passkey]').hidden",
        )
        .await;
    window.click("form[data-passkey] button").await;
    window.wait_for("#composer").await;
    window.end().await;
}

#[tokio::test]
async fn pages_without_passkeys_say_why() {
    let server = Server::unlimited();
    let window = Window::register(&localhost(&server), "ada", WindowOptions::default()).await;
    window.goto("/account").await;
    window
        .wait(
            "the form",
            "!document.querySelector('form[data-passkey]').hidden",
        )
        .await;
    // Closing the browser's dialog, which has no page that a test could click.
    let refuse = "navigator.credentials.create = () => Promise.reject(new DOMException('', 'NotAllowedError')); return true";
    window.run(refuse).await;
    window.click("form[data-passkey] button").await;
    let reason = "document.querySelector('form[data-passkey] .error span').textContent";
    window
        .wait(
            "the reason",
            &format!("{reason}.includes('No passkey was used')"),
        )
        .await;
    window.end().await;
    // Over HTTP, browsers have passkeys on localhost only.
    let server = Server::start_on("0.0.0.0:0", &["--limits", "off"]);
    let origin = format!("http://chat.test:{}", server.address().port());
    let mut window = Window::register(&origin, "ada", WindowOptions::default()).await;
    window.expect_log("The Cross-Origin-Opener-Policy header has been ignored");
    window.goto("/account").await;
    window
        .wait(
            "the form is hidden",
            "document.querySelector('form[data-passkey]').hidden",
        )
        .await;
    let note = "document.querySelector('[data-without-passkeys]').checkVisibility()";
    window.wait("the note", note).await;
    window.end().await;
}

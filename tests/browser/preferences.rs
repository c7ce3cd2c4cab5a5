//! Preferences: theme, density and the format of times, on every device and without scripts.

use serde_json::json;

use crate::harness::account::Account;
use crate::harness::server::Server;
use crate::rooms::{log_in, post_in};
use crate::window::{Window, WindowOptions};

#[tokio::test]
async fn preferences_apply_on_every_device_with_and_without_scripts() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let name = json!({"display_name": "Ada Lovelace"});
    ada.send("PATCH", "/profile", &name).await.expect(200);
    post_in(&ada, 1, "hello").await;
    let plain = Window::open(&server.origin(), WindowOptions::without_scripts()).await;
    plain.goto("/login").await;
    plain.fill("username", "ada").await;
    plain
        .fill("password", crate::harness::account::PASSWORD)
        .await;
    plain.click("form[action='/login'] .button--primary").await;
    plain.wait_for("#composer").await;
    // The own name opens a menu, which leads to the preferences.
    plain.click("#menu-me summary").await;
    plain.click("#menu-me a[href='/preferences']").await;
    for choice in ["dark", "compact", "24"] {
        plain.click(&format!("input[value='{choice}']")).await;
    }
    plain.click("form[action='/preferences'] button").await;
    plain.wait_for("[role=status].search__note").await;
    // Another device, with scripts.
    let window = log_in(&server, "ada", WindowOptions::default()).await;
    window.wait_for_connection("open").await;
    let body = "getComputedStyle(document.querySelector('#messages .message__body'))";
    let paper = "getComputedStyle(document.body).backgroundColor";
    for each in [&plain, &window] {
        each.goto("/rooms/1").await;
        each.wait_for("#messages .message").await;
        each.wait_for_value(&format!("{body}.borderTopWidth"), json!("0px"))
            .await;
        each.wait_for_value(paper, json!("rgb(21, 19, 27)")).await;
        // The name stands before the text, on the same line.
        let line = "((a, b) => Math.abs(a.top - b.top) < 8 && a.right <= b.left)(document.querySelector('#messages .message__author').getBoundingClientRect(), document.querySelector('#messages .message__body').getBoundingClientRect())";
        each.wait("name and text in a line", line).await;
        let height = "document.querySelector('#messages .message').offsetHeight < 45";
        each.wait("a message of one line", height).await;
    }
    let clock = "document.querySelector('#messages .message__time time').textContent";
    window
        .wait_for_value(&format!("/^\\d\\d:\\d\\d$/.test({clock})"), json!(true))
        .await;
    for (chosen, pattern) in [
        ("12", r"^\d{1,2}:\d\d [AP]M$"),
        ("locale", r"^[1-9]\d?:\d\d [AP]M$"),
    ] {
        ada.send(
            "PATCH",
            "/preferences",
            &json!({"clock": chosen, "theme": "light"}),
        )
        .await
        .expect(200);
        window.reload().await;
        window
            .wait(
                "the time",
                &format!("/{pattern}/.test({clock}.replace('\\u202f', ' '))"),
            )
            .await;
        window
            .wait_for_value(paper, json!("rgb(251, 251, 253)"))
            .await;
    }
    for each in [plain, window] {
        each.end().await;
    }
}

#[tokio::test]
async fn times_have_one_format_in_every_place_and_no_leading_zero_in_english() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let id = post_in(&ada, 1, "one @ada text").await;
    let path = format!("/rooms/1/messages/{id}");
    ada.send("POST", &format!("{path}/thread"), &json!({"body": "reply"}))
        .await
        .expect(201);
    ada.send("PUT", &format!("{path}/saved"), &json!({}))
        .await
        .expect(204);
    ada.send("PATCH", &path, &json!({"body": "two @ada text"}))
        .await
        .expect(200);
    let window = log_in(&server, "ada", WindowOptions::default()).await;
    let places = [
        ("/rooms/1", "#messages .message__time time"),
        ("/rooms/1", "#messages .message__thread time"),
        ("/saved", ".message-cards time"),
        ("/messages?q=text", ".result time"),
        (&format!("{path}/edits"), ".version time"),
    ];
    for (place, selector) in places {
        window.goto(place).await;
        let wait = format!("document.querySelector('{selector}')?.title");
        window.wait(place, &wait).await;
        let same = format!(
            "(e => e.textContent === new Intl.DateTimeFormat(undefined, {{ hour: 'numeric', minute: '2-digit' }}).format(new Date(e.dateTime)))(document.querySelector('{selector}'))"
        );
        window.wait(selector, &same).await;
    }
    // Another user's time of day is that of their time zone, and a day has the form of the reader's language.
    let bob = Account::register(&server, "bob").await;
    bob.send("PATCH", "/profile", &json!({"time_zone": "Asia/Kolkata"}))
        .await
        .expect(200);
    window.goto("/people/bob").await;
    let there = "new Intl.DateTimeFormat(undefined, { hour: 'numeric', minute: '2-digit', timeZone: 'Asia/Kolkata' })";
    let clock = "document.querySelector('.facts time[data-time-zone]').textContent";
    let is_now = format!("[0, -60000].some(ago => {there}.format(Date.now() + ago) === {clock})");
    window.wait("the time there", &is_now).await;
    let day = "(e => e.textContent === new Intl.DateTimeFormat(undefined, { dateStyle: 'long' }).format(new Date(e.dateTime)))(document.querySelector('.facts time[datetime]'))";
    window.wait("the day of the registration", day).await;
    window.end().await;
}

#[tokio::test]
async fn a_typed_password_can_be_shown_and_an_error_replaces_the_hint() {
    let server = Server::unlimited();
    let mut window = Window::open(&server.origin(), WindowOptions::default()).await;
    window.goto("/register").await;
    window.fill("username", "ada").await;
    window.fill("password", "short").await;
    window.click("[data-action=show-password]").await;
    window
        .wait_for_value("document.getElementById('password').type", json!("text"))
        .await;
    window.click("[data-action=show-password]").await;
    window
        .wait_for_value(
            "document.getElementById('password').type",
            json!("password"),
        )
        .await;
    window
        .click("form[action='/register'] .button--primary")
        .await;
    window.wait_for("#password-error").await;
    let hint = "document.getElementById('password-hint').checkVisibility()";
    assert_eq!(window.js(hint).await, false);
    let described = "document.getElementById('password').getAttribute('aria-describedby')";
    assert_eq!(window.js(described).await, "password-error");
    // The ring has the color of the error.
    let ring = "(s => s.outlineStyle !== 'none' && s.outlineColor === getComputedStyle(document.getElementById('password-error')).color)(getComputedStyle(document.getElementById('password')))";
    window.wait("the ring", ring).await;
    window.expect_log("400");
    window.expect_log("422");
    window.end().await;
}

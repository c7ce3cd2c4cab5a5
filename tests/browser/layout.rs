//! Layout of the pages in windows of many sizes: nothing is larger than the window, nothing covers what is read.

use serde_json::{Value, json};

use crate::harness::account::Account;
use crate::harness::server::Server;
use crate::message_actions::visible_tip;
use crate::rooms::{log_in, post_in};
use crate::window::{ESCAPE, Window, WindowOptions};

/// Paths that look different with many rooms.
const PATHS: [&str; 16] = [
    "/rooms/1",
    "/rooms/1/members",
    "/rooms/1/settings",
    "/rooms/1/pins",
    "/rooms",
    "/rooms/new",
    "/directs/new",
    "/mentions",
    "/threads",
    "/saved",
    "/people",
    "/preferences",
    "/admin",
    "/admin/settings",
    "/shortcuts",
    "/messages?q=text",
];
const WIDTHS: [u32; 4] = [320, 768, 1280, 1920];
/// JavaScript expression for how much larger the document is than the window; `null` if it is not.
const TOO_LARGE: &str = "(e => e.scrollHeight > innerHeight || e.scrollWidth > innerWidth ? [e.scrollWidth, e.scrollHeight, innerWidth, innerHeight] : null)(document.documentElement)";

async fn set_size(window: &Window, width: u32, height: u32) {
    let metrics =
        json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
    window
        .cdp("Emulation.setDeviceMetricsOverride", metrics)
        .await;
}

#[tokio::test]
async fn no_page_is_larger_than_the_window_with_3_or_300_rooms() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let bob = Account::register(&server, "bob").await;
    let window = log_in(&server, "ada", WindowOptions::default()).await;
    let mut made = 1;
    for rooms in [3, 300] {
        while made < rooms {
            made += 1;
            let id = ada.create_room(&format!("room {made}"), "closed").await;
            if made % 10 == 0 {
                ada.invite(id, "bob").await;
                bob.say(id, "text for @ada").await;
            }
        }
        for path in PATHS {
            window.goto(path).await;
            for width in WIDTHS {
                set_size(&window, width, 800).await;
                let expected = format!("{path} at {width} px with {rooms} rooms");
                window
                    .wait(&expected, &format!("{TOO_LARGE} === null"))
                    .await;
            }
        }
    }
    window.end().await;
}

#[tokio::test]
async fn help_confirmations_and_tips_cover_nothing_that_is_needed() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let id = post_in(&ada, 1, "a message").await;
    for who in ["bob", "grace"] {
        let other = Account::register(&server, who).await;
        let path = format!("/rooms/1/messages/{id}/reactions");
        other
            .send("POST", &path, &json!({"emoji": "🎉"}))
            .await
            .expect(200);
    }
    let path = format!("/rooms/1/messages/{id}/reactions");
    ada.send("POST", &path, &json!({"emoji": "🎉"}))
        .await
        .expect(200);
    let window = log_in(&server, "ada", WindowOptions::default()).await;
    window.wait_for_connection("open").await;
    let apart = |one: &str, other: &str| {
        format!(
            "((a, b) => a.width > 0 && b.width > 0 && (a.bottom <= b.top || b.bottom <= a.top || a.right <= b.left || b.right <= a.left))(document.querySelector('{one}').getBoundingClientRect(), document.querySelector('{other}').getBoundingClientRect())"
        )
    };
    for width in [1280, 390] {
        set_size(&window, width, 800).await;
        window.click("#formatting summary").await;
        window
            .wait(
                "formatting help beside the box",
                &apart(".formatting__box", "#composer"),
            )
            .await;
        window.click("#formatting summary").await;
    }
    set_size(&window, 1280, 800).await;
    // The tip is below the reactions and calls the user "You".
    window.move_to(".reaction").await;
    let opacity = "getComputedStyle(document.querySelector('.reaction__people')).opacity";
    window.wait_for_value(opacity, json!("1")).await;
    assert_eq!(visible_tip(&window).await, "You, bob and grace");
    let below = "(box => box('.reaction__people').top >= box('.reaction').bottom)(css => document.querySelector(css).getBoundingClientRect())";
    assert_eq!(window.js(below).await, true);
    // A confirmation is in the top layer and away from the messages.
    window
        .move_to(&format!("#message-{id} .message__body"))
        .await;
    window
        .press_mouse_on(".message__action[data-action=menu]")
        .await;
    window
        .press_mouse_on("#message-menu [data-action=save]")
        .await;
    window.wait_for("#toast:popover-open").await;
    assert_eq!(window.js(&apart("#toast", "#timeline")).await, true);
    // It is also above a dialog that opened before it.
    window
        .wait_for_value(
            "document.getElementById('toast').matches(':popover-open')",
            json!(false),
        )
        .await;
    window
        .move_to(&format!("#message-{id} .message__body"))
        .await;
    window
        .press_mouse_on(".message__action[data-action=menu]")
        .await;
    window.wait_for("#message-menu:popover-open").await;
    let choose_in_dialog = "
        const dialog = document.body.appendChild(document.createElement('dialog'));
        const toast = document.getElementById('toast');
        const show = toast.showPopover;
        toast.showPopover = () => {
          document.body.dataset.toastAbove = dialog.matches(':modal'); // what is shown later is above
          show.call(toast);
        };
        dialog.showModal();
        document.querySelector('#message-menu [data-action=save]').click();";
    window.run(choose_in_dialog).await;
    window.wait_for("#toast:popover-open").await;
    window
        .wait_for_value("document.body.dataset.toastAbove ?? null", json!("true"))
        .await;
    window.end().await;
}

#[tokio::test]
async fn the_box_is_in_line_with_the_messages_and_bubbles_use_the_column() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    ada.post_many("line", 40).await;
    ada.post(&"word ".repeat(120)).await;
    ada.post("```\nlet a = 1;\n```").await;
    let window = log_in(&server, "ada", WindowOptions::default()).await;
    window.wait_for_connection("open").await;
    let offset = "(m => (c => [c.left - m.left, c.right - m.right])(document.getElementById('composer').getBoundingClientRect()))(document.getElementById('messages').getBoundingClientRect())";
    for width in [390, 800, 1000, 1280, 1920] {
        set_size(&window, width, 700).await;
        let aligned = format!("{offset}.every(distance => Math.abs(distance) < 1)");
        window
            .wait(&format!("the box at {width} px"), &aligned)
            .await;
    }
    let share = |message: &str| {
        format!(
            "document.querySelector('#messages .message:nth-last-of-type({message}) .message__body').getBoundingClientRect().width / document.getElementById('messages').clientWidth"
        )
    };
    let (code, text) = (
        window.js(&share("1")).await.as_f64().expect("a number"),
        window.js(&share("2")).await.as_f64().expect("a number"),
    );
    assert!(code > 0.93, "code takes the column: {code}");
    assert!((0.7..=0.86).contains(&text), "a long text: {text}");
    window.end().await;
}

#[tokio::test]
async fn the_toolbar_leaves_the_time_of_a_message_in_a_thread_visible() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let bob = Account::register(&server, "bob").await;
    let id = post_in(&ada, 1, "first").await;
    let path = format!("/rooms/1/messages/{id}/thread");
    for account in [&ada, &ada, &bob, &bob] {
        let reply = json!({"body": "a reply that is long enough to fill more than one line of it"});
        account.send("POST", &path, &reply).await.expect(201);
    }
    let window = log_in(&server, "ada", WindowOptions::default()).await;
    window.goto(&path).await;
    window.wait_for_connection("open").await;
    let messages = window
        .js("[...document.querySelectorAll('#thread-panel .thread__replies .message')].map(m => m.id)")
        .await;
    let messages = messages.as_array().expect("an array").clone();
    assert_eq!(messages.len(), 4);
    for message in messages.iter().filter_map(Value::as_str) {
        window.move_to(&format!("#{message} .message__body")).await;
        window
            .wait_for(&format!("#{message} .message__actions"))
            .await;
        let apart = format!(
            "((a, b) => a.bottom <= b.top || b.bottom <= a.top || a.right <= b.left || b.right <= a.left)(document.querySelector('#{message} .message__actions').getBoundingClientRect(), document.querySelector('#{message} .message__time').getBoundingClientRect())"
        );
        window.wait(message, &apart).await;
    }
    window.press(&[ESCAPE]).await;
    window.end().await;
}

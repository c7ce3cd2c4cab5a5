//! Controls of all pages: a ring shows which one has the focus.

use serde_json::json;

use crate::harness::account::Account;
use crate::harness::server::Server;
use crate::rooms::log_in;
use crate::window::{TAB, Window, WindowOptions};

const PATHS: [&str; 18] = [
    "/rooms/1",
    "/rooms/1/members",
    "/rooms/1/settings",
    "/rooms/1/messages/1/thread",
    "/rooms",
    "/rooms/new",
    "/directs/new",
    "/mentions",
    "/threads",
    "/saved",
    "/people",
    "/people/ada",
    "/profile",
    "/preferences",
    "/admin",
    "/admin/settings",
    "/shortcuts",
    "/messages?q=text",
];

/// Focuses each visible control of the page and returns those that look the same as without the focus. A control may
/// show the focus on an element around it.
const WITHOUT_RING: &str = "
    const looks = (element) => {
      const all = [element, element.nextElementSibling, element.parentElement, element.closest('form, label')];
      return JSON.stringify(all.filter(Boolean).map((one) => {
        const style = getComputedStyle(one);
        const ring = style.outlineStyle === 'none' ? 0 : style.outlineWidth;
        return [ring, style.boxShadow, style.borderColor];
      }));
    };
    const controls = [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex=\"0\"]')];
    const isShown = (one) => one.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && !one.disabled && one.tabIndex >= 0;
    const found = [];
    for (const control of controls.filter(isShown)) {
      document.activeElement?.blur();
      const before = looks(control);
      control.focus({ preventScroll: true });
      if (document.activeElement !== control) continue;
      for (const animation of document.getAnimations()) animation.finish();
      if (looks(control) === before) found.push(control.outerHTML.slice(0, 150));
    }
    return found;";

async fn all_controls_show_the_focus(window: &Window, page: &str) {
    window.run("document.activeElement?.blur()").await;
    window.press(&[TAB]).await; // the focus is shown after a key
    assert_eq!(window.run(WITHOUT_RING).await, json!([]), "{page}");
}

#[tokio::test]
async fn every_control_shows_the_focus() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let bob = Account::register(&server, "bob").await;
    bob.post("text for @ada with https://example.com/").await;
    ada.answer((1, 1), "a reply").await;
    ada.create_room("another", "open").await;
    let window = log_in(&server, "ada", WindowOptions::default()).await;
    for path in PATHS {
        window.goto(path).await;
        all_controls_show_the_focus(&window, path).await;
    }
    window.end().await;
    let window = Window::open(&server.origin(), WindowOptions::default()).await;
    all_controls_show_the_focus(&window, "/login").await;
    window.end().await;
}

//! Random changes of a room while its windows lose their connections. In the end each window must show the same as a
//! freshly loaded page.
//!
//! More steps: `ORACLE_ROUNDS=100 cargo test --test browser oracle::`.

use std::time::Instant;

use serde_json::json;

use crate::harness::PATIENCE;
use crate::harness::account::Account;
use crate::harness::proxy::Proxy;
use crate::harness::random_changes::RandomChanges;
use crate::harness::server::{Server, UNLIMITED};
use crate::window::{Window, WindowOptions, pause};

/// Number of comparisons with a fresh page.
const ROUNDS: usize = 2;
/// Number of changes before each comparison.
const STEPS: usize = 150;
/// Number of steps after which the open threads of the windows are read again.
const THREAD_STEPS: usize = 10;
/// Number of messages missed during one outage, more than the server replays: it sends a link in their place.
const MISSED: usize = 260;
/// Number of changes missed during one outage, more than the server replays: it replaces the whole list.
const CHANGED: usize = 2_040;

const MARK_OLDEST: &str = "document.querySelector('#messages > .message').marked = true";
const IS_MARKED: &str =
    "[...document.querySelectorAll('#messages > .message')].some((one) => one.marked === true)";

/// Highest revision that a window shows.
const NEWEST_REV: &str = "Math.max(...[...document.querySelectorAll('#messages > .message')].map((one) => one.dataset.rev))";

/// Script that compares the messages of a window with those of a freshly loaded page and returns the differences,
/// newest first. It ignores attributes and times that scripts change, and older messages, which a fresh page lacks.
const DIFFERENCES: &str = r##"return (async () => {
    const response = await fetch(location.href, { headers: { Accept: "text/html" } });
    const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
    const normalized = (element) => {
        const copy = element.cloneNode(true);
        for (const one of [copy, ...copy.querySelectorAll("*")]) {
            for (const name of ["tabindex", "data-htmx-powered", "title"]) one.removeAttribute(name);
            if (one.matches("time")) one.textContent = "";
        }
        return copy.outerHTML;
    };
    const differences = [];
    let compared = 0;
    for (const css of ["#messages > .message", ".thread__column > .message", ".thread__replies > .message"]) {
        const expected = [...fresh.querySelectorAll(css)].map(normalized);
        const actual = [...document.querySelectorAll(css)].map(normalized).slice(-expected.length || Infinity);
        if (actual.length !== expected.length) differences.push(`${css}: ${actual.length} of ${expected.length}`);
        expected.forEach((html, at) => html !== actual[at] && differences.push(`${css}: ${actual[at]}\ninstead of\n${html}`));
        compared += expected.length;
    }
    const ids = [...document.querySelectorAll(".message")].map((one) => one.id);
    if (new Set(ids).size !== ids.length) differences.push("a message is duplicated");
    if (document.querySelector("#messages .gap")) differences.push("a gap is left");
    return compared ? differences.reverse().join("\n\n") : "the fresh page has no messages";
})()"##;

fn rounds() -> usize {
    let configured = std::env::var("ORACLE_ROUNDS").ok();
    configured
        .and_then(|count| count.parse().ok())
        .unwrap_or(ROUNDS)
}

struct RoomWindow {
    window: Window,
    proxy: Proxy,
    offline: bool,
}

impl RoomWindow {
    async fn open(server: &Server, name: &str, room: i64) -> RoomWindow {
        let proxy = Proxy::before(server.address()).await;
        let mut window = Window::log_in(&proxy.origin(), name, WindowOptions::default()).await;
        window.expect_outage();
        window.goto(&format!("/rooms/{room}")).await;
        window.wait_for_connection("open").await;
        RoomWindow {
            window,
            proxy,
            offline: false,
        }
    }

    fn set_offline(&mut self, offline: bool) {
        self.offline = offline;
        self.proxy.refuse_everything(offline);
    }

    async fn open_thread(&self, root: i64) {
        let open = format!(
            "(link => {{ link.dataset.thread = {root}; document.body.append(link); link.click(); link.remove(); }})(document.createElement('a')) ?? true"
        );
        self.window.js(&open).await;
    }

    /// Root message of the open thread.
    async fn thread(&self) -> Option<i64> {
        let root = "document.querySelector('.thread')?.dataset.root ?? ''";
        self.window.js(root).await.as_str()?.parse().ok()
    }

    /// Loads the messages behind the link that a long outage left.
    async fn close_gap(&self) {
        let gap = "document.querySelector('#messages .gap a')";
        self.window
            .wait("the gap", &format!("{gap} !== null"))
            .await;
        let closed = format!("{gap} === null || ({gap}.click(), false)");
        self.window.wait("the gap to disappear", &closed).await;
    }

    /// Waits for the message `last`. A window may render hundreds of changes before it, so the time limit is for each step
    /// forward.
    async fn wait_for_message(&mut self, last: i64, context: &str) {
        let arrived = format!("document.getElementById('message-{last}') !== null");
        let (mut progress, mut since) = (0, Instant::now());
        while self.window.js(&arrived).await != true {
            let rev = self.window.js(NEWEST_REV).await.as_i64().unwrap_or(0);
            if rev > progress {
                (progress, since) = (rev, Instant::now());
            }
            let waited = since.elapsed();
            assert!(waited < PATIENCE, "{context}: {last} is missing at {rev}");
            pause(since).await;
        }
    }

    /// Reconnects and waits until the window shows the message `last` and equals a freshly loaded page.
    async fn compare(&mut self, last: i64, context: &str) {
        self.set_offline(false);
        self.window.wait_for_connection("open").await;
        self.wait_for_message(last, context).await;
        let started = Instant::now();
        loop {
            let differences = self.window.run(DIFFERENCES).await;
            if differences == "" {
                return;
            }
            assert!(started.elapsed() < PATIENCE, "{context}: {differences}");
            pause(started).await;
        }
    }
}

#[tokio::test]
async fn windows_that_lose_their_connections_match_a_fresh_page() {
    let mut server = Server::executable(&UNLIMITED);
    let mut accounts = Vec::new();
    for name in ["ada", "bob", "cleo", "dan"] {
        accounts.push(Account::register(&server, name).await);
    }
    let mut changes = RandomChanges::start(&accounts, 7).await;
    let mut windows = Vec::new();
    for name in ["ada", "bob"] {
        windows.push(RoomWindow::open(&server, name, changes.room).await);
    }
    let (mut cuts, mut threads) = (0, 0);
    for round in 1..=rounds() {
        if round == rounds() / 2 {
            // The windows reconnect to a server without memory of their connections.
            server.kill9();
            server.start_again();
        }
        for step in 0..STEPS {
            changes.change().await;
            let at = changes.random.below(windows.len());
            let window = &mut windows[at];
            match changes.random.below(30) {
                0 | 1 => {
                    window.proxy.cut();
                    cuts += 1;
                }
                2 => window.set_offline(true),
                3 => window.set_offline(false),
                4 | 5 if !window.offline => {
                    if let Some(root) = changes.recent(false) {
                        window.open_thread(root).await;
                        threads += 1;
                    }
                }
                _ => {}
            }
            if step % THREAD_STEPS == 0 {
                changes.open.clear();
                for window in &windows {
                    changes.open.push(window.thread().await);
                }
            }
        }
        let last = changes.post().await;
        for window in &mut windows {
            window.compare(last, &format!("round {round}")).await;
        }
    }
    windows[0].set_offline(true);
    windows[0].proxy.cut();
    windows[0].window.wait_for_connection("closed").await;
    for number in 0..MISSED {
        changes.post().await;
        if number % 4 == 0 {
            changes.change().await;
        }
    }
    let last = changes.post().await;
    windows[0].set_offline(false);
    windows[0].window.wait_for_connection("open").await;
    windows[0].close_gap().await;
    for window in &mut windows {
        window.compare(last, "after a gap").await;
    }
    windows[1].window.js(MARK_OLDEST).await;
    // A window that stayed online would render thousands of changes first.
    for far_behind in &mut windows {
        far_behind.set_offline(true);
        far_behind.proxy.cut();
        far_behind.window.wait_for_connection("closed").await;
    }
    changes.flood(CHANGED).await;
    for _ in 0..20 {
        changes.change().await;
    }
    let last = changes.post().await;
    for window in &mut windows {
        window.compare(last, "after too many changes").await;
    }
    assert_eq!(
        windows[1].window.js(IS_MARKED).await,
        false,
        "the list was replaced as a whole"
    );
    let min_count = rounds();
    assert!(
        cuts > 5 * min_count && threads >= min_count,
        "only {cuts} cut connections and {threads} opened threads"
    );
    // The comparison reports a difference that is injected.
    let change = "[...document.querySelectorAll('#messages > .message')].at(-1).dataset.rev = 1";
    windows[0].window.js(change).await;
    assert_ne!(windows[0].window.run(DIFFERENCES).await, json!(""));
    for window in windows {
        window.window.end().await;
    }
}

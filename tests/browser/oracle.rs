//! Random changes of a room while its windows lose their connections: in the end each window shows the same as a
//! page that is loaded then.
//!
//! More steps: `ORACLE_ROUNDS=100 cargo test --test browser oracle::`.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::harness::PATIENCE;
use crate::harness::account::Account;
use crate::harness::proxy::Proxy;
use crate::harness::random_changes::RandomChanges;
use crate::harness::server::Server;
use crate::window::{Window, WindowOptions};

/// Windows are compared so often, after so many changes each.
const ROUNDS: usize = 6;
const STEPS: usize = 150;
/// Windows are asked for their open thread after so many steps.
const THREAD_STEPS: usize = 10;
/// Messages missed at once, more than the server sends again: it leaves a link in their place.
const MISSED: usize = 260;
/// Changes missed at once, more than the server sends again: it replaces the whole list.
const CHANGED: usize = 2_040;

const MARK_OLDEST: &str = "document.querySelector('#messages > .message').marked = true";
const IS_MARKED: &str =
    "[...document.querySelectorAll('#messages > .message')].some((one) => one.marked === true)";

/// Where the messages of a window differ from those of the same page as it is loaded now, the newest first; what
/// scripts leave on a message is not compared. A fresh page has the newest messages only.
const DIFFERENCES: &str = r##"return (async () => {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    const plain = (element) => {
        const copy = element.cloneNode(true);
        for (const one of [copy, ...copy.querySelectorAll("*")]) {
            for (const name of ["tabindex", "data-htmx-powered", "title"]) one.removeAttribute(name);
            if (one.matches("time")) one.textContent = "";
        }
        return copy.outerHTML;
    };
    const differ = [];
    let compared = 0;
    for (const css of ["#messages > .message", ".thread__column > .message", ".thread__replies > .message"]) {
        const there = [...fresh.querySelectorAll(css)].map(plain);
        const here = [...document.querySelectorAll(css)].map(plain).slice(-there.length || Infinity);
        if (here.length !== there.length) differ.push(`${css}: ${here.length} of ${there.length}`);
        there.forEach((html, at) => html !== here[at] && differ.push(`${css}: ${here[at]}\ninstead of\n${html}`));
        compared += there.length;
    }
    const ids = [...document.querySelectorAll(".message")].map((one) => one.id);
    if (new Set(ids).size !== ids.length) differ.push("a message is there twice");
    if (document.querySelector("#messages .gap")) differ.push("something was left out");
    return compared ? differ.reverse().join("\n\n") : "nothing was loaded";
})()"##;

fn rounds() -> usize {
    let asked = std::env::var("ORACLE_ROUNDS").ok();
    asked.and_then(|count| count.parse().ok()).unwrap_or(ROUNDS)
}

struct RoomWindow {
    window: Window,
    proxy: Proxy,
    away: bool,
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
            away: false,
        }
    }

    fn go_away(&mut self, away: bool) {
        self.away = away;
        self.proxy.refuse_everything(away);
    }

    async fn open_thread(&self, root: i64) {
        let open = format!(
            "(way => {{ way.dataset.thread = {root}; document.body.append(way); way.click(); way.remove(); }})(document.createElement('a')) ?? true"
        );
        self.window.js(&open).await;
    }

    async fn thread(&self) -> Option<i64> {
        let root = "document.querySelector('.thread')?.dataset.root ?? ''";
        self.window.js(root).await.as_str()?.parse().ok()
    }

    /// Loads what a long absence left out.
    async fn close_gap(&self) {
        let gap = "document.querySelector('#messages .gap a')";
        self.window
            .wait("the gap", &format!("{gap} !== null"))
            .await;
        let closed = format!("{gap} === null || ({gap}.click(), false)");
        self.window.wait("the gap to close", &closed).await;
    }

    /// Waits until it has everything, and that is what a page loaded now has.
    async fn compare(&mut self, last: i64, when: &str) {
        self.go_away(false);
        self.window.wait_for_connection("open").await;
        self.window.wait_for(&format!("#message-{last}")).await;
        let started = Instant::now();
        loop {
            let differ = self.window.run(DIFFERENCES).await;
            if differ == "" {
                return;
            }
            assert!(started.elapsed() < PATIENCE, "{when}: {differ}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

#[tokio::test]
async fn windows_that_lose_their_sockets_show_what_a_fresh_page_shows() {
    let mut server = Server::unlimited();
    let mut people = Vec::new();
    for name in ["ada", "bob", "cleo", "dan"] {
        people.push(Account::register(&server, name).await);
    }
    let mut changes = RandomChanges::start(&people, 7).await;
    let mut windows = Vec::new();
    for name in ["ada", "bob"] {
        windows.push(RoomWindow::open(&server, name, changes.room).await);
    }
    let (mut cuts, mut threads) = (0, 0);
    for round in 1..=rounds() {
        if round == rounds() / 2 {
            // Windows come back to a server that remembers no connection.
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
                2 => window.go_away(true),
                3 => window.go_away(false),
                4 | 5 if !window.away => {
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
    windows[0].go_away(true);
    windows[0].proxy.cut();
    windows[0].window.wait_for_connection("closed").await;
    for number in 0..MISSED {
        changes.post().await;
        if number % 4 == 0 {
            changes.change().await;
        }
    }
    let last = changes.post().await;
    windows[0].go_away(false);
    windows[0].window.wait_for_connection("open").await;
    windows[0].close_gap().await;
    for window in &mut windows {
        window.compare(last, "after a gap").await;
    }
    let far_behind = &mut windows[1];
    far_behind.window.js(MARK_OLDEST).await;
    far_behind.go_away(true);
    far_behind.proxy.cut();
    far_behind.window.wait_for_connection("closed").await;
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
    let least = rounds();
    assert!(
        cuts > 5 * least && threads >= least,
        "{cuts} cuts, {threads} threads"
    );
    // It would have been seen.
    let spoiled = "document.querySelector('#messages > .message:last-child').dataset.rev = 1";
    windows[0].window.js(spoiled).await;
    assert_ne!(windows[0].window.run(DIFFERENCES).await, json!(""));
    for window in windows {
        window.window.end().await;
    }
}

//! A window that is watched: nothing that people wrote runs in it, loads anything, swaps anything or is an
//! element of it. What the pages are made of is learned from harmless words first; whatever is not among that
//! is a fault then.

use base64::{Engine, prelude::BASE64_STANDARD};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::{Value, json};

use crate::harness::PATIENCE;
use crate::window::Window;

const SCRIPT: &str = include_str!("injection_watch.js");

/// Observations of `injection_watch.js`.
#[derive(Deserialize)]
struct Observations {
    shapes: Vec<String>,
    faults: Vec<String>,
}

/// A window and the elements that its pages may contain.
pub struct Watch {
    pub window: Window,
    known: BTreeSet<String>,
    learning: bool,
    faults: BTreeSet<String>,
}

impl Watch {
    /// Watches a window from its next page on; it was opened with `WindowOptions::recorded`.
    pub async fn start(mut window: Window) -> Watch {
        let script = json!({"source": SCRIPT});
        window
            .cdp("Page.addScriptToEvaluateOnNewDocument", script)
            .await;
        // Refusals, of what is asked for to be refused.
        window.expect_log("the server responded with a status of 4");
        window.requests().await;
        Watch {
            window,
            known: BTreeSet::new(),
            learning: true,
            faults: BTreeSet::new(),
        }
    }

    /// From here on only what was seen before may be seen.
    pub fn stop_learning(&mut self) {
        assert!(self.known.len() > 50, "there was something to learn from");
        self.learning = false;
    }

    /// Opens a page for real and looks at it.
    pub async fn visit(&mut self, path: &str) {
        self.window.goto(path).await;
        let connected =
            "(document.getElementById('connection')?.dataset.state ?? 'open') === 'open'";
        self.wait(path, connected).await;
        self.check(path).await;
    }

    /// Waits until an expression is true; if it never is, says what else was wrong.
    pub async fn wait(&mut self, what: &str, expression: &str) {
        let started = Instant::now();
        while self.window.js(expression).await != true {
            if started.elapsed() > PATIENCE {
                self.faults.insert(format!("waited in vain for {what}"));
                self.check(what).await;
                self.report().await;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Looks at the page as it is now.
    pub async fn check(&mut self, at: &str) {
        let seen = self.window.js("watch.snapshot()").await;
        self.record(at, seen);
    }

    /// Remembers the elements that nothing may swap from here on.
    pub async fn mark(&self) {
        assert_ne!(self.window.js("watch.mark()").await, 0);
    }

    /// Reads many answers as pages, without showing them. Each: `path`, `form`, `headers`, and the texts
    /// that must be `shown` as they are.
    pub async fn fetch_pages(&mut self, at: &str, requests: &[Value]) {
        for requests in requests.chunks(200) {
            let ask = format!("return watch.fetchPages({})", json!(requests));
            let seen = self.window.run(&ask).await;
            self.record(at, seen);
        }
    }

    /// Each of the texts that is not empty is the text of one of these elements, which holds nothing else.
    pub async fn check_texts(&mut self, at: &str, css: &str, texts: &[String]) {
        let script = format!(
            "const shown = new Set([...document.querySelectorAll({})].filter((one) => !one.childElementCount).map((one) => one.textContent));
             return {}.filter((text) => text && !shown.has(text))",
            json!(css),
            json!(texts)
        );
        let missing = self.window.run(&script).await;
        for text in missing.as_array().expect("a list") {
            self.faults.insert(format!("{at}: no {css} says {text}"));
        }
    }

    /// Waits until these have come to the page, each as the text of one of these elements, and looks at it.
    pub async fn wait_for_texts(&mut self, css: &str, texts: &[String]) {
        let script = format!(
            "(shown => {}.every((text) => !text || shown.has(text)))(new Set([...document.querySelectorAll({})].map((one) => one.textContent)))",
            json!(texts),
            json!(css)
        );
        self.wait(&format!("{css} to say it"), &script).await;
        self.check_texts("as it comes", css, texts).await;
        self.check("as it comes").await;
    }

    /// Takes in what `injection_watch.js` saw.
    pub fn record(&mut self, at: &str, seen: Value) {
        let seen: Observations = serde_json::from_value(seen).expect("what was seen");
        let faults = seen
            .faults
            .into_iter()
            .map(|fault| format!("{at}: {fault}"));
        self.faults.extend(faults);
        for shape in seen.shapes {
            if self.learning {
                self.known.insert(shape);
            } else if !self.known.contains(&shape) {
                self.faults
                    .insert(format!("{at}: new in the page: {shape}"));
            }
        }
    }

    /// What was seen to be wrong, also among the requests of this window since the last time.
    pub async fn faults(&mut self) -> Vec<String> {
        let origin = self.window.origin.clone();
        for (method, url) in self.window.requests().await {
            if !is_expected(&origin, &url) {
                self.faults.insert(format!("a request: {method} {url}"));
            }
        }
        std::mem::take(&mut self.faults).into_iter().collect()
    }

    /// Ends the journey: nothing was wrong, nothing in the console either.
    pub async fn end(mut self) {
        self.report().await;
        self.window.end().await;
    }

    async fn report(&mut self) {
        let faults = self.faults().await;
        let shown: Vec<&str> = faults.iter().take(40).map(String::as_str).collect();
        assert!(
            faults.is_empty(),
            "{} faults:\n{}",
            faults.len(),
            shown.join("\n")
        );
    }
}

/// Whether a page of ours asks for this by itself.
fn is_expected(origin: &str, url: &str) -> bool {
    let path = url
        .strip_prefix(origin)
        .or_else(|| url.strip_prefix(&origin.replacen("http", "ws", 1)));
    let Some(path) = path.and_then(|path| path.split(['?', '#']).next()) else {
        return url == "about:blank" || url == "data:," || is_date_picker_icon(url);
    };
    path.starts_with('/') && !path.starts_with("/pwned") && !["/logout", "/read"].contains(&path)
}

/// Whether it is the icon that Chromium draws in a box for a date: only its own pictures have the colour of
/// the system's text.
fn is_date_picker_icon(url: &str) -> bool {
    let picture = url.strip_prefix("data:image/svg+xml;base64,");
    let text = picture.and_then(|text| BASE64_STANDARD.decode(text).ok());
    text.is_some_and(|text| String::from_utf8_lossy(&text).contains("fill=\"WindowText\""))
}

#[test]
fn unexpected_requests_are_recognised() {
    let is_expected = |url| is_expected("http://127.0.0.1:1", url);
    assert!(is_expected("http://127.0.0.1:1/rooms/1?q=pwned"));
    assert!(is_expected("ws://127.0.0.1:1/rooms/1/live?after=0"));
    assert!(!is_expected("http://127.0.0.1:1/pwned.png"));
    assert!(!is_expected("http://127.0.0.1:1/logout"));
    assert!(!is_expected("http://127.0.0.1:12/"));
    assert!(!is_expected("http://evil.example/"));
    assert!(!is_expected("data:text/html,x"));
    assert!(!is_expected("data:image/svg+xml;base64,PHN2Zy8+"));
}

//! Watch over a window: no text of a user may run as a script, start a request, swap a part of the page or become
//! an element. The watch first learns from harmless texts which elements and attributes the pages contain. Later it
//! reports every other element and attribute as a fault.

use base64::{Engine, prelude::BASE64_STANDARD};
use std::collections::BTreeSet;
use std::time::Instant;

use futures_util::{StreamExt, stream};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::harness::PATIENCE;
use crate::harness::browser::Browser;
use crate::harness::http::Reply;
use crate::window::{Window, pause};

const SCRIPT: &str = include_str!("injection_watch.js");

/// Origins of Chromium's own viewer of PDF and of what it loads. No page can ask for the latter.
const PDF_VIEWER: [&str; 2] = [
    "chrome-extension://mhjfbmdgcfjbbpaeojofohoefgiehjai/",
    "chrome://resources/",
];

/// Longest chain of redirects that a request follows.
const MAX_REDIRECTS: usize = 5;

/// Observations that `injection_watch.js` returns.
#[derive(Deserialize)]
struct Observations {
    shapes: Vec<String>,
    faults: Vec<String>,
}

/// A request for a page.
#[derive(Default)]
pub struct PageRequest {
    pub path: String,
    /// Fields of the form that is submitted. Without fields, the request is a `GET`.
    pub form: Vec<(&'static str, String)>,
    /// Whether the request is one of htmx.
    pub fragment: bool,
    /// Texts that the page shows unchanged.
    pub shown: Vec<String>,
}

impl PageRequest {
    /// A `GET` of a page.
    pub fn get(path: impl Into<String>) -> PageRequest {
        PageRequest {
            path: path.into(),
            ..PageRequest::default()
        }
    }

    /// The request, whose page must show these texts.
    pub fn showing(self, texts: impl IntoIterator<Item = String>) -> PageRequest {
        PageRequest {
            shown: texts.into_iter().collect(),
            ..self
        }
    }

    /// Loads the page, follows redirects, and returns what `watch.inspectPages` takes.
    async fn load(&self, user: &Browser) -> Value {
        let mut reply = if self.form.is_empty() {
            self.load_from(user, &self.path).await
        } else {
            let fields = self.form.iter().map(|(name, text)| (*name, &**text));
            user.submit(&self.path, &fields.collect::<Vec<_>>()).await
        };
        for _ in 0..MAX_REDIRECTS {
            if (300..400).contains(&reply.status) {
                reply = self.load_from(user, reply.header("location")).await;
            }
        }
        let html = without_sidebar(&reply.text());
        json!({"path": self.path, "status": reply.status, "html": html, "shown": self.shown})
    }

    async fn load_from(&self, user: &Browser, path: &str) -> Reply {
        match self.fragment {
            true => user.fragment(path).await,
            false => user.page(path).await,
        }
    }
}

/// A page without its list of rooms, which would be most of the work. Pages in the window are checked with it.
fn without_sidebar(html: &str) -> String {
    let parts = html.split_once("<nav class=\"sidebar\"");
    let parts = parts.and_then(|(before, rest)| Some((before, rest.split_once("</nav>")?.1)));
    parts.map_or(html.to_owned(), |(before, after)| {
        format!("{before}{after}")
    })
}

/// A window and the elements and attributes that its pages may contain.
pub struct Watch {
    pub window: Window,
    known: BTreeSet<String>,
    learning: bool,
    faults: BTreeSet<String>,
}

impl Watch {
    /// Watches a window from its next page on. The window was opened with `WindowOptions::with_request_log`.
    pub async fn start(mut window: Window) -> Watch {
        let script = json!({"source": SCRIPT});
        window
            .cdp("Page.addScriptToEvaluateOnNewDocument", script)
            .await;
        // The tests send requests that the server refuses.
        window.expect_log("the server responded with a status of 4");
        window.requests().await;
        Watch {
            window,
            known: BTreeSet::new(),
            learning: true,
            faults: BTreeSet::new(),
        }
    }

    /// Ends the learning phase: from here on an unknown element or attribute is a fault.
    pub fn stop_learning(&mut self) {
        assert!(
            self.known.len() > 50,
            "the watch has learned only {} elements and attributes",
            self.known.len()
        );
        self.learning = false;
    }

    /// Opens a page in the window and checks it.
    pub async fn visit(&mut self, path: &str) {
        self.window.goto(path).await;
        let connected =
            "(document.getElementById('connection')?.dataset.state ?? 'open') === 'open'";
        self.wait(path, connected).await;
        self.check(path).await;
    }

    /// Waits until an expression is true. On a timeout, panics with all faults of the page.
    pub async fn wait(&mut self, description: &str, expression: &str) {
        let started = Instant::now();
        while self.window.js(expression).await != true {
            if started.elapsed() > PATIENCE {
                self.faults
                    .insert(format!("timed out waiting for {description}"));
                self.check(description).await;
                self.report().await;
            }
            pause(started).await;
        }
    }

    /// Checks the current state of the page.
    pub async fn check(&mut self, context: &str) {
        let observations = self.window.js("watch.snapshot()").await;
        self.record(context, observations);
    }

    /// Marks the elements that must not be replaced from here on.
    pub async fn mark(&self) {
        assert_ne!(self.window.js("watch.mark()").await, 0);
    }

    /// Sends requests of the user and checks the responses as pages without displaying them. The window does not send
    /// them itself, because Chromium would log each request.
    pub async fn fetch_pages(&mut self, context: &str, user: &Browser, requests: &[PageRequest]) {
        for requests in requests.chunks(40) {
            let pages = stream::iter(requests).map(|request| request.load(user));
            let pages: Vec<Value> = pages.buffered(4).collect().await;
            let script = "return watch.inspectPages(arguments[0])";
            let observations = self.window.run_with(script, json!(pages)).await;
            self.record(context, observations);
        }
    }

    /// Checks that each text, unless it is empty, is the whole content of one of these elements.
    pub async fn check_texts(&mut self, context: &str, css: &str, texts: &[String]) {
        let script = format!(
            "const shown = new Set([...document.querySelectorAll({})].filter((one) => !one.childElementCount).map((one) => one.textContent));
             return {}.filter((text) => text && !shown.has(text))",
            json!(css),
            json!(texts)
        );
        let missing = self.window.run(&script).await;
        for text in missing.as_array().expect("the missing texts are an array") {
            self.faults
                .insert(format!("{context}: no {css} shows {text}"));
        }
    }

    /// Waits until each text, unless it is empty, is the text of one of these elements, and checks the page.
    pub async fn wait_for_texts(&mut self, css: &str, texts: &[String]) {
        let script = format!(
            "(shown => {}.every((text) => !text || shown.has(text)))(new Set([...document.querySelectorAll({})].map((one) => one.textContent)))",
            json!(texts),
            json!(css)
        );
        self.wait(&format!("{css} with the texts"), &script).await;
        self.check_texts("live update", css, texts).await;
        self.check("live update").await;
    }

    /// Adds observations of `injection_watch.js` to the known elements or to the faults.
    pub fn record(&mut self, context: &str, observations: Value) {
        let observations: Observations =
            serde_json::from_value(observations).expect("the script returns observations");
        let faults = observations
            .faults
            .into_iter()
            .map(|fault| format!("{context}: {fault}"));
        self.faults.extend(faults);
        for shape in observations.shapes {
            if self.learning {
                self.known.insert(shape);
            } else if !self.known.contains(&shape) && !is_token_of_code(&shape) {
                self.faults
                    .insert(format!("{context}: new in the page: {shape}"));
            }
        }
    }

    /// Removes and returns the faults, including unexpected requests of the window since the last call.
    pub async fn faults(&mut self) -> Vec<String> {
        let origin = self.window.origin.clone();
        for (method, url) in self.window.requests().await {
            if !is_expected(&origin, &url) {
                self.faults
                    .insert(format!("unexpected request: {method} {url}"));
            }
        }
        std::mem::take(&mut self.faults).into_iter().collect()
    }

    /// Ends the journey. Panics if there is a fault or an error in the console.
    pub async fn end(mut self) {
        self.report().await;
        self.window.end().await;
    }

    /// Panics if there is a fault.
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

/// Whether an element or attribute is a token of highlighted code: a `span` whose class is one letter.
fn is_token_of_code(shape: &str) -> bool {
    let class = shape.strip_prefix("code > span.");
    let class = class.or_else(|| shape.strip_prefix("span.")?.strip_suffix(" @class"));
    class.is_some_and(|class| class.len() == 1)
}

/// Whether a page of the site sends this request on its own.
fn is_expected(origin: &str, url: &str) -> bool {
    let path = url
        .strip_prefix(origin)
        .or_else(|| url.strip_prefix(&origin.replacen("http", "ws", 1)));
    let Some(path) = path.and_then(|path| path.split(['?', '#']).next()) else {
        let is_viewer = PDF_VIEWER.iter().any(|origin| url.starts_with(origin));
        return url == "about:blank" || url == "data:," || is_viewer || is_icon_of_chromium(url);
    };
    path.starts_with('/') && !path.starts_with("/pwned") && !["/logout", "/read"].contains(&path)
}

/// Whether a URL is an icon that Chromium draws in a date input or a player. Only Chromium's own images use the system
/// colours `Window` and `WindowText`, or are the spinner of a player.
fn is_icon_of_chromium(url: &str) -> bool {
    let picture = url.strip_prefix("data:image/svg+xml;base64,");
    let text = picture.and_then(|text| BASE64_STANDARD.decode(text).ok());
    let marks = ["fill=\"Window", "viewBox=\"0 0 196 196\""];
    text.is_some_and(|text| {
        let text = String::from_utf8_lossy(&text);
        marks.iter().any(|mark| text.contains(mark))
    })
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

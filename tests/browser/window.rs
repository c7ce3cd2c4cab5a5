//! A browser window of one user: actions, waits for conditions, and the log entries that fail a journey.

use std::time::{Duration, Instant};

use fantoccini::actions::{
    InputSource, KeyAction, KeyActions, MOUSE_BUTTON_LEFT, MouseActions, PointerAction,
};
use fantoccini::elements::Element;
use fantoccini::key::Key;
use fantoccini::{Client, Locator};
use serde_json::{Value, json};

use crate::failure;
use crate::harness::account::PASSWORD;
use crate::pool::{self, Browser, Options};

/// Longest wait for a condition.
const TIMEOUT: Duration = Duration::from_secs(30);
/// Pauses between two checks of a condition. Each check costs several processes time, so a long wait has long pauses.
const SHORTEST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_millis(200);

/// Waits before the next check of a condition for which a test has waited since `started`.
pub async fn pause(started: Instant) {
    let pause = started.elapsed() / 4;
    tokio::time::sleep(pause.clamp(SHORTEST_PAUSE, LONGEST_PAUSE)).await;
}

/// Size of a window without emulation (px).
pub const SCREEN: (u32, u32) = (1280, 800);

/// Settings with which a window opens.
pub struct WindowOptions {
    pub scripts: bool,
    pub width: u32,
    pub height: u32,
    pub touch: bool,
    /// Whether the requests of the window are logged.
    pub request_log: bool,
}

impl Default for WindowOptions {
    fn default() -> WindowOptions {
        WindowOptions {
            scripts: true,
            width: SCREEN.0,
            height: SCREEN.1,
            touch: false,
            request_log: false,
        }
    }
}

impl WindowOptions {
    pub fn without_scripts() -> WindowOptions {
        WindowOptions {
            scripts: false,
            ..WindowOptions::default()
        }
    }

    pub fn with_request_log() -> WindowOptions {
        WindowOptions {
            request_log: true,
            ..WindowOptions::default()
        }
    }

    pub fn phone(width: u32, height: u32) -> WindowOptions {
        WindowOptions {
            width,
            height,
            touch: true,
            ..WindowOptions::default()
        }
    }
}

/// A window with a browser of its own.
pub struct Window {
    client: Client,
    /// `None` after the browser went back to the pool.
    browser: Option<Browser>,
    pub origin: String,
    /// Parts of log entries that the journey causes on purpose.
    expected: Vec<&'static str>,
}

impl Window {
    /// Opens a window without cookies.
    pub async fn open(origin: &str, options: WindowOptions) -> Window {
        let startup = Options {
            scripts: options.scripts,
            request_log: options.request_log,
        };
        let browser = pool::take(startup).await;
        let window = Window {
            client: browser.client.clone(),
            browser: Some(browser),
            origin: origin.to_string(),
            expected: Vec::new(),
        };
        let (width, height) = (options.width, options.height);
        if (width, height) != SCREEN {
            let scale = if options.touch { 2 } else { 1 };
            let metrics = json!({"width": width, "height": height, "deviceScaleFactor": scale, "mobile": options.touch});
            window
                .cdp("Emulation.setDeviceMetricsOverride", metrics)
                .await;
        }
        if options.touch {
            window
                .cdp(
                    "Emulation.setTouchEmulationEnabled",
                    json!({"enabled": true}),
                )
                .await;
        }
        window
    }

    /// Opens a window and registers a user, who is in the first room afterwards.
    pub async fn register(origin: &str, name: &str, options: WindowOptions) -> Window {
        let window = Window::open(origin, options).await;
        window.goto("/register").await;
        window.fill("username", name).await;
        window.fill("password", PASSWORD).await;
        window
            .click("form[action='/register'] .button--primary")
            .await;
        window.wait_for("#composer").await;
        window
    }

    /// Opens a window and logs a user in, who is in the first room afterwards.
    pub async fn log_in(origin: &str, name: &str, options: WindowOptions) -> Window {
        let window = Window::open(origin, options).await;
        window.goto("/login").await;
        window.fill("username", name).await;
        window.fill("password", PASSWORD).await;
        window.click("form[action='/login'] .button--primary").await;
        window.wait_for("#composer").await;
        window
    }

    pub async fn goto(&self, path: &str) {
        self.client
            .goto(&format!("{}{path}", self.origin))
            .await
            .expect("the page loads");
    }

    pub async fn reload(&self) {
        self.client.refresh().await.expect("the page reloads");
    }

    /// Path of the current page.
    pub async fn path(&self) -> String {
        self.client
            .current_url()
            .await
            .expect("the window has a URL")
            .path()
            .to_string()
    }

    /// Evaluates an expression in the page. `null` while the page navigates.
    pub async fn js(&self, expression: &str) -> Value {
        let script = format!("return ({expression})");
        match self.client.execute(&script, vec![]).await {
            Ok(value) => value,
            // The page may be navigating.
            Err(error) if error.to_string().contains("navigat") => Value::Null,
            Err(error) => panic!("{expression}: {error}"),
        }
    }

    /// Runs a script in the page and returns its result, awaited if it is a promise.
    pub async fn run(&self, script: &str) -> Value {
        self.run_with(script, Value::Null).await
    }

    /// Like [`Window::run`], with an argument for the script.
    pub async fn run_with(&self, script: &str, argument: Value) -> Value {
        let ran = self.client.execute(script, vec![argument]).await;
        ran.unwrap_or_else(|error| {
            let start: String = script.chars().take(200).collect();
            panic!("{start}: {error}")
        })
    }

    /// Waits until an expression is truthy and returns its value.
    #[track_caller]
    pub fn wait<'a>(
        &'a self,
        description: &'a str,
        expression: &'a str,
    ) -> impl Future<Output = Value> + 'a {
        let caller = std::panic::Location::caller();
        async move {
            let started = Instant::now();
            loop {
                let value = self.js(expression).await;
                if !matches!(value, Value::Null | Value::Bool(false)) && value != 0 && value != "" {
                    return value;
                }
                if started.elapsed() > TIMEOUT {
                    let body = self.js("document.body.innerText").await;
                    panic!(
                        "{caller}: timed out waiting for {description}; text of the page: {body}"
                    );
                }
                pause(started).await;
            }
        }
    }

    /// Waits until an element is in the page.
    pub async fn wait_for(&self, css: &str) {
        self.wait(
            css,
            &format!("document.querySelector({}) !== null", quoted(css)),
        )
        .await;
    }

    /// Waits until an expression equals a value. Elements in it may be missing for a moment, while the page navigates.
    pub async fn wait_for_value(&self, expression: &str, value: Value) {
        let test = format!(
            "(() => {{ try {{ return JSON.stringify({expression}) === {}; }} catch {{ return false; }} }})()",
            quoted(&value.to_string())
        );
        let started = Instant::now();
        while self.js(&test).await != true {
            if started.elapsed() > TIMEOUT {
                panic!(
                    "{expression} is {} instead of {value}",
                    self.js(expression).await
                );
            }
            pause(started).await;
        }
    }

    /// Types into the input with a name.
    pub async fn fill(&self, name: &str, text: &str) {
        let field = self.element(&format!("input[name={name}]")).await;
        field.send_keys(text).await.expect("the field accepts text");
    }

    pub async fn click(&self, css: &str) {
        let element = self.element(css).await;
        element
            .click()
            .await
            .unwrap_or_else(|error| panic!("{css} cannot be clicked: {error}"));
    }

    async fn element(&self, css: &str) -> Element {
        let found = self
            .client
            .wait()
            .at_most(TIMEOUT)
            .every(SHORTEST_PAUSE)
            .for_element(Locator::Css(css))
            .await;
        found.unwrap_or_else(|error| panic!("{css} is not in the page: {error}"))
    }

    /// Types into an element.
    pub async fn type_into(&self, css: &str, text: &str) {
        let field = self.element(css).await;
        field.send_keys(text).await.expect("the field accepts text");
    }

    /// Types a message and sends it with the button, the only way without scripts.
    pub async fn send_with_button(&self, text: &str) {
        self.type_draft(text).await;
        self.click("#composer .composer__send").await;
    }

    /// Types into the composer without sending.
    pub async fn type_draft(&self, text: &str) {
        let composer = self.element(COMPOSER).await;
        composer
            .send_keys(text)
            .await
            .expect("the field accepts text");
    }

    /// Types a message and sends it with the Enter key.
    pub async fn send_message(&self, text: &str) {
        self.type_draft(&format!("{text}{ENTER}")).await;
    }

    /// Inserts a text into the composer in one step, like a paste.
    pub async fn paste(&self, text: &str) {
        self.client
            .find(Locator::Css(COMPOSER))
            .await
            .expect("the page has a composer")
            .click()
            .await
            .expect("the composer takes the focus");
        self.cdp("Input.insertText", json!({"text": text})).await;
    }

    /// Text in the composer.
    pub async fn draft(&self) -> String {
        let value = self
            .js(&format!(
                "document.querySelector({}).value",
                quoted(COMPOSER)
            ))
            .await;
        value.as_str().expect("the draft is a string").to_string()
    }

    /// Presses keys one after another in the focused element.
    pub async fn press(&self, keys: &[char]) {
        let mut actions = KeyActions::new("keyboard".into());
        for key in keys {
            actions = actions
                .then(KeyAction::Down { value: *key })
                .then(KeyAction::Up { value: *key });
        }
        self.client
            .perform_actions(actions)
            .await
            .expect("keys can be pressed");
    }

    /// Presses a key while another one is held.
    pub async fn chord(&self, held: Key, key: char) {
        let held = held.into();
        let actions = KeyActions::new("keyboard".into())
            .then(KeyAction::Down { value: held })
            .then(KeyAction::Down { value: key })
            .then(KeyAction::Up { value: key })
            .then(KeyAction::Up { value: held });
        let pressed = self.client.perform_actions(actions).await;
        pressed.expect("keys can be pressed");
    }

    /// Moves the mouse to the middle of an element.
    pub async fn move_to(&self, css: &str) {
        let actions = MouseActions::new("mouse".into()).then(self.pointer_at(css).await);
        let moved = self.client.perform_actions(actions).await;
        moved.expect("the mouse can be moved");
    }

    /// Moves the mouse to the middle of an element and presses its main button there.
    pub async fn press_mouse_on(&self, css: &str) {
        let button = MOUSE_BUTTON_LEFT;
        let actions = MouseActions::new("mouse".into())
            .then(self.pointer_at(css).await)
            .then(PointerAction::Down { button })
            .then(PointerAction::Up { button });
        let pressed = self.client.perform_actions(actions).await;
        pressed.expect("the mouse can be pressed");
    }

    /// Moves the mouse to the middle of an element and holds its main button there.
    pub async fn hold_mouse_on(&self, css: &str) {
        let button = MOUSE_BUTTON_LEFT;
        let actions = MouseActions::new("mouse".into())
            .then(self.pointer_at(css).await)
            .then(PointerAction::Down { button });
        let held = self.client.perform_actions(actions).await;
        held.expect("the mouse can be pressed");
    }

    /// Releases the main button of the mouse.
    pub async fn release_mouse(&self) {
        let button = MOUSE_BUTTON_LEFT;
        let actions = MouseActions::new("mouse".into()).then(PointerAction::Up { button });
        let released = self.client.perform_actions(actions).await;
        released.expect("the mouse can be released");
    }

    async fn pointer_at(&self, css: &str) -> PointerAction {
        let element = self.element(css).await;
        PointerAction::MoveToElement {
            element,
            duration: None,
            x: 0.0,
            y: 0.0,
        }
    }

    /// Visible texts of all messages.
    pub async fn texts(&self) -> Vec<String> {
        let list = self.js(TEXTS).await;
        list.as_array()
            .expect("the texts are an array")
            .iter()
            .map(|text| text.as_str().expect("a text is a string").to_string())
            .collect()
    }

    /// Waits until the page shows exactly these messages in this order.
    pub async fn wait_for_messages(&self, texts: &[&str]) {
        self.wait_for_value(TEXTS, json!(texts)).await;
    }

    /// Waits for a message with this text.
    pub async fn wait_for_message(&self, text: &str) {
        self.wait(text, &format!("{TEXTS}.includes({})", quoted(text)))
            .await;
    }

    /// Waits until the outbox is empty.
    pub async fn wait_until_sent(&self) {
        self.wait(
            "an empty outbox",
            "document.querySelectorAll('.pending').length === 0",
        )
        .await;
    }

    /// Waits for a state of the connection.
    pub async fn wait_for_connection(&self, state: &str) {
        self.wait_for_value(
            "document.getElementById('connection')?.dataset.state",
            json!(state),
        )
        .await;
    }

    /// Waits until exactly these users are listed as online.
    pub async fn wait_for_online(&self, names: &[&str]) {
        self.wait_for_value("[...document.querySelectorAll('#presence [data-user]')].map(e => e.textContent.trim()).sort()", json!(names)).await;
        self.wait_for_value(
            "Number(document.getElementById('presence-count')?.textContent)",
            json!(names.len()),
        )
        .await;
    }

    /// Opens another tab of the same user and switches to it.
    pub async fn new_tab(&self) -> fantoccini::wd::WindowHandle {
        let tab = self
            .client
            .new_window(true)
            .await
            .expect("a tab opens")
            .handle;
        self.client
            .switch_to_window(tab.clone())
            .await
            .expect("the driver switches to the new tab");
        tab
    }

    /// Handle of the current tab.
    pub async fn current_tab(&self) -> fantoccini::wd::WindowHandle {
        self.client.window().await.expect("the window has a tab")
    }

    /// Switches to a tab.
    pub async fn switch_to_tab(&self, tab: &fantoccini::wd::WindowHandle) {
        self.client
            .switch_to_window(tab.clone())
            .await
            .expect("the driver switches to the tab");
    }

    /// Runs a command of the DevTools protocol.
    pub async fn cdp(&self, command: &str, params: Value) -> Value {
        self.browser().cdp(command, params).await
    }

    /// Runs a command of WebDriver that fantoccini does not know.
    pub async fn webdriver(&self, path: &str, body: Value) -> Value {
        self.browser().webdriver(path, body).await
    }

    /// Allows the log entries that an unreachable server causes.
    pub fn expect_outage(&mut self) {
        self.expected.extend([
            "net::ERR_CONNECTION_REFUSED",
            "net::ERR_CONNECTION_RESET",
            "net::ERR_EMPTY_RESPONSE",
            "net::ERR_SOCKET_NOT_CONNECTED",
            "WebSocket connection to 'ws://",
            "htmx: htmx:ws:error",
        ]);
    }

    /// Allows log entries that contain this text.
    pub fn expect_log(&mut self, part: &'static str) {
        self.expected.push(part);
    }

    /// Asserts that the page does not scroll horizontally.
    pub async fn assert_fits(&self) {
        let wide = "document.documentElement.scrollWidth > innerWidth && document.documentElement.scrollWidth + ' px in ' + innerWidth";
        assert_eq!(
            self.js(wide).await,
            Value::Bool(false),
            "the page scrolls horizontally"
        );
    }

    /// Ends the journey. Panics if the console has an error or a report of the content security policy.
    pub async fn end(mut self) {
        let log = self.browser().log("browser").await;
        let faults: Vec<&Value> = log.iter().filter(|entry| self.is_fault(entry)).collect();
        assert!(faults.is_empty(), "errors in the console: {faults:#?}");
        if let Some(browser) = self.browser.take() {
            pool::give_back(browser, &self.origin).await;
        }
    }

    /// Method and URL of each request since the last call; the method of a WebSocket is `socket`. The window was
    /// opened with `WindowOptions::with_request_log`.
    pub async fn requests(&self) -> Vec<(String, String)> {
        let log = self.browser().log("performance").await;
        let request = |entry: &Value| {
            let text = entry["message"].as_str()?;
            let event = &serde_json::from_str::<Value>(text).ok()?["message"];
            let (params, text) = (&event["params"], |value: &Value| {
                value.as_str().map(String::from)
            });
            match event["method"].as_str()? {
                "Network.requestWillBeSent" => {
                    let request = &params["request"];
                    Some((text(&request["method"])?, text(&request["url"])?))
                }
                "Network.webSocketCreated" => Some(("socket".into(), text(&params["url"])?)),
                _ => None,
            }
        };
        log.iter().filter_map(request).collect()
    }

    fn is_fault(&self, entry: &Value) -> bool {
        let text = entry["message"].as_str().unwrap_or_default();
        let bad = entry["level"] == "SEVERE"
            || text.contains("Content Security Policy")
            || text.contains("Uncaught");
        bad && !self.expected.iter().any(|part| text.contains(part))
    }

    fn browser(&self) -> &Browser {
        self.browser.as_ref().expect("the journey has not ended")
    }
}

impl Drop for Window {
    /// Saves a screenshot and the markup if the journey failed.
    fn drop(&mut self) {
        if self.browser.is_some() && std::thread::panicking() {
            failure::save(&self.client);
        }
    }
}

/// CSS selector of the composer's text box.
pub const COMPOSER: &str = "#composer textarea[name=body]";
/// JavaScript expression for the list of all message texts.
pub const TEXTS: &str = "[...document.querySelectorAll('#messages .message .message__body')].map(e => e.innerText.trim())";
pub const ENTER: char = '\u{e007}';
pub const TAB: char = '\u{e004}';
pub const ESCAPE: char = '\u{e00c}';

/// Formats a text as a JavaScript string literal.
pub fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

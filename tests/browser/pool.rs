//! Pool of Chromium instances that journeys reuse.
//!
//! A start of Chromium takes about one second of CPU time. So the browser of a passed journey goes back to the pool
//! with an empty tab and without cookies, storage, cache and permissions. The browser of a failed journey ends.

use std::future::Future;
use std::sync::{Mutex, OnceLock};

use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

use crate::driver::Driver;
use crate::harness::http::{client, send};
use crate::window::SCREEN;

/// Height of the browser's tabs and toolbar (px).
const TOOLBAR: u32 = 87;

/// Options that are fixed when a browser starts.
#[derive(Clone, Copy, PartialEq)]
pub struct Options {
    pub scripts: bool,
    /// Whether the requests of the browser are logged.
    pub request_log: bool,
}

/// A browser with a profile of its own. Its session ends when it is dropped.
pub struct Browser {
    pub client: Client,
    session_url: String,
    options: Options,
    /// Deleted when the browser is dropped.
    _profile: TempDir,
}

static IDLE: Mutex<Vec<Browser>> = Mutex::new(Vec::new());

/// Runtime of the connections to ChromeDriver, which outlive the runtime of a test.
fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    let start = || {
        Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
    };
    RUNTIME.get_or_init(|| start().expect("the runtime starts"))
}

/// Runs a future on the pool's runtime without waiting for it.
pub fn spawn(task: impl Future<Output = ()> + Send + 'static) {
    runtime().spawn(task);
}

/// Takes an idle browser with these options from the pool, or starts one.
pub async fn take(options: Options) -> Browser {
    let idle = {
        let mut idle = IDLE.lock().expect("no holder panics");
        let found = idle.iter().position(|browser| browser.options == options);
        found.map(|at| idle.swap_remove(at))
    };
    match idle {
        Some(browser) => browser,
        None => Browser::start(options).await,
    }
}

/// Resets a browser and returns it to the pool. A browser that cannot be reset ends.
pub async fn give_back(browser: Browser, origin: &str) {
    if browser.reset(origin).await.is_ok() {
        IDLE.lock().expect("no holder panics").push(browser);
    }
}

impl Browser {
    async fn start(options: Options) -> Browser {
        let driver = Driver::shared();
        let profile =
            TempDir::new_in(driver.profiles()).expect("a temporary folder can be created");
        let wanted = capabilities(&profile, options);
        let connected = runtime().spawn(async move {
            ClientBuilder::new(HttpConnector::new())
                .capabilities(wanted)
                .connect(&driver.url)
                .await
        });
        let client = connected
            .await
            .expect("the task does not panic")
            .expect("the browser starts");
        let session = client.session_id().await.expect("the session can be read");
        let session = session.expect("the session has an id");
        Browser {
            client,
            session_url: format!("{}/session/{session}", driver.url),
            options,
            _profile: profile,
        }
    }

    /// Removes the state that a journey left. Emulation, injected scripts, network conditions, history and session
    /// storage belong to a tab and end with it.
    async fn reset(&self, origin: &str) -> Result<(), fantoccini::error::CmdError> {
        let used = self.client.windows().await?;
        let fresh = self.client.new_window(true).await?.handle;
        for tab in used {
            self.client.switch_to_window(tab).await?;
            self.client.close_window().await?;
        }
        self.client.switch_to_window(fresh).await?;
        let storage = json!({"origin": origin, "storageTypes": "all"});
        for (command, params) in [
            ("Page.bringToFront", json!({})),
            ("Storage.clearDataForOrigin", storage),
            ("Network.clearBrowserCookies", json!({})),
            ("Network.clearBrowserCache", json!({})),
            ("Browser.resetPermissions", json!({})),
        ] {
            self.cdp(command, params).await;
        }
        self.log("browser").await;
        if self.options.request_log {
            self.log("performance").await;
        }
        Ok(())
    }

    /// Runs a command of the DevTools protocol.
    pub async fn cdp(&self, command: &str, params: Value) -> Value {
        let body = json!({"cmd": command, "params": params});
        self.webdriver("goog/cdp/execute", body).await
    }

    /// Entries of a log since the last call.
    pub async fn log(&self, kind: &str) -> Vec<Value> {
        let log = self.webdriver("se/log", json!({"type": kind})).await;
        log.as_array().expect("a log is an array").clone()
    }

    /// Runs a command of WebDriver.
    pub async fn webdriver(&self, path: &str, body: Value) -> Value {
        let url = format!("{}/{path}", self.session_url);
        send(client().post(url).json(&body))
            .await
            .expect(200)
            .json()["value"]
            .take()
    }
}

fn capabilities(profile: &TempDir, options: Options) -> serde_json::Map<String, Value> {
    let args = [
        "--headless=new".to_string(),
        "--no-sandbox".into(),
        "--disable-gpu".into(),
        "--disable-dev-shm-usage".into(),
        "--disable-quic".into(),
        "--no-first-run".into(),
        "--disable-background-networking".into(),
        "--disable-component-update".into(),
        "--disable-sync".into(),
        "--host-resolver-rules=MAP *.test 127.0.0.1".into(),
        // Fewer processes: all pages of a test are of one site. The network and drawing get none of their own.
        "--enable-features=NetworkServiceInProcess2".into(),
        "--in-process-gpu".into(),
        "--disable-extensions".into(),
        // Nor do pages of the browser's own toolbar, which no journey uses.
        concat!(
            "--disable-features=SpareRendererForSitePerProcess,PreloadTopChromeWebUI,InitialWebUI,",
            "WebUIReloadButton,WebUIToolbar,WebUIOmniboxPopup,WebUIOmniboxFullPopup,WebUIOmniboxAimPopup"
        )
        .into(),
        "--disable-site-isolation-trials".into(),
        "--renderer-process-limit=1".into(),
        // A journey that uses the microphone allows or denies it.
        "--use-fake-device-for-media-stream".into(),
        // A window without tabs and toolbar, whose painting takes a seventh of the time. It fills the screen.
        "--kiosk".into(),
        format!("--screen-info={{{}x{}}}", SCREEN.0, SCREEN.1 - TOOLBAR),
        format!("--user-data-dir={}", profile.path().display()),
    ];
    let logs = if options.request_log {
        json!({"browser": "ALL", "performance": "ALL"})
    } else {
        json!({"browser": "ALL"})
    };
    let scripts = if options.scripts { 1 } else { 2 };
    let wanted = json!({
        "goog:loggingPrefs": logs,
        "goog:chromeOptions": {
            "args": args,
            "prefs": {
                "profile.managed_default_content_settings.javascript": scripts,
                "credentials_enable_service": false,
            },
        },
    });
    wanted
        .as_object()
        .expect("the capabilities are an object")
        .clone()
}

//! Runs axe-core in a page and formats its violations as text.

use std::fmt;

use serde::Deserialize;
use serde_json::json;

use crate::window::Window;

/// Source of axe-core, see `vendor/axe-core/README.md`.
const AXE: &str = include_str!("vendor/axe-core/axe.min.js");

/// Script that runs axe-core, on the open dialogs and popovers if there are any: the page behind them is checked without
/// them. Of the messages that differ in a number only, the newest three are checked. Preloading is off: no checked rule
/// needs style sheets or media loaded a second time.
/// The content security policy does not apply to scripts that WebDriver executes.
const RUN: &str = "const open = document.querySelectorAll(':popover-open, dialog[open]');
    const isNumber = (message) => /^number \\d+$/.test(message.querySelector('.message__body')?.textContent.trim());
    const exclude = [...document.querySelectorAll('.message')].filter(isNumber).slice(0, -3);
    return axe.run({ include: open.length ? open : document, exclude }, { resultTypes: ['violations'], preload: false, ...OPTIONS }).then(({ violations }) =>
    violations.flatMap(({ id, impact, help, nodes }) => nodes.map((node) =>
        ({ rule: id, impact, help, target: node.target.join(' '), html: node.html, summary: node.failureSummary }))));";

/// Script that replaces the gradient by its first and lighter colour, because axe cannot measure a gradient.
const FLATTEN_GRADIENT: &str = "const style = document.documentElement.style;
    style.removeProperty('--gradient');
    const gradient = getComputedStyle(document.documentElement).getPropertyValue('--gradient');
    const [, first] = gradient.match(/^linear-gradient\\(135deg, (#[0-9a-f]{6}), #[0-9a-f]{6}\\)$/);
    style.setProperty('--gradient', first);";

/// A violation of one rule by one element.
#[derive(Debug, Deserialize)]
pub struct Violation {
    /// Id of the rule: `image-alt`, `color-contrast`, …
    pub rule: String,
    /// Severity: `minor`, `moderate`, `serious` or `critical`.
    pub impact: Option<String>,
    help: String,
    target: String,
    html: String,
    summary: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let impact = self.impact.as_deref().unwrap_or("unknown");
        let html: String = self.html.chars().take(400).collect();
        let summary = self.summary.replace('\n', "\n      ");
        write!(
            f,
            "{impact}: {}: {}\n    {}\n    {html}\n    {summary}",
            self.rule, self.help, self.target
        )
    }
}

/// Set of axe-core rules to check.
#[derive(Clone, Copy, PartialEq)]
pub enum Rules {
    /// All rules, including best practices.
    All,
    /// Colour contrast alone, because no other rule depends on the colour scheme.
    Colours,
    /// All others. Contrast takes most of the time, and hardly depends on the width.
    Others,
}

/// Loads axe-core into every page that the window opens from here on.
pub async fn load(window: &Window) {
    let script = json!({"source": AXE});
    window
        .cdp("Page.addScriptToEvaluateOnNewDocument", script)
        .await;
}

/// Violations in the current state of the page.
pub async fn violations(window: &Window, rules: Rules) -> Vec<Violation> {
    window.run(FLATTEN_GRADIENT).await;
    let options = match rules {
        Rules::All => "{}",
        Rules::Colours => "{ runOnly: ['color-contrast'] }",
        Rules::Others => "{ rules: { 'color-contrast': { enabled: false } } }",
    };
    let found = window.run(&RUN.replace("OPTIONS", options)).await;
    serde_json::from_value(found).expect("axe returns violations in the expected form")
}

/// Emulates a width (px) and a colour scheme.
pub async fn emulate(window: &Window, width: u32, scheme: &str) {
    let metrics =
        json!({"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 600});
    window
        .cdp("Emulation.setDeviceMetricsOverride", metrics)
        .await;
    // Motion is off, because axe would measure colours in the middle of a transition.
    let features = json!({"features": [
        {"name": "prefers-color-scheme", "value": scheme},
        {"name": "prefers-reduced-motion", "value": "reduce"},
    ]});
    window.cdp("Emulation.setEmulatedMedia", features).await;
}

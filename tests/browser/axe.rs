//! axe-core in a page, and its findings as text.

use std::fmt;

use serde::Deserialize;
use serde_json::json;

use crate::window::Window;

/// See `vendor/axe-core/README.md`.
const AXE: &str = include_str!("vendor/axe-core/axe.min.js");

/// Runs axe-core; nothing here needs the style sheets and media that it can load again. The content security policy does not apply to scripts that WebDriver executes.
const RUN: &str = "return axe.run(document, { resultTypes: ['violations'], preload: false, ...OPTIONS }).then(({ violations }) =>
    violations.flatMap(({ id, impact, help, nodes }) => nodes.map((node) =>
        ({ rule: id, impact, help, target: node.target.join(' '), html: node.html, summary: node.failureSummary }))));";

/// axe measures no gradient, so there is only the lighter of the two colours of ours, which is the first.
const FLATTEN_GRADIENT: &str = "const style = document.documentElement.style;
    style.removeProperty('--gradient');
    const gradient = getComputedStyle(document.documentElement).getPropertyValue('--gradient');
    const [, first] = gradient.match(/^linear-gradient\\(135deg, (#[0-9a-f]{6}), #[0-9a-f]{6}\\)$/);
    style.setProperty('--gradient', first);";

/// One element against one rule.
#[derive(Debug, Deserialize)]
pub struct Violation {
    /// `image-alt`, `color-contrast`, …
    pub rule: String,
    /// `minor`, `moderate`, `serious` or `critical`.
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

/// The rules of axe-core that are checked.
#[derive(Clone, Copy, PartialEq)]
pub enum Rules {
    /// All rules, best practices too.
    All,
    /// Contrast of colours alone: nothing else depends on the colour scheme.
    Colours,
}

/// Violations of the rules in the page as it is shown now.
pub async fn violations(window: &Window, rules: Rules) -> Vec<Violation> {
    if window.js("typeof axe").await != "object" {
        window.run(AXE).await;
    }
    window.run(FLATTEN_GRADIENT).await;
    let options = match rules {
        Rules::All => "{}",
        Rules::Colours => "{ runOnly: ['color-contrast'] }",
    };
    let found = window.run(&RUN.replace("OPTIONS", options)).await;
    serde_json::from_value(found).expect("axe reports violations")
}

/// The width of the window, and the scheme of its colours.
pub async fn emulate(window: &Window, width: u32, scheme: &str) {
    let metrics =
        json!({"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 600});
    window
        .cdp("Emulation.setDeviceMetricsOverride", metrics)
        .await;
    // Without motion, or axe would measure colours halfway through a transition.
    let features = json!({"features": [
        {"name": "prefers-color-scheme", "value": scheme},
        {"name": "prefers-reduced-motion", "value": "reduce"},
    ]});
    window.cdp("Emulation.setEmulatedMedia", features).await;
}

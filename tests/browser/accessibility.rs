//! Checks every page with axe-core in wide and narrow viewports and in both colour schemes.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::axe::{self, Rules, emulate, violations};
use crate::fixtures::Fixtures;
use crate::harness::http::send;
use crate::pages::{NO_PAGES, PAGES, Who};
use crate::window::{Window, WindowOptions};

#[tokio::test]
async fn every_page_passes_axe() {
    let fixtures = Fixtures::create().await;
    let mut window = Window::open(&fixtures.proxy.origin(), WindowOptions::default()).await;
    window.expect_outage();
    window.expect_log("the server responded with a status of 4");
    axe::load(&window).await;
    let mut who = Who::Anonymous;
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for page in PAGES {
        if page.who != who {
            who = page.who;
            fixtures.log_in(&window, who).await;
        }
        emulate(&window, page.widths[0], "light").await;
        fixtures.open(&window, page).await;
        for (at, width) in page.widths.iter().enumerate() {
            let checks: &[(&str, Rules)] = match at {
                0 => &[("light", Rules::All), ("dark", Rules::Colours)],
                _ => &[("light", Rules::Others)],
            };
            for (scheme, rules) in checks {
                emulate(&window, *width, scheme).await;
                for violation in violations(&window, *rules).await {
                    let state = format!("{}, {width} px, {scheme}", page.name);
                    found.entry(violation.to_string()).or_default().push(state);
                }
            }
        }
        fixtures.proxy.refuse_everything(false);
    }
    let report = found
        .iter()
        .map(|(violation, states)| format!("{violation}\n    on: {}", states.join("; ")));
    let report: Vec<String> = report.collect();
    assert!(
        report.is_empty(),
        "{} violations:\n{}",
        report.len(),
        report.join("\n")
    );
    window.end().await;
}

#[tokio::test]
async fn axe_reports_known_violations() {
    let fixtures = Fixtures::create().await;
    let window = Window::open(&fixtures.proxy.origin(), WindowOptions::default()).await;
    axe::load(&window).await;
    window.goto("/login").await;
    window
        .js("document.querySelector('.card').insertAdjacentHTML('beforeend',
            '<img id=planted src=/assets/none.svg><button id=nameless></button><input id=unlabelled>')")
        .await;
    window.js("document.querySelector('.card').append(Object.assign(document.createElement('p'), { id: 'pale', textContent: 'pale' })) ?? true").await;
    window
        .js("document.getElementById('pale').style.setProperty('color', '#ddd') ?? true")
        .await;
    let found = violations(&window, Rules::All).await;
    for rule in ["image-alt", "button-name", "label", "color-contrast"] {
        let one = found.iter().find(|violation| violation.rule == rule);
        let one = one.unwrap_or_else(|| panic!("{rule} is not reported: {found:#?}"));
        assert!(matches!(
            one.impact.as_deref(),
            Some("serious" | "critical")
        ));
    }
}

#[tokio::test]
async fn every_route_is_in_the_page_table() {
    let source = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/routes.rs");
    let source = std::fs::read_to_string(source).expect("src/routes.rs can be read");
    let routes = routes(&source);
    assert!(routes.len() > 20, "{routes:?}");
    assert_eq!(
        missing_routes(&routes),
        Vec::<&str>::new(),
        "neither in PAGES nor in NO_PAGES"
    );
    for route in PAGES
        .iter()
        .map(|page| page.route)
        .chain(NO_PAGES.iter().map(|(route, _)| *route))
    {
        assert!(
            routes.contains(&route),
            "the table has {route}, which is no route"
        );
    }
    // No route in NO_PAGES returns a page.
    let fixtures = Fixtures::create().await;
    let ada = fixtures.ada.browser().await;
    for (route, path) in NO_PAGES {
        let request = ada.ask("GET", path).header("accept", "text/html");
        let reply = send(request).await;
        let is_page = reply.status == 200 && reply.header("content-type").starts_with("text/html");
        assert!(!is_page, "{route} returns a page");
    }
}

#[test]
fn a_route_missing_from_the_page_table_is_reported() {
    let source = r#"routes.at("/login", get(a)).at(
        "/rooms/:room/forgotten", only(READ, get(b)))"#;
    assert_eq!(missing_routes(&routes(source)), ["/rooms/:room/forgotten"]);
}

/// Routes in the source of `src/routes.rs`.
fn routes(source: &str) -> Vec<&str> {
    let after = source.split(".at(").skip(1);
    after.filter_map(|rest| rest.split('"').nth(1)).collect()
}

/// Routes in neither `PAGES` nor `NO_PAGES`.
fn missing_routes<'a>(routes: &[&'a str]) -> Vec<&'a str> {
    let known = |route: &&&str| {
        PAGES.iter().any(|page| page.route == **route)
            || NO_PAGES.iter().any(|(other, _)| other == *route)
    };
    routes
        .iter()
        .filter(|route| !known(route))
        .copied()
        .collect()
}

//! Every page, wide and narrow, light and dark, as axe-core sees it: nobody is shut out.
//!
//! Seen to fail: the two planted tests below plant what must be found, and the first run over the pages found
//! what the commits beside it mend.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::axe::{look, violations};
use crate::harness::http::send;
use crate::pages::{NO_PAGES, PAGES, Who};
use crate::screen::{Look, Screen};
use crate::world::World;

#[tokio::test]
async fn nobody_is_shut_out_of_any_page() {
    let world = World::furnished().await;
    let mut screen = Screen::open(&world.proxy.origin(), Look::default()).await;
    screen.expect_outage();
    screen.expect_log("the server responded with a status of 4");
    let mut who = Who::Nobody;
    let mut faults: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for page in PAGES {
        if page.who != who {
            who = page.who;
            world.enter(&screen, who).await;
        }
        look(&screen, page.widths[0], "light").await;
        world.open(&screen, page).await;
        for width in page.widths {
            for scheme in ["light", "dark"] {
                look(&screen, *width, scheme).await;
                for violation in violations(&screen).await {
                    let place = format!("{}, {width} px, {scheme}", page.name);
                    faults.entry(violation.to_string()).or_default().push(place);
                }
            }
        }
        world.proxy.refuse_everything(false);
    }
    let report = faults
        .iter()
        .map(|(what, places)| format!("{what}\n    on: {}", places.join("; ")));
    let report: Vec<String> = report.collect();
    assert!(
        report.is_empty(),
        "{} faults:\n{}",
        report.len(),
        report.join("\n")
    );
    screen.end().await;
}

#[tokio::test]
async fn what_is_planted_is_found() {
    let world = World::furnished().await;
    let screen = Screen::open(&world.proxy.origin(), Look::default()).await;
    screen.goto("/login").await;
    screen
        .js("document.querySelector('.card').insertAdjacentHTML('beforeend',
            '<img id=planted src=/assets/none.svg><button id=nameless></button><input id=unlabelled>')")
        .await;
    screen.js("document.querySelector('.card').append(Object.assign(document.createElement('p'), { id: 'pale', textContent: 'pale' })) ?? true").await;
    screen
        .js("document.getElementById('pale').style.setProperty('color', '#ddd') ?? true")
        .await;
    let found = violations(&screen).await;
    for rule in ["image-alt", "button-name", "label", "color-contrast"] {
        let one = found.iter().find(|violation| violation.rule == rule);
        let one = one.unwrap_or_else(|| panic!("{rule} is not found: {found:#?}"));
        assert!(matches!(
            one.impact.as_deref(),
            Some("serious" | "critical")
        ));
    }
}

#[tokio::test]
async fn every_page_is_in_the_table() {
    let source = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/routes.rs");
    let source = std::fs::read_to_string(source).expect("the routes");
    let doors = doors(&source);
    assert!(doors.len() > 20, "{doors:?}");
    assert_eq!(
        forgotten(&doors),
        Vec::<&str>::new(),
        "neither in PAGES nor in NO_PAGES"
    );
    for door in PAGES
        .iter()
        .map(|page| page.door)
        .chain(NO_PAGES.iter().map(|(door, _)| *door))
    {
        assert!(doors.contains(&door), "there is no door {door} any more");
    }
    // What is said to be no page is none.
    let world = World::furnished().await;
    let ada = world.ada.browser().await;
    for (door, path) in NO_PAGES {
        let request = ada.ask("GET", path).header("accept", "text/html");
        let reply = send(request).await;
        let is_page = reply.status == 200 && reply.header("content-type").starts_with("text/html");
        assert!(!is_page, "{door} opens a page");
    }
}

#[test]
fn a_forgotten_page_is_noticed() {
    let source = r#"doors.at("/login", get(a)).at(
        "/rooms/:room/forgotten", only(READ, get(b)))"#;
    assert_eq!(forgotten(&doors(source)), ["/rooms/:room/forgotten"]);
}

/// The doors of `src/routes.rs`.
fn doors(source: &str) -> Vec<&str> {
    let after = source.split(".at(").skip(1);
    after.filter_map(|rest| rest.split('"').nth(1)).collect()
}

/// Those in neither list.
fn forgotten<'a>(doors: &[&'a str]) -> Vec<&'a str> {
    let known = |door: &&&str| {
        PAGES.iter().any(|page| page.door == **door)
            || NO_PAGES.iter().any(|(other, _)| other == *door)
    };
    doors.iter().filter(|door| !known(door)).copied().collect()
}

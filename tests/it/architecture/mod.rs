//! Reads the sources and checks what ARCHITECTURE.md promises about them.

mod lexer;
mod rules;
mod tree;
mod vocabulary;

use std::fs;
use std::path::{Path, PathBuf};

use rules::{Fault, asset_faults, rust_faults, template_faults};
use tree::{circles, duplicate_types};
use vocabulary::retired_words;

/// Files in circles that are still to be cut.
const CIRCLES: [&str; 5] = [
    "presence/html.rs",
    "presence/present.rs",
    "rooms/administration.rs",
    "rooms/purge.rs",
    "rooms/store/mod.rs",
];
/// Type names that are still defined more than once.
const TYPES: [&str; 5] = ["Inner", "People", "Person", "Row", "Writer"];

/// The faults that mention none of the known ones.
fn new_faults(faults: Vec<Fault>, known: &[&str]) -> Vec<Fault> {
    let is_known = |fault: &Fault| {
        known.iter().any(|known| {
            fault.path == Path::new(known) || fault.rule.contains(&format!("type {known},"))
        })
    };
    faults
        .into_iter()
        .filter(|fault| !is_known(fault))
        .collect()
}

#[test]
fn the_sources_keep_the_invariants() {
    let mut faults = Vec::new();
    for (path, text) in files("src", "rs") {
        faults.extend(rust_faults(&path, &text));
    }
    report(faults);
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    report(new_faults(circles(&files("src", "rs")), &CIRCLES));
}

#[test]
fn a_type_name_is_defined_once() {
    report(new_faults(duplicate_types(&files("src", "rs")), &TYPES));
}

#[test]
fn retired_words_stay_retired() {
    let mut faults = Vec::new();
    for (folder, kind) in [("src", "rs"), ("templates", "html"), ("assets/js", "js")] {
        for (path, text) in files(folder, kind) {
            faults.extend(retired_words(&path, &text));
        }
    }
    report(faults);
}

#[test]
fn planted_circles_twins_and_retired_words_are_seen() {
    let source = |path: &str, text: &str| (PathBuf::from(path), text.to_owned());
    let circle = [
        source("a.rs", "//! A.\nuse crate::b::B;\npub struct A;\n"),
        source("b.rs", "//! B.\nuse crate::a::A;\npub struct B;\n"),
        source("c.rs", "//! C.\nuse crate::a::A;\n"),
    ];
    let faults = circles(&circle);
    assert_eq!(faults.len(), 2, "{faults:?}");
    let twins = [
        source("a.rs", "//! A.\npub struct Row;\n"),
        source("b.rs", "//! B.\nenum Row {}\n"),
    ];
    assert_eq!(duplicate_types(&twins).len(), 1);
    for text in [
        "// rings the bell",
        "fn new_sketch() {}",
        "struct RoomSketch;",
    ] {
        let faults = retired_words(Path::new("a.rs"), text);
        assert_eq!(faults.len(), 1, "{text}: {faults:?}");
    }
    assert!(retired_words(Path::new("a.rs"), "fn rebellion() {}").is_empty());
}

#[test]
fn the_templates_trust_nobody_and_run_nothing() {
    let found = files("templates", "html");
    assert!(!found.is_empty(), "there are templates");
    report(
        found
            .iter()
            .flat_map(|(path, text)| template_faults(path, text))
            .collect(),
    );
}

#[test]
fn scripts_and_styles_stay_small() {
    let mut faults = Vec::new();
    for (folder, kind) in [("assets/js", "js"), ("assets/css", "css")] {
        let found = files(folder, kind);
        assert!(!found.is_empty(), "there is something in {folder}");
        faults.extend(
            found
                .iter()
                .flat_map(|(path, text)| asset_faults(path, text)),
        );
    }
    report(faults);
}

#[test]
fn the_map_names_only_what_is_there() {
    let map =
        fs::read_to_string(root().join("ARCHITECTURE.md")).expect("there is an ARCHITECTURE.md");
    let words = map.split(|c: char| c.is_whitespace() || "`()[]*,;:<>|".contains(c));
    let ends = [
        "src/",
        "templates/",
        "assets/",
        "tests/",
        "migrations/",
        "scripts/",
        "benches/",
    ];
    let paths: Vec<&str> = words
        .filter(|word| ends.iter().any(|start| word.starts_with(start)))
        .collect();
    assert!(paths.len() > 5, "the map names files");
    for path in paths {
        let path = path.trim_end_matches(['.', '/']);
        assert!(
            root().join(path).exists(),
            "ARCHITECTURE.md names {path}, which is not there"
        );
    }
}

#[test]
fn the_checker_catches_what_is_planted() {
    let planted: [(&str, &str, &str); 20] = [
        (
            "rooms/mod.rs",
            "//! Rooms.\nuse diesel::prelude::*;",
            "diesel",
        ),
        (
            "rooms/html.rs",
            "//! Rooms.\nfn f(c: &diesel::SqliteConnection) {}",
            "diesel",
        ),
        (
            "web/session.rs",
            "//! Sessions.\nlet x = std::env::var(\"X\");",
            "environment",
        ),
        (
            "web/session.rs",
            "//! Sessions.\nuse std::{env, fs};",
            "environment",
        ),
        (
            "live/log.rs",
            "//! A log.\nuse crate::messages::Message;",
            "platform",
        ),
        (
            "db/mod.rs",
            "//! Db.\nuse crate::{error::Error, rooms::{Room, RoomId}};",
            "platform",
        ),
        (
            "web/guard.rs",
            "//! Guard.\nfn f(u: crate::accounts::User) {}",
            "platform",
        ),
        (
            "web/guard.rs",
            "//! Guard.\nuse super::super::accounts::User;",
            "platform",
        ),
        (
            "accounts/mod.rs",
            "//! Accounts.\nuse crate::rooms::Room;",
            "below",
        ),
        (
            "messages/http.rs",
            "//! Pages.\nuse crate::sidebar::html;",
            "below",
        ),
        (
            "messages/http.rs",
            "//! Messages.\nuse crate::{app::App, room_page::Page};",
            "below",
        ),
        (
            "messages/http.rs",
            "//! Messages.\nuse crate::rooms::store::find;",
            "store of rooms",
        ),
        (
            "room_page/mod.rs",
            "//! Page.\nuse crate::messages::{Message, store};",
            "store of messages",
        ),
        (
            "legacy_socket/mod.rs",
            "//! Socket.\nuse crate::presence::store as r;",
            "store of presence",
        ),
        (
            "rooms/mod.rs",
            "//! Rooms.\nfn f() { unsafe { g() } }",
            "unsafe",
        ),
        (
            "rooms/mod.rs",
            "//! Rooms.\nfn f() { g().unwrap(); }",
            "unwrap",
        ),
        ("rooms/mod.rs", "//! Rooms.\n// TODO: more", "TODO"),
        ("rooms/mod.rs", "use crate::error::Error;", "first line"),
        (
            "rooms/mod.rs",
            &format!("//! Rooms.\n{}", "\n".repeat(500)),
            "500 lines",
        ),
        (
            "rooms/mod.rs",
            &format!("//! Rooms.\nfn f() {{\n{}}}\n", "    g();\n".repeat(80)),
            "70 lines",
        ),
    ];
    for (path, source, rule) in planted {
        let faults = rust_faults(Path::new(path), source);
        assert!(
            faults.iter().any(|fault| fault.rule.contains(rule)),
            "{rule} in {path} is not seen: {faults:?}"
        );
    }
}

#[test]
fn the_checker_leaves_honest_code_alone() {
    let honest = [
        (
            "rooms/store.rs",
            "//! Rooms on disk.\nuse diesel::prelude::*;\nuse crate::schema::rooms;",
        ),
        (
            "db/writer.rs",
            "//! The writer.\nuse diesel::connection::Connection;",
        ),
        ("config.rs", "//! Settings.\nuse std::env;"),
        (
            "rooms/guard.rs",
            "//! Proofs.\nuse crate::accounts::User;\nuse super::store;\n// diesel is far from here",
        ),
        (
            "legacy_socket/mod.rs",
            "//! Socket.\nuse crate::{messages::{self, Message}, presence::Presence};",
        ),
        (
            "web/assets.rs",
            "//! Assets.\nconst V: &str = env!(\"CARGO_PKG_VERSION\");\nconst S: &str = \"crate::rooms unsafe\";",
        ),
        (
            "server.rs",
            "//! Builds all.\nuse crate::{accounts, rooms, search};",
        ),
        (
            "rooms/mod.rs",
            "//! Rooms.\n#[cfg(test)]\nmod tests { fn f() { g().unwrap(); } }",
        ),
        (
            "accounts/name.rs",
            "//! Names.\nlet c = '\"'; let l: &'static str = r#\"unsafe \" {}\"#; let d = '\\'';",
        ),
    ];
    for (path, source) in honest {
        let faults = rust_faults(Path::new(path), source);
        assert!(faults.is_empty(), "{path}: {faults:?}");
    }
}

#[test]
fn the_checker_catches_planted_markup() {
    let planted = [
        "{{ body|safe }}",
        "{{ body | safe }}",
        "<a onclick=\"x()\">",
        "<div hx-on:click=\"x()\">",
        "<div hx-vals='js:{x}'>",
        "<p style=\"color: red\">",
        "<style>p {}</style>",
        "<script>x()</script>",
        "<!-- TODO -->",
    ];
    for markup in planted {
        assert!(
            !template_faults(Path::new("x.html"), markup).is_empty(),
            "{markup} is not seen"
        );
    }
    let honest = "<script src=\"{{ page.script }}\" defer></script><p class=\"on\">one = two</p>";
    assert!(template_faults(Path::new("x.html"), honest).is_empty());
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every file of a kind below a folder, with its path from there.
fn files(folder: &str, kind: &str) -> Vec<(PathBuf, String)> {
    let base = root().join(folder);
    let mut found = Vec::new();
    let mut folders = vec![base.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder can be read") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == kind) {
                let text = fs::read_to_string(&path).expect("a source is text");
                found.push((
                    path.strip_prefix(&base).expect("it is below").to_path_buf(),
                    text,
                ));
            }
        }
    }
    found.sort();
    found
}

#[track_caller]
fn report(faults: Vec<Fault>) {
    let list: Vec<String> = faults.iter().map(ToString::to_string).collect();
    assert!(
        faults.is_empty(),
        "{} faults:\n{}",
        list.len(),
        list.join("\n")
    );
}

//! Checks that the sources follow the rules of ARCHITECTURE.md.

mod lexer;
mod rules;
mod tree;
mod vocabulary;

use std::fs;
use std::path::{Path, PathBuf};

use rules::{Fault, asset_faults, rust_faults, template_faults};
use tree::{cycles, duplicate_types};
use vocabulary::retired_words;

/// Sources of the server and of the file formats.
const SOURCES: [&str; 2] = ["src", "crates/formats/src"];

#[test]
fn the_sources_follow_the_rules() {
    let mut faults = Vec::new();
    for folder in SOURCES {
        for (path, text) in files(folder, "rs") {
            faults.extend(rust_faults(&path, &text));
        }
    }
    report(faults);
}

#[test]
fn no_files_import_each_other_in_a_cycle() {
    for folder in SOURCES {
        report(cycles(&files(folder, "rs")));
    }
}

#[test]
fn each_type_name_is_defined_once() {
    report(duplicate_types(
        &SOURCES.map(|folder| files(folder, "rs")).concat(),
    ));
}

#[test]
fn the_sources_contain_no_retired_words() {
    let mut faults = Vec::new();
    let sources = SOURCES.map(|folder| (folder, "rs"));
    for (folder, kind) in sources
        .into_iter()
        .chain([("templates", "html"), ("assets/js", "js")])
    {
        for (path, text) in files(folder, kind) {
            faults.extend(retired_words(&path, &text));
        }
    }
    report(faults);
}

#[test]
fn cycles_duplicate_types_and_retired_words_are_detected() {
    let source = |path: &str, text: &str| (PathBuf::from(path), text.to_owned());
    let cycle = [
        source("a.rs", "//! A.\nuse crate::b::B;\npub struct A;\n"),
        source("b.rs", "//! B.\nuse crate::a::A;\npub struct B;\n"),
        source("c.rs", "//! C.\nuse crate::a::A;\n"),
    ];
    let faults = cycles(&cycle);
    assert_eq!(faults.len(), 2, "{faults:?}");
    let duplicates = [
        source("a.rs", "//! A.\npub struct Row;\n"),
        source("b.rs", "//! B.\nenum Row {}\n"),
    ];
    assert_eq!(duplicate_types(&duplicates).len(), 1);
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
fn templates_escape_all_values_and_contain_no_inline_code() {
    let found = files("templates", "html");
    assert!(!found.is_empty(), "the folder has templates");
    report(
        found
            .iter()
            .flat_map(|(path, text)| template_faults(path, text))
            .collect(),
    );
}

#[test]
fn scripts_and_stylesheets_follow_the_rules() {
    let mut faults = Vec::new();
    for (folder, kind) in [("assets/js", "js"), ("assets/css", "css")] {
        let found = files(folder, kind);
        assert!(!found.is_empty(), "{folder} has files");
        faults.extend(
            found
                .iter()
                .flat_map(|(path, text)| asset_faults(path, text)),
        );
    }
    report(faults);
}

#[test]
fn all_paths_in_the_architecture_document_exist() {
    let document =
        fs::read_to_string(root().join("ARCHITECTURE.md")).expect("ARCHITECTURE.md can be read");
    let words = document.split(|c: char| c.is_whitespace() || "`()[]*,;:<>|".contains(c));
    let folders = [
        "src/",
        "crates/",
        "templates/",
        "assets/",
        "tests/",
        "migrations/",
        "scripts/",
        "benches/",
    ];
    let paths: Vec<&str> = words
        .filter(|word| folders.iter().any(|start| word.starts_with(start)))
        .collect();
    assert!(paths.len() > 5, "ARCHITECTURE.md names files");
    for path in paths {
        let path = path.trim_end_matches(['.', '/']);
        assert!(
            root().join(path).exists(),
            "ARCHITECTURE.md names {path}, which does not exist"
        );
    }
}

#[test]
fn every_broken_rule_is_detected() {
    let violations: [(&str, &str, &str); 21] = [
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
            "rooms/html.rs",
            "//! Rooms.\nconst ALL: &str = \"SELECT id FROM rooms\";",
            "SQL",
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
    for (path, source, rule) in violations {
        let faults = rust_faults(Path::new(path), source);
        assert!(
            faults.iter().any(|fault| fault.rule.contains(rule)),
            "{rule} in {path} is not detected: {faults:?}"
        );
    }
}

#[test]
fn correct_code_has_no_faults() {
    let correct = [
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
    for (path, source) in correct {
        let faults = rust_faults(Path::new(path), source);
        assert!(faults.is_empty(), "{path}: {faults:?}");
    }
}

#[test]
fn forbidden_markup_is_detected() {
    let violations = [
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
    for markup in violations {
        assert!(
            !template_faults(Path::new("x.html"), markup).is_empty(),
            "{markup} is not detected"
        );
    }
    let correct = "<script src=\"{{ page.script }}\" defer></script><p class=\"on\">one = two</p>";
    assert!(template_faults(Path::new("x.html"), correct).is_empty());
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// All files with an extension below a folder: path relative to the folder, and text.
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
                    path.strip_prefix(&base)
                        .expect("the file is in the folder")
                        .to_path_buf(),
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

//! Rules about single files.

use std::fmt;
use std::path::{Path, PathBuf};

use super::lexer::{code_of, has_word, paths_from};

/// Folders that must not import features.
const PLATFORM: [&str; 7] = [
    "db", "live", "outgoing", "settings", "web", "events", "jobs",
];
/// Features, then the pages that combine them. Each may import the ones before it.
const FEATURES: [&str; 25] = [
    "audit",
    "mail",
    "accounts",
    "people",
    "setup",
    "notifications",
    "rooms",
    "invites",
    "files",
    "avatars",
    "emoji",
    "link_previews",
    "messages",
    "moderation",
    "data_export",
    "threads",
    "presence",
    "reading",
    "search",
    "admin",
    "legacy_socket",
    "sidebar",
    "inbox",
    "room_page",
    "control",
];
/// Files of a feature that other features must not import.
const PRIVATE: [&str; 1] = ["store"];

/// A broken rule, and the file that breaks it.
#[derive(Debug)]
pub struct Fault {
    pub path: PathBuf,
    pub rule: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}: {}", self.path.display(), self.rule)
    }
}

/// Checks a Rust file; the path is relative to `src/`.
pub fn rust_faults(path: &Path, source: &str) -> Vec<Fault> {
    let code = code_of(source);
    let mut rules = Vec::new();
    let first = source.lines().next().unwrap_or_default();
    expect(
        &mut rules,
        first.starts_with("//! "),
        "the first line says the job",
    );
    expect(
        &mut rules,
        may_use_diesel(path) || !names_diesel(&code),
        "diesel is for db/, schema.rs and stores",
    );
    expect(
        &mut rules,
        may_use_diesel(path) || path.ends_with("sql.rs") || is_test(path) || !has_sql(source),
        "SQL is for db/, stores and files named sql.rs",
    );
    expect(
        &mut rules,
        path == Path::new("config.rs") || !reads_environment(&code),
        "the environment is read in config.rs",
    );
    expect(&mut rules, !has_word(&code, "unsafe"), "no unsafe");
    expect(
        &mut rules,
        is_test(path) || !without_tests(&code).contains(".unwrap()"),
        "no unwrap",
    );
    expect(&mut rules, !is_unfinished(source), "no TODO");
    let schema = path == Path::new("schema.rs");
    expect(
        &mut rules,
        schema || is_test(path) || source.lines().count() <= 500,
        "a file has at most 500 lines",
    );
    if let Some(line) = long_function(&without_tests(&code)) {
        rules.push(format!(
            "the function at line {line} has more than 70 lines"
        ));
    }
    rules.extend(import_faults(path, &code));
    faults_at(path, rules)
}

/// Checks a template.
pub fn template_faults(path: &Path, text: &str) -> Vec<Fault> {
    let mut rules = Vec::new();
    let squeezed: String = text.split_whitespace().collect();
    expect(
        &mut rules,
        !squeezed.contains("|safe"),
        "no |safe in a template",
    );
    expect(&mut rules, !has_handler(text), "no inline handler");
    expect(&mut rules, !text.contains("hx-on"), "hx-on needs eval");
    expect(
        &mut rules,
        !text.contains("js:") && !text.contains("javascript:"),
        "js: needs eval",
    );
    expect(
        &mut rules,
        !text.contains(" style=") && !text.contains("<style"),
        "no inline style",
    );
    let scripts = text.match_indices("<script").all(|(at, _)| {
        text[at..]
            .split('>')
            .next()
            .is_some_and(|tag| tag.contains("src="))
    });
    expect(&mut rules, scripts, "no inline script");
    expect(&mut rules, !is_unfinished(text), "no TODO");
    faults_at(path, rules)
}

/// Checks a script (120 lines, no eval) or a style (300 lines).
pub fn asset_faults(path: &Path, text: &str) -> Vec<Fault> {
    let mut rules = Vec::new();
    let script = path.extension().is_some_and(|end| end == "js");
    let limit = if script { 120 } else { 300 };
    expect(
        &mut rules,
        text.lines().count() <= limit,
        &format!("at most {limit} lines"),
    );
    expect(
        &mut rules,
        !script || !text.contains("eval(") && !text.contains("new Function"),
        "no eval",
    );
    expect(&mut rules, !is_unfinished(text), "no TODO");
    faults_at(path, rules)
}

/// Attributes broken rules to a file.
fn faults_at(path: &Path, rules: Vec<String>) -> Vec<Fault> {
    rules
        .into_iter()
        .map(|rule| Fault {
            path: path.to_path_buf(),
            rule,
        })
        .collect()
}

fn expect(rules: &mut Vec<String>, holds: bool, rule: &str) {
    if !holds {
        rules.push(rule.to_string());
    }
}

fn may_use_diesel(path: &Path) -> bool {
    path.starts_with("db")
        || path == Path::new("schema.rs")
        || path.ends_with("store.rs")
        || path
            .parent()
            .is_some_and(|folder| folder.ends_with("store"))
}

fn names_diesel(code: &str) -> bool {
    ["diesel", "diesel_migrations"]
        .iter()
        .any(|name| has_word(code, name))
}

/// Whether a line of code, not of comment, contains a statement or a clause of SQL.
fn has_sql(source: &str) -> bool {
    let words = [
        "SELECT ",
        "INSERT INTO ",
        "DELETE FROM ",
        "UPDATE ",
        " WHERE ",
        " JOIN ",
    ];
    let code = source
        .lines()
        .map(str::trim_start)
        .filter(|line| !line.starts_with("//"));
    code.into_iter()
        .any(|line| words.iter().any(|word| line.contains(word)))
}

fn reads_environment(code: &str) -> bool {
    let std = paths_from(code, "std");
    std.iter()
        .any(|path| path.first().is_some_and(|name| name == "env"))
        || code.contains("env::var")
}

fn is_test(path: &Path) -> bool {
    path.file_stem().is_some_and(|name| name == "tests") || path.iter().any(|part| part == "tests")
}

fn is_unfinished(text: &str) -> bool {
    ["TODO", "FIXME", "XXX"]
        .iter()
        .any(|mark| has_word(text, mark))
}

/// The code before the unit tests of a file.
pub fn without_tests(code: &str) -> String {
    code.split("#[cfg(test)]")
        .next()
        .unwrap_or_default()
        .to_string()
}

/// The line of the first function that is too long, if there is one.
fn long_function(code: &str) -> Option<usize> {
    let lines: Vec<&str> = code.lines().collect();
    for (start, line) in lines.iter().enumerate() {
        let indent = line.len() - line.trim_start().len();
        let starts = has_word(line, "fn") && !line.trim_end().ends_with(';');
        if !starts {
            continue;
        }
        let closing = format!("{}}}", " ".repeat(indent));
        let end = lines[start..].iter().position(|line| {
            *line == closing || line.trim_end().ends_with('}') && line.contains("fn ")
        });
        if end.is_some_and(|length| length > 70) {
            return Some(start + 1);
        }
    }
    None
}

fn has_handler(text: &str) -> bool {
    let lower = text.to_lowercase();
    lower.match_indices(" on").any(|(at, _)| {
        let name: String = lower[at + 3..]
            .chars()
            .take_while(char::is_ascii_alphabetic)
            .collect();
        name.len() > 2 && lower[at + 3 + name.len()..].starts_with('=')
    })
}

fn import_faults(path: &Path, code: &str) -> Vec<String> {
    let own = path
        .iter()
        .next()
        .and_then(|part| part.to_str())
        .unwrap_or_default()
        .trim_end_matches(".rs");
    let mut rules = Vec::new();
    for target in absolute_paths(path, code) {
        let Some(place) = FEATURES.iter().position(|feature| *feature == target[0]) else {
            continue;
        };
        if PLATFORM.contains(&own) {
            rules.push(format!("the platform imports the feature {}", target[0]));
        }
        let Some(own_place) = FEATURES.iter().position(|feature| *feature == own) else {
            continue;
        };
        if place > own_place {
            rules.push(format!("{own} imports {}, which is below it", target[0]));
        }
        if place != own_place
            && target
                .get(1)
                .is_some_and(|part| PRIVATE.contains(&part.as_str()))
        {
            rules.push(format!(
                "the {} of {} is private to it",
                target[1], target[0]
            ));
        }
    }
    rules
}

/// Every path in the code that starts at the root of the crate, however it is written.
fn absolute_paths(path: &Path, code: &str) -> Vec<Vec<String>> {
    let mut found = paths_from(code, "crate");
    let named_mod = path.file_stem().is_some_and(|name| name == "mod");
    let depth = path.iter().count() - usize::from(named_mod);
    for mut relative in paths_from(code, "super") {
        let more = relative.iter().take_while(|part| *part == "super").count();
        if 1 + more >= depth {
            found.push(relative.split_off(more));
        }
    }
    found.retain(|path| !path.is_empty());
    found
}

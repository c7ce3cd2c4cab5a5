//! `docs/api.md` is correct: its commands run, the responses agree with it, and no route is missing.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::harness::server::Server;

/// A shell command, and the response that the document shows below it.
struct ShellCommand {
    text: String,
    answer: Option<Value>,
}

/// The output of a command.
struct Outcome {
    out: String,
    /// Status codes of its requests, and error messages.
    err: String,
    code: String,
}

fn document() -> String {
    let path = root().join("docs/api.md");
    fs::read_to_string(path).expect("docs/api.md can be read")
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn every_command_of_the_document_returns_the_documented_response() {
    let commands = commands_in(&document());
    let answers = commands.iter().filter(|command| command.answer.is_some());
    assert!(answers.count() > 20, "the document shows responses");
    let server = Server::start();
    let home = TempDir::new().expect("a temporary folder");
    let outcomes = run(&commands, &server.address().to_string(), home.path());
    for (command, outcome) in commands.iter().zip(outcomes) {
        check(command, &outcome);
    }
}

#[test]
fn every_route_is_named_in_the_document() {
    let source = fs::read_to_string(root().join("src/routes.rs")).expect("the routes can be read");
    let routes: Vec<&str> = source
        .split(".at(")
        .skip(1)
        .filter_map(|rest| rest.split('"').nth(1))
        .collect();
    assert!(routes.len() > 20, "{routes:?}");
    let named = paths_in(&document());
    for route in routes {
        let parts = route.split('/').map(|part| match part {
            ":room" => "{id}".to_owned(),
            ":name" => "{username}".to_owned(),
            part => part
                .strip_prefix(':')
                .map_or(part.to_owned(), |part| format!("{{{part}}}")),
        });
        let route = parts.collect::<Vec<_>>().join("/");
        assert!(named.contains(&route), "docs/api.md does not name {route}");
    }
}

#[test]
fn every_route_in_the_document_has_an_example_request() {
    let document = document();
    let sent: Vec<(String, String)> = commands_in(&document)
        .iter()
        .flat_map(|l| requests_in(&l.text))
        .collect();
    let is_sent = |method: &str, route: &str| {
        let fits = |path: &str| {
            let (route, path) = (route.split('/'), path.split('/'));
            route.clone().count() == path.clone().count()
                && route.zip(path).all(|(a, b)| a.starts_with('{') || a == b)
        };
        sent.iter().any(|(by, path)| by == method && fits(path))
    };
    let mut routes = 0;
    for text in document.split('`').skip(1).step_by(2) {
        let route = text
            .split('?')
            .next()
            .and_then(|text| text.split_once(" /"));
        let Some((method, path)) = route else {
            continue;
        };
        let socket = path.ends_with("live") || path == "ws";
        if method.chars().all(|c| c.is_ascii_uppercase()) && !socket {
            routes += 1;
            let path = format!("/{path}");
            assert!(is_sent(method, &path), "no command sends {method} {path}");
        }
    }
    assert!(routes > 20, "{routes}");
}

#[test]
fn responses_that_differ_from_the_document_are_detected() {
    let same = |expected: &str, actual: &str| {
        let parse = |text| serde_json::from_str::<Value>(text).expect("JSON");
        difference(&parse(expected), &parse(actual)).is_none()
    };
    let at = r#"{"at":"2026-11-22T09:15:00.123Z"}"#;
    assert!(same(at, r#"{"at":"2027-01-02T10:11:12.131Z"}"#));
    assert!(!same(at, r#"{"at":"2027-01-02"}"#));
    assert!(!same(at, "{}"));
    assert!(!same("{}", at));
    assert!(!same(r#"{"a":[1]}"#, r#"{"a":[1,2]}"#));
    assert!(!same(r#"{"a":1}"#, r#"{"a":"1"}"#));
    assert!(!same(r#"{"a":"b"}"#, r#"{"a":"c"}"#));
    assert!(!same(r#"{"a":null}"#, r#"{"a":false}"#));
}

/// The requests of a command: method and path.
fn requests_in(command: &str) -> Vec<(String, String)> {
    let mut requests = Vec::new();
    for request in command.split("curl ").skip(1) {
        let Some((_, rest)) = request.split_once("localhost:8000") else {
            continue;
        };
        let path = rest.split([' ', '?', '"']).next().unwrap_or_default();
        let method = match request.strip_prefix("-X ") {
            Some(rest) => rest.split(' ').next().unwrap_or_default(),
            None if request.contains("--json") => "POST",
            None => "GET",
        };
        requests.push((method.to_owned(), path.to_owned()));
    }
    requests
}

/// The paths in backquotes, without methods and queries.
fn paths_in(document: &str) -> Vec<String> {
    let quoted = document.split('`').skip(1).step_by(2);
    let address = |text: &str| {
        let address = text.split(' ').next_back().unwrap_or_default();
        let path = address.split('?').next().unwrap_or_default();
        path.starts_with('/').then(|| path.to_owned())
    };
    let without_blocks = quoted.filter(|text| !text.contains('\n'));
    without_blocks.filter_map(address).collect()
}

/// The shell commands in order. The last command before a JSON block gets that block as its expected response.
fn commands_in(document: &str) -> Vec<ShellCommand> {
    let mut commands: Vec<ShellCommand> = Vec::new();
    for block in document.split("\n```").skip(1).step_by(2) {
        let (language, text) = block.split_once('\n').expect("a block has a language");
        match language {
            "sh" => commands.extend(text.lines().map(|command| ShellCommand {
                text: command.to_owned(),
                answer: None,
            })),
            "json" => {
                let answer = serde_json::from_str(text);
                let answer = answer.unwrap_or_else(|error| panic!("{error} in {text}"));
                let command = commands.last_mut().expect("a response follows a command");
                command.answer = Some(answer);
            }
            other => panic!("unexpected block language {other:?}"),
        }
    }
    commands
}

/// Runs the commands in one shell, so that variables stay set.
fn run(commands: &[ShellCommand], address: &str, home: &Path) -> Vec<Outcome> {
    let mut script =
        "curl() { command curl -q -sS -w '%{stderr}%{http_code} ' \"$@\"; }\n".to_owned();
    for (number, command) in commands.iter().enumerate() {
        let text = command.text.replace("localhost:8000", address);
        script += &format!("{{ {text}\n}} >{number}.out 2>{number}.err; echo $? >{number}.code\n");
    }
    let mut shell = Command::new("sh");
    let ran = shell
        .args(["-c", &script])
        .env("no_proxy", "*")
        .current_dir(home)
        .status();
    assert!(ran.expect("sh can be run").success(), "{script}");
    let read = |name: String| fs::read_to_string(home.join(name)).expect("the output can be read");
    let outcome = |number| Outcome {
        out: read(format!("{number}.out")),
        err: read(format!("{number}.err")),
        code: read(format!("{number}.code")),
    };
    (0..commands.len()).map(outcome).collect()
}

fn check(command: &ShellCommand, outcome: &Outcome) {
    let Outcome { out, err, code } = outcome;
    let details = format!("{}\nexit {code}{err}\n{out}", command.text);
    assert_eq!(code.trim(), "0", "{details}");
    let refused = command
        .answer
        .as_ref()
        .is_some_and(|v| !v["detail"].is_null());
    for status in err.split_whitespace() {
        let is_success = ["200", "201", "202", "204"].contains(&status);
        assert!(is_success != refused, "{details}");
    }
    match &command.answer {
        Some(expected) => {
            let actual =
                serde_json::from_str(out).unwrap_or_else(|_| panic!("not JSON: {details}"));
            if let Some(what) = difference(expected, &actual) {
                panic!("{what}\n{details}");
            }
        }
        // Only the last of several commands has an expected response; the others return JSON or nothing.
        None => assert!(out.is_empty() || out.starts_with('{'), "{details}"),
    }
}

/// The first difference between the documented and the actual response. Dates, tokens and versions only need the
/// same format.
fn difference(expected: &Value, actual: &Value) -> Option<String> {
    match (expected, actual) {
        (Value::Object(expected), Value::Object(actual)) => {
            let keys =
                |map: &serde_json::Map<String, Value>| map.keys().cloned().collect::<Vec<_>>();
            if keys(expected) != keys(actual) {
                return Some(format!(
                    "actual keys {:?}, expected {:?}",
                    keys(actual),
                    keys(expected)
                ));
            }
            let pairs = expected.iter().zip(actual.values());
            let mut inside = pairs.map(|((key, a), b)| Some((key, difference(a, b)?)));
            let (key, what) = inside.find_map(|found| found)?;
            Some(format!("{key}: {what}"))
        }
        (Value::Array(expected), Value::Array(actual)) if expected.len() == actual.len() => {
            expected
                .iter()
                .zip(actual)
                .find_map(|(a, b)| difference(a, b))
        }
        (Value::String(expected), Value::String(actual))
            if normalized(expected) == normalized(actual) =>
        {
            None
        }
        _ if expected == actual => None,
        _ => Some(format!("actual {actual}, expected {expected}")),
    }
}

/// Replaces tokens, dates and versions, which differ in each run, by a placeholder.
fn normalized(text: &str) -> String {
    if let Some(path) = text.strip_prefix("/files/") {
        return path
            .split('/')
            .map(normalized)
            .collect::<Vec<_>>()
            .join("/");
    }
    if text.contains("/invite/") {
        return "an invite link".into();
    }
    if text.starts_with("/e/") {
        return "the picture of an emoji".into();
    }
    let digits = |c: char| if c.is_ascii_digit() { '0' } else { c };
    let shape: String = text.chars().map(digits).collect();
    match uuid::Uuid::parse_str(text) {
        Ok(_) => "a token".into(),
        Err(_) if ["0000-00-00T00:00:00.000Z", "0.0.0"].contains(&&*shape) => shape,
        Err(_) => text.into(),
    }
}

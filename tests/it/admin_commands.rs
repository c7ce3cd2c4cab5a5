//! `chatterbox admin`: beside the running server and without it, one writer, with text, JSON and exit codes.

use std::fs;
use std::future::ready;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::account::{Account, PASSWORD};
use crate::harness::database;
use crate::harness::http::post_json;
use crate::harness::server::{ProgramExit, Server, UNLIMITED, program, run_to_exit};
use crate::harness::wait_for;

/// Runs a command on a data folder.
fn admin(data: &Path, args: &[&str]) -> ProgramExit {
    run_to_exit(command(data, args))
}

fn command(data: &Path, args: &[&str]) -> std::process::Command {
    let folder = data.parent().expect("a folder around the data folder");
    let mut command = program(folder);
    command.args(UNLIMITED).arg("--data").arg(data);
    command.arg("admin").args(args);
    command
}

/// Output of a command that succeeds.
#[track_caller]
fn done(data: &Path, args: &[&str]) -> String {
    let exit = admin(data, args);
    assert_eq!(exit.status.code(), Some(0), "{args:?}: {}", exit.stderr);
    assert_eq!(exit.stderr, "", "{args:?}");
    exit.stdout
}

/// Its output as JSON.
#[track_caller]
fn done_json(data: &Path, args: &[&str]) -> Value {
    let output = done(data, &[args, &["--json"]].concat());
    assert_eq!(output.lines().count(), 1, "{output}");
    serde_json::from_str(&output).expect("one JSON object")
}

/// Checks that a command fails with this exit code and a message that contains a text.
#[track_caller]
fn fails(data: &Path, args: &[&str], code: i32, text: &str) {
    let exit = admin(data, args);
    assert_eq!(exit.status.code(), Some(code), "{args:?}: {}", exit.stderr);
    assert_eq!(exit.stdout, "", "{args:?}");
    assert_eq!(exit.stderr.lines().count(), 1, "{}", exit.stderr);
    assert!(exit.stderr.contains(text), "{text} in {}", exit.stderr);
}

/// Creates an account whose password is [`PASSWORD`].
fn create(data: &Path, name: &str, role: &str) -> ProgramExit {
    let args = ["create", name, "--role", role, "--password-stdin"];
    let mut command = command(data, &args);
    let mut child = command.stdin(Stdio::piped()).spawn().expect("it runs");
    let mut stdin = child.stdin.take().expect("stdin is piped");
    writeln!(stdin, "{PASSWORD}").expect("it reads its input");
    drop(stdin);
    let output = child.wait_with_output().expect("it ends");
    ProgramExit {
        status: output.status,
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// Servers of the two ways: one that runs, and one that is started at the end of a test.
fn homes() -> [(Arc<TempDir>, Option<Server>); 2] {
    let home = || Arc::new(TempDir::new().expect("a temporary folder"));
    let (one, other) = (home(), home());
    let server = Server::start_in(one.clone(), &["--limits", "off"]);
    [(one, Some(server)), (other, None)]
}

async fn log_in(origin: &str, name: &str, password: &str, status: u16) {
    let account = json!({"username": name, "password": password});
    post_json(&format!("{origin}/login"), &account)
        .await
        .expect(status);
}

#[tokio::test]
async fn each_command_works_beside_the_running_server_and_without_it() {
    for (home, server) in homes() {
        let data = home.path().join("data");
        let created = create(&data, "ada", "admin");
        assert_eq!(
            created.stdout, "Created ada, an admin.\n",
            "{}",
            created.stderr
        );
        assert_eq!(create(&data, "bob", "member").status.code(), Some(0));
        let joan = done_json(&data, &["create", "joan", "--role", "moderator"]);
        let password = joan["password"].as_str().expect("it is generated");
        assert_eq!((&joan["role"], password.len()), (&json!("moderator"), 24));
        assert_eq!(done(&data, &["promote", "bob"]), "bob is an admin now.\n");
        assert_eq!(done(&data, &["demote", "bob"]), "bob is a member now.\n");
        let promoted = ["promote", "bob", "--role", "moderator"];
        assert_eq!(done_json(&data, &promoted)["role"], "moderator");
        let suspended = done_json(&data, &["suspend", "bob", "--reason", "spam"]);
        assert_eq!(suspended["suspended"], true);
        assert!(
            done(&data, &["suspend", "bob", "--days", "3"]).starts_with("Suspended bob until 2")
        );
        let listed = done(&data, &["list"]);
        let lines: Vec<Vec<&str>> = listed
            .lines()
            .map(|l| l.split_whitespace().collect())
            .collect();
        assert_eq!(lines[0], ["USERNAME", "ROLE", "SINCE"]);
        assert_eq!(lines[1][..2], ["ada", "admin"]);
        assert_eq!(lines[2][..2], ["bob", "moderator"]);
        assert_eq!(lines[2][3..5], ["suspended", "until"]);
        assert_eq!(lines[3][..2], ["joan", "moderator"]);
        assert_eq!(done(&data, &["reinstate", "bob"]), "Reinstated bob.\n");
        let accounts = done_json(&data, &["list"])["accounts"].take();
        assert_eq!(accounts.as_array().map(Vec::len), Some(3));
        assert_eq!(accounts[1]["suspended"], false);
        assert_eq!(
            done(&data, &["set", "name", "Chess club"]),
            "name = Chess club\n"
        );
        assert_eq!(done(&data, &["get", "name"]), "Chess club\n");
        assert_eq!(done_json(&data, &["get"])["name"], "Chess club");
        let reset = done(&data, &["reset-password", "bob"]);
        let new = reset
            .lines()
            .last()
            .and_then(|line| line.strip_prefix("Password: "));
        let new = new.expect("a generated password");
        let server = server.unwrap_or_else(|| Server::start_in(home, &["--limits", "off"]));
        let origin = server.origin();
        for (name, password, status) in [
            ("ada", PASSWORD, 200),
            ("bob", PASSWORD, 401),
            ("bob", new, 200),
            ("joan", password, 200),
        ] {
            log_in(&origin, name, password, status).await;
        }
        // New accounts are in the default room.
        Account::log_in(&server, "ada").await.post("hello").await;
        let mut conn = database::connect(&data);
        let all = database::number(&mut conn, "SELECT count(*) AS number FROM audit_log");
        let own = "SELECT count(*) AS number FROM audit_log WHERE actor_id IS NULL AND actor = ''";
        assert_eq!((all, database::number(&mut conn, own)), (11, 11));
    }
}

#[tokio::test]
async fn a_refused_command_exits_with_1_and_wrong_usage_with_2() {
    for (home, _server) in homes() {
        let data = home.path().join("data");
        assert_eq!(create(&data, "ada", "member").status.code(), Some(1));
        assert_eq!(create(&data, "ada", "admin").status.code(), Some(0));
        for (args, text) in [
            (&["create", "ada"][..], "taken"),
            (&["create", "a b"], "can only contain letters"),
            (&["promote", "bob"], "There is no account of that name."),
            (&["promote", "ada", "--role", "moderator"], "lower role"),
            (&["demote", "ada"], "needs an admin"),
            (&["suspend", "ada"], "needs an admin"),
            (&["remove", "ada"], "needs an admin"),
            (&["remove", "bob"], "There is no account of that name."),
            (
                &["reset-password", "bob"],
                "There is no account of that name.",
            ),
            (&["set", "colour", "blue"], "There is no setting"),
            (&["set", "registration", "maybe"], "Registration is"),
            (&["get", "colour"], "There is no setting"),
        ] {
            fails(&data, args, 1, text);
            let exit = admin(&data, &[args, &["--json"]].concat());
            let error: Value = serde_json::from_str(&exit.stderr).expect("JSON");
            assert!(
                error["detail"]
                    .as_str()
                    .is_some_and(|why| why.contains(text))
            );
        }
        for args in [
            &[][..],
            &["create"],
            &["remove"],
            &["delete", "ada"],
            &["promote", "ada", "--role", "guest"],
            &["suspend", "ada", "--days", "0"],
            &["set", "name"],
        ] {
            fails(&data, args, 2, "chatterbox: ");
        }
    }
}

#[tokio::test]
async fn a_suspension_by_command_closes_sockets_and_a_reset_ends_sessions_at_once() {
    let server = Server::executable(&UNLIMITED);
    let _ada = Account::register(&server, "ada").await;
    let bob = Account::register(&server, "bob").await;
    let joan = Account::register(&server, "joan").await;
    let mut sockets = [
        (bob.live(0).await, ["suspend", "bob"]),
        (joan.live(0).await, ["reset-password", "joan"]),
    ];
    for (socket, command) in &mut sockets {
        done(&server.data(), command);
        let finished = Instant::now();
        assert_eq!(socket.close_code().await, 1008, "{command:?}");
        assert!(finished.elapsed() < Duration::from_secs(1), "{command:?}");
    }
    for account in [bob, joan] {
        account.get("/rooms").await.expect(401);
    }
    log_in(&server.origin(), "bob", PASSWORD, 403).await;
}

#[tokio::test]
async fn an_account_is_removed_by_command_with_its_rooms_and_if_asked_its_messages() {
    for is_running in [true, false] {
        let home = Arc::new(TempDir::new().expect("a temporary folder"));
        let data = home.path().join("data");
        let start = || Server::start_in(home.clone(), &["--limits", "off"]);
        let server = start();
        Account::register(&server, "ada").await;
        let bob = Account::register(&server, "bob").await;
        let joan = Account::register(&server, "joan").await;
        let (kept, erased) = (bob.post("I stay").await, joan.post("I go").await);
        let running = Some(server).filter(|_| is_running);
        let removed = "Removed bob. Their messages stay under “Deleted user”.\n";
        assert_eq!(done(&data, &["remove", "bob"]), removed);
        let removed = done_json(&data, &["remove", "joan", "--erase-messages"]);
        assert_eq!(removed["username"], "joan");
        assert_eq!(removed["messages"], "erase");
        fails(&data, &["remove", "bob"], 1, "There is no account");
        let _server = running.unwrap_or_else(start);
        let mut conn = database::connect(&data);
        wait_for("the departure and the erasure", || {
            let left = "SELECT (SELECT count(*) FROM members WHERE user_id IN (2, 3)) +
                (SELECT count(*) FROM messages WHERE author_id = 3 AND body <> '') AS number";
            ready((database::number(&mut conn, left) == 0).then_some(()))
        })
        .await;
        let bodies = format!(
            "SELECT count(*) AS number FROM messages WHERE id IN ({}, {}) AND body = 'I stay'",
            kept["id"], erased["id"]
        );
        assert_eq!(database::number(&mut conn, &bodies), 1);
    }
}

#[tokio::test]
async fn twenty_commands_at_once_are_all_performed_once() {
    for (home, server) in homes() {
        let data = home.path().join("data");
        assert_eq!(create(&data, "ada", "admin").status.code(), Some(0));
        let spawn = |number: usize| {
            let name = format!("user-{number}");
            let args = ["create", name.as_str(), "--role", "member", "--json"];
            command(&data, &args).spawn().expect("it runs")
        };
        let children: Vec<_> = (0..20).map(spawn).collect();
        for child in children {
            let output = child.wait_with_output().expect("it ends");
            let error = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(output.status.code(), Some(0), "{error}");
        }
        drop(server);
        let accounts = done_json(&data, &["list"])["accounts"].take();
        assert_eq!(accounts.as_array().map(Vec::len), Some(21));
        let mut conn = database::connect(&data);
        let created = "SELECT count(*) AS number FROM audit_log WHERE action = 'user.created'";
        assert_eq!(database::number(&mut conn, created), 21);
    }
}

#[tokio::test]
async fn a_server_that_starts_while_commands_run_waits_for_them() {
    let home = Arc::new(TempDir::new().expect("a temporary folder"));
    let data = home.path().join("data");
    create(&data, "ada", "admin");
    let mut child = command(&data, &["create", "bob"]).spawn().expect("it runs");
    let server = Server::start_in(home, &["--limits", "off"]);
    assert!(child.wait().expect("it ends").success());
    let accounts = done_json(&server.data(), &["list"])["accounts"].take();
    assert_eq!(accounts.as_array().map(Vec::len), Some(2));
}

#[tokio::test]
async fn the_socket_of_a_killed_server_is_replaced_and_that_of_a_stopped_one_removed() {
    let mut server = Server::executable(&UNLIMITED);
    let data = server.data();
    let file = data.join("control.sock");
    let mode = fs::metadata(&file).expect("a socket").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    server.kill9();
    let left = fs::metadata(&file).expect("it is left");
    assert!(left.file_type().is_socket());
    done(&data, &["create", "ada"]);
    server.start_again();
    done(&data, &["create", "bob"]);
    server.stop();
    assert!(!file.exists());
    done(&data, &["list"]);
    // A socket of another program, and a file with other permissions, are replaced, too.
    drop(UnixListener::bind(&file).expect("a socket"));
    fs::set_permissions(&file, fs::Permissions::from_mode(0o777)).expect("our file");
    server.start_again();
    let mode = fs::metadata(&file).expect("a socket").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(done(&data, &["promote", "bob"]), "bob is an admin now.\n");
}

#[tokio::test]
async fn a_data_folder_with_a_long_path_has_a_control_socket() {
    let home = TempDir::new().expect("a temporary folder");
    let inner = home.path().join("x".repeat(100));
    fs::create_dir(&inner).expect("a new folder");
    let inner = TempDir::new_in(inner).expect("a folder in it");
    let server = Server::start_in(Arc::new(inner), &[]);
    assert!(server.data().join("control.sock").exists());
    done(&server.data(), &["create", "ada"]);
    assert_eq!(done(&server.data(), &["get", "registration"]), "open\n");
}

#[tokio::test]
async fn a_server_without_a_socket_still_serves() {
    let home = Arc::new(TempDir::new().expect("a temporary folder"));
    // A folder in place of the socket can’t be removed like a file.
    fs::create_dir_all(home.path().join("data/control.sock/x")).expect("a new folder");
    let server = Server::start_in(home, &[]);
    Account::register(&server, "ada").await.post("hello").await;
}

#[test]
fn commands_for_a_missing_folder_create_none() {
    let home = TempDir::new().expect("a temporary folder");
    let data = home.path().join("data");
    for args in [&["list"][..], &["promote", "ada"], &["get"]] {
        fails(&data, args, 1, "There is no Chatterbox in the folder");
    }
    assert!(!data.exists());
}

#[tokio::test]
async fn requests_that_are_no_commands_are_refused_and_end() {
    let server = Server::start();
    let file = server.data().join("control.sock");
    let long = format!("\"{}\"\n", "x".repeat(70_000));
    for request in ["\n", "hello\n", "{\"command\":\"erase\"}\n", &long] {
        let mut stream = BufReader::new(UnixStream::connect(&file).expect("it listens"));
        let (mut greeting, mut answer) = (String::new(), String::new());
        stream.read_line(&mut greeting).expect("a greeting");
        assert!(greeting.contains("version"), "{greeting}");
        let _ = stream.get_mut().write_all(request.as_bytes()); // it may refuse the rest
        let _ = stream.read_line(&mut answer);
        assert!(answer.is_empty() || answer.contains("refused"), "{answer}");
    }
    done(&server.data(), &["create", "ada"]);
}

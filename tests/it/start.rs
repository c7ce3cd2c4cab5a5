//! Starting: settings, and every reason to refuse, in one sentence and with nothing touched.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use tempfile::TempDir;

use crate::harness::account::Account;
use crate::harness::http::{get, get_json};
use crate::harness::server::{Refusal, Server, UNLIMITED, ends, program};

#[tokio::test]
async fn the_first_line_names_version_and_address() {
    let server = Server::executable(&[]);
    let expected = format!(
        "Chatterbox {} listens on {}",
        env!("CARGO_PKG_VERSION"),
        server.origin()
    );
    assert_eq!(server.first_line(), expected);
    let answer = get_json(&server.origin()).await.expect(200).json();
    assert_eq!(answer["status"], "ok");
    assert_eq!(answer["version"], env!("CARGO_PKG_VERSION"));
}

#[tokio::test]
async fn serve_is_what_it_does_without_a_word() {
    let server = Server::executable(&["serve"]);
    get(&format!("{}/health", server.origin()))
        .await
        .expect(200);
}

#[test]
fn help_names_every_flag_and_its_variable() {
    let home = TempDir::new().expect("a temporary folder");
    let mut command = program(home.path());
    command.arg("--help");
    let help = ends(command);
    assert!(help.status.success());
    for name in [
        "listen",
        "data",
        "log",
        "log-format",
        "limits",
        "trusted-proxies",
    ] {
        let variable = format!("CHATTERBOX_{}", name.to_uppercase().replace('-', "_"));
        assert!(
            help.stdout.contains(&format!("--{name}")),
            "no --{name} in {}",
            help.stdout
        );
        assert!(
            help.stdout.contains(&variable),
            "no {variable} in {}",
            help.stdout
        );
    }
    assert!(!home.path().join("data").exists(), "help makes no folder");
}

#[test]
fn version_says_the_version() {
    let home = TempDir::new().expect("a temporary folder");
    let mut command = program(home.path());
    command.arg("--version");
    let version = ends(command);
    assert!(version.status.success());
    assert!(
        version.stdout.contains(env!("CARGO_PKG_VERSION")),
        "{}",
        version.stdout
    );
}

#[test]
fn nonsense_in_a_flag_is_refused_by_name() {
    let nonsense: [&[&str]; 12] = [
        &["--nonsense"],
        &["--listen", "nowhere at all"],
        &["--listen", "127.0.0.1:99999"],
        &["--listen", "127.0.0.1"],
        &["--listen"],
        &["--limits", "maybe"],
        &["--log", "loud"],
        &["--log-format", "xml"],
        &["--trusted-proxies", "not-an-address"],
        &["--trusted-proxies", "10.0.0.0/99"],
        &["dance"],
        &["serve", "--data"],
    ];
    for args in nonsense {
        let home = TempDir::new().expect("a temporary folder");
        let mut command = program(home.path());
        command.args(args);
        let refusal = ends(command);
        let named = args
            .iter()
            .find(|arg| **arg != "serve")
            .expect("every case names something");
        assert!(
            refusal.stderr.contains(named),
            "{named} is not named in {}",
            refusal.stderr
        );
        is_one_sentence(&refusal);
        assert!(left_nothing(home.path()), "{args:?} touched the disk");
    }
}

#[test]
fn nonsense_in_the_environment_is_refused_by_name() {
    let nonsense = [
        ("LISTEN", "x"),
        ("LIMITS", "maybe"),
        ("LOG", "loud"),
        ("LOG_FORMAT", "xml"),
        ("TRUSTED_PROXIES", "not-an-address"),
        ("PASSWORD_COST", "99"),
    ];
    for (name, value) in nonsense {
        let home = TempDir::new().expect("a temporary folder");
        let mut command = program(home.path());
        command.env(format!("CHATTERBOX_{name}"), value);
        let refusal = ends(command);
        let variable = format!("CHATTERBOX_{name}");
        assert!(
            refusal.stderr.contains(&variable),
            "{variable} is not named in {}",
            refusal.stderr
        );
        is_one_sentence(&refusal);
        assert!(left_nothing(home.path()), "{variable} touched the disk");
    }
}

#[test]
fn a_flag_wins_over_the_environment() {
    let home = TempDir::new().expect("a temporary folder");
    let mut command = program(home.path());
    command
        .env("CHATTERBOX_LISTEN", "127.0.0.1:0")
        .env("CHATTERBOX_DATA", "elsewhere");
    command.args(["--data", "/dev/null/here", "--listen", "127.0.0.1:0"]);
    let refusal = ends(command);
    assert!(
        refusal.stderr.contains("/dev/null/here"),
        "{}",
        refusal.stderr
    );
    assert!(left_nothing(home.path()), "the environment was used");
}

#[test]
fn the_environment_sets_what_no_flag_does() {
    let home = TempDir::new().expect("a temporary folder");
    let mut command = program(home.path());
    command.env("CHATTERBOX_DATA", "/dev/null/there");
    let refusal = ends(command);
    assert!(
        refusal.stderr.contains("/dev/null/there"),
        "{}",
        refusal.stderr
    );
}

#[test]
fn an_empty_variable_counts_as_not_set() {
    let home = TempDir::new().expect("a temporary folder");
    let mut command = program(home.path());
    for name in [
        "LISTEN",
        "DATA",
        "LOG",
        "LOG_FORMAT",
        "LIMITS",
        "TRUSTED_PROXIES",
        "PASSWORD_COST",
    ] {
        command.env(format!("CHATTERBOX_{name}"), "");
    }
    command.args(["--data", "/dev/null/here", "--listen", "127.0.0.1:0"]);
    let refusal = ends(command);
    assert!(
        refusal.stderr.contains("/dev/null/here"),
        "{}",
        refusal.stderr
    );
}

#[test]
fn another_password_cost_is_refused_while_limits_are_on() {
    let home = TempDir::new().expect("a temporary folder");
    let mut command = program(home.path());
    command.args(["--password-cost", "4"]);
    let refusal = ends(command);
    assert!(
        refusal.stderr.contains("--limits off"),
        "{}",
        refusal.stderr
    );
    is_one_sentence(&refusal);
    assert!(left_nothing(home.path()), "the start touched the disk");
}

#[test]
fn a_port_in_use_is_refused() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = taken
        .local_addr()
        .expect("a bound listener has an address")
        .to_string();
    let home = TempDir::new().expect("a temporary folder");
    let refusal = refuse(home.path(), &address, &home.path().join("data"));
    assert!(refusal.stderr.contains(&address), "{}", refusal.stderr);
    is_one_sentence(&refusal);
    assert!(
        left_nothing(home.path()),
        "a refused start leaves no folder behind"
    );
}

#[test]
fn a_folder_that_cannot_be_written_is_refused() {
    let home = TempDir::new().expect("a temporary folder");
    let refusal = refuse(home.path(), "127.0.0.1:0", Path::new("/dev/null/x"));
    assert!(refusal.stderr.contains("/dev/null/x"), "{}", refusal.stderr);
    is_one_sentence(&refusal);
}

#[test]
fn a_file_where_the_folder_should_be_is_refused() {
    let home = TempDir::new().expect("a temporary folder");
    let file = home.path().join("data");
    std::fs::write(&file, "mine").expect("a file can be written");
    let refusal = refuse(home.path(), "127.0.0.1:0", &file);
    is_one_sentence(&refusal);
    assert_eq!(std::fs::read(&file).expect("still there"), b"mine");
}

#[tokio::test]
async fn a_second_server_on_one_folder_is_refused() {
    let server = Server::start();
    let ada = Account::register(&server, "ada").await;
    let refusal = refuse(server.home().path(), "127.0.0.1:0", &server.data());
    is_one_sentence(&refusal);
    ada.post("the first one still works").await;
}

#[tokio::test]
async fn a_database_that_is_garbage_is_refused() {
    let (home, file) = used_folder().await;
    std::fs::write(&file, b"this is no database at all ".repeat(400))
        .expect("a file can be written");
    stays_as_it_is(home.path());
}

#[tokio::test]
async fn a_database_with_a_broken_first_page_is_refused() {
    let (home, file) = used_folder().await;
    let mut bytes = std::fs::read(&file).expect("the database can be read");
    bytes[100..4096].fill(0xA5);
    std::fs::write(&file, bytes).expect("a file can be written");
    stays_as_it_is(home.path());
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_refused() {
    let (home, file) = used_folder().await;
    sql(
        &file,
        "INSERT INTO __diesel_schema_migrations(version) VALUES ('99990101000000')",
    );
    stays_as_it_is(home.path());
}

#[test]
fn a_database_of_another_program_is_refused() {
    let home = TempDir::new().expect("a temporary folder");
    std::fs::create_dir(home.path().join("data")).expect("a folder");
    sql(
        &home.path().join("data/chatterbox.db"),
        "CREATE TABLE recipes(name TEXT)",
    );
    stays_as_it_is(home.path());
}

#[tokio::test]
async fn the_folder_holds_everything() {
    let server = Server::start();
    Account::register(&server, "ada").await.post("hello").await;
    let names: Vec<String> = std::fs::read_dir(server.home().path())
        .expect("the folder can be read")
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    assert_eq!(names, ["data"]);
}

#[tokio::test]
async fn switched_off_limits_are_warned_of() {
    let server = Server::executable(&UNLIMITED);
    get(&server.origin()).await;
    assert!(
        server.output().to_lowercase().contains("limits"),
        "{}",
        server.output()
    );
    let server = Server::executable(&[]);
    get(&server.origin()).await;
    assert!(
        !server.output().to_lowercase().contains("limits"),
        "{}",
        server.output()
    );
}

#[tokio::test]
async fn both_stop_signals_end_it_cleanly() {
    for signal in ["TERM", "INT"] {
        let mut server = Server::executable(&[]);
        let stopped = server.signal(signal);
        assert!(stopped.status.success(), "SIG{signal}: {}", stopped.status);
        assert!(
            stopped.took.as_secs() < 5,
            "SIG{signal} took {:?}",
            stopped.took
        );
    }
}

/// A start on an address and folder that should fail.
fn refuse(home: &Path, listen: &str, data: &Path) -> Refusal {
    let mut command = program(home);
    command.args(["--listen", listen, "--data"]).arg(data);
    ends(command)
}

/// A refusal speaks once, on stderr, to a person.
#[track_caller]
fn is_one_sentence(refusal: &Refusal) {
    assert!(!refusal.status.success(), "it ended with success");
    assert!(refusal.status.code().is_some(), "it was ended by a signal");
    assert_eq!(refusal.stdout, "", "stdout is for the address");
    let lines: Vec<&str> = refusal
        .stderr
        .lines()
        .filter(|line| !line.trim().is_empty())
        .collect();
    assert_eq!(lines.len(), 1, "one sentence, not {:?}", refusal.stderr);
    for noise in ["panicked", "Err(", "Error {", "Os {"] {
        assert!(!lines[0].contains(noise), "{noise} in {:?}", lines[0]);
    }
    assert!(
        lines[0].ends_with('.'),
        "a sentence ends with a full stop: {:?}",
        lines[0]
    );
}

/// Starting on this folder fails and changes not one byte.
#[track_caller]
fn stays_as_it_is(home: &Path) {
    let before = contents(home);
    let refusal = refuse(home, "127.0.0.1:0", &home.join("data"));
    is_one_sentence(&refusal);
    assert!(contents(home) == before, "a refused start changed files");
}

fn left_nothing(home: &Path) -> bool {
    std::fs::read_dir(home)
        .expect("the folder can be read")
        .next()
        .is_none()
}

/// A folder that a server used and left cleanly, and the database in it.
async fn used_folder() -> (Arc<TempDir>, PathBuf) {
    let mut server = Server::start();
    Account::register(&server, "ada").await.post("hello").await;
    server.stop();
    let home = server.home();
    let file = database(home.path());
    (home, file)
}

/// The SQLite file somewhere below a folder.
fn database(home: &Path) -> PathBuf {
    let all = contents(home).into_iter();
    let mut found = all.filter(|(_, bytes)| bytes.starts_with(b"SQLite format 3\0"));
    found.next().expect("there is a database").0
}

/// Every file that can hold data; a lock or an index that SQLite rebuilds is none.
fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in std::fs::read_dir(folder).expect("the folder can be read") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files.extend(contents(&path));
        } else {
            let bytes = std::fs::read(&path).expect("a file can be read");
            files.insert(path, bytes);
        }
    }
    let empty_helper = |path: &Path| {
        ["-wal", "-shm", "lock"]
            .iter()
            .any(|end| path.to_string_lossy().ends_with(end))
    };
    files.retain(|path, bytes| {
        !empty_helper(path) || path.to_string_lossy().ends_with("-wal") && !bytes.is_empty()
    });
    files
}

/// Changes a database behind the server's back.
fn sql(file: &Path, statement: &str) {
    let script = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute(sys.argv[2]); c.commit(); c.close()";
    let done = Command::new("python3")
        .args(["-c", script])
        .arg(file)
        .arg(statement)
        .status();
    assert!(done.expect("python3 can be run").success(), "{statement}");
}

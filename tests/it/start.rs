//! Start and stop: settings, and refused starts, which print one sentence and change no files.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use tempfile::TempDir;

use crate::harness::account::Account;
use crate::harness::http::{get, get_json};
use crate::harness::server::{ProgramExit, Server, UNLIMITED, program, run_to_exit};

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
async fn the_serve_command_starts_the_server() {
    let server = Server::executable(&["serve"]);
    get(&format!("{}/health", server.origin()))
        .await
        .expect(200);
}

#[test]
fn help_lists_every_flag_and_its_variable() {
    let home = TempDir::new().expect("a temporary folder");
    let help = run(home.path(), &["--help"], &[]);
    assert!(help.status.success());
    for name in [
        "listen",
        "data",
        "log",
        "log-format",
        "limits",
        "trusted-proxies",
        "public-url",
        "allow-origin",
        "text-per-day",
    ] {
        let variable = format!("CHATTERBOX_{}", name.to_uppercase().replace('-', "_"));
        contains(&help.stdout, &format!("--{name}"));
        contains(&help.stdout, &variable);
    }
    assert!(
        !home.path().join("data").exists(),
        "--help creates no folder"
    );
}

#[test]
fn version_prints_the_version() {
    let home = TempDir::new().expect("a temporary folder");
    let version = run(home.path(), &["--version"], &[]);
    assert!(version.status.success());
    contains(&version.stdout, env!("CARGO_PKG_VERSION"));
}

#[test]
fn an_invalid_flag_is_named_in_the_refusal() {
    let invalid: [&[&str]; 15] = [
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
        &["--public-url", "chat.example.com"],
        &["--allow-origin", "chat.example.com"],
        &["--text-per-day", "10MB"],
        &["dance"],
        &["serve", "--data"],
    ];
    for args in invalid {
        let home = TempDir::new().expect("a temporary folder");
        let refusal = run(home.path(), args, &[]);
        let named = args.iter().find(|arg| **arg != "serve");
        contains(
            &refusal.stderr,
            named.expect("every case has an invalid argument"),
        );
        is_one_sentence(&refusal);
        assert!(is_empty(home.path()), "{args:?} created files");
    }
}

#[test]
fn an_invalid_environment_variable_is_named_in_the_refusal() {
    let invalid = [
        ("CHATTERBOX_LISTEN", "x"),
        ("CHATTERBOX_LIMITS", "maybe"),
        ("CHATTERBOX_LOG", "loud"),
        ("CHATTERBOX_LOG_FORMAT", "xml"),
        ("CHATTERBOX_TRUSTED_PROXIES", "not-an-address"),
        ("CHATTERBOX_PUBLIC_URL", "x"),
        ("CHATTERBOX_ALLOW_ORIGIN", "null,x"),
        ("CHATTERBOX_TEXT_PER_DAY", "x"),
        ("CHATTERBOX_PASSWORD_COST", "99"),
    ];
    for (variable, value) in invalid {
        let home = TempDir::new().expect("a temporary folder");
        let refusal = run(home.path(), &[], &[(variable, value)]);
        contains(&refusal.stderr, variable);
        is_one_sentence(&refusal);
        assert!(is_empty(home.path()), "{variable} created files");
    }
}

#[test]
fn a_flag_overrides_the_environment() {
    let home = TempDir::new().expect("a temporary folder");
    let environment = [
        ("CHATTERBOX_LISTEN", "127.0.0.1:0"),
        ("CHATTERBOX_DATA", "elsewhere"),
    ];
    let args = ["--data", "/dev/null/here", "--listen", "127.0.0.1:0"];
    let refusal = run(home.path(), &args, &environment);
    contains(&refusal.stderr, "/dev/null/here");
    assert!(is_empty(home.path()), "a refused start created files");
}

#[test]
fn the_environment_is_used_without_a_flag() {
    let home = TempDir::new().expect("a temporary folder");
    let environment = [
        ("CHATTERBOX_LISTEN", "127.0.0.1:0"),
        ("CHATTERBOX_DATA", "/dev/null/there"),
    ];
    let refusal = run(home.path(), &[], &environment);
    contains(&refusal.stderr, "/dev/null/there");
}

#[test]
fn an_empty_variable_counts_as_not_set() {
    let home = TempDir::new().expect("a temporary folder");
    let environment = [
        "CHATTERBOX_LISTEN",
        "CHATTERBOX_DATA",
        "CHATTERBOX_LOG",
        "CHATTERBOX_LOG_FORMAT",
        "CHATTERBOX_LIMITS",
        "CHATTERBOX_TRUSTED_PROXIES",
        "CHATTERBOX_PUBLIC_URL",
        "CHATTERBOX_ALLOW_ORIGIN",
        "CHATTERBOX_TEXT_PER_DAY",
        "CHATTERBOX_PASSWORD_COST",
    ];
    let args = ["--data", "/dev/null/here", "--listen", "127.0.0.1:0"];
    let refusal = run(home.path(), &args, &environment.map(|name| (name, "")));
    contains(&refusal.stderr, "/dev/null/here");
}

#[test]
fn another_password_cost_is_refused_while_limits_are_on() {
    let home = TempDir::new().expect("a temporary folder");
    let refusal = run(home.path(), &["--password-cost", "4"], &[]);
    contains(&refusal.stderr, "--limits off");
    is_one_sentence(&refusal);
    assert!(is_empty(home.path()), "a refused start created files");
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
    contains(&refusal.stderr, &address);
    is_one_sentence(&refusal);
    assert!(is_empty(home.path()), "a refused start created files");
}

#[test]
fn a_folder_that_cannot_be_written_is_refused() {
    let home = TempDir::new().expect("a temporary folder");
    let refusal = refuse(home.path(), "127.0.0.1:0", Path::new("/dev/null/x"));
    contains(&refusal.stderr, "/dev/null/x");
    is_one_sentence(&refusal);
}

#[test]
fn a_file_in_place_of_the_data_folder_is_refused() {
    let home = TempDir::new().expect("a temporary folder");
    let file = home.path().join("data");
    std::fs::write(&file, "mine").expect("a file can be written");
    let refusal = refuse(home.path(), "127.0.0.1:0", &file);
    is_one_sentence(&refusal);
    assert_eq!(std::fs::read(&file).expect("the file exists"), b"mine");
}

#[tokio::test]
async fn a_second_server_on_the_same_folder_is_refused() {
    let server = Server::start();
    let ada = Account::register(&server, "ada").await;
    let refusal = refuse(server.home().path(), "127.0.0.1:0", &server.data());
    is_one_sentence(&refusal);
    ada.post("the first server still works").await;
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused() {
    let (home, file) = used_folder().await;
    std::fs::write(&file, b"this is no database at all ".repeat(400))
        .expect("a file can be written");
    is_refused_unchanged(home.path());
}

#[tokio::test]
async fn a_database_with_a_broken_first_page_is_refused() {
    let (home, file) = used_folder().await;
    let mut bytes = std::fs::read(&file).expect("the database can be read");
    bytes[100..4096].fill(0xA5);
    std::fs::write(&file, bytes).expect("a file can be written");
    is_refused_unchanged(home.path());
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_refused() {
    let (home, file) = used_folder().await;
    sql(
        &file,
        "INSERT INTO __diesel_schema_migrations(version) VALUES ('99990101000000')",
    );
    is_refused_unchanged(home.path());
}

#[test]
fn a_database_of_another_program_is_refused() {
    let home = TempDir::new().expect("a temporary folder");
    std::fs::create_dir(home.path().join("data")).expect("a folder");
    sql(
        &home.path().join("data/chatterbox.db"),
        "CREATE TABLE recipes(name TEXT)",
    );
    is_refused_unchanged(home.path());
}

#[tokio::test]
async fn all_files_are_in_the_data_folder() {
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
async fn only_the_owner_can_access_the_data_folder() {
    let mut server = Server::executable(&[]);
    Account::register(&server, "ada").await.post("hello").await;
    assert_eq!(mode(&server.data()), 0o700);
    let files = std::fs::read_dir(server.data()).expect("the folder can be read");
    let files: Vec<PathBuf> = files.map(|file| file.expect("an entry").path()).collect();
    assert!(
        files.len() >= 4,
        "database, log, shared memory, lock: {files:?}"
    );
    for file in files {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
    assert!(
        !server.output().contains("other users"),
        "{}",
        server.output()
    );

    server.signal("TERM");
    let others_may_read = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(server.data(), others_may_read).expect("the mode can be changed");
    server.start_again();
    server
        .wait_for_output("other users can access the data folder")
        .await;
}

/// Permission bits of a file.
fn mode(path: &Path) -> u32 {
    let metadata = std::fs::metadata(path).expect("the file exists");
    metadata.permissions().mode() & 0o777
}

#[tokio::test]
async fn a_start_without_limits_prints_a_warning() {
    let server = Server::executable(&UNLIMITED);
    server.wait_for_output("limits").await;
    let server = Server::executable(&[]);
    get(&server.origin()).await;
    assert!(
        !server.output().to_lowercase().contains("limits"),
        "{}",
        server.output()
    );
}

#[tokio::test]
async fn sigterm_and_sigint_stop_the_server_cleanly() {
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

/// Runs the executable in a folder until it exits.
fn run(home: &Path, args: &[&str], environment: &[(&str, &str)]) -> ProgramExit {
    let mut command = program(home);
    command.args(args).envs(environment.iter().copied());
    run_to_exit(command)
}

/// Runs the executable with an address and a data folder until it exits.
fn refuse(home: &Path, listen: &str, data: &Path) -> ProgramExit {
    let data = data.to_str().expect("the path is text");
    run(home, &["--listen", listen, "--data", data], &[])
}

/// Checks that an output contains a text.
#[track_caller]
fn contains(output: &str, text: &str) {
    assert!(output.contains(text), "no {text} in {output}");
}

/// Checks that a refusal is one readable sentence on stderr.
#[track_caller]
fn is_one_sentence(refusal: &ProgramExit) {
    assert!(!refusal.status.success(), "the exit status is success");
    assert!(
        refusal.status.code().is_some(),
        "the process was ended by a signal"
    );
    assert_eq!(refusal.stdout, "", "a refusal prints nothing on stdout");
    let lines: Vec<&str> = refusal
        .stderr
        .lines()
        .filter(|line| !line.trim().is_empty())
        .collect();
    assert_eq!(
        lines.len(),
        1,
        "expected one sentence, actual: {:?}",
        refusal.stderr
    );
    for noise in ["panicked", "Err(", "Error {", "Os {"] {
        assert!(!lines[0].contains(noise), "{noise} in {:?}", lines[0]);
    }
    assert!(
        lines[0].ends_with('.'),
        "a sentence ends with a full stop: {:?}",
        lines[0]
    );
}

/// Checks that a start on this folder is refused and changes no file.
#[track_caller]
fn is_refused_unchanged(home: &Path) {
    let before = contents(home);
    let refusal = refuse(home, "127.0.0.1:0", &home.join("data"));
    is_one_sentence(&refusal);
    assert!(contents(home) == before, "a refused start changed files");
}

fn is_empty(home: &Path) -> bool {
    std::fs::read_dir(home)
        .expect("the folder can be read")
        .next()
        .is_none()
}

/// A folder that a stopped server has used, and the path of its database.
async fn used_folder() -> (Arc<TempDir>, PathBuf) {
    let mut server = Server::start();
    Account::register(&server, "ada").await.post("hello").await;
    server.stop();
    let home = server.home();
    let file = database(home.path());
    (home, file)
}

/// The path of the SQLite file in a folder.
fn database(home: &Path) -> PathBuf {
    let all = contents(home).into_iter();
    let mut found = all.filter(|(_, bytes)| bytes.starts_with(b"SQLite format 3\0"));
    found.next().expect("the folder has a database").0
}

/// All files that can contain data. Sockets, lock files, shared memory files and empty write-ahead logs are left out.
fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in std::fs::read_dir(folder).expect("the folder can be read") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files.extend(contents(&path));
        } else if path.is_file() {
            let bytes = std::fs::read(&path).expect("a file can be read");
            files.insert(path, bytes);
        }
    }
    let is_auxiliary = |path: &Path| {
        ["-wal", "-shm", "lock"]
            .iter()
            .any(|end| path.to_string_lossy().ends_with(end))
    };
    files.retain(|path, bytes| {
        !is_auxiliary(path) || path.to_string_lossy().ends_with("-wal") && !bytes.is_empty()
    });
    files
}

/// Executes a statement with Python, without the settings of the server.
fn sql(file: &Path, statement: &str) {
    let script = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute(sys.argv[2]); c.commit(); c.close()";
    let done = Command::new("python3")
        .args(["-c", script])
        .arg(file)
        .arg(statement)
        .status();
    assert!(done.expect("python3 can be run").success(), "{statement}");
}

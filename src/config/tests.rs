//! Flags, and messages about mistakes. `tests/it/start.rs` tests the variables, which belong to a process.

use super::*;

fn command(args: &[&str]) -> Result<Command, String> {
    read(args.iter().map(OsString::from))
}

fn config(args: &[&str]) -> Config {
    match command(args) {
        Ok(Command::Serve(config)) => config,
        other => panic!("{args:?}: {other:?}"),
    }
}

fn admin(args: &[&str]) -> (Config, AdminLine) {
    match command(args) {
        Ok(Command::Admin(config, line)) => (config, line),
        other => panic!("{args:?}: {other:?}"),
    }
}

/// Checks that the arguments are a mistake whose message is one sentence that starts and ends like this.
fn mistake(args: &[&str], start: &str, end: &str) {
    let message = command(args).expect_err("it is a mistake");
    assert!(message.starts_with(start), "{message}");
    assert!(
        message.ends_with(end) && message.lines().count() == 1,
        "{message}"
    );
}

/// Flags that the help shows, their variables and defaults.
fn settings() -> Vec<(String, String, String)> {
    let command = CommandLine::command();
    let shown = command.get_arguments().filter(|arg| !arg.is_hide_set());
    let parts = shown.filter_map(|arg| {
        let flag = format!("--{}", arg.get_long()?);
        let variable = arg.get_env()?.to_string_lossy().into_owned();
        let default = arg.get_default_values().first();
        let default = default.map(|default| default.to_string_lossy().into_owned());
        Some((flag, variable, default.unwrap_or_default()))
    });
    parts.collect()
}

#[test]
fn the_definition_is_sound() {
    CommandLine::command().debug_assert();
    assert_eq!(settings().len(), 17);
}

#[test]
fn without_flags_the_defaults_hold() {
    let expected = Config {
        listen: SocketAddr::from(([127, 0, 0, 1], 8000)),
        data: "./data".into(),
        log: LevelFilter::INFO,
        log_format: LogFormat::Text,
        limits: true,
        trusted_proxies: Vec::new(),
        public_url: None,
        allow_origin: Vec::new(),
        setup_code: None,
        text_per_day: 10 << 20,
        max_file: 100 << 20,
        files_per_person: 10 << 30,
        files_total: None,
        blobs: None,
        smtp_url: None,
        min_free_disk: 512 << 20,
        link_previews: true,
        password_cost: 12,
        test_dns: None,
        test_routes: Vec::new(),
    };
    assert_eq!(config(&[]), expected);
    assert_eq!(config(&["serve"]), expected);
}

#[test]
fn every_setting_can_be_given_by_flag() {
    let proxies = "10.0.0.0/8, ::1,192.0.2.7";
    let origin = |text| Origin::parse(text).expect("an origin");
    let values = [
        "[::1]:0",
        "/srv/chat box",
        "debug",
        "json",
        "off",
        proxies,
        "https://Chat.example.com:443/",
        "null,http://localhost:3000",
        "open sesame",
        "1500KiB",
        "2GiB",
        "20GiB",
        "500GiB",
        "s3://files?region=eu-west-1",
        "smtps://mail.example.com?from=chat@example.com",
        "1GiB",
    ];
    let expected = Config {
        listen: "[::1]:0".parse().expect("an address"),
        data: "/srv/chat box".into(),
        log: LevelFilter::DEBUG,
        log_format: LogFormat::Json,
        limits: false,
        trusted_proxies: ["10.0.0.0/8", "::1/128", "192.0.2.7/32"]
            .map(|network| network.parse().expect("a network"))
            .to_vec(),
        public_url: Some(origin("https://chat.example.com")),
        allow_origin: vec![
            AllowedOrigin::Null,
            AllowedOrigin::Only(origin("http://localhost:3000")),
        ],
        setup_code: Some(SetupCodeFlag::Text("open sesame".into())),
        text_per_day: 1500 << 10,
        max_file: 2 << 30,
        files_per_person: 20 << 30,
        files_total: Some(500 << 30),
        blobs: Some(bucket::bucket("s3://files?region=eu-west-1").expect("a bucket")),
        smtp_url: smtp::mail_server("smtps://mail.example.com?from=chat@example.com").ok(),
        min_free_disk: 1 << 30,
        link_previews: true,
        password_cost: 12,
        test_dns: None,
        test_routes: Vec::new(),
    };
    let all = settings();
    let names = all.iter().map(|(flag, ..)| flag.as_str());
    let flags: Vec<&str> = names.zip(values).flat_map(|(a, b)| [a, b]).collect();
    assert_eq!(config(&flags), expected);
    assert_eq!(config(&[&["serve"], &flags[..]].concat()), expected);
    assert_eq!(config(&[&flags[..], &["serve"]].concat()), expected);
    let joined: Vec<String> = flags.chunks(2).map(|pair| pair.join("=")).collect();
    let joined: Vec<&str> = joined.iter().map(String::as_str).collect();
    assert_eq!(config(&joined), expected);
}

#[test]
fn every_flag_has_a_variable_of_its_name() {
    for (flag, variable, _) in settings() {
        let name = flag.trim_start_matches('-').to_uppercase();
        assert_eq!(variable, format!("CHATTERBOX_{}", name.replace('-', "_")));
    }
}

#[test]
fn the_last_flag_wins_a_list_may_be_empty_and_a_host_name_is_resolved() {
    let settled = config(&["--data", "first", "--data=last"]);
    assert_eq!(settled.data, PathBuf::from("last"));
    assert_eq!(config(&["--trusted-proxies", ""]).trusted_proxies, []);
    let listen = config(&["--listen", "localhost:8123"]).listen;
    assert!(listen.ip().is_loopback() && listen.port() == 8123);
}

#[test]
fn origins_may_be_given_as_a_list_and_several_times() {
    let args = ["--allow-origin", "*", "--allow-origin=null,https://a.test"];
    let origins = config(&args).allow_origin;
    let shown: Vec<bool> = ["null", "https://a.test", "https://b.test"]
        .iter()
        .map(|header| origins[1..].iter().any(|origin| origin.includes(header)))
        .collect();
    assert_eq!((origins.len(), shown), (3, vec![true, true, false]));
    mistake(&["--allow-origin="], "--allow-origin needs a value", ".");
}

#[test]
fn settings_that_open_the_server_bring_a_warning() {
    let public = "--public-url=https://chat.example.com";
    for (args, words) in [
        (&[][..], &[][..]),
        (&["--limits=off"], &["limits are off"]),
        (&["--allow-origin=https://a.test"], &[]),
        (&["--allow-origin=*"], &["--allow-origin is *"]),
        (&["--allow-origin=null,*"], &["is *", "is null"]),
        (&["--listen=0.0.0.0:80"], &["--public-url is not set"]),
        (&["--listen=0.0.0.0:80", public], &[]),
        (&["--trusted-proxies=::1"], &["--public-url is not set"]),
        (&["--trusted-proxies=::1", public], &[]),
    ] {
        let warnings = config(args).warnings();
        assert_eq!(warnings.len(), words.len(), "{args:?}: {warnings:?}");
        for (warning, word) in warnings.iter().zip(words) {
            assert!(warning.contains(word), "{warning}");
        }
    }
}

#[test]
fn help_and_version_come_before_mistakes() {
    let (usage, version) = ("Usage: chatterbox", env!("CARGO_PKG_VERSION"));
    for (flags, expected) in [
        (&["--help"][..], usage),
        (&["-h"], usage),
        (&["serve", "--log", "off", "--help", "--what"], usage),
        (&["--version"], version),
        (&["-V"], version),
        (&["serve", "-V"], version),
    ] {
        match command(flags) {
            Ok(Command::Print(text)) => assert!(text.contains(expected), "{text}"),
            other => panic!("{flags:?}: {other:?}"),
        }
    }
}

#[test]
fn help_names_every_setting_and_fits_a_terminal() {
    for args in [&["--help"][..], &["serve", "--help"]] {
        let Ok(Command::Print(help)) = command(args) else {
            panic!("{args:?} prints the help");
        };
        for (flag, variable, default) in settings() {
            let default = match default.as_str() {
                "" => "none by default".to_owned(),
                default => format!("[default: {default}]"),
            };
            assert!(help.contains(&format!("{flag} <")), "{flag} in {help}");
            assert!(help.contains(&variable), "{variable} in {help}");
            assert!(help.contains(&default), "{flag} in {help}");
        }
        assert!(!help.contains("password"), "{help}");
        for line in help.lines() {
            assert!(line.chars().count() <= 100, "{line}");
        }
    }
}

#[test]
fn a_wrong_value_is_named_with_what_is_allowed() {
    let addresses = ["8000", ":", "127.0.0.1", "127.0.0.1:99999", "1.2.3:x"];
    let networks = ["proxy", "10.0.0.0/33", "10.0.0.1;10.0.0.2", "*"];
    for (flag, values) in [
        ("listen", &addresses[..]),
        ("log", &["loud", "INFO", "3"]),
        ("log-format", &["xml", "Text"]),
        ("limits", &["yes", "true", "0"]),
        ("trusted-proxies", &networks),
        (
            "public-url",
            &[
                "chat.example.com",
                "https://a.test/chat",
                "ftp://a.test",
                "null",
            ],
        ),
        (
            "allow-origin",
            &["a.test", "https://*.a.test", "https://a.test/b"],
        ),
        (
            "text-per-day",
            &["0", "10 MB", "-1", "much", "99999999999GiB"],
        ),
        (
            "blobs",
            &["files", "https://files", "s3://", "s3://files#a"],
        ),
        ("password-cost", &["3", "32", "twelve"]),
    ] {
        for value in values {
            let start = format!("--{flag} can’t be {value:?}; give ");
            mistake(&[&format!("--{flag}={value}")], &start, ".");
        }
    }
}

#[test]
fn a_wrong_value_with_a_password_is_not_repeated() {
    let start = "--blobs can’t have this value; give s3://";
    mistake(&["--blobs=s3://key:secret@files"], start, "us-east-1.");
}

#[test]
fn a_missing_value_is_named_with_what_is_allowed() {
    let levels = "--log needs a value; give off, error, warn, info, debug or trace.";
    for (args, start) in [
        (&["--log"][..], levels),
        (&["--limits="], "--limits needs a value; give on or off"),
        (&["--log", "off", "--data"], "--data needs a value"),
        (&["serve", "--data"], "--data needs a value"),
        (&["--data", ""], "--data needs a value"),
    ] {
        mistake(args, start, ".");
    }
}

#[test]
fn unknown_words_and_flags_are_named() {
    for (args, start) in [
        (&["start"][..], "unknown command \"start\""),
        (&["serve", "serve"], "unknown command \"serve\""),
        (&["--port", "1"], "unknown flag \"--port\""),
        (&["-p"], "unknown flag \"-p\""),
    ] {
        mistake(args, start, "; see chatterbox --help.");
    }
}

#[test]
fn another_password_cost_needs_limits_off() {
    let args = ["--password-cost", "4"];
    mistake(&args, "--password-cost", "needs --limits off.");
    let cheap = config(&["--limits", "off", "--password-cost", "4"]);
    assert_eq!(cheap.password_cost, 4);
}

#[test]
fn another_network_for_outgoing_requests_needs_limits_off() {
    for args in [
        ["--test-dns", "127.0.0.1:53"],
        ["--test-routes", "192.0.2.1=127.0.0.1:8080"],
    ] {
        mistake(&args, "--test-dns", "need --limits off.");
        let config = config(&["--limits", "off", args[0], args[1]]);
        assert!(config.test_dns.is_some() || config.test_routes.len() == 1);
    }
    mistake(&["--test-routes", "x=y"], "--test-routes", "8080.");
}

#[test]
fn mail_needs_a_public_url_and_its_password_is_not_an_argument() {
    let url = "--smtp-url=smtps://mail.test?from=chat@mail.test";
    mistake(&[url], "--smtp-url needs --public-url", ".");
    let public = "--public-url=https://chat.test";
    assert!(config(&[url, public]).smtp_url.is_some());
    let secret = "--smtp-url=smtps://ada:secret@mail.test?from=chat@mail.test";
    mistake(
        &[secret, public],
        "--smtp-url can’t have a password",
        "CHATTERBOX_SMTP_URL instead.",
    );
    mistake(
        &["--smtp-url=smtp://ada:secret@mail.test"],
        "--smtp-url can’t have this value",
        ".",
    );
}

#[cfg(unix)]
#[test]
fn a_path_need_not_be_unicode() {
    use std::os::unix::ffi::OsStringExt;
    let path = OsString::from_vec(b"/srv/\xFF".to_vec());
    let read = read(["--data".into(), path.clone()]);
    assert!(matches!(read, Ok(Command::Serve(config)) if config.data == path));
}

#[test]
fn commands_of_the_operator_have_their_own_flags_and_those_of_the_data_folder() {
    let (config, line) = admin(&["--data", "one", "admin", "suspend", "ada", "--days", "7"]);
    assert_eq!((config.data, line.json), (PathBuf::from("one"), false));
    let suspend = AdminCommand::Suspend {
        name: "ada".into(),
        days: Some(7),
        reason: String::new(),
    };
    assert_eq!(line.command, suspend);
    let after = [
        "admin",
        "create",
        "ada",
        "--role=member",
        "--json",
        "--data=two",
    ];
    let (config, line) = admin(&after);
    assert_eq!((config.data, line.json), (PathBuf::from("two"), true));
    let create = AdminCommand::Create {
        name: "ada".into(),
        role: "member".into(),
        password_stdin: false,
    };
    assert_eq!(line.command, create);
    let (_, line) = admin(&["admin", "set", "name", "-- Chess --"]);
    let set = AdminCommand::Set {
        key: "name".into(),
        value: "-- Chess --".into(),
    };
    assert_eq!(line.command, set);
}

#[test]
fn wrong_commands_of_the_operator_are_named() {
    for (args, start) in [
        (&["admin"][..], "admin needs a command"),
        (&["admin", "expel", "ada"], "unknown command \"expel\""),
        (&["admin", "create"], "<NAME> is missing"),
        (&["admin", "set", "name"], "<VALUE> is missing"),
        (&["admin", "list", "ada"], "unknown command \"ada\""),
        (&["admin", "list", "--all"], "unknown flag \"--all\""),
    ] {
        mistake(args, start, "; see chatterbox admin --help.");
    }
    let args = ["admin", "promote", "ada", "--role", "member"];
    mistake(
        &args,
        "--role can’t be \"member\"; give admin or moderator",
        ".",
    );
    let args = ["admin", "suspend", "ada", "--days", "soon"];
    mistake(&args, "--days can’t be \"soon\"; give a number", ".");
}

#[test]
fn help_for_the_operator_names_the_commands_and_few_settings() {
    for args in [&["admin", "--help"][..], &["admin", "create", "--help"]] {
        let Ok(Command::Print(help)) = command(args) else {
            panic!("{args:?} prints the help");
        };
        for flag in ["--data <", "--json"] {
            assert!(help.contains(flag), "{flag} in {help}");
        }
        assert!(!help.contains("--listen"), "{help}");
    }
}

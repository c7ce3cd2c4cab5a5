//! Flags and what is said about mistakes. Variables belong to a process: `tests/it/start.rs` has them.

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

fn mistake(args: &[&str]) -> String {
    command(args).expect_err("it is a mistake")
}

/// The flags that are shown, their variables and defaults.
fn settings() -> Vec<(String, String, String)> {
    let command = CommandLine::command();
    let shown = command.get_arguments().filter(|arg| !arg.is_hide_set());
    let parts = shown.filter_map(|arg| {
        let default = arg.get_default_values().first()?.to_string_lossy();
        let variable = arg.get_env()?.to_string_lossy();
        Some((
            format!("--{}", arg.get_long()?),
            variable.into_owned(),
            default.into_owned(),
        ))
    });
    parts.collect()
}

#[test]
fn the_definition_is_sound() {
    CommandLine::command().debug_assert();
    assert_eq!(settings().len(), 6);
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
        password_cost: 12,
    };
    assert_eq!(config(&[]), expected);
    assert_eq!(config(&["serve"]), expected);
}

#[test]
fn every_setting_can_be_given_by_flag() {
    let values = [
        "[::1]:0",
        "/srv/chat box",
        "debug",
        "json",
        "off",
        "10.0.0.0/8, ::1,192.0.2.7",
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
        password_cost: 12,
    };
    let all = settings();
    let names = all.iter().map(|(flag, ..)| flag.as_str());
    let flags: Vec<&str> = names.zip(values).flat_map(|(a, b)| [a, b]).collect();
    assert_eq!(config(&flags), expected);
    assert_eq!(config(&[&["serve"], &flags[..]].concat()), expected);
    assert_eq!(config(&[&flags[..], &["serve"]].concat()), expected);
    let joined: Vec<String> = flags.chunks(2).map(|pair| pair.join("=")).collect();
    assert_eq!(
        config(&joined.iter().map(String::as_str).collect::<Vec<_>>()),
        expected
    );
}

#[test]
fn every_flag_has_a_variable_of_its_name() {
    for (flag, variable, _) in settings() {
        let name = flag.trim_start_matches('-').to_uppercase();
        assert_eq!(variable, format!("CHATTERBOX_{}", name.replace('-', "_")));
    }
}

#[test]
fn the_last_flag_wins_over_the_first() {
    let settled = config(&["--data", "first", "--data=last"]);
    assert_eq!(settled.data, PathBuf::from("last"));
}

#[test]
fn an_empty_flag_is_a_mistake_unless_it_is_a_list() {
    assert!(mistake(&["--data", ""]).starts_with("--data needs a value"));
    assert_eq!(config(&["--trusted-proxies", ""]).trusted_proxies, []);
}

#[test]
fn a_name_that_stands_for_an_address_is_resolved() {
    let listen = config(&["--listen", "localhost:8123"]).listen;
    assert!(listen.ip().is_loopback() && listen.port() == 8123);
}

#[test]
fn help_and_version_come_before_mistakes() {
    for flags in [
        &["--help"][..],
        &["-h"],
        &["serve", "--log", "off", "--help", "--what"],
    ] {
        let printed = command(flags);
        assert!(
            matches!(&printed, Ok(Command::Print(text)) if text.contains("Usage: chatterbox")),
            "{printed:?}"
        );
    }
    for flags in [&["--version"][..], &["-V"], &["serve", "-V"]] {
        let printed = command(flags);
        assert!(
            matches!(&printed, Ok(Command::Print(text)) if text.contains(env!("CARGO_PKG_VERSION"))),
            "{printed:?}"
        );
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
    for (flag, values) in [
        (
            "listen",
            &["8000", ":", "127.0.0.1", "127.0.0.1:99999", "1.2.3:x"][..],
        ),
        ("log", &["loud", "INFO", "3"]),
        ("log-format", &["xml", "Text"]),
        ("limits", &["yes", "true", "0"]),
        (
            "trusted-proxies",
            &["proxy", "10.0.0.0/33", "10.0.0.1;10.0.0.2", "*"],
        ),
        ("password-cost", &["3", "32", "twelve"]),
    ] {
        for value in values {
            let said = mistake(&[&format!("--{flag}={value}")]);
            assert!(
                said.starts_with(&format!("--{flag} cannot be {value:?}; give ")),
                "{said}"
            );
            assert!(said.ends_with('.') && said.lines().count() == 1, "{said}");
        }
    }
}

#[test]
fn a_missing_value_is_named_with_what_is_allowed() {
    for (args, start) in [
        (
            &["--log"][..],
            "--log needs a value; give off, error, warn, info, debug or trace.",
        ),
        (&["--limits="], "--limits needs a value; give on or off"),
        (&["--log", "off", "--data"], "--data needs a value"),
        (&["serve", "--data"], "--data needs a value"),
    ] {
        let said = mistake(args);
        assert!(said.starts_with(start), "{said}");
        assert!(said.ends_with('.') && said.lines().count() == 1, "{said}");
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
        let said = mistake(args);
        assert!(said.starts_with(start), "{said}");
        assert!(said.ends_with("; see chatterbox --help."), "{said}");
    }
}

#[test]
fn another_password_cost_needs_limits_off() {
    let said = mistake(&["--password-cost", "4"]);
    assert!(
        said.contains("--password-cost") && said.contains("--limits off"),
        "{said}"
    );
    let cheap = config(&["--limits", "off", "--password-cost", "4"]);
    assert_eq!(cheap.password_cost, 4);
}

#[cfg(unix)]
#[test]
fn a_path_need_not_be_unicode() {
    use std::os::unix::ffi::OsStringExt;
    let path = OsString::from_vec(b"/srv/\xFF".to_vec());
    let read = read(["--data".into(), path.clone()]);
    assert!(matches!(read, Ok(Command::Serve(config)) if config.data == path));
}

//! Flags, variables and what is said about mistakes.

use super::*;

fn command(args: &[&str], env: &[(&str, &str)]) -> Result<Command, String> {
    let found = |name: &str| {
        env.iter()
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value.into())
    };
    read(args.iter().map(OsString::from), found)
}

fn config(args: &[&str], env: &[(&str, &str)]) -> Config {
    match command(args, env) {
        Ok(Command::Serve(config)) => config,
        other => panic!("{args:?} {env:?}: {other:?}"),
    }
}

fn mistake(args: &[&str], env: &[(&str, &str)]) -> String {
    command(args, env).expect_err("it is a mistake")
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
    };
    assert_eq!(config(&[], &[]), expected);
    assert_eq!(config(&["serve"], &[]), expected);
    assert_eq!(Config::default(), expected);
}

#[test]
fn every_setting_can_be_given_by_flag_or_by_variable() {
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
    };
    let names = SETTINGS.iter().map(|setting| format!("--{}", setting.flag));
    let flags: Vec<String> = names
        .zip(values)
        .flat_map(|(name, value)| [name, value.into()])
        .collect();
    let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
    assert_eq!(config(&flags, &[]), expected);
    let joined: Vec<String> = flags.chunks(2).map(|pair| pair.join("=")).collect();
    assert_eq!(
        config(&joined.iter().map(String::as_str).collect::<Vec<_>>(), &[]),
        expected
    );
    let env: Vec<(&str, &str)> = SETTINGS.iter().map(|s| s.variable).zip(values).collect();
    assert_eq!(config(&["serve"], &env), expected);
}

#[test]
fn a_flag_wins_over_its_variable_and_the_last_flag_over_the_first() {
    let env = [("CHATTERBOX_LIMITS", "off"), ("CHATTERBOX_DATA", "theirs")];
    let settled = config(&["--data", "first", "--data=last"], &env);
    assert_eq!((settled.data, settled.limits), ("last".into(), false));
    let wrong = [("CHATTERBOX_LOG", "loud")];
    assert_eq!(config(&["--log", "off"], &wrong).log, LevelFilter::OFF);
}

#[test]
fn an_empty_variable_is_not_set_but_an_empty_flag_is_a_mistake() {
    let empty: Vec<(&str, &str)> = SETTINGS.iter().map(|s| (s.variable, "")).collect();
    assert_eq!(config(&[], &empty), Config::default());
    assert!(mistake(&["--data", ""], &[]).starts_with("--data cannot be \"\""));
    let proxies = [("CHATTERBOX_TRUSTED_PROXIES", "::1")];
    assert_eq!(
        config(&["--trusted-proxies", ""], &proxies).trusted_proxies,
        []
    );
}

#[test]
fn a_name_that_stands_for_an_address_is_resolved() {
    let listen = config(&["--listen", "localhost:8123"], &[]).listen;
    assert!(listen.ip().is_loopback() && listen.port() == 8123);
}

#[test]
fn help_and_version_come_before_mistakes() {
    let env = [("CHATTERBOX_LOG", "loud")];
    for flags in [
        &["--help"][..],
        &["-h"],
        &["serve", "--log", "off", "--help", "--what"],
    ] {
        assert_eq!(command(flags, &env), Ok(Command::Help), "{flags:?}");
    }
    for flags in [&["--version"][..], &["-V"], &["serve", "-V"]] {
        assert_eq!(command(flags, &env), Ok(Command::Version), "{flags:?}");
    }
}

#[test]
fn help_names_every_setting_and_fits_a_terminal() {
    let help = help();
    for setting in &SETTINGS {
        let name = format!("--{} ", setting.flag);
        assert!(
            help.contains(&name) && help.contains(setting.variable),
            "{}",
            setting.flag
        );
        assert!(help.contains(setting.default), "{}", setting.flag);
    }
    for line in help.lines() {
        assert!(line.chars().count() <= 100, "{line}");
    }
}

#[test]
fn a_wrong_value_is_named_with_what_is_allowed() {
    for (flag, values) in [
        (
            "listen",
            &["", "8000", ":", "127.0.0.1", "127.0.0.1:99999", "1.2.3:x"][..],
        ),
        ("log", &["", "loud", "INFO", "3"]),
        ("log-format", &["", "xml", "Text"]),
        ("limits", &["", "yes", "true", "0"]),
        (
            "trusted-proxies",
            &["proxy", "10.0.0.0/33", "10.0.0.1;10.0.0.2", "*"],
        ),
    ] {
        let setting = SETTINGS
            .iter()
            .find(|setting| setting.flag == flag)
            .expect("it is there");
        for value in values {
            let said = mistake(&[&format!("--{flag}={value}")], &[]);
            assert!(
                said.starts_with(&format!("--{flag} cannot be {value:?}; give ")),
                "{said}"
            );
            if !value.is_empty() {
                let said = mistake(&[], &[(setting.variable, value)]);
                assert!(said.starts_with(&format!("{} cannot be {value:?};", setting.variable)));
                assert!(said.ends_with('.') && said.lines().count() == 1, "{said}");
            }
        }
    }
}

#[test]
fn unknown_words_and_flags_are_named() {
    for (args, start) in [
        (&["start"][..], "unknown command \"start\""),
        (&["serve", "serve"], "unknown command \"serve\""),
        (&["--port", "1"], "unknown flag \"--port\""),
        (&["-p"], "unknown flag \"-p\""),
        (&["--log"], "--log needs a value"),
        (&["--log", "off", "--data"], "--data needs a value"),
    ] {
        let said = mistake(args, &[]);
        assert!(said.starts_with(start), "{said}");
        assert!(said.ends_with("; see chatterbox --help."), "{said}");
    }
}

#[cfg(unix)]
#[test]
fn a_path_need_not_be_unicode() {
    use std::os::unix::ffi::OsStringExt;
    let path = OsString::from_vec(b"/srv/\xFF".to_vec());
    let read = read(["--data".into(), path.clone()], |_| None);
    assert!(matches!(read, Ok(Command::Serve(config)) if config.data == path));
}

//! Mentions wherever a person would see one.

use super::*;

/// Asserts the users that each text calls, of Grace (1), "user." (2), 李小龙 (3), "grace." (4), José (5) and "grace-h"
/// (6).
fn calls(examples: &[(&str, &[i64])]) {
    let names = ["grace", "user.", "李小龙", "grace.", "José", "grace-h"];
    let known = |key: &str| {
        let at = names.iter().position(|name| fold(name) == key)?;
        Some((UserId(at as i64 + 1), names[at].to_owned()))
    };
    for (text, ids) in examples {
        let rendered = render(text);
        let ids: Vec<UserId> = ids.iter().map(|id| UserId(*id)).collect();
        let html = rendered.html(&known, true).to_string();
        assert_eq!(rendered.called(&known), ids, "{text}: {html}");
        let links = html.matches("class=\"mention mention--").count();
        assert_eq!(links, ids.len(), "{text}: {html}");
    }
}

#[test]
fn a_name_is_found_beside_marks_and_punctuation() {
    calls(&[
        ("_thanks @grace_", &[1]),
        ("__thanks @grace__", &[1]),
        ("_@grace_", &[1]),
        ("*thanks @grace*", &[1]),
        ("~~@grace~~", &[1]),
        ("_a_ @grace_", &[1]),
        ("@grace...what now", &[1]),
        ("Ask @grace.Then go", &[1]),
        ("Ask @grace.", &[1]),
        ("Ask @grace-", &[1]),
        ("Ask @grace--really", &[1]),
        ("@grace-hopper", &[1]),
        ("@grace-h", &[6]),
        ("@grace-h.", &[6]),
        ("Thanks @user..", &[2]),
        ("Thanks @user.", &[2]),
        ("@GRACE!", &[1]),
        ("@grace's", &[1]),
        ("@grace’s", &[1]),
        ("(@grace) ", &[1]),
        ("a/@grace", &[1]),
        ("\"@grace\"", &[1]),
        ("@José", &[5]),
        ("@jose\u{301}.", &[5]),
    ]);
    let emphasized = html("_thanks @ada_");
    assert!(
        emphasized.starts_with("<p><em>") && emphasized.ends_with("@ada</a></em></p>"),
        "{emphasized}"
    );
}

#[test]
fn a_name_is_found_in_scripts_without_spaces() {
    calls(&[
        ("你好@grace", &[1]),
        ("你好@grace你好", &[1]),
        ("@grace你好", &[1]),
        ("@graceさん", &[1]),
        ("ありがとう@grace。", &[1]),
        ("안녕@grace님", &[1]),
        ("สวัสดี@grace", &[1]),
        ("@李小龙你好", &[3]),
        ("你好，@李小龙，", &[3]),
        ("＠grace", &[1]),
        ("你好＠ｇｒａｃｅ", &[1]),
        ("﹫grace", &[1]),
        ("@李小", &[]),
    ]);
}

#[test]
fn what_is_no_mention_calls_no_one() {
    calls(&[
        ("me@grace", &[]),
        ("café@grace", &[]),
        ("me@grace.com", &[]),
        ("@graceful", &[]),
        ("@grace_x", &[]),
        ("`@grace`", &[]),
        ("\\@grace", &[]),
        ("[@grace](http://a.bc)", &[]),
        ("http://a.bc/@grace", &[]),
        ("@", &[]),
        ("@...", &[]),
    ]);
    assert_eq!(html("\\@ada \\@bob"), "<p>@ada \\@bob</p>");
    assert_eq!(html("＠bob"), "<p>＠bob</p>");
}

#[test]
fn a_quotation_calls_no_one_again() {
    calls(&[
        ("> @grace hello", &[]),
        (">> @grace hello", &[]),
        ("> > @grace", &[]),
        ("> - @grace", &[]),
        ("> **@grace**", &[]),
        ("- > @grace", &[]),
        ("> a\n@grace", &[]),
        ("> @grace\n\n@grace yes", &[1]),
        ("@grace yes\n> @grace", &[1]),
        ("> a\n\n- @grace", &[1]),
    ]);
    for text in [
        "> @room",
        "> @here",
        ">> @room",
        "> a @room",
        "> - @here",
        "> _@room_",
    ] {
        let rendered = render(text);
        assert!(!rendered.calls_room() && !rendered.calls_here(), "{text}");
        assert!(
            !rendered.html(&known, true).as_str().contains("mention"),
            "{text}"
        );
    }
    for text in [
        "@room",
        "@ROOM...what",
        "@room.Then",
        "你好@room",
        "＠room",
        "> a\n\n@room",
        "_@room_",
        "@room-",
        "@room你好",
    ] {
        assert!(render(text).calls_room(), "{text}");
    }
    for text in [
        "\\@room",
        "`@room`",
        "@rooms",
        "@room-service",
        "x@room",
        "@here",
    ] {
        assert!(!render(text).calls_room(), "{text}");
    }
}

//! Search finds what readers see: without marks, with emoji, signs and versions.

use serde_json::Value;

use super::{bodies, encoded, finds, search, server_with_messages};
use crate::harness::account::Account;

/// Checks the results of each query, newest first.
async fn check(ada: &Account, cases: &[(&str, &[&str])]) {
    for (text, expected) in cases {
        assert_eq!(finds(ada, text).await, *expected, "{text}");
    }
}

#[tokio::test]
async fn emoji_and_their_shortcodes_find_each_other() {
    let texts = [
        "party 🎉",
        "code :tada: here",
        ":+1: yes",
        "👍 fine",
        "I ❤️ it",
        "bare ❤ heart",
        "std::key::Key",
        "no emoji",
    ];
    let (_server, ada) = server_with_messages(&texts).await;
    check(
        &ada,
        &[
            ("🎉", &["code :tada: here", "party 🎉"]),
            (":tada:", &["code :tada: here", "party 🎉"]),
            ("\":tada:\"", &["code :tada: here", "party 🎉"]),
            ("code :tada:", &["code :tada: here"]),
            ("code🎉", &["code :tada: here"]),
            ("-:tada: party", &[]),
            (":+1:", &["👍 fine", ":+1: yes"]),
            (":thumbsup:", &["👍 fine", ":+1: yes"]),
            ("👍", &["👍 fine", ":+1: yes"]),
            ("👍🏽", &["👍 fine", ":+1: yes"]),
            (":heart:", &["bare ❤ heart", "I ❤️ it"]),
            ("❤", &["bare ❤ heart", "I ❤️ it"]),
            ("🔑", &[]),
            ("std::key::Key", &["std::key::Key"]),
            (":rocket:", &[]),
        ],
    )
    .await;
}

#[tokio::test]
async fn marks_and_hidden_addresses_are_not_found_but_the_text_is() {
    let texts = [
        "an **un**known word",
        "half*way* there",
        "~~gone~~ `code`d",
        "see [the docs](https://hidden.example/secret)",
        "see https://shown.example/path",
        "a\\_b\\_c",
        "> quoted text",
        "1. first\n2. second",
        "```rust\nlet seen = 1;\n```",
        "plain words",
    ];
    let (_server, ada) = server_with_messages(&texts).await;
    check(
        &ada,
        &[
            ("unknown", &[texts[0]]),
            ("\"unknown\"", &[texts[0]]),
            ("unkn", &[texts[0]]),
            ("\"un\"", &[]),
            ("halfway", &[texts[1]]),
            ("\"halfway there\"", &[texts[1]]),
            ("gone", &[texts[2]]),
            ("coded", &[texts[2]]),
            ("docs", &[texts[3]]),
            ("hidden", &[]),
            ("secret", &[]),
            ("shown", &[texts[4]]),
            ("path", &[texts[4]]),
            ("quoted", &[texts[6]]),
            ("second", &[texts[7]]),
            ("seen", &[texts[8]]),
            ("plain", &[texts[9]]),
            ("has:link", &[texts[4], texts[3]]),
        ],
    )
    .await;
}

#[tokio::test]
async fn signs_after_a_word_count() {
    let texts = [
        "I like C",
        "I like C++",
        "I like C#",
        "the C++20 norm",
        "c# and F#",
        "g++ compiles",
        "a C major",
    ];
    let (_server, ada) = server_with_messages(&texts).await;
    check(
        &ada,
        &[
            ("\"C++\"", &["the C++20 norm", "I like C++"]),
            ("\"c++\"", &["the C++20 norm", "I like C++"]),
            ("\"C#\"", &["c# and F#", "I like C#"]),
            ("\"like C#\"", &["I like C#"]),
            ("\"F#\"", &["c# and F#"]),
            ("\"g++\"", &["g++ compiles"]),
            ("g++", &["g++ compiles"]),
            ("\"C＋＋\"", &["the C++20 norm", "I like C++"]),
            ("like -\"C++\"", &["I like C#", "I like C"]),
            ("like -C#", &["I like C++", "I like C"]),
            (
                "C++",
                &[
                    "the C++20 norm",
                    "I like C++",
                    "a C major",
                    "c# and F#",
                    "I like C#",
                    "I like C",
                ],
            ),
            ("like C#", &["I like C#", "I like C++", "I like C"]),
        ],
    )
    .await;
    let best = ada
        .get(&format!("/messages?{}&sort=best", encoded("C++")))
        .await;
    let best = bodies(&best.expect(200).json());
    let mut first = best[..2].to_vec();
    first.sort();
    assert_eq!(first, ["I like C++", "the C++20 norm"], "{best:?}");
    let found = search(&ada, "\"like C++\"").await;
    assert_eq!(found["messages"][0]["snippet"], "I <mark>like C++</mark>");
}

#[tokio::test]
async fn a_version_is_found_without_its_letter() {
    let texts = [
        "use v1.2.3 now",
        "V1.2.3-rc1",
        "it is 1.2.3",
        "version1.2",
        "python3.12",
        "v1.3.2",
        "1 2 3",
        "v1 2 3",
    ];
    let (_server, ada) = server_with_messages(&texts).await;
    let all = &["1 2 3", "it is 1.2.3", "V1.2.3-rc1", "use v1.2.3 now"];
    check(
        &ada,
        &[
            ("1.2.3", all),
            ("\"1.2.3\"", all),
            ("v1.2.3", &["v1 2 3", "V1.2.3-rc1", "use v1.2.3 now"]),
            ("\"3.12\"", &["python3.12"]),
            ("\"1.3.2\"", &["v1.3.2"]),
            ("\"1.2\" version", &["version1.2"]),
        ],
    )
    .await;
    let found = search(&ada, "\"1.2.3\" now").await;
    assert_eq!(
        found["messages"][0]["snippet"],
        "use v<mark>1.2.3</mark> <mark>now</mark>"
    );
}

#[tokio::test]
async fn an_edited_text_is_found_as_it_is_seen_now() {
    let (_server, ada) = server_with_messages(&["**un**known :tada:"]).await;
    let id = ada.history().await[0]["id"].as_i64().expect("an id");
    let change = serde_json::json!({"body": "well**known** :rocket:"});
    ada.send("PATCH", &format!("/rooms/1/messages/{id}"), &change)
        .await
        .expect(200);
    for (text, is_found) in [
        ("unknown", false),
        ("🎉", false),
        ("wellknown", true),
        ("🚀", true),
    ] {
        assert_eq!(!finds(&ada, text).await.is_empty(), is_found, "{text}");
    }
    ada.delete((1, id)).await.expect(200);
    for text in ["wellknown", "🚀", "known"] {
        assert!(finds(&ada, text).await.is_empty(), "{text}");
    }
}

#[tokio::test]
async fn parts_that_are_not_searched_are_named() {
    let (_server, ada) = server_with_messages(&["a plan"]).await;
    let notes = async |text: &str| -> String {
        let found: Value = search(&ada, text).await;
        let notes = found["notes"].as_array().expect("a list");
        notes.iter().filter_map(Value::as_str).collect()
    };
    for (text, expected) in [
        ("plan on:2026-02-30", "“2026-02-30” isn’t a date."),
        ("!!!", "“!!!” has no letters or numbers"),
        ("plan !!!", "“!!!” has no letters or numbers"),
        ("c", "“c” finds only whole words."),
        ("pl", "“pl” finds only words that start with it."),
    ] {
        assert!(notes(text).await.starts_with(expected), "{text}");
    }
    assert_eq!(notes("plan").await, "");
}

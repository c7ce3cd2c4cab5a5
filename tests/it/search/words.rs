//! Words in any script: prefixes, parts, phrases and web addresses.

use serde_json::json;

use super::{finds, search, server_with_messages};
use crate::harness::account::Account;

/// Checks the results of each query.
async fn check(ada: &Account, cases: &[(&str, &[&str])]) {
    for (text, expected) in cases {
        assert_eq!(finds(ada, text).await, *expected, "{text}");
    }
}

#[tokio::test]
async fn words_are_found_by_their_prefix_in_any_case() {
    let (_server, ada) = server_with_messages(&[
        "The design team",
        "a Designer's work",
        "nothing",
        "C is a language",
    ])
    .await;
    check(
        &ada,
        &[
            ("design", &["a Designer's work", "The design team"]),
            ("DES", &["a Designer's work", "The design team"]),
            ("de", &["a Designer's work", "The design team"]),
            ("team design", &["The design team"]),
            ("design*", &["a Designer's work", "The design team"]),
            ("\"design\"", &["The design team"]),
            ("designs", &[]),
            ("design nothing", &[]),
            ("c", &["C is a language"]),
            ("\"design team\"", &["The design team"]),
            ("\"team design\"", &[]),
            ("\"des tea\"", &[]),
        ],
    )
    .await;
}

#[tokio::test]
async fn matches_inside_of_words_come_after_matches_at_their_start() {
    let (_server, ada) = server_with_messages(&[
        "a base",
        "the database",
        "abase",
        "basement",
        "rebased twice",
    ])
    .await;
    check(
        &ada,
        &[
            (
                "base",
                &[
                    "basement",
                    "a base",
                    "rebased twice",
                    "abase",
                    "the database",
                ],
            ),
            ("base the", &["the database"]),
            (
                "ase",
                &[
                    "rebased twice",
                    "basement",
                    "abase",
                    "the database",
                    "a base",
                ],
            ),
            ("as", &[]),
            ("\"base\"", &["a base"]),
            (
                "-base base",
                &["basement", "rebased twice", "abase", "the database"],
            ),
            ("basedata", &[]),
        ],
    )
    .await;
    let page = ada.browser().await.page("/messages?q=base").await;
    let page = page.expect(200).text();
    assert_eq!(page.matches("Partial matches").count(), 1);
    assert!(page.contains("the data<mark>base</mark>"), "{page}");
}

#[tokio::test]
async fn accents_are_ignored() {
    let (_server, ada) = server_with_messages(&[
        "Crème brûlée",
        "Zażółć gęślą",
        "die STRAẞE",
        "Ёлка стоит",
        "ΟΔΟΣ",
    ])
    .await;
    check(
        &ada,
        &[
            ("creme brulee", &["Crème brûlée"]),
            ("CRÈME", &["Crème brûlée"]),
            ("cre\u{300}me", &["Crème brûlée"]),
            ("zazolc", &["Zażółć gęślą"]),
            ("strasse", &["die STRAẞE"]),
            ("straße", &["die STRAẞE"]),
            ("елка", &["Ёлка стоит"]),
            ("οδός", &["ΟΔΟΣ"]),
            ("\"creme brulee\"", &["Crème brûlée"]),
        ],
    )
    .await;
}

#[tokio::test]
async fn chinese_is_found_by_one_character_or_more() {
    let (_server, ada) =
        server_with_messages(&["我们明天去北京开会", "上海的天气很好", "京北", "南京"]).await;
    check(
        &ada,
        &[
            ("北", &["京北", "我们明天去北京开会"]),
            ("京", &["南京", "京北", "我们明天去北京开会"]),
            ("北京", &["我们明天去北京开会"]),
            ("北京开会", &["我们明天去北京开会"]),
            ("明天 开会", &["我们明天去北京开会"]),
            ("\"的天气\"", &["上海的天气很好"]),
            ("天 -北京", &["上海的天气很好"]),
            ("北海", &[]),
        ],
    )
    .await;
}

#[tokio::test]
async fn japanese_and_korean_are_found_by_any_part() {
    let texts = [
        "東京タワーに行きました",
        "ｻｰﾊﾞｰが落ちた",
        "サーバを見る",
        "서울에서 만나요",
        "かばん がば",
    ];
    let (_server, ada) = server_with_messages(&texts).await;
    check(
        &ada,
        &[
            ("タワー", &["東京タワーに行きました"]),
            ("東京タワー", &["東京タワーに行きました"]),
            ("行き", &["東京タワーに行きました"]),
            ("サーバー", &["ｻｰﾊﾞｰが落ちた"]),
            ("サーバ", &["サーバを見る", "ｻｰﾊﾞｰが落ちた"]),
            ("がば", &["かばん がば"]),
            ("서울", &["서울에서 만나요"]),
            ("울에", &["서울에서 만나요"]),
            (
                "\u{1109}\u{1165}\u{110B}\u{116E}\u{11AF}",
                &["서울에서 만나요"],
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn scripts_without_spaces_or_with_combining_marks_and_emoji_are_found() {
    let texts = [
        "สวัสดีครับทุกคน",
        "नमस्ते दुनिया",
        "مُحَمَّد هنا",
        "שלום עולם",
        "party 🎉 now",
        "👩‍🚀 in space",
    ];
    let (_server, ada) = server_with_messages(&texts).await;
    check(
        &ada,
        &[
            ("สวัสดี", &["สวัสดีครับทุกคน"]),
            ("ทุกคน", &["สวัสดีครับทุกคน"]),
            ("नमस्ते", &["नमस्ते दुनिया"]),
            ("محمد", &["مُحَمَّد هنا"]),
            ("שָׁלוֹם", &["שלום עולם"]),
            ("🎉", &["party 🎉 now"]),
            ("🚀", &["👩‍🚀 in space"]),
        ],
    )
    .await;
}

#[tokio::test]
async fn web_addresses_are_found_whole_and_in_part() {
    let page = "see https://example.com/docs/page-1?tab=two#end today";
    let (_server, ada) = server_with_messages(&[
        page,
        "HTTP://Other.example/x",
        "mail ada@example.com",
        "no link",
    ])
    .await;
    check(
        &ada,
        &[
            ("https://example.com/docs/page-1?tab=two#end", &[page]),
            ("example.com/docs", &[page]),
            ("example.com/do", &[page]),
            ("example.com", &["mail ada@example.com", page]),
            ("ada@example.com", &["mail ada@example.com"]),
            ("page-1", &[page]),
            ("has:link", &["HTTP://Other.example/x", page]),
            ("has:link docs", &[page]),
            ("-has:link", &["endmark", "no link", "mail ada@example.com"]),
        ],
    )
    .await;
}

#[tokio::test]
async fn matches_are_highlighted_and_message_text_is_escaped() {
    let (_server, ada) = server_with_messages(&["<b>Bold</b> & \"quoted\" <script>", "x"]).await;
    let answer = search(&ada, "bold").await;
    let found = &answer["messages"][0];
    assert_eq!(
        found["snippet"],
        "&#60;b&#62;<mark>Bold</mark>&#60;/b&#62; &#38; &#34;quoted&#34; &#60;script&#62;"
    );
    assert_eq!(
        (&found["room"], &found["author"]["username"]),
        (&json!(1), &json!("ada"))
    );
    assert_eq!(
        (&answer["more"], &answer["next"]),
        (&json!(false), &json!(null))
    );
    let browser = ada.browser().await;
    let path = "/messages?q=bold+%22%3E%3Cscript%3E";
    let page = browser.page(path).await.expect(200).text();
    assert!(
        !page.contains("<script>") && page.contains("&#34;&#62;&#60;script&#62;"),
        "{page}"
    );
    let page = browser.page("/messages?q=bold").await.expect(200).text();
    let link = format!("href=\"/rooms/1/messages/{}\"", found["id"]);
    assert!(
        page.contains(&link) && page.contains("<mark>Bold</mark>"),
        "{page}"
    );
    assert!(!page.contains("<b>Bold"), "{page}");
    let part = browser
        .fragment("/messages?q=bold")
        .await
        .expect(200)
        .text();
    assert!(
        part.contains("<mark>Bold</mark>") && !part.contains("<html"),
        "{part}"
    );
}

#[tokio::test]
async fn results_show_the_text_that_readers_see() {
    let texts = [
        "**bold** needle _slanted_ `code` ~~gone~~",
        "> quoted needle",
        "- first\n- needle",
        "[a needle](https://example.com/hidden)",
        "\\*needle\\* :tada:",
        "```rust\nlet needle = 1;\n```",
    ];
    let (_server, ada) = server_with_messages(&texts).await;
    let answer = search(&ada, "needle").await;
    let snippets = answer["messages"].as_array().expect("a list").iter().rev();
    let snippets: Vec<&str> = snippets
        .map(|found| found["snippet"].as_str().expect("HTML"))
        .collect();
    let expected = [
        "bold <mark>needle</mark> slanted code gone",
        "quoted <mark>needle</mark>",
        "first <mark>needle</mark>",
        "a <mark>needle</mark>",
        "*<mark>needle</mark>* 🎉",
        "let <mark>needle</mark> = 1;",
    ];
    assert_eq!(snippets, expected);
}

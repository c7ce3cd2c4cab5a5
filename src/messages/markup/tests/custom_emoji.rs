//! Names between colons that become pictures.

use proptest::prelude::*;

use super::{properties::marked, *};
use crate::emoji::CustomEmoji;

/// Names with a picture; the second one is animated.
const NAMES: [&str; 2] = ["party_parrot", "a-1"];

fn custom() -> CustomEmojis {
    let emoji = NAMES.iter().enumerate().map(|(number, name)| CustomEmoji {
        name: (*name).to_owned(),
        token: format!("0123456789abcde{number}"),
        hash: "ab".repeat(32),
        is_animated: number == 1,
    });
    CustomEmojis::new(emoji.collect())
}

/// The HTML of a text, in which `[name]` is short for a picture.
fn with_pictures(text: &str) -> String {
    let html = render_with_emoji(text, &custom()).html(&known, true);
    replace_pictures(html.as_str(), |name| format!("[{name}]"))
}

fn replace_pictures(html: &str, with: impl Fn(&str) -> String) -> String {
    custom().all().fold(html.to_owned(), |html, emoji| {
        html.replace(&emoji.picture().to_string(), &with(&emoji.name))
    })
}

#[test]
fn known_names_become_pictures_outside_of_code_and_links() {
    for (text, expected) in [
        (":party_parrot:", "<p>[party_parrot]</p>"),
        ("hi :party_parrot:, ok", "<p>hi [party_parrot], ok</p>"),
        (":a-1::party_parrot:", "<p>[a-1][party_parrot]</p>"),
        ("*:party_parrot:*", "<p><em>[party_parrot]</em></p>"),
        ("a\n:a-1:", "<p>a<br>[a-1]</p>"),
        (
            "> :a-1:",
            "<blockquote dir=\"auto\"><p>[a-1]</p></blockquote>",
        ),
        (":tada: :a-1:", "<p>🎉 [a-1]</p>"),
        (":unknown: :a-1:", "<p>:unknown: [a-1]</p>"),
        ("`:a-1:`", "<p><code>:a-1:</code></p>"),
        ("\\:a-1:", "<p>:a-1:</p>"),
        ("x:a-1:", "<p>x:a-1:</p>"),
        ("10:a-1:30", "<p>10:a-1:30</p>"),
        ("::a-1:", "<p>::a-1:</p>"),
        (":A-1:", "<p>:A-1:</p>"),
        (":a-1", "<p>:a-1</p>"),
        (": a-1:", "<p>: a-1:</p>"),
    ] {
        assert_eq!(with_pictures(text), expected, "{text}");
    }
    for text in [
        "```\n:a-1:\n```",
        "[:a-1:](https://a.example)",
        "https://a.example/:a-1:",
        "<https://a.example/:a-1:>",
        "[x](https://a.example/:a-1:)",
        "mailto:a-1:@b.cd",
    ] {
        let html = with_pictures(text);
        assert!(!html.contains('['), "{text}: {html}");
    }
}

#[test]
fn a_name_that_looks_like_markup_stays_text() {
    for name in [
        "<b>",
        "\"onload=x",
        "a'b",
        "../../x",
        "a\u{202E}b",
        "%00",
        "__proto__",
        "-->",
    ] {
        let text = format!(":{name}: :{name}");
        let html = render_with_emoji(&text, &custom()).html(&known, true);
        assert!(!html.as_str().contains("<img"), "{html}");
        reader::read(html.as_str());
    }
}

#[test]
fn a_message_has_at_most_100_pictures_and_stays_fast() {
    let text = ":a-1:".repeat(2_000);
    let html = render_with_emoji(&text, &custom()).html(&known, true);
    assert_eq!(html.as_str().matches("<img").count(), 100);
    assert!(html.as_str().ends_with(":a-1:</p>"));
}

#[test]
fn excerpts_and_search_have_the_names() {
    let text = "see :party_parrot: `x`";
    let html = render_with_emoji(text, &custom()).html(&known, true);
    assert_eq!(line_of_html(html.as_str()), "see :party_parrot: x");
    assert_eq!(excerpt(text, 100), "see :party_parrot: x");
    let alone = render_with_emoji(":a-1:", &custom()).html(&known, true);
    assert_eq!(seen(":a-1:", alone.as_str()), None);
}

#[test]
fn a_message_of_a_few_emoji_alone_is_large() {
    let large = |text: &str| {
        let html = render_with_emoji(text, &custom()).html(&known, true);
        is_large(text, html.as_str())
    };
    for text in [
        ":a-1:",
        ":party_parrot: 🎉",
        ":tada::a-1:",
        ":a-1:\n:a-1:",
        "🎉",
    ] {
        assert!(large(text), "{text}");
    }
    assert!(large(&":a-1:".repeat(12)) && !large(&":a-1:".repeat(13)));
    for text in [
        ":unknown:",
        ":a-1: x",
        "**:a-1:**",
        "> :a-1:",
        ":a-1:\n\n:a-1:",
        "`:a-1:`",
    ] {
        assert!(!large(text), "{text}");
    }
}

/// Markdown with names between colons.
fn marked_with_names() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec![":party_parrot:", ":a-1:", "party_parrot", ":a-1"]);
    prop::collection::vec(prop_oneof![marked(), name.prop_map(str::to_owned)], 0..8)
        .prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn pictures_take_the_place_of_names_and_change_nothing_else(text in marked_with_names()) {
        let rendered = render_with_emoji(&text, &custom());
        prop_assert!(allowlist::passes(&rendered.html, rendered.names.len()));
        let html = rendered.html(&known, true);
        let named = replace_pictures(html.as_str(), |name| format!(":{name}:"));
        reader::read(&named);
        // Without pictures, a backslash before a name is shown, and the names in `:a::b:` share a colon.
        if !text.contains('\\') && !text.contains("::") {
            prop_assert_eq!(named, html_of(&text));
        }
    }
}

fn html_of(text: &str) -> String {
    render(text).html(&known, true).to_string()
}

#[test]
fn the_allowlist_takes_pictures_in_their_own_form_alone() {
    let html = |tag: &str| format!("<p>a {tag} b</p>");
    for emoji in custom().all() {
        assert!(allowlist::passes(&html(&emoji.picture().to_string()), 0));
    }
    let picture = custom()
        .find("party_parrot")
        .expect("it is known")
        .picture()
        .to_string();
    for (from, to) in [
        ("<img ", "<img  "),
        ("<img ", "<IMG "),
        ("class=\"custom-emoji\" ", ""),
        ("/e/", "//evil.example/e/"),
        ("/e/", "/u/"),
        ("/e/0123", "/e/../"),
        ("\">", "\" onerror=\"alert(1)\">"),
        ("\">", "\"/>"),
        ("\">", "\"></img>"),
        (":party_parrot:", ":<b>:"),
        ("src", "srcset"),
    ] {
        let other = picture.replacen(from, to, 1);
        assert_ne!(other, picture, "{from}");
        assert!(!allowlist::passes(&html(&other), 0), "{other}");
    }
    for tag in [
        "<img>",
        "<picture>",
        "<picture></p></picture>",
        "<img src=\"x\">",
        "<source src=\"x\">",
        "<picture class=\"custom-emoji\"></picture>",
    ] {
        assert!(!allowlist::passes(&html(tag), 0), "{tag}");
    }
}

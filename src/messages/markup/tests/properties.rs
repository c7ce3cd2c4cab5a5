//! Properties of the renderer for any text. `PROPTEST_CASES=100000 cargo test --lib properties` runs more cases.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;

/// Markdown syntax and parts of it.
const MARKS: &str = "* ** *** _ __ ~ ~~ ~~~ ` `` ``` [ ] ( ) ![ ]( ]: < > > >> - + 1. 12. 1986. # ## \\ \\\\ & \
    &lt; &#106; | = == --- *** : :: @ @ada @a_b_ :tada: :+1: http://a.bc/d_e https://x.yz/(q) http:// :// mailto:a@b.cd \
    <http://a.bc> [x](http://a.bc) [a.bc](http://d.ef) ![i](http://a.bc) [x](javascript:y) [x]: [^1] [ ] <b> </b> <!-- <script> \
    x y1 ab é 李 ب \u{202E} \u{2067} \u{A0} 😀 ' \" ; $ {{ }} % ```rust ```js ~~~html /* // '' @room @here.";

/// Texts with much Markdown syntax.
fn marked() -> impl Strategy<Value = String> {
    let mut pieces: Vec<&str> = MARKS.split_whitespace().collect();
    pieces.extend([
        " ", " ", "\n", "\n", "\n\n", "    ", "\t", "> ", "- ", "1. ", "  \n", "\\\n",
    ]);
    let pieces = prop::collection::vec(prop::sample::select(pieces), 0..60);
    pieces.prop_map(|pieces| pieces.concat())
}

/// Texts whose syntax removes no letters: without link addresses, languages and shortcodes.
fn worded() -> impl Strategy<Value = String> {
    let pieces = "a¦bc¦Дё¦李¦ش¦*¦**¦_¦~~¦ ¦\n¦\n\n¦> ¦- ¦1. ¦\n# ¦[¦]¦(¦)¦![¦]:¦<¦>¦<b>¦&¦&lt;¦\\¦ `x` ¦\
        \n```\nd\n```\n¦---\n¦    ¦\n    ¦@¦@ada¦;¦|¦<!--¦http://a.bc ¦~¦=¦\n===\n¦\u{A0}";
    let pieces: Vec<&str> = pieces.split('¦').collect();
    let pieces = prop::collection::vec(prop::sample::select(pieces), 0..40);
    pieces.prop_map(|pieces| {
        // A link text may equal its address, and a word after a fence is a language.
        let text = pieces.concat();
        text.replace("](", "] (").replace("~~~", "~ ~ ~ ")
    })
}

/// Asserts the properties that hold for every text.
fn check(text: &str) {
    let rendered = render(text);
    assert_eq!(rendered, render(text));
    let html = rendered.html(&known, true).to_string();
    reader::read(&html);
    reader::read(rendered.html(&known, false).as_str());
    assert!(html.len() <= MAX_GROWTH * text.len() + 80 * 20 + MAX_EXTRA);
    assert!(rendered.names().len() <= 2 * mentions::MAX);
    // A browser's parser and sanitizer leave the HTML unchanged.
    let parts = write(&mask::clean(text)).expect("it is neither too deep nor too large");
    assert!(
        allowlist::passes(&parts.html, parts.names.len()),
        "{text:?}"
    );
    let cleaned = without_addresses(&oracle::clean(&parts.html));
    assert_eq!(cleaned, without_addresses(&parts.html), "{text:?}");
    let short = excerpt(text, 9);
    assert!(short.chars().count() <= 9 && !short.contains(['\n', '\t']));
}

/// Removes link addresses, because ammonia drops invalid hosts.
fn without_addresses(html: &str) -> String {
    let mut parts = html.split(" href=\"");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        out.push_str(part.split_once('"').map_or("", |(_, rest)| rest));
    }
    out
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_becomes_safe_html(text in any::<String>()) {
        check(&text);
    }

    #[test]
    fn any_markdown_becomes_safe_html(text in marked()) {
        check(&text);
    }

    #[test]
    fn no_letter_is_lost(text in worded()) {
        let letters = |text: &str| text.chars().filter(|c| c.is_alphabetic()).collect::<String>();
        prop_assert_eq!(letters(&reader::read(&html(&text))), letters(&text), "{}", html(&text));
    }

    #[test]
    fn the_fast_path_renders_the_same_html(text in "([a-z.!@&:>-]|1|\n| )*") {
        let text = text.trim_end();
        if plain::is_plain(text) {
            let whole = blocks::write(text).expect("it is not deep");
            prop_assert_eq!(plain::write(text).html, whole.html);
        }
    }
}

#[test]
fn ten_thousand_characters_are_rendered_quickly() {
    let more = "> |>|- - - - a|- |* a |*a |a*|**a |*a_ |[|![|[](|[a](|[a](b |`|`a |``a |<|<a |<!--|<?|\\|&|&a|a\n|\n|\n\n|- a\n|1. a\n|\
        > a\n|> - |>1. |- > |\t|    a\n| \n|```\n|```rust\n|~~~\n|:a|:tada:|@a |a@b |http://a.b |http://a/( |http://|(|)|a)|:|\
        <http://a |[a]: b\n|# |a\n- |a\n---\n|${|$|\"|'|/*|<a |é|\u{202E}|1.|*_~`|~a~|~~a |***a***|[a](http://b.c) |_a_ |**a** |`a` ";
    let mut pieces: Vec<&str> = MARKS.split_whitespace().collect();
    pieces.extend(more.split('|'));
    let mut slowest = (Duration::ZERO, String::new());
    for piece in pieces {
        let piece = if piece.is_empty() { "|" } else { piece };
        let text = piece.repeat(10_000 / piece.chars().count());
        let deep: String = (0..100)
            .map(|n| format!("{}- {piece}\n", "  ".repeat(n)))
            .collect();
        let code = format!("```rust\n{text}");
        let tags = format!("```html\n{text}");
        let shell = format!("```sh\n{text}");
        for text in [
            text,
            format!("{deep}{}", "*a".repeat(1000)),
            code,
            tags,
            shell,
        ] {
            let start = Instant::now();
            let html = render(&text).html(&known, true);
            slowest = slowest.max((start.elapsed(), text.chars().take(30).collect()));
            assert!(
                html.as_str().len() <= MAX_GROWTH * text.len() + MAX_EXTRA,
                "{piece}"
            );
            reader::read(html.as_str());
        }
    }
    assert!(slowest.0 < Duration::from_secs(2), "{slowest:?}");
}

#[test]
fn the_emoji_tables_match_the_crate() {
    #[path = "../../../../examples/shortcodes.rs"]
    mod generator;
    let hint = "generate it again: see examples/shortcodes.rs";
    assert!(shortcodes::TABLE == generator::table(), "{hint}");
    let groups = include_str!("../../emoji_groups.txt");
    assert!(groups == generator::groups(), "{hint}");
}

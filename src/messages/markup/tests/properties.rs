//! Properties of the renderer for any text. `PROPTEST_CASES=100000 cargo test --lib properties` runs more cases.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;
use crate::messages::{mentions, text};

/// Markdown syntax and parts of it.
const MARKS: &str = "* ** *** _ __ ~ ~~ ~~~ ` `` ``` [ ] ( ) ![ ]( ]: < > > >> - + 1. 12. 1986. # ## \\ \\\\ & \
    &lt; &#106; | = == --- *** : :: @ @ada @a_b_ :tada: :+1: http://a.bc/d_e https://x.yz/(q) http:// :// mailto:a@b.cd \
    <http://a.bc> [x](http://a.bc) [a.bc](http://d.ef) ![i](http://a.bc) [x](javascript:y) [x]: [^1] [ ] <b> </b> <!-- <script> \
    x y1 ab é 李 ب \u{202E} \u{2067} \u{A0} 😀 ' \" ; $ {{ }} % ```rust ```js ~~~html /* // '' @room @here.";

/// Texts with much Markdown syntax.
pub fn marked() -> impl Strategy<Value = String> {
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

/// Texts of characters that are easily lost. They have no link texts, languages and shortcodes, whose marks are not
/// shown.
fn fragile() -> impl Strategy<Value = String> {
    let pieces = "zz¦Ж¦李¦です¦한국¦ไทย¦ش¦é¦e\u{301}¦7¦42¦*¦**¦***¦_¦__¦~¦~~¦~~~¦~~~~¦`¦``¦```¦````¦>¦>>¦> ¦\n> ¦\n>¦\n>>\n¦\\¦\\\\¦\
        \\\\\\¦..\\¦C:\\¦|¦\"¦'¦“¦”¦„¦«¦»¦「¦」¦（¦）¦【¦】¦、¦。¦！¦·¦…¦(¦)¦[¦]¦{¦}¦<¦<b>¦&¦&amp;¦#¦\n# ¦\n## ¦-¦\n- ¦\
        \n-¦+¦\n1. ¦\n4. ¦\n2) ¦\n007. ¦.¦!¦=¦\n===\n¦\n---\n¦@¦@ada¦＠ada¦@ada_¦@zz..¦@here¦;¦,¦?¦:¦$¦%¦^¦ ¦ ¦\n¦\n\n¦    ¦\t¦\
        \u{A0}¦\u{2003}¦\u{3000}¦\u{200B}¦\u{2060}¦\u{200F}¦\u{202E}¦\u{2067}¦\u{AD}¦😀¦👨\u{200D}👩\u{200D}👧¦❤\u{FE0F}¦\
        1\u{FE0F}\u{20E3}¦👍🏽¦🏴\u{E0067}\u{E007F}¦http://a.bc ¦https://a.bc/x_¦www.a.bc¦me@a.bc¦\n```\nzz\n```\n¦\n~~~\nzz\n~~~\n";
    let pieces: Vec<&str> = pieces.split('¦').collect();
    let pieces = prop::collection::vec(prop::sample::select(pieces), 0..30);
    pieces.prop_map(|pieces| pieces.concat().replace("](", "] ("))
}

/// Characters that Markdown may take for marks.
const SYNTAX: &str = "*_~`>\\#-+.)0123456789";

/// Asserts that all visible characters are in the text of the HTML, except marks that worked.
fn check_nothing_vanishes(typed: &str) {
    let typed =
        text::Body::parse(typed).map_or_else(|_| String::new(), |body| body.as_str().to_owned());
    let html = html(&typed);
    let shown = reader::read(&html);
    let plain = |text: &str| -> String {
        let is_plain = |c: &char| !text::is_blank(*c) && !SYNTAX.contains(*c);
        text.chars().filter(is_plain).collect()
    };
    // A mention shows the name of the account, and an East Asian @ as @.
    let same = |text: &str| plain(text).replace('＠', "@");
    assert_eq!(same(&shown), same(&typed), "{typed:?}: {html}");
    let tags = |tag: &str| html.matches(tag).count();
    let lost = |marks: &str| {
        let count = |text: &str| text.chars().filter(|c| marks.contains(*c)).count();
        count(&typed).saturating_sub(count(&shown))
    };
    let items = tags("<li");
    let (spans, code) = (2 * tags("<em>") + 4 * tags("<strong>"), tags("<code>"));
    assert!(lost("*_") <= spans + items, "{typed:?}: {html}");
    assert!(
        lost("~") <= 4 * tags("<del>") || code > 0,
        "{typed:?}: {html}"
    );
    assert!(lost("`") == 0 || code > 0, "{typed:?}: {html}");
    assert!(
        lost(">") == 0 || tags("<blockquote") > 0,
        "{typed:?}: {html}"
    );
    assert!(lost("#") == 0 || tags("<strong>") > 0, "{typed:?}: {html}");
    assert!(lost("-+") <= items, "{typed:?}: {html}");
    assert!(
        lost(".)") <= items && lost("0123456789") <= 3 * items,
        "{typed:?}: {html}"
    );
    let escapes = typed.split('\\').skip(1).filter(|after| {
        after.is_empty()
            || after.starts_with(|c: char| c.is_ascii_punctuation() || mentions::MARKS.contains(&c))
    });
    assert!(lost("\\") <= escapes.count(), "{typed:?}: {html}");
}

/// Asserts the properties that hold for every text.
fn check(text: &str) {
    let rendered = render(text);
    assert_eq!(rendered, render(text));
    let html = rendered.html(&known, true).to_string();
    reader::read(&html);
    reader::read(rendered.html(&known, false).as_str());
    assert!(html.len() <= MAX_GROWTH * text.len() + 80 * 20 + MAX_EXTRA);
    assert!(rendered.names().len() <= mentions::MAX_CANDIDATES * mentions::MAX);
    // A browser's parser and sanitizer leave the HTML unchanged.
    let parts = write(&placeholders::clean(text), &CustomEmojis::default())
        .expect("it is neither too deep nor too large");
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
    fn nothing_typed_vanishes(text in fragile()) {
        check_nothing_vanishes(&text);
        check(&text);
    }

    #[test]
    fn the_fast_path_renders_the_same_html(text in "([a-z.!@&:>-]|1|\n| )*") {
        let text = text.trim_end();
        if plain::is_plain(text) {
            let whole = blocks::write(text, &CustomEmojis::default()).expect("it is not deep");
            prop_assert_eq!(plain::write(text, &CustomEmojis::default()).html, whole.html);
        }
    }
}

#[test]
fn ten_thousand_characters_are_rendered_quickly() {
    let more = "> |>|- - - - a|- |* a |*a |a*|**a |*a_ |[|![|[](|[a](|[a](b |`|`a |``a |<|<a |<!--|<?|\\|&|&a|a\n|\n|\n\n|- a\n|1. a\n|\
        > a\n|> - |>1. |- > |\t|    a\n| \n|```\n|```rust\n|~~~\n|:a|:tada:|@a |a@b |http://a.b |http://a/( |http://|(|)|a)|:|\
        <http://a |https://|https://a|https://a.b/(|www.|www.a.b|www.a.b/|mailto:|mailto:a@b.cd|a@b.cd|a@b.|@李|@a.|@a-|@@|\\@a|\\:tada:|\\*|\\\\|\\*a*|\\[a|\\`|\
        **「a」**で|で**「|_a @b_ |*https://a.b/* |_http://a.b/c_|~~http://a.b/~~|\u{A0}|https://a.b/\u{200B}|>\n|> \n|>>|````|1. a\n3. b\n|[a]: b\n|# |a\n- |a\n---\n|${|$|\"|'|/*|<a |é|\u{202E}|1.|*_~`|~a~|~~a |***a***|[a](http://b.c) |_a_ |**a** |`a` ";
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
    let groups = include_str!("../../../emoji/groups.txt");
    assert!(groups == generator::groups(), "{hint}");
}

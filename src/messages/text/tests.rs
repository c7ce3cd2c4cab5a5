//! Texts of users are never markup, never slow to render and never lost.

use askama::Template;

use super::*;
use crate::messages::markup;

fn body(text: &str) -> Body {
    Body::parse(text).unwrap_or_else(|error| panic!("{text:?}: {error}"))
}

fn rendered(text: &str) -> Html {
    markup::render(text).html(&|_| None, false)
}

fn html(text: &str) -> String {
    rendered(body(text).as_str()).to_string()
}

fn link_to(url: &str) -> String {
    format!(r#"<a href="{url}" rel="noopener noreferrer nofollow" target="_blank">{url}</a>"#)
}

#[test]
fn line_ends_control_characters_and_blank_edges_are_normalized() {
    for (typed, stored) in [
        ("a\r\nb\rc\nd\r\n\r\ne", "a\nb\nc\nd\n\ne"),
        ("a\0b\x07\x1B[31mc\x7F\u{85}\u{9B}\td", "ab[31mc\n\td"),
        ("a\u{B}b\u{C}c\u{85}d\u{2028}e\u{2029}f", "a\nb\nc\nd\ne\nf"),
        ("\u{B}a\u{C}\u{B}b\u{85}\u{C}", "a\n\nb"),
        ("a\r\u{85}b\r\n\u{C}c", "a\n\nb\n\nc"),
        ("\n \n\t\r\n    if x:\n    y  \n \n", "    if x:\n    y"),
        ("  x ", "  x"),
        ("a\n\n\nb", "a\n\n\nb"),
    ] {
        assert_eq!(body(typed).as_str(), stored, "{typed:?}");
    }
}

#[test]
fn a_blank_message_is_refused() {
    let invisible = "\u{200B}\u{200D}\u{FEFF}\u{2060}\u{AD}\u{180E}\u{115F}\u{3164}\u{2800}\u{FE0F}\u{E0020}\u{202E}\u{34F}\u{E0100}";
    let blank = ["", " ", "\n\r\n\t", "\0\x1B", "\u{A0}\u{3000}\u{2028}"];
    for text in blank.into_iter().chain([invisible]) {
        assert_eq!(Body::parse(text), Err("Write a message first."), "{text:?}");
    }
    for text in [".", "\u{301}", "\u{200B}x", "👍", "\u{E000}"] {
        body(text);
    }
}

#[test]
fn ten_thousand_characters_are_the_most() {
    assert_eq!(body(&"é".repeat(10_000)).as_str().chars().count(), 10_000);
    assert_eq!(
        body(&format!("\n{}\n", "😀".repeat(10_000))).as_str().len(),
        40_000
    );
    body(&"a\r\n".repeat(5000));
    let sentence = Body::parse(&"é".repeat(10_001)).expect_err("one too many");
    assert!(sentence.contains("10,000"));
}

#[test]
fn markup_is_text() {
    for (text, expected) in [
        (
            "<script>alert(\"1\")</script>",
            "<p>&lt;script&gt;alert(\"1\")&lt;/script&gt;</p>",
        ),
        ("<b> & 'x'", "<p>&lt;b&gt; &amp; 'x'</p>"),
        ("&lt;b&gt; &amp;", "<p>&amp;lt;b&amp;gt; &amp;amp;</p>"),
        (
            "a\nb\n\nc",
            "<p dir=\"auto\">a<br>b</p><p dir=\"auto\">c</p>",
        ),
        ("{{ 7 * 7 }} ${x}", "<p>{{ 7 * 7 }} ${x}</p>"),
    ] {
        assert_eq!(html(text), expected);
    }
}

/// Lines of `text ⇒ HTML` with links in braces.
#[test]
fn web_addresses_become_links() {
    let examples = "
        see https://example.com/a_(b)?c=d#e. ⇒ see {https://example.com/a_(b)?c=d#e}.
        (http://ab.cd/c) ⇒ ({http://ab.cd/c})
        HTTPS://AB.CD/ ⇒ {HTTPS://AB.CD/}
        http://ab.cd⏎http://localhost:80/ ⇒ {http://ab.cd}<br>{http://localhost:80/}
        http://ab.cd/?x=1&y=2 ⇒ {http://ab.cd/?x=1&amp;y=2}
        http://münchen.de/ü ⇒ {http://münchen.de/ü}
        见http://ab.cd/x。谢谢（http://127.0.0.1/） ⇒ 见{http://ab.cd/x}。谢谢（{http://127.0.0.1/}）";
    for example in examples.trim().lines() {
        let (text, expected) = example.trim().split_once(" ⇒ ").expect("an example");
        let parts = expected.split(['{', '}']).enumerate();
        let linked: String = parts
            .map(|(number, part)| {
                if number % 2 == 1 {
                    link_to(part)
                } else {
                    part.into()
                }
            })
            .collect();
        assert_eq!(html(&text.replace('⏎', "\n")), format!("<p>{linked}</p>"));
    }
    let long = format!("https://example.com/{}", "x".repeat(9000));
    assert_eq!(html(&long), format!("<p>{}</p>", link_to(&long)));
}

#[test]
fn nothing_else_becomes_a_link() {
    for text in "javascript:alert(1) javascript://example.com/%0Aalert(1) JavaScript://ab.cd/ \
        data:text/html,x vbscript://ab.cd file:///etc/passwd ftp://a.b/c ada@example \
        mailto:ada@a.b example.com www.example http: http:// xhttp://ab.cd //a.b/c \
        https://exam\u{200B}ple.com http://。ab \
        java\u{200B}script://a.b"
        .split(' ')
    {
        assert!(!html(text).contains("<a"), "{text}: {}", html(text));
    }
}

#[test]
fn templates_print_html_as_it_is_and_escape_text() {
    #[derive(Template)]
    #[template(source = "{{ html }}|{{ *by_ref }}|{{ text }}", ext = "html")]
    struct Page<'a> {
        html: Html,
        by_ref: &'a Html,
        text: &'a str,
    }
    let html = rendered("<b>");
    let page = Page {
        by_ref: &html.clone(),
        html,
        text: "<b>",
    };
    let made = page.render().expect("it writes into memory");
    assert_eq!(made, "<p>&lt;b&gt;</p>|<p>&lt;b&gt;</p>|&#60;b&#62;");
}

#[test]
fn a_few_emoji_alone_are_large() {
    for text in "😀 😀😀😀 👍🏽 ☝🏽 ☝️ ❤️ ❤️‍🔥 👨‍👩‍👧‍👦 🏳️‍🌈 🏳‍🌈 🇩🇪 🇩🇪🇫🇷 ❤ ❤❤ ❤😀 ❤‍🔥 \
        🏴󠁧󠁢󠁥󠁮󠁧󠁿 1️⃣ #️⃣ *⃣ 👩🏽‍💻 ⌚ 🀄 🦀 👁️‍🗨️ ⚧️ 🏽"
        .split(' ')
    {
        assert!(is_large(text), "{text}");
    }
    assert!(is_large(&"👨‍👩‍👧‍👦".repeat(12)));
    assert!(is_large(":tada: :+1:🦀") && is_large(&":man_factory_worker:".repeat(12)));
    assert!(is_large(&"😀 ".repeat(12)) && is_large(" 😀 \n 🎉\t"));
}

#[test]
fn anything_else_is_not_large() {
    for text in "¦ ¦a¦😀a¦a😀¦1¦12¦#¦*¦1 2¦😀1¦©¦™¦☺¦☝¦❤\u{FE0E}¦🇩¦🇩a¦🇩🇪🇫¦\u{200D}¦\u{FE0F}¦😀\u{200D}¦😀\u{200D}a¦\u{20E3}¦1\u{FE0F}¦\
        🏴󠁧¦中¦é¦\u{E007F}¦:nothing:¦std::key::"
        .split('¦')
    {
        assert!(!is_large(text), "{text:?}");
    }
    assert!(!is_large(&"😀".repeat(13)));
    assert!(!is_large(&format!("😀{}", "\u{200D}😀".repeat(4999))));
}

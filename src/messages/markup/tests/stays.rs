//! Syntax that has no meaning in a chat, and input that must never become markup.

use super::*;

#[test]
fn text_that_looks_like_syntax_is_shown_as_typed() {
    for text in "snake_case_name __init¦2*3*4 a*b*c 2**3**4¦a * b * c¦~5 or ~6, 10~20~30¦1986. A great year¦\
        1986.\n1987.¦-¦+¦*¦1.¦---¦***¦- - -¦___¦===¦a\n---\nb¦a\n-\nb¦a\n===¦-->¦\
        a\n    def __init__(self, *a, **b): [x](y)\n\t`c` # d\ne¦    a *b*\nc¦+1¦-1¦#1¦#¦10:30 x¦3.14¦>:(¦>_<¦>.<¦\
        >=5¦¯\\_(ツ)_/¯¦\\\\server\\share¦C:\\dir¦a \\¦a \\\nb¦&lt;b&gt; &amp; &copy; &#106;¦[12:30]: hello¦\
        [a]: x y¦[a]: x¦[a][b] [c]¦[^1]: x¦- [ ] x]¦<b>x</b>¦<!-- x¦<br>¦<?x¦<!x>¦<![CDATA[x¦<3¦\
        | a | b |\n|---|---|¦$x$ $$y$$¦x^2^¦{{x}}¦::: x¦www.example ada@example example.com"
        .split('¦')
    {
        let expected = escaped(text);
        let stripped = html(text)
            .replace(" dir=\"auto\"", "")
            .replace("<strong>", "")
            .replace("</strong>", "");
        let stripped = stripped
            .replace("<ul><li>[ ]", "- [ ]")
            .replace("</li></ul>", "");
        let stripped = stripped.trim_start_matches("<p>").trim_end_matches("</p>");
        assert_eq!(stripped, expected, "{text}");
    }
}

fn escaped(text: &str) -> String {
    let mut out = String::new();
    escape::push(&mut out, text, escape::Context::Text);
    out
}

/// None of these becomes a tag or a link.
#[test]
fn no_injection_becomes_markup() {
    for text in "<script>alert(1)</script>¦<img src=x onerror=alert(1)>¦<a href=\"javascript:alert(1)\">x</a>¦\
        <div hx-post=\"/x\" hx-trigger=\"load\">¦<div id=\"messages\" hx-swap-oob=\"true\">¦\
        <hx-partial hx-target=\"#messages\">x</hx-partial>¦<style>*{}</style>¦<svg onload=x>¦**<script>**¦\
        `<script>`¦> <script>¦- <script>¦# <script>¦```<script>\n<script>\n```¦```\" onclick=\"x\nx\n```¦\
        ~~~ x\" class=\"y\nx¦[<script>](x)¦[x](javascript:alert(1))¦[x](JaVaScRiPt:alert(1))¦\
        [x](java\tscript:alert(1))¦[x](&#106;avascript:alert(1))¦[x](javascript&colon;alert(1))¦\
        [x](\\javascript:alert(1))¦[x](data:text/html,x)¦[x](vbscript:x)¦[x](file:///x)¦[x](//a.bc)¦\
        [x](/people/ada)¦[x](#messages)¦[x](?q)¦[x]( javascript:x)¦[x](<javascript:x>)¦![x](javascript:x)¦\
        <javascript:alert(1)>¦<javascript://a.bc>¦<data:x>¦<ftp://a.bc>¦[x](http://ok.example@evil.example)¦\
        [x](http://a:b@c.de)¦[x](http://)¦[x](http://[)¦\
        [x][javascript:x]"
        .split('¦')
    {
        let html = html(text);
        assert!(!html.contains("<a "), "{text}: {html}");
        reader::read(&html);
    }
    let quoted = "[x](http://a.bc/\"onclick=\"x)";
    assert!(
        html(quoted).contains("href=\"http://a.bc/&quot;onclick=&quot;x\""),
        "{}",
        html(quoted)
    );
}

#[test]
fn a_link_with_a_forbidden_address_is_shown_as_typed() {
    for text in
        "[x](javascript:a_b_c)¦![*x*](data:x)¦[a](/b \"c\")¦[](x)¦[x](<javascript:y>)".split('¦')
    {
        let expected = escaped(text).replace("*x*", "<em>x</em>");
        assert_eq!(html(text), format!("<p>{expected}</p>"));
    }
}

#[test]
fn indented_text_in_a_quote_is_not_a_code_block() {
    assert_eq!(
        html(">      `x` y"),
        r#"<blockquote dir="auto"><p>     `x` y</p></blockquote>"#
    );
}

#[test]
fn text_direction_does_not_leak_into_following_text() {
    for text in "a\u{202E}b¦`a\u{2066}b`¦[a\u{202B}b](http://a.bc)¦```\na\u{2067}b\n```".split('¦')
    {
        assert!(!html(text).contains(escape::is_turning), "{text}");
    }
    assert_eq!(html("a\u{2068}b\u{2069}c"), "<p>a\u{2068}b\u{2069}c</p>");
}

#[test]
fn control_and_placeholder_characters_are_dropped() {
    assert_eq!(html("a\0b\u{FDD0}c\u{FDEF}d\r*e*"), "<p>abcd<em>e</em></p>");
}

#[test]
fn the_allowlist_rejects_all_other_html() {
    let out = "rel=\"noopener noreferrer nofollow\" target=\"_blank\"";
    for html in "<script>x</script>¦<p onclick=\"x\">x</p>¦<p id=\"messages\">x</p>¦<p style=\"x\">x</p>¦\
        <p hx-get=\"x\">x</p>¦<p class=\"k\">x</p>¦<span class=\"message\">x</span>¦<span class=\"k s\">x</span>¦\
        <P>x</P>¦<p >x</p>¦< p>x</p>¦<p/>¦<p¦<p>¦</p>¦<p><em>x</p></em>¦<!-- x -->¦<br/>¦<p>></p>¦<p>&x</p>¦<p>&#106;</p>¦\
        <p>&copy;</p>¦<p>\u{FDEF}</p>¦<p dir='auto'>x</p>¦<ol start=\"1000\"></ol>¦<ol start=\"x\"></ol>¦\
        <ol start=\"\"></ol>¦<pre tabindex=\"1\">x</pre>¦<a>x</a>¦<a href=\"http://a.bc\">x</a>¦\
        <hx-partial>x</hx-partial>¦<img>¦<svg></svg>¦<a href=\"javascript:x\" {out}>x</a>¦\
        <a href=\"/people/x\" {out}>x</a>¦<a href=\"http://a.bc/\"' {out}>x</a>¦<a href=\"//a.bc\" {out}>x</a>¦\
        <a href=\"http://a.bc\" onclick=\"x\" {out}>x</a>¦<a href=\"http://a.bc\" {out} id=\"x\">x</a>"
        .split('¦')
    {
        let html = html.replace("{out}", out);
        assert!(!allowlist::passes(&html, 0), "{html}");
    }
    let link = format!("<a href=\"http://a.bc/?x&amp;y\" {out}>x</a>");
    let allowed = "<p>x</p>¦<p>&amp;<br></p>¦<ol start=\"3\"><li>x</li></ol>";
    for html in allowed.split('¦').chain([&*link]) {
        assert!(allowlist::passes(html, 0), "{html}");
    }
}
